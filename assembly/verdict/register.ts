// IORING_REGISTER_ZCRX_IFQ: io_register_zcrx and import_zcrx.

import { io_uring_zcrx_area_reg } from "../layout/area_reg";
import { zcrx_event_desc } from "../layout/event_desc";
import { IO_RQ_MAX_ENTRIES, io_uring_zcrx_ifq_reg, zcrx_reg_flags } from "../layout/ifq_reg";
import { io_uring_setup_flags } from "../layout/params";
import { io_uring_region_desc, io_uring_region_flags } from "../layout/region_desc";
import { IORING_MAP_OFF_ZCRX_REGION, IORING_OFF_ZCRX_SHIFT } from "../layout/register";
import { zcrx_stats } from "../layout/stats";
import { entries_end, rounded_entries } from "../plan/region";
import { check_area, check_buf_len, check_token } from "./area";

import { broken, broken_call, must_be_zero, unproved } from "./broken";
import { box_flags, call_field, call_flags, file_kind, kernel_call, part, scratch_place } from "./call";
import { check_device, check_queue, find_device } from "./device";
import { box_behind, file_behind } from "./files";
import { add_area, add_box, add_instance, next_id } from "./instances";
import {
  registration_flags,
  rq_entries_offset,
  rq_header,
  rq_tail,
  V6_18,
  V6_19,
  V7_0,
  V7_1,
  V7_2,
  V7_3,
} from "./kernel";
import { copy_in, copy_out, zero_pinned } from "./memory_map";
import { check_region, check_statistics, has_statistics } from "./region";
import { rule } from "./rules";

const SELF: part = part.reg;
/** `if_rxq` that stands for no queue. */
const NO_QUEUE: u32 = 0xffff_ffff;
const KNOWN_TYPES: u32 = 3;
const KNOWN_DESC_FLAGS: u32 = 1;

/** Ring and privilege, before anything is read. */
function check_ring(c: kernel_call): void {
  if (!c.arg) broken_call(c, rule.ifq_arg_null, call_field.arg, 0);
  if (c.nr_args != 1) broken_call(c, rule.ifq_nr_args, call_field.nr_args, c.nr_args).fix(1);
  if (!(c.flags & call_flags.capable)) broken_call(c, rule.not_capable, call_field.capable, 0);
  const deferred: u32 = io_uring_setup_flags.IORING_SETUP_DEFER_TASKRUN;
  const single: u32 = io_uring_setup_flags.IORING_SETUP_SINGLE_ISSUER;
  const large: u32 = io_uring_setup_flags.IORING_SETUP_CQE32;
  const mixed: u32 = c.series >= V6_18 ? io_uring_setup_flags.IORING_SETUP_CQE_MIXED : 0;
  if (!(c.setup_flags & deferred)) {
    broken_call(c, rule.ring_not_deferred, call_field.setup_flags, c.setup_flags).fix(
      c.setup_flags | deferred | single,
    );
  }
  if (!(c.setup_flags & (large | mixed))) {
    broken_call(c, rule.ring_cqe_size, call_field.setup_flags, c.setup_flags).fix(c.setup_flags | large);
  }
}

/** Reserved fields, as far as the series has not given them a meaning. */
function check_reserved(c: kernel_call, reg: io_uring_zcrx_ifq_reg): void {
  const at = changetype<usize>(reg);
  const event_desc = offsetof<io_uring_zcrx_ifq_reg>("event_desc");
  const from = c.series >= V7_2 ? offsetof<io_uring_zcrx_ifq_reg>("__resv") : event_desc;
  must_be_zero(c, rule.reg_reserved, SELF, at, from, offsetof<io_uring_zcrx_ifq_reg>(), 8);
  if (c.series < V7_0) {
    const rx_buf_len = offsetof<io_uring_zcrx_ifq_reg>("rx_buf_len");
    must_be_zero(c, rule.reg_reserved, SELF, at, rx_buf_len, rx_buf_len + 4, 4);
  }
  if (!reg.zcrx_id) return;
  broken(c, rule.reg_zcrx_id, SELF, offsetof<io_uring_zcrx_ifq_reg>("zcrx_id"), reg.zcrx_id, 0).fix(0);
}

