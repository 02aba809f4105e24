import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Buckets } from '../../src/report/buckets.js';
import { Counter } from '../../src/report/counter.js';
import { EventLog } from '../../src/report/event-log.js';
import { Timeline } from '../../src/report/timeline.js';

const all = (buckets: Buckets, column = 0) =>
  Array.from({ length: buckets.length }, (_, at) => ({
    from: buckets.fromOf(at),
    to: buckets.toOf(at),
    samples: buckets.samplesOf(at),
    ...buckets.cell(column, at),
  }));

describe('buckets', () => {
  test('a million samples stay within the limit; a single peak and a single zero survive, sums are exact', () => {
    const buckets = new Buckets(1, 256);
    let before = 0;
    for (let i = 1; i <= 1_000_000; i++) {
      const value = i === 333_333 ? 1e9 : i === 777_777 ? 0 : 100 + (i % 7);
      buckets.add(0, buckets.at(i * 1e6, before), value, 1, value);
      before = i * 1e6;
    }
    const cells = all(buckets);
    expect(cells.length).toBeGreaterThan(120);
    expect(cells.length).toBeLessThanOrEqual(256);
    expect(cells.filter(({ max }) => max === 1e9)).toHaveLength(1);
    expect(cells.filter(({ min }) => min === 0)).toHaveLength(1);
    expect(cells.reduce((sum, { samples }) => sum + samples, 0)).toBe(1_000_000);
    expect(cells[0]!.first).toBe(101);
    expect(cells.at(-1)!.last).toBe(100 + (1_000_000 % 7));
  });

  const steps = fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 2 ** 40 }), value: fc.integer({ min: 0, max: 1e6 }) }),
    { maxLength: 300 },
  );

  test('whatever merges, nothing is lost, doubled or out of order', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (samples, limit) => {
        const buckets = new Buckets(1, limit);
        let time = 0;
        for (const { gap, value } of samples) {
          const since = time;
          time += gap;
          buckets.add(0, buckets.at(time, since), value, 1, value);
        }
        const cells = all(buckets);
        const values = samples.map(({ value }) => value);
        expect(cells.length).toBeLessThanOrEqual(limit);
        expect(cells.reduce((sum, cell) => sum + cell.sum, 0)).toBe(values.reduce((a, b) => a + b, 0));
        expect(Math.max(0, ...cells.map(({ max }) => max))).toBe(Math.max(0, ...values));
        expect(Math.min(1e9, ...cells.map(({ min }) => min))).toBe(Math.min(1e9, ...values));
        // Each begins where the one before ended.
        expect(cells.slice(1).map(({ from }) => from)).toEqual(cells.slice(0, -1).map(({ to }) => to));
      }),
    );
  });

  test('a smaller limit merges what is there', () => {
    const buckets = new Buckets(1, 1000);
    for (let i = 0; i < 1000; i++) buckets.add(0, buckets.at(i * 1e6, i * 1e6), 1, 1, 1);
    buckets.limit = 64;
    expect(buckets.length).toBeLessThanOrEqual(64);
    expect(all(buckets).reduce((sum, cell) => sum + cell.sum, 0)).toBe(1000);
  });
});

