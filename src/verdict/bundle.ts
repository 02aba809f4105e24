import { LayoutError, show } from '../errors.js';
import {
  IORING_MEM_REGION_TYPE_USER,
  ZCRX_CTRL_ADD_AREA,
  ZCRX_REG_IMPORT,
  ZCRX_REG_NODEV,
} from '../generated/constants.js';
import { type CallStruct, STRUCT_OF } from '../layout/call-structs.js';
import { decode } from '../layout/decode.js';
import { offsetIn, setByName, structById } from '../layout/description.js';
import { encode } from '../layout/encode.js';
import { type AbiRevision, parseRevision } from '../layout/revision.js';
import type { Call, CallKind, Device, Instance, Rights, Wide } from './call.js';
import { RING_FLAGS, readPageSize } from './input.js';
import { hexOf, orElse, readList, readObject, readU32, readWide, refuse } from './read.js';
import { NEWEST_SERIES } from './series.js';
import { MAP_FAILED } from './words.js';

/** Fields of a struct by name, as `encode` takes them. */
export type BundleFields = Readonly<Record<string, unknown>>;

/** A call as people write it: its structs by name, what else matters, and nothing about where things lie in memory. */
export interface Bundle {
  /** Default: told by the structs that are there. */
  call?: 'register_ifq' | 'zcrx_ctrl' | 'query';
  kernel?: string;
  /** Of the names; default as their own names say. */
  revision?: AbiRevision;
  /** IORING_SETUP_*, as a number or names. */
  setup_flags?: number | string | readonly string[];
  nr_args?: number;
  capable?: boolean;
  page_size?: number;
  reg?: BundleFields;
  area?: BundleFields;
  region?: BundleFields;
  event_desc?: BundleFields;
  /** `event_desc` under its former name. */
  notif_desc?: BundleFields;
  ctrl?: BundleFields;
  /** One question, or several that are linked. */
  query?: BundleFields | readonly BundleFields[];
  /** Only what is given here is mapped; default: what the structs point to. */
  memory?: readonly (readonly [Wide, Wide, Rights])[];
  instances?: readonly Instance[];
  files?: Readonly<Record<string, string>>;
  devices?: readonly Device[];
  fd?: number;
  other_task?: boolean;
  restricted?: boolean;
}

/** A bundle laid out in memory. */
export interface LaidOut {
  readonly call: Call;
  /** What was not given and therefore assumed, in words. */
  readonly assumed: readonly string[];
  /** The structs with the pointers between them; of several questions the last. */
  readonly structs: { readonly [Name in CallStruct]?: Uint8Array };
  /** All questions of a query. */
  readonly questions: readonly Uint8Array[];
}

// Where things go that the bundle does not place: far from each other, so that even a terabyte has room.
const STRUCTS = 0x1000_0000n;
const AREA = 0x2000_0000_0000n;
const REGION = 0x3000_0000_0000n;
const ANSWERS = 0x1100_0000n;
const SLOT = 256n;
const MOST_STRUCTS = 0x10_0000n;
/** Answers begin at multiples of it. */
const ANSWER = 4096n;
const QUERY_SIZE = offsetIn(STRUCT_OF.query, 'size');
/** More questions than the kernel takes; and so many that all of them have their place. */
const MOST_QUESTIONS = 2000;
const TOP = 2n ** 64n;

const KEYS = new Set([
  'call',
  'kernel',
  'revision',
  'setup_flags',
  'nr_args',
  'capable',
  'page_size',
  'reg',
  'area',
  'region',
  'event_desc',
  'notif_desc',
  'ctrl',
  'query',
  'memory',
  'instances',
  'files',
  'devices',
  'fd',
  'other_task',
  'restricted',
]);

/** The structs that go with each call. */
const PARTS_OF: Readonly<Record<NonNullable<Bundle['call']>, readonly string[]>> = {
  register_ifq: ['reg', 'area', 'region', 'event_desc', 'notif_desc'],
  zcrx_ctrl: ['ctrl', 'area'],
  query: ['query'],
};
const STRUCT_KEYS = new Set(Object.values(PARTS_OF).flat());

/** A struct that the call has no use for is a mistake. @throws LayoutError */
function checkParts(bundle: Bundle, kind: NonNullable<Bundle['call']>): void {
  const parts = PARTS_OF[kind];
  const other = [...STRUCT_KEYS].find(
    (key) => bundle[key as keyof Bundle] !== undefined && !parts.includes(key),
  );
  if (other !== undefined)
    throw new LayoutError('conflict', `${other} does not go with ${kind}, expected ${parts.join(', ')}`, {
      field: other,
      expected: parts.join(', '),
    });
}

