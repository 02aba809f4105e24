import { findStructs, nameIn, revisionsOf, type StructDescription } from '../layout/description.js';
import { ABI_REVISIONS, type AbiRevision, RevisionChoice } from '../layout/revision.js';

/** The structs that a name means, and in which revision. */
export interface NamedStructs {
  /** Several where the size tells which: a completion has 16 or 32 bytes. */
  readonly structs: readonly StructDescription[];
  readonly revision: AbiRevision;
  /** Revisions that the name would fit as well. */
  readonly possible: readonly AbiRevision[];
}

/**
 * The structs that a name means.
 * @throws LayoutError `unknown-struct`, `unknown-revision`, `mixed-revisions`
 */
export function structsCalled(name: string, given: AbiRevision | undefined): NamedStructs {
  const found = findStructs(name);
  const choice = new RevisionChoice(name, given);
  choice.allow(
    ABI_REVISIONS.filter((revision) => found.some((struct) => revisionsOf(struct, name).includes(revision))),
    name,
  );
  const { revision, possible } = choice;
  return {
    structs: found.filter((struct) => revisionsOf(struct, name).includes(revision)),
    revision,
    possible,
  };
}

/** The revision as output states it: chosen by the caller, by the name, or assumed where the name fits several. */
export function revisionText(
  revision: AbiRevision,
  possible: readonly AbiRevision[],
  isGiven: boolean,
): string {
  const others = possible.filter((each) => each !== revision);
  if (isGiven || others.length === 0) return `revision ${revision}`;
  return `revision ${revision} (the name fits ${others.join(' and ')} too)`;
}

/** What a struct is called in the other revisions, as `zcrx_notification_desc (v1, rc)`; empty if it has one name. */
export function otherNames(struct: StructDescription, revision: AbiRevision): string[] {
  const names = new Set(ABI_REVISIONS.flatMap((each) => struct.names[each]));
  const usual = nameIn(struct, revision);
  return [...names]
    .filter((name) => name !== usual)
    .map((name) => `${name} (${revisionsOf(struct, name).join(', ')})`);
}
