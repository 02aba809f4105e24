import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_THRESHOLDS,
  type Health,
  HealthMonitor,
  type Snapshot,
  totalsOf,
} from '../../src/health/index.js';

const END = 2n ** 64n;
const second = (n: number): bigint => BigInt(Math.round(n * 1e9));

/** All figures of a health that are rates or shares. */
const rates = (health: Health): (number | undefined)[] => [
  health.copies_per_second,
  health.copied_bytes_per_second,
  health.received_bytes_per_second,
  health.buffers_per_second,
  health.copied_share,
];

describe('totals', () => {
  test('are differences, over the end of the counters and of the indices', () => {
    const monitor = new HealthMonitor({ events: false, rq_entries: 512 });
    const at = (n: number, copies: bigint, head: number) =>
      monitor.push({
        time: second(n),
        counters: { copy_count: copies % END, copy_bytes: (copies * 4096n) % END },
        refill: { head: head >>> 0, tail: (head + 100) >>> 0 },
        received_bytes: 1000n,
      });
    at(0, END - 500n, 2 ** 32 - 700);
    at(1, END + 500n, 2 ** 32 + 300);
    expect(monitor.health()).toMatchObject({
      copy_count: 1000n,
      copy_bytes: 4_096_000n,
      received_bytes: 0n,
      resets: 0,
      copies_per_second: 1000,
      copied_bytes_per_second: 4_096_000,
      buffers_per_second: 1000,
      free_entries: 100,
    });
  });

  test('go on where the process began anew, which is counted', () => {
    const monitor = new HealthMonitor({ events: true });
    const at = (n: number, copies: bigint, received_bytes: bigint) =>
      monitor.push({
        time: second(n),
        counters: { copy_count: copies, copy_bytes: copies * 10n },
        received_bytes,
      });
    at(0, 5000n, 10_000n);
    at(1, 6000n, 20_000n);
    at(2, 7n, 300n); // registered anew with the same memory
    at(3, 9n, 400n);
    expect(monitor.health()).toMatchObject({
      copy_count: 1009n,
      copy_bytes: 10_090n,
      received_bytes: 10_400n,
      resets: 1,
    });
  });

  test('a ring that began anew tells that the counters did, however near they have come', () => {
    const monitor = new HealthMonitor({ events: false });
    const at = (n: number, copies: bigint, tail: number) =>
      monitor.push({
        time: second(n),
        counters: { copy_count: copies, copy_bytes: copies },
        refill: { head: tail, tail },
      });
    at(0, 100n, 50_000);
    at(1, 90n, 200);
    expect(monitor.health()).toMatchObject({ copy_count: 90n, resets: 1, buffers_per_second: 200 });
  });

  test('a late write of another ring takes a counter back, and is no beginning', () => {
    const monitor = new HealthMonitor({ events: false, shared: true });
    for (const [n, copies] of [1000n, 1010n, 1003n, 1013n].entries())
      monitor.push({ time: second(n), counters: { copy_count: copies, copy_bytes: copies } });
    expect(monitor.health()).toMatchObject({ copy_count: 20n, resets: 0 });
  });

  test('who knows of a new registration says so', () => {
    const monitor = new HealthMonitor({ events: false });
    const counters = (copies: bigint) => ({ counters: { copy_count: copies, copy_bytes: copies } });
    monitor.push({ time: 0n, ...counters(100n) });
    monitor.reset();
    monitor.push({ time: second(1), ...counters(400n) });
    expect(monitor.health()).toMatchObject({ copy_count: 400n, resets: 1 });
  });

  const moves = fc.array(
    fc.record({
      after: fc.bigInt(0n, 3_000_000_000n),
      copies: fc.bigInt(0n, 2n ** 40n),
      bytes: fc.bigInt(0n, 2n ** 60n),
      given: fc.integer({ min: 0, max: 2 ** 20 }),
    }),
    { maxLength: 60 },
  );
  const u64 = fc.bigInt(0n, END - 1n);

  test('are exact from any beginning, and the rates are numbers of 0 or more', () => {
    fc.assert(
      fc.property(u64, u64, fc.nat(2 ** 32 - 1), moves, (count, bytes, index, all) => {
        const monitor = new HealthMonitor({ events: false });
        let time = 0n;
        let [copies, copied, tail] = [0n, 0n, 0];
        const push = () =>
          monitor.push({
            time,
            counters: { copy_count: (count + copies) % END, copy_bytes: (bytes + copied) % END },
            refill: { head: index, tail: (index + tail) >>> 0 },
          });
        push();
        for (const move of all) {
          time += move.after;
          copies += move.copies;
          copied += move.bytes;
          tail += move.given;
          push();
          const health = monitor.health();
          expect([health.copy_count, health.copy_bytes, health.resets]).toEqual([copies, copied, 0]);
          for (const rate of rates(health))
            expect(rate === undefined || (rate >= 0 && rate < Infinity)).toBe(true);
        }
      }),
    );
  });
});

