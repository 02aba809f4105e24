// An area: __zcrx_create_area, io_import_area, io_validate_user_buf_range, io_pin_pages.

import { io_uring_zcrx_area_flags, io_uring_zcrx_area_reg, AREA_LIMIT } from "../layout/area_reg";
import { io_uring_zcrx_ifq_reg } from "../layout/ifq_reg";
import { align_up, is_aligned, is_power_of_two } from "../memory";
import { broken, must_be_zero, unproved } from "./broken";
import { file_kind, kernel_call, part } from "./call";
import { file_behind } from "./files";
import { V7_0, V7_1, V7_2, V7_3 } from "./kernel";
import { can_pin } from "./memory_map";
import { rule } from "./rules";

/** The largest area up to Linux 7.1. */
const FORMER_AREA_LIMIT: u64 = 1 << 30;

/** Most pages that io_pin_pages takes: their list has at most INT_MAX bytes. */
export const PIN_LIMIT: u64 = 0x7fff_ffff / 8;

/** `rx_buf_len` of a registration. */
export function check_buf_len(c: kernel_call, reg: io_uring_zcrx_ifq_reg, has_device: bool): void {
  if (c.series < V7_0 || !reg.rx_buf_len) return;
  const field = offsetof<io_uring_zcrx_ifq_reg>("rx_buf_len");
  if (!is_power_of_two(reg.rx_buf_len) || reg.rx_buf_len < c.page_size) {
    broken(c, rule.area_buf_len, part.reg, field, reg.rx_buf_len, c.page_size).fix(0);
  } else if (!has_device && reg.rx_buf_len != c.page_size) {
    broken(c, rule.area_buf_len_nodev, part.reg, field, reg.rx_buf_len, c.page_size).fix(0);
  }
}

export function check_token(c: kernel_call, area: io_uring_zcrx_area_reg): void {
  if (!area.rq_area_token) return;
  const field = offsetof<io_uring_zcrx_area_reg>("rq_area_token");
  broken(c, rule.area_token, part.area, field, area.rq_area_token, 0).fix(0);
}

/** Address and length as such. */
function check_extent(c: kernel_call, area: io_uring_zcrx_area_reg): bool {
  const addr = offsetof<io_uring_zcrx_area_reg>("addr");
  const len = offsetof<io_uring_zcrx_area_reg>("len");
  if (!area.len) {
    broken(c, rule.area_empty, part.area, len, 0, 0).fix(c.page_size);
    return false;
  }
  const limit = c.series >= V7_2 ? AREA_LIMIT : FORMER_AREA_LIMIT;
  if (area.len > limit) {
    const which = c.series >= V7_2 ? rule.area_limit : rule.area_limit_1g;
    broken(c, which, part.area, len, area.len, limit);
    return false;
  }
  if (area.addr + align_up(area.len, c.page_size) < area.addr) {
    broken(c, rule.area_wraps, part.area, addr, area.addr, area.len);
    return false;
  }
  if (!is_aligned(area.addr, c.page_size)) {
    const down = area.addr & ~(<u64>c.page_size - 1);
    broken(c, rule.area_unaligned, part.area, addr, area.addr, c.page_size).fix(down);
  }
  if (!is_aligned(area.len, c.page_size)) {
    const up = align_up(area.len, c.page_size);
    broken(c, rule.area_unaligned, part.area, len, area.len, c.page_size).fix(up);
  }
  return true;
}

function check_dmabuf(c: kernel_call, area: io_uring_zcrx_area_reg, has_device: bool): void {
  const field = offsetof<io_uring_zcrx_area_reg>("dmabuf_fd");
  if (!has_device) {
    broken(c, rule.area_dmabuf_nodev, part.area, offsetof<io_uring_zcrx_area_reg>("flags"), area.flags, 0);
    return;
  }
  if (area.addr) {
    broken(c, rule.area_dmabuf_addr, part.area, offsetof<io_uring_zcrx_area_reg>("addr"), area.addr, 0).fix(0);
  }
  const kind = file_behind(c, <i32>area.dmabuf_fd);
  if (kind == file_kind.closed) broken(c, rule.area_dmabuf_fd, part.area, field, area.dmabuf_fd, 0);
  else if (kind != file_kind.dmabuf) broken(c, rule.area_dmabuf_kind, part.area, field, area.dmabuf_fd, 0);
  else unproved(c); // what the exporter makes of it
}

function check_pages(c: kernel_call, area: io_uring_zcrx_area_reg): void {
  const addr = offsetof<io_uring_zcrx_area_reg>("addr");
  const len = offsetof<io_uring_zcrx_area_reg>("len");
  if (area.dmabuf_fd) {
    const field = offsetof<io_uring_zcrx_area_reg>("dmabuf_fd");
    broken(c, rule.area_fd_without_dmabuf, part.area, field, area.dmabuf_fd, 0).fix(0);
  }
  if (!area.addr) {
    broken(c, rule.area_null, part.area, addr, 0, 0);
    return;
  }
  if (area.len / c.page_size > PIN_LIMIT) {
    broken(c, rule.area_pin_limit, part.area, len, area.len, PIN_LIMIT * c.page_size);
    return;
  }
  if (!can_pin(c, area.addr, area.len)) broken(c, rule.area_not_pinned, part.area, addr, area.addr, area.len);
}

/** The area of a registration, or one to be added. */
export function check_area(c: kernel_call, area: io_uring_zcrx_area_reg, has_device: bool): void {
  const known: u32 = io_uring_zcrx_area_flags.IORING_ZCRX_AREA_DMABUF;
  const flags = offsetof<io_uring_zcrx_area_reg>("flags");
  if (area.flags & ~known) {
    broken(c, rule.area_flags, part.area, flags, area.flags, known).fix(area.flags & known);
  }
  if (c.series < V7_3) check_token(c, area); // later kernels have looked at it before
  const reserved = offsetof<io_uring_zcrx_area_reg>("__resv2");
  must_be_zero(c, rule.area_reserved, part.area, changetype<usize>(area), reserved, reserved + 16, 8);
  if (!check_extent(c, area)) return;
  if (area.flags & io_uring_zcrx_area_flags.IORING_ZCRX_AREA_DMABUF) check_dmabuf(c, area, has_device);
  else check_pages(c, area);
}
