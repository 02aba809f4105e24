import { field_at, kind, NONE, struct_at } from "../describe/tables";
import { store_width } from "../memory";
import { has_arm, is_present, selector_after } from "./walk";

/** Whether a 64-bit number fits a field of this width. */
export function fits(value: u64, width: u32, signed: bool): bool {
  if (width == 8) return true;
  const bits: u64 = width << 3;
  if (!signed) return value >> bits == 0;
  const high = (<i64>value) >> (bits - 1);
  return high == 0 || high == -1;
}

/**
 * The reverse of `decode_struct`: stores `count` values, all bytes of the struct written (padding as zero).
 * @returns how many values were taken, or `-1 - n` if value n is missing or does not fit its field
 */
export function encode_struct(struct_index: u32, revision: u32, values: usize, count: u32, at: usize): i32 {
  const row = struct_at(struct_index);
  memory.fill(at, 0, row.size);
  let selector: u64 = 0;
  let unknown_arm = false;
  let taken: u32 = 0;
  for (let i: u32 = 0; i < row.field_count; i++) {
    const field = field_at(row.first_field + i);
    const to = at + field.offset;
    if (!is_present(field, revision, selector)) {
      if (field.arm == NONE || unknown_arm || has_arm(struct_index, revision, selector)) continue;
      unknown_arm = true;
      for (let byte: u32 = 0; byte < field.width; byte += 8) {
        if (taken >= count) return -1 - <i32>taken;
        store<u64>(to + byte, load<u64>(values + (taken++ << 3)));
      }
      continue;
    }
    if (field.kind == kind.struct) {
      const used = encode_struct(field.struct, revision, values + (taken << 3), count - taken, to);
      if (used < 0) return used - <i32>taken;
      taken += <u32>used;
      continue;
    }
    for (let element: u32 = 0; element < field.count; element++) {
      if (taken >= count) return -1 - <i32>taken;
      const value = load<u64>(values + (taken << 3));
      if (!fits(value, field.width, field.kind == kind.signed)) return -1 - <i32>taken;
      store_width(to + element * field.width, field.width, value);
      taken++;
    }
    if (field.arm == NONE) selector = selector_after(field, at, selector);
  }
  return taken;
}
