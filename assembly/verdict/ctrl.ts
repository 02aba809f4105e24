// IORING_REGISTER_ZCRX_CTRL: io_zcrx_ctrl and its operations.

import { io_uring_zcrx_area_reg } from "../layout/area_reg";
import { zcrx_ctrl, zcrx_ctrl_add_area, zcrx_ctrl_arm_event, zcrx_ctrl_export, zcrx_ctrl_op } from "../layout/ctrl";
import { check_area, check_token } from "./area";
import { broken, broken_call, must_be_zero } from "./broken";
import { box, box_flags, call_field, kernel_call, part, scratch_place } from "./call";
import { flush_refill_ring } from "./flush";
import { add_area, box_at, find_instance } from "./instances";
import { ctrl_ops } from "./kernel";
import { copy_in, copy_out } from "./memory_map";
import { rule } from "./rules";

const SELF: part = part.ctrl;
const CTRL_SIZE: u32 = offsetof<zcrx_ctrl>();
const AREA_SIZE: u32 = offsetof<io_uring_zcrx_area_reg>();
/** Number of event types. */
const EVENT_TYPES: u32 = 2;
/** ZCRX_MAX_AREAS. */
const MOST_AREAS: u32 = 1024;
/** From this bit up a token holds the area's number. */
const AREA_SHIFT: u64 = 48;


@inline
function arm_offset(): usize {
  return offsetof<zcrx_ctrl>() - offsetof<zcrx_ctrl_export>();
}

function flush(c: kernel_call, ctrl: zcrx_ctrl, target: box | null): void {
  must_be_zero(c, rule.flush_reserved, SELF, changetype<usize>(ctrl), arm_offset(), CTRL_SIZE, 8);
  if (!c.rule && target) flush_refill_ring(c, target);
}

/** Writes the struct back; the descriptor itself is left out where it is not known. */
function write_back(c: kernel_call, ctrl: zcrx_ctrl): bool {
  const from = changetype<usize>(ctrl);
  if (c.next_fd >= 0) {
    ctrl.zc_export.zcrx_fd = <u32>c.next_fd;
    return copy_out(c, c.arg, CTRL_SIZE, from);
  }
  const fd = <u32>arm_offset();
  const behind = fd + 4;
  return copy_out(c, c.arg, fd, from) && copy_out(c, c.arg + behind, CTRL_SIZE - behind, from + behind);
}

function export_instance(c: kernel_call, ctrl: zcrx_ctrl): void {
  must_be_zero(c, rule.export_not_zero, SELF, changetype<usize>(ctrl), arm_offset(), CTRL_SIZE, 4);
  if (!c.rule && !write_back(c, ctrl)) broken_call(c, rule.export_unwritable, call_field.arg, c.arg);
}

function arm(c: kernel_call, ctrl: zcrx_ctrl, target: box | null): void {
  const field = arm_offset() + offsetof<zcrx_ctrl_arm_event>("event_type");
  const reserved = arm_offset() + offsetof<zcrx_ctrl_arm_event>("__resv");
  const type = ctrl.zc_arm_event.event_type;
  if (type >= EVENT_TYPES) broken(c, rule.arm_type, SELF, field, type, EVENT_TYPES);
  must_be_zero(c, rule.arm_reserved, SELF, changetype<usize>(ctrl), reserved, CTRL_SIZE, 4);
  if (!target || type >= EVENT_TYPES) return;
  const bit: u32 = 1 << type;
  if (!(target.fired_mask & bit)) broken(c, rule.arm_not_fired, SELF, field, type, target.event_mask);
  else if (!c.rule) target.fired_mask &= ~bit;
}

function add(c: kernel_call, ctrl: zcrx_ctrl, target: box | null): void {
  const pointer = arm_offset() + offsetof<zcrx_ctrl_add_area>("area_ptr");
  const reserved = arm_offset() + offsetof<zcrx_ctrl_add_area>("__resv");
  const address = ctrl.zc_area.area_ptr;
  const area = changetype<io_uring_zcrx_area_reg>(c.scratch + scratch_place.area);
  const has_area = copy_in(c, address, AREA_SIZE, changetype<usize>(area));
  if (!has_area) broken(c, rule.area_unreadable, SELF, pointer, address, 0);
  must_be_zero(c, rule.add_area_reserved, SELF, changetype<usize>(ctrl), reserved, CTRL_SIZE, 8);
  if (!has_area) return;
  check_token(c, area);
  if (!target) return;
  const has_device = !(target.flags & box_flags.nodev);
  if (!c.rule) {
    // It comes first, and stays where the area is refused afterwards.
    area.rq_area_token = (<u64>target.areas) << AREA_SHIFT;
    const is_written = copy_out(c, address, AREA_SIZE, changetype<usize>(area));
    if (!is_written) broken(c, rule.area_unwritable, SELF, pointer, address, 0);
  }
  area.rq_area_token = 0;
  check_area(c, area, has_device);
  if (target.areas >= MOST_AREAS) broken(c, rule.area_count, SELF, pointer, target.areas, MOST_AREAS);
  if (!c.rule) add_area(target, area.len / c.page_size);
}

export function judge_ctrl(c: kernel_call): void {
  const ctrl = changetype<zcrx_ctrl>(c.scratch + scratch_place.ctrl);
  if (c.nr_args) broken_call(c, rule.ctrl_nr_args, call_field.nr_args, c.nr_args).fix(0);
  if (!copy_in(c, c.arg, CTRL_SIZE, changetype<usize>(ctrl))) {
    broken_call(c, rule.ctrl_unreadable, call_field.arg, c.arg);
    return;
  }
  const reserved = offsetof<zcrx_ctrl>("__resv");
  must_be_zero(c, rule.ctrl_reserved, SELF, changetype<usize>(ctrl), reserved, reserved + 16, 8);
  const found = find_instance(c, c.ring, ctrl.zcrx_id);
  const target = found ? box_at(c, found.box) : null;
  if (!target) broken(c, rule.ctrl_unknown_id, SELF, offsetof<zcrx_ctrl>("zcrx_id"), ctrl.zcrx_id, c.instance_count);
  if (ctrl.op >= ctrl_ops(c.series)) {
    broken(c, rule.ctrl_unknown_op, SELF, offsetof<zcrx_ctrl>("op"), ctrl.op, ctrl_ops(c.series));
    return;
  }
  if (ctrl.op == zcrx_ctrl_op.ZCRX_CTRL_FLUSH_RQ) flush(c, ctrl, target);
  else if (ctrl.op == zcrx_ctrl_op.ZCRX_CTRL_EXPORT) export_instance(c, ctrl);
  else if (ctrl.op == zcrx_ctrl_op.ZCRX_CTRL_ARM_EVENT) arm(c, ctrl, target);
  else add(c, ctrl, target);
}
