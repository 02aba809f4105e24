/** Numbers of the errors that the kernel answers with. */
@codes
export enum errno {
  EPERM = 1,
  ENXIO = 6,
  E2BIG = 7,
  EBADF = 9,
  ENOMEM = 12,
  EACCES = 13,
  EFAULT = 14,
  EBUSY = 16,
  EEXIST = 17,
  ENODEV = 19,
  EINVAL = 22,
  ERANGE = 34,
  EOVERFLOW = 75,
  EOPNOTSUPP = 95,
}

/**
 * The checks that the kernel makes, each with the errno of its refusal in the low byte; what the comment says holds for
 * a call that passes. In text the names have hyphens; they never change. Tags: `@since` and `@until` (exclusive) name
 * the kernel series with the check, `@needs` what it takes to meet it, `@entry` that it concerns a single question of a
 * query that succeeds as a whole.
 */
@codes
export enum rule {
  /** The kernel does what it is asked. */
  ok = 0,
  /** What this kernel says next was not proved. */
  unproved = 1 << 8,

  // The call
  /** The kernel knows the operation: IORING_REGISTER_QUERY from 6.18, IORING_REGISTER_ZCRX_CTRL from 6.19. @until 6.19 */
  opcode_unknown = (2 << 8) | errno.EINVAL,
  /** A ring is given; only IORING_REGISTER_QUERY takes -1 in its place. */
  no_ring_given = (3 << 8) | errno.EINVAL,
  /** The descriptor is open. */
  fd_closed = (4 << 8) | errno.EBADF,
  /** The descriptor is a ring. */
  fd_no_ring = (5 << 8) | errno.EOPNOTSUPP,
  /** The caller is the task that submits, if the ring has IORING_SETUP_SINGLE_ISSUER. */
  other_task = (6 << 8) | errno.EEXIST,
  /** The ring's restrictions allow the operation. */
  restricted = (7 << 8) | errno.EACCES,
  /** A registration needs an argument. */
  ifq_arg_null = (8 << 8) | errno.EINVAL,
  /** `nr_args` of a registration is 1. */
  ifq_nr_args = (9 << 8) | errno.EINVAL,

  // Registration
  /** A registration needs CAP_NET_ADMIN in the initial user namespace. */
  not_capable = (10 << 8) | errno.EPERM,
  /** The ring needs IORING_SETUP_DEFER_TASKRUN. */
  ring_not_deferred = (11 << 8) | errno.EINVAL,
  /** The ring needs completions of 32 bytes: IORING_SETUP_CQE32 or IORING_SETUP_CQE_MIXED. */
  ring_cqe_size = (12 << 8) | errno.EINVAL,
  /** The registration can be read. */
  reg_unreadable = (13 << 8) | errno.EFAULT,
  /** Reserved fields of the registration are zero. */
  reg_reserved = (14 << 8) | errno.EINVAL,
  /** `zcrx_id` is zero on entry. */
  reg_zcrx_id = (15 << 8) | errno.EINVAL,
  /** Only known flags are set. */
  reg_flags = (16 << 8) | errno.EINVAL,

  // Import
  /** An import brings no queue, entries, area and region of its own. @since 6.19 */
  import_not_zero = (17 << 8) | errno.EINVAL,
  /** An import brings no event descriptor. @since 7.2 */
  import_event_desc = (18 << 8) | errno.EINVAL,
  /** ZCRX_REG_IMPORT goes with no other flag. @since 7.1 */
  import_flags = (19 << 8) | errno.EINVAL,
  /** `if_idx` of an import is an open descriptor. @since 6.19 */
  import_fd_closed = (20 << 8) | errno.EBADF,
  /** `if_idx` of an import is a descriptor that ZCRX_CTRL_EXPORT gave. @since 6.19 */
  import_fd_kind = (21 << 8) | errno.EBADF,

  // Registration of an instance
  /** The region's description can be read. */
  region_unreadable = (22 << 8) | errno.EFAULT,
  /** `if_rxq` is a queue. */
  if_rxq_none = (23 << 8) | errno.EINVAL,
  /** The refill ring has entries. */
  rq_entries_zero = (24 << 8) | errno.EINVAL,
  /** With ZCRX_REG_NODEV there is neither interface nor queue. @since 7.1 */
  nodev_queue = (25 << 8) | errno.EINVAL,
  /** Without IORING_SETUP_CLAMP there are at most 32768 refill entries. */
  rq_entries_limit = (26 << 8) | errno.EINVAL,
  /** The area's description can be read. */
  area_unreadable = (27 << 8) | errno.EFAULT,
  /** The event descriptor can be read. @since 7.2 */
  desc_unreadable = (28 << 8) | errno.EFAULT,
  /** The mask has known event types only. @since 7.2 */
  desc_type_mask = (29 << 8) | errno.EINVAL,
  /** The descriptor has known flags only. @since 7.2 */
  desc_flags = (30 << 8) | errno.EINVAL,
  /** Without ZCRX_EVENT_DESC_FLAG_STATS there is no `stats_offset`. @since 7.2 */
  desc_stats_offset = (31 << 8) | errno.EINVAL,
  /** Reserved fields of the event descriptor are zero. @since 7.2 */
  desc_reserved = (32 << 8) | errno.EINVAL,