/** @throws LayoutError */
function checkKeys(bundle: object): void {
  const unknown = Object.keys(bundle).find((key) => !KEYS.has(key));
  if (unknown === undefined) return;
  const expected = [...KEYS].join(', ');
  throw new LayoutError('unknown-field', `a bundle has no ${show(unknown)}, expected ${expected}`, {
    field: unknown,
    expected,
  });
}

function kindOf(bundle: Bundle): Exclude<CallKind, 'close' | 'event'> {
  if (bundle.call === 'register_ifq' || bundle.call === 'zcrx_ctrl' || bundle.call === 'query')
    return bundle.call;
  if (bundle.call !== undefined) refuse('call', bundle.call, 'register_ifq, zcrx_ctrl or query');
  if (bundle.ctrl) return 'zcrx_ctrl';
  if (bundle.query) return 'query';
  if (bundle.reg) return 'register_ifq';
  refuse('the bundle', Object.keys(bundle), 'one with reg, ctrl or query');
}

const setupNames = new Map(
  setByName('io_uring_setup_flags').revisions.event.entries.map(({ name, value }) => [name, Number(value)]),
);

/** Set-up flags as a number. @throws LayoutError */
function setupFlags(given: Bundle['setup_flags']): number {
  if (given === undefined) return RING_FLAGS;
  if (typeof given === 'number') return readU32('setup_flags', given);
  const names = typeof given === 'string' ? given.split('|') : given;
  return readList('setup_flags', names).reduce<number>((flags, name) => (flags | setupFlag(name)) >>> 0, 0);
}

function setupFlag(given: unknown): number {
  if (typeof given === 'number') return readU32('setup_flags', given);
  const text = typeof given === 'string' ? given.trim() : '';
  const named = setupNames.get(text) ?? setupNames.get(`IORING_SETUP_${text}`);
  if (named !== undefined) return named;
  if (/^(0x[\da-f]{1,8}|\d{1,10})$/i.test(text)) return readU32('setup_flags', Number(text));
  refuse('setup_flags', given, 'names as IORING_SETUP_CQE32, or a number');
}

/** Lays structs out one after another, and the memory that they point to. */
class Layout {
  readonly bytes: Record<string, string> = {};
  readonly memory: [string, string, Rights][] = [];
  readonly assumed: string[] = [];
  readonly structs: { [Name in CallStruct]?: Uint8Array } = {};
  questions: readonly Uint8Array[] = [];
  private readonly bundle: Bundle;
  private readonly page: bigint;
  private next = STRUCTS;

  constructor(bundle: Bundle) {
    this.bundle = bundle;
    this.page = BigInt(readPageSize(bundle.page_size));
    this.map(STRUCTS, MOST_STRUCTS);
  }

  /** The bytes of a struct of the bundle. */
  encode(part: CallStruct, fields: BundleFields): Uint8Array {
    const revision = this.bundle.revision && { revision: this.bundle.revision };
    const struct =
      part === 'event_desc' && this.bundle.notif_desc ? 'zcrx_notification_desc' : STRUCT_OF[part];
    const bytes = encode(struct, fields, revision ?? {});
    this.structs[part] = bytes;
    return bytes;
  }

  /** Puts bytes where a pointer says, or in a place of their own, which stays free otherwise. @returns their address */
  place(bytes: Uint8Array, given: bigint | undefined): bigint {
    const address = given ?? this.next;
    this.next += SLOT;
    if (given !== undefined) this.map(address, BigInt(bytes.length));
    this.bytes[`0x${address.toString(16)}`] = hexOf(bytes, 0, bytes.length);
    return address;
  }

  /** Maps memory for the structs, unless the bundle says what is mapped. */
  map(start: bigint, length: bigint): void {
    if (length <= 0n || start === 0n) return;
    const { page } = this;
    const from = start - (start % page);
    const to = start + length + page - 1n;
    const end = to > TOP - 1n ? TOP - page : to - (to % page);
    if (end <= from) return;
    this.memory.push([`0x${from.toString(16)}`, `0x${(end - from).toString(16)}`, 'rw']);
  }
}

const namesCache = new Map<string, readonly string[]>();

/** All names that a field of a struct has had, by any of them. */
function namesOfField(struct: string, field: string): readonly string[] {
  const key = `${struct} ${field}`;
  const known = namesCache.get(key);
  if (known) return known;
  const all = structById(struct).fields.map(({ name, names }) => [name, ...Object.values(names).flat()]);
  const found = [...new Set(all.find((names) => names.includes(field)) ?? [field])];
  namesCache.set(key, found);
  return found;
}

