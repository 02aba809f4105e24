// The verdict on a call: what the kernel does with it, in the order in which the kernel looks. Beyond the first refusal
// the checks go on, so that everything that is wrong is told at once; what the kernel would have done there is not done.

import { io_uring_setup_flags } from "../layout/params";
import { io_uring_register_op } from "../layout/register";
import { broken_call } from "./broken";
import { call_field, call_flags, call_kind, file_kind, kernel_call } from "./call";
import { judge_ctrl } from "./ctrl";
import { close_ring, fire_event } from "./instances";
import { register_last } from "./kernel";
import { judge_query } from "./query";
import { judge_register } from "./register";
import { rule } from "./rules";

function opcode_of(call: u32): u32 {
  if (call == call_kind.zcrx_ctrl) return io_uring_register_op.IORING_REGISTER_ZCRX_CTRL;
  if (call == call_kind.query) return io_uring_register_op.IORING_REGISTER_QUERY;
  return io_uring_register_op.IORING_REGISTER_ZCRX_IFQ;
}

/** Only a ring with a single issuer belongs to a task, from the moment when it is enabled. */
function belongs_to_another(c: kernel_call): bool {
  const single: u32 = io_uring_setup_flags.IORING_SETUP_SINGLE_ISSUER;
  const disabled: u32 = io_uring_setup_flags.IORING_SETUP_R_DISABLED;
  return (c.flags & call_flags.other_task) != 0 && (c.setup_flags & (single | disabled)) == single;
}

/** What io_uring_register looks at before the operation itself. @returns whether the kernel knows the operation */
function check_syscall(c: kernel_call): bool {
  const opcode = opcode_of(c.call);
  if (opcode >= register_last(c.series)) {
    broken_call(c, rule.opcode_unknown, call_field.kernel, opcode).limit = register_last(c.series);
    return false;
  }
  if (c.file == file_kind.none) {
    if (c.call != call_kind.query) broken_call(c, rule.no_ring_given, call_field.fd, <u64>-1);
    return true;
  }
  if (c.file == file_kind.closed) broken_call(c, rule.fd_closed, call_field.fd, 0);
  else if (c.file != file_kind.ring) broken_call(c, rule.fd_no_ring, call_field.fd, c.file);
  if (belongs_to_another(c)) broken_call(c, rule.other_task, call_field.other_task, 1);
  if (c.flags & call_flags.restricted) broken_call(c, rule.restricted, call_field.restricted, opcode);
  return true;
}

/** Judges a call, and makes of the state what the kernel makes of it. */
export function judge_call(c: kernel_call): void {
  c.rule = rule.ok;
  c.broken_count = 0;
  c.write_count = 0;
  c.data_used = 0;
  if (c.call == call_kind.close) return close_ring(c);
  if (c.call == call_kind.event) return fire_event(c);
  if (!check_syscall(c)) return;
  if (c.call == call_kind.zcrx_ctrl) judge_ctrl(c);
  else if (c.call == call_kind.query) judge_query(c);
  else judge_register(c);
}
