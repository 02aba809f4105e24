// The flat interface of `zcrx-live.wasm`: all of `zcrx.wasm`, and work in place on rings that the kernel shares with this
// memory. `rings` is the offset of a struct as live/rings.ts gives it (60 bytes, 15 numbers of 32 bits).

import { harvest_completions } from "./live/harvest";
import { refill_buffers, refill_unread } from "./live/refill";
import { acquire, rings } from "./live/rings";
import { submissions_pending, submit_entry } from "./live/submit";

export * from "./index";

/** Takes up to `capacity` completions into rows of 32 bytes at `out` (see live/harvest.ts); returns how many. */
export function harvest(ring: usize, out: usize, capacity: u32): u32 {
  return harvest_completions(changetype<rings>(ring), out, capacity);
}

/** Puts the submission at `sqe` (64 bytes) into the ring; 0 if it is full. */
export function submit(ring: usize, sqe: usize): u32 {
  return submit_entry(changetype<rings>(ring), sqe);
}

/** Submissions that the kernel has not taken yet. */
export function pending_submissions(ring: usize): u32 {
  return submissions_pending(changetype<rings>(ring));
}

/** Flags of the submission ring (IORING_SQ_*). */
export function submission_flags(ring: usize): u32 {
  return acquire(changetype<rings>(ring).sq_flags);
}

/** Returns the `count` buffers whose entries (16 bytes each) are at `from`; gives back for how many there was room. */
export function refill(ring: usize, from: usize, count: u32): u32 {
  return refill_buffers(changetype<rings>(ring), from, count);
}

/** Buffers returned that the kernel has not taken back yet. */
export function pending_refills(ring: usize): u32 {
  return refill_unread(changetype<rings>(ring));
}

/** A counter of the statistics, in one load of 8 bytes. `at` must be a multiple of 8. */
export function load_counter(at: usize): u64 {
  return atomic.load<u64>(at);
}
