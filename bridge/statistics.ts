import type { LinearMemory } from './linear.js';

/** The statistics block of an instance, wherever it lies. */
export interface StatsBlock {
  /** A counter, in one load: 0 is `copy_count`, 1 `copy_bytes`. */
  load(counter: 0 | 1): bigint;
  /** The block as the kernel has it, copied; it may be longer than the counters that we know. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Whether nobody but this instance's ring has the kernel write to it: then the two counters belong together. */
  readonly exclusive: boolean;
}

/** A block of `size` bytes at an offset of the linear memory. */
export function linearStats(memory: LinearMemory, at: number, size: number): StatsBlock {
  return {
    load: (counter) => memory.exports.load_counter(at + 8 * counter),
    bytes: () => memory.bytes(at, size).slice(),
    exclusive: true,
  };
}