function check_flags(c: kernel_call, reg: io_uring_zcrx_ifq_reg): void {
  const known = registration_flags(c.series);
  if (!(reg.flags & ~known)) return;
  broken(c, rule.reg_flags, SELF, offsetof<io_uring_zcrx_ifq_reg>("flags"), reg.flags, known).fix(reg.flags & known);
}

function fill_offsets(c: kernel_call, reg: io_uring_zcrx_ifq_reg): void {
  reg.offsets.head = 0;
  reg.offsets.tail = rq_tail(c.series);
  reg.offsets.rqes = rq_entries_offset(c.series);
}

function refuse_import(c: kernel_call, offset: usize, value: u64): void {
  if (value) broken(c, rule.import_not_zero, SELF, offset, value, 0).fix(0);
}

function import_instance(c: kernel_call, reg: io_uring_zcrx_ifq_reg): void {
  refuse_import(c, offsetof<io_uring_zcrx_ifq_reg>("if_rxq"), reg.if_rxq);
  refuse_import(c, offsetof<io_uring_zcrx_ifq_reg>("rq_entries"), reg.rq_entries);
  refuse_import(c, offsetof<io_uring_zcrx_ifq_reg>("area_ptr"), reg.area_ptr);
  refuse_import(c, offsetof<io_uring_zcrx_ifq_reg>("region_ptr"), reg.region_ptr);
  if (c.series >= V7_2 && reg.event_desc) {
    const field = offsetof<io_uring_zcrx_ifq_reg>("event_desc");
    broken(c, rule.import_event_desc, SELF, field, reg.event_desc, 0).fix(0);
  }
  const only: u32 = zcrx_reg_flags.ZCRX_REG_IMPORT;
  if (reg.flags & registration_flags(c.series) & ~only) {
    broken(c, rule.import_flags, SELF, offsetof<io_uring_zcrx_ifq_reg>("flags"), reg.flags, only).fix(only);
  }
  const kind = file_behind(c, <i32>reg.if_idx);
  const fd = offsetof<io_uring_zcrx_ifq_reg>("if_idx");
  if (kind == file_kind.closed) broken(c, rule.import_fd_closed, SELF, fd, reg.if_idx, 0);
  else if (kind != file_kind.zcrx) broken(c, rule.import_fd_kind, SELF, fd, reg.if_idx, 0);
  if (c.rule) return;
  if (c.series < V7_1) {
    unproved(c);
    return;
  }
  const target = box_behind(c, <i32>reg.if_idx);
  const id = next_id(c, c.ring);
  reg.zcrx_id = id;
  fill_offsets(c, reg);
  if (!copy_out(c, c.arg, offsetof<io_uring_zcrx_ifq_reg>(), changetype<usize>(reg))) {
    broken_call(c, rule.reg_unwritable, call_field.arg, c.arg);
    return;
  }
  add_instance(c, id, target, true);
}

/** The registration's own numbers. @returns the refill entries that the kernel makes of the wanted ones */
function check_numbers(c: kernel_call, reg: io_uring_zcrx_ifq_reg): u32 {
  const entries = offsetof<io_uring_zcrx_ifq_reg>("rq_entries");
  const if_rxq = offsetof<io_uring_zcrx_ifq_reg>("if_rxq");
  if (reg.if_rxq == NO_QUEUE) broken(c, rule.if_rxq_none, SELF, if_rxq, reg.if_rxq, 0).fix(0);
  if (!reg.rq_entries) broken(c, rule.rq_entries_zero, SELF, entries, 0, 0).fix(IO_RQ_MAX_ENTRIES / 8);
  if (c.series >= V7_1 && reg.flags & zcrx_reg_flags.ZCRX_REG_NODEV) {
    const if_idx = offsetof<io_uring_zcrx_ifq_reg>("if_idx");
    if (reg.if_rxq) broken(c, rule.nodev_queue, SELF, if_rxq, reg.if_rxq, 0).fix(0);
    if (reg.if_idx) broken(c, rule.nodev_queue, SELF, if_idx, reg.if_idx, 0).fix(0);
  }
  const clamp = (c.setup_flags & io_uring_setup_flags.IORING_SETUP_CLAMP) != 0;
  if (reg.rq_entries > IO_RQ_MAX_ENTRIES && !clamp) {
    broken(c, rule.rq_entries_limit, SELF, entries, reg.rq_entries, IO_RQ_MAX_ENTRIES).fix(IO_RQ_MAX_ENTRIES);
  }
  return <u32>rounded_entries(min(reg.rq_entries, IO_RQ_MAX_ENTRIES), false);
}

