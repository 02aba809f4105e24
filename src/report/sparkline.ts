import type { HealthState } from '../health/index.js';
import type { Buckets } from './buckets.js';
import type { Stretch } from './timeline.js';

/** Zero has a level of its own: what is not nothing is higher. */
const LEVELS = '▁▂▃▄▅▆▇█';

/** The columns that a stretch of time takes, from the first to the last of `width`. */
function columnsOf(from: number, to: number, whole: number, width: number): [first: number, last: number] {
  const at = (time: number) => Math.min(width - 1, Math.max(0, Math.floor((time / whole) * width)));
  // An end that lies on the border of two columns belongs to the first of them.
  return [at(from), Math.max(at(from), Math.min(at(to), Math.ceil((to / whole) * width) - 1))];
}

/**
 * The largest values of a column of buckets over the time from 0 to `whole`, as one line of `width` characters: blank
 * where nothing is known, the lowest bar for zero.
 */
export function sparkline(buckets: Buckets, column: number, whole: number, width: number): string {
  const values = new Float64Array(width).fill(Number.NaN);
  let most = 0;
  for (let at = 0; at < buckets.length; at++) {
    const { max } = buckets.cell(column, at);
    if (max === Number.NEGATIVE_INFINITY) continue;
    const [first, last] = columnsOf(buckets.fromOf(at), buckets.toOf(at), whole, width);
    for (let x = first; x <= last; x++)
      values[x] = Number.isNaN(values[x]!) ? max : Math.max(values[x]!, max);
    if (max > most) most = max;
  }
  return Array.from(values, (value) => barOf(value, most)).join('');
}

function barOf(value: number, most: number): string {
  if (Number.isNaN(value)) return ' ';
  if (value <= 0 || most === 0) return LEVELS[0]!;
  return LEVELS[Math.max(1, Math.min(LEVELS.length - 1, Math.ceil((value / most) * (LEVELS.length - 1))))]!;
}

/** The letter for each state, and how much it matters where several share a column. */
const LETTERS: Readonly<Record<HealthState, { readonly letter: string; readonly weight: number }>> = {
  unknown: { letter: '?', weight: 0 },
  'zero-copy': { letter: '.', weight: 1 },
  copying: { letter: 'C', weight: 2 },
  stalled: { letter: 'X', weight: 3 },
  starving: { letter: 'S', weight: 4 },
};

/** The states over the time from 0 to `whole` as letters, of several in a column the gravest. */
export function stateLine(stretches: readonly Stretch<HealthState>[], whole: number, width: number): string {
  const cells = new Array<HealthState | undefined>(width).fill(undefined);
  for (const stretch of stretches) {
    const [first, last] = columnsOf(stretch.from, stretch.to, whole, width);
    for (const state of Object.keys(stretch.in) as HealthState[]) {
      for (let x = first; x <= last; x++) {
        const there = cells[x];
        if (there === undefined || LETTERS[state].weight > LETTERS[there].weight) cells[x] = state;
      }
    }
  }
  return cells.map((state) => (state === undefined ? ' ' : LETTERS[state].letter)).join('');
}

/** What the letters mean. */
export const STATE_KEY = '. zero-copy  C copying  S starving  X stalled  ? unknown';
