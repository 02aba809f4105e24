import { io_uring_zcrx_rqe } from "../layout/rqe";
import { acquire, release, rings } from "./rings";

/** Gives a buffer back to the kernel: `off` with the area's token, as received. Returns 0 if the ring is full. */
export function refill_buffer(ring: rings, off: u64, len: u32): u32 {
  const tail = load<u32>(ring.rq_tail);
  if (tail - acquire(ring.rq_head) >= ring.rq_entries) return 0;
  const rqe = changetype<io_uring_zcrx_rqe>(ring.rqes + (tail & ring.rq_mask) * offsetof<io_uring_zcrx_rqe>());
  rqe.off = off;
  rqe.len = len;
  rqe.__pad = 0;
  release(ring.rq_tail, tail + 1);
  return 1;
}

/** How many buffers the kernel has not taken back yet. */
export function refill_unread(ring: rings): u32 {
  return load<u32>(ring.rq_tail) - acquire(ring.rq_head);
}
