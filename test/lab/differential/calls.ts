import { constants } from 'node:os';
import type { Call } from '../../../src/verdict/index.js';
import { ARENA_BASE, type Arena, hex } from './arena.js';
import type { Deed } from './coverage.js';
import {
  DESCRIPTORS,
  exportDescriptor,
  isRegister,
  type RegisterStep,
  type Sequence,
  type Step,
} from './draft.js';
import type { Outcome, RegisterOutcome } from './plan-file.js';
import { R_DISABLED, RESTRICTED } from './setup-flags.js';
import { fieldOf } from './structs.js';
import type { Target } from './target.js';

/** What the executor's guest has: no device that could receive. */
const DEVICES = [{ if_idx: 1, name: 'lo', dma: false }];
const REG_IMPORT = 1;
const CTRL_EXPORT = 1;
const CTRL_DEEDS: readonly Deed[] = ['ring flushed', 'instance exported', 'event re-armed', 'area added'];

/** Turns the steps of a sequence, and what the kernel made of them, into the model's calls, one after the other. */
export class CallWriter {
  readonly #target: Target;
  readonly #arena: Arena;
  readonly #sequence: Sequence;
  readonly #nextDescriptor: number;
  /** By ring and id: the number of the instance. */
  readonly #instances = new Map<string, number>();
  readonly #exports = new Map<number, number>();
  #registered = 0;

  constructor(target: Target, arena: Arena, sequence: Sequence, nextDescriptor: number) {
    this.#target = target;
    this.#arena = arena;
    this.#sequence = sequence;
    this.#nextDescriptor = nextDescriptor;
  }

  /** The calls that tell the model of a step: for a receive, the events that the kernel really posted. */
  calls(step: Step, outcome: Outcome): Call[] {
    const kernel = this.#target.series as Call['kernel'];
    if (step.operation === 'close') return [{ call: 'close', kernel, ring: step.ring }];
    if (step.operation === 'close_export') return [];
    if (step.operation === 'fire') {
      const events = outcome !== undefined && 'events' in outcome ? outcome.events : [];
      return events.map(({ type }) => ({ call: 'event', kernel, ring: step.ring, id: step.id, type }));
    }
    return [this.#registerCall(step)];
  }

  /** Takes note of what the step changed, for the calls that follow. */
  note(step: Step, outcome: Outcome): void {
    if (step.operation === 'close_export') this.#exports.delete(step.slot);
    if (!isRegister(step) || outcome?.result !== 0 || 'events' in outcome) return;
    const read = (kind: 'reg' | 'ctrl', field: string): number => readBack(step, outcome, kind, field);
    if (step.operation === 'register_ifq') {
      const imported = (read('reg', 'flags') & REG_IMPORT) !== 0;
      const slot = read('reg', 'if_idx') - exportDescriptor(0);
      const number = imported ? this.#exports.get(slot) : this.#registered++;
      if (number !== undefined) this.#instances.set(`${step.ring} ${read('reg', 'zcrx_id')}`, number);
    } else if (step.operation === 'zcrx_ctrl' && read('ctrl', 'op') === CTRL_EXPORT) {
      const number = this.#instances.get(`${step.ring} ${read('ctrl', 'zcrx_id')}`);
      if (number !== undefined) this.#exports.set(step.slot, number);
    }
  }

  #registerCall(step: RegisterStep): Call {
    const flags = this.#sequence.rings[step.ring]!;
    const files: Record<string, 'file' | 'io_uring' | `zcrx:${number}`> = {
      [DESCRIPTORS.file]: 'file',
      [DESCRIPTORS.io_uring]: 'io_uring',
    };
    // The executor has moved what an export gave and closed it there; the model goes by the number that it was given,
    // and an import is refused alike for a closed descriptor and one of another kind.
    files[this.#nextDescriptor] = 'file';
    for (const [slot, number] of this.#exports) files[exportDescriptor(slot)] = `zcrx:${number}`;
    return {
      call: step.operation,
      kernel: this.#target.series as Call['kernel'],
      ring: step.ring,
      nr_args: step.nrArgs,
      // The executor has enabled a restricted ring: until then its restrictions do not count.
      setup_flags: flags & RESTRICTED ? flags & ~(RESTRICTED | R_DISABLED) : flags,
      capable: step.capable,
      page_size: this.#arena.pageSize,
      memory: this.#arena.memory,
      bytes: Object.fromEntries(
        step.segments.map(({ offset, bytes }) => [
          hex(ARENA_BASE + offset),
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
        ]),
      ),
      arg: hex(step.arg),
      next_fd: this.#nextDescriptor,
      files,
      devices: DEVICES,
      ...(step.fd === undefined ? {} : { fd: step.fd }),
      ...(step.otherTask ? { other_task: true } : {}),
      ...(flags & RESTRICTED ? { restricted: true } : {}),
    };
  }
}

/** What a step did, where it succeeded. */
export function deedOf(step: Step, outcome: Outcome): Deed | undefined {
  if (outcome === undefined) return undefined;
  if ('events' in outcome) return outcome.events.length > 0 ? 'event posted' : undefined;
  if (!isRegister(step) || outcome.result !== 0) return undefined;
  if (step.operation === 'query') return 'query answered';
  if (step.operation === 'zcrx_ctrl') return CTRL_DEEDS[readBack(step, outcome, 'ctrl', 'op')];
  return readBack(step, outcome, 'reg', 'flags') & REG_IMPORT ? 'instance imported' : 'instance registered';
}

/** A field of the argument as it is after a call that succeeded. */
function readBack(step: RegisterStep, outcome: RegisterOutcome, kind: 'reg' | 'ctrl', field: string): number {
  const [offset] = fieldOf(kind, field);
  const at = Number(step.arg) - ARENA_BASE + offset;
  let value = 0;
  for (let i = 3; i >= 0; i--) {
    const changed = outcome.changes.find(
      ({ offset, bytes }) => at + i >= offset && at + i < offset + bytes.length,
    );
    const segment =
      changed ??
      step.segments.find(({ offset, bytes }) => at + i >= offset && at + i < offset + bytes.length);
    value = value * 256 + (segment === undefined ? 0 : segment.bytes[at + i - segment.offset]!);
  }
  return value;
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// The same number has several names; these are the kernel's.
ERRNO_NAMES.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** `EINVAL` for -22; null for success. */
export function errnoName(result: number): string | null {
  return result >= 0 ? null : (ERRNO_NAMES.get(-result) ?? String(result));
}
