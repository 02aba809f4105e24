// IORING_REGISTER_QUERY: io_query.

import {
  io_uring_query_hdr,
  io_uring_query_op,
  io_uring_query_opcode,
  io_uring_query_scq,
  io_uring_query_zcrx,
  io_uring_query_zcrx_event,
} from "../layout/query";
import { zcrx_stats } from "../layout/stats";
import { broken, broken_call, broken_entry } from "./broken";
import { broken_rule, call_field, kernel_call, part, scratch_place } from "./call";
import {
  ctrl_ops,
  features,
  query_ops,
  registration_flags,
  register_last,
  request_ops,
  rq_header,
  setup_flags,
  V6_19,
  V7_2,
} from "./kernel";
import { clear_out, copy_in, copy_out } from "./memory_map";
import { errno_of, rule } from "./rules";

const SELF: part = part.query;
const HDR_SIZE: u32 = offsetof<io_uring_query_hdr>();
/** The largest answer, in every series. */
const LARGEST: u32 = 48;
/** IO_MAX_QUERY_ENTRIES. */
const MOST_ENTRIES: u32 = 1000;
const CACHE_LINE: u64 = 64;
const IORING_FEATURES: u64 = 0x3_ffff;
const ENTER_FLAGS: u64 = 0xff;
const SQE_FLAGS: u64 = 0x7f;

function answer_opcodes(series: u32, to: usize): u32 {
  const made = changetype<io_uring_query_opcode>(to);
  made.nr_request_opcodes = request_ops(series);
  made.nr_register_opcodes = register_last(series);
  made.feature_flags = IORING_FEATURES;
  made.ring_setup_flags = setup_flags(series);
  made.enter_flags = ENTER_FLAGS;
  made.sqe_flags = SQE_FLAGS;
  made.nr_query_opcodes = query_ops(series);
  made.__pad = 0;
  return offsetof<io_uring_query_opcode>();
}

function answer_zcrx(series: u32, to: usize): u32 {
  const made = changetype<io_uring_query_zcrx>(to);
  made.register_flags = registration_flags(series);
  made.area_flags = 1;
  made.nr_ctrl_opcodes = ctrl_ops(series);
  made.features = features(series);
  made.rq_hdr_size = rq_header(series);
  made.rq_hdr_alignment = <u32>CACHE_LINE;
  made.__resv2 = 0;
  return offsetof<io_uring_query_zcrx>();
}

function answer_scq(to: usize): u32 {
  const made = changetype<io_uring_query_scq>(to);
  made.hdr_size = CACHE_LINE;
  made.hdr_alignment = CACHE_LINE;
  return offsetof<io_uring_query_scq>();
}

function answer_event(to: usize): u32 {
  const made = changetype<io_uring_query_zcrx_event>(to);
  memory.fill(to, 0, offsetof<io_uring_query_zcrx_event>());
  made.event_flags = 3;
  made.stats_size = offsetof<zcrx_stats>();
  made.stats_off_alignment = 8;
  return offsetof<io_uring_query_zcrx_event>();
}

/** Bytes of the answer. */
function answer(series: u32, op: u32, to: usize): u32 {
  if (op == io_uring_query_op.IO_URING_QUERY_OPCODES) return answer_opcodes(series, to);
  if (op == io_uring_query_op.IO_URING_QUERY_ZCRX) return answer_zcrx(series, to);
  if (op == io_uring_query_op.IO_URING_QUERY_SCQ) return answer_scq(to);
  return answer_event(to);
}

