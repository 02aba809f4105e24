// The flat interface of `zcrx.wasm`: numbers and offsets in the module's memory, nothing else. The module keeps no state:
// what a call works on lies where the caller put it, from `scratch()` on, in memory that the caller may grow.
//
// Revisions are numbers (0 `v1`, 1 `rc`, 2 `event`), structs are numbers below `struct_count()`, fields are numbered over
// all structs. Names come as pointer (low 32 bits) and length (high 32 bits) of Latin-1 text.

import { decode_struct } from "./codec/decode";
import { encode_struct } from "./codec/encode";
import { find_field, find_struct } from "./describe/find";
import { field_at, name_cell, set_at, string_at, struct_at, structs, value_at } from "./describe/tables";
import "./layout";
import { io_uring_zcrx_ifq_reg } from "./layout/ifq_reg";
import { io_uring_region_desc } from "./layout/region_desc";
import { plan_region, placement, region_plan } from "./plan/region";
import { report } from "./validate/finding";
import { check_fields } from "./validate/generic";
import { check_own } from "./validate/own";
import { check_registration } from "./validate/registration";
import { kernel_call } from "./verdict/call";
import { judge_call } from "./verdict/judge";
import { rq_entries_offset } from "./verdict/kernel";

/** Version of this interface: grows when something that is exported here changes its meaning. */
export function abi_version(): u32 {
  return 1;
}

/** First byte of memory that the module does not use itself, aligned to 16. */
export function scratch(): usize {
  return (__heap_base + 15) & ~15;
}

export function struct_count(): u32 {
  return structs();
}

/** The struct of this name, revision and size in bytes (0: any), or -1. */
export function struct_find(name: usize, length: u32, revision: u32, size: u32): i32 {
  return find_struct(name, length, revision, size);
}

/** Its name, or 0 if the revision has no such struct; several names are parted by "|". */
export function struct_name(index: u32, revision: u32): u64 {
  const cell = name_cell(changetype<usize>(struct_at(index)), revision);
  return cell ? string_at(cell) : 0;
}

export function struct_size(index: u32): u32 {
  return struct_at(index).size;
}

export function struct_align(index: u32): u32 {
  return struct_at(index).align;
}

/** Number of its first field. */
export function struct_first_field(index: u32): u32 {
  return struct_at(index).first_field;
}

export function struct_field_count(index: u32): u32 {
  return struct_at(index).field_count;
}

/** The field of this name as its number, or -1. */
export function field_find(index: u32, name: usize, length: u32, revision: u32): i32 {
  return find_field(index, name, length, revision);
}

export function field_name(field: u32, revision: u32): u64 {
  return string_at(name_cell(changetype<usize>(field_at(field)), revision));
}

/** Bytes from the start of the struct. */
export function field_offset(field: u32): u32 {
  return field_at(field).offset;
}

/** Bytes of one element. */
export function field_width(field: u32): u32 {
  return field_at(field).width;
}

/** Elements. */
export function field_elements(field: u32): u32 {
  return field_at(field).count;
}

/** 0 unsigned, 1 signed, 2 struct. */
export function field_kind(field: u32): u32 {
  return field_at(field).kind;
}

/** 0 plain, 1 must be zero, 2 ignored, 3 written by the kernel, 4 written by the kernel and zero on entry. */
export function field_rule(field: u32): u32 {
  return field_at(field).rule;
}

/** How the field uses its set: 0 it has none, 1 one value, 2 flags, 3 a mask of `1 << value`, 4 a value if this is an event. */
export function field_use(field: u32): u32 {
  return field_at(field).use;
}

/** The set of names for its values, or 255. */
export function field_set(field: u32): u32 {
  return field_at(field).set;
}

/** The struct nested here, or 255. */
export function field_struct(field: u32): u32 {
  return field_at(field).struct;
}

/** The value of the selecting field that makes this arm of a union valid, or 255. */
export function field_arm(field: u32): u32 {
  return field_at(field).arm;
}

/** How many names a set has in a revision. */
export function set_size(set: u32, revision: u32): u32 {
  return set_at(set, revision).count;
}

/** 1 where the set's values are bits. */
export function set_is_bits(set: u32, revision: u32): u32 {
  return set_at(set, revision).bits;
}

export function set_value(set: u32, revision: u32, position: u32): u64 {
  return value_at(set_at(set, revision).first + position).value;
}

export function set_name(set: u32, revision: u32, position: u32): u64 {
  return string_at(value_at(set_at(set, revision).first + position).name);
}

/** Writes the values of the struct at `at` to `out`, 8 bytes each; returns how many. See codec/decode.ts. */
export function decode(index: u32, revision: u32, at: usize, out: usize): u32 {
  return decode_struct(index, revision, at, out);
}

/** Writes a struct to `at`; returns how many values it took, or `-1 - n` where value n is missing or does not fit. */
export function encode(index: u32, revision: u32, values: usize, count: u32, at: usize): i32 {
  return encode_struct(index, revision, values, count, at);
}

function empty_report(at: usize, capacity: u32): report {
  const made = changetype<report>(at);
  made.count = 0;
  made.capacity = capacity;
  made.base = 0;
  return made;
}

/**
 * Checks one struct and writes the findings to `out` (16 bytes of header, then 48 bytes each; see validate/finding.ts).
 * `request`: as something that the kernel is about to be given. `clamp`: the ring has IORING_SETUP_CLAMP.
 * @returns how many findings there are, even if fewer had room
 */
export function validate(
  index: u32,
  revision: u32,
  at: usize,
  request: u32,
  page_size: u32,
  stats_alignment: u32,
  clamp: u32,
  out: usize,
  capacity: u32,
): u32 {
  const to = empty_report(out, capacity);
  check_fields(index, revision, at, request != 0, to);
  if (request) check_own(index, at, page_size, stats_alignment, clamp != 0, to);
  return to.count;
}

/** Checks across the structs of one registration: region, entries, statistics. `desc` may be 0. Findings as above. */
export function validate_registration(
  reg: usize,
  region: usize,
  desc: usize,
  clamp: u32,
  rqes: u32,
  stats_size: u32,
  out: usize,
  capacity: u32,
): u32 {
  const to = empty_report(out, capacity);
  const of_region = changetype<io_uring_region_desc>(region);
  check_registration(changetype<io_uring_zcrx_ifq_reg>(reg), of_region, desc, clamp != 0, rqes, stats_size, to);
  return to.count;
}

/** Plans a refill region and writes it to `out` (40 bytes; see plan/region.ts). `where`: 0 no statistics, 1 tight, 2 own page. */
export function plan(
  entries: u32,
  clamp: u32,
  page_size: u32,
  rqes: u32,
  stats_size: u32,
  stats_alignment: u32,
  where: u32,
  out: usize,
): void {
  const made = changetype<region_plan>(out);
  plan_region(entries, clamp != 0, page_size, rqes, stats_size, stats_alignment, <placement>where, made);
}

/**
 * Says what the kernel will say to a call, and makes of the state in `call` (see verdict/call.ts) what the kernel makes of
 * it. @returns the deciding rule (see verdict/rules.ts; its low byte is the errno), 0 if the call succeeds
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
