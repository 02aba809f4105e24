import type { Btf } from '../../btf/index.js';
import { type FieldDescription, layouts } from '../../layout/description.js';
import { ABI_REVISIONS, type AbiRevision } from '../../layout/revision.js';
import { publicSets } from './names.js';
import type { SpokenRevision } from './report.js';

interface Sign {
  readonly name: string;
  readonly revisions: readonly AbiRevision[];
}

/** What the names, sizes, fields and values that are there say about the revision. Only what not all have is a sign. */
function* signs(btf: Btf): Generator<Sign> {
  const names = new Set(layouts.structs.flatMap(({ names }) => ABI_REVISIONS.flatMap((each) => names[each])));
  for (const name of names) yield* signsOfStruct(btf, name);
  for (const set of publicSets) {
    const names = new Set(
      ABI_REVISIONS.flatMap((each) => set.revisions[each].entries.map((entry) => entry.name)),
    );
    for (const name of names) {
      const values = btf.enumerator(name).map(String);
      yield {
        name,
        revisions: ABI_REVISIONS.filter((each) =>
          set.revisions[each].entries.some((entry) => entry.name === name && values.includes(entry.value)),
        ),
      };
    }
  }
}

function* signsOfStruct(btf: Btf, name: string): Generator<Sign> {
  for (const { size, members } of btf.structs(name)) {
    const fitting = (revision: AbiRevision) =>
      layouts.structs.filter((struct) => struct.names[revision].includes(name));
    // The size tells only where one name had several.
    const sizes = new Set(ABI_REVISIONS.flatMap((each) => fitting(each).map((struct) => struct.size)));
    const hasSize = (each: AbiRevision) =>
      fitting(each).some((struct) => !sizes.has(size) || struct.size === size);
    const named = ABI_REVISIONS.filter((each) => fitting(each).length > 0 && hasSize(each));
    yield { name, revisions: named };
    for (const member of members) {
      const hasField = (field: FieldDescription, each: AbiRevision) =>
        field.names[each].includes(member.name);
      const revisions = named.filter((each) =>
        fitting(each).some((struct) => struct.fields.some((field) => hasField(field, each))),
      );
      // Otherwise the struct's name says it already.
      if (revisions.length < named.length) yield { name: `${name}.${member.name}`, revisions };
    }
  }
}

/** Which revision of the interface a kernel speaks, as its names, sizes and values tell. */
export function spokenRevision(btf: Btf): SpokenRevision {
  const evidence = new Map<string, Sign>();
  for (const sign of signs(btf)) {
    const tells = sign.revisions.length > 0 && sign.revisions.length < ABI_REVISIONS.length;
    if (tells) evidence.set(sign.name, sign);
  }
  const found = [...evidence.values()];
  const possible =
    found.length === 0
      ? []
      : ABI_REVISIONS.filter((each) => found.every(({ revisions }) => revisions.includes(each)));
  return { revision: possible.length === 1 ? (possible[0] as AbiRevision) : null, possible, evidence: found };
}

/** The revisions under whose names a kernel's structs are to be looked for. */
export function revisionsToCompare({ possible, evidence }: SpokenRevision): readonly AbiRevision[] {
  if (evidence.length === 0) return ['event'];
  if (possible.length > 0) return possible;
  return ABI_REVISIONS.filter((each) => evidence.some(({ revisions }) => revisions.includes(each)));
}
