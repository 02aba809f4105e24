import { IO_RQ_MAX_ENTRIES } from '../src/generated/constants.js';
import type { StatsPlacement } from '../src/plan.js';
import type { AreaKind } from './areas/area.js';
import { alignUp, wholeNumber } from './check.js';
import { BridgeError } from './errors.js';
import { EVENT_TYPES, type EventType } from './events.js';
import type { RecoveryPolicy } from './recovery.js';
import type { CheckOptions } from './verdict/types.js';

/** How an instance is opened. All of it may be left out. */
export interface OpenOptions extends CheckOptions {
  /** The network device to receive from, as `eth0`. Default none: then all data is copied. Needs `queue`. */
  device?: string;
  /** Its receive queue, which gets all its buffers from the area from then on. Steer only what you receive here to it. */
  queue?: number;
  /**
   * Bytes of a buffer, a power of two from the page size on (Linux 7.0, and a driver that can). Larger than a page it
   * needs memory that is contiguous: `area: 'huge'`. Default a page.
   */
  rxBufLen?: number;
  /** Bytes for payload, rounded up to whole buffers. Default 16 MiB. */
  areaSize?: number;
  /**
   * Where payload lies: in the linear memory (`linear`, default; views without a copy, up to 4 GiB) or outside, where
   * data is copied when it is read: `mapped`, `huge` (on huge pages), `shared` (a memfd: other processes can import the
   * instance), `udmabuf` (a dma-buf made of memory, to try dma-bufs with), or a dma-buf of yours. One outside stays mapped
   * when a worker thread is terminated before it closed the instance.
   */
  area?: Exclude<AreaKind, 'dmabuf'> | 'udmabuf' | { dmabuf: number };
  /**
   * Areas of the same size that may be added later (Linux 7.3), 0 to 1023: memory is set aside for them. Default 3 with
   * `recovery: true`, otherwise 0.
   */
  spareAreas?: number;
  /** Refill entries, 1 to 32768, rounded up to a power of two. Default: one for each buffer, spare ones too. */
  entries?: number;
  /**
   * Completions that the ring holds, 1 to 65536, rounded up to a power of two. Default 4096, of a shared instance at most
   * an eighth of the first area's buffers: as many as the kernel may hand out before the instance sees any of it.
   */
  cqEntries?: number;
  /** Events to be told of. Default both. Without events and statistics no kernel support for them is needed. */
  events?: readonly EventType[];
  /** Have the kernel keep statistics. Default true. */
  stats?: boolean;
  /** Where the statistics go behind the refill ring. Default `own-page`. */
  statsPlacement?: Exclude<StatsPlacement, 'none'>;
  /** Re-arm an event by itself when it fired, at most once in `minIntervalMs` (default 1000) a type. Default false. */
  rearm?: boolean | { minIntervalMs: number };
  /**
   * What to do when room runs out (events `stalled` and `recovered` tell of it in any case). Default: give released
   * buffers back at once and go on with paused receives (`{ addArea: false, rearm: false }`). `true` does all that can be
   * done; `false` nothing: then it is up to you to `flush`, `addArea`, `rearm` and `resume`.
   */
  recovery?: boolean | RecoveryPolicy;
  /**
   * Buffers that may be held unreleased, in chunks taken or waiting to be, before receives pause for the consumer's sake;
   * they go on at half of it. What comes meanwhile waits in the sockets, until they too are full and the sender pauses.
   * Default half of the first area's buffers with a device; a quarter of a shared one's, for what a killed party holds is
   * lost to the others; Infinity elsewhere, where an exhausted area does no harm.
   */
  highWaterMark?: number;
  /**
   * Find misuse of chunks: data kept after the release is taken away, an error tells where the first release was, and
   * chunks never released are told (`unreleased`). Costs a copy and a stack trace for each. Default false.
   */
  guard?: boolean;
  /** `user_data` of notifications. Default 2^64 - 1. Requests of the instance count up from 1. */
  userData?: bigint;
}

