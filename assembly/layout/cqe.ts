/** Flags of a completion. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_cqe_flags {
  /** The upper 16 bits are the id of a provided buffer. */
  IORING_CQE_F_BUFFER = 1 << 0,
  /** The request goes on: more completions follow. */
  IORING_CQE_F_MORE = 1 << 1,
  /** The socket holds more data. */
  IORING_CQE_F_SOCK_NONEMPTY = 1 << 2,
  /** Tells a send's notification from the send. Not set on zcrx events. */
  IORING_CQE_F_NOTIF = 1 << 3,
  /** The provided buffer gets more completions. */
  IORING_CQE_F_BUF_MORE = 1 << 4,
  /** Filler at the end of a mixed ring: to be skipped. */
  IORING_CQE_F_SKIP = 1 << 5,
  /** In a mixed ring: this completion has 32 bytes. */
  IORING_CQE_F_32 = 1 << 15,
}

/** From this bit up the flags hold the id of a provided buffer. */
@constant({ from: "linux/io_uring.h" })
export const IORING_CQE_BUFFER_SHIFT: u64 = 16;

/** A completion of 16 bytes. */
@struct({ from: "linux/io_uring.h", since: "5.1" })
@unmanaged
export class io_uring_cqe {
  /** The request's `user_data`; for a zcrx event that of the descriptor. */
  @written
  user_data: u64;
  /** Bytes, or a negated errno; for a zcrx event its type: an index, in `v1` a bit. */
  @written
  @event("zcrx_event_type")
  res: i32;
  /** Zero on a zcrx event. */
  @written
  @flags("io_uring_cqe_flags")
  flags: u32;
}

/** A completion of 32 bytes, of a ring with IORING_SETUP_CQE32, or marked IORING_CQE_F_32 in a mixed ring. */
@struct({ name: "io_uring_cqe", from: "linux/io_uring.h", since: "5.19" })
@unmanaged
export class io_uring_cqe32 {
  /** The request's `user_data`; for a zcrx event that of the descriptor. */
  @written
  user_data: u64;
  /** Bytes, or a negated errno; for a zcrx event its type: an index, in `v1` a bit. */
  @written
  @event("zcrx_event_type")
  res: i32;
  /** Zero on a zcrx event. */
  @written
  @flags("io_uring_cqe_flags")
  flags: u32;
  /** For IORING_OP_RECV_ZC an io_uring_zcrx_cqe. On a zcrx event stale bytes before Linux 7.3. */
  @written
  @array(2)
  big_cqe: u64;
}
