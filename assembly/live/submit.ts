import { io_uring_sqe } from "../layout/sqe";
import { acquire, release, rings } from "./rings";

/** Copies a submission into the ring; returns 0 if the ring is full. The kernel takes it at the next io_uring_enter. */
export function submit_entry(ring: rings, sqe: usize): u32 {
  const tail = load<u32>(ring.sq_tail);
  if (tail - acquire(ring.sq_head) >= ring.sq_entries) return 0;
  memory.copy(ring.sqes + (tail & ring.sq_mask) * offsetof<io_uring_sqe>(), sqe, offsetof<io_uring_sqe>());
  release(ring.sq_tail, tail + 1);
  return 1;
}

/** How many submissions the kernel has not taken yet. */
export function submissions_pending(ring: rings): u32 {
  return load<u32>(ring.sq_tail) - acquire(ring.sq_head);
}