/** The options with every default filled in. */
export interface Settings extends CheckOptions {
  readonly device: { readonly name: string; readonly queue: number } | undefined;
  /** 0: the kernel's default, a page. */
  readonly rxBufLen: number;
  readonly areaSize: number;
  readonly area: Required<OpenOptions>['area'];
  readonly spareAreas: number;
  /** They were asked for by number: a kernel that cannot add areas will not do. */
  readonly sparesAsked: boolean;
  readonly entries: number;
  readonly cqEntries: number;
  readonly events: readonly EventType[];
  readonly stats: boolean;
  readonly statsPlacement: StatsPlacement;
  readonly rearmIntervalMs: number | undefined;
  readonly recovery: Required<RecoveryPolicy>;
  readonly highWaterMark: number;
  readonly guard: boolean;
  readonly userData: bigint;
}

const KNOWN = [
  'device',
  'queue',
  'rxBufLen',
  'areaSize',
  'area',
  'spareAreas',
  'entries',
  'cqEntries',
  'events',
  'stats',
  'statsPlacement',
  'rearm',
  'recovery',
  'highWaterMark',
  'guard',
  'userData',
  'check',
];
const AREA_LIMIT = 2 ** 40;
const DEFAULT_AREA = 16 * 2 ** 20;
/** The kernel takes 1024 areas (ZCRX_MAX_AREAS). */
const SPARE_LIMIT = 1023;
const DEFAULT_SPARES = 3;
const AREAS = ['linear', 'mapped', 'huge', 'shared', 'udmabuf'] as const;
/** Requests of the instance use the numbers below. */
export const FIRST_FOREIGN_USER_DATA = 2n ** 53n;

function oneOf<Value>(what: string, value: Value, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value;
  throw new BridgeError('bad-option', `${what} is ${String(value)}, expected ${allowed.join(' or ')}`);
}

function rearmInterval(rearm: OpenOptions['rearm']): number | undefined {
  if (rearm === undefined || rearm === false) return undefined;
  if (rearm === true) return 1000;
  if (typeof rearm !== 'object' || rearm === null) {
    throw new BridgeError(
      'bad-option',
      `rearm is ${String(rearm)}, expected true, false or { minIntervalMs }`,
    );
  }
  return wholeNumber('rearm.minIntervalMs', rearm.minIntervalMs, 0, 2 ** 31 - 1);
}

function userData(value: bigint): bigint {
  if (typeof value === 'bigint' && value >= FIRST_FOREIGN_USER_DATA && value < 2n ** 64n) return value;
  throw new BridgeError(
    'bad-option',
    `userData is ${String(value)}, expected a bigint from 2^53 to 2^64 - 1 (smaller ones number the instance's requests)`,
  );
}

function deviceOf({ device, queue }: OpenOptions): Settings['device'] {
  if (device === undefined) {
    if (queue === undefined) return undefined;
    throw new BridgeError(
      'bad-option',
      `queue is ${queue} without a device: name one too, as device: 'eth0'`,
    );
  }
  if (typeof device !== 'string')
    throw new BridgeError('bad-option', `device is ${String(device)}, expected a name as 'eth0'`);
  return { name: device, queue: wholeNumber('queue', queue, 0, 0xffff_fffe) };
}

function rxBufLenOf(value: number | undefined, pageSize: number): number {
  if (value === undefined) return 0;
  if (Number.isInteger(value) && value >= pageSize && value <= 2 ** 31 && Math.log2(value) % 1 === 0)
    return value;
  throw new BridgeError(
    'bad-option',
    `rxBufLen is ${String(value)}, expected a power of two from ${pageSize} (a page) to 2^31`,
  );
}

function areaOf(area: OpenOptions['area'] = 'linear'): Settings['area'] {
  if (typeof area === 'object' && area !== null) {
    return { dmabuf: wholeNumber('area.dmabuf', area.dmabuf, 0, 2 ** 31 - 1) };
  }
  return oneOf('area', area, AREAS);
}

function sparesOf({ spareAreas, recovery }: OpenOptions, area: Settings['area']): number {
  const divisible = area !== 'udmabuf' && typeof area !== 'object';
  if (!divisible && spareAreas) {
    throw new BridgeError('bad-option', `spareAreas is ${spareAreas}, expected 0: a dma-buf is one area`);
  }
  const byDefault = divisible && recovery === true ? DEFAULT_SPARES : 0;
  return wholeNumber('spareAreas', spareAreas ?? byDefault, 0, SPARE_LIMIT);
}

