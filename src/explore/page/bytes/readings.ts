// The same bytes under each revision: what is called something else, and what means something else.

import type { Chosen } from '../../../layout/choose.js';
import { type DecodedLeaf, decodeLeaves, namesOf } from '../../../layout/decode.js';
import { pathText } from '../../../layout/leaves.js';
import { ABI_REVISIONS, type AbiRevision } from '../../../layout/revision.js';
import { findChoice } from './structs.js';

/** How one revision reads a number. */
export interface Reading {
  readonly revision: AbiRevision;
  /** The field; undefined where the revision has none there. */
  readonly field: string | undefined;
  /** Names of its value, `nothing` where it has none, empty where the field has no names. */
  readonly meaning: string;
}

/** A number that revisions do not read alike. */
export interface Difference {
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly value: bigint;
  readonly readings: readonly Reading[];
  /** Not only the names differ: the value stands for something else. */
  readonly isMeaning: boolean;
}

function meaning(each: DecodedLeaf, revision: AbiRevision): string {
  const { field } = each.leaf;
  if (!field.set) return '';
  const names = [namesOf(each, revision) ?? []].flat();
  return names.length > 0 ? names.join(' | ') : 'nothing';
}

/** A value's kind in a revision: an index stays one under another name. */
function sense(text: string): string {
  return text
    .replace(/ZCRX_(NOTIF|EVENT)_/g, '')
    .replace(/NO_BUFFERS/g, 'ALLOC_FAIL')
    .replace(/NOTIFICATION/g, 'EVENT');
}

const isSame = (texts: readonly (string | undefined)[]) => new Set(texts).size <= 1;

/** What differs between the revisions that have the struct, in the order of the bytes. */
export function differences({ struct }: Chosen, bytes: Uint8Array): Difference[] {
  const byOffset = new Map<number, { value: bigint; readings: Reading[]; isReserved: boolean }>();
  const present = ABI_REVISIONS.flatMap((revision) => findChoice(struct.id, revision) ?? []);
  for (const chosen of present) {
    for (const each of decodeLeaves(chosen, bytes)) {
      const at = byOffset.get(each.leaf.offset) ?? { value: each.value, readings: [], isReserved: true };
      const field = pathText(each.leaf);
      at.readings.push({ revision: chosen.revision, field, meaning: meaning(each, chosen.revision) });
      at.isReserved &&= each.leaf.field.reserved;
      byOffset.set(each.leaf.offset, at);
    }
  }
  return [...byOffset]
    .sort(([a], [b]) => a - b)
    .flatMap(([offset, { value, readings, isReserved }]) => {
      const all = present.map(
        ({ revision }) =>
          readings.find((each) => each.revision === revision) ?? { revision, field: undefined, meaning: '' },
      );
      const fields = all.map(({ field }) => field);
      const meanings = all.map((each) => each.meaning);
      if (isSame(fields) && isSame(meanings)) return [];
      // Room without a meaning is called after what it is in: no news where nothing is in it.
      if (value === 0n && isReserved && readings.length === present.length) return [];
      return [{ offset, value, readings: all, isMeaning: !isSame(meanings.map(sense)) }];
    });
}
