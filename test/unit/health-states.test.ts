import { describe, expect, test } from 'vitest';
import { type Health, HealthMonitor, type HealthOptions, type Snapshot } from '../../src/health/index.js';

const FOREIGN: HealthOptions = { events: false, rq_entries: 512 };
const OWN: HealthOptions = { events: true, rq_entries: 512 };

type Values = Omit<Snapshot, 'time'>;

/** What is seen at each moment, ten times a second, until so many seconds have gone by. */
function seen(options: HealthOptions, seconds: number, at: (second: number) => Values, every = 0.1): Health {
  const monitor = new HealthMonitor(options);
  for (let i = 0; i * every <= seconds; i++) {
    monitor.push({ time: BigInt(Math.round(i * every * 1e9)), ...at(i * every) });
  }
  return monitor.health();
}

const judged = ({ state, reason, inferred }: Health) => [state, reason, inferred];

const counters = (copy_count = 0, copy_bytes = copy_count * 4096) => ({
  counters: { copy_count: BigInt(Math.floor(copy_count)), copy_bytes: BigInt(Math.floor(copy_bytes)) },
});
const refill = (head: number, tail: number) => ({ refill: { head: head >>> 0, tail: tail >>> 0 } });
const received = (bytes: number) => ({ received_bytes: BigInt(Math.round(bytes)) });
/** Until a second: what moves before, and stands since. */
const until = (end: number, second: number) => Math.floor(Math.min(end, second) * 1000);

