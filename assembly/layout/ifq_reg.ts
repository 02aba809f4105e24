import { is_power_of_two } from "../memory";
import { add, add_at, add_conflict, field_number, finding_code, report } from "../validate/finding";
import { io_uring_zcrx_offsets } from "./offsets";

/** How an instance is registered. */
@bits({ from: "linux/io_uring/zcrx.h", since: "6.19" })
export enum zcrx_reg_flags {
  /** Take over the instance behind the descriptor in `if_idx`. */
  ZCRX_REG_IMPORT = 1,
  /** No network device: all data is copied. Linux 7.1 and later. */
  ZCRX_REG_NODEV = 2,
}

/** Most refill entries that the kernel takes; with IORING_SETUP_CLAMP more is clamped to it. */
@constant({ from: "the kernel's io_uring/zcrx.c", since: "6.15" })
export const IO_RQ_MAX_ENTRIES: u32 = 32768;

/** Argument of IORING_REGISTER_ZCRX_IFQ: an instance of zero-copy receive. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.15" })
@unmanaged
export class io_uring_zcrx_ifq_reg {
  /** Index of the network interface; 0 with ZCRX_REG_NODEV, a descriptor with ZCRX_REG_IMPORT. */
  if_idx: u32;
  /** Receive queue of the interface; 0 with ZCRX_REG_NODEV or ZCRX_REG_IMPORT. */
  if_rxq: u32;
  /** Refill entries, 1 to 32768; the kernel rounds up to a power of two and writes that back. */
  rq_entries: u32;
  /** How to register. */
  @flags("zcrx_reg_flags")
  flags: u32;
  /** Address of an io_uring_zcrx_area_reg. */
  area_ptr: u64;
  /** Address of an io_uring_region_desc. */
  region_ptr: u64;
  /** Where the parts of the refill ring lie; whatever was there is overwritten. */
  offsets: io_uring_zcrx_offsets;
  /** The kernel's number for the instance. Zero on entry. */
  @zeroOnEntry
  zcrx_id: u32;
  /** Bytes of one buffer: 0 for a page, else a power of two of at least a page; with ZCRX_REG_NODEV only a page. */
  @since("7.0")
  rx_buf_len: u32;
  /** Address of a zcrx_event_desc, or 0. */
  @since("7.2")
  @was("notif_desc")
  event_desc: u64;
  /** Reserved. */
  @zero
  @array(2)
  __resv: u64;
}

/** `if_rxq` that stands for no queue. */
const NO_QUEUE: u32 = 0xffff_ffff;

function must_be_zero(value: u64, offset: usize, to: report): void {
  if (!value) return;
  const flags = offsetof<io_uring_zcrx_ifq_reg>("flags");
  add_conflict(to, io_uring_zcrx_ifq_reg.index(), offset, value, flags);
}

/** An import brings nothing of its own: instance, area and region are the exporter's. */
function check_import(reg: io_uring_zcrx_ifq_reg, to: report): void {
  if (reg.flags & zcrx_reg_flags.ZCRX_REG_NODEV) {
    const self = io_uring_zcrx_ifq_reg.index();
    const flags = field_number(self, offsetof<io_uring_zcrx_ifq_reg>("flags"));
    add(to, finding_code.conflict, self, flags, 0, reg.flags, zcrx_reg_flags.ZCRX_REG_IMPORT, 0, flags);
  }
  must_be_zero(reg.if_rxq, offsetof<io_uring_zcrx_ifq_reg>("if_rxq"), to);
  must_be_zero(reg.rq_entries, offsetof<io_uring_zcrx_ifq_reg>("rq_entries"), to);
  must_be_zero(reg.area_ptr, offsetof<io_uring_zcrx_ifq_reg>("area_ptr"), to);
  must_be_zero(reg.region_ptr, offsetof<io_uring_zcrx_ifq_reg>("region_ptr"), to);
  must_be_zero(reg.event_desc, offsetof<io_uring_zcrx_ifq_reg>("event_desc"), to);
}

/** What the kernel asks of a registration on its own. `clamp`: the ring was set up with IORING_SETUP_CLAMP. */
export function check_ifq_reg(reg: io_uring_zcrx_ifq_reg, page_size: u32, clamp: bool, to: report): void {
  const self = io_uring_zcrx_ifq_reg.index();
  if (reg.flags & zcrx_reg_flags.ZCRX_REG_IMPORT) {
    check_import(reg, to);
    return;
  }
  const rq_entries = offsetof<io_uring_zcrx_ifq_reg>("rq_entries");
  if (!reg.rq_entries || (reg.rq_entries > IO_RQ_MAX_ENTRIES && !clamp)) {
    add_at(to, finding_code.out_of_range, self, rq_entries, reg.rq_entries, 1, IO_RQ_MAX_ENTRIES);
  }
  if (!reg.area_ptr) add_at(to, finding_code.null_pointer, self, offsetof<io_uring_zcrx_ifq_reg>("area_ptr"), 0, 0, 0);
  if (!reg.region_ptr)
    add_at(to, finding_code.null_pointer, self, offsetof<io_uring_zcrx_ifq_reg>("region_ptr"), 0, 0, 0);
  const rx_buf_len = offsetof<io_uring_zcrx_ifq_reg>("rx_buf_len");
  if (reg.rx_buf_len && reg.rx_buf_len < page_size) {
    add_at(to, finding_code.too_small, self, rx_buf_len, reg.rx_buf_len, page_size, 0);
  } else if (reg.rx_buf_len && !is_power_of_two(reg.rx_buf_len)) {
    add_at(to, finding_code.not_power_of_two, self, rx_buf_len, reg.rx_buf_len, 0, 0);
  } else if (reg.rx_buf_len > page_size && reg.flags & zcrx_reg_flags.ZCRX_REG_NODEV) {
    must_be_zero(reg.rx_buf_len, rx_buf_len, to);
  }
  if (reg.flags & zcrx_reg_flags.ZCRX_REG_NODEV) {
    must_be_zero(reg.if_idx, offsetof<io_uring_zcrx_ifq_reg>("if_idx"), to);
    must_be_zero(reg.if_rxq, offsetof<io_uring_zcrx_ifq_reg>("if_rxq"), to);
  } else if (reg.if_rxq == NO_QUEUE) {
    add_at(to, finding_code.out_of_range, self, offsetof<io_uring_zcrx_ifq_reg>("if_rxq"), reg.if_rxq, 0, NO_QUEUE - 1);
  }
}
