// What the kernel will say to a call of io_uring_register. A call is a `kernel_call` with lists behind it: composed here
// piece by piece, or laid out by the caller as verdict/call.ts has it.

import { kernel_call } from "../verdict/call";
import {
  add_bytes,
  add_device,
  add_file,
  add_holder,
  add_own_box,
  add_queue,
  add_range,
  begin_call,
  COMPOSED_SIZE,
  next_call,
} from "../verdict/compose";
import { judge_call } from "../verdict/judge";
import { rq_entries_offset } from "../verdict/kernel";

/** Bytes of a composed call, with its lists. It must lie at a multiple of 8. */
export function call_size(): u32 {
  return COMPOSED_SIZE;
}

/**
 * Begins a composed call at `call`, for a kernel series (100 * major + minor) and a `call_kind`: pages of 4096 bytes, a
 * capable caller, a ring fit for zero-copy receive, no instances. Other fields of the `kernel_call` may be set afterwards.
 */
export function call_begin(call: usize, series: u32, kind: u32): void {
  begin_call(changetype<kernel_call>(call), series, kind);
}

/** Begins the next call on the same ring: instances and the fields of the ring stay, everything else is told anew. */
export function call_next(call: usize, kind: u32): void {
  next_call(changetype<kernel_call>(call), kind);
}

/** Maps memory of the program with `memory_rights`; what is not mapped cannot be read. Returns -1 without room, as all these. */
export function call_map(call: usize, start: u64, length: u64, rights: u32): i32 {
  return add_range(changetype<kernel_call>(call), start, length, rights);
}

/** The `length` bytes at `at` of this memory are what the program has at `address`. Mapped bytes that are not told are 0. */
export function call_bytes(call: usize, address: u64, length: u32, at: u32): i32 {
  return add_bytes(changetype<kernel_call>(call), address, length, at);
}

/** An open descriptor: its `file_kind`, and for what ZCRX_CTRL_EXPORT gave the box. */
export function call_file(call: usize, fd: i32, kind: u32, box: u32): i32 {
  return add_file(changetype<kernel_call>(call), fd, kind, box);
}

/** A network interface, with `device_flags`. */
export function call_device(call: usize, if_idx: u32, flags: u32, hds_thresh: u32, queues: u32): i32 {
  return add_device(changetype<kernel_call>(call), if_idx, flags, hds_thresh, queues);
}

/** What is special about one of its queues, with `device_flags`. */
export function call_queue(call: usize, if_idx: u32, queue: u32, flags: u32): i32 {
  return add_queue(changetype<kernel_call>(call), if_idx, queue, flags);
}

/** An instance, with `box_flags`. `creator`: number of the ring that registered it, plus 1. Returns its box. */
export function call_box(
  call: usize,
  creator: u32,
  flags: u32,
  event_mask: u32,
  fired_mask: u32,
  rq_entries: u32,
  areas: u32,
): i32 {
  return add_own_box(changetype<kernel_call>(call), creator, flags, event_mask, fired_mask, rq_entries, areas);
}

/** A ring has the instance of a box, under this id. */
export function call_instance(call: usize, ring: u32, id: u32, box: u32): i32 {
  return add_holder(changetype<kernel_call>(call), ring, id, box);
}

/**
 * Says what the kernel will say to a call, and makes of the state in it what the kernel makes of it. Returns the deciding
 * `rule` (its low byte is the errno), 0 if the call succeeds; all that is wrong stands in `broken`, in the kernel's order.
 */
export function judge(call: usize): u32 {
  const c = changetype<kernel_call>(call);
  judge_call(c);
  return c.rule;
}

/** Where the refill entries begin in a kernel series (100 * major + minor), in bytes from the start of the region. */
export function rqes_offset(series: u32): u32 {
  return rq_entries_offset(series);
}