describe('a counter', () => {
  const read = (values: readonly [ms: number, value: bigint][], bits: 32 | 64 = 64) => {
    const buckets = new Buckets(1, 1000);
    const counter = new Counter(buckets, 0, bits);
    for (const [ms, value] of values) counter.read(value, ms * 1e6, buckets.at(ms * 1e6, 0));
    counter.finish();
    return { counter, sum: all(buckets).reduce((sum, cell) => sum + cell.sum, 0) };
  };

  test.each<[string, readonly [number, bigint][], 32 | 64, bigint, number]>([
    [
      'counts from its first reading',
      [
        [0, 5n],
        [10, 8n],
        [20, 9n],
      ],
      64,
      4n,
      0,
    ],
    [
      'passes the end of 64 bits',
      [
        [0, 2n ** 64n - 2n],
        [10, 3n],
      ],
      64,
      5n,
      0,
    ],
    [
      'passes the end of 32 bits',
      [
        [0, 2n ** 32n - 2n],
        [10, 3n],
      ],
      32,
      5n,
      0,
    ],
    [
      'is set back',
      [
        [0, 1000n],
        [10, 2000n],
        [20, 50n],
        [30, 60n],
      ],
      64,
      1010n,
      1,
    ],
    [
      'stands still',
      [
        [0, 7n],
        [10, 7n],
      ],
      64,
      0n,
      0,
    ],
  ])('%s', (_, values, bits, total, resets) => {
    const { counter, sum } = read(values, bits);
    expect(counter.total).toBe(total);
    expect(counter.resets).toBe(resets);
    expect(sum).toBe(Number(total));
  });

  test('a jump within microseconds is no peak, and yet counted', () => {
    const { counter, sum } = read([
      [0, 0n],
      [10, 100n],
      [10.001, 1_000_000n],
      [20, 1_000_100n],
    ]);
    expect(counter.peak).toEqual({ rate: 1_000_000 / 0.01, time: 20e6 });
    expect(counter.total).toBe(1_000_100n);
    expect(sum).toBe(1_000_100);
  });
});

describe('a timeline', () => {
  test('sums are exact however many stretches merge', () => {
    const timeline = new Timeline<'a' | 'b'>(16);
    for (let i = 0; i < 10_000; i++) timeline.change(i % 2 ? 'a' : 'b', i * 1e6);
    timeline.change('a', 20_000e6);
    timeline.end(25_000e6);
    expect(timeline.stretches().length).toBeLessThanOrEqual(16);
    const total = (state: 'a' | 'b') =>
      timeline.stretches().reduce((sum, stretch) => sum + (stretch.in[state] ?? 0), 0);
    expect(timeline.figures.get('b')).toMatchObject({ count: 5000, total: 5000e6 });
    // The last of the 10,000 is an `a` that goes on.
    expect(timeline.figures.get('a')).toMatchObject({ count: 5000, longest: 15_001e6, longestFrom: 9_999e6 });
    expect([total('a'), total('b')]).toEqual([20_000e6, 5000e6]);
    expect(timeline.stretches().at(-1)).toMatchObject({ to: 25_000e6 });
  });

  test('a time of which nothing is known is in no state', () => {
    const timeline = new Timeline<'a'>(16);
    timeline.change('a', 0);
    timeline.change(undefined, 10);
    timeline.change('a', 90);
    timeline.end(100);
    expect(timeline.stretches()).toEqual([
      { from: 0, to: 10, in: { a: 10 } },
      { from: 90, to: 100, in: { a: 10 } },
    ]);
    expect(timeline.figures.get('a')).toMatchObject({ count: 2, total: 20, longest: 10 });
  });
});

describe('a log of events', () => {
  test('keeps the first, counts all, and marks all', () => {
    const log = new EventLog(3);
    for (let i = 0; i < 5000; i++) log.add(i * 1e6, i % 10 ? 'copy' : 'rearmed', 'why');
    expect(log.first).toEqual([
      { time: 0, type: 'rearmed', text: 'why' },
      { time: 1e6, type: 'copy', text: 'why' },
      { time: 2e6, type: 'copy', text: 'why' },
    ]);
    expect([...log.counts]).toEqual([
      ['rearmed', 500],
      ['copy', 4500],
    ]);
    const marks = log.marks();
    expect(marks.copy!.reduce((sum, { count }) => sum + count, 0)).toBe(4500);
    expect(marks.rearmed).toHaveLength(500);
    expect(marks.rearmed![1]).toEqual({ from: 10e6, to: 10e6, count: 1 });
  });

  test('types from a file are bounded', () => {
    const log = new EventLog(3);
    for (let i = 0; i < 1000; i++) log.add(i, `unknown (${i})`);
    expect(log.counts.size).toBeLessThanOrEqual(33);
    expect([...log.counts.values()].reduce((a, b) => a + b, 0)).toBe(1000);
  });
});
