// Names of what a field holds: of an enumerated value its own, of flags and masks those of the bits that are set.

import { field_row, NONE, set_at, string_at, text, use, value_at } from "./tables";

/** Whether the field holds several names at once in this revision. */
function holds_bits(field: field_row, revision: u32): bool {
  return field.use == use.flags || field.use == use.mask || set_at(field.set, revision).bits != 0;
}

/** What a value of the set stands for in the field: itself, or in a mask of indices its bit. */
function contribution(field: field_row, revision: u32, value: u64): u64 {
  return field.use == use.mask && !set_at(field.set, revision).bits ? (<u64>1) << value : value;
}

/** The name in this place among those of a value, or 0 behind the last. */
export function name_of_value(field: field_row, revision: u32, value: u64, position: u32): text {
  if (field.set == NONE) return 0;
  const set = set_at(field.set, revision);
  const bits = holds_bits(field, revision);
  let found: u32 = 0;
  for (let i: u32 = 0; i < set.count; i++) {
    const row = value_at(<u32>set.first + i);
    const part = contribution(field, revision, row.value);
    const is_there = bits ? part != 0 && (value & part) == part : row.value == value;
    if (is_there && found++ == position) return string_at(row.name);
  }
  return 0;
}

/** The bits of a value that have no name; of an enumerated value all of them, or none. */
export function rest_of_value(field: field_row, revision: u32, value: u64): u64 {
  if (field.set == NONE) return value;
  const set = set_at(field.set, revision);
  const bits = holds_bits(field, revision);
  let rest = value;
  for (let i: u32 = 0; i < set.count; i++) {
    const known = value_at(<u32>set.first + i).value;
    const part = contribution(field, revision, known);
    if (!bits && known == value) return 0;
    if (bits && (value & part) == part) rest &= ~part;
  }
  return rest;
}
