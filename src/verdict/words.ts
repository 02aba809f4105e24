// What is wrong, in words: for each rule what the value is and what would pass.

import { IO_RQ_MAX_ENTRIES, IORING_SETUP_CQE32, IORING_SETUP_DEFER_TASKRUN } from '../generated/constants.js';
import { setByName, structById } from '../layout/description.js';

/** What a sentence is made of. */
export interface Facts {
  readonly field: string;
  readonly value: bigint;
  readonly limit: bigint;
  /** What would pass, of the field `fix.field`. */
  readonly fix: { readonly field: string; readonly value: bigint } | undefined;
  readonly kernel: string;
  readonly pageSize: number;
  /** The entries that the registration asks for. */
  readonly rqEntries: number;
  /** Where the refill entries begin. */
  readonly rqes: number;
  /** The descriptor of the call, where that is not simply a ring. */
  readonly fd: number | undefined;
  /** Of the kernel, as 100 * major + minor. */
  readonly series: number;
}

/** What mmap returns when it fails. */
export const MAP_FAILED = 2n ** 64n - 1n;

/** Whether a field holds an address of the program. */
export const isAddress = (field: string): boolean =>
  /(^arg|\.(addr|user_addr|area_ptr|region_ptr|event_desc|query_data|next_entry))$/.test(field);

const hex = (value: bigint) => `0x${value.toString(16)}`;
/** A number as its field has them: addresses and what is as large in hex, counts in decimal. */
const shown = ({ field, value }: Facts) =>
  isAddress(field) || value >= 0x1_0000n ? hex(value) : value.toString();

/** Names of the values, or of the single bits, of a set. */
const namesIn = (set: string) =>
  new Map(setByName(set).revisions.event.entries.map(({ name, value }) => [BigInt(value), name]));

/** ` (ZCRX_CTRL_EXPORT)`, or nothing where a value has no name. */
function inBrackets(names: ReadonlyMap<bigint, string>, value: bigint): string {
  const name = names.get(value);
  return name ? ` (${name})` : '';
}

/** `0x3 (ZCRX_REG_IMPORT|ZCRX_REG_NODEV)`: bits with the names that they have. */
function bitsWithNames(names: ReadonlyMap<bigint, string>, bits: bigint): string {
  const named = [...names].filter(([bit]) => (bits & bit) !== 0n).map(([, name]) => name);
  return named.length > 0 ? `${hex(bits)} (${named.join('|')})` : hex(bits);
}

const REGISTER_OPS = namesIn('io_uring_register_op');
const REGISTER_OPS_SINCE = new Map([
  [35n, '6.18'],
  [36n, '6.19'],
]);
const CTRL_OPS = namesIn('zcrx_ctrl_op');
const QUERY_OPS = namesIn('io_uring_query_op');

const reserved = ({ field, value }: Facts) => `${field} is ${hex(value)}, but is reserved and must be 0`;
const zeroOnEntry = (f: Facts) => `${f.field} is ${shown(f)}, but must be 0 on entry: the kernel writes it`;

/** A field that later kernels know, where this one has reserved bytes. */
function notYetKnown(f: Facts): string {
  const [struct, name] = ['io_uring_zcrx_ifq_reg', f.field.replace('reg.', '')];
  const since = structById(struct).fields.find((field) => field.name === name)?.since;
  return since
    ? `${f.field} is ${shown(f)}, but must be 0 on Linux ${f.kernel}: the field came with Linux ${since}`
    : reserved(f);
}
const unreadable = (what: string) => (f: Facts) =>
  f.value === 0n
    ? `${f.field} is 0, but must be the address of ${what}`
    : `${f.field} is ${hex(f.value)}, where ${what} cannot be read: not all of it is mapped and readable`;
const unwritable = (what: string) => (f: Facts) =>
  `${f.field} is ${hex(f.value)}, where ${what} cannot be written back: not all of it is writable`;
const unknownBits = (set: string) => {
  const names = namesIn(set);
  return (f: Facts) => {
    const unknown = bitsWithNames(names, f.value & ~f.limit);
    const known = f.limit === 0n ? 'no flag here' : bitsWithNames(names, f.limit);
    return `${f.field} is ${hex(f.value)}, of which ${unknown} means nothing to Linux ${f.kernel}; it knows ${known}`;
  };
};
const wraps = (f: Facts) =>
  `${f.field} is ${hex(f.value)}, and ${f.limit} bytes from there run past the end of the address space`;
