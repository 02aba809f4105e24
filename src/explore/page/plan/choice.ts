import { HEADERS, type Plan } from '../../../plan/planned.js';
import { planRegion, type StatsPlacement } from '../../../plan.js';
import { refuse } from '../../../verdict/read.js';

/** What a region is planned from. In bytes, except for the entries. */
export interface Choice {
  readonly entries: number;
  readonly page: number;
  readonly header: number;
  readonly stats: number;
  readonly align: number;
  readonly placement: StatsPlacement;
  readonly clamp: boolean;
}

export const DEFAULT_CHOICE: Choice = {
  entries: 4096,
  page: 4096,
  header: HEADERS['7.3'],
  stats: 16,
  align: 8,
  placement: 'own-page',
  clamp: false,
};

/** What is chosen as a number. */
export type NumberName = 'entries' | 'page' | 'header' | 'stats' | 'align';
export const NUMBERS: readonly NumberName[] = ['entries', 'page', 'header', 'stats', 'align'];

/** The option of the planner that a choice is, as its errors name it. */
export const OPTION_OF = {
  entries: 'entries',
  page: 'pageSize',
  header: 'rqHeaderSize',
  stats: 'statsSize',
  align: 'statsAlignment',
} as const;

/** The kernel whose header has this size. */
export const kernelOf = (header: number): keyof typeof HEADERS | undefined =>
  (Object.keys(HEADERS) as (keyof typeof HEADERS)[]).find((kernel) => HEADERS[kernel] === header);

/**
 * The region that a choice leads to.
 * @throws LayoutError naming the option
 */
export function planOf(choice: Choice): Plan {
  const { entries, page, header, stats, align, placement, clamp } = choice;
  const kernel = kernelOf(header);
  return {
    entries,
    pageSize: page,
    rqHeaderSize: header,
    header: kernel ? `of Linux ${kernel}` : 'as given',
    statsSize: stats,
    placement,
    region: planRegion({
      entries,
      pageSize: page,
      rqHeaderSize: header,
      statsSize: stats,
      statsAlignment: align,
      placement,
      clamp,
    }),
  };
}

/** A number as people type it; of what is none the planner says what it expected. */
export const numberIn = (text: string): number =>
  /^\s*(\d{1,16}|0x[\da-f]{1,13})\s*$/i.test(text) ? Number(text) : Number.NaN;

/** A choice as a fragment has it: what differs from the default, and always the entries. */
export function saveChoice(choice: Choice): URLSearchParams {
  const saved = new URLSearchParams({ entries: String(choice.entries) });
  for (const name of ['page', 'header', 'stats', 'align', 'placement'] as const) {
    if (choice[name] !== DEFAULT_CHOICE[name]) saved.set(name, String(choice[name]));
  }
  if (choice.clamp) saved.set('clamp', '1');
  return saved;
}

/**
 * The choice that a fragment says; what it does not say is the default.
 * @throws LayoutError naming the option
 */
export function loadChoice(from: URLSearchParams): Choice {
  const text = (name: string, otherwise: string | number) => from.get(name) ?? String(otherwise);
  const number = (name: NumberName) => {
    const given = text(name, DEFAULT_CHOICE[name]);
    const value = numberIn(given);
    return Number.isNaN(value) ? refuse(name, given, 'a whole number') : value;
  };
  const clamp = text('clamp', '0');
  if (clamp !== '0' && clamp !== '1') refuse('clamp', clamp, '0 or 1');
  const choice: Choice = {
    entries: number('entries'),
    page: number('page'),
    header: number('header'),
    stats: number('stats'),
    align: number('align'),
    placement: text('placement', DEFAULT_CHOICE.placement) as StatsPlacement,
    clamp: clamp === '1',
  };
  planOf(choice);
  return choice;
}

const powers = (low: number, high: number) => {
  const found: number[] = [];
  for (let n = low; n <= high; n *= 2) found.push(n);
  return found;
};

/** Where the sliders stop: of entries also just behind a power of two, where the kernel rounds up most. */
export const STOPS: Readonly<Record<NumberName, readonly number[]>> = {
  entries: [...new Set(powers(1, 32_768).flatMap((n) => [n, n + 1, 1.25 * n, 1.5 * n, 1.75 * n]))]
    .filter((n) => Number.isInteger(n) && n <= 32_768)
    .sort((a, b) => a - b),
  page: powers(4096, 65_536),
  header: powers(8, 4096),
  stats: [...powers(8, 4096), 24, 48, 96].sort((a, b) => a - b),
  align: powers(8, 4096),
};

/** The stop that comes closest to a number. */
export function nearestStop(stops: readonly number[], value: number): number {
  const distance = (i: number) => Math.abs(Math.log2((stops[i] as number) / Math.max(value, 1)));
  return stops.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0);
}
