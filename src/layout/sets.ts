import { type FieldDescription, layouts, type SetDescription, setByName } from './description.js';
import { ABI_REVISIONS, type AbiRevision } from './revision.js';

/** What a name adds to a field: its value, or for a mask of indices the bit that stands for it. */
function contribution(
  set: SetDescription,
  revision: AbiRevision,
  value: string,
  use: FieldDescription['use'],
): bigint {
  const isIndex = use === 'mask' && set.revisions[revision].kind === 'values';
  return isIndex ? 1n << BigInt(value) : BigInt(value);
}

/** Whether the field holds several names at once in this revision. */
export function holdsBits(field: FieldDescription, revision: AbiRevision): boolean {
  if (!field.set) return false;
  return (
    field.use === 'flags' || field.use === 'mask' || setByName(field.set).revisions[revision].kind === 'bits'
  );
}

/** The revisions in which a set has this name. */
export function revisionsWithName(set: SetDescription, name: string): AbiRevision[] {
  return ABI_REVISIONS.filter((revision) =>
    set.revisions[revision].entries.some((entry) => entry.name === name),
  );
}

/** The number that a name stands for in a field, or undefined. */
export function valueOfName(
  field: FieldDescription,
  revision: AbiRevision,
  name: string,
): bigint | undefined {
  if (!field.set) return undefined;
  const set = setByName(field.set);
  const entry = set.revisions[revision].entries.find((each) => each.name === name);
  return entry && contribution(set, revision, entry.value, field.use);
}

/** The names of the bits that are set, and the bits that have none. */
export function namesOfBits(
  field: FieldDescription,
  revision: AbiRevision,
  value: bigint,
): { names: string[]; rest: bigint } {
  const names: string[] = [];
  let rest = value;
  const set = setByName(field.set as string);
  for (const entry of set.revisions[revision].entries) {
    const bits = contribution(set, revision, entry.value, field.use);
    if (bits === 0n || (value & bits) !== bits) continue;
    names.push(entry.name);
    rest &= ~bits;
  }
  return { names, rest };
}

/** The name of an enumerated value, or undefined. */
export function nameOfValue(
  field: FieldDescription,
  revision: AbiRevision,
  value: bigint,
): string | undefined {
  const entries = setByName(field.set as string).revisions[revision].entries;
  return entries.find((entry) => BigInt(entry.value) === value)?.name;
}

/** How strace writes a value without a name: `ZCRX_CTRL_???`, after what the names of its set have in common. */
export function unknownName(set: SetDescription, revision: AbiRevision): string {
  const names = set.revisions[revision].entries.map((entry) => entry.name);
  const [first = ''] = names;
  let length = names.length > 1 ? 0 : first.length;
  while (names.length > 1 && names.every((name) => name[length] === first[length] && length < name.length))
    length++;
  return `${first.slice(0, first.lastIndexOf('_', length - 1) + 1)}???`;
}

/** All names that a field accepts in these revisions. */
export function namesFor(field: FieldDescription, revisions: readonly AbiRevision[]): string[] {
  if (!field.set) return [];
  const set = setByName(field.set);
  return [...new Set(revisions.flatMap((each) => set.revisions[each].entries.map((entry) => entry.name)))];
}

/** The value of a constant or enumerator by its kernel name, with the revisions that give it this value. */
export function lookUpConstant(
  name: string,
): { value: bigint; set: string | undefined; revisions: AbiRevision[] }[] {
  const found = new Map<string, { value: bigint; set: string | undefined; revisions: AbiRevision[] }>();
  const add = (value: string, set: string | undefined, revision: AbiRevision) => {
    const entry = found.get(value) ?? { value: BigInt(value), set, revisions: [] };
    entry.revisions.push(revision);
    found.set(value, entry);
  };
  for (const revision of ABI_REVISIONS) {
    for (const set of layouts.sets) {
      for (const entry of set.revisions[revision].entries)
        if (entry.name === name) add(entry.value, set.name, revision);
    }
    for (const constant of layouts.constants)
      if (constant.name === name) add(constant.value, undefined, revision);
  }
  return [...found.values()];
}
