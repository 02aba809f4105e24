/** What io_uring_register is asked to do. */
@values({ from: "linux/io_uring.h" })
export enum io_uring_register_op {
  IORING_REGISTER_BUFFERS = 0,
  IORING_UNREGISTER_BUFFERS = 1,
  IORING_REGISTER_FILES = 2,
  IORING_UNREGISTER_FILES = 3,
  /** Signal an eventfd for every completion. */
  IORING_REGISTER_EVENTFD = 4,
  IORING_UNREGISTER_EVENTFD = 5,
  IORING_REGISTER_FILES_UPDATE = 6,
  IORING_REGISTER_EVENTFD_ASYNC = 7,
  IORING_REGISTER_PROBE = 8,
  IORING_REGISTER_PERSONALITY = 9,
  IORING_UNREGISTER_PERSONALITY = 10,
  IORING_REGISTER_RESTRICTIONS = 11,
  IORING_REGISTER_ENABLE_RINGS = 12,
  IORING_REGISTER_FILES2 = 13,
  IORING_REGISTER_FILES_UPDATE2 = 14,
  IORING_REGISTER_BUFFERS2 = 15,
  IORING_REGISTER_BUFFERS_UPDATE = 16,
  IORING_REGISTER_IOWQ_AFF = 17,
  IORING_UNREGISTER_IOWQ_AFF = 18,
  IORING_REGISTER_IOWQ_MAX_WORKERS = 19,
  IORING_REGISTER_RING_FDS = 20,
  IORING_UNREGISTER_RING_FDS = 21,
  IORING_REGISTER_PBUF_RING = 22,
  IORING_UNREGISTER_PBUF_RING = 23,
  IORING_REGISTER_SYNC_CANCEL = 24,
  IORING_REGISTER_FILE_ALLOC_RANGE = 25,
  IORING_REGISTER_PBUF_STATUS = 26,
  IORING_REGISTER_NAPI = 27,
  IORING_UNREGISTER_NAPI = 28,
  IORING_REGISTER_CLOCK = 29,
  IORING_REGISTER_CLONE_BUFFERS = 30,
  IORING_REGISTER_SEND_MSG_RING = 31,
  /** Register an instance: io_uring_zcrx_ifq_reg, `nr_args` 1. */
  IORING_REGISTER_ZCRX_IFQ = 32,
  IORING_REGISTER_RESIZE_RINGS = 33,
  IORING_REGISTER_MEM_REGION = 34,
  /** Ask what the kernel can do: io_uring_query_hdr, `nr_args` 0. Linux 6.18 and later. */
  IORING_REGISTER_QUERY = 35,
  /** Steer an instance: zcrx_ctrl, `nr_args` 0. Linux 6.19 and later. */
  IORING_REGISTER_ZCRX_CTRL = 36,
  IORING_REGISTER_BPF_FILTER = 37,
}

/** Added to the operation when the descriptor is an index of a registered ring. */
@constant({ from: "linux/io_uring.h" })
export const IORING_REGISTER_USE_REGISTERED_RING: u64 = 1 << 31;

/** Where the refill region of instance 0 is mapped from a ring's descriptor, if the kernel allocated it. */
@constant({ from: "the kernel's io_uring/memmap.h", since: "6.15" })
export const IORING_MAP_OFF_ZCRX_REGION: u64 = 0x30000000;

/** From this bit up such an offset holds the instance's id. */
@constant({ from: "the kernel's io_uring/memmap.h", since: "6.15" })
export const IORING_OFF_ZCRX_SHIFT: u64 = 16;

/** Where the rings are mapped from a ring's descriptor. */
@constant({ from: "linux/io_uring.h" })
export const IORING_OFF_SQ_RING: u64 = 0;

/** Where the submission entries are mapped from a ring's descriptor. */
@constant({ from: "linux/io_uring.h" })
export const IORING_OFF_SQES: u64 = 0x10000000;
