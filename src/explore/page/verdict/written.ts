import { type CallStruct, STRUCT_OF } from '../../../layout/call-structs.js';
import { type Chosen, chooseByFields } from '../../../layout/choose.js';
import { decode, decodeLeaves, namesOf } from '../../../layout/decode.js';
import { sizeOf } from '../../../layout/description.js';
import { pathText } from '../../../layout/leaves.js';
import type { Instance, Verdict } from '../../../verdict/call.js';
import { bytesOfHex } from '../../../verdict/read.js';
import { isAddress } from '../../../verdict/words.js';
import type { ShownStruct, Structs } from './structs.js';

/** A field that the kernel writes. */
export interface Written {
  /** As `reg.zcrx_id`, or `answer[1].rq_hdr_size`. */
  readonly field: string;
  /** What was there; undefined in the room for an answer. */
  readonly from: string | undefined;
  readonly to: string;
  /** Names of the value, or of its bits. */
  readonly names: readonly string[];
}

/** So many questions have their answers told. */
const MOST_ANSWERS = 16;

/** The struct that answers a question, by the number of the question. */
const ANSWERS = [
  'io_uring_query_opcode',
  'io_uring_query_zcrx',
  'io_uring_query_scq',
  'io_uring_query_zcrx_event',
] as const;

/** Memory as it is after the call, where `before` lies. */
function afterwards(address: bigint, before: Uint8Array, { writes }: Verdict): Uint8Array {
  const after = Uint8Array.from(before);
  for (const [at, hex] of Object.entries(writes)) {
    const shift = BigInt(at) - address;
    if (shift >= BigInt(after.length) || shift + BigInt(hex.length / 2) <= 0n) continue;
    const bytes = bytesOfHex(hex);
    const from = shift < 0n ? Number(-shift) : 0;
    const to = shift < 0n ? 0 : Number(shift);
    after.set(bytes.subarray(from, from + after.length - to), to);
  }
  return after;
}

/** Numbers from which on hexadecimal reads better: tokens and addresses. */
const LARGE = 2n ** 40n;

const numberText = (field: string, value: bigint, isBits: boolean) =>
  isBits || (isAddress(field) && value !== 0n) || value >= LARGE
    ? `0x${value.toString(16)}`
    : value.toString();

/** The fields in which two states of a struct differ; of an answer all that it has. */
function differences(
  key: string,
  chosen: Chosen,
  before: Uint8Array | undefined,
  after: Uint8Array,
  size = after.length,
): Written[] {
  const former = before && decodeLeaves(chosen, before);
  return decodeLeaves(chosen, after).flatMap((each, i) => {
    const { leaf, value } = each;
    const was = former?.[i]?.value;
    const isReserved = leaf.field.reserved && value === 0n;
    if (was === value || leaf.offset + leaf.field.width > size || (!former && isReserved)) return [];
    const field = `${key}.${pathText(leaf)}`;
    const named = namesOf(each, chosen.revision) ?? [];
    const text = (number: bigint) => numberText(field, number, Array.isArray(named) && named.length > 0);
    return [
      {
        field,
        from: was === undefined ? undefined : text(was),
        to: text(value),
        names: [named].flat(),
      },
    ];
  });
}

/** Where the structs of a call lie, by the pointers between them. */
function addressesOf({ laidOut, structs }: Structs): Map<ShownStruct, bigint> {
  const found = new Map<ShownStruct, bigint>();
  const named = (part: CallStruct) => structs.find((each) => each.part === part);
  const put = (part: CallStruct, address: bigint | undefined) => {
    const struct = named(part);
    if (struct && address) found.set(struct, address);
  };
  const arg = BigInt(laidOut.call.arg ?? 0);
  const { reg, ctrl } = laidOut.structs;
  if (reg) {
    const { area_ptr, region_ptr, event_desc } = decode(STRUCT_OF.reg, reg).fields;
    put('reg', arg);
    put('area', area_ptr);
    put('region', region_ptr);
    put('event_desc', event_desc);
  } else if (ctrl) {
    put('ctrl', arg);
    put('area', decode(STRUCT_OF.ctrl, ctrl, { revision: 'event' }).fields.zc_area?.area_ptr);
  }
  let next = arg;
  for (const struct of structs.filter(({ part }) => part === 'query').slice(0, MOST_ANSWERS)) {
    if (next === 0n) break;
    found.set(struct, next);
    next = decode(STRUCT_OF.query, struct.bytes).fields.next_entry;
  }
  return found;
}

function answerTo(struct: ShownStruct, after: Uint8Array, verdict: Verdict): Written[] {
  const { query_op, query_data, size, result } = decode(STRUCT_OF.query, after).fields;
  const id = ANSWERS[query_op];
  if (!id || result !== 0) return [];
  const room = afterwards(query_data, new Uint8Array(sizeOf(id)), verdict);
  const chosen = chooseByFields(id, {}, 'event');
  return differences(struct.key.replace('query', 'answer'), chosen, undefined, room, size);
}

/** What the kernel writes into the structs of a call that it takes, and what it answers to questions. */
export function writtenBack(all: Structs, verdict: Verdict): Written[] {
  return [...addressesOf(all)].flatMap(([struct, address]) => {
    const after = afterwards(address, struct.bytes, verdict);
    const changed = differences(struct.key, struct.chosen, struct.bytes, after);
    return struct.part === 'query' ? [...changed, ...answerTo(struct, after, verdict)] : changed;
  });
}

const EVENTS = ['ALLOC_FAIL', 'COPY'];

const events = (mask: number) => EVENTS.filter((_, type) => (mask >> type) & 1).join(' and ') || 'none';

/** How a control call changes the instances that a ring has, in sentences. */
export function instanceChanges(before: readonly Instance[], after: readonly Instance[]): string[] {
  return after.flatMap((now) => {
    const was = before.find(({ id, ring = 0 }) => id === now.id && ring === (now.ring ?? 0));
    if (!was) return [];
    return [
      ...(was.fired_mask === now.fired_mask
        ? []
        : [
            `instance ${now.id}: fired and not armed again: ${events(now.fired_mask)}; before: ${events(was.fired_mask)}`,
          ]),
      ...(was.areas === now.areas ? [] : [`instance ${now.id}: ${now.areas} areas; before: ${was.areas}`]),
    ];
  });
}
