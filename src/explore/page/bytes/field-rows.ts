import type { Decoded, DecodedLeaf } from '../../../layout/decode.js';
import { pathText } from '../../../layout/leaves.js';
import { meaningOf } from '../../../layout/meaning.js';
import { fieldName } from '../map/cells.js';

/** A row of the list: a number, or an array in which all are zero. */
export interface FieldRow {
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly name: string;
  /** `u32`, `u64[9]`. */
  readonly type: string;
  readonly leaves: readonly DecodedLeaf[];
  readonly meaning: string;
  /** How deep it is nested. */
  readonly depth: number;
}

const typeText = ({ leaf }: DecodedLeaf) => `${leaf.field.signed ? 's' : 'u'}${leaf.field.width * 8}`;

/** What a value means, where its names do not stand beside it anyway. */
function meaningText(decoded: Decoded, each: DecodedLeaf): string {
  if (each.leaf.field.reserved) return 'reserved';
  // Output for C says it in a comment.
  const text = meaningOf(decoded, each).replace(/\/\* \w*\?{3} \*\//, 'unknown');
  const { set, use } = each.leaf.field;
  return set && use !== 'event' && /^[A-Z0-9_|]+$/.test(text) ? '' : text;
}

/** Neighbours of one array. */
function runs(leaves: readonly DecodedLeaf[]): DecodedLeaf[][] {
  const all: DecodedLeaf[][] = [];
  for (const each of leaves) {
    const last = all.at(-1);
    const isSame =
      last?.[0] && each.leaf.element !== undefined && fieldName(last[0].leaf) === fieldName(each.leaf);
    if (isSame) last.push(each);
    else all.push([each]);
  }
  return all;
}

/** The numbers of a struct as rows; of arrays that hold nothing but zeros one row. */
export function fieldRows(decoded: Decoded, leaves: readonly DecodedLeaf[]): FieldRow[] {
  return runs(leaves).flatMap((run) => {
    const [first] = run as [DecodedLeaf];
    const depth = first.leaf.path.length - 1;
    if (run.length > 1 && run.every(({ value }) => value === 0n))
      return [
        {
          offset: first.leaf.offset,
          name: fieldName(first.leaf),
          type: `${typeText(first)}[${run.length}]`,
          leaves: run,
          meaning: first.leaf.field.reserved ? 'reserved' : '',
          depth,
        },
      ];
    return run.map((each) => ({
      offset: each.leaf.offset,
      name: pathText(each.leaf),
      type: typeText(each),
      leaves: [each],
      meaning: meaningText(decoded, each),
      depth,
    }));
  });
}