function check_desc(c: kernel_call, desc: zcrx_event_desc): void {
  const type_mask = offsetof<zcrx_event_desc>("type_mask");
  const flags = offsetof<zcrx_event_desc>("flags");
  const offset = offsetof<zcrx_event_desc>("stats_offset");
  if (desc.type_mask & ~KNOWN_TYPES) {
    const found = broken(c, rule.desc_type_mask, part.event_desc, type_mask, desc.type_mask, KNOWN_TYPES);
    found.fix(desc.type_mask & KNOWN_TYPES);
  }
  if (desc.flags & ~KNOWN_DESC_FLAGS) {
    const found = broken(c, rule.desc_flags, part.event_desc, flags, desc.flags, KNOWN_DESC_FLAGS);
    found.fix(desc.flags & KNOWN_DESC_FLAGS);
  }
  if (desc.stats_offset && !(desc.flags & KNOWN_DESC_FLAGS)) {
    const found = broken(c, rule.desc_stats_offset, part.event_desc, offset, desc.stats_offset, 0);
    found.fix_at(part.event_desc, flags, desc.flags | KNOWN_DESC_FLAGS);
  }
  const reserved = offsetof<zcrx_event_desc>("__resv2");
  const end = offsetof<zcrx_event_desc>();
  must_be_zero(c, rule.desc_reserved, part.event_desc, changetype<usize>(desc), reserved, end, 8);
}

/** Writes the structs back in the kernel's order; what was written before one that can't be stays written. */
function write_back(
  c: kernel_call,
  reg: io_uring_zcrx_ifq_reg,
  region: io_uring_region_desc,
  area: io_uring_zcrx_area_reg,
): bool {
  if (!copy_out(c, c.arg, offsetof<io_uring_zcrx_ifq_reg>(), changetype<usize>(reg))) {
    broken_call(c, rule.reg_unwritable, call_field.arg, c.arg);
    return false;
  }
  if (!copy_out(c, reg.region_ptr, offsetof<io_uring_region_desc>(), changetype<usize>(region))) {
    broken(c, rule.region_unwritable, SELF, offsetof<io_uring_zcrx_ifq_reg>("region_ptr"), reg.region_ptr, 0);
    return false;
  }
  if (!copy_out(c, reg.area_ptr, offsetof<io_uring_zcrx_area_reg>(), changetype<usize>(area))) {
    broken(c, rule.area_unwritable, SELF, offsetof<io_uring_zcrx_ifq_reg>("area_ptr"), reg.area_ptr, 0);
    return false;
  }
  return true;
}

/** What the kernel does to the region once it has it. @returns whether it is the program's memory */
function take_region(c: kernel_call, region: io_uring_region_desc, id: u32): bool {
  if (region.flags & io_uring_region_flags.IORING_MEM_REGION_TYPE_USER) {
    if (c.series >= V7_1) zero_pinned(c, region.user_addr, rq_header(c.series));
    return true;
  }
  region.mmap_offset = IORING_MAP_OFF_ZCRX_REGION + ((<u64>id) << IORING_OFF_ZCRX_SHIFT);
  return false;
}

