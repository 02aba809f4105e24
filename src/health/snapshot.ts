/** What can be seen of an instance of zero-copy receive, and what happens to it: the input of health. */

/** The two counters of the statistics block. */
export interface Counters {
  /** Copies that the kernel made because a buffer of the area could not take the data. 0 to 2^64 - 1. */
  readonly copy_count: bigint;
  /** Bytes in them. 0 to 2^64 - 1. */
  readonly copy_bytes: bigint;
}

/** Head and tail of the refill ring: indices that count up and wrap at 2^32. */
export interface RefillIndices {
  /** The kernel has taken the entries before it. */
  readonly head: number;
  /** The program has given the entries before it. */
  readonly tail: number;
}

/** An instance at one moment. What is absent could not be seen: it is unknown, not zero. */
export interface Snapshot {
  /** Nanoseconds on a clock that never goes back; of any origin, the same for all snapshots of an instance. */
  readonly time: bigint;
  readonly counters?: Counters;
  readonly refill?: RefillIndices;
  /** Bytes received over the instance since it was registered, by its own program's account. */
  readonly received_bytes?: bigint;
  /** `rx-alloc-fail` of the device's queue: buffers that its driver could not get. */
  readonly rx_alloc_fail?: bigint;
  /** Bytes that wait in the TCP sockets of the process. */
  readonly waiting_bytes?: bigint;
  /** Receiving stands still at this moment for want of room, and why; only its own program knows. */
  readonly stalled?: StandstillReason;
}

/**
 * Why a receive of our own stands still: the page pool found no buffer for the device, the area has no free buffer, the
 * completion ring is full, or the program holds so much that it was paused for its consumer's sake.
 */
export type StandstillReason = 'alloc-fail' | 'area-exhausted' | 'completions-full' | 'slow-consumer';

/** What the kernel notifies of: data was copied, or the page pool found no buffer. */
export type EventType = 'copy' | 'alloc_fail';