const notPinned = (f: Facts) =>
  `${f.field} is ${hex(f.value)}, but not all of the ${f.limit} bytes from there are mapped and writable`;
const wholePages = (f: Facts) =>
  `${f.field} is ${isAddress(f.field) ? hex(f.value) : f.value}, but must be a multiple of the page size ${f.limit}`;
const tooManyPages = (f: Facts) =>
  `${f.field} is ${f.value}, but at most ${f.limit} bytes can be taken at once`;
const nothingOfItsOwn = (f: Facts) =>
  `${f.field} is ${shown(f)}, but must be 0 with ZCRX_REG_IMPORT: queue, entries, area, region and events are the exporter's`;
/** `0 to 3`, of things that are counted from 0. */
const upTo = (limit: bigint) => (limit === 1n ? '0' : `0 to ${limit - 1n}`);

const keepsLowBits = (f: Facts) =>
  `${f.field} is ${f.value}, but Linux ${f.kernel} keeps only the lower 32 bits of it: at most ${f.limit}`;
const queuesUpTo = (limit: bigint) =>
  limit === 0n ? 'no receive queue' : limit === 1n ? 'queue 0 only' : `queues 0 to ${limit - 1n}`;

/** Why the entries end where they do. */
function roundedUp({ rqEntries, rqes, limit }: Facts): string {
  const rounded = (limit - BigInt(rqes)) / 16n;
  if (rqEntries > IO_RQ_MAX_ENTRIES) return ` because rq_entries ${rqEntries} is cut down to ${rounded}`;
  return BigInt(rqEntries) === rounded ? '' : ` because rq_entries ${rqEntries} is rounded up to ${rounded}`;
}

function firstFree({ fix }: Facts): string {
  if (!fix) return '';
  return fix.field === 'region.size'
    ? `; no offset fits, unless the region has ${fix.value} bytes`
    : `; the first free offset is ${fix.value}`;
}

/** Where an offset comes from that was computed with a header of another size than this kernel's. */
function otherHeader({ value, rqEntries, rqes, limit, kernel }: Facts): string {
  const counts = [BigInt(rqEntries), (limit - BigInt(rqes)) / 16n];
  const headers = [rqes, 64, 128, 8, 0];
  const used = headers.find((header) => counts.some((count) => value === BigInt(header) + 16n * count));
  if (used === undefined || used === rqes) return '';
  return ` (on Linux ${kernel} the entries begin at ${rqes}, not at ${used})`;
}

function overlap(f: Facts): string {
  const where = f.value < BigInt(f.rqes) ? 'refill ring, which ends at' : 'refill entries, which end at';
  return `${f.field} ${f.value} lies inside the ${where} ${f.limit}${roundedUp(f)}${firstFree(f)}${otherHeader(f)}`;
}

const EVENT_TYPES = ['ALLOC_FAIL', 'COPY'];

/** A mask, or a bit of the interface's first revision, where an index is wanted. */
function armType(f: Facts): string {
  const wanted = `${f.field} is ${f.value}, but must be the index of one event type: 0 (ALLOC_FAIL) or 1 (COPY), not a mask`;
  if (f.value === 2n) return `${wanted} (2 is the bit of COPY, whose index is 1)`;
  return f.value === 3n ? `${wanted} (3 is the mask of both: arm one after the other)` : wanted;
}

function notFired(f: Facts): string {
  const type = EVENT_TYPES[Number(f.value)] ?? f.value;
  const asked = (f.limit >> f.value) & 1n;
  return asked
    ? `${f.field} is ${f.value}, but ${type} has not fired since it was armed: only what has fired can be re-armed`
    : `${f.field} is ${f.value}, but ${type} was not asked for when the instance was registered, so it never fires`;
}

/** The way out that kernels without it do not have. */
const nodev = ({ series }: Facts) => (series >= 701 ? '; ZCRX_REG_NODEV works without one' : '');
const device = (what: string) => (f: Facts) => `${f.field}: interface ${f.value} ${what}`;
const queue = (what: string) => (f: Facts) => `${f.field} is ${f.value}, but this queue ${what}`;

