import { field_at, field_row, kind, NONE, struct_at, use } from "../describe/tables";
import { load_unsigned } from "../memory";

/**
 * Whether a field takes part, given the bytes of its struct: of the arms of a union only the one that the selector (the
 * last enumerated field before the union) names.
 */
export function is_present(field: field_row, selector: u64): bool {
  return field.arm == NONE || <u64>field.arm == selector;
}

/** The selector after this field: its own value where it is enumerated, else what it was. */
export function selector_after(field: field_row, base: usize, selector: u64): u64 {
  return field.use == use.value && field.kind == kind.unsigned
    ? load_unsigned(base + field.offset, field.width)
    : selector;
}

/** Whether the union of the struct has an arm for the selector. */
export function has_arm(struct_index: u32, selector: u64): bool {
  const row = struct_at(struct_index);
  for (let i: u32 = 0; i < row.field_count; i++) {
    const field = field_at(row.first_field + i);
    if (field.arm != NONE && <u64>field.arm == selector) return true;
  }
  return false;
}
