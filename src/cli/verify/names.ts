import type { BtfSelection } from '../../btf/index.js';
import {
  layouts,
  type NamedValue,
  type NamesByRevision,
  type SetDescription,
  structNames,
} from '../../layout/description.js';
import { ABI_REVISIONS, type AbiRevision } from '../../layout/revision.js';

const knownStructs = new Set(structNames());

/** Sets and constants of the interface itself: the others are this package's own, or internal to the kernel. */
const isPublic = ({ from }: { readonly from: string }) => from.startsWith('linux/');

/** The sets that a kernel's type information may have. */
export const publicSets: readonly SetDescription[] = layouts.sets.filter(isPublic);
export const publicConstants = layouts.constants.filter(isPublic);

/** Every name of a value, in any revision. */
export const knownValues: ReadonlySet<string> = new Set([
  ...publicSets.flatMap((set) => ABI_REVISIONS.flatMap((each) => set.revisions[each].entries.map(nameOf))),
  ...publicConstants.map(nameOf),
]);

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/**
 * How the headers of the interface name their structs. The kernel's own begin with `io_zcrx_` or, as `zcrx_rq`, with
 * `zcrx_` too, so that not every struct of that prefix is one to know.
 */
const LOOKS_PUBLIC = /^(io_uring_(zcrx|query)|zcrx_(ctrl|event|notif|stats|area|reg))(_|$)/;

/** Whether a struct is of the interface by its name, and none that the layouts have. */
export const isUnknownStruct = (name: string): boolean => !knownStructs.has(name) && LOOKS_PUBLIC.test(name);

/** `__ZCRX_CTRL_LAST`, `IORING_OP_LAST`, `__IO_URING_QUERY_MAX`: one more than the last, different in each release. */
export const isEndMarker = (name: string): boolean =>
  /^__.*_(LAST|MAX)$/.test(name) || /^IORING_(OP|REGISTER)_LAST$/.test(name);

/** Whether a field only keeps room: its name and extent change where a later kernel takes some of it. */
export const isReservedName = (name: string): boolean => name === '' || /^_*(resv|pad)\d*$/.test(name);

/** What is to be read of a kernel's type information. */
export const SELECTION: BtfSelection = {
  struct: (name) => knownStructs.has(name) || isUnknownStruct(name),
  enumerator: (name) => knownValues.has(name),
};

/** Names of something in these revisions; where none of them has it, its name in the released one. */
export function namesIn(names: NamesByRevision, revisions: readonly AbiRevision[]): readonly string[] {
  const found = [...new Set(revisions.flatMap((each) => names[each]))];
  return found.length > 0 ? found : names.event;
}

/** The release since which a value exists, where it is younger than the kernels that have the rest of its set. */
export function valueSince(value: NamedValue, ofSet: SetDescription): string | null {
  // The description keeps it in the words about the value.
  return /Linux (\d+\.\d+) and later/.exec(value.doc)?.[1] ?? ofSet.since ?? null;
}
