import { is_aligned } from "../memory";
import { add_at, finding_code, report } from "../validate/finding";

/** Flags of io_uring_setup. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_setup_flags {
  /** Poll for completions. */
  IORING_SETUP_IOPOLL = 1 << 0,
  /** A kernel thread takes submissions. */
  IORING_SETUP_SQPOLL = 1 << 1,
  /** `sq_thread_cpu` is valid. */
  IORING_SETUP_SQ_AFF = 1 << 2,
  /** `cq_entries` is given. */
  IORING_SETUP_CQSIZE = 1 << 3,
  /** Too large sizes are cut down instead of refused; `rq_entries` too. */
  IORING_SETUP_CLAMP = 1 << 4,
  /** Share the worker threads of the ring `wq_fd`. */
  IORING_SETUP_ATTACH_WQ = 1 << 5,
  /** Start disabled. */
  IORING_SETUP_R_DISABLED = 1 << 6,
  /** Go on submitting after an error. */
  IORING_SETUP_SUBMIT_ALL = 1 << 7,
  /** Run task work when the task enters the kernel anyway. */
  IORING_SETUP_COOP_TASKRUN = 1 << 8,
  /** Show pending task work in the flags of the submission ring. */
  IORING_SETUP_TASKRUN_FLAG = 1 << 9,
  /** Submissions of 128 bytes. */
  IORING_SETUP_SQE128 = 1 << 10,
  /** Completions of 32 bytes; zcrx needs this or IORING_SETUP_CQE_MIXED. */
  IORING_SETUP_CQE32 = 1 << 11,
  /** One task submits. */
  IORING_SETUP_SINGLE_ISSUER = 1 << 12,
  /** Run task work only when the submitter asks for events; zcrx needs it. */
  IORING_SETUP_DEFER_TASKRUN = 1 << 13,
  /** The program gives the memory of the rings. */
  IORING_SETUP_NO_MMAP = 1 << 14,
  /** Give an index of a registered ring instead of a descriptor. */
  IORING_SETUP_REGISTERED_FD_ONLY = 1 << 15,
  /** Submissions are taken in order, without the index array. */
  IORING_SETUP_NO_SQARRAY = 1 << 16,
  /** Sleep a while before polling. */
  IORING_SETUP_HYBRID_IOPOLL = 1 << 17,
  /** Completions of 16 and of 32 bytes. */
  IORING_SETUP_CQE_MIXED = 1 << 18,
  /** Submissions of 64 and of 128 bytes. */
  IORING_SETUP_SQE_MIXED = 1 << 19,
  /** Submissions always start at the first entry. */
  IORING_SETUP_SQ_REWIND = 1 << 20,
}

/** What a ring can do, answered by io_uring_setup. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_features {
  /** One mapping holds both rings. */
  IORING_FEAT_SINGLE_MMAP = 1 << 0,
  /** Completions that find the ring full are kept and delivered later. */
  IORING_FEAT_NODROP = 1 << 1,
  IORING_FEAT_SUBMIT_STABLE = 1 << 2,
  IORING_FEAT_RW_CUR_POS = 1 << 3,
  IORING_FEAT_CUR_PERSONALITY = 1 << 4,
  IORING_FEAT_FAST_POLL = 1 << 5,
  IORING_FEAT_POLL_32BITS = 1 << 6,
  IORING_FEAT_SQPOLL_NONFIXED = 1 << 7,
  IORING_FEAT_EXT_ARG = 1 << 8,
  IORING_FEAT_NATIVE_WORKERS = 1 << 9,
  IORING_FEAT_RSRC_TAGS = 1 << 10,
  IORING_FEAT_CQE_SKIP = 1 << 11,
  IORING_FEAT_LINKED_FILE = 1 << 12,
  IORING_FEAT_REG_REG_RING = 1 << 13,
  IORING_FEAT_RECVSEND_BUNDLE = 1 << 14,
  IORING_FEAT_MIN_TIMEOUT = 1 << 15,
  IORING_FEAT_RW_ATTR = 1 << 16,
  IORING_FEAT_NO_IOWAIT = 1 << 17,
}

/** Where the parts of the submission ring lie, in bytes from the start of the rings' memory. */
@struct({ from: "linux/io_uring.h", since: "5.1" })
@unmanaged
export class io_sqring_offsets {
  /** Where the kernel's index is. */
  @written
  head: u32;
  /** Where the program's index is. */
  @written
  tail: u32;
  /** Where the entries less one are. */
  @written
  ring_mask: u32;
  /** Where the number of entries is. */
  @written
  ring_entries: u32;
  /** Where the flags are that the kernel sets (io_uring_sq_flags). */
  @written
  flags: u32;
  /** Where the number of invalid submissions is. */
  @written
  dropped: u32;
  /** Where the index array is; none with IORING_SETUP_NO_SQARRAY. */
  @written
  array: u32;
  /** Reserved. */
  @written
  resv1: u32;
  /** With IORING_SETUP_NO_MMAP the address of the submission entries, page aligned. */
  user_addr: u64;
}

