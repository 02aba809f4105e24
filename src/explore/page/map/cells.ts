// What each byte of a struct belongs to.

import type { Chosen } from '../../../layout/choose.js';
import { type Leaf, leavesOf, UNKNOWN_ARM } from '../../../layout/leaves.js';
import { selectorIn } from '../../../layout/validate.js';

/** One byte: the number of the struct that it is part of; none for padding. */
export interface Cell {
  readonly leaf: Leaf | undefined;
  /** Of several neighbours of one field (its bytes, or the elements of an array) all have the same: counted from 0. */
  readonly group: number;
  /** It is the first, the last byte of its group. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** `offsets.head`; of an array without the element: neighbours that belong together. */
export const fieldName = (leaf: Leaf): string => leaf.path.join('.');

export const isUnknownArm = (leaf: Leaf): boolean => leaf.path.at(-1) === UNKNOWN_ARM;

/** The cells of a struct, one a byte. */
export function cellsOf(chosen: Chosen, bytes: Uint8Array): Cell[] {
  const owners: (Leaf | undefined)[] = Array(bytes.length).fill(undefined);
  for (const leaf of leavesOf(chosen.struct, chosen.revision, selectorIn(chosen, bytes)))
    owners.fill(leaf, leaf.offset, leaf.offset + leaf.field.width);
  const nameAt = (at: number) => {
    const leaf = owners[at];
    return at < 0 || at >= bytes.length ? null : leaf && fieldName(leaf);
  };
  let group = -1;
  return owners.map((leaf, at) => {
    const isFirst = nameAt(at) !== nameAt(at - 1);
    if (isFirst) group++;
    return { leaf, group, isFirst, isLast: nameAt(at) !== nameAt(at + 1) };
  });
}
