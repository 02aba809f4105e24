import { LayoutError } from '../errors.js';
import { type CallStruct, STRUCT_OF } from '../layout/call-structs.js';
import { nameIn, type StructDescription, structById } from '../layout/description.js';
import { encode } from '../layout/encode.js';
import { ABI_REVISIONS, type AbiRevision } from '../layout/revision.js';
import type { CallName, EvidenceFields, Part } from './evidence.js';

/** What a call is: its operation, the struct that its argument points to, and how many arguments the kernel wants. */
export interface Call {
  readonly name: CallName;
  readonly opcode: number;
  readonly part: Part;
  readonly nr_args: number;
}

export const CALLS: readonly Call[] = [
  { name: 'register_ifq', opcode: 32, part: 'reg', nr_args: 1 },
  { name: 'query', opcode: 35, part: 'query', nr_args: 0 },
  { name: 'zcrx_ctrl', opcode: 36, part: 'ctrl', nr_args: 0 },
];

/** Ids of the structs that take the answers, by the number of the query. */
const ANSWERS = [
  'io_uring_query_opcode',
  'io_uring_query_zcrx',
  'io_uring_query_scq',
  'io_uring_query_zcrx_event',
];
/** Names under which the same queries are printed. */
const QUERIES: Readonly<Record<string, number>> = {
  IO_URING_QUERY_OPCODES: 0,
  IO_URING_QUERY_ZCRX: 1,
  IO_URING_QUERY_SCQ: 2,
  IO_URING_QUERY_ZCRX_NOTIF: 3,
  IO_URING_QUERY_ZCRX_EVENT: 3,
};

/** The struct that a part is, or undefined for an answer. */
export function structOfPart(part: Part): StructDescription | undefined {
  const name = part.replace(/\[\d+\]$/, '');
  const id = Object.hasOwn(STRUCT_OF, name) ? STRUCT_OF[name as CallStruct] : undefined;
  return id === undefined ? undefined : structById(id);
}

/** The struct that takes the answer to a query, or undefined where the query is unknown. */
export function structOfAnswer(query: EvidenceFields): StructDescription | undefined {
  const op = query.query_op ?? 0n;
  const number = typeof op === 'string' ? QUERIES[op] : Number(op);
  const id = number === undefined ? undefined : ANSWERS[number];
  return id === undefined ? undefined : structById(id);
}

/** Which fields of a part point to another part. */
export const POINTERS: readonly {
  readonly of: Part;
  readonly fields: readonly string[];
  readonly to: Part;
}[] = [
  { of: 'reg', fields: ['area_ptr'], to: 'area' },
  { of: 'reg', fields: ['region_ptr'], to: 'region' },
  { of: 'reg', fields: ['event_desc', 'notif_desc'], to: 'event_desc' },
];

/**
 * Bytes of a part of some evidence, encoded in the revision that its names imply: the newest that they fit, if none is
 * given.
 * @throws LayoutError
 */
export function encodePart(
  part: Part,
  fields: EvidenceFields,
  revision?: AbiRevision,
): Uint8Array<ArrayBuffer> {
  const struct = structOfPart(part);
  if (!struct) throw new Error(`${part} is no struct of one kind`);
  let failure: unknown;
  for (const each of revision ? [revision] : [...ABI_REVISIONS].reverse()) {
    try {
      return encode(nameIn(struct, each), fields, { revision: each });
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      // The first failure is that of the newest revision, in whose words people think.
      if (failure === undefined || error.code !== 'mixed-revisions') failure ??= error;
    }
  }
  throw failure;
}
