/** Rows for the tests of the live view. */
import { type Paint, plain } from '../../src/cli/terminal.js';
import type { Abilities } from '../../src/cli/watch/view/abilities.js';
import type { Heading } from '../../src/cli/watch/view/picture.js';
import type { Row } from '../../src/cli/watch/view/row.js';

export type Health = Row['health'];

const SECOND = 1_000_000_000n;
const NOW = 10_000n * SECOND;

/** Health of an instance that has been well for some time, with what is different. */
export function healthOf(more: Partial<Health> & { readonly age?: number } = {}): Health {
  const { age = 90, ...rest } = more;
  return {
    state: 'zero-copy',
    since: NOW - BigInt(age) * SECOND,
    reason: 'not-copied',
    words: 'no copy was counted; zero does not prove zero copy',
    inferred: false,
    time: NOW,
    resets: 0,
    stalls: { count: 0, total: 0n, longest: 0n },
    ...rest,
  };
}

export function rowOf(
  more: Partial<Omit<Row, 'health'>> = {},
  health: Parameters<typeof healthOf>[0] = {},
): Row {
  return {
    name: 'receiver',
    pid: 4242,
    ring: 7,
    zcrx_id: 0,
    history: [],
    how: 'mapped',
    ...more,
    health: healthOf(health),
  };
}

const wave = (length: number, height: number) =>
  Array.from({ length }, (_, i) => Math.max(0, Math.round(height * (1 + Math.sin(i / 3)) - height / 4)));

/** One of each kind. */
export const FIVE: readonly Row[] = [
  rowOf(
    { name: 'nginx', pid: 911, how: 'own', history: wave(60, 1e9) },
    {
      received_bytes_per_second: 1.23 * 2 ** 30,
      buffers_per_second: 315_000,
      copied_bytes_per_second: 0,
      copies_per_second: 0,
      copied_share: 0,
      free_entries: 4096,
      age: 5 * 3600 + 180,
    },
  ),
  rowOf(
    { name: 'receiver', history: wave(30, 5) },
    {
      state: 'copying',
      reason: 'copied',
      words: '12.3 % of the received bytes were copied in the last 5 s (threshold 1 %)',
      received_bytes_per_second: 98.5 * 2 ** 20,
      copied_bytes_per_second: 12.1 * 2 ** 20,
      copies_per_second: 3098.4,
      copied_share: 0.1228,
      free_entries: 512,
      age: 725,
    },
  ),
  rowOf(
    {
      name: 'ingest-worker-3',
      pid: 4194303,
      ring: 12,
      zcrx_id: 1,
      how: 'remote',
      history: [4, 3, 2, 1, 0, 0],
    },
    {
      state: 'starving',
      reason: 'ring-empty',
      inferred: true,
      words:
        'the refill ring is empty and has stood still for 2.1 s; the kernel tells its events only to the owner of the ring, so this is concluded from the ring and not counted',
      buffers_per_second: 0,
      copied_bytes_per_second: 0,
      copies_per_second: 0,
      free_entries: 0,
      age: 2,
    },
  ),
  rowOf(
    { name: 'nginx', pid: 911, ring: 9, how: 'own', history: wave(60, 1e9).map((x, i) => (i > 50 ? 0 : x)) },
    {
      state: 'stalled',
      reason: 'area-exhausted',
      words: 'receiving stands still for 0.4 s: the area has no free buffer',
      received_bytes_per_second: 0,
      copied_bytes_per_second: 0,
      copies_per_second: 0,
      stalls: { count: 3, total: 2n * SECOND, longest: SECOND, current: (2n * SECOND) / 5n },
      events: { copy: { count: 3, last: NOW - 4n * SECOND }, alloc_fail: { count: 0 } },
      copy_count: 12345n,
      copy_bytes: 2n ** 31n,
      received_bytes: 2n ** 40n,
      resets: 1,
      age: 0,
    },
  ),
  rowOf(
    { name: 'old', pid: 77, history: [Number.NaN, 1, Number.NaN] },
    {
      state: 'unknown',
      reason: 'no-statistics',
      words: 'where the statistics are is not known: give --stats-offset',
      age: 86_400 * 12,
    },
  ),
];

export const thousand: readonly Row[] = Array.from({ length: 1000 }, (_, i) =>
  rowOf(
    { name: `worker-${i}`, pid: 1000 + i, history: wave(60, i + 1) },
    i % 10 === 3
      ? { state: 'copying', words: 'copies', copied_bytes_per_second: i * 1000, copies_per_second: i }
      : { received_bytes_per_second: i * 1e6, copied_bytes_per_second: 0 },
  ),
);

export const heading: Heading = { source: 'pid 911, 4242, 4194303', time: new Date(2026, 7, 5, 12, 34, 56) };

/** Words alone. */
export const ascii: Abilities = { paint: plain, unicode: false };
export const unicode: Abilities = { paint: plain, unicode: true };

/** Styles as tags that do not look like text. */
const paint: Paint = (style, text) => `\x1b[${style.length}m${text}\x1b[0m`;
export const colored: Abilities = { paint, unicode: true };

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
export const withoutStyles = (line: string): string => line.replace(/\x1b\[\d+m/g, '');
