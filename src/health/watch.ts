import type { Health, HealthOptions } from './health.js';
import { HealthMonitor } from './monitor.js';
import type { EventType, StandstillReason } from './snapshot.js';

/** What is watched of an instance in this process: a `ZcrxInstance` of `zcrx/bridge` has all of it. */
export interface HealthSource {
  readonly closed: boolean;
  readonly role: 'creator' | 'importer';
  readonly plan: { readonly rq_entries: number };
  readonly registration: { readonly reg: { readonly flags: number; readonly rx_buf_len: number } };
  readonly received_bytes: bigint;
  /** Chunks that the program holds. */
  readonly held: number;
  readonly stalls: { readonly current: { readonly reasons: readonly StandstillReason[] } | undefined };
  /** @throws if it was opened without statistics */
  stats(): { readonly copy_count: bigint; readonly copy_bytes: bigint; readonly consistent: boolean };
  on(name: 'notification', listener: (notification: Notification) => void): unknown;
  on(name: 'stalled' | 'recovered' | 'close', listener: () => void): unknown;
  on(name: 'interrupted' | 'resumed', listener: (interruption: Interruption) => void): unknown;
  off(name: 'notification', listener: (notification: Notification) => void): unknown;
  off(name: 'stalled' | 'recovered' | 'close', listener: () => void): unknown;
  off(name: 'interrupted' | 'resumed', listener: (interruption: Interruption) => void): unknown;
}

interface Notification {
  readonly type: EventType | 'unknown';
  /** Milliseconds, as `performance.now()`. */
  readonly time: number;
}

interface Interruption {
  readonly reason: StandstillReason;
  readonly id: bigint;
}

export interface WatchOptions extends Pick<HealthOptions, 'thresholds'> {
  /** Milliseconds between samples, 1 or more; default 100. */
  readonly intervalMs?: number;
  /** Called when the state has changed. */
  readonly onChange?: (health: Health, before: Health['state']) => void;
}

/** An instance of this process whose health is followed. */
export interface HealthWatch {
  /** How it fares now; once it is closed or no longer watched, how it fared last. */
  health(): Health;
  /** Ends the watching; a second time does nothing. */
  stop(): void;
}

/** ZCRX_REG_NODEV of the registration's flags. */
const NODEV = 2;

/**
 * Watches an instance of this process until it is closed. Does not keep the process alive.
 *
 * ```ts
 * const zcrx = ZcrxInstance.open({ device: 'eth0', queue: 7 });
 * const watch = watchHealth(zcrx, { onChange: ({ state, words }) => console.warn(state, words) });
 * ```
 *
 * Call it before the first data: events and standstills of before are not known.
 * @throws RangeError naming the option, its value and what was expected
 */
export function watchHealth(instance: HealthSource, options: WatchOptions = {}): HealthWatch {
  const watch = new Watch(instance, options);
  watch.sample();
  return watch;
}

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

class Watch implements HealthWatch {
  private readonly instance: HealthSource;
  private readonly monitor: HealthMonitor;
  private readonly onChange: WatchOptions['onChange'];
  private readonly timer: unknown;
  /** Receives that are held back for a slow consumer. */
  private readonly heldBack = new Set<bigint>();
  private state: Health['state'] = 'unknown';
  private stopped = false;

  constructor(instance: HealthSource, { intervalMs = 100, thresholds, onChange }: WatchOptions) {
    if (!(intervalMs >= 1 && intervalMs < 2 ** 31)) {
      throw new RangeError(`intervalMs ${intervalMs}: expected a number of milliseconds, 1 to 2^31 - 1`);
    }
    const { flags, rx_buf_len } = instance.registration.reg;
    this.instance = instance;
    this.onChange = onChange;
    this.monitor = new HealthMonitor({
      rq_entries: instance.plan.rq_entries,
      rx_buf_len: rx_buf_len || undefined,
      // The kernel tells the ring that the instance was registered with, and no other.
      events: instance.role === 'creator',
      shared: instance.role === 'importer',
      nodev: (flags & NODEV) !== 0,
      thresholds,
    });
    instance.on('notification', this.notified);
    instance.on('interrupted', this.interrupted);
    instance.on('resumed', this.resumed);
    instance.on('stalled', this.sample);
    instance.on('recovered', this.sample);
    instance.on('close', this.stop);
    this.timer = setInterval(this.sample, intervalMs);
    // In a browser it is a number.
    (this.timer as { unref?: () => void }).unref?.();
  }

  health(): Health {
    this.sample();
    return this.monitor.health();
  }

  /** Takes in how things stand now. */
  readonly sample = (): void => {
    const { instance, monitor } = this;
    if (this.stopped || instance.closed) return;
    const stalled = this.standstill;
    const counters = this.counters();
    monitor.push({
      time: nanoseconds(performance.now()),
      received_bytes: instance.received_bytes,
      ...(counters && { counters }),
      ...(stalled && { stalled }),
    });
    this.tellChange();
  };

  readonly stop = (): void => {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer as number);
    const { instance } = this;
    instance.off('notification', this.notified);
    instance.off('interrupted', this.interrupted);
    instance.off('resumed', this.resumed);
    instance.off('stalled', this.sample);
    instance.off('recovered', this.sample);
    instance.off('close', this.stop);
  };

  private counters(): { copy_count: bigint; copy_bytes: bigint } | undefined {
    try {
      const { copy_count, copy_bytes, consistent } = this.instance.stats();
      // It may have been shared since.
      if (!consistent) this.monitor.share();
      return { copy_count, copy_bytes };
    } catch {
      return undefined; // opened without statistics
    }
  }

  private get standstill(): StandstillReason | undefined {
    const { stalls, held } = this.instance;
    const reasons = stalls.current?.reasons;
    if (reasons) return reasons.find((reason) => reason !== 'completions-full') ?? reasons[0];
    // A receive that ends while it is held back does not tell that it goes on.
    if (held === 0) this.heldBack.clear();
    return this.heldBack.size > 0 ? 'slow-consumer' : undefined;
  }

  private readonly notified = ({ type, time }: Notification): void => {
    if (type !== 'unknown') this.monitor.event(type, nanoseconds(time));
    this.sample();
  };

  private readonly interrupted = ({ reason, id }: Interruption): void => {
    if (reason === 'slow-consumer') this.heldBack.add(id);
  };

  private readonly resumed = ({ id }: Interruption): void => {
    this.heldBack.delete(id);
  };

  private tellChange(): void {
    if (!this.onChange) return;
    const before = this.state;
    this.state = this.monitor.state;
    if (this.state !== before) this.onChange(this.monitor.health(), before);
  }
}
