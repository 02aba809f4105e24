import {
  type FieldDescription,
  fieldNameIn,
  fieldsIn,
  nameIn,
  type SetDescription,
  type StructDescription,
  setByName,
} from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { cType } from './c-type.js';
import { withNested } from './nested.js';
import { setsOf } from './sets.js';

/** Sets that the kernel's headers define as enumerations with their name as tag; the others are macros, or unnamed. */
const TAGGED = new Set(['io_uring_op', 'io_uring_register_op']);
const isTagged = (set: SetDescription) => set.from === 'linux/io_uring/zcrx.h' || TAGGED.has(set.name);

/** Before the change from notifications to events these had other tags, of which no header is left: they get none. */
const RENAMED = new Set(['zcrx_event_type', 'zcrx_event_desc_flags']);

const comment = (text: string) => `/* ${text.replaceAll('*/', '* /')} */`;

/** A bit as `1 << n`, other numbers as they are. */
function bitText(value: string, unsigned: boolean): string {
  const bits = BigInt(value).toString(2);
  return /^10*$/.test(bits) ? `${unsigned ? '1U' : '1'} << ${bits.length - 1}` : value;
}

function setDefinition(set: SetDescription, revision: AbiRevision): string[] {
  const { kind, entries } = set.revisions[revision];
  const doc = (text: string) => (text === '' ? [] : [text]);
  if (kind === 'bits' && !isTagged(set)) {
    return [
      comment(set.doc),
      ...entries.flatMap((entry) => [
        ...doc(entry.doc).map(comment),
        `#define ${entry.name}\t(${bitText(entry.value, true)})`,
      ]),
    ];
  }
  const hasTag = isTagged(set) && (revision === 'event' || !RENAMED.has(set.name));
  return [
    comment(set.doc),
    hasTag ? `enum ${set.name} {` : 'enum {',
    ...entries.flatMap((entry) => [
      ...doc(entry.doc).map((text) => `\t${comment(text)}`),
      `\t${entry.name} = ${kind === 'bits' ? bitText(entry.value, false) : entry.value},`,
    ]),
    '};',
  ];
}

function member(field: FieldDescription, revision: AbiRevision, indent: string): string {
  const count = field.count > 1 ? `[${field.count}]` : '';
  const doc = field.doc === '' ? '' : `\t${comment(field.doc)}`;
  return `${indent}${cType(field, revision)}\t${fieldNameIn(field, revision)}${count};${doc}`;
}

function members(struct: StructDescription, revision: AbiRevision): string[] {
  const fields = fieldsIn(struct, revision);
  const first = fields.findIndex((field) => field.arm !== undefined);
  if (first < 0) return fields.map((field) => member(field, revision, '\t'));
  const last = fields.findLastIndex((field) => field.arm !== undefined);
  return [
    ...fields.slice(0, first).map((field) => member(field, revision, '\t')),
    '\tunion {',
    ...fields.slice(first, last + 1).map((field) => member(field, revision, '\t\t')),
    '\t};',
    ...fields.slice(last + 1).map((field) => member(field, revision, '\t')),
  ];
}

/**
 * The members that a longer struct of the same name has behind this one: in C they are an array without a length, as
 * `io_uring_cqe.big_cqe[]`.
 */
function flexibleTail(
  struct: StructDescription,
  all: readonly StructDescription[],
  revision: AbiRevision,
): string[] {
  const longer = all.find(
    (other) => other.size > struct.size && nameIn(other, revision) === nameIn(struct, revision),
  );
  const field = longer?.fields[struct.fields.length];
  return field
    ? [`\t${cType(field, revision)}\t${fieldNameIn(field, revision)}[];\t${comment(field.doc)}`]
    : [];
}

function structDefinition(
  struct: StructDescription,
  name: string,
  all: readonly StructDescription[],
  revision: AbiRevision,
): string[] {
  return [
    comment(`${struct.doc} ${struct.size} bytes.`),
    `struct ${name} {`,
    ...members(struct, revision),
    ...flexibleTail(struct, all, revision),
    '};',
  ];
}

/**
 * Definitions in C of structs, of those nested in them, and of the names of their values, spelled as the kernel's
 * headers of the revision spell them. They compile on their own, and take the place of those headers.
 * @param asked the name that was asked for, if only one: an id that is no name in C stays
 */
export function cDefinitions(
  structs: readonly StructDescription[],
  revision: AbiRevision,
  asked?: string,
): string {
  const all = withNested(structs, revision);
  const nameOf = (struct: StructDescription) => (struct.id === asked ? asked : nameIn(struct, revision));
  const once = all.filter(
    (struct) => !all.some((other) => other.size < struct.size && nameOf(other) === nameOf(struct)),
  );
  const parts = [
    [
      comment(
        `Revision ${revision} of the interface; from ${[...new Set(once.map((s) => s.from))].join(', ')}.`,
      ),
      '#include <linux/types.h>',
    ],
    ...setsOf(structs).map((set) => setDefinition(setByName(set), revision)),
    ...once.map((struct) => structDefinition(struct, nameOf(struct), all, revision)),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