function register_instance(c: kernel_call, reg: io_uring_zcrx_ifq_reg, has_region: bool): void {
  const at = c.scratch;
  const region = changetype<io_uring_region_desc>(at + scratch_place.region);
  const area = changetype<io_uring_zcrx_area_reg>(at + scratch_place.area);
  const desc = changetype<zcrx_event_desc>(at + scratch_place.event_desc);
  const has_device = !(reg.flags & zcrx_reg_flags.ZCRX_REG_NODEV) || c.series < V7_1;
  memory.fill(changetype<usize>(desc), 0, offsetof<zcrx_event_desc>());

  const entries = check_numbers(c, reg);
  const has_area = copy_in(c, reg.area_ptr, offsetof<io_uring_zcrx_area_reg>(), changetype<usize>(area));
  if (!has_area) {
    broken(c, rule.area_unreadable, SELF, offsetof<io_uring_zcrx_ifq_reg>("area_ptr"), reg.area_ptr, 0);
  }
  if (has_area && c.series >= V7_3) check_token(c, area);
  if (c.series >= V7_2 && reg.event_desc) {
    if (!copy_in(c, reg.event_desc, offsetof<zcrx_event_desc>(), changetype<usize>(desc))) {
      broken(c, rule.desc_unreadable, SELF, offsetof<io_uring_zcrx_ifq_reg>("event_desc"), reg.event_desc, 0);
    }
    check_desc(c, desc);
  }

  const id = next_id(c, c.ring);
  const used = entries_end(rq_entries_offset(c.series), entries, false);
  let is_user = false;
  if (has_region) {
    check_region(c, region, used, desc);
    if (!c.rule) is_user = take_region(c, region, id);
    if (has_statistics(desc)) {
      check_statistics(c, region, used, desc);
      if (!c.rule && is_user) zero_pinned(c, region.user_addr + desc.stats_offset, offsetof<zcrx_stats>());
    }
  }

  const target = has_device ? find_device(c, reg.if_idx) : null;
  if (has_device) check_device(c, reg, target);
  if (has_device && target && c.series < V7_1) unproved(c);
  check_buf_len(c, reg, has_device);
  if (has_area) check_area(c, area, has_device);
  if (target) {
    check_queue(c, reg, target);
    // Larger buffers need memory that is contiguous for the device.
    if (reg.rx_buf_len > c.page_size) unproved(c);
  }
  if (c.rule) return;

  const buffer = c.series >= V7_0 && reg.rx_buf_len ? reg.rx_buf_len : c.page_size;
  reg.zcrx_id = id;
  reg.rq_entries = entries;
  reg.rx_buf_len = buffer;
  fill_offsets(c, reg);
  area.rq_area_token = 0;
  if (!write_back(c, reg, region, area)) return;

  const made = add_box(c);
  if (!made) return;
  made.creator = c.ring + 1;
  made.event_mask = desc.type_mask;
  made.rq_entries = entries;
  made.region = region.user_addr;
  made.flags = (has_device ? 0 : box_flags.nodev) | (is_user ? box_flags.region_known : 0);
  add_area(made, area.len / buffer);
  add_instance(c, id, c.new_box, false);
}

/** Up to 6.18 the region is read first of all, up to 7.0 before the flags are looked at. */
function check_region_pointer(c: kernel_call, reg: io_uring_zcrx_ifq_reg): bool {
  const region = c.scratch + scratch_place.region;
  if (copy_in(c, reg.region_ptr, offsetof<io_uring_region_desc>(), region)) return true;
  broken(c, rule.region_unreadable, SELF, offsetof<io_uring_zcrx_ifq_reg>("region_ptr"), reg.region_ptr, 0);
  return false;
}

export function judge_register(c: kernel_call): void {
  check_ring(c);
  const reg = changetype<io_uring_zcrx_ifq_reg>(c.scratch + scratch_place.reg);
  if (!copy_in(c, c.arg, offsetof<io_uring_zcrx_ifq_reg>(), changetype<usize>(reg))) {
    if (c.arg) broken_call(c, rule.reg_unreadable, call_field.arg, c.arg);
    return;
  }
  const is_import = c.series >= V6_19 && (reg.flags & zcrx_reg_flags.ZCRX_REG_IMPORT) != 0;
  let has_region = c.series < V6_19 && check_region_pointer(c, reg);
  check_reserved(c, reg);
  if (c.series >= V6_19 && c.series < V7_1 && !is_import) has_region = check_region_pointer(c, reg);
  check_flags(c, reg);
  if (is_import) return import_instance(c, reg);
  if (c.series >= V7_1) has_region = check_region_pointer(c, reg);
  register_instance(c, reg, has_region);
}
