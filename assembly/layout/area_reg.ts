import { is_aligned } from "../memory";
import { add_at, add_conflict, finding_code, report } from "../validate/finding";

/** Flags of an area. */
@bits({ from: "linux/io_uring/zcrx.h", since: "6.16" })
export enum io_uring_zcrx_area_flags {
  /** The area is a DMA buffer, named by `dmabuf_fd`. */
  IORING_ZCRX_AREA_DMABUF = 1,
}

/** The largest area that the kernel takes: 1 TiB. */
export const AREA_LIMIT: u64 = 1 << 40;

/** Memory for payload. `io_uring_zcrx_ifq_reg.area_ptr` and `zcrx_ctrl_add_area.area_ptr` point to it. */
@struct({ from: "linux/io_uring/zcrx.h", since: "6.15" })
@unmanaged
export class io_uring_zcrx_area_reg {
  /** Address, page aligned; 0 for a DMA buffer. */
  addr: u64;
  /** Bytes, whole pages, at most 1 TiB. */
  len: u64;
  /** The kernel's name for the area: its id from bit 48 up. Zero on entry; valid only after a call that succeeded. */
  @zeroOnEntry
  rq_area_token: u64;
  /** Whether this is a DMA buffer. */
  @flags("io_uring_zcrx_area_flags")
  flags: u32;
  /** Descriptor of the DMA buffer; 0 for ordinary memory. */
  @since("6.16")
  dmabuf_fd: u32;
  /** Reserved. */
  @zero
  @array(2)
  __resv2: u64;
}

/** What the kernel asks of an area that is about to be registered. */
export function check_area_reg(area: io_uring_zcrx_area_reg, page_size: u32, to: report): void {
  const self = io_uring_zcrx_area_reg.index();
  const flags = offsetof<io_uring_zcrx_area_reg>("flags");
  const addr = offsetof<io_uring_zcrx_area_reg>("addr");
  const len = offsetof<io_uring_zcrx_area_reg>("len");
  if (area.len == 0 || area.len > AREA_LIMIT) {
    add_at(to, finding_code.out_of_range, self, len, area.len, page_size, AREA_LIMIT);
  } else if (!is_aligned(area.len, page_size)) {
    add_at(to, finding_code.misaligned, self, len, area.len, page_size, 0);
  }
  if (area.flags & io_uring_zcrx_area_flags.IORING_ZCRX_AREA_DMABUF) {
    if (area.addr) add_conflict(to, self, addr, area.addr, flags);
    return;
  }
  if (area.dmabuf_fd) {
    add_conflict(to, self, offsetof<io_uring_zcrx_area_reg>("dmabuf_fd"), area.dmabuf_fd, flags);
  }
  if (!area.addr) add_at(to, finding_code.null_pointer, self, addr, 0, 0, 0);
  else if (!is_aligned(area.addr, page_size)) add_at(to, finding_code.misaligned, self, addr, area.addr, page_size, 0);
  if (area.addr + area.len < area.addr) {
    add_at(to, finding_code.overflow, self, len, area.len, u64.MAX_VALUE - area.addr, 0);
  }
}
