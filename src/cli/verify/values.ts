import type { Btf } from '../../btf/index.js';
import type { NamedValue, SetDescription } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { isEndMarker, knownValues, publicConstants, publicSets, valueSince } from './names.js';
import type { Agreement, Difference, Lacking, Unknown } from './report.js';

interface Comparison {
  readonly differs: Difference[];
  readonly lacking: Lacking[];
  readonly unknown: Unknown[];
  readonly agrees: Agreement['values'][number][];
  readonly macros: string[];
}

/** Stands for the name of a set where a value belongs to none. */
const CONSTANTS = 'constants';

/** All named values of the layouts against the enumerators of the kernel, under the names of these revisions. */
export function compareValues(btf: Btf, revisions: readonly AbiRevision[]): Comparison {
  const all: Comparison = { differs: [], lacking: [], unknown: [], agrees: [], macros: [] };
  for (const set of publicSets) compareSet(all, btf, set, revisions);
  const agreed: string[] = [];
  for (const { name, value } of publicConstants) {
    const kernel = btf.enumerator(name);
    // Most are macros.
    if (kernel.length === 0) continue;
    if (kernel.some((each) => isSame(each, value))) agreed.push(name);
    else all.differs.push(valueDifference(CONSTANTS, name, [value], kernel));
  }
  if (agreed.length > 0) all.agrees.push({ set: CONSTANTS, names: agreed });
  return all;
}

function compareSet(all: Comparison, btf: Btf, set: SetDescription, revisions: readonly AbiRevision[]): void {
  const entries = entriesIn(set, revisions);
  const found = entries.map((names) => names.filter(({ name }) => btf.enumerator(name).length > 0));
  if (found.every((names) => names.length === 0) && set.since === undefined) {
    all.macros.push(set.name);
    return;
  }
  const agreed: string[] = [];
  for (const [index, values] of found.entries()) {
    const [first] = entries[index] as [NamedValue, ...NamedValue[]];
    if (values.length === 0)
      all.lacking.push({
        kind: 'value',
        set: set.name,
        name: first.name,
        since: valueSince(first, set),
      });
    for (const name of new Set(values.map((value) => value.name))) {
      const kernel = btf.enumerator(name);
      const ours = values.filter((value) => value.name === name);
      if (ours.some(({ value }) => kernel.some((each) => isSame(each, value)))) agreed.push(name);
      else
        all.differs.push(
          valueDifference(
            set.name,
            name,
            ours.map(({ value }) => value),
            kernel,
          ),
        );
    }
  }
  if (agreed.length > 0) all.agrees.push({ set: set.name, names: agreed });
  for (const each of strangers(btf, set, found.flat())) all.unknown.push(each);
}

function valueDifference(
  set: string,
  name: string,
  ours: readonly string[],
  kernel: readonly bigint[],
): Difference {
  return { kind: 'value', set, name, ours: ours.join(' or '), kernel: kernel.join(' and ') };
}

/** The values of a set, each with all its names in these revisions: they are listed in the same order in all. */
function entriesIn(set: SetDescription, revisions: readonly AbiRevision[]): NamedValue[][] {
  const released = set.revisions.event.entries;
  const lists = revisions.map((each) => set.revisions[each].entries);
  const most = Math.max(released.length, ...lists.map((list) => list.length));
  return Array.from({ length: most }, (_, i) => {
    const named = lists.flatMap((list) => list[i] ?? []);
    return named.length > 0 ? named : [released[i] as NamedValue];
  });
}

/** What else the enums have that the values of a set are in. */
function strangers(btf: Btf, set: SetDescription, found: readonly NamedValue[]): Unknown[] {
  const values = found.flatMap(({ name }) => btf.enumsWith(name).flatMap((each) => each.values));
  const unknown = new Map(
    values
      .filter(({ name }) => !knownValues.has(name) && !isEndMarker(name))
      .map(({ name, value }) => [name, value]),
  );
  return [...unknown].map(([name, value]) => ({
    kind: 'value',
    set: set.name,
    name,
    kernel: String(value),
  }));
}

/** Whether the kernel's value is ours: an enum with a sign has the highest bit of 32 as a negative number. */
function isSame(kernel: bigint, ours: string): boolean {
  return kernel === BigInt(ours) || (kernel < 0n && BigInt.asUintN(32, kernel) === BigInt(ours));
}
