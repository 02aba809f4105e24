import { has_arm, is_present, selector_after } from "../codec/walk";
import { field_at, field_row, kind, NONE, rule, set_at, struct_at, use, value_at } from "../describe/tables";
import { load_unsigned } from "../memory";
import { add, finding_code, NO_FIELD, report } from "./finding";

/** All bits of a set: of its flags, or `1 << n` of its values. */
export function known_bits(set: u32, revision: u32): u64 {
  const row = set_at(set, revision);
  let bits: u64 = 0;
  for (let i: u32 = 0; i < row.count; i++) {
    const value = value_at(row.first + i).value;
    bits |= row.bits ? value : 1 << value;
  }
  return bits;
}

function is_known_value(set: u32, revision: u32, value: u64): bool {
  const row = set_at(set, revision);
  for (let i: u32 = 0; i < row.count; i++) if (value_at(row.first + i).value == value) return true;
  return false;
}

/** Checks against the set of names of a field, for what the program (not the kernel) writes. */
function check_set(field: field_row, number: u32, struct_index: u32, revision: u32, value: u64, to: report): void {
  if (field.use == use.none || field.use == use.event) return;
  const single = field.use == use.value && !set_at(field.set, revision).bits;
  if (single) {
    if (!is_known_value(field.set, revision, value)) {
      add(to, finding_code.unknown_value, struct_index, number, 0, value, 0, 0, NO_FIELD);
    }
    return;
  }
  const known = known_bits(field.set, revision);
  if (value & ~known) add(to, finding_code.unknown_bits, struct_index, number, 0, value, known, 0, NO_FIELD);
}

/** The checks that follow from the description alone: reserved fields, unknown bits and values. */
export function check_fields(struct_index: u32, revision: u32, at: usize, request: bool, to: report): void {
  const row = struct_at(struct_index);
  let selector: u64 = 0;
  for (let i: u32 = 0; i < row.field_count; i++) {
    const number = <u32>row.first_field + i;
    const field = field_at(number);
    if (!is_present(field, revision, selector)) continue;
    const from = at + field.offset;
    if (field.kind == kind.struct) {
      to.base += field.offset;
      check_fields(field.struct, revision, from, request, to);
      to.base -= field.offset;
      continue;
    }
    const must_be_zero = field.rule == rule.zero || (request && field.rule == rule.zero_on_entry);
    const code = field.rule == rule.zero ? finding_code.reserved_not_zero : finding_code.not_zero_on_entry;
    for (let element: u32 = 0; element < field.count; element++) {
      const value = load_unsigned(from + element * field.width, field.width);
      if (must_be_zero && value) add(to, code, struct_index, number, element, value, 0, 0, NO_FIELD);
      if (field.rule == rule.plain) check_set(field, number, struct_index, revision, value, to);
    }
    if (field.arm == NONE) selector = selector_after(field, at, selector);
  }
}
