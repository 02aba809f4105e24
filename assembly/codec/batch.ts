import { field_at, kind, NONE, struct_at } from "../describe/tables";
import { decode_struct } from "./decode";

/** The most values that a struct has, whichever arm of its union is selected. */
export function most_values(struct_index: u32): u32 {
  const row = struct_at(struct_index);
  let count: u32 = 0;
  let of_union: u32 = 0;
  for (let i: u32 = 0; i < row.field_count; i++) {
    const field = field_at(row.first_field + i);
    const values = field.kind == kind.struct ? most_values(field.struct) : <u32>field.count;
    if (field.arm == NONE) count += values;
    else of_union = max(of_union, max(values, (<u32>field.width) >> 3));
  }
  return count + of_union;
}

/** Decodes structs that lie `stride` bytes apart into rows that lie `out_stride` bytes apart. @returns all values */
export function decode_structs(
  struct_index: u32,
  revision: u32,
  at: usize,
  count: u32,
  stride: u32,
  out: usize,
  out_stride: u32,
): u32 {
  let values: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    values += decode_struct(struct_index, revision, at + i * stride, out + i * out_stride);
  }
  return values;
}
