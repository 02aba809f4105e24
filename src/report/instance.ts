import { HealthMonitor, type HealthState } from '../health/index.js';
import type { EventType, Snapshot } from '../health/snapshot.js';
import { Buckets } from './buckets.js';
import { Counter } from './counter.js';
import { EventLog } from './event-log.js';
import {
  COLUMNS,
  type CounterName,
  type CounterReport,
  columnOf,
  type GaugeName,
  type GaugeReport,
  type Identity,
  type InstanceReport,
  type StateChange,
} from './report.js';
import { Timeline } from './timeline.js';

/** Nanoseconds between two looks at the state; it says itself since when it is so. */
const LOOK_EVERY = 250_000_000;
const MOST_EVENTS = 500;
const MOST_CHANGES = 500;

/** Buckets of one width given out as they are full, instead of a series that is kept. */
export interface Rows {
  /** Nanoseconds. */
  readonly width: number;
  /** Takes the only bucket there is. */
  readonly take: (instance: InstanceModel, bucket: Buckets, state: HealthState | undefined) => void;
}

/** One counter with its first and last reading. */
interface Read {
  readonly counter: Counter;
  first: bigint;
  last: bigint;
}

/** Takes what was seen of one instance, in order of time, and keeps of it what a report needs, in constant memory. */
export class InstanceModel {
  identity: Identity;
  readonly eventsKnown: boolean;
  private readonly rows: Rows | undefined;
  private readonly monitor: HealthMonitor;
  private readonly buckets: Buckets;
  private readonly counters = new Map<CounterName, Read>();
  private readonly gauges = new Map<GaugeName, { min: number; minTime: number; max: number; last: number }>();
  private readonly log = new EventLog(MOST_EVENTS);
  private readonly timeline: Timeline<HealthState>;
  private readonly changes: StateChange[] = [];
  private changeCount = 0;
  private lastChange: StateChange | undefined;
  private readonly from: number;
  private to: number;
  private samples = 0;
  private sampledAt: number;
  /** Since when its state is known; undefined in a time of which nothing is known. */
  private knownSince: number | undefined;
  /** Notifications since the last sample. */
  private readonly fired = { copy: 0, alloc_fail: 0 };
  private lookedAt = Number.NEGATIVE_INFINITY;
  private gone: { readonly time: number; readonly reason: string } | undefined;

  /**
   * @param time when it came to be known
   * @param eventsKnown whether its notifications are in the recording
   * @param limit of buckets, and of stretches of states
   * @param rows where buckets go that are not to be kept
   */
  constructor(identity: Identity, time: number, eventsKnown: boolean, limit: number, rows?: Rows) {
    this.identity = identity;
    this.eventsKnown = eventsKnown;
    this.from = time;
    this.to = time;
    this.sampledAt = time;
    this.knownSince = time;
    this.rows = rows;
    this.buckets = new Buckets(COLUMNS.length, limit, rows?.width);
    this.timeline = new Timeline(limit);
    const { rq_entries, rx_buf_len, if_idx } = identity;
    this.monitor = new HealthMonitor({
      events: eventsKnown,
      ...(rq_entries && { rq_entries }),
      // 0 in a registration stands for a page.
      ...(rx_buf_len && { rx_buf_len }),
      ...(if_idx !== undefined && { nodev: if_idx === 0 }),
    });
  }

  set limit(limit: number) {
    this.buckets.limit = limit;
    this.timeline.limit = limit;
  }

  /** Whether it is gone: what follows under its name is another. */
  get hasEnded(): boolean {
    return this.gone !== undefined;
  }

  /** @param snapshot whose time is that of the report, as is `time`, in nanoseconds */
  sample(snapshot: Snapshot, time: number): void {
    const { buckets } = this;
    if (this.rows) this.giveOut(this.rows, time);
    const at = buckets.at(time, this.sampledAt);
    this.samples++;
    this.sampledAt = time;
    this.knownSince ??= time;
    this.to = time;
    this.countFired(at);
    const { counters, refill, received_bytes, rx_alloc_fail, waiting_bytes } = snapshot;
    if (received_bytes !== undefined) this.count('received_bytes', received_bytes, time, at);
    if (counters) {
      this.count('copy_bytes', counters.copy_bytes, time, at);
      this.count('copy_count', counters.copy_count, time, at);
    }
    if (rx_alloc_fail !== undefined) this.count('rx_alloc_fail', rx_alloc_fail, time, at);
    if (refill) {
      this.count('buffers', BigInt(refill.head), time, at);
      this.gauge('free_entries', (refill.tail - refill.head) >>> 0, time, at);
    }
    if (waiting_bytes !== undefined) this.gauge('waiting_bytes', Number(waiting_bytes), time, at);
    this.monitor.push(snapshot);
    if (time - this.lookedAt >= LOOK_EVERY) this.look(time);
  }

  /** A notification of the kernel's, or something else that happened. */
  event(type: string, time: number, text?: string): void {
    this.to = Math.max(this.to, time);
    this.log.add(time, type, text);
  }

