import { blocks, commentLines } from './comments.js';
import {
  constantText,
  type DefinedField,
  type DefinedSet,
  type DefinedStruct,
  type DefinedUnion,
  type Definitions,
  isUnion,
  valueText,
} from './definitions.js';

const INDENT = '    ';

const HEADER = `Needs Rust 1.77 or later (offset_of!), no crate and no std. For 64-bit Linux. Where not all of it is used: \
#[allow(dead_code)] mod zcrx;`;

const docs = (text: string, indent = '') => commentLines(text, '///', indent);

/** Values are u32, as in the kernel's calls, or u64 where they need it. */
function constant(name: string, doc: string, value: string, text: string): string[] {
  const type = BigInt(value) >> 32n ? 'u64' : 'u32';
  return [...docs(doc), `pub const ${name}: ${type} = ${text};`];
}

const setDefinition = (set: DefinedSet): string[] => [
  ...commentLines(`${set.set.name}: ${set.set.doc}`, '//'),
  ...set.entries.flatMap((entry) => constant(entry.name, entry.doc, entry.value, valueText(set, entry))),
];

function fieldLines(field: DefinedField): string[] {
  const element = field.struct ?? field.scalar!;
  const type = field.count > 1 ? `[${element}; ${field.count}]` : element;
  return [...docs(field.doc, INDENT), `${INDENT}pub ${field.name}: ${type},`];
}

/** Rust has no unions without a name. */
const armsType = (struct: DefinedStruct) => `${struct.name}_arms`;

const attributes = (derived: string) => [
  '#[allow(non_camel_case_types)]',
  '#[repr(C)]',
  `#[derive(${derived})]`,
];

function assertions(
  name: string,
  size: number,
  align: number,
  offsets: readonly (readonly [string, number])[],
): string[] {
  const conditions = [
    `core::mem::size_of::<${name}>() == ${size}`,
    `core::mem::align_of::<${name}>() == ${align}`,
    ...offsets.map(([field, offset]) => `core::mem::offset_of!(${name}, ${field}) == ${offset}`),
  ];
  return ['const _: () = {', ...conditions.map((condition) => `${INDENT}assert!(${condition});`), '};'];
}

function unionDefinition(struct: DefinedStruct, union: DefinedUnion): string[][] {
  const { arms, selector, size, align } = union;
  const name = armsType(struct);
  return [
    [
      ...docs(`Arms of ${struct.name}: \`${selector}\` says which is valid. ${size} bytes.`),
      ...attributes('Clone, Copy'),
      `pub union ${name} {`,
      ...arms.flatMap(fieldLines),
      '}',
    ],
    assertions(
      name,
      size,
      align,
      arms.map((arm) => [arm.name, 0]),
    ),
  ];
}

/** What is derived for other structs, a union cannot have. */
const zeroed = (name: string): string[] => [
  `impl Default for ${name} {`,
  `${INDENT}/// All bytes zero.`,
  `${INDENT}fn default() -> Self {`,
  `${INDENT}${INDENT}// SAFETY: it is made of integers, and zero bytes are one of their values.`,
  `${INDENT}${INDENT}unsafe { core::mem::zeroed() }`,
  `${INDENT}}`,
  '}',
];

function structDefinition(struct: DefinedStruct): string[][] {
  const { name, size, align, doc, members } = struct;
  const unions = members.filter(isUnion);
  const derived = unions.length > 0 ? 'Clone, Copy' : 'Clone, Copy, Debug, Default, PartialEq, Eq';
  const lines = (member: DefinedField | DefinedUnion) =>
    isUnion(member)
      ? [...docs(`What \`${member.selector}\` says.`, INDENT), `${INDENT}pub arms: ${armsType(struct)},`]
      : fieldLines(member);
  return [
    ...unions.flatMap((union) => unionDefinition(struct, union)),
    [...docs(doc), ...attributes(derived), `pub struct ${name} {`, ...members.flatMap(lines), '}'],
    unions.length > 0 ? zeroed(name) : [],
    assertions(
      name,
      size,
      align,
      members.map((member) => [isUnion(member) ? 'arms' : member.name, member.offset]),
    ),
  ];
}

/**
 * Definitions in Rust under the kernel's names, with constant assertions of their layout. A module of its own, or to be
 * taken in with `include!`, which is why nothing in it applies to the whole file.
 */
export function rustText({ revision, from, sets, constants, structs }: Definitions): string {
  return blocks([
    [
      ...commentLines(`Revision ${revision} of the interface; from ${from.join(', ')}.`, '//'),
      ...commentLines(HEADER, '//'),
    ],
    ...sets.map(setDefinition),
    constants.flatMap((each) => constant(each.name, each.doc, each.value, constantText(each))),
    ...structs.flatMap(structDefinition),
  ]);
}