  // Refill region
  /** The region holds header and entries, rounded up to a power of two. */
  region_too_small = (33 << 8) | errno.EINVAL,
  /** Reserved fields of the region are zero. */
  region_reserved = (34 << 8) | errno.EINVAL,
  /** The region has known flags only. */
  region_flags = (35 << 8) | errno.EINVAL,
  /** A region has an address if, and only if, it is the program's memory. */
  region_user_addr = (36 << 8) | errno.EFAULT,
  /** `mmap_offset` and `id` of the region are zero on entry. */
  region_not_zero = (37 << 8) | errno.EINVAL,
  /** The region has at most 2147483647 pages. */
  region_pages = (38 << 8) | errno.E2BIG,
  /** Address and size of the region are whole pages. */
  region_unaligned = (39 << 8) | errno.EINVAL,
  /** The region ends inside the address space. */
  region_wraps = (40 << 8) | errno.EOVERFLOW,
  /** At most 268435455 pages can be pinned. @since 7.2 */
  region_pin_limit = (41 << 8) | errno.EOVERFLOW,
  /** The list of the region's pages does not exceed 2 GiB. */
  region_page_list = (42 << 8) | errno.ENOMEM,
  /** The size of a region of the program's memory, cut to 32 bits, is not 0. @until 6.17 */
  region_cut_empty = (43 << 8) | errno.EINVAL,
  /** The size of a region of the program's memory has 32 bits. @until 6.17 */
  region_cut = (44 << 8) | errno.EFAULT,
  /** All of the region is mapped and writable. */
  region_not_pinned = (45 << 8) | errno.EFAULT,

  // Statistics
  /** `stats_offset` is a multiple of the alignment of the statistics. @since 7.2 */
  stats_unaligned = (46 << 8) | errno.EINVAL,
  /** The statistics lie behind the refill entries, rounded up to a power of two. @since 7.2 */
  stats_overlap_ring = (47 << 8) | errno.ERANGE,
  /** The statistics end inside 64 bits. @since 7.2 */
  stats_wrap = (48 << 8) | errno.ERANGE,
  /** The statistics end inside the region. @since 7.2 */
  stats_outside_region = (49 << 8) | errno.ERANGE,

  // Device
  /** The interface exists in the caller's network namespace. */
  device_missing = (50 << 8) | errno.ENODEV,
  /** The interface has a device that can do DMA. */
  device_no_dma = (51 << 8) | errno.EOPNOTSUPP,

  // Area
  /** `rx_buf_len` is zero, or a power of two of at least a page. @since 7.0 */
  area_buf_len = (52 << 8) | errno.EINVAL,
  /** Without a device a buffer is a page. @since 7.1 */
  area_buf_len_nodev = (53 << 8) | errno.EOPNOTSUPP,
  /** The area has known flags only. */
  area_flags = (54 << 8) | errno.EINVAL,
  /** `rq_area_token` is zero on entry. */
  area_token = (55 << 8) | errno.EINVAL,
  /** Reserved fields of the area are zero. */
  area_reserved = (56 << 8) | errno.EINVAL,
  /** The area has a length. */
  area_empty = (57 << 8) | errno.EFAULT,
  /** An area has at most 1 GiB. @until 7.2 */
  area_limit_1g = (58 << 8) | errno.EFAULT,
  /** An area has at most 1 TiB. @since 7.2 */
  area_limit = (59 << 8) | errno.EINVAL,
  /** The area ends inside the address space. */
  area_wraps = (60 << 8) | errno.EOVERFLOW,
  /** Address and length of the area are whole pages. */
  area_unaligned = (61 << 8) | errno.EINVAL,
  /** A DMA buffer needs a device. @since 7.1 */
  area_dmabuf_nodev = (62 << 8) | errno.EINVAL,
  /** A DMA buffer has no address. @needs device */
  area_dmabuf_addr = (63 << 8) | errno.EINVAL,
  /** `dmabuf_fd` is an open descriptor. @needs device */
  area_dmabuf_fd = (64 << 8) | errno.EBADF,
  /** `dmabuf_fd` is a DMA buffer. @needs device */
  area_dmabuf_kind = (65 << 8) | errno.EINVAL,
  /** Without IORING_ZCRX_AREA_DMABUF there is no `dmabuf_fd`. */
  area_fd_without_dmabuf = (66 << 8) | errno.EINVAL,
  /** The area has an address. */
  area_null = (67 << 8) | errno.EFAULT,
  /** At most 268435455 pages can be pinned. @since 7.2 */
  area_pin_limit = (68 << 8) | errno.EOVERFLOW,
  /** All of the area is mapped and writable. */
  area_not_pinned = (69 << 8) | errno.EFAULT,
  /** An instance has at most 1024 areas. @since 7.3 */
  area_count = (70 << 8) | errno.EINVAL,

