import { io_uring_cqe32 } from "../layout/cqe";
import { AREA_OFFSET_BITS, io_uring_zcrx_cqe, IORING_ZCRX_AREA_SHIFT } from "../layout/zcrx_cqe";
import { acquire, release, rings } from "./rings";

/** A completion as the program reads it. */
@unmanaged
export class completion {
  user_data: u64;
  /** For received data its byte offset in the area. */
  off: u64;
  res: i32;
  flags: u32;
  /** For received data the number of its area. */
  area: u32;
  private pad: u32;
}

/** Takes up to `capacity` completions out of the ring, in order; returns how many. */
export function harvest_completions(ring: rings, out: usize, capacity: u32): u32 {
  const head = load<u32>(ring.cq_head);
  const available = acquire(ring.cq_tail) - head;
  const count = available < capacity ? available : capacity;
  for (let i: u32 = 0; i < count; i++) {
    const at = ring.cqes + ((head + i) & ring.cq_mask) * offsetof<io_uring_cqe32>();
    const cqe = changetype<io_uring_cqe32>(at);
    const off = changetype<io_uring_zcrx_cqe>(at + offsetof<io_uring_cqe32>("big_cqe")).off;
    const to = changetype<completion>(out + i * offsetof<completion>());
    to.user_data = cqe.user_data;
    to.off = off & AREA_OFFSET_BITS;
    to.area = <u32>(off >> IORING_ZCRX_AREA_SHIFT);
    to.res = cqe.res;
    to.flags = cqe.flags;
  }
  release(ring.cq_head, head + count);
  return count;
}