/** Where the parts of the completion ring lie, in bytes from the start of the rings' memory. */
@struct({ from: "linux/io_uring.h", since: "5.1" })
@unmanaged
export class io_cqring_offsets {
  /** Where the program's index is. */
  @written
  head: u32;
  /** Where the kernel's index is. */
  @written
  tail: u32;
  /** Where the entries less one are. */
  @written
  ring_mask: u32;
  /** Where the number of entries is. */
  @written
  ring_entries: u32;
  /** Where the number of lost completions is. */
  @written
  overflow: u32;
  /** Where the completions are. */
  @written
  cqes: u32;
  /** Where the flags are that the program sets. */
  @written
  flags: u32;
  /** Reserved. */
  @written
  resv1: u32;
  /** With IORING_SETUP_NO_MMAP the address of both rings, page aligned. */
  user_addr: u64;
}

/** Argument of io_uring_setup. */
@struct({ from: "linux/io_uring.h", since: "5.1" })
@unmanaged
export class io_uring_params {
  /** Submissions that the ring holds. */
  @written
  sq_entries: u32;
  /** With IORING_SETUP_CQSIZE the completions wanted; the kernel rounds up to a power of two. */
  cq_entries: u32;
  /** What kind of ring. */
  @flags("io_uring_setup_flags")
  flags: u32;
  /** Processor of the polling thread. */
  sq_thread_cpu: u32;
  /** Milliseconds. */
  sq_thread_idle: u32;
  /** What the ring can do. */
  @written
  @flags("io_uring_features")
  features: u32;
  /** Ring whose workers to share. */
  wq_fd: u32;
  /** Reserved. */
  @zero
  @array(3)
  resv: u32;
  /** Where the parts of the submission ring lie. */
  sq_off: io_sqring_offsets;
  /** Where the parts of the completion ring lie. */
  cq_off: io_cqring_offsets;
}

/** Flags that the kernel sets in the submission ring. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_sq_flags {
  /** The polling thread sleeps. */
  IORING_SQ_NEED_WAKEUP = 1 << 0,
  /** Completions wait for room in the completion ring. */
  IORING_SQ_CQ_OVERFLOW = 1 << 1,
  /** Task work waits for the task to enter the kernel. */
  IORING_SQ_TASKRUN = 1 << 2,
}

/** Flags of io_uring_enter. */
@bits({ from: "linux/io_uring.h" })
export enum io_uring_enter_flags {
  /** Run task work and wait for `min_complete` completions. */
  IORING_ENTER_GETEVENTS = 1 << 0,
  IORING_ENTER_SQ_WAKEUP = 1 << 1,
  IORING_ENTER_SQ_WAIT = 1 << 2,
  IORING_ENTER_EXT_ARG = 1 << 3,
  IORING_ENTER_REGISTERED_RING = 1 << 4,
  IORING_ENTER_ABS_TIMER = 1 << 5,
  IORING_ENTER_EXT_ARG_REG = 1 << 6,
  IORING_ENTER_NO_IOWAIT = 1 << 7,
}

/** Memory that the program gives for rings must be there and begin on a page. */
function check_ring_memory(
  address: u64,
  struct_index: u32,
  field: usize,
  base: usize,
  page_size: u32,
  to: report,
): void {
  to.base = <u32>base;
  if (!address) add_at(to, finding_code.null_pointer, struct_index, field, 0, 0, 0);
  else if (!is_aligned(address, page_size)) {
    add_at(to, finding_code.misaligned, struct_index, field, address, page_size, 0);
  }
  to.base = 0;
}

/** What the kernel asks of a ring's set-up with memory of the program. */
export function check_params(params: io_uring_params, page_size: u32, to: report): void {
  if (!(params.flags & io_uring_setup_flags.IORING_SETUP_NO_MMAP)) return;
  const start = changetype<usize>(params);
  const sq = params.sq_off;
  const cq = params.cq_off;
  const sq_field = offsetof<io_sqring_offsets>("user_addr");
  const cq_field = offsetof<io_cqring_offsets>("user_addr");
  check_ring_memory(sq.user_addr, io_sqring_offsets.index(), sq_field, changetype<usize>(sq) - start, page_size, to);
  check_ring_memory(cq.user_addr, io_cqring_offsets.index(), cq_field, changetype<usize>(cq) - start, page_size, to);
}