describe('an instance of another process on a device', () => {
  test.each<[string, (second: number) => Values, unknown[]]>([
    ['that never had traffic', () => ({ ...counters(), ...refill(0, 0) }), ['unknown', 'no-data-yet', false]],
    [
      'that was quiet before it was watched, with entries in its ring',
      () => ({ ...counters(), ...refill(700, 732) }),
      ['unknown', 'no-data-yet', false],
    ],
    [
      'that was quiet before it was watched, with an empty ring',
      () => ({ ...counters(), ...refill(700, 700) }),
      ['unknown', 'idle-or-starving', false],
    ],
    [
      'the same, whose device counts failures',
      () => ({ ...counters(), ...refill(700, 700), rx_alloc_fail: 3n }),
      ['unknown', 'no-data-yet', false],
    ],
    [
      'that became idle with all given back',
      (s) => ({ ...counters(), ...refill(until(5, s) - 32, until(5, s)) }),
      ['unknown', 'idle', false],
    ],
    [
      'that became idle after a trickle, its ring just drained',
      (s) => ({ ...counters(), ...refill(until(5, s) / 100, until(5, s) / 100) }),
      ['unknown', 'idle-or-starving', false],
    ],
    [
      'whose ring was drained under load and stands still',
      (s) => ({ ...counters(), ...refill(until(5, s), until(5, s)) }),
      ['starving', 'ring-empty', true],
    ],
    [
      'the same, whose device counts no failure',
      (s) => ({ ...counters(), ...refill(until(5, s), until(5, s)), rx_alloc_fail: 3n }),
      ['unknown', 'idle', false],
    ],
    [
      'the same, whose device counted some when it happened',
      (s) => ({ ...counters(), ...refill(until(5, s), until(5, s)), rx_alloc_fail: s < 5.1 ? 3n : 9n }),
      ['starving', 'alloc-fail-counted', true],
    ],
    [
      'the same, into whose ring all was then given back, with nobody sending any more',
      (s) => ({
        ...counters(),
        ...refill(until(5, s), until(5, s) + (s < 8 ? 0 : 400)),
        rx_alloc_fail: s < 5.1 ? 3n : 9n,
      }),
      ['unknown', 'idle', false],
    ],
    [
      'the same, into whose ring all was given back at once, with nobody sending any more',
      (s) => ({
        ...counters(),
        ...refill(until(5, s), until(5, s) + (s < 5.25 ? 0 : 400)),
        rx_alloc_fail: s < 5.1 ? 3n : 9n,
      }),
      ['unknown', 'idle', false],
    ],
    [
      'with an empty ring and data in its sockets, which needs no buffer any more',
      (s) => ({ ...counters(), ...refill(until(5, s), until(5, s)), waiting_bytes: s < 5 ? 0n : 9000n }),
      ['stalled', 'data-waits', true],
    ],
    [
      'with data in its sockets and entries in its ring',
      (s) => ({ ...counters(), ...refill(until(5, s) - 32, until(5, s)), waiting_bytes: s < 5 ? 0n : 9000n }),
      ['stalled', 'data-waits', true],
    ],
    [
      'which never moved, with data in other sockets of the process',
      () => ({ ...counters(), ...refill(0, 0), waiting_bytes: 9000n }),
      ['unknown', 'no-data-yet', false],
    ],
    [
      'that receives, with data in its sockets at each look',
      (s) => ({ ...counters(), ...refill(until(99, s) - 32, until(99, s)), waiting_bytes: 9000n }),
      ['zero-copy', 'not-copied', true],
    ],
    [
      'whose ring is empty at each look while buffers go round',
      (s) => ({ ...counters(), ...refill(until(99, s), until(99, s)) }),
      ['zero-copy', 'not-copied', true],
    ],
    [
      'whose device lacks buffers time and again while some go round',
      (s) => ({ ...counters(), ...refill(until(99, s), until(99, s)), rx_alloc_fail: BigInt(until(99, s)) }),
      ['starving', 'alloc-fail-counted', true],
    ],
    [
      'that copies all',
      (s) => ({ ...counters(until(99, s)), ...refill(until(99, s), until(99, s) + 32) }),
      ['copying', 'copied', false],
    ],
    [
      'that copies 2 %',
      (s) => ({ ...counters(until(99, s) / 50), ...refill(until(99, s), until(99, s) + 32) }),
      ['copying', 'copied', false],
    ],
    [
      'that copies one in a thousand',
      (s) => ({ ...counters(Math.floor(until(99, s) / 1000)), ...refill(until(99, s), until(99, s) + 32) }),
      ['zero-copy', 'not-copied', true],
    ],
    [
      'that copies and gives nothing back yet',
      (s) => ({ ...counters(until(99, s)), ...refill(0, 0) }),
      ['copying', 'copied', false],
    ],
    [
      'without statistics',
      (s) => refill(until(99, s), until(99, s) + 32),
      ['unknown', 'no-statistics', false],
    ],
    ['of which the counters alone are seen', () => counters(), ['unknown', 'traffic-unknown', false]],
    [
      'of which the counters alone are seen, and move',
      (s) => counters(until(99, s)),
      ['copying', 'copied', false],
    ],
    ['of which nothing can be read', () => ({}), ['unknown', 'not-readable', false]],
    [
      'that could be read for a while',
      (s) => (s < 15 ? { ...counters(), ...refill(until(99, s), until(99, s) + 32) } : {}),
      ['unknown', 'not-readable', false],
    ],
  ])('%s', (_what, at, expected) => {
    expect(judged(seen(FOREIGN, 20, at))).toEqual(expected);
  });
});