/** What refuses this one question. @returns its `result` so far */
function check_entry(c: kernel_call, hdr: io_uring_query_hdr, element: u32): rule {
  const at = changetype<usize>(hdr);
  if (hdr.query_op >= query_ops(c.series)) {
    const field = offsetof<io_uring_query_hdr>("query_op");
    broken_entry(c, rule.query_unknown_op, field, element, hdr.query_op).limit = query_ops(c.series);
    return rule.query_unknown_op;
  }
  let refusal = rule.ok;
  const reserved = offsetof<io_uring_query_hdr>("__resv");
  for (let i: usize = 0; i < 12; i += 4) {
    const value = load<u32>(at + reserved + i);
    if (!value) continue;
    broken_entry(c, rule.query_reserved, reserved + i, element, value).fix(0);
    refusal = rule.query_reserved;
    break;
  }
  if (hdr.result) {
    const field = offsetof<io_uring_query_hdr>("result");
    broken_entry(c, rule.query_result_not_zero, field, element, <u32>hdr.result).fix(0);
    refusal = rule.query_result_not_zero;
  }
  if (!hdr.size) {
    broken_entry(c, rule.query_no_room, offsetof<io_uring_query_hdr>("size"), element, 0).fix(LARGEST);
    refusal = rule.query_no_room;
  }
  return refusal;
}

function refuse(c: kernel_call, which: rule, field: usize, element: u32, value: u64, limit: u64): broken_rule {
  const found = broken(c, which, SELF, field, value, limit);
  found.element = element;
  return found;
}

/** One question. @returns whether to go on with the next */
function judge_entry(c: kernel_call, address: u64, element: u32): bool {
  const hdr = changetype<io_uring_query_hdr>(c.scratch + scratch_place.query);
  const data = c.scratch + scratch_place.data;
  const query_data = offsetof<io_uring_query_hdr>("query_data");
  if (!copy_in(c, address, HDR_SIZE, changetype<usize>(hdr))) {
    if (element) refuse(c, rule.query_unreadable, offsetof<io_uring_query_hdr>("next_entry"), element - 1, address, 0);
    else broken_call(c, rule.query_unreadable, call_field.arg, address);
    return false;
  }
  const room = hdr.size;
  if (c.series >= V7_2 && room > c.page_size) {
    const field = offsetof<io_uring_query_hdr>("size");
    refuse(c, rule.query_too_large, field, element, room, c.page_size).fix(LARGEST);
    return false;
  }
  const refusal = check_entry(c, hdr, element);
  let size: u32 = 0;
  if (!refusal) {
    if (!copy_in(c, hdr.query_data, min(room, LARGEST), data)) {
      refuse(c, rule.query_data_unreadable, query_data, element, hdr.query_data, min(room, LARGEST));
      return false;
    }
    size = answer(c.series, hdr.query_op, data);
  }
  if (c.rule) return false; // refused before the first question: nothing is answered
  hdr.result = -(<i32>errno_of(refusal));
  hdr.size = min(room, size);
  // The room behind the answer first, as copy_struct_to_user does.
  const is_written =
    clear_out(c, hdr.query_data + hdr.size, room - hdr.size) && copy_out(c, hdr.query_data, hdr.size, data);
  if (!is_written) {
    refuse(c, rule.query_data_unwritable, query_data, element, hdr.query_data, room);
    return false;
  }
  if (copy_out(c, address, HDR_SIZE, changetype<usize>(hdr))) return true;
  if (element) refuse(c, rule.query_unwritable, offsetof<io_uring_query_hdr>("next_entry"), element - 1, address, 0);
  else broken_call(c, rule.query_unwritable, call_field.arg, address);
  return false;
}

export function judge_query(c: kernel_call): void {
  if (c.nr_args) broken_call(c, rule.query_nr_args, call_field.nr_args, c.nr_args).fix(0);
  const hdr = changetype<io_uring_query_hdr>(c.scratch + scratch_place.query);
  let address = c.arg;
  for (let element: u32 = 0; address; element++) {
    if (!judge_entry(c, address, element)) return;
    address = hdr.next_entry;
    if (element + 1 < MOST_ENTRIES) continue;
    refuse(c, rule.query_endless, offsetof<io_uring_query_hdr>("next_entry"), element, address, MOST_ENTRIES);
    return;
  }
}