/** The name under which fields have one, of all that it has had. */
export function givenName(struct: string, field: string, fields: BundleFields): string | undefined {
  return namesOfField(struct, field).find((name) => fields[name] !== undefined);
}

/** What a field is given as, if it is. */
function given(part: CallStruct, field: string, fields: BundleFields): bigint | undefined {
  const name = givenName(STRUCT_OF[part], field, fields);
  return name === undefined ? undefined : readWide(`${part}.${name}`, fields[name]);
}

function put(bytes: Uint8Array, part: CallStruct, field: string, value: bigint): void {
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(offsetIn(STRUCT_OF[part], field), value, true);
}

const u64At = (bytes: Uint8Array, part: CallStruct, field: string) =>
  new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offsetIn(STRUCT_OF[part], field), true);

/** Places a struct where a pointer of another leads, as it is given, or else in the next place, and has it lead there. */
function placeBehind(
  layout: Layout,
  holder: Uint8Array,
  pointer: { readonly at: number; readonly given: bigint | undefined },
  bytes: Uint8Array | undefined,
): void {
  if (!bytes) return;
  const address = layout.place(bytes, pointer.given || undefined);
  if (pointer.given === undefined) new DataView(holder.buffer).setBigUint64(pointer.at, address, true);
}

/** The payload area: it is mapped where it is said to be, or else placed. */
function layOutArea(layout: Layout, fields: BundleFields): Uint8Array {
  const bytes = layout.encode('area', fields);
  const length = u64At(bytes, 'area', 'len');
  const addr = given('area', 'addr', fields);
  const isDmabuf = (new DataView(bytes.buffer).getUint32(offsetIn(STRUCT_OF.area, 'flags'), true) & 1) !== 0;
  if (isDmabuf) return bytes;
  if (addr === undefined) put(bytes, 'area', 'addr', AREA);
  else if (addr !== 0n && addr !== MAP_FAILED)
    layout.assumed.push(`the area's ${length} bytes from 0x${addr.toString(16)} are mapped and writable`);
  layout.map(addr ?? AREA, length);
  return bytes;
}

/** The refill region, likewise. */
function layOutRegion(layout: Layout, fields: BundleFields): Uint8Array {
  const bytes = layout.encode('region', fields);
  const size = u64At(bytes, 'region', 'size');
  const flags = new DataView(bytes.buffer).getUint32(offsetIn(STRUCT_OF.region, 'flags'), true);
  const address = given('region', 'user_addr', fields);
  if (address === undefined && flags & IORING_MEM_REGION_TYPE_USER) {
    put(bytes, 'region', 'user_addr', REGION);
    layout.map(REGION, size);
  } else if (address && address !== MAP_FAILED) {
    layout.assumed.push(`the region's ${size} bytes from 0x${address.toString(16)} are mapped and writable`);
    layout.map(address, size);
  }
  return bytes;
}

function layOutRegistration(layout: Layout, bundle: Bundle): bigint {
  const fields = bundle.reg ?? {};
  const bytes = layout.encode('reg', fields);
  const pointer = (name: string) => ({
    at: offsetIn(STRUCT_OF.reg, name),
    given: given('reg', name, fields),
  });
  const desc = bundle.event_desc ?? bundle.notif_desc;
  placeBehind(layout, bytes, pointer('area_ptr'), bundle.area && layOutArea(layout, bundle.area));
  placeBehind(layout, bytes, pointer('region_ptr'), bundle.region && layOutRegion(layout, bundle.region));
  placeBehind(layout, bytes, pointer('event_desc'), desc && layout.encode('event_desc', desc));
  return layout.place(bytes, undefined);
}

function layOutCtrl(layout: Layout, bundle: Bundle): bigint {
  const fields = bundle.ctrl ?? {};
  const bytes = layout.encode('ctrl', fields);
  const op = new DataView(bytes.buffer).getUint32(offsetIn(STRUCT_OF.ctrl, 'op'), true);
  // Of any other operation something else lies where the pointer would.
  if (bundle.area && op !== ZCRX_CTRL_ADD_AREA) layOutArea(layout, bundle.area);
  else if (bundle.area) {
    const arm = (fields.zc_area ?? {}) as BundleFields;
    const at = offsetIn('zcrx_ctrl', 'zc_area') + offsetIn('zcrx_ctrl_add_area', 'area_ptr');
    const own = arm.area_ptr === undefined ? undefined : readWide('ctrl.zc_area.area_ptr', arm.area_ptr);
    placeBehind(layout, bytes, { at, given: own }, layOutArea(layout, bundle.area));
  }
  return layout.place(bytes, undefined);
}

