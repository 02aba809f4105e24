import type { Counters } from './snapshot.js';
import type { HealthState } from './state.js';
import type { ThresholdOptions } from './thresholds.js';

/** The state of each reason; the reasons' names never change. */
export const REASONS = {
  /** Data came, and (nearly) nothing was counted as copied. */
  'not-copied': 'zero-copy',
  /** More was counted as copied than is worth a word. */
  copied: 'copying',
  /** An instance without a device copies everything: that is how it works. */
  'copied-without-device': 'copying',
  /** The kernel told it: the page pool found no buffer for the device. */
  'alloc-fail': 'starving',
  /** The program told it: no free buffer in the area. */
  'area-exhausted': 'starving',
  /** Inferred: the device's driver counted buffers that it could not get. */
  'alloc-fail-counted': 'starving',
  /** Inferred: the refill ring is empty and stands still, and data waits that has to be copied. */
  'ring-empty-data-waits': 'starving',
  /** Inferred: the refill ring is empty and stands still, right after a load. */
  'ring-empty': 'starving',
  /** The program told it: the completion ring was full. */
  'completions-full': 'stalled',
  /** The program told it: it holds so much that its receives were paused, and nothing came in since. */
  'slow-consumer': 'stalled',
  /** Inferred: data waits in the sockets of the process, and nothing moves. */
  'data-waits': 'stalled',
  /** No snapshot has come yet. */
  'not-read-yet': 'unknown',
  /** Nothing could be read lately. */
  'not-readable': 'unknown',
  /** No data since watching began. */
  'no-data-yet': 'unknown',
  /** Data came, but too little to judge. */
  'little-data': 'unknown',
  /** What seems right has not lasted long enough to be said. */
  settling: 'unknown',
  /** No data for a while. */
  idle: 'unknown',
  /** The refill ring is empty and stands still; of an idle instance it may be so as well as of one out of buffers. */
  'idle-or-starving': 'unknown',
  /** The instance was registered without statistics, or they cannot be found. */
  'no-statistics': 'unknown',
  /** Nothing was counted as copied, and whether data came at all is not known. */
  'traffic-unknown': 'unknown',
} as const satisfies Readonly<Record<string, HealthState>>;

/** Why a state was judged: stable, for programs. */
export type HealthReason = keyof typeof REASONS;

/** What is known beforehand of an instance. */
export interface HealthOptions {
  /** Entries of the refill ring, a power of two. */
  readonly rq_entries?: number | undefined;
  /** Bytes of a buffer; default the size of a page on most machines, 4096. */
  readonly rx_buf_len?: number | undefined;
  /** Whether notifications are seen: of own instances that were not imported. Without them starvation can only be inferred. */
  readonly events: boolean;
  /** The counters are those of several rings together: the instance was imported, or is shared. */
  readonly shared?: boolean | undefined;
  /** The instance has no device (ZCRX_REG_NODEV): everything is copied, and no page pool takes buffers by itself. */
  readonly nodev?: boolean | undefined;
  readonly thresholds?: ThresholdOptions | undefined;
}

/** Notifications of one type. */
export interface EventCount {
  readonly count: number;
  /** Nanoseconds, as the snapshots' times. */
  readonly last?: bigint;
}

/** Standstills that the instance's own program told of. */
export interface StallFigures {
  readonly count: number;
  /** Nanoseconds of all of them, of one that lasts so far; likewise below. */
  readonly total: bigint;
  readonly longest: bigint;
  /** The one that lasts. */
  readonly current?: bigint;
}

/** How an instance fares, with the figures behind it. What is absent is unknown, not zero. */
export interface Health {
  readonly state: HealthState;
  /** Nanoseconds on the clock of the snapshots: when the state became what it is. */
  readonly since: bigint;
  readonly reason: HealthReason;
  /** The reason for people: with figures, and with what they do not prove. */
  readonly words: string;
  /** Concluded, and told neither by the kernel nor by the instance's own program. */
  readonly inferred: boolean;
  /** Nanoseconds: of the last snapshot, or of an event if none has come yet. */
  readonly time: bigint;
  /** The kernel's own counters as they were read last: since the instance was registered. */
  readonly counters?: Counters;
  /** Since watching began; of all rings together where the statistics are shared. */
  readonly copy_count?: bigint;
  readonly copy_bytes?: bigint;
  /** Since watching began. */
  readonly received_bytes?: bigint;
  /** How often the instance began anew at zero since then. */
  readonly resets: number;
  readonly copies_per_second?: number;
  readonly copied_bytes_per_second?: number;
  readonly received_bytes_per_second?: number;
  /** Buffers that went back to the kernel through the refill ring. */
  readonly buffers_per_second?: number;
  /** Copied among received bytes, 0 to 1. Not where the statistics are shared: they are of more than what is received here. */
  readonly copied_share?: number;
  /** Entries of the refill ring that the kernel has not taken yet. */
  readonly free_entries?: number;
  /** Absent where notifications are not seen. */
  readonly events?: { readonly copy: EventCount; readonly alloc_fail: EventCount };
  readonly stalls: StallFigures;
}
