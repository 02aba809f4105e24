import type { Random } from './random.js';
import { since, type Target } from './target.js';

const CLAMP = 1 << 4;
export const R_DISABLED = 1 << 6;
const SUBMIT_ALL = 1 << 7;
const COOP_TASKRUN = 1 << 8;
const TASKRUN_FLAG = 1 << 9;
const SQE128 = 1 << 10;
export const CQE32 = 1 << 11;
const SINGLE_ISSUER = 1 << 12;
export const DEFER_TASKRUN = 1 << 13;
const NO_SQARRAY = 1 << 16;
export const CQE_MIXED = 1 << 18;
/** Not the kernel's: the executor forbids all registrations with such a ring. */
export const RESTRICTED = 1 << 31;

/** The usual set-up of a ring that receives. */
export const RECEIVING = SINGLE_ISSUER | DEFER_TASKRUN | CQE32;
export const CLAMPING = RECEIVING | CLAMP;

/** Flags that io_uring_setup() accepts; mostly ones with which instances can be registered. */
export function setupFlags(random: Random, target: Target): number {
  // io_uring_setup() of older kernels does not know it.
  const mixed = since(target, '6.18') ? CQE_MIXED : CQE32;
  const completions = random.pick([CQE32, mixed]);
  const base = random.weighted([
    [86, SINGLE_ISSUER | DEFER_TASKRUN | completions],
    [4, SINGLE_ISSUER | DEFER_TASKRUN],
    [4, completions],
    [2, SINGLE_ISSUER | completions],
    [2, COOP_TASKRUN | completions],
    [2, 0],
  ]);
  let flags = base;
  if (random.chance(0.25)) flags |= CLAMP;
  if (random.chance(0.05)) flags |= R_DISABLED;
  if (random.chance(0.1)) flags |= random.pick([SUBMIT_ALL, SQE128, NO_SQARRAY]);
  if (random.chance(0.01)) flags |= RESTRICTED;
  if (flags & (DEFER_TASKRUN | COOP_TASKRUN) && random.chance(0.05)) flags |= TASKRUN_FLAG;
  return flags;
}

/** Whether an instance can be registered on a ring with these flags. */
export function canReceive(flags: number): boolean {
  return (flags & (DEFER_TASKRUN | RESTRICTED)) === DEFER_TASKRUN && (flags & (CQE32 | CQE_MIXED)) !== 0;
}
