// The description of all layouts inside the module. The tables are empty here: the compiler transform fills them from
// `layout/` (build/tables.mjs writes the rows whose shape the classes below give).

const COUNTS: usize = memory.data<u8>([0], 16);
const STRUCTS: usize = memory.data<u8>([0], 16);
const FIELDS: usize = memory.data<u8>([0], 16);
const SETS: usize = memory.data<u8>([0], 16);
const VALUES: usize = memory.data<u8>([0], 16);
const STRINGS: usize = memory.data<u8>([0], 16);

/** "None" in the one-byte columns. */
export const NONE: u8 = 0xff;

export const enum kind {
  unsigned = 0,
  signed = 1,
  struct = 2,
}

/** What the kernel does with a field. */
export const enum rule {
  plain = 0,
  zero = 1,
  ignored = 2,
  written = 3,
  zero_on_entry = 4,
}

/** How a field uses its set. */
export const enum use {
  none = 0,
  value = 1,
  flags = 2,
  mask = 3,
  event = 4,
}


@unmanaged
export class struct_row {
  name_v1: u16;
  name_rc: u16;
  name_event: u16;
  size: u16;
  first_field: u16;
  field_count: u8;
  align: u8;
  private pad0: u16;
  private pad1: u16;
}


@unmanaged
export class field_row {
  name_v1: u16;
  name_rc: u16;
  name_event: u16;
  offset: u16;
  /** Bytes of one element. */
  width: u8;
  count: u8;
  kind: u8;
  rule: u8;
  use: u8;
  set: u8;
  struct: u8;
  arm: u8;
}


@unmanaged
export class set_row {
  first: u16;
  count: u8;
  bits: u8;
}


@unmanaged
export class value_row {
  value: u64;
  name: u16;
  private pad0: u16;
  private pad1: u32;
}

export function structs(): u32 {
  return load<u16>(COUNTS);
}

/** Fields of all structs together. */
export function fields(): u32 {
  return load<u16>(COUNTS, 2);
}

export function sets(): u32 {
  return load<u16>(COUNTS, 4) / 3;
}

export function struct_at(index: u32): struct_row {
  return changetype<struct_row>(STRUCTS + index * offsetof<struct_row>());
}

/** Number of the struct's first field among all fields. */
export function field_at(index: u32): field_row {
  return changetype<field_row>(FIELDS + index * offsetof<field_row>());
}

export function set_at(index: u32, revision: u32): set_row {
  return changetype<set_row>(SETS + (index * 3 + revision) * offsetof<set_row>());
}

export function value_at(index: u32): value_row {
  return changetype<value_row>(VALUES + index * offsetof<value_row>());
}

/** The name cell of a row of structs or fields in a revision. */
export function name_cell(row: usize, revision: u32): u16 {
  return load<u16>(row + (revision << 1));
}

/** Text as the offset (low half) and length (high half) of its Latin-1 bytes; 0 is no text. */
export type text = u64;

/** A string of the table. Several names are parted by "|". */
export function string_at(offset: u16): text {
  const at = STRINGS + offset;
  return (<u64>(at + 1)) | ((<u64>load<u8>(at)) << 32);
}
