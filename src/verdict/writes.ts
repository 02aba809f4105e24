import { LayoutError } from '../errors.js';
import { kernel_call, memory_bytes } from '../generated/interface.js';
import type { Machine } from './machine.js';
import { hexOf } from './read.js';

/** Bytes that the kernel writes. */
interface Write {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Up to Linux 7.1 a query zeroes as much behind its answer as its `size` says: up to 4 GiB. */
export const MOST_BYTES = 64 << 20;

/** @throws LayoutError if there are too many to be told */
function checkAmount(machine: Machine, count: number, most: number): void {
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += machine.view.getUint32(machine.writes + i * memory_bytes.SIZE + memory_bytes.length, true);
  }
  if (total <= most) return;
  const expected = `at most ${most}`;
  throw new LayoutError(
    'out-of-range',
    `query.size makes the kernel write ${total} bytes, expected ${expected} to be told`,
    { field: 'query.size', got: total, expected },
  );
}

function readWrites(machine: Machine, most: number): Write[] {
  const count = machine.get(kernel_call.write_count);
  checkAmount(machine, count, most);
  return Array.from({ length: count }, (_, i) => {
    const row = machine.writes + i * memory_bytes.SIZE;
    const length = machine.view.getUint32(row + memory_bytes.length, true);
    const at = machine.view.getUint32(row + memory_bytes.at, true);
    return {
      address: machine.view.getBigUint64(row + memory_bytes.address, true),
      bytes: at ? machine.bytes.subarray(at, at + length) : new Uint8Array(length),
    };
  });
}

const endOf = ({ address, bytes }: Write) => address + BigInt(bytes.length);
const overlaps = (a: Write, b: Write) => a.address < endOf(b) && b.address < endOf(a);

/** Two that overlap as one; the later wins where both have bytes. */
function merge(earlier: Write, later: Write): Write {
  const address = earlier.address < later.address ? earlier.address : later.address;
  const end = endOf(earlier) > endOf(later) ? endOf(earlier) : endOf(later);
  const bytes = new Uint8Array(Number(end - address));
  for (const each of [earlier, later]) bytes.set(each.bytes, Number(each.address - address));
  return { address, bytes };
}

/** Whether no two overlap. */
function areApart(writes: readonly Write[]): boolean {
  const sorted = writes.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return sorted.every((each, i) => i === 0 || endOf(sorted[i - 1] as Write) <= each.address);
}

/** The kernel's writes one after another, so that none covers another. */
function flatten(writes: readonly Write[]): readonly Write[] {
  if (areApart(writes)) return writes;
  let flat: Write[] = [];
  for (const write of writes) {
    const touched = flat.filter((each) => overlaps(each, write));
    if (touched.length === 0) {
      flat.push(write);
      continue;
    }
    // Those that the new one touches do not touch each other: joined first, they lie under it.
    const joined = touched.reduce(merge);
    flat = flat.filter((each) => !touched.includes(each));
    flat.push(merge(joined, write));
  }
  return flat;
}

/**
 * What the last call writes, as hex by address.
 * @throws LayoutError for more bytes than `most`
 */
export function writesOf(machine: Machine, most: number): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { address, bytes } of flatten(readWrites(machine, most))) {
    found[`0x${address.toString(16)}`] = hexOf(bytes, 0, bytes.length);
  }
  return found;
}
