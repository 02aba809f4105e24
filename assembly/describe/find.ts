import { field_at, name_cell, string_at, struct_at, structs } from "./tables";

/** Whether the text equals the string of the table, or one of its alternatives between "|". */
function is_named(cell: u16, name: usize, length: u32): bool {
  if (!cell) return false;
  const packed = string_at(cell);
  const text = <usize>(packed & 0xffff_ffff);
  const end = <u32>(packed >> 32);
  let from: u32 = 0;
  while (from < end) {
    let to = from;
    while (to < end && load<u8>(text + to) != 0x7c) to++;
    if (to - from == length && memory.compare(text + from, name, length) == 0) return true;
    from = to + 1;
  }
  return false;
}

/** The struct with this name in the revision and of this size (0: the first of any size), or -1. */
export function find_struct(name: usize, length: u32, revision: u32, size: u32): i32 {
  for (let i: u32 = 0; i < structs(); i++) {
    const row = struct_at(i);
    if (size && <u32>row.size != size) continue;
    if (is_named(name_cell(changetype<usize>(row), revision), name, length)) return i;
  }
  return -1;
}

/** The field with this name in the revision, as its number among all fields, or -1. */
export function find_field(struct_index: u32, name: usize, length: u32, revision: u32): i32 {
  const row = struct_at(struct_index);
  for (let i: u32 = 0; i < row.field_count; i++) {
    const number = <u32>row.first_field + i;
    if (is_named(name_cell(changetype<usize>(field_at(number)), revision), name, length)) return number;
  }
  return -1;
}
