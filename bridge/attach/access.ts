import type { Counters, RefillIndices } from '../../src/health/snapshot.js';

/** What one look at a region shows; absent what could not be read as whole numbers, or where nothing is known to lie. */
export interface Look {
  readonly refill?: RefillIndices;
  readonly counters?: Counters;
}

/** The memory of a refill region of another process, however it is reached. */
export interface RegionAccess {
  readonly how: 'mapped' | 'remote';
  /**
   * Reads head and tail, and the two counters at an offset, each in one load.
   * @throws RegionLost
   */
  look(statsOffset: number | undefined): Look;
  /** A copy of all of it. @throws RegionLost */
  bytes(): Uint8Array<ArrayBuffer>;
  /** The number of its first page frame; undefined where this process may not know. */
  frame(): bigint | undefined;
  close(): void;
}

/** The region is not there any more, or not to be read. */
export class RegionLost extends Error {
  override readonly name = 'RegionLost';
}
