import { wholeBigint, wholeNumber } from '../check.js';
import { BridgeError } from '../errors.js';
import type { StatsPlace } from './locate.js';

/** A refill region in a process's own memory, where only the process itself knows it. */
export interface AddressedRegion extends StatsPlace {
  /** Where it begins, whole pages. */
  readonly address: bigint;
  /** Bytes, whole pages. Default: what the planner gives `entries` with `placement`; else up to where the mapping ends. */
  readonly size?: number | undefined;
  /** The ring that it belongs to, by its descriptor in the process. Default: the only one that the process has. */
  readonly fd?: number | undefined;
  /** For telling instances apart, no more. Default: the lowest that the ring's other instances leave. */
  readonly zcrx_id?: number | undefined;
}

/** Where statistics lie is said for all instances of the process; for single ones see {@link AttachedInstance.locate}. */
export interface AttachOptions extends StatsPlace {
  /**
   * `mapped` (default): regions are mapped, and rings that the process closes stay until that is seen, see `checkMs`.
   * `remote`: regions are read out of the process's memory, and nothing is held; seen are only those that the process
   * itself has mapped.
   */
  readonly read?: 'mapped' | 'remote' | undefined;
  /** Only these rings, by their descriptors in the process. Default: all. */
  readonly fds?: readonly number[] | undefined;
  /** Regions in the process's own memory. */
  readonly regions?: readonly AddressedRegion[] | undefined;
  /**
   * Milliseconds between two looks whether the process still has its rings, from a timer that does not keep this process
   * alive: so long at most a ring is kept that its process has closed, if this thread has time. Default 100, from 10 to
   * 10,000; 0: never by itself, call `check`.
   */
  readonly checkMs?: number | undefined;
}

const FD_LIMIT = 2 ** 31 - 1;
const PID_LIMIT = 2 ** 22;
const CHECK_MS = 100;

/** The options, checked and complete. */
export interface CheckedOptions {
  readonly read: 'mapped' | 'remote';
  readonly fds: ReadonlySet<number> | undefined;
  readonly regions: readonly AddressedRegion[];
  readonly checkMs: number;
  readonly place: StatsPlace;
}

const KNOWN = ['read', 'fds', 'regions', 'checkMs', 'stats_offset', 'entries', 'placement'];

function checkPlace({ stats_offset, entries, placement }: StatsPlace): StatsPlace {
  if (stats_offset !== undefined) wholeNumber('stats_offset', stats_offset, 0, Number.MAX_SAFE_INTEGER);
  if (entries !== undefined) wholeNumber('entries', entries, 1, 32_768);
  if (placement !== undefined && placement !== 'own-page' && placement !== 'tight') {
    throw new BridgeError('bad-option', `placement is ${String(placement)}, expected own-page or tight`);
  }
  return { stats_offset, entries, placement };
}

function checkRegion(region: AddressedRegion, i: number, pageSize: number): void {
  const { address, size, fd, zcrx_id } = region;
  wholeBigint(`regions[${i}].address`, address, 2n ** 64n - 1n);
  if (address % BigInt(pageSize) !== 0n) {
    throw new BridgeError(
      'bad-option',
      `regions[${i}].address is 0x${address.toString(16)}, expected whole pages`,
    );
  }
  if (size !== undefined) {
    wholeNumber(`regions[${i}].size`, size, pageSize, 2 ** 30);
    if (size % pageSize !== 0) {
      throw new BridgeError(
        'bad-option',
        `regions[${i}].size is ${size}, expected whole pages of ${pageSize}`,
      );
    }
  }
  if (fd !== undefined) wholeNumber(`regions[${i}].fd`, fd, 0, FD_LIMIT);
  if (zcrx_id !== undefined) wholeNumber(`regions[${i}].zcrx_id`, zcrx_id, 0, 2 ** 31 - 1);
  checkPlace(region);
}

/** @throws BridgeError `bad-option` naming the option */
export function checkAttachOptions(pid: number, options: AttachOptions, pageSize: number): CheckedOptions {
  wholeNumber('pid', pid, 1, PID_LIMIT);
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new BridgeError('bad-option', `${unknown} is not known, expected one of ${KNOWN.join(', ')}`);
  }
  const { read = 'mapped', fds, regions = [], checkMs = CHECK_MS } = options;
  if (read !== 'mapped' && read !== 'remote') {
    throw new BridgeError('bad-option', `read is ${String(read)}, expected mapped or remote`);
  }
  for (const [i, fd] of (fds ?? []).entries()) wholeNumber(`fds[${i}]`, fd, 0, FD_LIMIT);
  for (const [i, region] of regions.entries()) checkRegion(region, i, pageSize);
  if (checkMs !== 0) wholeNumber('checkMs', checkMs, 10, 10_000);
  return { read, fds: fds && new Set(fds), regions, checkMs, place: checkPlace(options) };
}
