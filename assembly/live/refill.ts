import { io_uring_zcrx_rqe } from "../layout/rqe";
import { acquire, release, rings } from "./rings";

/**
 * Gives buffers back to the kernel: `count` entries at `from`, as `struct io_uring_zcrx_rqe` with the offset as received
 * and the area's token in it. Returns how many found room; the kernel sees them all at once.
 */
export function refill_buffers(ring: rings, from: usize, count: u32): u32 {
  const size = <u32>offsetof<io_uring_zcrx_rqe>();
  const tail = load<u32>(ring.rq_tail);
  const room = ring.rq_entries - (tail - acquire(ring.rq_head));
  const taken = min(count, room);
  const first = tail & ring.rq_mask;
  const untilWrap = min(taken, ring.rq_entries - first);
  memory.copy(ring.rqes + first * size, from, untilWrap * size);
  memory.copy(ring.rqes, from + untilWrap * size, (taken - untilWrap) * size);
  release(ring.rq_tail, tail + taken);
  return taken;
}

/** How many buffers the kernel has not taken back yet. */
export function refill_unread(ring: rings): u32 {
  return load<u32>(ring.rq_tail) - acquire(ring.rq_head);
}
