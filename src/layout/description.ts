import { LayoutError, show } from '../errors.js';
import { DESCRIPTION } from '../generated/description.js';
import { ABI_REVISIONS, type AbiRevision } from './revision.js';

/** What the kernel does with a field; only `zero` (and, in a request, `zero-on-entry`) is checked for zero. */
export type FieldRule = 'plain' | 'zero' | 'ignored' | 'written' | 'zero-on-entry';

/** Names by revision, the usual one first; empty where the revision has no such thing. */
export type NamesByRevision = Readonly<Record<AbiRevision, readonly string[]>>;

export interface FieldDescription {
  readonly name: string;
  readonly names: NamesByRevision;
  /** AssemblyScript's name of the type, or of the nested struct. */
  readonly type: string;
  /** Bytes of one element. */
  readonly width: number;
  readonly align: number;
  readonly signed: boolean;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Elements. */
  readonly count: number;
  readonly rule: FieldRule;
  /** Has no meaning yet. */
  readonly reserved: boolean;
  /** Id of the nested struct. */
  readonly struct?: string;
  /** How the field uses its set of names. */
  readonly use?: 'value' | 'flags' | 'mask' | 'event';
  readonly set?: string;
  /** The selecting field's value for which this arm of the union is valid. */
  readonly arm?: number;
  /** First kernel release with the field, where it is younger than the struct. */
  readonly since?: string;
  readonly doc: string;
}

export interface StructDescription {
  /** Unique; mostly the kernel's name of the `event` revision. */
  readonly id: string;
  readonly names: NamesByRevision;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** The header that defines it. */
  readonly from: string;
  readonly since: string;
  readonly doc: string;
  readonly fields: readonly FieldDescription[];
}

export interface NamedValue {
  readonly name: string;
  /** Decimal. */
  readonly value: string;
  readonly doc: string;
}

export interface SetDescription {
  readonly name: string;
  readonly from: string;
  readonly since?: string;
  readonly doc: string;
  readonly revisions: Readonly<
    Record<AbiRevision, { readonly kind: 'bits' | 'values'; readonly entries: readonly NamedValue[] }>
  >;
}

export interface ConstantDescription extends NamedValue {
  readonly from: string;
  readonly since?: string;
}

/** All layouts, as `zcrx/layout.json` holds them too. */
export interface Description {
  readonly format: number;
  readonly revisions: readonly string[];
  readonly structs: readonly StructDescription[];
  readonly sets: readonly SetDescription[];
  readonly constants: readonly ConstantDescription[];
}

/** The layouts of all structs in all revisions. */
export const layouts: Description = DESCRIPTION;

const structsById = new Map(layouts.structs.map((struct) => [struct.id, struct]));
const setsByName = new Map(layouts.sets.map((set) => [set.name, set]));

export const structNumber = (struct: StructDescription): number => layouts.structs.indexOf(struct);

export function structById(id: string): StructDescription {
  const found = structsById.get(id);
  if (!found) throw new Error(`the description has no struct ${id}`);
  return found;
}

/** Bytes of a struct. */
export const sizeOf = (id: string): number => structById(id).size;

export function setByName(name: string): SetDescription {
  const found = setsByName.get(name);
  if (!found) throw new Error(`the description has no set ${name}`);
  return found;
}

/** The usual name of a struct in a revision. */
export function nameIn(struct: StructDescription, revision: AbiRevision): string {
  return struct.names[revision][0] ?? struct.id;
}

/** The fields that a struct has in a revision. */
export function fieldsIn(struct: StructDescription, revision: AbiRevision): FieldDescription[] {
  return struct.fields.filter((field) => field.names[revision].length > 0);
}

/** The usual name of a field in a revision. */
export function fieldNameIn(field: FieldDescription, revision: AbiRevision): string {
  return field.names[revision][0] ?? field.name;
}

/** The revisions in which a struct goes by this name; an id that is no name of its own stands for all of them. */
export function revisionsOf(struct: StructDescription, name: string): AbiRevision[] {
  const isName = ABI_REVISIONS.some((revision) => struct.names[revision].includes(name));
  const goesBy = (names: readonly string[]) =>
    isName ? names.includes(name) : struct.id === name && names.length > 0;
  return ABI_REVISIONS.filter((revision) => goesBy(struct.names[revision]));
}

/** Structs of this name in any revision: more than one where size or revision tell them apart. */
export function structsNamed(name: string): StructDescription[] {
  return layouts.structs.filter((struct) => revisionsOf(struct, name).length > 0);
}

/** Every name that a struct has or had, sorted. */
export function structNames(): string[] {
  const names = layouts.structs.flatMap((struct) =>
    ABI_REVISIONS.flatMap((revision) => struct.names[revision]),
  );
  return [...new Set(names)].sort();
}

/** @throws LayoutError `unknown-struct`, with the names that come closest */
export function findStructs(name: unknown): StructDescription[] {
  const found = typeof name === 'string' ? structsNamed(name) : [];
  if (found.length > 0) return found;
  const close = typeof name === 'string' ? structNames().filter((known) => isClose(known, name)) : [];
  const expected = (close.length > 0 ? close : structNames()).join(', ');
  throw new LayoutError(
    'unknown-struct',
    `no struct is called ${show(name)}; ${close.length > 0 ? `did you mean ${expected}?` : `known are ${expected}`}`,
    {
      got: name,
      expected,
    },
  );
}

/** Whether one name contains the other, give or take the usual prefixes. */
function isClose(known: string, asked: string): boolean {
  const bare = (name: string) =>
    name
      .toLowerCase()
      .replace(/^struct\s+/, '')
      .replace(/^(io_uring_)?(zcrx_)?/, '');
  const [a, b] = [bare(known), bare(asked)];
  return a !== '' && b !== '' && (a.includes(b) || b.includes(a));
}

/** Bytes from the start of a struct to a field of it, by its present name. */
export function offsetIn(struct: string, field: string): number {
  return structById(struct).fields.find(({ name }) => name === field)?.offset as number;
}
