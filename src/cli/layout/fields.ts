import {
  type FieldDescription,
  fieldNameIn,
  fieldsIn,
  nameIn,
  type StructDescription,
  setByName,
  structById,
} from '../../layout/description.js';
import { selectorOf } from '../../layout/leaves.js';
import type { AbiRevision } from '../../layout/revision.js';
import { nameOfValue } from '../../layout/sets.js';
import { otherNames } from '../structs.js';
import { type Cell, table } from '../table.js';
import type { Paint } from '../terminal.js';
import { cType } from './c-type.js';
import { setsOf, setTable } from './sets.js';

/** What reserved bytes, and fields that the kernel fills, must hold. */
const RULES: Readonly<Record<FieldDescription['rule'], string>> = {
  plain: '',
  zero: 'must be zero',
  ignored: 'ignored',
  written: 'written by the kernel',
  'zero-on-entry': 'must be zero when the kernel is called',
};

/** When an arm of a union is the valid one: `if op is 2, ZCRX_CTRL_ARM_EVENT`. */
function condition(struct: StructDescription, field: FieldDescription, revision: AbiRevision): string {
  const selector = selectorOf(struct);
  if (field.arm === undefined || !selector) return '';
  const name = nameOfValue(selector, revision, BigInt(field.arm));
  return `if ${fieldNameIn(selector, revision)} is ${field.arm}${name ? `, ${name}` : ''}`;
}

function meaning(struct: StructDescription, field: FieldDescription, revision: AbiRevision): string {
  const reserved = field.reserved ? `reserved, ${RULES[field.rule] || 'no meaning yet'}` : '';
  // The words of other fields say themselves what must be zero.
  const names = field.set ? `${field.use === 'mask' ? 'mask of ' : ''}${field.set}` : '';
  // `reserved` says it already
  const doc = field.doc.replace(/^Reserved\.\s*/, '');
  return [condition(struct, field, revision), reserved, doc, names && `[${names}]`]
    .filter((text) => text !== '')
    .join('; ')
    .replace(/\.; \[/, '. [');
}

/** The rows of a struct's fields, nested ones indented below their own. */
function fieldRows(struct: StructDescription, revision: AbiRevision, base = 0, depth = 0): Cell[][] {
  return fieldsIn(struct, revision).flatMap((field) => {
    const count = field.count > 1 ? `[${field.count}]` : '';
    const name = `${'  '.repeat(depth)}${fieldNameIn(field, revision)}${count}`;
    const row: Cell[] = [
      String(base + field.offset),
      String(field.width * field.count),
      cType(field, revision),
      { text: name, style: field.reserved ? 'dim' : 'cyan' },
      field.since ?? '',
      meaning(struct, field, revision),
    ];
    const nested = field.struct
      ? fieldRows(structById(field.struct), revision, base + field.offset, depth + 1)
      : [];
    return [row, ...nested];
  });
}

/** Since when the struct exists; what was renamed before a release never was in one under its earlier name. */
function sinceText(struct: StructDescription, revision: AbiRevision): string {
  if (!/^\d/.test(struct.since)) return struct.since;
  const [released] = struct.names.event;
  const renamed = released && !struct.names[revision].includes(released);
  return `since Linux ${struct.since}${renamed ? ` as ${released}` : ''}`;
}

/** A table of a struct's fields, followed by the names that its values have. */
export function fieldTable(
  struct: StructDescription,
  name: string,
  revision: AbiRevision,
  paint: Paint,
): string {
  const heading: Cell[] = ['offset', 'size', 'type', 'name', 'since', 'meaning'].map((text) => ({
    text,
    style: 'bold',
  }));
  const others = name === nameIn(struct, revision) ? otherNames(struct, revision) : [];
  return [
    struct.doc,
    `From ${struct.from}, ${sinceText(struct, revision)}.${others.length > 0 ? ` Also called ${others.join(', ')}.` : ''}`,
    '',
    ...table([heading, ...fieldRows(struct, revision)], paint, [0, 1]),
    ...setsOf([struct]).flatMap((set) => ['', ...setTable(setByName(set), revision, paint)]),
    '',
  ].join('\n');
}
