// Packs the description into the tables that describe/tables.ts reads inside the module. The classes there give the
// shape of a row; this writes it.

import { REVISIONS } from './schema.mjs';

const KINDS = { unsigned: 0, signed: 1, struct: 2 };
const RULES = { plain: 0, zero: 1, ignored: 2, written: 3, 'zero-on-entry': 4 };
const USES = { value: 1, flags: 2, mask: 3, event: 4 };
const NONE = 0xff;

/** Strings one after another, each behind its length; offset 0 is "no name". */
class Strings {
  bytes = [0];
  known = new Map([['', 0]]);

  offset(text) {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const at = this.bytes.length;
    this.bytes.push(text.length, ...Buffer.from(text, 'latin1'));
    this.known.set(text, at);
    return at;
  }
}

class Rows {
  bytes = [];
  count = 0;

  /** Appends one row of [width in bytes, value] cells. */
  add(...cells) {
    for (const [width, value] of cells) {
      for (let i = 0n, rest = BigInt(value); i < width; i++, rest >>= 8n)
        this.bytes.push(Number(rest & 0xffn));
    }
    this.count++;
  }
}

export function tablesOf({ structs, sets }) {
  const strings = new Strings();
  const [structRows, fieldRows, setRows, valueRows] = [new Rows(), new Rows(), new Rows(), new Rows()];
  const names = (byRevision) =>
    REVISIONS.map((revision) => [2, strings.offset(byRevision[revision].join('|'))]);
  const structIndex = new Map(structs.map((struct, index) => [struct.id, index]));
  const setIndex = new Map(sets.map((set, index) => [set.name, index]));

  for (const struct of structs) {
    structRows.add(
      ...names(struct.names),
      [2, struct.size],
      [2, fieldRows.count],
      [1, struct.fields.length],
      [1, struct.align],
      [2, 0],
      [2, 0],
    );
    for (const field of struct.fields) {
      fieldRows.add(
        ...names(field.names),
        [2, field.offset],
        [1, field.width],
        [1, field.count],
        [1, field.struct ? KINDS.struct : field.signed ? KINDS.signed : KINDS.unsigned],
        [1, RULES[field.rule]],
        [1, field.use ? USES[field.use] : 0],
        [1, field.set ? setIndex.get(field.set) : NONE],
        [1, field.struct ? structIndex.get(field.struct) : NONE],
        [1, field.arm ?? NONE],
      );
    }
  }
  for (const set of sets) {
    const written = new Map(); // most sets are the same in all revisions: their values are stored once
    for (const revision of REVISIONS) {
      const { kind, entries } = set.revisions[revision];
      const content = entries.map((entry) => `${entry.name}=${entry.value}`).join();
      if (!written.has(content)) {
        written.set(content, valueRows.count);
        for (const entry of entries)
          valueRows.add([8, entry.value], [2, strings.offset(entry.name)], [2, 0], [4, 0]);
      }
      setRows.add([2, written.get(content)], [1, entries.length], [1, kind === 'bits' ? 1 : 0]);
    }
  }
  const counts = new Rows();
  for (const rows of [structRows, fieldRows, setRows, valueRows]) counts.add([2, rows.count]);
  return {
    COUNTS: counts.bytes,
    STRUCTS: structRows.bytes,
    FIELDS: fieldRows.bytes,
    SETS: setRows.bytes,
    VALUES: valueRows.bytes,
    STRINGS: strings.bytes,
  };
}
