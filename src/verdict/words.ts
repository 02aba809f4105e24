// What is wrong, in words: for each rule what the value is and what would pass.

import { IO_RQ_MAX_ENTRIES } from '../generated/constants.js';

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
}

const hex = (value: bigint) => `0x${value.toString(16)}`;

const reserved = ({ field, value }: Facts) => `${field} is ${hex(value)}, but is reserved and must be 0`;
const zeroOnEntry = ({ field, value }: Facts) =>
  `${field} is ${hex(value)}, but the kernel writes it and wants 0 when it is called`;
const unreadable = (what: string) => (f: Facts) =>
  f.value === 0n
    ? `${f.field} is 0, but must be the address of ${what}`
    : `${f.field} is ${hex(f.value)}, where ${what} cannot be read: not all of it is mapped and readable`;
const unwritable = (what: string) => (f: Facts) =>
  `${f.field} is ${hex(f.value)}, where ${what} cannot be written back: not all of it is writable`;
const unknownBits = (f: Facts) =>
  `${f.field} is ${hex(f.value)}, of which ${hex(f.value & ~f.limit)} means nothing to Linux ${f.kernel}; it knows ${hex(f.limit)}`;
const wraps = (f: Facts) =>
  `${f.field} is ${hex(f.value)}, and ${f.limit} bytes from there run past the end of the address space`;
const notPinned = (f: Facts) =>
  `${f.field} is ${hex(f.value)}, but not all of the ${f.limit} bytes from there are mapped and writable`;
const wholePages = (f: Facts) =>
  `${f.field} is ${f.value}, but must be a multiple of the page size ${f.limit}`;
const tooManyPages = (f: Facts) =>
  `${f.field} is ${f.value}, but at most ${f.limit} bytes can be taken at once`;
const nothingOfItsOwn = (f: Facts) =>
  `${f.field} is ${f.value}, but must be 0 with ZCRX_REG_IMPORT: queue, entries, area, region and events are the exporter's`;

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

const EVENT_TYPES = ['ALLOC_FAIL', 'COPY'];

function notFired(f: Facts): string {
  const type = EVENT_TYPES[Number(f.value)] ?? f.value;
  const asked = (f.limit >> f.value) & 1n;
  return asked
    ? `${f.field} is ${f.value}, but ${type} has not fired since it was armed: only what has fired can be re-armed`
    : `${f.field} is ${f.value}, but ${type} was not asked for when the instance was registered, so it never fires`;
}

const device = (what: string) => (f: Facts) => `${f.field}: interface ${f.value} ${what}`;
const queue = (what: string) => (f: Facts) => `${f.field} is ${f.value}, but this queue ${what}`;

