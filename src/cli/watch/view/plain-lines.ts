// Where output is no terminal: lines that a program can take apart.

import { keyOf, placeOf, type Row, stateWord } from './row.js';
import { printable, sentence } from './text.js';

export interface PlainOptions {
  /** Takes a line with its newline. */
  readonly write: (line: string) => void;
  /** Least milliseconds between two lines of figures of an instance; 0: at each update. */
  readonly figuresEvery: number;
  /** Whether more than ASCII is written. */
  readonly unicode: boolean;
}

/** What of an instance was told last. */
interface Told {
  readonly label: string;
  readonly state: string;
  /** Milliseconds, as Date has them. */
  readonly figuresAt: number;
}

type Figure = number | bigint | undefined;

const rounded = (value: number | undefined) => (value === undefined ? undefined : Math.round(value));

/** The figures of a line, in this order; what is not known is `-`. */
function figuresOf({ health, how }: Row): readonly (readonly [string, Figure | string])[] {
  const { events, stalls, copied_share } = health;
  return [
    ['received_bytes_per_second', rounded(health.received_bytes_per_second)],
    ['buffers_per_second', rounded(health.buffers_per_second)],
    ['copied_bytes_per_second', rounded(health.copied_bytes_per_second)],
    ['copies_per_second', rounded(health.copies_per_second)],
    ['copied_share', copied_share === undefined ? undefined : Number(copied_share.toFixed(6))],
    ['received_bytes', health.received_bytes],
    ['copy_bytes', health.copy_bytes],
    ['copy_count', health.copy_count],
    ['free_entries', health.free_entries],
    ['stalls', stalls.count],
    ['events_copy', events?.copy.count],
    ['events_alloc_fail', events?.alloc_fail.count],
    ['resets', health.resets],
    ['how', how],
  ];
}

/**
 * The view as lines of words with one blank between them:
 *
 *     TIME WHAT INSTANCE STATE NAME=VALUE ...
 *     TIME WHAT INSTANCE STATE reason=CODE: WORDS
 *
 * TIME is UTC. WHAT is `appeared`, `state` (it has become another one), `figures` or `gone`. INSTANCE is
 * `NAME(PID):RING/ZCRX_ID`, blanks in it are `_`. STATE has `~` before it where it was concluded. `figures` has the named
 * values, always the same in the same order; the others have the reason. What happens is told at once, figures at most as
 * often as asked for.
 */
export class PlainLines {
  private readonly options: PlainOptions;
  private readonly told = new Map<string, Told>();
  /** Those that are gone and still among the rows. */
  private departed = new Set<string>();

  constructor(options: PlainOptions) {
    this.options = options;
  }

  update(rows: readonly Row[], now: Date): void {
    const departed = rows.filter(({ gone }) => gone !== undefined);
    // Before the others: where it was there may be another one by now.
    for (const row of departed) if (!this.departed.has(keyOf(row))) this.tellGone(row, now);
    this.departed = new Set(departed.map(keyOf));

    const seen = new Set<string>();
    for (const row of rows) {
      if (row.gone !== undefined) continue;
      const key = keyOf(row);
      seen.add(key);
      this.told.set(key, this.tell(row, this.told.get(key), now));
    }
    for (const [key, { label, state }] of this.told) {
      if (seen.has(key)) continue;
      this.told.delete(key);
      this.line(now, 'gone', label, state, 'reason=gone: no longer seen');
    }
  }

  private tellGone(row: Row, now: Date): void {
    const place = placeOf(row);
    const state = this.told.get(place)?.state ?? row.health.state;
    this.told.delete(place);
    this.line(now, 'gone', this.label(row), state, `reason=gone: ${this.sentence(row.gone ?? '')}`);
  }

  private tell(row: Row, told: Told | undefined, now: Date): Told {
    const state = stateWord(row);
    const age = told ? now.getTime() - told.figuresAt : Number.POSITIVE_INFINITY;
    // A clock that was set back must not silence it.
    const isRecent = age >= 0 && age < this.options.figuresEvery;
    if (told && told.state === state && isRecent) return told;
    const label = this.label(row);
    if (told?.state !== state) {
      const { reason, words } = row.health;
      this.line(now, told ? 'state' : 'appeared', label, state, `reason=${reason}: ${this.sentence(words)}`);
    }
    if (told && isRecent) return { ...told, label, state };
    const figures = figuresOf(row).map(([figure, value]) => `${figure}=${value ?? '-'}`);
    this.line(now, 'figures', label, state, figures.join(' '));
    return { label, state, figuresAt: now.getTime() };
  }

  private label(row: Row): string {
    const name = printable(row.name, this.options.unicode).replaceAll(' ', '_');
    return `${name}(${row.pid}):${row.ring}/${row.zcrx_id}`;
  }

  private sentence(text: string): string {
    return sentence(text, this.options.unicode);
  }

  private line(now: Date, what: string, label: string, state: string, rest: string): void {
    this.options.write(`${now.toISOString()} ${what} ${label} ${state} ${rest}\n`);
  }
}