const WORDS: Readonly<Record<string, (facts: Facts) => string>> = {
  'opcode-unknown': (f) =>
    `kernel is ${f.kernel}, which does not know operation ${f.value}${inBrackets(REGISTER_OPS, f.value)} of io_uring_register: it came with Linux ${REGISTER_OPS_SINCE.get(f.value)}`,
  'no-ring-given': (f) => `fd is ${f.fd}, but must be a ring: only IORING_REGISTER_QUERY works without one`,
  'fd-closed': (f) => `fd is ${f.fd}, which is no open descriptor; expected a ring of io_uring`,
  'fd-no-ring': (f) => `fd is ${f.fd}, which is no ring of io_uring`,
  'other-task': () =>
    'the ring belongs to another task: with IORING_SETUP_SINGLE_ISSUER only the thread that set it up (or enabled it) may register',
  restricted: () => "the ring's restrictions (IORING_REGISTER_RESTRICTIONS) do not allow this operation",
  'ifq-arg-null': () => 'arg is 0, but must be the address of an io_uring_zcrx_ifq_reg',
  'ifq-nr-args': (f) => `nr_args is ${f.value}, but must be 1 for IORING_REGISTER_ZCRX_IFQ`,
  'not-capable': () =>
    'the process lacks CAP_NET_ADMIN in the initial user namespace, which the registration of an instance needs; to be root inside of another user namespace is not enough',
  'ring-not-deferred': (f) =>
    `setup_flags is ${hex(f.value)}, which lacks IORING_SETUP_DEFER_TASKRUN (${hex(BigInt(IORING_SETUP_DEFER_TASKRUN))}; it needs IORING_SETUP_SINGLE_ISSUER)`,
  'ring-cqe-size': (f) =>
    `setup_flags is ${hex(f.value)}, but completions need 32 bytes: IORING_SETUP_CQE32 (${hex(BigInt(IORING_SETUP_CQE32))}) or, since Linux 6.18, IORING_SETUP_CQE_MIXED`,
  'reg-unreadable': unreadable('an io_uring_zcrx_ifq_reg'),
  'reg-reserved': notYetKnown,
  'reg-zcrx-id': zeroOnEntry,
  'reg-flags': unknownBits('zcrx_reg_flags'),
  'import-not-zero': nothingOfItsOwn,
  'import-event-desc': nothingOfItsOwn,
  'import-flags': (f) => `${f.field} is ${hex(f.value)}, but ZCRX_REG_IMPORT goes with no other flag`,
  'import-fd-closed': (f) =>
    `${f.field} is ${f.value}, a descriptor that is not open; with ZCRX_REG_IMPORT it must be one that ZCRX_CTRL_EXPORT gave`,
  'import-fd-kind': (f) =>
    `${f.field} is ${f.value}, a descriptor of something else; with ZCRX_REG_IMPORT it must be one that ZCRX_CTRL_EXPORT gave`,
  'region-unreadable': unreadable('an io_uring_region_desc'),
  'if-rxq-none': (f) => `${f.field} is ${hex(f.value)} (-1), but must be the number of a receive queue`,
  'rq-entries-zero': (f) => `${f.field} is 0, but must lie between 1 and ${IO_RQ_MAX_ENTRIES}`,
  'nodev-queue': (f) => `${f.field} is ${f.value}, but must be 0 with ZCRX_REG_NODEV: there is no interface`,
  'rq-entries-limit': (f) =>
    `${f.field} is ${f.value}, but must lie between 1 and ${f.limit}; a ring with IORING_SETUP_CLAMP would have it cut down`,
  'area-unreadable': unreadable('an io_uring_zcrx_area_reg'),
  'desc-unreadable': unreadable('a zcrx_event_desc'),
  'desc-type-mask': (f) =>
    `${f.field} is ${hex(f.value)}, of which ${hex(f.value & ~f.limit)} means nothing to Linux ${f.kernel}; it knows ${hex(f.limit)}: 1 << ZCRX_EVENT_ALLOC_FAIL and 1 << ZCRX_EVENT_COPY`,
  'desc-flags': unknownBits('zcrx_event_desc_flags'),
  'desc-stats-offset': (f) =>
    `${f.field} is ${f.value}, but must be 0 without ZCRX_EVENT_DESC_FLAG_STATS in event_desc.flags`,
  'desc-reserved': reserved,
  'region-too-small': (f) =>
    `${f.field} is ${f.value}, but the refill ring ends at ${f.limit}${roundedUp(f)}; whole pages that hold it are ${f.fix?.value} bytes`,
  'region-reserved': reserved,
  'region-flags': unknownBits('io_uring_region_flags'),
  'region-user-addr': (f) =>
    f.value === 0n
      ? `${f.field} is 0, but must be the address of the memory: IORING_MEM_REGION_TYPE_USER in region.flags says that it is the program's own`
      : `${f.field} is ${hex(f.value)}, but region.flags lacks IORING_MEM_REGION_TYPE_USER, without which the kernel allocates the memory and wants 0`,
  'region-not-zero': zeroOnEntry,
  'region-pages': tooManyPages,
  'region-unaligned': wholePages,
  'region-wraps': wraps,
  'region-pin-limit': tooManyPages,
  'region-page-list': tooManyPages,
  'region-cut-empty': keepsLowBits,
  'region-cut': keepsLowBits,
  'region-not-pinned': notPinned,
  'stats-unaligned': (f) =>
    `${f.field} is ${f.value}, but must be a multiple of ${f.limit}${f.fix ? `; ${f.fix.value} would fit` : ''}`,
  'stats-overlap-ring': overlap,
  'stats-wrap': (f) =>
    `${f.field} is ${f.value}, so that the statistics run past the end of 64 bits${firstFree(f)}`,
  'stats-outside-region': (f) =>
    `${f.field} is ${f.value}, so that the statistics end at ${f.value + 16n}, behind the region of ${f.limit} bytes${firstFree(f)}`,
  'device-missing': (f) =>
    f.value === 0n
      ? `${f.field} is 0, which is no interface${nodev(f)}`
      : `${f.field} is ${f.value}, but there is no such interface in the caller's network namespace`,
  'device-no-dma': (f) =>
    `${f.field} is ${f.value}, an interface without a device that can do DMA (as lo has none)${nodev(f)}`,
  'area-buf-len': (f) =>
    `${f.field} is ${f.value}, but must be 0 or a power of two of at least a page (${f.limit})`,
  'area-buf-len-nodev': (f) =>
    `${f.field} is ${f.value}, but without a device a buffer is a page: 0 or ${f.limit}`,
  'area-flags': unknownBits('io_uring_zcrx_area_flags'),
  'area-token': zeroOnEntry,
  'area-reserved': reserved,
  'area-empty': (f) => `${f.field} is 0, but the area needs at least a page (${f.pageSize})`,
  'area-limit-1g': (f) =>
    `${f.field} is ${f.value}, but an area has at most ${f.limit} bytes up to Linux 7.1`,
  'area-limit': (f) => `${f.field} is ${f.value}, but an area has at most ${f.limit} bytes`,
  'area-wraps': wraps,
  'area-unaligned': wholePages,
  'area-dmabuf-nodev': (f) =>
    `${f.field} is ${hex(f.value)}, but IORING_ZCRX_AREA_DMABUF needs a device, and there is none with ZCRX_REG_NODEV`,
  'area-dmabuf-addr': (f) => `${f.field} is ${hex(f.value)}, but must be 0 for a DMA buffer`,
  'area-dmabuf-fd': (f) =>
    `${f.field} is ${f.value}, a descriptor that is not open; expected one of a DMA buffer`,
  'area-dmabuf-kind': (f) => `${f.field} is ${f.value}, but this descriptor is no DMA buffer`,
  'area-fd-without-dmabuf': (f) =>
    `${f.field} is ${f.value}, but must be 0 without IORING_ZCRX_AREA_DMABUF in area.flags`,
  'area-null': (f) => `${f.field} is 0, but must be the address of the area`,
  'area-pin-limit': tooManyPages,
  'area-not-pinned': notPinned,
  'area-count': (f) =>
    `${f.field}: the instance has ${f.value} areas already, the most that the kernel takes`,
  'device-not-lockable': device(
    "has a driver that does not use the device's own lock: it cannot do zero-copy receive",
  ),
  'device-queue-range': (f) => `${f.field} is ${f.value}, but the interface has ${queuesUpTo(f.limit)}`,
  'device-queue-leased': queue('is leased to a virtual device'),
  'device-queue-fixed': device('has a driver that cannot restart single queues'),
  'device-data-split': device('does not split headers from data: ethtool -G DEVICE tcp-data-split on'),
  'device-hds-thresh': (f) =>
    `${f.field}: hds-thresh of the interface is ${f.value}, but must be 0: ethtool -G DEVICE hds-thresh 0`,
  'device-xdp': device('has an XDP program attached: ip link set DEVICE xdp off'),
  'device-buf-len': (f) =>
    `${f.field} is ${f.value}, but the driver of the interface takes no length of buffers other than its own: expected 0`,
  'device-queue-taken': queue('has a memory provider already'),
  'device-queue-xsk': queue('is used by AF_XDP'),
  'reg-unwritable': unwritable('the io_uring_zcrx_ifq_reg'),
  'region-unwritable': unwritable('the io_uring_region_desc'),
  'area-unwritable': unwritable('the io_uring_zcrx_area_reg'),
  'ctrl-nr-args': (f) => `nr_args is ${f.value}, but must be 0 for IORING_REGISTER_ZCRX_CTRL`,
  'ctrl-unreadable': unreadable('a zcrx_ctrl'),
  'ctrl-reserved': (f) => `${reserved(f)} (the kernel answers EFAULT here, not EINVAL)`,
  'ctrl-unknown-id': (f) =>
    f.limit === 0n
      ? `${f.field} is ${f.value}, but the ring has no instance`
      : `${f.field} is ${f.value}, but the ring has no instance of this id`,
  'ctrl-unknown-op': (f) =>
    `${f.field} is ${f.value}${inBrackets(CTRL_OPS, f.value)}, but Linux ${f.kernel} knows only the operations ${upTo(f.limit)}`,
  'flush-reserved': reserved,
  'export-not-zero': (f) => `${f.field} is ${hex(f.value)}, but all of zc_export must be 0 on entry`,
  'export-unwritable': unwritable('the zcrx_ctrl with the new descriptor'),
  'arm-type': armType,
  'arm-reserved': reserved,
  'arm-not-fired': notFired,
  'add-area-reserved': reserved,
  'query-nr-args': (f) => `nr_args is ${f.value}, but must be 0 for IORING_REGISTER_QUERY`,
  'query-unreadable': unreadable('an io_uring_query_hdr'),
  'query-too-large': (f) => `${f.field} is ${f.value}, but at most a page (${f.limit}) is taken`,
  'query-data-unreadable': unreadable('the room for the answer'),
  'query-data-unwritable': unwritable('the answer'),
  'query-unwritable': unwritable('the io_uring_query_hdr'),
  'query-endless': (f) =>
    `${f.field} is ${hex(f.value)}, but a chain has at most ${f.limit - 1n} questions; does it run in a circle?`,
  'query-unknown-op': (f) =>
    `${f.field} is ${f.value}${inBrackets(QUERY_OPS, f.value)}, but Linux ${f.kernel} knows only the questions ${upTo(f.limit)}: result will be -95 (EOPNOTSUPP)`,
  'query-reserved': (f) => `${reserved(f)}: result will be -22 (EINVAL)`,
  'query-result-not-zero': (f) =>
    `${f.field} is ${BigInt.asIntN(32, f.value)}, but must be 0 on entry: result will be -22 (EINVAL)`,
  'query-no-room': (f) => `${f.field} is 0, so there is no room for an answer: result will be -22 (EINVAL)`,
};

/** The sentence for a rule that is broken. */
export function sentence(rule: string, facts: Facts): string {
  if (facts.value === MAP_FAILED && isAddress(facts.field)) {
    return `${facts.field} is ${hex(MAP_FAILED)}: that is MAP_FAILED, which mmap returns when it fails (test for it, not for NULL)`;
  }
  const words = WORDS[rule];
  return words ? words(facts) : `${facts.field} is ${facts.value} (${rule})`;
}

/** The rules that have a sentence. */
export const worded = (rule: string): boolean => Object.hasOwn(WORDS, rule);
