import { type FieldDescription, nameIn, structById } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';

const C_TYPES: Readonly<Record<string, string>> = {
  u8: '__u8',
  u16: '__u16',
  u32: '__u32',
  u64: '__u64',
  i32: '__s32',
  i64: '__s64',
};

/** An integer type of the description as the kernel's headers spell it. */
export function cScalar(type: string): string {
  const name = C_TYPES[type];
  if (!name) throw new Error(`the type ${type} has no name in C here`);
  return name;
}

/** The type of a field's elements as the kernel's headers spell it. */
export function cType(field: FieldDescription, revision: AbiRevision): string {
  return field.struct ? `struct ${nameIn(structById(field.struct), revision)}` : cScalar(field.type);
}
