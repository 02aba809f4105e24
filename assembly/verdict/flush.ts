// ZCRX_CTRL_FLUSH_RQ: zcrx_flush_rq and zcrx_parse_rq.

import { io_uring_zcrx_rqe } from "../layout/rqe";
import { box, kernel_call, scratch_place } from "./call";
import { follows_ring } from "./instances";
import { rq_entries_offset, rq_tail } from "./kernel";
import { load_pinned_u32, read_pinned, store_pinned } from "./memory_map";

/** ZCRX_FLUSH_BATCH. */
const BATCH: u32 = 32;
/** From this bit up an offset holds the area's number. */
const AREA_SHIFT: u64 = 48;

/** Whether an entry names a buffer; the kernel stops at one that does not. */
function is_buffer(c: kernel_call, target: box, rqe: io_uring_zcrx_rqe): bool {
  const area = <u32>(rqe.off >> AREA_SHIFT);
  if (rqe.__pad || area >= target.areas) return false;
  const index = <u32>((rqe.off & (((<u64>1) << AREA_SHIFT) - 1)) / c.page_size);
  return index < load<u32>(target.buffers + 4 * area);
}

/** Takes up to a batch of entries. @returns how many named buffers */
function take_batch(c: kernel_call, target: box): u32 {
  const rqe = changetype<io_uring_zcrx_rqe>(c.scratch + scratch_place.data);
  const entries = target.region + rq_entries_offset(c.series);
  const given = load_pinned_u32(c, target.region + rq_tail(c.series)) - target.rq_head;
  const most = min(BATCH, min(given, target.rq_entries));
  let taken: u32 = 0;
  while (taken < most) {
    const index = target.rq_head++ & (target.rq_entries - 1);
    const at = entries + <u64>index * offsetof<io_uring_zcrx_rqe>();
    read_pinned(c, at, offsetof<io_uring_zcrx_rqe>(), changetype<usize>(rqe));
    if (!is_buffer(c, target, rqe)) break;
    taken++;
  }
  store_pinned(c, target.region, target.rq_head);
  return taken;
}

/** Does what the kernel does, where the ring lies in known memory. */
export function flush_refill_ring(c: kernel_call, target: box): void {
  if (!follows_ring(target)) return;
  let total: u32 = 0;
  let taken = BATCH;
  while (taken == BATCH && (total == 0 || total < target.rq_entries)) {
    taken = take_batch(c, target);
    total += taken;
  }
}