const WORDS: Readonly<Record<string, (facts: Facts) => string>> = {
  'opcode-unknown': (f) =>
    `Linux ${f.kernel} does not know operation ${f.value} of io_uring_register; it has those below ${f.limit}`,
  'no-ring-given': () => 'fd is -1, but must be a ring: only IORING_REGISTER_QUERY works without one',
  'fd-closed': () => 'fd is no open descriptor',
  'fd-no-ring': () => 'fd is no ring of io_uring',
  'other-task': () =>
    'the ring belongs to another task: with IORING_SETUP_SINGLE_ISSUER only the one that submits may register',
  restricted: () => "the ring's restrictions (IORING_REGISTER_RESTRICTIONS) do not allow this operation",
  'ifq-arg-null': () => 'arg is 0, but must be the address of an io_uring_zcrx_ifq_reg',
  'ifq-nr-args': (f) => `nr_args is ${f.value}, but must be 1 for IORING_REGISTER_ZCRX_IFQ`,
  'not-capable': () =>
    'the process lacks CAP_NET_ADMIN in the initial user namespace, which the registration of an instance needs',
  'ring-not-deferred': () =>
    'the ring was set up without IORING_SETUP_DEFER_TASKRUN (which needs IORING_SETUP_SINGLE_ISSUER)',
  'ring-cqe-size': () =>
    'the ring was set up with neither IORING_SETUP_CQE32 nor IORING_SETUP_CQE_MIXED: completions need 32 bytes',
  'reg-unreadable': unreadable('an io_uring_zcrx_ifq_reg'),
  'reg-reserved': (f) =>
    f.field === 'reg.event_desc' || f.field === 'reg.rx_buf_len'
      ? `${f.field} is ${hex(f.value)}, but Linux ${f.kernel} does not know it: the bytes are reserved there and must be 0`
      : reserved(f),
  'reg-zcrx-id': zeroOnEntry,
  'reg-flags': unknownBits,
  'import-not-zero': nothingOfItsOwn,
  'import-event-desc': nothingOfItsOwn,
  'import-flags': (f) => `${f.field} is ${hex(f.value)}, but ZCRX_REG_IMPORT goes with no other flag`,
  'import-fd-closed': (f) =>
    `${f.field} is ${f.value}, but with ZCRX_REG_IMPORT it must be a descriptor, and this one is not open`,
  'import-fd-kind': (f) =>
    `${f.field} is ${f.value}, but with ZCRX_REG_IMPORT it must be a descriptor that ZCRX_CTRL_EXPORT gave`,
  'region-unreadable': unreadable('an io_uring_region_desc'),
  'if-rxq-none': (f) => `${f.field} is ${f.value}, which stands for no queue`,
  'rq-entries-zero': (f) => `${f.field} is 0, but must lie between 1 and ${IO_RQ_MAX_ENTRIES}`,
  'nodev-queue': (f) => `${f.field} is ${f.value}, but must be 0 with ZCRX_REG_NODEV: there is no interface`,
  'rq-entries-limit': (f) =>
    `${f.field} is ${f.value}, but must lie between 1 and ${f.limit}; a ring with IORING_SETUP_CLAMP would have it cut down`,
  'area-unreadable': unreadable('an io_uring_zcrx_area_reg'),
  'desc-unreadable': unreadable('a zcrx_event_desc'),
  'desc-type-mask': (f) => `${unknownBits(f)} (bit 1 << type for each event type)`,
  'desc-flags': unknownBits,
  'desc-stats-offset': (f) =>
    `${f.field} is ${f.value}, but must be 0 without ZCRX_EVENT_DESC_FLAG_STATS in flags`,
  'desc-reserved': reserved,
  'region-too-small': (f) =>
    `${f.field} is ${f.value}, but the refill ring ends at ${f.limit}${roundedUp(f)}; whole pages that hold it are ${f.fix?.value} bytes`,
  'region-reserved': reserved,
  'region-flags': unknownBits,
  'region-user-addr': (f) =>
    f.value === 0n
      ? `${f.field} is 0, but IORING_MEM_REGION_TYPE_USER in flags says that the memory is the program's: an address is needed`
      : `${f.field} is ${hex(f.value)}, but flags lack IORING_MEM_REGION_TYPE_USER, without which the kernel allocates the memory`,
  'region-not-zero': zeroOnEntry,
  'region-pages': tooManyPages,
  'region-unaligned': wholePages,
  'region-wraps': wraps,
  'region-pin-limit': tooManyPages,
  'region-page-list': tooManyPages,
  'region-cut-empty': tooManyPages,
  'region-cut': tooManyPages,
  'region-not-pinned': notPinned,
  'stats-unaligned': (f) => `${f.field} is ${f.value}, but must be a multiple of ${f.limit}${firstFree(f)}`,
  'stats-overlap-ring': (f) =>
    `${f.field} ${f.value} lies inside the ${f.value < BigInt(f.rqes) ? 'refill ring' : 'refill entries'}, which end${f.value < BigInt(f.rqes) ? 's' : ''} at ${f.limit}${roundedUp(f)}${firstFree(f)}`,
  'stats-wrap': (f) =>
    `${f.field} is ${f.value}, so that the statistics run past the end of 64 bits${firstFree(f)}`,
  'stats-outside-region': (f) =>
    `${f.field} is ${f.value}, so that the statistics end at ${f.value + 16n}, behind the region of ${f.limit} bytes${firstFree(f)}`,
  'device-missing': (f) =>
    `${f.field} is ${f.value}, but there is no such interface in the caller's network namespace`,
  'device-no-dma': (f) =>
    `${f.field} is ${f.value}, an interface without a device that can do DMA (as lo has none); ZCRX_REG_NODEV works without`,
  'area-buf-len': (f) =>
    `${f.field} is ${f.value}, but must be 0 or a power of two of at least a page (${f.limit})`,
  'area-buf-len-nodev': (f) =>
    `${f.field} is ${f.value}, but without a device a buffer is a page: 0 or ${f.limit}`,
  'area-flags': unknownBits,
  'area-token': zeroOnEntry,
  'area-reserved': reserved,
  'area-empty': (f) => `${f.field} is 0, but the area needs at least a page`,
  'area-limit-1g': (f) =>
    `${f.field} is ${f.value}, but an area has at most ${f.limit} bytes up to Linux 7.1`,
  'area-limit': (f) => `${f.field} is ${f.value}, but an area has at most ${f.limit} bytes`,
  'area-wraps': wraps,
  'area-unaligned': wholePages,
  'area-dmabuf-nodev': () => 'area.flags has IORING_ZCRX_AREA_DMABUF, but a DMA buffer needs a device',
  'area-dmabuf-addr': (f) => `${f.field} is ${hex(f.value)}, but must be 0 for a DMA buffer`,
  'area-dmabuf-fd': (f) => `${f.field} is ${f.value}, but this descriptor is not open`,
  'area-dmabuf-kind': (f) => `${f.field} is ${f.value}, but this descriptor is no DMA buffer`,
  'area-fd-without-dmabuf': (f) =>
    `${f.field} is ${f.value}, but must be 0 without IORING_ZCRX_AREA_DMABUF in flags`,
  'area-null': (f) => `${f.field} is 0, but the area needs an address`,
  'area-pin-limit': tooManyPages,
  'area-not-pinned': notPinned,
  'area-kind-mixed': () =>
    'area.flags: an instance has either DMA buffers or memory of the program, not both',
  'area-count': (f) => `the instance has ${f.value} areas already, the most that the kernel takes`,
  'device-not-lockable': device(
    "has a driver that does not use the device's own lock: it cannot do zero-copy receive",
  ),
  'device-queue-range': (f) => `${f.field} is ${f.value}, but the interface has queues 0 to ${f.limit - 1n}`,
  'device-queue-leased': queue('is leased to a virtual device'),
  'device-queue-fixed': device('has a driver that cannot restart single queues'),
  'device-data-split': device('does not split headers from data: ethtool -G DEVICE tcp-data-split on'),
  'device-hds-thresh': (f) =>
    `hds-thresh of the interface is ${f.value}, but must be 0: ethtool -G DEVICE hds-thresh 0`,
  'device-xdp': device('has an XDP program attached'),
  'device-buf-len': (f) =>
    `${f.field} is ${f.value}, but the driver of the interface takes no buffers of another length than a page (${f.limit})`,
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
    `${f.field} is ${f.value}, but Linux ${f.kernel} knows the operations 0 to ${f.limit - 1n} only`,
  'flush-reserved': reserved,
  'export-not-zero': (f) => `${f.field} is ${hex(f.value)}, but all of zc_export must be 0 on entry`,
  'export-unwritable': unwritable('the zcrx_ctrl with the new descriptor'),
  'arm-type': (f) =>
    `${f.field} is ${f.value}, but must be the index of one event type: 0 (ALLOC_FAIL) or 1 (COPY), not a mask`,
  'arm-reserved': reserved,
  'arm-not-fired': notFired,
  'add-area-reserved': reserved,
  'query-nr-args': (f) => `nr_args is ${f.value}, but must be 0 for IORING_REGISTER_QUERY`,
  'query-unreadable': unreadable('an io_uring_query_hdr'),
  'query-too-large': (f) => `${f.field} is ${f.value}, but at most a page (${f.limit}) is taken`,
  'query-data-unreadable': unreadable('the room for the answer'),
  'query-data-unwritable': unwritable('the answer'),
  'query-unwritable': unwritable('the io_uring_query_hdr'),
  'query-endless': (f) => `${f.field}: a chain has fewer than ${f.limit} questions; does it run in a circle?`,
  'query-unknown-op': (f) =>
    `${f.field} is ${f.value}, but Linux ${f.kernel} knows the questions 0 to ${f.limit - 1n} only: result will be -95 (EOPNOTSUPP)`,
  'query-reserved': (f) => `${reserved(f)}: result will be -22 (EINVAL)`,
  'query-result-not-zero': (f) =>
    `${f.field} is ${BigInt.asIntN(32, f.value)}, but must be 0 on entry: result will be -22 (EINVAL)`,
  'query-no-room': (f) => `${f.field} is 0, so there is no room for an answer: result will be -22 (EINVAL)`,
};

/** The sentence for a rule that is broken. */
export function sentence(rule: string, facts: Facts): string {
  const words = WORDS[rule];
  return words ? words(facts) : `${facts.field} is ${facts.value} (${rule})`;
}

/** The rules that have a sentence. */
export const worded = (rule: string): boolean => Object.hasOwn(WORDS, rule);