/** The interface of a registration: what a bundle does not tell of it is not known. */
function deviceOf(layout: Layout, kind: CallKind): readonly Device[] | undefined {
  const { reg } = layout.structs;
  if (kind !== 'register_ifq' || !reg) return undefined;
  const { flags, if_idx } = decode('io_uring_zcrx_ifq_reg', reg).fields;
  if (flags & (ZCRX_REG_NODEV | ZCRX_REG_IMPORT) || if_idx === 0) return undefined;
  layout.assumed.push(`interface ${if_idx} exists; what its driver says is not known`);
  return [{ if_idx, unknown: true }];
}

/** The questions, linked where they do not say themselves what comes next. */
function layOutQuery(layout: Layout, query: Bundle['query']): bigint {
  const isList = Array.isArray(query);
  const list = (isList ? query : [query ?? {}]) as readonly BundleFields[];
  if (list.length > MOST_QUESTIONS) refuse('query', `a list of ${list.length}`, `at most ${MOST_QUESTIONS}`);
  let room = ANSWERS;
  layout.questions = list.map((fields, i) => {
    const bytes = layout.encode('query', readObject(isList ? `query[${i}]` : 'query', fields));
    const view = new DataView(bytes.buffer);
    if (fields.size === undefined) view.setUint32(QUERY_SIZE, 64, true);
    if (given('query', 'query_data', fields) === undefined) {
      put(bytes, 'query', 'query_data', room);
      const size = BigInt(view.getUint32(QUERY_SIZE, true));
      layout.map(room, size);
      room += size + ANSWER - (size % ANSWER);
    }
    return bytes;
  });
  let address = 0n;
  for (let i = list.length - 1; i >= 0; i--) {
    const bytes = layout.questions[i] as Uint8Array;
    if (given('query', 'next_entry', list[i] as BundleFields) === undefined)
      put(bytes, 'query', 'next_entry', address);
    address = layout.place(bytes, undefined);
  }
  return address;
}

/**
 * Lays a bundle out in memory.
 * @throws LayoutError for what cannot be encoded, naming the field
 */
export function layOutBundle(input: unknown): LaidOut {
  const bundle = readObject('the bundle', input) as Bundle;
  checkKeys(bundle);
  for (const part of ['reg', 'area', 'region', 'event_desc', 'notif_desc', 'ctrl'] as const) {
    if (bundle[part] !== undefined) readObject(part, bundle[part]);
  }
  if (bundle.event_desc && bundle.notif_desc)
    refuse('notif_desc', 'given beside event_desc', 'one of the two');
  if (bundle.revision !== undefined) parseRevision(bundle.revision);
  const kind = kindOf(bundle);
  checkParts(bundle, kind);
  const layout = new Layout(bundle);
  const arg =
    kind === 'register_ifq'
      ? layOutRegistration(layout, bundle)
      : kind === 'zcrx_ctrl'
        ? layOutCtrl(layout, bundle)
        : layOutQuery(layout, bundle.query);
  if (bundle.kernel === undefined) layout.assumed.unshift(`the kernel is Linux ${NEWEST_SERIES}`);
  if (bundle.setup_flags === undefined && kind === 'register_ifq') {
    layout.assumed.push('the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN');
  }
  const { capable, page_size, nr_args, memory, instances, files, devices, fd, other_task, restricted } =
    bundle;
  const interfaces = devices === undefined ? deviceOf(layout, kind) : devices;
  const call: Call = {
    call: kind,
    kernel: orElse(bundle.kernel, NEWEST_SERIES),
    nr_args: orElse(nr_args, kind === 'register_ifq' ? 1 : 0),
    setup_flags: setupFlags(bundle.setup_flags),
    capable: orElse(capable, true),
    page_size: readPageSize(page_size),
    memory: orElse(memory, layout.memory),
    bytes: layout.bytes,
    arg: `0x${arg.toString(16)}`,
    ...(instances !== undefined && { instances }),
    ...(files !== undefined && { files }),
    ...(interfaces !== undefined && { devices: interfaces }),
    ...(fd !== undefined && { fd }),
    ...(other_task !== undefined && { other_task }),
    ...(restricted !== undefined && { restricted }),
  };
  return { call, assumed: layout.assumed, structs: layout.structs, questions: layout.questions };
}
