import { IO_RQ_MAX_ENTRIES } from "../layout/ifq_reg";
import { align_up } from "../memory";

import { io_uring_zcrx_rqe } from "../layout/rqe";

/** Bytes of a refill entry. */
export const RQE_SIZE: u64 = offsetof<io_uring_zcrx_rqe>();

/** The entries that the kernel makes of the wanted ones: the next power of two, clamped first if so asked. */
export function rounded_entries(entries: u32, clamp: bool): u64 {
  const wanted = clamp && entries > IO_RQ_MAX_ENTRIES ? IO_RQ_MAX_ENTRIES : entries;
  if (wanted <= 1) return wanted;
  return (<u64>1) << (32 - clz(wanted - 1));
}

/** Where the refill entries end, in bytes from the start of the region. */
export function entries_end(rqes: u32, entries: u32, clamp: bool): u64 {
  return <u64>rqes + RQE_SIZE * rounded_entries(entries, clamp);
}

/** Where statistics go. */
@codes
export const enum placement {
  /** Nowhere. */
  none = 0,
  /** Right behind the entries. */
  tight = 1,
  /** On a page of their own behind the entries. */
  own_page = 2,
}

/** A refill region: offsets from its start and sizes, in bytes. */
@record
@unmanaged
export class region_plan {
  rq_entries: u32;
  rqes: u32;
  entries_end: u64;
  /** 0 without statistics. */
  stats_offset: u64;
  /** Where the statistics end, or else the entries. */
  used: u64;
  /** Whole pages: the region's `size` and the length to map. */
  size: u64;
}

export function plan_region(
  entries: u32,
  clamp: bool,
  page_size: u32,
  rqes: u32,
  stats_size: u32,
  stats_alignment: u32,
  where: placement,
  out: region_plan,
): void {
  const end = entries_end(rqes, entries, clamp);
  const alignment = where == placement.own_page ? max(page_size, stats_alignment) : stats_alignment;
  const stats_offset = where == placement.none ? 0 : align_up(end, alignment);
  out.rq_entries = <u32>rounded_entries(entries, clamp);
  out.rqes = rqes;
  out.entries_end = end;
  out.stats_offset = stats_offset;
  out.used = where == placement.none ? end : stats_offset + stats_size;
  out.size = align_up(out.used, page_size);
}
