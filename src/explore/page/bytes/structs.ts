// The structs that can be chosen: each under its name in each revision that calls it something else.

import type { Chosen } from '../../../layout/choose.js';
import { layouts, nameIn, type StructDescription, structById } from '../../../layout/description.js';
import { ABI_REVISIONS, type AbiRevision } from '../../../layout/revision.js';

/** Newest first: those that people run. */
export const REVISIONS: readonly AbiRevision[] = [...ABI_REVISIONS].reverse();

/** When each revision was current. */
export const REVISION_TEXT: Readonly<Record<AbiRevision, string>> = {
  event: 'Linux 7.2 and later',
  rc: '7.2-rc1 to rc4',
  v1: 'first patches, never released',
};

export interface Choice {
  /** `event zcrx_stats`: unique. */
  readonly key: string;
  readonly label: string;
  readonly chosen: Chosen;
}

export const chosenOf = (struct: StructDescription, revision: AbiRevision): Chosen => ({
  struct,
  revision,
  name: nameIn(struct, revision),
  possible: [revision],
});

export const keyOf = ({ struct, revision }: Chosen): string => `${revision} ${struct.id}`;

const has = (struct: StructDescription, revision: AbiRevision) => struct.names[revision].length > 0;

/** Whether a name appears there for the first time, looking from the newest revision back. */
const isNew = (struct: StructDescription, revision: AbiRevision) =>
  !REVISIONS.slice(0, REVISIONS.indexOf(revision)).some(
    (newer) => has(struct, newer) && nameIn(struct, newer) === nameIn(struct, revision),
  );

function choiceOf(struct: StructDescription, revision: AbiRevision): Choice {
  const chosen = chosenOf(struct, revision);
  const isShared = layouts.structs.some(
    (other) => other !== struct && nameIn(other, revision) === chosen.name,
  );
  const label = isShared ? `${chosen.name} (${struct.size} bytes)` : chosen.name;
  return { key: keyOf(chosen), label, chosen };
}

/** For each revision, newest first, the structs that it has, without those that a newer one calls the same. */
export const CHOICES: readonly { readonly revision: AbiRevision; readonly choices: readonly Choice[] }[] =
  REVISIONS.map((revision) => ({
    revision,
    choices: layouts.structs
      .filter((struct) => has(struct, revision) && isNew(struct, revision))
      .map((struct) => choiceOf(struct, revision))
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
  }));

/** The struct of an id in a revision, or undefined where the revision has none. */
export function findChoice(id: string, revision: AbiRevision): Chosen | undefined {
  const struct = layouts.structs.find((each) => each.id === id);
  return struct && has(struct, revision) ? chosenOf(structById(id), revision) : undefined;
}
