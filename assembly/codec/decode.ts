import { field_at, kind, NONE, struct_at } from "../describe/tables";
import { load_signed, load_unsigned } from "../memory";
import { has_arm, is_present, selector_after } from "./walk";

/**
 * Writes the values of a struct as 64-bit numbers one after another: fields in order, arrays element by element, nested
 * structs in place, of a union the arm that is selected (if none is known, its bytes as 64-bit numbers).
 * @returns how many were written
 */
export function decode_struct(struct_index: u32, revision: u32, at: usize, out: usize): u32 {
  const row = struct_at(struct_index);
  let selector: u64 = 0;
  let unknown_arm = false;
  let count: u32 = 0;
  for (let i: u32 = 0; i < row.field_count; i++) {
    const field = field_at(row.first_field + i);
    const from = at + field.offset;
    if (!is_present(field, revision, selector)) {
      if (field.arm == NONE || unknown_arm || has_arm(struct_index, revision, selector)) continue;
      unknown_arm = true;
      for (let byte: u32 = 0; byte < field.width; byte += 8) store<u64>(out + (count++ << 3), load<u64>(from + byte));
      continue;
    }
    if (field.kind == kind.struct) {
      count += decode_struct(field.struct, revision, from, out + (count << 3));
      continue;
    }
    for (let element: u32 = 0; element < field.count; element++) {
      const each = from + element * field.width;
      const value = field.kind == kind.signed ? load_signed(each, field.width) : load_unsigned(each, field.width);
      store<u64>(out + (count++ << 3), value);
    }
    if (field.arm == NONE) selector = selector_after(field, at, selector);
  }
  return count;
}
