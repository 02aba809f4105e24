/** What a report consists of. Times are nanoseconds since the start of the first file, as numbers. */
import type { HealthState } from '../health/index.js';
import type { Buckets } from './buckets.js';
import type { EventMark, LoggedEvent } from './event-log.js';
import type { StateFigures, Stretch } from './timeline.js';

/** Counters in the columns of the buckets. */
export const COUNTERS = ['received_bytes', 'copy_bytes', 'copy_count', 'buffers', 'rx_alloc_fail'] as const;
/** Gauges in the columns behind them. */
export const GAUGES = ['free_entries', 'waiting_bytes'] as const;
/** Notifications in a bucket, behind those. */
export const EVENT_COLUMNS = ['copy_events', 'alloc_fail_events'] as const;
export const COLUMNS = [...COUNTERS, ...GAUGES, ...EVENT_COLUMNS] as const;

export type CounterName = (typeof COUNTERS)[number];
export type GaugeName = (typeof GAUGES)[number];
export type ColumnName = (typeof COLUMNS)[number];

/** The number of a column. */
export const columnOf = (name: ColumnName): number => COLUMNS.indexOf(name);

/** Who an instance is. What is absent is not known. */
export interface Identity {
  /** The recorder's number. */
  readonly number: number;
  /** Whose it is and how it was read: the recorder's own, or by a mapping, or from the memory of its process. */
  readonly how: 'own' | 'mapped' | 'remote' | 'unknown';
  readonly zcrx_id?: number;
  readonly pid?: number;
  /** May hold anything. */
  readonly command?: string;
  /** Descriptor of the ring in its process. */
  readonly fd?: number;
  /** Interface and queue; if_idx 0: without a device. */
  readonly if_idx?: number;
  readonly if_rxq?: number;
  readonly rq_entries?: number;
  /** Bytes. */
  readonly rx_buf_len?: number;
  readonly area_size?: bigint;
  readonly region_size?: number;
  readonly stats_offset?: number;
  /** May hold anything. */
  readonly note?: string;
}

/** A counter over the recording. */
export interface CounterReport {
  /** How much it went on from the first reading to the last. */
  readonly increase: bigint;
  /** Where it stood at the first and the last reading. */
  readonly first: bigint;
  readonly last: bigint;
  /** How often it was set back. */
  readonly resets: number;
  /** Per second, over the time in which it was read; undefined where that is none. */
  readonly mean: number | undefined;
  /** The largest rate per second between two samples at least half a millisecond apart. */
  readonly peak: { readonly rate: number; readonly time: number } | undefined;
}

export interface GaugeReport {
  readonly min: number;
  readonly minTime: number;
  readonly max: number;
  readonly last: number;
}

export interface StateChange {
  readonly time: number;
  readonly state: HealthState;
  /** A stable code, and the same in words. */
  readonly reason: string;
  readonly words: string;
  /** Concluded, not told by the kernel or the program. */
  readonly inferred: boolean;
}

export interface InstanceReport {
  readonly identity: Identity;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Only those that could be read. */
  readonly counters: { readonly [Name in CounterName]?: CounterReport };
  readonly gauges: { readonly [Name in GaugeName]?: GaugeReport };
  /** Columns as {@link COLUMNS}; rates per second. */
  readonly buckets: Buckets;
  /** Whether notifications could be seen; where not, none in `events` means nothing. */
  readonly eventsKnown: boolean;
  readonly events: {
    readonly total: number;
    readonly counts: ReadonlyMap<string, number>;
    /** The first of them. */
    readonly first: readonly LoggedEvent[];
    readonly marks: { readonly [type: string]: readonly EventMark[] };
  };
  readonly states: {
    readonly figures: ReadonlyMap<HealthState, StateFigures>;
    readonly stretches: readonly Stretch<HealthState>[];
    /** The first changes. */
    readonly changes: readonly StateChange[];
    readonly changeCount: number;
    /** As it stood at the end. */
    readonly last: StateChange | undefined;
  };
  readonly stalls: { readonly count: number; readonly total: number; readonly longest: number };
  /** Why it was gone before the recording ended. */
  readonly gone: { readonly time: number; readonly reason: string } | undefined;
}

/** How reading one file of the recording ended. */
export interface FileReport {
  readonly name: string;
  readonly frames: number;
  /** Frames of types that this version does not know. */
  readonly skipped: number;
  /** Bytes that were good. */
  readonly bytes: number;
  /** Whether the recorder ended it. */
  readonly complete: boolean;
  /** Where and why reading stopped before its end. */
  readonly damage: { readonly offset: number; readonly reason: string } | undefined;
}

/** Where a recording comes from. The texts may hold anything. */
export interface Origin {
  /** Version of the program that recorded. */
  readonly tool: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly revision: string;
  readonly note: string;
}

export interface Report {
  /** Nanoseconds since 1970 at time 0. */
  readonly wallClock: bigint;
  /** The time of the last frame. */
  readonly to: number;
  /** The first of them, if there are many. */
  readonly origins: readonly Origin[];
  /** Why the recorder ended, in its own words; undefined where it did not. */
  readonly reason: string | undefined;
  readonly files: readonly FileReport[];
  readonly instances: readonly InstanceReport[];
  /** Instances beyond those that a report has room for. */
  readonly omitted: number;
  /** What is odd about the recording, in words. */
  readonly remarks: readonly string[];
}
