import { call_field, part } from '../generated/interface.js';
import { structById } from '../layout/description.js';
import { leavesOf, pathText } from '../layout/leaves.js';

/** The structs of a call, under the names that bundles use. */
export const PARTS = ['reg', 'area', 'region', 'event_desc', 'ctrl', 'query'] as const;
export type Part = (typeof PARTS)[number];

/** Their layouts. */
export const STRUCT_OF: Readonly<Record<Part, string>> = {
  reg: 'io_uring_zcrx_ifq_reg',
  area: 'io_uring_zcrx_area_reg',
  region: 'io_uring_region_desc',
  event_desc: 'zcrx_event_desc',
  ctrl: 'zcrx_ctrl',
  query: 'io_uring_query_hdr',
};

const nameOf = (table: Readonly<Record<string, number>>) =>
  new Map(Object.entries(table).map(([name, number]) => [number, name]));
const partNames = nameOf(part);
const callFields = nameOf(call_field);

const cache = new Map<number, string>();

function makeName(which: number, offset: number, op: number): string {
  if (which === part.call) return callFields.get(offset) as string;
  const name = partNames.get(which) as Part;
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
