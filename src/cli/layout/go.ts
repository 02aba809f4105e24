import { blocks, commentLines } from './comments.js';
import {
  constantText,
  type DefinedField,
  type DefinedStruct,
  type DefinedUnion,
  type Definitions,
  isUnion,
  valueText,
} from './definitions.js';

const INDENT = '\t';

const docs = (text: string, indent = '') => commentLines(text, '//', indent);

const GO_TYPES: Readonly<Record<string, string>> = {
  u8: 'uint8',
  u16: 'uint16',
  u32: 'uint32',
  u64: 'uint64',
  i32: 'int32',
  i64: 'int64',
};

/** The kernel's name as `cgo -godefs` exports it: `zcrx_stats` becomes `Zcrx_stats`, `__resv` becomes `X__resv`. */
const exported = (name: string) =>
  name.startsWith('_') ? `X${name}` : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

/** A line of a block, with what comes before its second column. */
interface Row {
  readonly doc: string;
  readonly name: string;
  readonly rest: string;
}

/** Rows as gofmt wants them: those that follow each other without a comment have their second column aligned. */
function alignedRows(rows: readonly Row[]): string[] {
  const runs: Row[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run && row.doc === '') run.push(row);
    else runs.push([row]);
  }
  return runs.flatMap((run) => {
    const width = Math.max(...run.map(({ name }) => name.length));
    return [
      ...docs((run[0] as Row).doc, INDENT),
      ...run.map(({ name, rest }) => `${INDENT}${name.padEnd(width)} ${rest}`),
    ];
  });
}

/** Constants have no type, so that they fit each field that takes them. */
function constants(title: string, entries: readonly { name: string; doc: string; text: string }[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(({ name, doc, text }) => ({ name, doc, rest: `= ${text}` }));
  return [...docs(title), 'const (', ...alignedRows(rows), ')'];
}

function typeOf(field: DefinedField): string {
  const element = field.struct ? exported(field.struct) : GO_TYPES[field.scalar!];
  if (!element) throw new Error(`the type ${field.scalar} has no name in Go here`);
  return field.count > 1 ? `[${field.count}]${element}` : element;
}

/** Go has no unions: bytes stand for one, behind a member without bytes that gives them the alignment of the arms. */
function rowsOf(member: DefinedField | DefinedUnion): Row[] {
  if (!isUnion(member)) return [{ doc: member.doc, name: exported(member.name), rest: typeOf(member) }];
  const doc = `The arms, by their methods; ${exported(member.selector)} says which is valid.`;
  return [
    { doc: 'Aligns the bytes behind it as the arms are.', name: '_', rest: `[0]uint${member.align * 8}` },
    { doc, name: 'Arms', rest: `[${member.size}]byte` },
  ];
}

function accessors(struct: DefinedStruct, union: DefinedUnion): string[][] {
  return union.arms.map((arm) => [
    ...docs(arm.doc),
    `func (s *${exported(struct.name)}) ${exported(arm.name)}() *${typeOf(arm)} {`,
    `${INDENT}return (*${typeOf(arm)})(unsafe.Pointer(&s.Arms))`,
    '}',
  ]);
}

/** An index other than 0 is refused, and so is one below: it is a constant without a sign. */
function assertions(struct: DefinedStruct): string[] {
  const value = `${exported(struct.name)}{}`;
  const offsets = struct.members.map(
    (member) =>
      `unsafe.Offsetof(${value}.${isUnion(member) ? 'Arms' : exported(member.name)})-${member.offset}`,
  );
  const zeros = [
    `unsafe.Sizeof(${value})-${struct.size}`,
    `unsafe.Alignof(${value})-${struct.align}`,
    ...offsets,
  ];
  return [
    'func _() {',
    `${INDENT}var zero [1]struct{}`,
    ...zeros.map((index) => `${INDENT}_ = zero[${index}]`),
    '}',
  ];
}

function structDefinition(struct: DefinedStruct): string[][] {
  return [
    [
      ...docs(struct.doc),
      `type ${exported(struct.name)} struct {`,
      ...alignedRows(struct.members.flatMap(rowsOf)),
      '}',
    ],
    ...struct.members.filter(isUnion).flatMap((union) => accessors(struct, union)),
    assertions(struct),
  ];
}

/** Definitions in Go, as `cgo -godefs` would spell them, with assertions of their layout that compile to nothing. */
export function goText({ revision, from, sets, constants: single, structs }: Definitions): string {
  return blocks([
    [
      ...docs(`Package zcrx has revision ${revision} of the interface; from ${from.join(', ')}.`),
      ...docs('For 64-bit Linux. What does not have the layout that the kernel expects does not compile.'),
      'package zcrx',
    ],
    ['import "unsafe"'],
    ...sets.map((set) =>
      constants(
        `${set.set.name}: ${set.set.doc}`,
        set.entries.map((entry) => ({ ...entry, text: valueText(set, entry) })),
      ),
    ),
    constants(
      'Other constants.',
      single.map((each) => ({ ...each, text: constantText(each) })),
    ),
    ...structs.flatMap(structDefinition),
  ]);
}
