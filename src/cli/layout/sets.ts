import { type SetDescription, type StructDescription, structById } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { type Cell, table } from '../table.js';
import type { Paint } from '../terminal.js';

/** Names of the sets that structs and those nested in them use, in the order of their use. */
export function setsOf(structs: readonly StructDescription[]): string[] {
  const names = structs.flatMap((struct) =>
    struct.fields.flatMap((field) => {
      if (field.struct) return setsOf([structById(field.struct)]);
      return field.set ? [field.set] : [];
    }),
  );
  return [...new Set(names)];
}

/** The names of a set with their numbers. */
export function setTable(set: SetDescription, revision: AbiRevision, paint: Paint): string[] {
  const { kind, entries } = set.revisions[revision];
  const rows = entries.map(({ name, value, doc }): Cell[] => [
    kind === 'bits' ? `0x${BigInt(value).toString(16)}` : value,
    { text: name, style: 'cyan' },
    doc,
  ]);
  return [
    `${paint('bold', set.name)} (${kind === 'bits' ? 'flags' : 'values'}): ${set.doc}`,
    ...table(rows, paint, [0]).map((line) => `  ${line}`),
  ];
}
