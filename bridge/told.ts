import type { EventType } from './events.js';
import type { UnreleasedChunk } from './guard.js';
import type { InterruptionReason } from './receive.js';
import type { Stall } from './stalls.js';

/** An event that the kernel reported. */
export interface Notification {
  /** `unknown` for a type that is newer than we are: see `res`. */
  readonly type: EventType | 'unknown';
  /** The type as the kernel writes it. */
  readonly res: number;
  readonly user_data: bigint;
  /** Milliseconds, as `performance.now()`. */
  readonly time: number;
}

/** The statistics of an instance at one moment. The counters are those of all rings that have it: never add them up. */
export interface Stats {
  /** Fragments that were copied. Zero does not prove zero copy: a packet's linear head is copied uncounted. */
  readonly copy_count: bigint;
  /** Bytes of these fragments. */
  readonly copy_bytes: bigint;
  /** Bytes that came in over the receives of this ring, however they came. */
  readonly received_bytes: bigint;
  /**
   * Whether the two counters belong together: true as long as the instance was never shared. Otherwise they may be an
   * update apart, and updates of several rings at once may be lost.
   */
  readonly consistent: boolean;
}

/** A receive that paused, or went on after a pause. */
export interface Interruption {
  readonly reason: InterruptionReason;
  readonly fd: number;
  /** `user_data` of the receive. */
  readonly id: bigint;
}

/** The events of an instance, with what they bring. */
export interface InstanceEvents {
  /** Never at an importer: the kernel tells the ring that the instance was registered with, and no other. */
  notification: [Notification];
  /** An event type was re-armed, by `rearm` or by itself. */
  rearmed: [EventType];
  /** A receive paused for want of room. By default it goes on by itself; see `recovery`. */
  interrupted: [Interruption];
  resumed: [Interruption];
  /** Receiving stands still for want of room; what was done about it so far is in it. */
  stalled: [Stall];
  /** It goes on, or there is nothing left to receive: what was done about it, and how long it took. */
  recovered: [Stall];
  /** A chunk was collected as garbage and never released. Only with `guard: true`. */
  unreleased: [UnreleasedChunk];
  /** Completions found the ring full; the kernel kept them and delivers them late. */
  overflow: [];
  close: [];
}
