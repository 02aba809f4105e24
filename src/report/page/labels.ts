/** Numbers and times as the plots write them. */
import { bytesText, countText } from '../../units.js';

const DAY = 86_400;

/** Steps of a time axis in seconds, as clocks have them. */
export const TIME_STEPS: number[] = [
  ...[-9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`))),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map((days) => days * DAY),
];

const padded = (value: number): string => String(Math.floor(value)).padStart(2, '0');

/** Decimals of seconds that tell two marks apart. */
const decimalsOf = (step: number): number => Math.min(9, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));

/** Seconds since the start: `12.5 s`, `2:05` (minutes), `1:02:03`, `2 d 03:00`. */
export function elapsedLabel(seconds: number, step: number): string {
  const decimals = decimalsOf(step);
  if (Math.abs(seconds) < 60 || seconds < 0) return `${seconds.toFixed(decimals)} s`;
  const hours = Math.floor((seconds % DAY) / 3600);
  const minutes = padded((seconds % 3600) / 60);
  const rest = seconds % 60;
  const tail = decimals > 0 ? rest.toFixed(decimals).padStart(3 + decimals, '0') : padded(rest);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${tail}`;
  if (seconds < DAY) return `${hours}:${minutes}:${tail}`;
  return `${Math.floor(seconds / DAY)} d ${padded(hours)}:${minutes}${step < 60 ? `:${tail}` : ''}`;
}

/** A moment of the wall clock in UTC: the date only where it is midnight, or `full`. */
export function clockLabel(milliseconds: number, step: number, full = false): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return '?';
  const iso = date.toISOString();
  const time = iso.slice(11, step < 1 ? 23 : 19);
  if (full) return `${iso.slice(0, 10)} ${time} UTC`;
  return step >= DAY || iso.slice(11, 23) === '00:00:00.000' ? iso.slice(0, 10) : time;
}

/** Steps of an axis of bytes: powers of two, which are round in KiB and MiB. */
export const BYTE_STEPS: number[] = Array.from({ length: 64 }, (_, power) => 2 ** power);

/** What an amount of something is called. */
export type Unit = 'bytes' | 'count';

export const amountLabel = (value: number, unit: Unit): string =>
  unit === 'bytes' ? bytesText(value) : countText(value);
