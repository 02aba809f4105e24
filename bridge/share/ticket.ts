import { IO_RQ_MAX_ENTRIES } from '../../src/generated/constants.js';
import { sizeOf } from '../../src/layout/description.js';
import { ABI_REVISIONS, type AbiRevision } from '../../src/layout/revision.js';
import { BridgeError } from '../errors.js';
import { EVENT_TYPES, type EventType } from '../events.js';
import { LENGTH_LIMIT } from '../memory.js';

/** A descriptor of the process that shares, and what it stands for, whoever has it by whatever number. */
export interface Handle {
  readonly fd: number;
  /** Number of its inode, decimal: a descriptor of another file has another one. */
  readonly inode: string;
}

/**
 * What somebody else needs to know of an instance in order to receive by it, as plain data: it can be sent as JSON. The
 * kernel tells an importer where the refill ring lies in its region, and nothing else.
 */
export interface Ticket {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly revision: AbiRevision;
  /** The process that shares; it has the descriptors. */
  readonly pid: number;
  /** What ZCRX_CTRL_EXPORT gave. */
  readonly box: Handle;
  /** The memfd in which everything lies: refill region, a page for the parties, areas. */
  readonly memory: Handle & { readonly size: number };
  readonly page_size: number;
  readonly rq_entries: number;
  /** Bytes of the refill region. */
  readonly region_size: number;
  /** Bytes from the start of the region; null without statistics. */
  readonly stats: { readonly offset: number; readonly size: number } | null;
  /** Bytes. */
  readonly buffer_size: number;
  /** Bytes of each area. */
  readonly area_size: number;
  /** Areas for which there is memory; the kernel may not have all of them. */
  readonly areas: number;
  /** null: without a device. */
  readonly device: { readonly name: string; readonly queue: number } | null;
  /** The events that are told, all of them to the creator. */
  readonly events: readonly EventType[];
  /** Of these events, decimal. */
  readonly user_data: string;
  /** The structs of the creator's registration as the kernel completed them, in hexadecimal. */
  readonly registration: {
    readonly reg: string;
    readonly area: string;
    readonly region: string;
    readonly event_desc: string | null;
  };
}

export const FORMAT = 'zcrx-ticket';
export const VERSION = 1;

/** Says what is expected, where that is not what a value is. */
type Check = (value: unknown) => string | undefined;

const exactly =
  (expected: unknown): Check =>
  (value) =>
    value === expected ? undefined : JSON.stringify(expected);

const whole =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
      ? undefined
      : `a whole number from ${low} to ${high}`;

const powerOfTwo =
  (low: number, high: number): Check =>
  (value) =>
    whole(low, high)(value) || Math.log2(value as number) % 1 !== 0
      ? `a power of two from ${low} to ${high}`
      : undefined;

const oneOf =
  (allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value) ? undefined : `one of ${allowed.join(', ')}`;

const decimal: Check = (value) =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) < 2n ** 64n
    ? undefined
    : 'a decimal number below 2^64 as a string';

const bytesOf =
  (struct: Parameters<typeof sizeOf>[0]): Check =>
  (value) => {
    const size = sizeOf(struct);
    const isHex = typeof value === 'string' && /^[\da-f]*$/.test(value) && value.length === size * 2;
    return isHex ? undefined : `the ${size} bytes of ${struct} in hexadecimal`;
  };

const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null ? undefined : check(value) && `${check(value)}, or null`;

const text: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length < 256 ? undefined : 'a name';

const events: Check = (value) =>
  Array.isArray(value) &&
  value.every((each) => EVENT_TYPES.includes(each)) &&
  new Set(value).size === value.length
    ? undefined
    : `a list of ${EVENT_TYPES.join(' and ')}`;

const FD = whole(0, 2 ** 31 - 1);
/** ZCRX_MAX_AREAS */
const MOST_AREAS = 1024;

