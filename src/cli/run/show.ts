import yoctoSpinner from 'yocto-spinner';
import type { Terminal } from '../terminal.js';
import type { Emit, RunEvent } from './events.js';

const MEANINGS: { readonly [notification: string]: string } = {
  copy: 'data was copied instead of delivered in place',
  alloc_fail: 'the page pool found no free buffer',
};

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes for people, to three digits. */
export function humanBytes(bytes: number | bigint | string): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(value >= 1000 ? 4 : 3)} ${UNITS[unit]}`;
}

const clock = (ms: number) => `${(ms / 1000).toFixed(2).padStart(7)} s`;

/** What an event says to people, or undefined for what only moves the status line. */
function lineFor(event: RunEvent, { paint }: Terminal): string | undefined {
  switch (event.type) {
    case 'backend': {
      const what = `backend ${event.backend}, Linux ${event.kernel}, interface revision ${event.revision}`;
      if (event.backend !== 'replay') return paint('bold', what);
      return paint(
        'yellow',
        `REPLAY of a run recorded ${event.recorded}; nothing of this happens now\n${what}`,
      );
    }
    case 'registered':
      return [
        `instance ${event.zcrx_id} registered: ${event.rq_entries} refill entries, area of ${humanBytes(event.area_size)}`,
        `  refill region of ${event.region_size} bytes: entries from ${event.rqes}, statistics at ${event.stats_offset}`,
      ].join('\n');
    case 'notification':
      return `${clock(event.time_ms)}  ${paint('yellow', `notification ${event.notification}`)} (res ${event.res}): ${MEANINGS[event.notification] ?? 'newer than this program'}`;
    case 'rearmed':
      return `${clock(event.time_ms)}  ${paint('green', `re-armed ${event.notification}`)}: it can fire again`;
    case 'interrupted':
      return `${clock(event.time_ms)}  ${paint('red', event.reason)}; it goes on when there is room`;
    case 'stats':
      return undefined;
    case 'summary': {
      const { received_bytes, copy_bytes, copy_count, notifications, rearmed, seconds } = event;
      const fired = Object.entries(notifications).map(([name, count]) => `${name} ${count}×`);
      const intact =
        event.intact === undefined
          ? ''
          : event.intact
            ? ', payload intact'
            : paint('red', ', PAYLOAD DAMAGED');
      return [
        paint('bold', `${seconds.toFixed(1)} s: ${humanBytes(received_bytes)} received${intact}`),
        `  copied: ${humanBytes(copy_bytes)} in ${copy_count} fragments, of ${received_bytes} bytes received`,
        `  notifications: ${fired.join(', ')}; re-armed ${rearmed}×`,
        ...(copy_bytes === '0'
          ? ['  no copies counted; that alone does not prove zero copy']
          : ['  an instance without a device always copies: this is what a lost fast path looks like']),
      ].join('\n');
    }
  }
}

const statusText = (event: Extract<RunEvent, { type: 'stats' }>) =>
  `${clock(event.time_ms)}  received ${humanBytes(event.received_bytes)}  copied ${humanBytes(event.copy_bytes)} in ${event.copy_count} fragments`;

/** Least milliseconds between two lines of statistics where they cannot overwrite each other. */
const PLAIN_INTERVAL_MS = 1000;

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

/** Lines, and on a terminal below them one that changes. */
export function textScreen(terminal: Terminal): Screen {
  const spinner = terminal.isTerminal
    ? yoctoSpinner({ stream: process.stdout, handleSignals: false })
    : undefined;
  let shown = Number.NEGATIVE_INFINITY;
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
      if (event.type === 'stats') {
        if (!spinner && event.time_ms - shown < PLAIN_INTERVAL_MS) return;
        shown = event.time_ms;
        status(statusText(event));
        return;
      }
      if (event.type === 'summary') spinner?.stop();
      const line = lineFor(event, terminal);
      if (line !== undefined) print(line);
    },
    say: (line) => (spinner ? status(line) : terminal.complain(`${line}\n`)),
    close: () => void spinner?.stop(),
  };
}