describe('time', () => {
  const flow = (n: number) => ({
    counters: { copy_count: 0n, copy_bytes: 0n },
    received_bytes: BigInt(Math.round(n * 1e6)),
  });

  test('samples at one time, or of before, divide nothing by nothing', () => {
    const monitor = new HealthMonitor({ events: true });
    for (const n of [5, 5, 4]) {
      monitor.push({ time: second(n), ...flow(n) });
      expect(monitor.health().time).toBe(second(5));
    }
    expect(rates(monitor.health())).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test('a gap is in the totals, and in no rate', () => {
    const monitor = new HealthMonitor({ events: true });
    for (let n = 0; n <= 10; n += 0.1) monitor.push({ time: second(n), ...flow(n) });
    const before = monitor.health();
    // suspended for an hour, in which ten times as much came as a rate of before would give
    for (let n = 0; n <= 1; n += 0.1) {
      monitor.push({ time: second(3600 + n), ...flow(36_000 + n) });
      for (const rate of rates(monitor.health())) expect(rate ?? 0).toBeLessThan(1_100_000);
    }
    const after = monitor.health();
    expect(after.received_bytes).toBe(36_001_000_000n);
    expect([after.state, after.since]).toEqual([before.state, before.since]);
  });

  test('nothing stands still in a gap that nobody has seen', () => {
    const monitor = new HealthMonitor({ events: false });
    const still = {
      counters: { copy_count: 0n, copy_bytes: 0n },
      refill: { head: 9, tail: 9 },
      waiting_bytes: 5n,
    };
    monitor.push({ time: 0n, ...still });
    monitor.push({ time: second(3600), ...still });
    monitor.push({ time: second(3601.9), ...still });
    expect(monitor.state).toBe('unknown');
    monitor.push({ time: second(3602), ...still });
    monitor.push({ time: second(3602.5), ...still });
    expect(monitor.state).toBe('stalled');
  });

  test('what seemed right before a gap has not seemed so all through it', () => {
    const monitor = new HealthMonitor({ events: true });
    for (let n = 0; n <= 0.5; n += 0.1) monitor.push({ time: second(n), ...flow(n) });
    expect(monitor.state).toBe('unknown');
    for (const n of [60, 60.5]) monitor.push({ time: second(n), ...flow(n) });
    expect(monitor.state).toBe('unknown');
    for (const n of [61, 61.5]) monitor.push({ time: second(n), ...flow(n) });
    expect(monitor.state).toBe('zero-copy');
  });

  test.each([0.001, 0.01, 0.1, 0.25, 1])('a sample every %d s leads to the same rate', (every) => {
    const monitor = new HealthMonitor({ events: true });
    for (let n = 0; n <= 12; n += every) monitor.push({ time: second(n), ...flow(n) });
    const health = monitor.health();
    expect(health.received_bytes_per_second).toBeCloseTo(1e6, -2);
    expect(health.state).toBe('zero-copy');
    expect(Number(health.since) / 1e9).toBeLessThanOrEqual(2);
  });

  test('before anything was read there is a health too', () => {
    const monitor = new HealthMonitor({ events: true });
    expect(monitor.health()).toMatchObject({ state: 'unknown', reason: 'not-read-yet', time: 0n, resets: 0 });
    monitor.event('copy', 77n);
    expect(monitor.health()).toMatchObject({
      state: 'unknown',
      time: 77n,
      events: { copy: { count: 1, last: 77n }, alloc_fail: { count: 0 } },
    });
  });
});

test('what is unknown is absent, and not zero', () => {
  const monitor = new HealthMonitor({ events: false });
  for (const n of [0, 1]) monitor.push({ time: second(n), refill: { head: 5, tail: 9 } });
  expect(Object.keys(monitor.health()).sort()).toEqual([
    'buffers_per_second',
    'free_entries',
    'inferred',
    'reason',
    'resets',
    'since',
    'stalls',
    'state',
    'time',
    'words',
  ]);
});

test('told standstills are added up, a slow consumer’s are none', () => {
  const monitor = new HealthMonitor({ events: true });
  const at = (n: number, stalled?: Snapshot['stalled']) =>
    monitor.push({ time: second(n), received_bytes: 0n, ...(stalled && { stalled }) });
  at(0);
  at(1, 'slow-consumer');
  at(2);
  at(3, 'alloc-fail');
  at(3.5, 'area-exhausted');
  at(4);
  at(5, 'completions-full');
  expect(monitor.health().stalls).toEqual({ count: 2, total: second(1), longest: second(1), current: 0n });
  at(7, 'completions-full');
  expect(monitor.health().stalls).toEqual({
    count: 2,
    total: second(3),
    longest: second(2),
    current: second(2),
  });
  at(8);
  at(9, 'alloc-fail');
  at(10);
  expect(monitor.health().stalls).toEqual({ count: 3, total: second(5), longest: second(3) });
});

const any = fc.record(
  {
    after: fc.integer({ min: 0, max: 1200 }),
    copy_count: fc.bigInt(0n, END - 1n),
    copy_bytes: fc.bigInt(0n, END - 1n),
    head: fc.nat(2 ** 32 - 1),
    tail: fc.nat(2 ** 32 - 1),
    received_bytes: fc.bigInt(0n, 2n ** 50n),
    rx_alloc_fail: fc.bigInt(0n, 9n),
    waiting_bytes: fc.bigInt(0n, 2n),
    stalled: fc.constantFrom('alloc-fail', 'area-exhausted', 'completions-full', 'slow-consumer', undefined),
  },
  { requiredKeys: ['after'] },
);

test('whatever is seen, the figures are sound and no state comes and goes sooner than it may', () => {
  const options = fc.record({ events: fc.boolean(), shared: fc.boolean(), nodev: fc.boolean() });
  fc.assert(
    fc.property(options, fc.array(any, { maxLength: 120 }), (given, all) => {
      const monitor = new HealthMonitor({ ...given, rq_entries: 512 });
      let ms = 0;
      let state = monitor.state;
      let since = BigInt(all[0]?.after ?? 0) * 1_000_000n;
      for (const { after, copy_count, copy_bytes, head, tail, ...rest } of all) {
        ms += after;
        const { stalled, ...values } = rest;
        monitor.push({
          time: BigInt(ms) * 1_000_000n,
          ...(copy_count !== undefined &&
            copy_bytes !== undefined && { counters: { copy_count, copy_bytes } }),
          ...(head !== undefined && tail !== undefined && { refill: { head, tail } }),
          ...(stalled && { stalled: stalled as NonNullable<Snapshot['stalled']> }),
          ...(values as Omit<Snapshot, 'time'>),
        });
        const health = monitor.health();
        for (const rate of rates(health))
          expect(rate === undefined || (rate >= 0 && rate < Infinity)).toBe(true);
        expect(health.copied_share ?? 0).toBeLessThanOrEqual(1);
        expect(health.free_entries ?? 0).toBeLessThanOrEqual(512);
        expect(health.words).toMatch(/^\S.*[^.\s]$/);
        expect(health.words).not.toMatch(/undefined|NaN|Infinity|\[object/);
        if (health.state !== state) {
          expect(Number(health.since - since) / 1e6).toBeGreaterThanOrEqual(
            DEFAULT_THRESHOLDS.enterMs[health.state],
          );
          ({ state, since } = health);
        }
        expect(health.since).toBe(since);
      }
    }),
    { numRuns: 300 },
  );
});

test('days of samples take the memory of none', () => {
  const monitor = new HealthMonitor({ events: true });
  /** Elements of everything that a monitor holds. */
  const size = (value: unknown, seen = new Set<unknown>()): number => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return 1;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return value.byteLength;
    return Object.values(value).reduce((sum: number, part) => sum + size(part, seen), 1);
  };
  let n = 0;
  const run = (samples: number) => {
    for (const end = n + samples; n < end; n++) {
      monitor.push({
        time: BigInt(n) * 100_000_000n,
        counters: { copy_count: BigInt(n % 3000), copy_bytes: BigInt(n) },
        received_bytes: BigInt(n) * 5000n,
        ...(n % 100 < 30 && { stalled: 'alloc-fail' as const }),
      });
      if (n % 7 === 0) monitor.event('copy', BigInt(n));
    }
    monitor.health();
    return size(monitor);
  };
  const before = run(1000);
  expect(Math.abs(run(200_000) - before)).toBeLessThan(5);
});

describe('totals of several instances', () => {
  const health = (copies: bigint, received_bytes?: bigint) => ({
    copy_count: copies,
    copy_bytes: copies * 100n,
    ...(received_bytes !== undefined && { received_bytes }),
  });

  test('rings that share a block are counted once, what each received is added up', () => {
    const totals = totalsOf([
      { block: 'a', health: health(5n, 1000n) },
      { block: 'b', health: health(70n, 500n) },
      { block: 'a', health: health(6n, 200n) }, // watched for longer
      { block: 'a', health: health(4n, 0n) },
    ]);
    expect(totals).toEqual({
      instances: 4,
      blocks: 2,
      copy_count: 76n,
      copy_bytes: 7600n,
      received_bytes: 1700n,
    });
  });

  test('received bytes of which a part is unknown are unknown', () => {
    const totals = totalsOf([
      { block: 1, health: health(5n, 1000n) },
      { block: 2, health: health(5n) },
    ]);
    expect(totals).toEqual({ instances: 2, blocks: 2, copy_count: 10n, copy_bytes: 1000n });
  });

  test('none', () => {
    expect(totalsOf([])).toEqual({
      instances: 0,
      blocks: 0,
      copy_count: 0n,
      copy_bytes: 0n,
      received_bytes: 0n,
    });
  });
});
