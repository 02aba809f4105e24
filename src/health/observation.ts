import { Counter, entriesBetween, Index } from './counters.js';
import type { HealthOptions } from './health.js';
import { Shortage } from './shortage.js';
import type { Counters, RefillIndices, Snapshot, StandstillReason } from './snapshot.js';
import { ToldStalls } from './stalls.js';
import type { Thresholds } from './thresholds.js';
import { Window } from './window.js';

/** Copied counts and bytes, received bytes, buffers given back, and the milliseconds of standstills. */
const SERIES = ['copies', 'copied', 'received', 'buffers', 'starved', 'stalled'] as const;

/** Standstills that are the kernel's want of buffers. */
type Starving = Extract<StandstillReason, 'alloc-fail' | 'area-exhausted'> | 'alloc-fail-counted';

const isStarving = (reason: StandstillReason): reason is 'alloc-fail' | 'area-exhausted' =>
  reason === 'alloc-fail' || reason === 'area-exhausted';

/** A reader may be late, but not for this to be a standstill: with back-pressure data still comes. */
const counts = (reason: StandstillReason | undefined): boolean =>
  reason !== undefined && reason !== 'slow-consumer';

/** Failures between two snapshots count as a shortage of no more than this, however seldom it is looked. */
const FAILURE_MS = 250;

/** What the snapshots of an instance say, taken together. Times are milliseconds since the first one. */
export class Observation {
  readonly window: Window<(typeof SERIES)[number]>;
  readonly copy_count = new Counter();
  readonly copy_bytes = new Counter();
  /** As they were read last. */
  counters: Counters | undefined;
  readonly received_bytes = new Counter();
  readonly stalls = new ToldStalls();
  /** How often the instance began anew at zero. */
  resets = 0;
  /** The time of the last snapshot. */
  now = 0;
  /** When anything could be read last; undefined: never. */
  read: number | undefined;
  /** When anything moved last: an index, a counter, the received bytes. Or since when it is known to stand still. */
  moved = 0;
  /** Anything has moved while it was watched. */
  hasMoved = false;
  /** Anything has moved since the instance was registered. */
  everMoved = false;
  /** Buffers that were given back in the window that ended when anything moved last. */
  load = 0;
  free_entries: number | undefined;
  /** Since when data waits at each look; undefined: it does not, or that is unknown. */
  waits: number | undefined;
  waiting_bytes = 0n;
  /** Whether the device's driver counts what it cannot get. */
  countsFailures = false;
  failures = 0n;
  /** The standstill that is told now. */
  told: StandstillReason | undefined;
  /** By what the last time was known in which the kernel lacked buffers. */
  starvedBy: Starving = 'alloc-fail';
  /** Since when nothing comes in while the program's own pause is told; undefined: it does, or that is not told. */
  pausedSince: number | undefined;

  private readonly head = new Index();
  private readonly tail = new Index();
  private readonly alloc_fail = new Counter();
  private readonly shortage = new Shortage();
  private readonly rq_entries: number | undefined;
  private readonly thresholds: Thresholds;
  private begun = false;
  private anew = false;

  constructor({ rq_entries }: HealthOptions, thresholds: Thresholds) {
    this.rq_entries = rq_entries;
    this.thresholds = thresholds;
    this.window = new Window(thresholds.windowMs, SERIES);
  }

  /** Takes a snapshot of this time, not before the last one; returns whether too much time went by to say what happened. */
  take(time: number, snapshot: Snapshot): boolean {
    const ms = this.begun ? time - this.now : 0;
    const gap = ms > this.thresholds.gapMs;
    this.now = time;
    const failuresBefore = this.failures;
    const moved = this.readAll(time, snapshot);
    this.hasMoved ||= moved;
    this.everMoved ||= moved;
    if (moved || gap) this.moved = time;
    if (this.free_entries !== undefined && this.free_entries > 0) this.shortage.end();
    if (gap) this.afterGap();
    else this.pass(ms, moved, this.failures > failuresBefore);
    this.tellStandstill(time, moved, snapshot.stalled);
    if (gap || !this.begun) this.window.restart(time);
    else this.window.moveTo(time);
    if (moved) this.load = this.window.amount('buffers');
    this.begun = true;
    return gap;
  }

  /** The kernel told that it had no buffer. */
  allocFailed(): void {
    this.starvedBy = 'alloc-fail';
    this.shortage.failed();
  }

