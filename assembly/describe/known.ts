// What exists: callers of the module may give any number, and the tables have nothing behind their last row.

import { fields, name_cell, set_at, sets, struct_at, structs } from "./tables";

const REVISIONS: u32 = 3;

/** The revision has the struct. */
export function is_struct(index: u32, revision: u32): bool {
  return index < structs() && revision < REVISIONS && name_cell(changetype<usize>(struct_at(index)), revision) != 0;
}

export function is_field(field: u32, revision: u32): bool {
  return field < fields() && revision < REVISIONS;
}

export function is_revision(revision: u32): bool {
  return revision < REVISIONS;
}

/** The set has a value in this place. */
export function is_value(set: u32, revision: u32, position: u32): bool {
  return is_set(set, revision) && position < set_at(set, revision).count;
}

export function is_set(set: u32, revision: u32): bool {
  return set < sets() && revision < REVISIONS;
}
