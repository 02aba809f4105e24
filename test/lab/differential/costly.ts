import { ARENA_BASE, type Arena } from './arena.js';
import type { RegisterStep } from './draft.js';
import { fieldOf, type StructKind } from './structs.js';

const REGION_USER = 1n;
const AREA_DMABUF = 1n;
/** Largest region that the kernel may be made to allocate. */
const ALLOCATED_BYTES = 2n << 20n;
/** Largest range of pages that the kernel may be made to look up: it first allocates 8 bytes for each. */
const PINNED_PAGES = 1n << 20n;
/** From here on that allocation fails before memory is looked for, see kvmalloc(). */
const IMPOSSIBLE_PAGES = 1n << 28n;

/**
 * Whether the outcome of a registration depends on how much memory the machine has, or takes all of it to
 * find out. Looks at the memory as the kernel would.
 */
export function isCostly(step: RegisterStep, arena: Arena): boolean {
  if (step.operation === 'query') return false;
  const read = (address: bigint, kind: StructKind, field: string): bigint =>
    readField(step, address, kind, field);
  if (step.operation === 'zcrx_ctrl') return costlyArea(arena, read(step.arg, 'ctrl', 'area_ptr'), read);
  const region = read(step.arg, 'reg', 'region_ptr');
  const pages = read(region, 'region', 'size') / BigInt(arena.pageSize);
  const pinned = (read(region, 'region', 'flags') & REGION_USER) !== 0n;
  if (
    pinned ? isCostlyPin(pages) : pages * BigInt(arena.pageSize) > ALLOCATED_BYTES && pages < IMPOSSIBLE_PAGES
  ) {
    return true;
  }
  return costlyArea(arena, read(step.arg, 'reg', 'area_ptr'), read);
}

function costlyArea(
  arena: Arena,
  area: bigint,
  read: (address: bigint, kind: StructKind, field: string) => bigint,
): boolean {
  if (read(area, 'area', 'flags') & AREA_DMABUF) return false;
  if (read(area, 'area', 'addr') === 0n) return false;
  return isCostlyPin(read(area, 'area', 'len') / BigInt(arena.pageSize));
}

function isCostlyPin(pages: bigint): boolean {
  return pages > PINNED_PAGES && pages < IMPOSSIBLE_PAGES;
}

function readField(step: RegisterStep, address: bigint, kind: StructKind, field: string): bigint {
  const [offset, size] = fieldOf(kind, field);
  let value = 0n;
  for (let i = 0; i < size; i++) {
    value |= BigInt(byteAt(step, address - BigInt(ARENA_BASE) + BigInt(offset + i))) << BigInt(8 * i);
  }
  return value;
}

function byteAt(step: RegisterStep, offset: bigint): number {
  for (const { offset: start, bytes } of step.segments) {
    const at = Number(offset) - start;
    if (at >= 0 && at < bytes.length) return bytes[at]!;
  }
  return 0;
}
