import type { LayoutField, LayoutSet } from '../../oracle/layout.js';
import { type Case, CaseBuilder, REVISIONS } from './case.js';
import { firstFieldOf, layout } from './definitions.js';

/** As the description has it: how a field uses its set. */
type Named = LayoutField & { readonly set?: string; readonly use?: 'value' | 'flags' | 'mask' | 'event' };

const TOP = 2n ** 64n - 1n;

/** What each name stands for in a field: its value, or in a mask of indices its bit. */
function namedValues(field: Named, set: LayoutSet, revision: (typeof REVISIONS)[number]) {
  const { kind, entries } = set.revisions[revision];
  const isIndex = field.use === 'mask' && kind === 'values';
  return entries.map(({ name, value }) => ({
    name,
    value: isIndex ? 1n << BigInt(value) : BigInt.asUintN(64, BigInt(value)),
  }));
}

function namesCase(struct: string, position: number, revision: number): Case | undefined {
  const key = REVISIONS[revision]!;
  const field = layout.structs.find(({ id }) => id === struct)!.fields[position] as Named;
  const set = layout.sets.find(({ name }) => name === field.set);
  if (!set || field.names[key].length === 0) return undefined;
  const number = firstFieldOf(struct) + position;
  const known = namedValues(field, set, key);
  const isBits = field.use === 'flags' || field.use === 'mask' || set.revisions[key].kind === 'bits';
  const made = new CaseBuilder(`values of ${struct}.${field.names[key][0]} in ${key}`);
  const all = known.reduce((bits, { value }) => bits | value, 0n);
  const asked = [...new Set([0n, 1n, 2n, 3n, ...known.map(({ value }) => value), all, 1n << 40n, TOP])];
  for (const value of asked) {
    const found = known.filter((each) =>
      isBits ? each.value !== 0n && (value & each.value) === each.value : each.value === value,
    );
    for (const [i, { name }] of found.entries()) made.text('value_name', [number, revision, value, i], name);
    made.text('value_name', [number, revision, value, found.length], '');
    const bits = found.reduce((rest, each) => rest & ~each.value, value);
    made.returns('value_rest', [number, revision, value], isBits ? bits : found.length > 0 ? 0n : value);
  }
  return made.done();
}

/** Names of the values of every field that has some, in each revision. */
export function nameCases(): Case[] {
  return layout.structs.flatMap(({ id, fields }) =>
    fields.flatMap((_, position) =>
      REVISIONS.flatMap((_key, revision) => namesCase(id, position, revision) ?? []),
    ),
  );
}
