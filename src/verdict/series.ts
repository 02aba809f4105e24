import { LayoutError, show } from '../errors.js';

/** The series whose checks are known, oldest first. What is between the first and 7.0 is known up to the device. */
export const KNOWN_SERIES = ['6.16', '6.17', '6.18', '6.19', '7.0', '7.1', '7.2', '7.3'] as const;

/** The newest series that this library knows. */
export const NEWEST_SERIES = '7.3';

/** A series as the module has it: 100 * major + minor. */
export interface Series {
  readonly number: number;
  /** As the caller wrote it. */
  readonly name: string;
  /** It is newer than any that is known, and judged as the newest known. */
  readonly isNewer: boolean;
}

const numberOf = (name: string) => {
  const [major = 0, minor = 0] = name.split('.').map(Number);
  return 100 * major + minor;
};

const OLDEST = numberOf(KNOWN_SERIES[0]);
const NEWEST = numberOf(NEWEST_SERIES);

const cache = new Map<string, Series>();

/**
 * The series of a kernel release: `7.3`, or anything that `uname -r` says.
 * @throws LayoutError `out-of-range`
 */
export function seriesOf(release: unknown): Series {
  const known = cache.get(release as string);
  if (known) return known;
  const match = typeof release === 'string' ? /^(\d+)\.(\d{1,2})(?!\d)/.exec(release) : null;
  const number = match ? 100 * Number(match[1]) + Number(match[2]) : 0;
  if (number < OLDEST) {
    const expected = `a release of Linux ${KNOWN_SERIES[0]} or later, as "7.3"`;
    throw new LayoutError('out-of-range', `kernel is ${show(release)}, expected ${expected}`, {
      field: 'kernel',
      got: release,
      expected,
    });
  }
  const isNewer = number > NEWEST;
  const made = { number: Math.min(number, NEWEST), name: release as string, isNewer };
  if (cache.size < 256) cache.set(release as string, made);
  return made;
}

/** Whether a series has what began `since` and ended `until`, exclusive. */
export function isIn(series: number, { since, until }: { since?: string; until?: string }): boolean {
  return (!since || series >= numberOf(since)) && (!until || series < numberOf(until));
}
