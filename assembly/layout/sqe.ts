/** Flags of a submission. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_sqe_flags {
  /** `fd` is an index of registered files. */
  IOSQE_FIXED_FILE = 1 << 0,
  IOSQE_IO_DRAIN = 1 << 1,
  /** The next submission starts when this one is done. */
  IOSQE_IO_LINK = 1 << 2,
  IOSQE_IO_HARDLINK = 1 << 3,
  IOSQE_ASYNC = 1 << 4,
  IOSQE_BUFFER_SELECT = 1 << 5,
  IOSQE_CQE_SKIP_SUCCESS = 1 << 6,
}

/** What a submission asks for. */
@values({ from: "linux/io_uring.h" })
export enum io_uring_op {
  IORING_OP_NOP = 0,
  IORING_OP_READV = 1,
  IORING_OP_WRITEV = 2,
  IORING_OP_FSYNC = 3,
  IORING_OP_READ_FIXED = 4,
  IORING_OP_WRITE_FIXED = 5,
  IORING_OP_POLL_ADD = 6,
  IORING_OP_POLL_REMOVE = 7,
  IORING_OP_SYNC_FILE_RANGE = 8,
  IORING_OP_SENDMSG = 9,
  IORING_OP_RECVMSG = 10,
  IORING_OP_TIMEOUT = 11,
  IORING_OP_TIMEOUT_REMOVE = 12,
  IORING_OP_ACCEPT = 13,
  /** Cancel the request whose `user_data` is `addr`. */
  IORING_OP_ASYNC_CANCEL = 14,
  IORING_OP_LINK_TIMEOUT = 15,
  IORING_OP_CONNECT = 16,
  IORING_OP_FALLOCATE = 17,
  IORING_OP_OPENAT = 18,
  IORING_OP_CLOSE = 19,
  IORING_OP_FILES_UPDATE = 20,
  IORING_OP_STATX = 21,
  IORING_OP_READ = 22,
  IORING_OP_WRITE = 23,
  IORING_OP_FADVISE = 24,
  IORING_OP_MADVISE = 25,
  IORING_OP_SEND = 26,
  IORING_OP_RECV = 27,
  IORING_OP_OPENAT2 = 28,
  IORING_OP_EPOLL_CTL = 29,
  IORING_OP_SPLICE = 30,
  IORING_OP_PROVIDE_BUFFERS = 31,
  IORING_OP_REMOVE_BUFFERS = 32,
  IORING_OP_TEE = 33,
  IORING_OP_SHUTDOWN = 34,
  IORING_OP_RENAMEAT = 35,
  IORING_OP_UNLINKAT = 36,
  IORING_OP_MKDIRAT = 37,
  IORING_OP_SYMLINKAT = 38,
  IORING_OP_LINKAT = 39,
  IORING_OP_MSG_RING = 40,
  IORING_OP_FSETXATTR = 41,
  IORING_OP_SETXATTR = 42,
  IORING_OP_FGETXATTR = 43,
  IORING_OP_GETXATTR = 44,
  IORING_OP_SOCKET = 45,
  IORING_OP_URING_CMD = 46,
  IORING_OP_SEND_ZC = 47,
  IORING_OP_SENDMSG_ZC = 48,
  IORING_OP_READ_MULTISHOT = 49,
  IORING_OP_WAITID = 50,
  IORING_OP_FUTEX_WAIT = 51,
  IORING_OP_FUTEX_WAKE = 52,
  IORING_OP_FUTEX_WAITV = 53,
  IORING_OP_FIXED_FD_INSTALL = 54,
  IORING_OP_FTRUNCATE = 55,
  IORING_OP_BIND = 56,
  IORING_OP_LISTEN = 57,
  /** Receive into the area of a zcrx instance. */
  IORING_OP_RECV_ZC = 58,
  IORING_OP_EPOLL_WAIT = 59,
  IORING_OP_READV_FIXED = 60,
  IORING_OP_WRITEV_FIXED = 61,
  IORING_OP_PIPE = 62,
  IORING_OP_NOP128 = 63,
  IORING_OP_URING_CMD128 = 64,
}

/** Flags of sends and receives, in `ioprio`. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_recvsend_flags {
  /** Wait for data before the first attempt. */
  IORING_RECVSEND_POLL_FIRST = 1 << 0,
  /** Go on receiving: one completion for every piece. IORING_OP_RECV_ZC needs it. */
  IORING_RECV_MULTISHOT = 1 << 1,
  IORING_RECVSEND_FIXED_BUF = 1 << 2,
  IORING_SEND_ZC_REPORT_USAGE = 1 << 3,
  IORING_RECVSEND_BUNDLE = 1 << 4,
  IORING_SEND_VECTORIZED = 1 << 5,
}

/** What IORING_OP_ASYNC_CANCEL looks for. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_async_cancel_flags {
  /** Every match, not only the first. */
  IORING_ASYNC_CANCEL_ALL = 1 << 0,
  /** Match the descriptor. */
  IORING_ASYNC_CANCEL_FD = 1 << 1,
  IORING_ASYNC_CANCEL_ANY = 1 << 2,
  IORING_ASYNC_CANCEL_FD_FIXED = 1 << 3,
  IORING_ASYNC_CANCEL_USERDATA = 1 << 4,
  IORING_ASYNC_CANCEL_OP = 1 << 5,
}

/** A submission of 64 bytes. Of its unions the members that zero-copy receive needs. */
@struct({ from: "linux/io_uring.h", since: "5.1" })
@unmanaged
export class io_uring_sqe {
  /** The operation. */
  @value("io_uring_op")
  opcode: u8;
  /** How it is handled. */
  @flags("io_uring_sqe_flags")
  flags: u8;
  /** For receives io_uring_recvsend_flags. */
  ioprio: u16;
  /** The descriptor to work on. */
  fd: i32;
  /** Offset in the file, where the operation has one. */
  off: u64;
  /** Address of a buffer; for IORING_OP_ASYNC_CANCEL the `user_data` to cancel. */
  addr: u64;
  /** Bytes; 0 for a multishot receive without limit. */
  len: u32;
  /** Flags of the operation; for receives those of recvmsg(2). */
  msg_flags: u32;
  /** Comes back as `user_data` of every completion of the request. */
  user_data: u64;
  /** Registered buffer, or group of provided buffers. */
  buf_index: u16;
  /** Registered credentials. */
  personality: u16;
  /** For IORING_OP_RECV_ZC the instance. */
  zcrx_ifq_idx: u32;
  /** A further address, where the operation has one. */
  addr3: u64;
  /** Reserved. */
  __pad2: u64;
}
