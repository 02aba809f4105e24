import { is_aligned } from "../memory";
import { add_at, add_conflict, finding_code, report } from "../validate/finding";

/** Flags of the event descriptor. */
@was({ ZCRX_EVENT_DESC_FLAG_STATS: "ZCRX_NOTIF_DESC_FLAG_STATS" })
@bits({ from: "linux/io_uring/zcrx.h", since: "7.2" })
export enum zcrx_event_desc_flags {
  /** Keep statistics, at `stats_offset`. */
  ZCRX_EVENT_DESC_FLAG_STATS = 1 << 0,
}

/** Which events to report, and where the statistics go. `io_uring_zcrx_ifq_reg.event_desc` points to it. */
@was("zcrx_notification_desc")
@struct({ from: "linux/io_uring/zcrx.h", since: "7.2" })
@unmanaged
export class zcrx_event_desc {
  /** Comes back as `user_data` of every completion that reports an event. The kernel checks no collisions. */
  user_data: u64;
  /** Bit `1 << type` for each event type to report; all of them start armed. */
  @mask("zcrx_event_type")
  type_mask: u32;
  /** Whether statistics are kept. */
  @flags("zcrx_event_desc_flags")
  flags: u32;
  /** Bytes from the start of the refill region to the statistics. Zero without ZCRX_EVENT_DESC_FLAG_STATS. */
  stats_offset: u64;
  /** Reserved. */
  @zero
  @array(9)
  __resv2: u64;
}

/** What the kernel asks of a descriptor on its own; where the statistics may lie depends on the region too. */
export function check_event_desc(desc: zcrx_event_desc, stats_alignment: u32, to: report): void {
  const self = zcrx_event_desc.index();
  const stats_offset = offsetof<zcrx_event_desc>("stats_offset");
  if (!desc.stats_offset) return;
  if (!(desc.flags & zcrx_event_desc_flags.ZCRX_EVENT_DESC_FLAG_STATS)) {
    add_conflict(to, self, stats_offset, desc.stats_offset, offsetof<zcrx_event_desc>("flags"));
  } else if (!is_aligned(desc.stats_offset, stats_alignment)) {
    add_at(to, finding_code.misaligned, self, stats_offset, desc.stats_offset, stats_alignment, 0);
  }
}
