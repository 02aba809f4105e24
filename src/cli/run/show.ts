import yoctoSpinner from 'yocto-spinner';
import { bytesText } from '../../units.js';
import type { Terminal } from '../terminal.js';
import type { Emit, RunEvent } from './events.js';
import { clock } from './units.js';
import { textOf } from './words.js';

type Stats = Extract<RunEvent, { type: 'stats' }>;

/** Least milliseconds between two lines of statistics where they cannot overwrite each other. */
const PLAIN_INTERVAL_MS = 1000;
/** Milliseconds over which the rate is taken. */
const RATE_MS = 1000;
/** Lines of one of these that are printed: on a busy device there may be thousands, and the summary counts them. */
const MOST_LINES = 20;
const FREQUENT: readonly RunEvent['type'][] = [
  'connected',
  'disconnected',
  'interrupted',
  'recovered',
  'stalled',
];

export interface Screen {
  readonly emit: Emit;
  /** A line about what is being prepared. */
  readonly say: (line: string) => void;
  close(): void;
}

/** One JSON object a line on standard output, remarks on standard error. */
export function jsonScreen(terminal: Terminal): Screen {
  return {
    emit: (event) => terminal.write(`${JSON.stringify(event)}\n`),
    say: (line) => terminal.complain(`zcrx: ${line}\n`),
    close: () => {},
  };
}

/** The line that changes: where things stand. */
class Status {
  private readonly recent: Stats[] = [];
  /** Since when receiving stands still. */
  private stalledAt: number | undefined;

  /** Takes note of what the line tells of. */
  note(event: RunEvent): void {
    if (event.type === 'stalled') this.stalledAt = event.time_ms;
    if (event.type === 'recovered') this.stalledAt = undefined;
  }

  text(event: Stats): string {
    const { time_ms, received_bytes, copy_bytes, copy_count } = event;
    const rate = this.rate(event);
    const stalled =
      this.stalledAt === undefined
        ? ''
        : `  standing still for ${((time_ms - this.stalledAt) / 1000).toFixed(1)} s`;
    return `${clock(time_ms)}  received ${bytesText(received_bytes)} (${bytesText(rate)}/s)  copied ${bytesText(copy_bytes)} in ${copy_count} fragments${stalled}`;
  }

  /** Bytes a second of the last second. */
  private rate(event: Stats): number {
    const { recent } = this;
    recent.push(event);
    while (recent.length > 2 && event.time_ms - (recent[1] as Stats).time_ms >= RATE_MS) recent.shift();
    const first = recent[0] as Stats;
    const ms = event.time_ms - first.time_ms;
    const bytes = Number(BigInt(event.received_bytes) - BigInt(first.received_bytes));
    return ms === 0 ? 0 : Math.round((bytes * 1000) / ms);
  }
}

/** Lets only so many events of a frequent kind through. */
class Throttle {
  private readonly counts = new Map<RunEvent['type'], number>();

  /** How an event is to be printed: as it is, not at all, or as the last one of its kind. */
  for({ type }: RunEvent): 'print' | 'print-last' | 'omit' {
    if (!FREQUENT.includes(type)) return 'print';
    const count = (this.counts.get(type) ?? 0) + 1;
    this.counts.set(type, count);
    if (count < MOST_LINES) return 'print';
    return count === MOST_LINES ? 'print-last' : 'omit';
  }
}

/** Lines, and on a terminal below them one that changes. */
export function textScreen(terminal: Terminal): Screen {
  const spinner = terminal.isTerminal
    ? yoctoSpinner({ stream: process.stdout, handleSignals: false })
    : undefined;
  const statusLine = new Status();
  const throttle = new Throttle();
  let shown = Number.NEGATIVE_INFINITY;
  let hasDevice = false;
  const print = (text: string) => {
    const running = spinner?.isSpinning;
    spinner?.stop();
    terminal.write(`${text}\n`);
    if (running) spinner?.start();
  };
  const status = (text: string) => {
    if (!spinner) return print(text);
    spinner.text = text;
    if (!spinner.isSpinning) spinner.start();
  };
  return {
    emit: (event) => {
      statusLine.note(event);
      if (event.type === 'stats') {
        const text = statusLine.text(event);
        if (!spinner && event.time_ms - shown < PLAIN_INTERVAL_MS) return;
        shown = event.time_ms;
        status(text);
        return;
      }
      if (event.type === 'registered') hasDevice = event.if_idx !== 0;
      if (event.type === 'summary') spinner?.stop();
      const how = throttle.for(event);
      const line = how === 'omit' ? undefined : textOf(event, hasDevice, terminal.paint);
      if (line === undefined) return;
      print(how === 'print' ? line : `${line}\n           (from here on these are only counted)`);
    },
    say: (line) => (spinner ? status(line) : terminal.complain(`${line}\n`)),
    close: () => void spinner?.stop(),
  };
}
