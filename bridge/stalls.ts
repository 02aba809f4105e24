import type { InterruptionReason } from './receive.js';

/** Why receiving stands still: the page pool found no buffer for the device, or a receive paused. */
export type StallReason = 'alloc-fail' | Exclude<InterruptionReason, 'slow-consumer'>;

/** What was done about a stall. */
export interface StallAction {
  /**
   * `flush`: what the program had released was given to the kernel; `add-area`: the kernel got another area; `rearm`:
   * ALLOC_FAIL can fire again; `resubmit`: a receive that had ended was submitted again.
   */
  readonly action: 'flush' | 'add-area' | 'rearm' | 'resubmit';
  /** Milliseconds since the stall began. */
  readonly afterMs: number;
  /** Buffers that the kernel got by it, of `flush` and `add-area`. */
  readonly buffers?: number;
  /** The socket, of `resubmit`. */
  readonly fd?: number;
  /** Why it failed, if it did. */
  readonly error?: string;
}

/** A time in which nothing could be received for want of room. */
export interface Stall {
  /** What was told, in this order. */
  readonly reasons: readonly StallReason[];
  /** When it began, in milliseconds as `performance.now()`. */
  readonly time: number;
  /** How long, in milliseconds, until data came again; so far, while it lasts. */
  readonly ms: number;
  readonly actions: readonly StallAction[];
  /** Bytes that the instance had received when it began. */
  readonly received_bytes: bigint;
  /** Buffers that the program had not released when it began: with all of them held, it is the consumer that is slow. */
  readonly held: number;
  /** Buffers of all areas when it began. */
  readonly buffers: number;
  /** What is likely to blame, and what helps. */
  readonly explanation: string;
  /** `resumed`: data came again. `over`: nothing was left to be received. undefined: it lasts. */
  readonly end: 'resumed' | 'over' | undefined;
}

/** All stalls of an instance. */
export interface StallSummary {
  readonly count: number;
  /** Milliseconds of all of them, of one that lasts up to now. */
  readonly ms: number;
  readonly longestMs: number;
  /** The one that lasts. */
  readonly current: Stall | undefined;
}

type State = Pick<Stall, 'received_bytes' | 'held' | 'buffers'>;

function explain(reason: StallReason, { held, buffers }: State): string {
  if (reason === 'completions-full')
    return 'the completion ring was full: more came at once than it holds (cqEntries)';
  if (held >= buffers * 0.75)
    return `the program holds ${held} of ${buffers} buffers: it releases them too late, or needs a larger area (areaSize) or spare ones`;
  return `the program holds only ${held} of ${buffers} buffers, the others wait in sockets: the area should have more than their receive buffers may take (areaSize, or sysctl net.ipv4.tcp_rmem)`;
}

type Open = { -readonly [Key in keyof Stall]: Stall[Key] } & {
  reasons: StallReason[];
  actions: StallAction[];
};

/** Keeps account of stalls: of one at a time, as receiving either goes on or does not. */
export class Stalls {
  private open: Open | undefined;
  private count = 0;
  private ms = 0;
  private longestMs = 0;

  get lasts(): boolean {
    return this.open !== undefined;
  }

  /** Begins a stall and returns it, or adds a reason to the one that lasts and returns undefined. */
  begin(reason: StallReason, state: State): (() => Stall) | undefined {
    if (this.open) {
      if (!this.open.reasons.includes(reason)) this.open.reasons.push(reason);
      return undefined;
    }
    this.count++;
    const open: Open = {
      reasons: [reason],
      time: performance.now(),
      ms: 0,
      actions: [],
      explanation: explain(reason, state),
      end: undefined,
      ...state,
    };
    this.open = open;
    return () => this.copy(open);
  }

  act(action: StallAction['action'], more: Pick<StallAction, 'buffers' | 'fd' | 'error'> = {}): void {
    this.open?.actions.push({ action, afterMs: performance.now() - this.open.time, ...more });
  }

  /** Ends the stall that lasts, if one does, and returns it. */
  end(how: 'resumed' | 'over'): Stall | undefined {
    const { open } = this;
    if (!open) return undefined;
    this.open = undefined;
    open.ms = performance.now() - open.time;
    open.end = how;
    this.ms += open.ms;
    this.longestMs = Math.max(this.longestMs, open.ms);
    return open;
  }

  private copy(open: Open): Stall {
    const ms = open.end ? open.ms : performance.now() - open.time;
    return { ...open, ms, reasons: [...open.reasons], actions: [...open.actions] };
  }

  get summary(): StallSummary {
    const current = this.open && this.copy(this.open);
    return {
      count: this.count,
      ms: this.ms + (current?.ms ?? 0),
      longestMs: Math.max(this.longestMs, current?.ms ?? 0),
      current,
    };
  }
}