describe('an instance of another process without a device', () => {
  const NODEV = { ...FOREIGN, nodev: true };
  test.each<[string, (second: number) => Values, unknown[]]>([
    [
      'that is idle: who flushes at once leaves the ring empty',
      (s) => ({ ...counters(until(5, s)), ...refill(until(5, s), until(5, s)) }),
      ['unknown', 'idle', false],
    ],
    [
      'that copies, as it must',
      (s) => ({ ...counters(until(99, s)), ...refill(until(99, s), until(99, s)) }),
      ['copying', 'copied-without-device', false],
    ],
    [
      'with data in its sockets, and nothing given back',
      (s) => ({
        ...counters(until(5, s)),
        ...refill(until(5, s), until(5, s)),
        waiting_bytes: s < 5 ? 0n : 9000n,
      }),
      ['starving', 'ring-empty-data-waits', true],
    ],
    [
      'that stood still before it was watched, with data in its sockets and nothing given back',
      () => ({ ...counters(700), ...refill(700, 700), waiting_bytes: 9000n }),
      ['starving', 'ring-empty-data-waits', true],
    ],
    [
      'with data in its sockets, and entries in its ring that nobody flushes',
      (s) => ({ ...counters(until(5, s)), ...refill(0, until(5, s)), waiting_bytes: s < 5 ? 0n : 9000n }),
      ['stalled', 'data-waits', true],
    ],
  ])('%s', (_what, at, expected) => {
    expect(judged(seen(NODEV, 20, at))).toEqual(expected);
  });

  test('nobody needs to say that it has none: all of it was copied', () => {
    const at = (s: number) => ({
      ...counters(until(5, s)),
      ...refill(until(5, s), until(5, s)),
      waiting_bytes: s < 5 ? 0n : 9000n,
    });
    expect(judged(seen(FOREIGN, 20, at))).toEqual(['starving', 'ring-empty-data-waits', true]);
  });
});

