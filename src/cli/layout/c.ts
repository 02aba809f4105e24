import type { ConstantDescription, SetDescription } from '../../layout/description.js';
import { cScalar } from './c-type.js';
import { blocks } from './comments.js';
import {
  bitText,
  constantText,
  type DefinedField,
  type DefinedSet,
  type DefinedStruct,
  type DefinedUnion,
  type Definitions,
  fieldsOf,
  isUnion,
  valueText,
} from './definitions.js';

/** Sets that the kernel's headers define as enumerations with their name as tag; the others are macros, or unnamed. */
const TAGGED = new Set(['io_uring_op', 'io_uring_register_op']);
const isTagged = (set: SetDescription) => set.from === 'linux/io_uring/zcrx.h' || TAGGED.has(set.name);

/** Before the change from notifications to events these had other tags, of which no header is left: they get none. */
const RENAMED = new Set(['zcrx_event_type', 'zcrx_event_desc_flags']);

const comment = (text: string) => `/* ${text.replaceAll('*/', '* /')} */`;
const comments = (text: string, indent = '') => (text === '' ? [] : [`${indent}${comment(text)}`]);

function setDefinition(defined: DefinedSet, { revision }: Definitions): string[] {
  const { set, kind, entries } = defined;
  if (kind === 'bits' && !isTagged(set)) {
    return [
      comment(set.doc),
      ...entries.flatMap((entry) => [
        ...comments(entry.doc),
        `#define ${entry.name}\t(${bitText(entry.value)?.replace('1', '1U') ?? entry.value})`,
      ]),
    ];
  }
  const hasTag = isTagged(set) && (revision === 'event' || !RENAMED.has(set.name));
  return [
    comment(set.doc),
    hasTag ? `enum ${set.name} {` : 'enum {',
    ...entries.flatMap((entry) => [
      ...comments(entry.doc, '\t'),
      `\t${entry.name} = ${valueText(defined, entry)},`,
    ]),
    '};',
  ];
}

function constantDefinition(constant: ConstantDescription): string[] {
  const value = BigInt(constant.value);
  const suffix = value >> 32n ? 'ULL' : value >> 31n ? 'U' : '';
  return [...comments(constant.doc), `#define ${constant.name}\t${constantText(constant)}${suffix}`];
}

const typeOf = (field: DefinedField) => (field.struct ? `struct ${field.struct}` : cScalar(field.scalar!));

/** A member and its comment. @param length of an array, in brackets */
function declaration(field: DefinedField, indent: string, length: string): string {
  const doc = field.doc === '' ? '' : `\t${comment(field.doc)}`;
  return `${indent}${typeOf(field)}\t${field.name}${length};${doc}`;
}

function member(each: DefinedField | DefinedUnion, indent = '\t'): string[] {
  if (!isUnion(each)) return [declaration(each, indent, each.count > 1 ? `[${each.count}]` : '')];
  const arms = each.arms.flatMap((arm) => member(arm, `${indent}\t`));
  return [`${indent}union {`, ...arms, `${indent}};`];
}

/**
 * The member that a longer struct of the same name has behind this one: in C it is an array without a length, as
 * `io_uring_cqe.big_cqe[]`.
 */
function flexibleTail(struct: DefinedStruct, { structs }: Definitions): DefinedField | undefined {
  const longer = structs.find(({ longerThan }) => longerThan === struct.name);
  return longer && fieldsOf(longer)[fieldsOf(struct).length];
}

const assertion = (condition: string, what: string) => `static_assert(${condition}, "${what}");`;

function assertions({ name, size, align }: DefinedStruct, fields: readonly DefinedField[]): string[] {
  return [
    assertion(`sizeof(struct ${name}) == ${size}`, `size of ${name}`),
    assertion(`alignof(struct ${name}) == ${align}`, `alignment of ${name}`),
    ...fields.map((field) =>
      assertion(
        `offsetof(struct ${name}, ${field.name}) == ${field.offset}`,
        `offset of ${name}.${field.name}`,
      ),
    ),
  ];
}

function structDefinition(struct: DefinedStruct, definitions: Definitions): string[] {
  const tail = flexibleTail(struct, definitions);
  return [
    comment(struct.doc),
    `struct ${struct.name} {`,
    ...struct.members.flatMap((each) => member(each)),
    ...(tail ? [declaration(tail, '\t', '[]')] : []),
    '};',
    '',
    ...assertions(struct, [...fieldsOf(struct), ...(tail ? [tail] : [])]),
  ];
}

/**
 * Definitions in C, spelled as the kernel's headers of the revision spell them. They compile on their own, as C11 and as
 * C++11, assert their layout there, and take the place of those headers.
 */
export function cText(definitions: Definitions): string {
  const { revision, from, sets, constants, structs } = definitions;
  return blocks([
    [
      comment(`Revision ${revision} of the interface; from ${from.join(', ')}. For 64-bit Linux.`),
      ...['assert.h', 'linux/types.h', 'stdalign.h', 'stddef.h'].map((header) => `#include <${header}>`),
    ],
    ...sets.map((set) => setDefinition(set, definitions)),
    constants.flatMap(constantDefinition),
    ...structs
      .filter(({ longerThan }) => longerThan === undefined)
      .map((struct) => structDefinition(struct, definitions)),
  ]);
}
