import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecording } from '../../src/capture/index.js';
import {
  type EventType,
  HealthMonitor,
  type HealthReason,
  type HealthState,
  type Snapshot,
  type StandstillReason,
} from '../../src/health/index.js';
import { decode } from '../../src/layout/decode.js';

// Playing what was recorded in real kernels (test/traces) through a monitor.

const place = (file: string): string => fileURLToPath(new URL(`../traces/${file}`, import.meta.url));

/** A change of state. */
export interface Change {
  /** Seconds of the trace. */
  readonly at: number;
  readonly state: HealthState;
  readonly reason: HealthReason;
  readonly inferred: boolean;
}

export interface Played {
  readonly changes: readonly Change[];
  readonly monitor: HealthMonitor;
}

class Player {
  readonly changes: Change[] = [];
  readonly monitor: HealthMonitor;

  constructor(monitor: HealthMonitor) {
    this.monitor = monitor;
  }

  push(snapshot: Snapshot): void {
    this.monitor.push(snapshot);
    if (this.changes.at(-1)?.state === this.monitor.state) return;
    const { state, reason, inferred, since } = this.monitor.health();
    this.changes.push({ at: Number(since) / 1e9, state, reason, inferred });
  }
}

/** The first line of a trace. */
interface Start {
  readonly what: string;
  readonly kernel: string;
  readonly device: boolean;
  readonly rq_entries: number;
}

/** The others: a sample, or what was told or done. Times are microseconds. */
interface Line {
  readonly us: number;
  readonly head?: number;
  readonly tail?: number;
  readonly copy_count?: number;
  readonly copy_bytes?: number;
  readonly received?: number;
  readonly waiting?: number;
  readonly rx_alloc_fail?: number;
  readonly event?: EventType;
  readonly stalled?: StandstillReason;
  readonly recovered?: true;
  readonly did?: string;
  readonly state?: HealthState;
  readonly reason?: HealthReason;
}

/** What is told of an instance beside its memory. */
interface Seen {
  readonly device?: boolean;
  readonly sockets?: boolean;
}

export class Trace {
  readonly start: Start;
  private readonly lines: readonly Line[];

  constructor(name: string) {
    const [start, ...lines] = readFileSync(place(`${name}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    this.start = start as Start;
    this.lines = lines as Line[];
  }

  /** When something was done or told, in seconds. */
  when(what: string): number {
    const line = this.lines.find(({ did, event }) => did === what || event === what);
    if (!line) throw new Error(`the trace does not tell of ${what}`);
    return line.us / 1e6;
  }

  /** What the library told of it while it happened. */
  get live(): readonly Omit<Change, 'inferred'>[] {
    return this.lines.flatMap(({ us, state, reason }) =>
      state && reason ? [{ at: us / 1e6, state, reason }] : [],
    );
  }

  /** As the instance's own program sees it; of the samples one in so many. */
  own(oneIn = 1): Played {
    const { start } = this;
    const player = new Player(
      new HealthMonitor({ events: true, rq_entries: start.rq_entries, nodev: !start.device }),
    );
    let stalled: StandstillReason | undefined;
    let number = 0;
    let last: Line | undefined;
    const push = (us: number) =>
      last &&
      player.push({
        time: BigInt(us) * 1000n,
        counters: countersOf(last),
        received_bytes: BigInt(last.received ?? 0),
        ...(stalled && { stalled }),
      });
    for (const line of this.lines) {
      if (line.head !== undefined) {
        last = line;
        if (number++ % oneIn === 0) push(line.us);
      }
      if (line.event) player.monitor.event(line.event, BigInt(line.us) * 1000n);
      if (line.stalled ?? line.recovered) {
        stalled = line.stalled;
        push(line.us);
      }
    }
    return player;
  }

  /** As somebody sees it who has its memory alone, and what is told of device and sockets, or not that either; from a sample on. */
  foreign(oneIn = 1, seen: Seen = { device: true, sockets: true }, from = 0): Played {
    const player = new Player(new HealthMonitor({ events: false, rq_entries: this.start.rq_entries }));
    let number = 0;
    for (const line of this.lines) {
      const { us, head, tail, waiting, rx_alloc_fail } = line;
      if (head === undefined || tail === undefined || number++ % oneIn !== 0) continue;
      if (number <= from) continue;
      player.push({
        time: BigInt(us) * 1000n,
        counters: countersOf(line),
        refill: { head, tail },
        ...(seen.sockets && waiting !== undefined && { waiting_bytes: BigInt(waiting) }),
        ...(seen.device && rx_alloc_fail !== undefined && { rx_alloc_fail: BigInt(rx_alloc_fail) }),
      });
    }
    return player;
  }

  /** Its first sample. */
  get first(): Line {
    return this.lines.find(({ head }) => head !== undefined) as Line;
  }

  /** Its last sample. */
  get end(): Line {
    return this.lines.findLast(({ head }) => head !== undefined) as Line;
  }
}

const countersOf = ({ copy_count = 0, copy_bytes = 0 }: Line) => ({
  copy_count: BigInt(copy_count),
  copy_bytes: BigInt(copy_bytes),
});

/** A recording of `zcrx run --record`, and when the kernel told of what. */
export function playRecording(file: string, nodev: boolean): Played & { told: [EventType, number][] } {
  const player = new Player(new HealthMonitor({ events: true, nodev }));
  const told: [EventType, number][] = [];
  let user_data: bigint | undefined;
  for (const frame of readRecording(readFileSync(place(file)))) {
    if (frame.type === 'registered') ({ user_data } = decode('zcrx_event_desc', frame.eventDesc).fields);
    if (frame.type === 'stats') {
      const { copy_count, copy_bytes } = decode('zcrx_stats', frame.block).fields;
      player.push({
        time: frame.time,
        counters: { copy_count, copy_bytes },
        received_bytes: frame.receivedBytes,
      });
    }
    if (frame.type !== 'completions') continue;
    const cqe = decode('io_uring_cqe', frame.entries).fields;
    if (cqe.user_data !== user_data) continue;
    const type = cqe.res === 1 ? 'copy' : 'alloc_fail';
    told.push([type, Number(frame.time) / 1e9]);
    player.monitor.event(type, frame.time);
  }
  return { changes: player.changes, monitor: player.monitor, told };
}
