import { describe, expect, test } from 'vitest';
import { bytes, count, duration, percent, several } from '../../src/health/figures.js';
import { HealthMonitor, type HealthOptions, type Snapshot } from '../../src/health/index.js';

describe('figures', () => {
  test.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [123_456_789, '118 MiB'],
    [1023 * 1024, '1023 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [2n ** 60n, '1024 PiB'],
  ])('%d bytes are %s', (value, words) => expect(bytes(value)).toBe(words));

  test.each([
    [0, '0'],
    [0.123456, '0.123'],
    [46.34, '46.3'],
    [999.9, '1000'],
    [1234.5, '1,235'],
    [12_345_678n, '12,345,678'],
  ])('%d is %s', (value, words) => expect(count(value)).toBe(words));

  test.each([
    [0, '0 %'],
    [0.00001, 'less than 0.01 %'],
    [0.0512345, '5.12 %'],
    [0.9999, 'more than 99.9 %'],
    [1, '100 %'],
  ])('a share of %d is %s', (value, words) => expect(percent(value)).toBe(words));

  test.each([
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1049, '1 s'],
    [5100, '5.1 s'],
    [119_900, '119.9 s'],
    [120_000, '2 min'],
    [3 * 3_600_000, '3 h'],
    [3 * 86_400_000, '3 days'],
  ])('%d ms are %s', (value, words) => expect(duration(value)).toBe(words));

  test('one is one', () => {
    expect([several(1, 'entry', 'entries'), several(2, 'entry', 'entries'), several(1n, 'copy')]).toEqual([
      '1 entry',
      '2 entries',
      '1 copy',
    ]);
  });
});

const MiB = 2 ** 20;

/** The words after so many seconds of what is seen at each. */
function words(options: HealthOptions, seconds: number, at: (n: number) => Omit<Snapshot, 'time'>): string {
  const monitor = new HealthMonitor(options);
  for (let n = 0; n <= seconds * 10; n++) monitor.push({ time: BigInt(n) * 100_000_000n, ...at(n) });
  return monitor.health().words;
}

const counters = (n: number) => ({ counters: { copy_count: BigInt(n), copy_bytes: BigInt(n) * 4096n } });
const received = (n: number) => ({ received_bytes: BigInt(n * MiB) });
const ring = (n: number, free = 32) => ({ refill: { head: n * 30, tail: n * 30 + free } });

test('zero copies are said to be no proof', () => {
  expect(words({ events: true }, 8, (n) => ({ ...counters(0), ...received(n) }))).toBe(
    'nothing was counted as copied in the last 5 s, with 10 MiB/s received; not quite a proof, as the linear head of a packet is copied uncounted',
  );
});

test('of another process it is said what is not known', () => {
  expect(words({ events: false }, 8, (n) => ({ ...counters(0), ...ring(n) }))).toBe(
    'nothing was counted as copied in the last 5 s, with 300 buffers/s given back through the refill ring; how many bytes it received is not known; not quite a proof, as the linear head of a packet is copied uncounted',
  );
});

test('copies have their share where it is known', () => {
  expect(words({ events: true }, 8, (n) => ({ ...counters(n * 16), ...received(n) }))).toBe(
    '6.25 % of the data was copied in the last 5 s: 640 KiB/s in 160 copies/s, of 10 MiB/s received',
  );
  expect(words({ events: false }, 8, (n) => ({ ...counters(n * 16), ...ring(n) }))).toBe(
    'data was copied in the last 5 s: 640 KiB/s in 160 copies/s, with 300 buffers/s given back through the refill ring; how many bytes it received is not known',
  );
});

test('without a device copies are how it works', () => {
  expect(words({ events: true, nodev: true }, 8, (n) => ({ ...counters(n * 256), ...received(n) }))).toMatch(
    /^100 % of the data was copied .*; an instance without a device copies everything, that is how it works$/,
  );
});

test('shared counters are said to be of all rings', () => {
  expect(words({ events: false, shared: true }, 8, (n) => ({ ...counters(n * 16), ...received(n) }))).toMatch(
    /10 MiB\/s received over this ring; how much all rings received is not known; the counters are of all rings that share the instance together, so do not add them up$/,
  );
});

test('what is inferred is said to be, with what else it may be', () => {
  expect(words({ events: false }, 12, (n) => ({ ...counters(0), ...ring(Math.min(n, 60), 0) }))).toBe(
    'inferred: the refill ring is empty and nothing has moved for 6 s, right after 1,500 buffers went round in 5 s; a program that stopped receiving, or keeps its last buffers while no data comes, looks the same',
  );
});

test('a state that holds a while longer says since when it is over', () => {
  const at = (n: number): Omit<Snapshot, 'time'> => ({
    ...counters(0),
    ...received(n),
    ...(n >= 20 && n < 40 && { stalled: 'alloc-fail' as const }),
  });
  expect(words({ events: true }, 8, at)).toBe(
    'the device found no free buffer (ALLOC_FAIL): receiving stood still for 1 s of the last 5 s',
  );
  expect(words({ events: true }, 9.5, at)).toBe(
    'the device found no free buffer (ALLOC_FAIL): receiving stood still until more than 5 s ago',
  );
});
