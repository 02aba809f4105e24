import { zcrx_event_desc, zcrx_event_desc_flags } from "../layout/event_desc";
import { io_uring_zcrx_ifq_reg, zcrx_reg_flags } from "../layout/ifq_reg";
import { io_uring_region_desc } from "../layout/region_desc";
import { entries_end } from "../plan/region";
import { add_at, finding_code, report } from "./finding";

/** Whether the region holds the refill ring, with the entries rounded up as the kernel does. */
function check_region_size(used: u64, region: io_uring_region_desc, to: report): void {
  if (region.size >= used) return;
  const size = offsetof<io_uring_region_desc>("size");
  add_at(to, finding_code.too_small, io_uring_region_desc.index(), size, region.size, used, 0);
}

/** Whether the statistics lie behind the refill ring and inside the region. */
function check_statistics(
  used: u64,
  region: io_uring_region_desc,
  desc: zcrx_event_desc,
  stats_size: u32,
  to: report,
): void {
  if (!(desc.flags & zcrx_event_desc_flags.ZCRX_EVENT_DESC_FLAG_STATS)) return;
  const self = zcrx_event_desc.index();
  const field = offsetof<zcrx_event_desc>("stats_offset");
  const at = desc.stats_offset;
  if (at < used) {
    add_at(to, finding_code.overlaps_ring, self, field, at, used, 0);
  } else if (at + stats_size < at || at + stats_size > region.size) {
    const last = region.size > stats_size ? region.size - stats_size : 0;
    add_at(to, finding_code.outside_region, self, field, at, last, region.size);
  }
}

/** The checks across the structs of a registration; an import has none, its region is the exporter's. `desc` may be null. */
export function check_registration(
  reg: io_uring_zcrx_ifq_reg,
  region: io_uring_region_desc,
  desc: usize,
  clamp: bool,
  rqes: u32,
  stats_size: u32,
  to: report,
): void {
  if (reg.flags & zcrx_reg_flags.ZCRX_REG_IMPORT) return;
  const used = entries_end(rqes, reg.rq_entries, clamp);
  check_region_size(used, region, to);
  if (desc) check_statistics(used, region, changetype<zcrx_event_desc>(desc), stats_size, to);
}
