/** What was copied although zero copy was asked for. Lies in the refill region, behind the entries. */
@was({ v1: "io_uring_zcrx_notif_stats", rc: ["zcrx_notif_stats", "io_uring_zcrx_notif_stats"] })
@struct({ from: "linux/io_uring/zcrx.h", since: "7.2" })
@unmanaged
export class zcrx_stats {
  /** Fragments copied, counted once per receive pass; not completions, and not the linear head of a packet. */
  @written
  copy_count: u64;
  /** Bytes of these fragments. */
  @written
  copy_bytes: u64;
}