const FULL_RECOVERY = { flush: true, addArea: true, rearm: true, resubmit: true };
const NO_RECOVERY = { flush: false, addArea: false, rearm: false, resubmit: false };

function recoveryOf(recovery: OpenOptions['recovery']): Required<RecoveryPolicy> {
  if (recovery === undefined) return { ...FULL_RECOVERY, addArea: false, rearm: false };
  if (typeof recovery === 'boolean') return recovery ? FULL_RECOVERY : NO_RECOVERY;
  if (typeof recovery !== 'object' || recovery === null) {
    throw new BridgeError('bad-option', `recovery is ${String(recovery)}, expected true, false or a policy`);
  }
  for (const [key, value] of Object.entries(recovery)) {
    oneOf('key of recovery', key, Object.keys(FULL_RECOVERY));
    oneOf(`recovery.${key}`, value, [true, false]);
  }
  return { ...FULL_RECOVERY, ...recovery };
}

// One party to a shared instance holds at most its mark and what two entries into the kernel bring beyond it: by default
// about half of the area, so that the others can go on when it is killed.

const completionsFor = (area: Settings['area'], buffers: number): number =>
  area === 'shared' ? Math.min(4096, Math.max(4, 2 ** Math.floor(Math.log2(buffers / 8)))) : 4096;

function highWaterFor(device: Settings['device'], area: Settings['area'], buffers: number): number {
  if (area === 'shared') return Math.max(1, buffers >> 2);
  return device ? Math.max(1, buffers >> 1) : Number.POSITIVE_INFINITY;
}

function highWaterMarkOf(value: number | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  return value === Number.POSITIVE_INFINITY ? value : wholeNumber('highWaterMark', value, 1, 2 ** 31);
}

function eventsOf(events: OpenOptions['events'] = EVENT_TYPES): EventType[] {
  if (!Array.isArray(events)) {
    throw new BridgeError(
      'bad-option',
      `events is ${String(events)}, expected a list of ${EVENT_TYPES.join(' and ')}`,
    );
  }
  for (const event of events) oneOf('events', event, EVENT_TYPES);
  return [...new Set(events)];
}

/** @throws BridgeError `bad-option` naming the option, its value and what was expected */
export function settingsOf(options: OpenOptions, pageSize: number): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new BridgeError('bad-option', `the options are ${String(options)}, expected an object`);
  }
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown)
    throw new BridgeError('bad-option', `there is no option ${unknown}, expected ${KNOWN.join(', ')}`);
  const device = deviceOf(options);
  const rxBufLen = rxBufLenOf(options.rxBufLen, pageSize);
  const bufferSize = rxBufLen || pageSize;
  const areaSize = alignUp(
    wholeNumber('areaSize', options.areaSize ?? DEFAULT_AREA, 1, AREA_LIMIT),
    bufferSize,
  );
  const buffers = areaSize / bufferSize;
  const area = areaOf(options.area);
  const spareAreas = sparesOf(options, area);
  return {
    device,
    rxBufLen,
    areaSize,
    area,
    spareAreas,
    sparesAsked: options.spareAreas !== undefined && options.spareAreas > 0,
    entries: wholeNumber(
      'entries',
      options.entries ?? Math.min(buffers * (1 + spareAreas), IO_RQ_MAX_ENTRIES),
      1,
      IO_RQ_MAX_ENTRIES,
    ),
    cqEntries:
      2 **
      Math.ceil(
        Math.log2(wholeNumber('cqEntries', options.cqEntries ?? completionsFor(area, buffers), 1, 65536)),
      ),
    events: eventsOf(options.events),
    stats: oneOf('stats', options.stats ?? true, [true, false]),
    statsPlacement:
      (options.stats ?? true)
        ? oneOf('statsPlacement', options.statsPlacement ?? 'own-page', ['own-page', 'tight'])
        : 'none',
    rearmIntervalMs: rearmInterval(options.rearm),
    recovery: recoveryOf(options.recovery),
    highWaterMark: highWaterMarkOf(options.highWaterMark, highWaterFor(device, area, buffers)),
    guard: oneOf('guard', options.guard ?? false, [true, false]),
    userData: userData(options.userData ?? 2n ** 64n - 1n),
    check: oneOf('check', options.check, ['before', undefined]),
  };
}
