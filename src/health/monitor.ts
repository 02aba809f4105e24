import type { EventCount, Health, HealthOptions, HealthReason } from './health.js';
import { Held } from './held.js';
import { type Evidence, judge } from './judge.js';
import { Observation } from './observation.js';
import type { EventType, Snapshot } from './snapshot.js';
import type { HealthState } from './state.js';
import { type Thresholds, thresholds } from './thresholds.js';
import { Traffic } from './traffic.js';
import { wordsFor } from './words.js';

/** Judging is the dearer part of a snapshot, and no threshold is finer than this. */
const JUDGE_MS = 20;

/** Reasons that are conclusions: nobody told them. */
const INFERRED: readonly HealthReason[] = [
  'alloc-fail-counted',
  'ring-empty-data-waits',
  'ring-empty',
  'data-waits',
];

/**
 * Follows an instance from snapshot to snapshot and says how it fares. Snapshots may come at any times, from one in several
 * seconds to a thousand a second; the memory that is taken stays the same.
 *
 * ```ts
 * const monitor = new HealthMonitor({ events: false });
 * setInterval(() => {
 *   monitor.push(attached.snapshot());
 *   const { state, words } = monitor.health();
 *   console.log(state, words);
 * }, 1000);
 * ```
 */
export class HealthMonitor {
  private readonly options: { -readonly [Name in keyof HealthOptions]: HealthOptions[Name] };
  private readonly thresholds: Thresholds;
  private readonly seen: Observation;
  private readonly held: Held;
  private readonly evidence: Evidence;
  private readonly events = { copy: { count: 0 }, alloc_fail: { count: 0 } } as Record<
    EventType,
    { count: number; last?: bigint }
  >;
  private origin: bigint | undefined;
  private time = 0n;
  private since = 0n;
  private judged = Number.NEGATIVE_INFINITY;

  /** @throws RangeError naming the option, its value and what was expected */
  constructor(options: HealthOptions) {
    checkSizes(options);
    this.options = { ...options };
    this.thresholds = thresholds(options.thresholds);
    this.seen = new Observation(this.options, this.thresholds);
    this.held = new Held(this.thresholds);
    const traffic = new Traffic(this.seen, this.options, this.thresholds);
    this.evidence = { seen: this.seen, traffic, options: this.options, thresholds: this.thresholds };
  }

  /** Takes a snapshot. One whose time is before that of the last one counts as of the same time. */
  push(snapshot: Snapshot): void {
    if (this.origin === undefined) {
      this.origin = snapshot.time;
      this.since = snapshot.time;
      this.time = snapshot.time;
    }
    if (snapshot.time > this.time) this.time = snapshot.time;
    const now = Number(this.time - this.origin) / 1e6;
    const toldBefore = this.seen.told;
    if (this.seen.take(now, snapshot)) this.held.forget();
    if (now - this.judged < JUDGE_MS && toldBefore === this.seen.told) return;
    this.judged = now;
    this.evidence.traffic.judge();
    if (this.held.seems(judge(this.evidence, this.held.reason), now)) this.since = this.time;
  }

  /** A notification of the kernel's. @param time nanoseconds on the clock of the snapshots */
  event(type: EventType, time: bigint): void {
    if (this.origin === undefined) {
      this.time = time;
      this.since = time;
    }
    const event = this.events[type];
    event.count++;
    event.last = time;
    if (type === 'alloc_fail') this.seen.allocFailed();
  }

  /** The process has registered the instance anew: its counters have begun at zero, and count from there. */
  reset(): void {
    this.seen.restart();
    this.held.forget();
  }

  /** The instance is shared from now on: the counters are of other rings too. */
  share(): void {
    this.options.shared = true;
  }

  /** {@link Health.state}, which costs nothing to ask for. */
  get state(): HealthState {
    return this.held.state;
  }

  /** How the instance fared up to the last snapshot. */
  health(): Health {
    const { seen, held, evidence } = this;
    const { window } = seen;
    const known = seen.copy_count.known;
    const received = seen.received_bytes.known;
    const ofBytes = known && evidence.traffic.countsBytes && window.ms > 0 && window.amount('received') > 0;
    return {
      state: held.state,
      since: this.since,
      reason: held.reason,
      words: wordsFor(held.reason, evidence),
      inferred: INFERRED.includes(held.reason) || (held.reason === 'not-copied' && !received),
      time: this.time,
      ...(seen.counters && { counters: seen.counters }),
      ...(known && { copy_count: seen.copy_count.total, copy_bytes: seen.copy_bytes.total }),
      ...(received && { received_bytes: seen.received_bytes.total }),
      resets: seen.resets,
      ...rate('copies_per_second', known ? window.rate('copies') : undefined),
      ...rate('copied_bytes_per_second', known ? window.rate('copied') : undefined),
      ...rate('received_bytes_per_second', received ? window.rate('received') : undefined),
      ...rate('buffers_per_second', seen.free_entries === undefined ? undefined : window.rate('buffers')),
      ...(ofBytes && { copied_share: Math.min(1, window.amount('copied') / window.amount('received')) }),
      ...(seen.free_entries !== undefined && { free_entries: seen.free_entries }),
      ...(this.options.events && { events: this.eventCounts }),
      stalls: seen.stalls.figures,
    };
  }

  private get eventCounts(): { copy: EventCount; alloc_fail: EventCount } {
    return { copy: { ...this.events.copy }, alloc_fail: { ...this.events.alloc_fail } };
  }
}

const rate = <Name extends string>(name: Name, value: number | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: number };

function checkSizes({ rq_entries, rx_buf_len }: HealthOptions): void {
  for (const [name, value] of Object.entries({ rq_entries, rx_buf_len })) {
    if (value === undefined || (Number.isInteger(value) && value > 0 && value <= 2 ** 32)) continue;
    throw new RangeError(`${name} ${String(value)}: expected a whole number from 1 to 2^32`);
  }
}
