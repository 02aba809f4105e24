// A number of a struct by the fields that lead to it: what they are called in each revision, and since when they are there.

import type { Chosen } from '../../../layout/choose.js';
import {
  type FieldDescription,
  fieldNameIn,
  fieldsIn,
  type StructDescription,
  structById,
} from '../../../layout/description.js';
import type { Leaf } from '../../../layout/leaves.js';
import type { AbiRevision } from '../../../layout/revision.js';

interface Step {
  readonly struct: StructDescription;
  readonly field: FieldDescription;
}

/** The fields from the outermost struct inwards; of the bytes of an unknown arm there are none. */
export function stepsTo({ struct, revision }: Chosen, { path }: Leaf): Step[] {
  const steps: Step[] = [];
  let within: StructDescription | undefined = struct;
  for (const name of path) {
    const field: FieldDescription | undefined =
      within && fieldsIn(within, revision).find((each) => fieldNameIn(each, revision) === name);
    if (!within || !field) return [];
    steps.push({ struct: within, field });
    within = field.struct === undefined ? undefined : structById(field.struct);
  }
  return steps;
}

/** `zc_arm_notif.type_mask`, or undefined where the revision has no such field. */
export function pathIn(steps: readonly Step[], revision: AbiRevision): string | undefined {
  const isThere = steps.every(
    ({ struct, field }) => struct.names[revision].length > 0 && field.names[revision].length > 0,
  );
  return isThere ? steps.map(({ field }) => fieldNameIn(field, revision)).join('.') : undefined;
}

/** Releases in their order; what was never in one comes last. */
function rank(since: string): number {
  const [, major = '', minor = '', candidate] = /^(\d+)\.(\d+)(-rc\d+)?/.exec(since) ?? [];
  return major === ''
    ? Number.POSITIVE_INFINITY
    : Number(major) * 1000 + Number(minor) - (candidate ? 0.5 : 0);
}

/** The release from which on all of the way is there: the youngest of its structs and fields decides. */
export function sinceOf(steps: readonly Step[]): string | undefined {
  const all = steps.flatMap(({ struct, field }) => [struct.since, field.since ?? struct.since]);
  return all.sort((a, b) => rank(b) - rank(a))[0];
}
