import { field_at, struct_at } from "../describe/tables";

/** What can be wrong with the bytes of a struct. In text the names have hyphens; they never change. */
@values({ from: "zcrx" })
export enum finding_code {
  /** A reserved field that the kernel wants zero is not. */
  reserved_not_zero = 1,
  /** Bits that no known flag has; `expected` has the known ones. */
  unknown_bits = 2,
  /** A value that the enumeration does not have. */
  unknown_value = 3,
  /** A field that the kernel writes must be zero when it is called. */
  not_zero_on_entry = 4,
  /** The value lies outside `expected` to `limit`. */
  out_of_range = 5,
  /** The value is no multiple of `expected`. */
  misaligned = 6,
  /** An address is needed here. */
  null_pointer = 7,
  /** The field `other` demands `expected` here. */
  conflict = 8,
  /** The value must be at least `expected`. */
  too_small = 9,
  /** The statistics begin inside the refill ring, which ends at `expected`. */
  overlaps_ring = 10,
  /** The statistics end behind the region, which ends at `limit`; `expected` is the last offset that fits. */
  outside_region = 11,
  /** Address and length together exceed 64 bits. */
  overflow = 12,
  /** The value must be a power of two. */
  not_power_of_two = 13,
  /** Other revisions of the interface read this value differently. */
  ambiguous_revision = 14,
}

/** No other field. */
export const NO_FIELD: u32 = 0xffff_ffff;

/** One thing found. Fields are numbered over all structs. */
@record
@unmanaged
export class finding {
  code: u32;
  struct: u32;
  field: u32;
  /** Of an array the element. */
  element: u32;
  /** Bytes from the start of the outermost struct. */
  offset: u32;
  /** The field that `conflict` speaks of. */
  other: u32;
  value: u64;
  expected: u64;
  limit: u64;
}

/** A list of findings in memory that the caller gives; the findings follow it. */
@record
@unmanaged
export class report {
  /** How many were found, even if fewer had room. */
  count: u32;
  /** How many have room. */
  capacity: u32;
  /** Where the struct that is being checked lies in the outermost one, in bytes. */
  base: u32;
  private pad: u32;
}

export function add(
  to: report,
  code: finding_code,
  struct_index: u32,
  field: u32,
  element: u32,
  value: u64,
  expected: u64,
  limit: u64,
  other: u32,
): void {
  const position = to.count++;
  if (position >= to.capacity) return;
  const found = changetype<finding>(changetype<usize>(to) + offsetof<report>() + position * offsetof<finding>());
  const row = field_at(field);
  found.code = code;
  found.struct = struct_index;
  found.field = field;
  found.element = element;
  found.offset = to.base + row.offset + element * row.width;
  found.other = other;
  found.value = value;
  found.expected = expected;
  found.limit = limit;
}

/** The number of the field at an offset of a struct; of several (arms of a union) the first. */
export function field_number(struct_index: u32, offset: usize): u32 {
  const row = struct_at(struct_index);
  for (let i: u32 = 0; i < row.field_count; i++) {
    if (field_at(row.first_field + i).offset == <u16>offset) return row.first_field + i;
  }
  return NO_FIELD;
}

/** A finding about one field, named by its offset as the struct's own checks know it. */
export function add_at(
  to: report,
  code: finding_code,
  struct_index: u32,
  offset: usize,
  value: u64,
  expected: u64,
  limit: u64,
): void {
  add(to, code, struct_index, field_number(struct_index, offset), 0, value, expected, limit, NO_FIELD);
}

/** A field that another one, here mostly the flags, demands to be zero. */
export function add_conflict(to: report, struct_index: u32, offset: usize, value: u64, because: usize): void {
  const other = field_number(struct_index, because);
  add(to, finding_code.conflict, struct_index, field_number(struct_index, offset), 0, value, 0, 0, other);
}