/** Each field by its path; of `device` and `stats`, those within only where these are not null. */
const FIELDS: Readonly<Record<string, Check>> = {
  format: exactly(FORMAT),
  version: exactly(VERSION),
  revision: oneOf(ABI_REVISIONS),
  pid: whole(1, 2 ** 31 - 1),
  'box.fd': FD,
  'box.inode': decimal,
  'memory.fd': FD,
  'memory.inode': decimal,
  'memory.size': whole(1, LENGTH_LIMIT),
  page_size: powerOfTwo(4096, 2 ** 20),
  rq_entries: powerOfTwo(1, IO_RQ_MAX_ENTRIES),
  region_size: whole(1, 2 ** 30),
  'stats.offset': whole(0, 2 ** 30),
  'stats.size': whole(16, 2 ** 20),
  buffer_size: powerOfTwo(4096, 2 ** 31),
  area_size: whole(1, LENGTH_LIMIT),
  areas: whole(1, MOST_AREAS),
  'device.name': text,
  'device.queue': whole(0, 0xffff_fffe),
  events,
  user_data: decimal,
  'registration.reg': bytesOf('io_uring_zcrx_ifq_reg'),
  'registration.area': bytesOf('io_uring_zcrx_area_reg'),
  'registration.region': bytesOf('io_uring_region_desc'),
  'registration.event_desc': nullOr(bytesOf('zcrx_event_desc')),
};

/** Fields that hold other fields, and whether they may be null instead. */
const GROUPS = { box: false, memory: false, stats: true, device: true, registration: false } as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refuse(path: string, value: unknown, expected: string): never {
  const shown = value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value));
  throw new BridgeError('bad-option', `ticket.${path} is ${shown}, expected ${expected}`);
}

const namesIn = (group: string): string[] =>
  Object.keys(FIELDS).flatMap((path) => (path.startsWith(`${group}.`) ? [path.slice(group.length + 1)] : []));

const TOP = [...new Set(Object.keys(FIELDS).map((path) => path.split('.')[0] as string))];

function checkNames(prefix: string, value: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown) refuse(prefix + unknown, value[unknown], `no such field, only ${known.join(', ')}`);
}

function checkGroup(group: keyof typeof GROUPS, value: unknown): void {
  if (value === null && GROUPS[group]) return;
  const names = namesIn(group);
  if (!isObject(value)) {
    refuse(group, value, `an object of ${names.join(', ')}${GROUPS[group] ? ', or null' : ''}`);
  }
  checkNames(`${group}.`, value, names);
  for (const name of names) checkField(`${group}.${name}`, value[name]);
}

function checkField(path: string, value: unknown): void {
  const expected = FIELDS[path]?.(value);
  if (expected !== undefined) refuse(path, value, expected);
}

/** What several fields say together. */
function checkTogether(ticket: Ticket): void {
  const { page_size, region_size, buffer_size, area_size, areas, memory, stats } = ticket;
  if (region_size % page_size !== 0) refuse('region_size', region_size, `whole pages of ${page_size}`);
  if (stats && stats.offset % 8 !== 0) refuse('stats.offset', stats.offset, 'a multiple of 8');
  if (stats && stats.offset + stats.size > region_size) {
    refuse(
      'stats.offset',
      stats.offset,
      `at most ${region_size - stats.size}, for the region ends at ${region_size}`,
    );
  }
  if (area_size % buffer_size !== 0) refuse('area_size', area_size, `whole buffers of ${buffer_size}`);
  const length = region_size + page_size + area_size * areas;
  if (memory.size !== length) {
    refuse('memory.size', memory.size, `${length}: the region, a page, and ${areas} areas of ${area_size}`);
  }
}

/**
 * Makes sure that something is a ticket, and one that can be true.
 * @throws BridgeError `bad-option` naming the field, its value and what was expected
 */
export function checkTicket(value: unknown): Ticket {
  if (!isObject(value)) {
    throw new BridgeError(
      'bad-option',
      `the ticket is ${String(value)}, expected an object as share() gives`,
    );
  }
  // A later version has fields that are not known here: it is told by that number alone.
  checkField('format', value.format);
  checkField('version', value.version);
  checkNames('', value, TOP);
  for (const name of TOP) {
    if (name in GROUPS) checkGroup(name as keyof typeof GROUPS, value[name]);
    else checkField(name, value[name]);
  }
  const ticket = value as unknown as Ticket;
  checkTogether(ticket);
  return ticket;
}
