// The refill region: io_allocate_rbuf_ring, io_create_region, io_pin_pages; and zcrx_validate_notif_stats.

import { zcrx_event_desc, zcrx_event_desc_flags } from "../layout/event_desc";
import { io_uring_region_desc, io_uring_region_flags } from "../layout/region_desc";
import { zcrx_stats } from "../layout/stats";
import { align_up, is_aligned } from "../memory";
import { PIN_LIMIT } from "./area";
import { broken, must_be_zero } from "./broken";
import { kernel_call, part } from "./call";
import { V6_17, V7_2 } from "./kernel";
import { can_pin } from "./memory_map";
import { rule } from "./rules";

const SELF: part = part.region;
/** INT_MAX. */
const MOST_PAGES: u64 = 0x7fff_ffff;
const STATS_SIZE: u32 = offsetof<zcrx_stats>();
/** `__alignof__` of the statistics. */
const STATS_ALIGNMENT: u32 = 8;
/** What a fix may make of a region; beyond it the offset of the statistics is the mistake. */
const SENSIBLE: u64 = 1 << 30;

export function has_statistics(desc: zcrx_event_desc): bool {
  return (desc.flags & zcrx_event_desc_flags.ZCRX_EVENT_DESC_FLAG_STATS) != 0;
}

/** Whole pages that hold the ring, and the statistics where they lie behind it. */
function size_needed(c: kernel_call, used: u64, desc: zcrx_event_desc): u64 {
  const at = desc.stats_offset;
  const with_statistics = has_statistics(desc) && at >= used && at < SENSIBLE;
  return align_up(with_statistics ? at + STATS_SIZE : used, c.page_size);
}

/** Flags and address; EFAULT, not EINVAL, where they disagree. */
function check_kind(c: kernel_call, region: io_uring_region_desc): void {
  const user: u32 = io_uring_region_flags.IORING_MEM_REGION_TYPE_USER;
  const flags = offsetof<io_uring_region_desc>("flags");
  if (region.flags & ~user) {
    broken(c, rule.region_flags, SELF, flags, region.flags, user).fix(region.flags & user);
  }
  const is_user = (region.flags & user) != 0;
  if (is_user == (region.user_addr != 0)) return;
  const field = offsetof<io_uring_region_desc>("user_addr");
  const found = broken(c, rule.region_user_addr, SELF, field, region.user_addr, region.flags);
  if (!is_user) found.fix_at(SELF, flags, user);
}

function check_not_zero(c: kernel_call, region: io_uring_region_desc): void {
  const offset = offsetof<io_uring_region_desc>("mmap_offset");
  const id = offsetof<io_uring_region_desc>("id");
  if (region.mmap_offset) broken(c, rule.region_not_zero, SELF, offset, region.mmap_offset, 0).fix(0);
  if (region.id) broken(c, rule.region_not_zero, SELF, id, region.id, 0).fix(0);
}

function check_extent(c: kernel_call, region: io_uring_region_desc): void {
  const size = offsetof<io_uring_region_desc>("size");
  const user_addr = offsetof<io_uring_region_desc>("user_addr");
  const page: u64 = c.page_size;
  if (region.size / page > MOST_PAGES) {
    broken(c, rule.region_pages, SELF, size, region.size, MOST_PAGES * page);
  }
  if (!is_aligned(region.user_addr, page)) {
    const down = region.user_addr & ~(page - 1);
    broken(c, rule.region_unaligned, SELF, user_addr, region.user_addr, page).fix(down);
  }
  if (!is_aligned(region.size, page)) {
    broken(c, rule.region_unaligned, SELF, size, region.size, page).fix(align_up(region.size, page));
  }
  if (region.user_addr + region.size < region.user_addr) {
    broken(c, rule.region_wraps, SELF, user_addr, region.user_addr, region.size);
  }
}

function check_pages(c: kernel_call, region: io_uring_region_desc): void {
  const size = offsetof<io_uring_region_desc>("size");
  const is_user = (region.flags & io_uring_region_flags.IORING_MEM_REGION_TYPE_USER) != 0;
  if (is_user && c.series < V6_17 && region.size >> 32) {
    const which = <u32>region.size ? rule.region_cut : rule.region_cut_empty;
    broken(c, which, SELF, size, region.size, u32.MAX_VALUE);
    return;
  }
  if (region.size / c.page_size > PIN_LIMIT) {
    const which = is_user && c.series >= V7_2 ? rule.region_pin_limit : rule.region_page_list;
    broken(c, which, SELF, size, region.size, PIN_LIMIT * c.page_size);
    return;
  }
  if (!is_user || !region.user_addr || can_pin(c, region.user_addr, region.size)) return;
  const user_addr = offsetof<io_uring_region_desc>("user_addr");
  broken(c, rule.region_not_pinned, SELF, user_addr, region.user_addr, region.size);
}

/** `used`: where the refill entries end. */
export function check_region(c: kernel_call, region: io_uring_region_desc, used: u64, desc: zcrx_event_desc): void {
  if (region.size < used) {
    const size = offsetof<io_uring_region_desc>("size");
    broken(c, rule.region_too_small, SELF, size, region.size, used).fix(size_needed(c, used, desc));
  }
  const reserved = offsetof<io_uring_region_desc>("__resv");
  must_be_zero(c, rule.region_reserved, SELF, changetype<usize>(region), reserved, reserved + 32, 8);
  check_kind(c, region);
  check_not_zero(c, region);
  check_extent(c, region);
  check_pages(c, region);
}

/** Where the statistics lie. */
export function check_statistics(c: kernel_call, region: io_uring_region_desc, used: u64, desc: zcrx_event_desc): void {
  const field = offsetof<zcrx_event_desc>("stats_offset");
  const at = desc.stats_offset;
  const end = at + STATS_SIZE;
  const fitting = align_up(used, STATS_ALIGNMENT);
  if (!is_aligned(at, STATS_ALIGNMENT)) {
    const up = align_up(at, STATS_ALIGNMENT);
    const inside = up >= used && up + STATS_SIZE > up && up + STATS_SIZE <= region.size;
    broken(c, rule.stats_unaligned, part.event_desc, field, at, STATS_ALIGNMENT).fix(inside ? up : fitting);
  }
  if (at < used) broken(c, rule.stats_overlap_ring, part.event_desc, field, at, used).fix(fitting);
  if (end < at) {
    broken(c, rule.stats_wrap, part.event_desc, field, at, region.size).fix(fitting);
  } else if (end > region.size && at >= used) {
    const found = broken(c, rule.stats_outside_region, part.event_desc, field, at, region.size);
    if (fitting + STATS_SIZE <= region.size) found.fix(fitting);
    else found.fix_at(SELF, offsetof<io_uring_region_desc>("size"), align_up(fitting + STATS_SIZE, c.page_size));
  }
}
