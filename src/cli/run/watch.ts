import type { AdviceTopic } from './events.js';

/** How things stand on a device. */
export interface Standing {
  /** Milliseconds since the run began. */
  readonly timeMs: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Connections there ever were. */
  readonly accepted: number;
  readonly received_bytes: bigint;
  readonly copy_bytes: bigint;
}

/** What is to be told. */
export interface Finding {
  readonly topic: Exclude<AdviceTopic, 'steering' | 'local'>;
  /** Of `copied`, `partly-copied` and `fine`: the share of what came last. */
  readonly copied_percent?: number;
}

const NOBODY_MS = 10_000;
const SILENCE_MS = 5_000;
/** Time and bytes over which the share of copies is judged: a few packets prove nothing. */
const WINDOW_MS = 3_000;
const ENOUGH = 64n << 10n;
/** Per cent of copies from which all counts as copied, and from which it is worth a word. */
const ALL = 90;
const SOME = 10;

/**
 * Notices what is wrong with the traffic of a device, as it cannot be seen from a kernel's errors: there are none. Each
 * thing is told when it begins to be so.
 */
export class Watch {
  private told: Finding['topic'] | undefined;
  private window: Standing = { timeMs: 0, connections: 0, accepted: 0, received_bytes: 0n, copy_bytes: 0n };
  private lastData = 0;
  private lastReceived = 0n;

  /** What is to be told now, if anything. */
  look(now: Standing): Finding | undefined {
    if (now.connections === 0 || now.received_bytes !== this.lastReceived) this.lastData = now.timeMs;
    this.lastReceived = now.received_bytes;
    const finding = this.missing(now) ?? this.copies(now);
    // That all is well is news only where something was wrong.
    if (!finding || finding.topic === this.told) return undefined;
    const isNews = finding.topic !== 'fine' || this.told !== undefined;
    this.told = finding.topic;
    return isNews ? finding : undefined;
  }

  private missing(now: Standing): Finding | undefined {
    if (now.accepted === 0) return now.timeMs >= NOBODY_MS ? { topic: 'no-connection' } : undefined;
    return now.timeMs - this.lastData >= SILENCE_MS ? { topic: 'no-data' } : undefined;
  }

  private copies(now: Standing): Finding | undefined {
    const received = now.received_bytes - this.window.received_bytes;
    if (now.timeMs - this.window.timeMs < WINDOW_MS || received < ENOUGH) return undefined;
    const copied = now.copy_bytes - this.window.copy_bytes;
    this.window = now;
    // What was copied may be received a moment later.
    const copied_percent = Math.min(100, Number((copied * 1000n) / received) / 10);
    if (copied_percent >= ALL) return { topic: 'copied', copied_percent };
    return { topic: copied_percent >= SOME ? 'partly-copied' : 'fine', copied_percent };
  }
}