  // Queue of the device
  /** The driver uses the device's own lock. @needs device */
  device_not_lockable = (71 << 8) | errno.EOPNOTSUPP,
  /** The device has the queue. @needs device */
  device_queue_range = (72 << 8) | errno.ERANGE,
  /** The queue is not leased to a virtual device. @needs device */
  device_queue_leased = (73 << 8) | errno.EBUSY,
  /** The driver can restart single queues. @needs device */
  device_queue_fixed = (74 << 8) | errno.EOPNOTSUPP,
  /** The device splits headers from data: tcp-data-split is on. @needs device */
  device_data_split = (75 << 8) | errno.EINVAL,
  /** All packets are split: hds-thresh is 0. @needs device */
  device_hds_thresh = (76 << 8) | errno.EINVAL,
  /** The device has no XDP program. @needs device */
  device_xdp = (77 << 8) | errno.EEXIST,
  /** The driver supports buffers of this length. @needs device */
  device_buf_len = (78 << 8) | errno.EOPNOTSUPP,
  /** The queue has no other memory provider. @needs device */
  device_queue_taken = (79 << 8) | errno.EEXIST,
  /** The queue is not used by AF_XDP. @needs device */
  device_queue_xsk = (80 << 8) | errno.EBUSY,

  // What is written back
  /** The registration can be written back. */
  reg_unwritable = (81 << 8) | errno.EFAULT,
  /** The region's description can be written back. */
  region_unwritable = (82 << 8) | errno.EFAULT,
  /** The area's description can be written back. */
  area_unwritable = (83 << 8) | errno.EFAULT,

  // Control
  /** `nr_args` of ZCRX_CTRL is 0. @since 6.19 */
  ctrl_nr_args = (84 << 8) | errno.EINVAL,
  /** The argument can be read. @since 6.19 */
  ctrl_unreadable = (85 << 8) | errno.EFAULT,
  /** Reserved fields of zcrx_ctrl are zero; the kernel answers EFAULT here. @since 6.19 */
  ctrl_reserved = (86 << 8) | errno.EFAULT,
  /** The ring has the instance. @since 6.19 */
  ctrl_unknown_id = (87 << 8) | errno.ENXIO,
  /** The kernel knows the operation. @since 6.19 */
  ctrl_unknown_op = (88 << 8) | errno.EOPNOTSUPP,
  /** Reserved fields of the arm are zero. @since 6.19 */
  flush_reserved = (89 << 8) | errno.EINVAL,
  /** All of the arm is zero on entry. @since 6.19 */
  export_not_zero = (90 << 8) | errno.EINVAL,
  /** The new descriptor can be written back. @since 6.19 */
  export_unwritable = (91 << 8) | errno.EFAULT,
  /** The event type is known. @since 7.2 */
  arm_type = (92 << 8) | errno.EINVAL,
  /** Reserved fields of the arm are zero. @since 7.2 */
  arm_reserved = (93 << 8) | errno.EINVAL,
  /** Only a type that has fired can be re-armed. @since 7.2 */
  arm_not_fired = (94 << 8) | errno.EINVAL,
  /** Reserved fields of the arm are zero. @since 7.3 */
  add_area_reserved = (95 << 8) | errno.EINVAL,

  // Query
  /** `nr_args` of a query is 0. @since 6.18 */
  query_nr_args = (96 << 8) | errno.EINVAL,
  /** The question can be read. @since 6.18 */
  query_unreadable = (97 << 8) | errno.EFAULT,
  /** An answer has at most a page of room. @since 7.2 */
  query_too_large = (98 << 8) | errno.E2BIG,
  /** The room for the answer can be read. @since 6.18 */
  query_data_unreadable = (99 << 8) | errno.EFAULT,
  /** The answer can be written. @since 6.18 */
  query_data_unwritable = (100 << 8) | errno.EFAULT,
  /** The question can be written back. @since 6.18 */
  query_unwritable = (101 << 8) | errno.EFAULT,
  /** A chain has fewer than 1000 questions. @since 6.18 */
  query_endless = (102 << 8) | errno.ERANGE,

  // Answers inside a query that succeeds
  /** The kernel knows the question; else its `result` is -95. @since 6.18 @entry */
  query_unknown_op = (103 << 8) | errno.EOPNOTSUPP,
  /** Reserved fields of the question are zero; else its `result` is -22. @since 6.18 @entry */
  query_reserved = (104 << 8) | errno.EINVAL,
  /** `result` is zero on entry; else it is -22 afterwards. @since 6.18 @entry */
  query_result_not_zero = (105 << 8) | errno.EINVAL,
  /** There is room for an answer; else `result` is -22. @since 6.18 @entry */
  query_no_room = (106 << 8) | errno.EINVAL,
}

/** The errno with which the kernel refuses what breaks a rule; 0 for none. */
export function errno_of(which: rule): u32 {
  return which & 0xff;
}
