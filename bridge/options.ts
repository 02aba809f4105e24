import { IO_RQ_MAX_ENTRIES } from '../src/generated/constants.js';
import type { StatsPlacement } from '../src/plan.js';
import { alignUp, wholeNumber } from './check.js';
import { BridgeError } from './errors.js';
import { EVENT_TYPES, type EventType } from './events.js';
import type { CheckOptions } from './verdict/types.js';

/** How an instance is opened. All of it may be left out. */
export interface OpenOptions extends CheckOptions {
  /** Bytes for payload, rounded up to whole pages. Default 16 MiB. */
  areaSize?: number;
  /**
   * The area lies in the linear memory (default; views without a copy, up to 4 GiB) or outside (copied when read). One
   * outside stays mapped when a worker thread is terminated before it closed the instance.
   */
  area?: 'linear' | 'mapped';
  /** Refill entries, 1 to 32768, rounded up to a power of two. Default: one for each page of the area. */
  entries?: number;
  /** Completions that the ring holds, 1 to 65536, rounded up to a power of two. Default 4096. */
  cqEntries?: number;
  /** Events to be told of. Default both. Without events and statistics no kernel support for them is needed. */
  events?: readonly EventType[];
  /** Have the kernel keep statistics. Default true. */
  stats?: boolean;
  /** Where the statistics go behind the refill ring. Default `own-page`. */
  statsPlacement?: Exclude<StatsPlacement, 'none'>;
  /** Re-arm an event by itself when it fired, at most once in `minIntervalMs` (default 1000) a type. Default false. */
  rearm?: boolean | { minIntervalMs: number };
  /** `user_data` of notifications. Default 2^64 - 1. Requests of the instance count up from 1. */
  userData?: bigint;
}

/** The options with every default filled in. */
export interface Settings extends CheckOptions {
  readonly areaSize: number;
  readonly linear: boolean;
  readonly entries: number;
  readonly cqEntries: number;
  readonly events: readonly EventType[];
  readonly stats: boolean;
  readonly statsPlacement: StatsPlacement;
  readonly rearmIntervalMs: number | undefined;
  readonly userData: bigint;
}

const KNOWN = [
  'areaSize',
  'area',
  'entries',
  'cqEntries',
  'events',
  'stats',
  'statsPlacement',
  'rearm',
  'userData',
  'check',
];
const AREA_LIMIT = 2 ** 40;
const DEFAULT_AREA = 16 * 2 ** 20;
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

/** @throws BridgeError `bad-option` naming the option, its value and what was expected */
export function settingsOf(options: OpenOptions, pageSize: number): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new BridgeError('bad-option', `the options are ${String(options)}, expected an object`);
  }
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown)
    throw new BridgeError('bad-option', `there is no option ${unknown}, expected ${KNOWN.join(', ')}`);
  const areaSize = alignUp(
    wholeNumber('areaSize', options.areaSize ?? DEFAULT_AREA, 1, AREA_LIMIT),
    pageSize,
  );
  if (!Array.isArray(options.events ?? EVENT_TYPES)) {
    throw new BridgeError(
      'bad-option',
      `events is ${String(options.events)}, expected a list of ${EVENT_TYPES.join(' and ')}`,
    );
  }
  const events = [...new Set(options.events ?? EVENT_TYPES)];
  for (const event of events) oneOf('events', event, EVENT_TYPES);
  return {
    areaSize,
    linear: oneOf('area', options.area ?? 'linear', ['linear', 'mapped']) === 'linear',
    entries: wholeNumber(
      'entries',
      options.entries ?? Math.min(areaSize / pageSize, IO_RQ_MAX_ENTRIES),
      1,
      IO_RQ_MAX_ENTRIES,
    ),
    cqEntries: 2 ** Math.ceil(Math.log2(wholeNumber('cqEntries', options.cqEntries ?? 4096, 1, 65536))),
    events,
    stats: oneOf('stats', options.stats ?? true, [true, false]),
    statsPlacement:
      (options.stats ?? true)
        ? oneOf('statsPlacement', options.statsPlacement ?? 'own-page', ['own-page', 'tight'])
        : 'none',
    rearmIntervalMs: rearmInterval(options.rearm),
    userData: userData(options.userData ?? 2n ** 64n - 1n),
    check: oneOf('check', options.check, ['before', undefined]),
  };
}
