import { field_at, field_row, kind, name_cell, NONE, struct_at, use } from "../describe/tables";
import { load_unsigned } from "../memory";

/**
 * Whether a field takes part: the revision has it, and of the arms of a union it is the one that the selector (the last
 * enumerated field before the union) names.
 */
export function is_present(field: field_row, revision: u32, selector: u64): bool {
  if (!name_cell(changetype<usize>(field), revision)) return false;
  return field.arm == NONE || <u64>field.arm == selector;
}

/** The selector after this field: its own value where it is enumerated, else what it was. */
export function selector_after(field: field_row, base: usize, selector: u64): u64 {
  return field.use == use.value && field.kind == kind.unsigned
    ? load_unsigned(base + field.offset, field.width)
    : selector;
}

/** Whether the union of the struct has an arm for the selector in the revision. */
export function has_arm(struct_index: u32, revision: u32, selector: u64): bool {
  const row = struct_at(struct_index);
  for (let i: u32 = 0; i < row.field_count; i++) {
    const field = field_at(row.first_field + i);
    if (field.arm != NONE && is_present(field, revision, selector)) return true;
  }
  return false;
}
