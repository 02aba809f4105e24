import { add_at, finding_code, report } from "../validate/finding";

/** What IORING_REGISTER_QUERY is asked about. */
@was({ IO_URING_QUERY_ZCRX_EVENT: "IO_URING_QUERY_ZCRX_NOTIF" })
@values({ from: "linux/io_uring/query.h", since: "6.18" })
export enum io_uring_query_op {
  /** Operations and flags of io_uring: io_uring_query_opcode. */
  IO_URING_QUERY_OPCODES = 0,
  /** Zero-copy receive: io_uring_query_zcrx. Linux 6.19 and later. */
  IO_URING_QUERY_ZCRX = 1,
  /** Header of the submission and completion rings: io_uring_query_scq. Linux 6.19 and later. */
  IO_URING_QUERY_SCQ = 2,
  /** Events and statistics: io_uring_query_zcrx_event. Linux 7.2 and later. */
  IO_URING_QUERY_ZCRX_EVENT = 3,
}

/** Argument of IORING_REGISTER_QUERY: one question, linked to the next. */
@struct({ from: "linux/io_uring/query.h", since: "6.18" })
@unmanaged
export class io_uring_query_hdr {
  /** Address of the next io_uring_query_hdr, or 0. */
  next_entry: u64;
  /** Address of the struct that takes the answer. */
  query_data: u64;
  /** The question. */
  @value("io_uring_query_op")
  query_op: u32;
  /** Bytes at `query_data`, at most a page from Linux 7.2 on; the kernel writes back how many its answer has. */
  size: u32;
  /** 0, or a negated errno: -95 (EOPNOTSUPP) for a question this kernel does not know. Zero on entry. */
  @zeroOnEntry
  result: i32;
  /** Reserved. */
  @zero
  @array(3)
  __resv: u32;
}

/** Answer to IO_URING_QUERY_OPCODES. */
@struct({ from: "linux/io_uring/query.h", since: "6.18" })
@unmanaged
export class io_uring_query_opcode {
  /** How many IORING_OP_* there are. */
  @written
  nr_request_opcodes: u32;
  /** How many IORING_REGISTER_* there are. */
  @written
  nr_register_opcodes: u32;
  /** What rings can do. */
  @written
  @flags("io_uring_features")
  feature_flags: u64;
  /** Flags that io_uring_setup takes. */
  @written
  @flags("io_uring_setup_flags")
  ring_setup_flags: u64;
  /** Flags that io_uring_enter takes. */
  @written
  @flags("io_uring_enter_flags")
  enter_flags: u64;
  /** Flags that submissions take. */
  @written
  @flags("io_uring_sqe_flags")
  sqe_flags: u64;
  /** How many IO_URING_QUERY_* there are. */
  @written
  nr_query_opcodes: u32;
  /** Reserved. */
  @written
  __pad: u32;
}

/** What zero-copy receive can do. */
@was({ ZCRX_FEATURE_EVENT: "ZCRX_FEATURE_NOTIFICATION" })
@bits({ from: "linux/io_uring/zcrx.h", since: "7.0" })
export enum zcrx_features {
  /** Buffers larger than a page can be asked for with `rx_buf_len`. */
  ZCRX_FEATURE_RX_PAGE_SIZE = 1 << 0,
  /** Events and statistics. Linux 7.2 and later. */
  ZCRX_FEATURE_EVENT = 1 << 1,
}

/** Answer to IO_URING_QUERY_ZCRX. */
@struct({ from: "linux/io_uring/query.h", since: "6.19" })
@unmanaged
export class io_uring_query_zcrx {
  /** Flags that a registration takes. */
  @written
  @flags("zcrx_reg_flags")
  register_flags: u64;
  /** Flags that an area takes. */
  @written
  @flags("io_uring_zcrx_area_flags")
  area_flags: u64;
  /** How many ZCRX_CTRL_* there are. */
  @written
  nr_ctrl_opcodes: u32;
  /** What there is beyond the basics. */
  @since("7.0")
  @written
  @flags("zcrx_features")
  features: u32;
  /** Bytes of the refill ring's header: 8 up to Linux 7.2, 128 in 7.3. The entries begin where `offsets.rqes` says. */
  @written
  rq_hdr_size: u32;
  /** Alignment of that header in bytes. */
  @written
  rq_hdr_alignment: u32;
  /** Reserved. */
  @written
  __resv2: u64;
}

/** Answer to IO_URING_QUERY_ZCRX_EVENT. */
@was({ rc: "io_uring_query_zcrx_notif" })
@struct({ from: "linux/io_uring/query.h", since: "7.2", revisions: ["rc", "event"] })
@unmanaged
export class io_uring_query_zcrx_event {
  /** Bit `1 << type` for each event type that there is. */
  @was("notif_flags")
  @written
  @mask("zcrx_event_type")
  event_flags: u32;
  /** Bytes of the statistics. */
  @was("notif_stats_size")
  @written
  stats_size: u32;
  /** `stats_offset` must be a multiple of this many bytes. */
  @was("notif_stats_off_alignment")
  @written
  stats_off_alignment: u32;
  /** Reserved. */
  @written
  __resv1: u32;
  /** Reserved. */
  @written
  @array(4)
  __resv2: u64;
}

/** Answer to IO_URING_QUERY_ZCRX_NOTIF in the first public revision; its size tells that revision from the others. */
@struct({
  name: "io_uring_query_zcrx_notif",
  from: "the first public patch series",
  since: "never released",
  revisions: ["v1"],
})
@unmanaged
export class io_uring_query_zcrx_notif_v1 {
  /** The bits of the notification types that there are. */
  @written
  @mask("zcrx_event_type")
  notif_flags: u32;
  /** Bytes of the statistics. */
  @written
  notif_stats_size: u32;
  /** `stats_offset` must be a multiple of this many bytes. */
  @written
  notif_stats_off_alignment: u32;
  /** Keeps what the caller had there. */
  @ignored
  resv1: u32;
  /** Reserved. */
  @ignored
  @array(10)
  __resv2: u64;
}

/** Answer to IO_URING_QUERY_SCQ. */
@struct({ from: "linux/io_uring/query.h", since: "6.19" })
@unmanaged
export class io_uring_query_scq {
  /** Bytes of the header of the submission and completion rings. */
  @written
  hdr_size: u64;
  /** Alignment of that header in bytes. */
  @written
  hdr_alignment: u64;
}

/** What the kernel asks of a question; from Linux 7.2 on an answer has at most a page. */
export function check_query_hdr(hdr: io_uring_query_hdr, page_size: u32, to: report): void {
  const self = io_uring_query_hdr.index();
  if (!hdr.query_data) add_at(to, finding_code.null_pointer, self, offsetof<io_uring_query_hdr>("query_data"), 0, 0, 0);
  if (!hdr.size || hdr.size > page_size) {
    add_at(to, finding_code.out_of_range, self, offsetof<io_uring_query_hdr>("size"), hdr.size, 1, page_size);
  }
}