  /** As {@link event}, for those that health takes into account. */
  notification(type: EventType, time: number, exact: bigint): void {
    this.event(type, time);
    this.fired[type]++;
    this.monitor.event(type, exact);
  }

  /** The state as the recorder judged it: an event only where this report sees it otherwise. */
  judged(state: string, reason: string, time: number): void {
    if (this.samples > 0) this.look(time);
    if (state !== this.lastChange?.state) this.event('recorder', time, `judged it ${state}: ${reason}`);
  }

  /** For a time nothing is known of it: in what state it was, nobody can tell. */
  pause(): void {
    if (this.samples > 0) this.look(this.to);
    this.timeline.change(undefined, this.to);
    this.lastChange = undefined;
    this.knownSince = undefined;
  }

  /** It is no longer there; what may follow is another instance. */
  end(time: number, reason: string): void {
    this.event('gone', time, reason);
    this.gone = { time, reason };
  }

  /** What the report says of it. Nothing may follow. */
  report(): InstanceReport {
    if (this.samples > 0) this.look(this.to);
    this.timeline.end(this.to);
    for (const { counter } of this.counters.values()) counter.finish();
    if (this.buckets.length > 0) this.countFired(this.buckets.length - 1);
    if (this.rows) this.giveOut(this.rows, Number.POSITIVE_INFINITY);
    const { stalls, reason, words, inferred } = this.monitor.health();
    return {
      identity: this.identity,
      from: this.from,
      to: this.to,
      samples: this.samples,
      counters: Object.fromEntries([...this.counters].map(([name, read]) => [name, counterReport(read)])),
      gauges: Object.fromEntries(this.gauges) as { [Name in GaugeName]?: GaugeReport },
      buckets: this.buckets,
      eventsKnown: this.eventsKnown,
      events: {
        total: this.log.total,
        counts: this.log.counts,
        first: this.log.first,
        marks: this.log.marks(),
      },
      states: {
        figures: this.timeline.figures,
        stretches: this.timeline.stretches(),
        changes: this.changes,
        changeCount: this.changeCount,
        // Since when it is so was noted then; why, as things stand now.
        last: this.lastChange && { ...this.lastChange, reason, words, inferred },
      },
      stalls: { count: stalls.count, total: Number(stalls.total), longest: Number(stalls.longest) },
      gone: this.gone,
    };
  }

  /** Gives out the bucket at hand where a sample at `time` belongs to another one. */
  private giveOut(rows: Rows, time: number): void {
    const { buckets } = this;
    if (buckets.length === 0 || buckets.keyOf(0) === Math.floor(time / rows.width)) return;
    rows.take(this, buckets, this.lastChange?.state);
    buckets.clear();
  }

  /** Notifications count to the bucket of the sample that comes next. */
  private countFired(at: number): void {
    const { fired } = this;
    if (fired.copy > 0) this.buckets.add(columnOf('copy_events'), at, fired.copy, 0, Number.NaN);
    if (fired.alloc_fail > 0)
      this.buckets.add(columnOf('alloc_fail_events'), at, fired.alloc_fail, 0, Number.NaN);
    fired.copy = 0;
    fired.alloc_fail = 0;
  }

  private count(name: CounterName, value: bigint, time: number, at: number): void {
    let read = this.counters.get(name);
    if (!read) {
      const bits = name === 'buffers' ? 32 : 64;
      read = { counter: new Counter(this.buckets, columnOf(name), bits), first: value, last: value };
      this.counters.set(name, read);
    }
    read.last = value;
    read.counter.read(value, time, at);
  }

  private gauge(name: GaugeName, value: number, time: number, at: number): void {
    this.buckets.add(columnOf(name), at, value, 1, value);
    const gauge = this.gauges.get(name);
    if (!gauge) {
      this.gauges.set(name, { min: value, minTime: time, max: value, last: value });
      return;
    }
    if (value < gauge.min) {
      gauge.min = value;
      gauge.minTime = time;
    }
    if (value > gauge.max) gauge.max = value;
    gauge.last = value;
  }

  /** Asks for the state. */
  private look(time: number): void {
    this.lookedAt = time;
    const { state, reason, words, inferred, since, time: now } = this.monitor.health();
    const isNew = state !== this.lastChange?.state;
    if (!isNew) return;
    // How long it has been so counts from the last snapshot: the report's own clock is a number.
    const began = Math.max(this.lastChange?.time ?? this.knownSince ?? time, time - Number(now - since));
    this.timeline.change(state, began);
    this.lastChange = { time: began, state, reason, words, inferred };
    this.changeCount++;
    if (this.changes.length < MOST_CHANGES) this.changes.push(this.lastChange);
  }
}

function counterReport({ counter, first, last }: Read): CounterReport {
  const { total, resets, covered, peak } = counter;
  const mean = covered > 0 ? Number(total) / (covered / 1e9) : undefined;
  return { increase: total, first, last, resets, mean, peak };
}