  /** The instance was registered anew: all counters stand at zero. */
  restart(): void {
    this.resets++;
    for (const value of [this.copy_count, this.copy_bytes, this.received_bytes, this.head, this.tail])
      value.restart();
    this.shortage.end();
  }

  /** Takes the values in; returns whether any has changed. */
  private readAll(time: number, snapshot: Snapshot): boolean {
    const { counters, refill, received_bytes, rx_alloc_fail, waiting_bytes, stalled } = snapshot;
    this.anew = false;
    let moved = refill !== undefined && this.readRing(refill);
    if (counters && this.readCounters(counters)) moved = true;
    if (received_bytes !== undefined && this.readReceived(received_bytes)) moved = true;
    if (rx_alloc_fail !== undefined) this.readFailures(rx_alloc_fail);
    if (waiting_bytes !== undefined) {
      this.waiting_bytes = waiting_bytes;
      this.waits = waiting_bytes > 0n ? (this.waits ?? time) : undefined;
    }
    if (this.anew) this.resets++;
    const found = counters ?? refill ?? received_bytes ?? rx_alloc_fail ?? waiting_bytes ?? stalled;
    if (found !== undefined) this.read = time;
    return moved;
  }

  private readRing({ head, tail }: RefillIndices): boolean {
    this.anew = this.head.fell(head) || this.tail.fell(tail);
    this.everMoved ||= tail !== 0;
    const given = this.tail.take(tail, this.anew);
    const taken = this.head.take(head, this.anew);
    this.free_entries = entriesBetween(head, tail, this.rq_entries);
    this.window.add('buffers', given);
    return this.anew || given > 0 || taken > 0;
  }

  private readCounters(counters: Counters): boolean {
    const { copy_count, copy_bytes } = counters;
    this.counters = counters;
    this.everMoved ||= copy_count !== 0n;
    const count = this.copy_count.look(copy_count);
    const bytes = this.copy_bytes.look(copy_bytes);
    // A new ring tells that the block is a new one too, though it may not be far below what it was.
    const isNew =
      count.kind === 'reset' ||
      bytes.kind === 'reset' ||
      (this.anew && (count.kind === 'back' || bytes.kind === 'back'));
    this.anew ||= isNew;
    this.window.add('copies', this.copy_count.take(copy_count, isNew ? copy_count : count.by));
    this.window.add('copied', this.copy_bytes.take(copy_bytes, isNew ? copy_bytes : bytes.by));
    return isNew || count.by > 0n || count.kind === 'back';
  }

  private readReceived(received_bytes: bigint): boolean {
    this.everMoved ||= received_bytes !== 0n;
    const { kind, by } = this.received_bytes.look(received_bytes);
    const isNew = kind === 'reset';
    this.anew ||= isNew;
    this.window.add('received', this.received_bytes.take(received_bytes, by));
    return isNew || by > 0n;
  }

  private readFailures(rx_alloc_fail: bigint): void {
    const { kind, by } = this.alloc_fail.look(rx_alloc_fail);
    // A driver that was loaded anew says nothing of this instance.
    this.alloc_fail.take(rx_alloc_fail, kind === 'forward' ? by : 0n);
    this.failures = this.alloc_fail.total;
    this.countsFailures = true;
  }

  /** What so many milliseconds were, that ended with this snapshot. */
  private pass(ms: number, moved: boolean, failed: boolean): void {
    if (failed) {
      this.starvedBy = this.told === undefined ? 'alloc-fail-counted' : this.starvedBy;
      if (this.free_entries === undefined || this.free_entries === 0) this.shortage.failed();
    }
    const short = this.shortage.pass(ms, moved);
    const toldShort = this.told !== undefined && isStarving(this.told);
    this.window.add('starved', toldShort ? ms : Math.max(short, failed ? Math.min(ms, FAILURE_MS) : 0));
    if (this.told === 'completions-full') this.window.add('stalled', ms);
    this.stalls.pass(ms);
  }

  private tellStandstill(time: number, moved: boolean, told: StandstillReason | undefined): void {
    if (this.told !== undefined && told === undefined) this.shortage.end();
    this.told = told;
    this.stalls.tell(counts(told));
    if (told !== undefined && isStarving(told)) this.starvedBy = told;
    if (told !== 'slow-consumer') this.pausedSince = undefined;
    else if (moved || this.pausedSince === undefined) this.pausedSince = time;
  }

  /** What was so before is known no longer to have been so all the time. */
  private afterGap(): void {
    this.shortage.end();
    this.stalls.tell(false);
    this.told = undefined;
    this.pausedSince = undefined;
  }
}