describe('an instance of our own', () => {
  const MiB = 2 ** 20;
  test.each<[string, HealthOptions, (second: number) => Values, unknown[]]>([
    ['zero copy', OWN, (s) => ({ ...counters(), ...received(s * MiB) }), ['zero-copy', 'not-copied', false]],
    [
      'copying 2 %',
      OWN,
      (s) => ({ ...counters(0, Math.floor(s * MiB * 0.02)), ...received(s * MiB) }),
      ['copying', 'copied', false],
    ],
    [
      'copying half a per cent',
      OWN,
      (s) => ({ ...counters(0, Math.floor(s * MiB * 0.0049)), ...received(s * MiB) }),
      ['zero-copy', 'not-copied', false],
    ],
    [
      'without a device',
      { ...OWN, nodev: true },
      (s) => ({ ...counters(0, Math.floor(s * MiB)), ...received(s * MiB) }),
      ['copying', 'copied-without-device', false],
    ],
    [
      'a little data',
      OWN,
      (s) => ({ ...counters(), ...received(s * 100) }),
      ['unknown', 'little-data', false],
    ],
    [
      'a trickle, of which enough has gathered',
      OWN,
      (s) => ({ ...counters(), ...received(s * 4000) }),
      ['zero-copy', 'not-copied', false],
    ],
    [
      'a trickle that is copied',
      OWN,
      (s) => ({ ...counters(s * 10, Math.floor(s * 4000)), ...received(s * 4000) }),
      ['copying', 'copied', false],
    ],
    ['idle', OWN, (s) => ({ ...counters(), ...received(Math.min(s, 5) * MiB) }), ['unknown', 'idle', false]],
    ['without statistics', OWN, (s) => received(s * MiB), ['unknown', 'no-statistics', false]],
    [
      'without free buffers',
      OWN,
      (s) => ({
        ...counters(),
        ...received(Math.min(s, 5) * MiB),
        ...(s > 5 && { stalled: 'alloc-fail' as const }),
      }),
      ['starving', 'alloc-fail', false],
    ],
    [
      'short of buffers for a fifth of the time, though data flows',
      OWN,
      (s) => ({
        ...counters(),
        ...received(s * MiB),
        ...(Math.round(s * 10) % 10 < 2 && { stalled: 'area-exhausted' as const }),
      }),
      ['starving', 'area-exhausted', false],
    ],
    [
      'with a full completion ring',
      OWN,
      (s) => ({
        ...counters(),
        ...received(Math.min(s, 5) * MiB),
        ...(s > 5 && { stalled: 'completions-full' as const }),
      }),
      ['stalled', 'completions-full', false],
    ],
    [
      'held back for a slow consumer, to whom data still comes',
      OWN,
      (s) => ({ ...counters(), ...received(s * MiB), stalled: 'slow-consumer' }),
      ['zero-copy', 'not-copied', false],
    ],
    [
      'held back for a consumer that has stopped',
      OWN,
      (s) => ({
        ...counters(),
        ...received(Math.min(s, 5) * MiB),
        ...(s > 4 && { stalled: 'slow-consumer' as const }),
      }),
      ['stalled', 'slow-consumer', false],
    ],
    [
      'imported, with copies by any ring',
      { ...OWN, events: false, shared: true },
      (s) => ({ ...counters(s * 100), ...received(s * MiB) }),
      ['copying', 'copied', false],
    ],
    [
      'shared, with few copies among all that goes round, though many beside what is received here',
      { ...OWN, shared: true },
      (s) => ({ ...counters(s * 40), ...received(s * MiB), ...refill(s * 10_000, s * 10_000 + 32) }),
      ['zero-copy', 'not-copied', false],
    ],
    [
      'imported, and nothing copied',
      { ...OWN, events: false, shared: true },
      (s) => ({ ...counters(), ...received(s * MiB) }),
      ['zero-copy', 'not-copied', false],
    ],
  ])('%s', (_what, options, at, expected) => {
    expect(judged(seen(options, 20, at))).toEqual(expected);
  });

  /** The states of ten samples a second, of which the kernel told ALLOC_FAIL at the 50th. */
  function afterFailure(samples: number, at: (i: number) => Values): string[] {
    const monitor = new HealthMonitor(OWN);
    const states: string[] = [];
    for (let i = 0; i <= samples; i++) {
      const time = BigInt(i) * 100_000_000n;
      monitor.push({ time, ...counters(), ...at(i) });
      if (i === 50) monitor.event('alloc_fail', time);
      if (states.at(-1) !== monitor.state) states.push(monitor.state);
    }
    return states;
  }

  test('what is under way when ALLOC_FAIL is told still arrives, and does not mean that it is over', () => {
    const states = afterFailure(90, (i) => received(Math.min(i, 54) * MiB));
    expect(states).toEqual(['unknown', 'zero-copy', 'starving']);
  });

  test('ALLOC_FAIL of a moment, after which data flows on, is no starving', () => {
    const states = afterFailure(200, (i) => received((i <= 50 ? i : i <= 52 ? 50 : i - 2) * MiB));
    expect(states).toEqual(['unknown', 'zero-copy']);
  });

  test('a stall that is over because nobody is left to receive from is over', () => {
    const stalled = (i: number) => (i > 50 && i < 65 ? { stalled: 'alloc-fail' as const } : {});
    const states = afterFailure(200, (i) => ({ ...received(Math.min(i, 50) * MiB), ...stalled(i) }));
    expect(states).toEqual(['unknown', 'zero-copy', 'starving', 'zero-copy', 'unknown']);
  });

  test('ALLOC_FAIL is forgotten once a sender would have tried again', () => {
    const states = afterFailure(750, (i) => received(Math.min(i, 50) * MiB));
    expect(states).toEqual(['unknown', 'zero-copy', 'starving', 'unknown']);
    expect(afterFailure(640, (i) => received(Math.min(i, 50) * MiB)).at(-1)).toBe('starving');
  });

  test('ALLOC_FAIL alone: starving until data comes again', () => {
    const monitor = new HealthMonitor(OWN);
    const states: string[] = [];
    for (let i = 0; i <= 300; i++) {
      const time = BigInt(i) * 100_000_000n;
      // 5 s of data, 5 s of nothing, and data again
      const bytes = i <= 50 ? i : i <= 100 ? 50 : i - 50;
      monitor.push({ time, ...counters(), ...received(bytes * MiB) });
      if (i === 50) monitor.event('alloc_fail', time);
      if (states.at(-1)?.split(' ')[0] !== monitor.state) states.push(`${monitor.state} ${i / 10}`);
    }
    expect(states).toEqual(['unknown 0', 'zero-copy 1.1', 'starving 6', 'zero-copy 17']);
    expect(monitor.health().events?.alloc_fail).toEqual({ count: 1, last: 5_000_000_000n });
  });
});
