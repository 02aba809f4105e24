import { call_field, part } from '../generated/interface.js';
import { type CallStruct, STRUCT_OF } from '../layout/call-structs.js';
import { structById } from '../layout/description.js';
import { leavesOf, pathText } from '../layout/leaves.js';

const nameOf = (table: Readonly<Record<string, number>>) =>
  new Map(Object.entries(table).map(([name, number]) => [number, name]));
const partNames = nameOf(part);
const callFields = nameOf(call_field);

const cache = new Map<number, string>();

function makeName(which: number, offset: number, op: number): string {
  if (which === part.call) return callFields.get(offset) as string;
  const name = partNames.get(which) as CallStruct;
  const leaves = leavesOf(structById(STRUCT_OF[name]), 'event', name === 'ctrl' ? BigInt(op) : 0n);
  // The bytes of an arm that no operation gives a meaning are known by eights.
  const leaf =
    leaves.find((each) => each.offset === offset) ?? leaves.findLast((each) => each.offset < offset);
  return leaf ? `${name}.${pathText(leaf)}` : name;
}

/**
 * The field that a finding is about, as `event_desc.stats_offset`.
 * @param offset bytes from the start of the struct
 * @param op the operation of a zcrx_ctrl, which says which arm of its union is meant
 */
export function fieldName(which: number, offset: number, op: number): string {
  const key = (which * 256 + offset) * 16 + Math.min(op, 15);
  let name = cache.get(key);
  if (name === undefined) {
    name = makeName(which, offset, op);
    cache.set(key, name);
  }
  return name;
}
