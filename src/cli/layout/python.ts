import { wrap } from '../watch/view/text.js';
import { blocks, commentLines, WIDTH } from './comments.js';
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

const CTYPES: Readonly<Record<string, string>> = {
  u8: 'ctypes.c_uint8',
  u16: 'ctypes.c_uint16',
  u32: 'ctypes.c_uint32',
  u64: 'ctypes.c_uint64',
  i32: 'ctypes.c_int32',
  i64: 'ctypes.c_int64',
};

/** Unlike `assert`, this is not switched off by `python -O`. */
const CHECK = `def _assert_layout(struct, size, align, /, **offsets):
    found = {name: getattr(struct, name).offset for name in offsets}
    if (ctypes.sizeof(struct), ctypes.alignment(struct), found) != (size, align, offsets):
        raise AssertionError(
            f"{struct.__name__}: expected size {size}, alignment {align}, offsets {offsets}, "
            f"found {ctypes.sizeof(struct)}, {ctypes.alignment(struct)}, {found}"
        )`;

const docstring = (text: string, indent = '') => {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const [first = '', ...more] = commentLines(safe, '', indent).map((line) => line.replace(' ', ''));
  const lines = [`${indent}"""${first.trimStart()}`, ...more];
  return [...lines.slice(0, -1), `${lines.at(-1)}"""`];
};

function setDefinition(set: DefinedSet): string[] {
  return [
    `class ${set.set.name}(enum.${set.kind === 'bits' ? 'IntFlag' : 'IntEnum'}):`,
    ...docstring(set.set.doc, INDENT),
    '',
    ...set.entries.flatMap((entry) => [
      ...commentLines(entry.doc, '#:', INDENT),
      `${INDENT}${entry.name} = ${valueText(set, entry)}`,
    ]),
  ];
}

/** The names of sets, without the set before them, as the kernel's headers have them. */
const globalNames = (sets: readonly DefinedSet[]): string[] =>
  sets.length === 0
    ? []
    : [
        'for _set in (',
        ...sets.map(({ set }) => `${INDENT}${set.name},`),
        '):',
        `${INDENT}globals().update(_set.__members__)`,
      ];

function fieldLines(field: DefinedField): string[] {
  const element = field.struct ?? CTYPES[field.scalar!];
  if (!element) throw new Error(`the type ${field.scalar} has no name in ctypes here`);
  const type = field.count > 1 ? `${element} * ${field.count}` : element;
  return [...commentLines(field.doc, '#', INDENT + INDENT), `${INDENT}${INDENT}("${field.name}", ${type}),`];
}

/** ctypes has no unions without a name, but can treat one as if it had none. */
const armsType = (struct: DefinedStruct) => `${struct.name}_arms`;

function assertion(
  name: string,
  size: number,
  align: number,
  offsets: readonly (readonly [string, number])[],
): string[] {
  const args = [name, size, align, ...offsets.map((pair) => pair.join('='))].join(', ');
  const [line, ...more] = wrap(args, WIDTH - INDENT.length);
  if (more.length === 0 && args.length < WIDTH - 20) return [`_assert_layout(${line})`];
  return ['_assert_layout(', ...[line, ...more].map((each) => INDENT + each), ')'];
}

function classDefinition(
  name: string,
  base: string,
  doc: string,
  more: readonly string[],
  fields: readonly string[],
) {
  return [
    `class ${name}(ctypes.${base}):`,
    ...docstring(doc, INDENT),
    '',
    ...more.map((line) => INDENT + line),
    `${INDENT}_fields_ = [`,
    ...fields,
    `${INDENT}]`,
  ];
}

function unionDefinition(struct: DefinedStruct, { arms, selector, size, align }: DefinedUnion): string[][] {
  const name = armsType(struct);
  const doc = `Arms of ${struct.name}: \`${selector}\` says which is valid. ${size} bytes.`;
  return [
    classDefinition(name, 'Union', doc, [], arms.flatMap(fieldLines)),
    assertion(
      name,
      size,
      align,
      arms.map((arm) => [arm.name, 0]),
    ),
  ];
}

function structDefinition(struct: DefinedStruct): string[][] {
  const { name, size, align, doc, members } = struct;
  const unions = members.filter(isUnion);
  const fields = members.flatMap((member) =>
    isUnion(member) ? [`${INDENT}${INDENT}("arms", ${armsType(struct)}),`] : fieldLines(member),
  );
  const anonymous = unions.length > 0 ? ['_anonymous_ = ("arms",)'] : [];
  const offsets = members.flatMap((member) =>
    (isUnion(member) ? member.arms : [member]).map((field) => [field.name, field.offset] as const),
  );
  return [
    ...unions.flatMap((union) => unionDefinition(struct, union)),
    classDefinition(name, 'LittleEndianStructure', doc, anonymous, fields),
    assertion(name, size, align, offsets),
  ];
}

/** Definitions in Python for ctypes, which assert their layout when they are imported. */
export function pythonText({ revision, from, sets, constants, structs }: Definitions): string {
  return blocks(
    [
      [
        ...docstring(`Revision ${revision} of the interface; from ${from.join(', ')}.`),
        '',
        'import ctypes',
        ...(sets.length > 0 ? ['import enum'] : []),
      ],
      ...sets.map(setDefinition),
      globalNames(sets),
      constants.flatMap((each) => [...commentLines(each.doc, '#:'), `${each.name} = ${constantText(each)}`]),
      [CHECK],
      ...structs.flatMap(structDefinition),
    ],
    2,
  );
}
