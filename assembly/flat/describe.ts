// What there is: structs, their fields, and the names that values have. What does not exist has 0 for its numbers and its
// name; what is looked for and not found is -1.

import { find_field, find_struct } from "../describe/find";
import { is_field, is_revision, is_set, is_struct, is_value } from "../describe/known";
import { name_of_value, rest_of_value } from "../describe/names";
import {
  field_at,
  fields,
  name_cell,
  set_at,
  sets,
  string_at,
  struct_at,
  structs,
  text,
  value_at,
} from "../describe/tables";

/** Structs are numbered from 0 up to this. */
export function struct_count(): u32 {
  return structs();
}

/** The struct of this name, revision and size in bytes (0: any), or -1. */
export function struct_find(name: usize, length: u32, revision: u32, size: u32): i32 {
  return is_revision(revision) ? find_struct(name, length, revision, size) : -1;
}

/** Its name, or 0 if the revision has no such struct; several names are parted by "|". */
export function struct_name(index: u32, revision: u32): text {
  return is_struct(index, revision) ? string_at(name_cell(changetype<usize>(struct_at(index)), revision)) : 0;
}

/** Bytes. */
export function struct_size(index: u32): u32 {
  return index < structs() ? struct_at(index).size : 0;
}

/** Bytes that its address must be a multiple of. */
export function struct_align(index: u32): u32 {
  return index < structs() ? struct_at(index).align : 0;
}

/** Number of its first field; fields are numbered over all structs. */
export function struct_first_field(index: u32): u32 {
  return index < structs() ? struct_at(index).first_field : 0;
}

/** How many fields it has, over all revisions and all arms of its union. */
export function struct_field_count(index: u32): u32 {
  return index < structs() ? struct_at(index).field_count : 0;
}

/** The field of this name as its number, or -1. */
export function field_find(index: u32, name: usize, length: u32, revision: u32): i32 {
  return index < structs() && is_revision(revision) ? find_field(index, name, length, revision) : -1;
}

/** Its name, or 0 if the revision has no such field; several names are parted by "|". */
export function field_name(field: u32, revision: u32): text {
  if (!is_field(field, revision)) return 0;
  const cell = name_cell(changetype<usize>(field_at(field)), revision);
  return cell ? string_at(cell) : 0;
}

/** Bytes from the start of the struct. */
export function field_offset(field: u32): u32 {
  return field < fields() ? field_at(field).offset : 0;
}

/** Bytes of one element. */
export function field_width(field: u32): u32 {
  return field < fields() ? field_at(field).width : 0;
}

/** Elements: 1, or more for an array. */
export function field_elements(field: u32): u32 {
  return field < fields() ? field_at(field).count : 0;
}

/** 0 unsigned, 1 signed, 2 struct. */
export function field_kind(field: u32): u32 {
  return field < fields() ? field_at(field).kind : 0;
}

/** 0 plain, 1 must be zero, 2 ignored, 3 written by the kernel, 4 written by the kernel and zero on entry. */
export function field_rule(field: u32): u32 {
  return field < fields() ? field_at(field).rule : 0;
}

/** How the field uses its set: 0 it has none, 1 one value, 2 flags, 3 a mask of `1 << value`, 4 a value if this is an event. */
export function field_use(field: u32): u32 {
  return field < fields() ? field_at(field).use : 0;
}

/** The set of names for its values, or 255. */
export function field_set(field: u32): u32 {
  return field < fields() ? field_at(field).set : 255;
}

/** The struct nested here, or 255. */
export function field_struct(field: u32): u32 {
  return field < fields() ? field_at(field).struct : 255;
}

/** The value of the selecting field that makes this arm of a union valid, or 255. */
export function field_arm(field: u32): u32 {
  return field < fields() ? field_at(field).arm : 255;
}

/** Sets of names are numbered from 0 up to this. */
export function set_count(): u32 {
  return sets();
}

/** How many names a set has in a revision. */
export function set_size(set: u32, revision: u32): u32 {
  return is_set(set, revision) ? set_at(set, revision).count : 0;
}

/** 1 where the set's values are bits. */
export function set_is_bits(set: u32, revision: u32): u32 {
  return is_set(set, revision) ? set_at(set, revision).bits : 0;
}

/** The value in a place of the set, from 0. */
export function set_value(set: u32, revision: u32, position: u32): u64 {
  return is_value(set, revision, position) ? value_at(set_at(set, revision).first + position).value : 0;
}

/** Its name. */
export function set_name(set: u32, revision: u32, position: u32): text {
  return is_value(set, revision, position) ? string_at(value_at(set_at(set, revision).first + position).name) : 0;
}

/**
 * The name of what a field holds: of an enumerated value its own at `position` 0; of flags and masks those of the
 * bits that are set, from 0 up. 0 behind the last, and for a field without names.
 */
export function value_name(field: u32, revision: u32, value: u64, position: u32): text {
  return is_field(field, revision) ? name_of_value(field_at(field), revision, value, position) : 0;
}

/** What has no name in a value: of flags and masks the bits that are not known, of anything else 0 or all of it. */
export function value_rest(field: u32, revision: u32, value: u64): u64 {
  return is_field(field, revision) ? rest_of_value(field_at(field), revision, value) : value;
}
