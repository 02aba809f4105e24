import { type CallStruct, STRUCT_OF } from '../../../layout/call-structs.js';
import { offsetIn, structById } from '../../../layout/description.js';
import { leavesOf, pathText } from '../../../layout/leaves.js';
import { stepsOf } from '../../../verdict/assign.js';
import type { ShownStruct } from './structs.js';

/** Where on the page a finding points to. */
export type Place =
  /** A field of a struct; without an offset all of it. */
  | { readonly kind: 'struct'; readonly struct: ShownStruct; readonly offset: number | undefined }
  /** What the caller or the ring is: a control beside the text. */
  | { readonly kind: 'control'; readonly name: Control }
  /** A key of the text. */
  | { readonly kind: 'text'; readonly key: string };

export const CONTROLS = ['kernel', 'page_size', 'capable', 'setup_flags'] as const;
export type Control = (typeof CONTROLS)[number];

const isControl = (name: string): name is Control => (CONTROLS as readonly string[]).includes(name);

/** Bytes from the start of a struct to a field, as findings name it. */
function offsetOf({ part, bytes }: ShownStruct, path: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const op = part === 'ctrl' ? view.getUint32(offsetIn(STRUCT_OF.ctrl, 'op'), true) : 0;
  // Findings have the names of the revision that the kernels speak, whatever the structs are shown in.
  const leaves = leavesOf(structById(STRUCT_OF[part]), 'event', BigInt(op));
  return leaves.find((leaf) => pathText(leaf) === path)?.offset;
}

/**
 * The place that a finding's field has on the page.
 * @param field as `event_desc.stats_offset`, `query[2].size`, `nr_args`
 */
export function placeOf(field: string, structs: readonly ShownStruct[]): Place | undefined {
  const { part, index = 0 } = stepsOf(field);
  // The argument of the call is the address of its first struct.
  const [first] = structs;
  if (field === 'arg') return first && { kind: 'struct', struct: first, offset: undefined };
  if (isControl(field)) return { kind: 'control', name: field };
  if (!Object.hasOwn(STRUCT_OF, part)) return { kind: 'text', key: field };
  const struct = structs.find((each) => each.part === (part as CallStruct) && (each.index ?? 0) === index);
  return struct && { kind: 'struct', struct, offset: offsetOf(struct, field.slice(field.indexOf('.') + 1)) };
}
