import { describe, expect, test } from 'vitest';
import type { HealthReason } from '../../src/health/index.js';
import { type Change, type Played, playRecording, Trace } from './health-trace.js';

// What was recorded in real kernels, with the states that it must lead to, and how long after what happened. The first
// state is always unknown.

/** A reason, what it follows on (0: the beginning), and the least and most seconds after that. */
type Expected = readonly [HealthReason, string | 0, number, number];

interface Row {
  readonly own: readonly Expected[];
  readonly foreign: readonly Expected[];
  /** Without anything told of device and sockets; default as foreign. */
  readonly bare?: readonly Expected[];
}

const flowing: Expected = ['not-copied', 0, 1, 1.5];
const copying: Expected = ['copied', 0, 1, 1.5];
const idle: Expected = ['idle', 'idle', 10, 11];

const rows: Readonly<Record<string, Row>> = {
  'device-flow': {
    own: [['not-copied', 'sends', 1, 1.5], idle],
    foreign: [['not-copied', 'sends', 1, 1.5], idle],
  },
  // 64 KiB of messages have gathered after 7 s, 16 buffers of them after 2 s.
  'device-trickle': { own: [['not-copied', 0, 7, 9.5], idle], foreign: [['not-copied', 0, 2, 3.5], idle] },
  'device-holds-last': {
    own: [flowing, ['idle', 'idle', 5, 8]],
    foreign: [flowing, ['idle', 'idle', 5, 8]],
  },
  'device-copying': {
    own: [flowing, ['copied', 'steering removed', 1, 1.5], ['not-copied', 'steering restored', 6.5, 7.5]],
    foreign: [flowing, ['copied', 'steering removed', 1, 1.5], ['not-copied', 'steering restored', 6.5, 7.5]],
  },
  'device-starving': {
    own: [flowing, ['alloc-fail', 'alloc_fail', 0.5, 1.5], ['not-copied', 'releases', 6.5, 8], idle],
    foreign: [
      flowing,
      ['alloc-fail-counted', 'alloc_fail', 0.5, 1.5],
      ['not-copied', 'releases', 6.5, 8],
      idle,
    ],
    bare: [flowing, ['ring-empty', 'alloc_fail', 2, 3], ['not-copied', 'releases', 2, 3], idle],
  },
  'device-slow': {
    own: [flowing, ['slow-consumer', 'pauses', 2.4, 3.5], ['not-copied', 'goes on', 2, 3]],
    foreign: [flowing, ['data-waits', 'pauses', 2.4, 3.5], ['not-copied', 'goes on', 2, 3]],
    // From the ring alone it cannot be told from the one above, and the words say so.
    bare: [flowing, ['ring-empty', 'pauses', 2.4, 3.5], ['not-copied', 'goes on', 2, 3]],
  },
  'nodev-flow': {
    own: [
      ['copied-without-device', 0, 1, 1.5],
      ['idle', 'idle', 12, 13],
    ],
    foreign: [copying, ['idle', 'idle', 12, 13]],
  },
  'nodev-exhausted': {
    // Right after the standstill it is short of buffers time and again, up to the end.
    own: [
      ['copied-without-device', 0, 1, 1.5],
      ['area-exhausted', 'holds', 0.5, 2],
    ],
    foreign: [copying, ['ring-empty-data-waits', 'holds', 2.4, 3.5], ['copied', 'releases', 2, 3]],
    bare: [copying, ['ring-empty', 'holds', 2.4, 3.5], ['copied', 'releases', 2, 3]],
  },
};

const INFERRED = new Set<HealthReason>([
  'alloc-fail-counted',
  'ring-empty',
  'ring-empty-data-waits',
  'data-waits',
]);

/** The reasons in their order, and each at its time. */
function expectChanges(played: Played, trace: Trace, expected: readonly Expected[], late = 0): void {
  const [first, ...changes] = played.changes;
  expect(first?.state).toBe('unknown');
  expect(changes.map(({ reason }) => reason)).toEqual(expected.map(([reason]) => reason));
  for (const [i, [reason, after, least, most]] of expected.entries()) {
    const passed = (changes[i] as Change).at - (after === 0 ? 0 : trace.when(after));
    expect(passed, `${reason} after ${after}`).toBeGreaterThanOrEqual(least - late);
    expect(passed, `${reason} after ${after}`).toBeLessThanOrEqual(most + late);
  }
}

describe.each(Object.entries(rows))('%s', (name, { own, foreign, bare = foreign }) => {
  const trace = new Trace(name);

  test('as its own program sees it', () => {
    const played = trace.own();
    expectChanges(played, trace, own);
    expect(played.changes.some(({ inferred }) => inferred)).toBe(false);
  });

  test('as another process sees it, with device and sockets', () => {
    const played = trace.foreign();
    expectChanges(played, trace, foreign);
    for (const { reason, inferred } of played.changes)
      expect(inferred, reason).toBe(INFERRED.has(reason) || reason === 'not-copied');
  });

  test('as another process sees it, with nothing else', () => {
    expectChanges(trace.foreign(1, {}), trace, bare);
  });

  test('looked at four times a second, and once', () => {
    for (const [oneIn, late] of [
      [5, 0.5],
      [20, 1.6],
    ] as const) {
      expectChanges(trace.own(oneIn), trace, own, late);
      expectChanges(trace.foreign(oneIn), trace, foreign, late);
    }
  });

  test('as the library told it while it happened', () => {
    const [, ...changes] = trace.own().changes;
    expect(trace.live.map(({ state, reason }) => [state, reason])).toEqual(
      changes.map(({ state, reason }) => [state, reason]),
    );
    for (const [i, { at }] of trace.live.entries())
      expect(Math.abs(at - (changes[i] as Change).at)).toBeLessThan(0.5);
  });

  test('the totals are what was counted', () => {
    const { copy_count = 0, copy_bytes = 0, received = 0 } = trace.end;
    const first = trace.first;
    const expected = {
      copy_count: BigInt(copy_count - (first.copy_count ?? 0)),
      copy_bytes: BigInt(copy_bytes - (first.copy_bytes ?? 0)),
      resets: 0,
    };
    expect(trace.foreign().monitor.health()).toMatchObject(expected);
    expect(trace.own().monitor.health()).toMatchObject({
      ...expected,
      received_bytes: BigInt(received - (first.received ?? 0)),
    });
  });
});

test('an idle receiver is never starving, at whatever moment the watching begins', () => {
  for (const name of ['device-flow', 'device-trickle', 'device-holds-last', 'nodev-flow']) {
    const trace = new Trace(name);
    for (const from of [0, 1, 5, 20, 77, 150, 240]) {
      for (const seen of [{}, { device: true }, { sockets: true }, { device: true, sockets: true }]) {
        const states = trace.foreign(1, seen, from).changes.map(({ state }) => state);
        expect(states, `${name} from sample ${from}`).not.toContain('starving');
        expect(states, `${name} from sample ${from}`).not.toContain('stalled');
      }
    }
  }
});

test('the tour: zero copy, copying, out of buffers and back', () => {
  const { changes, told, monitor } = playRecording('tour.zcrx', false);
  expect(changes.map(({ reason }) => reason)).toEqual([
    'no-data-yet',
    'not-copied',
    'copied',
    'not-copied',
    'alloc-fail',
    'not-copied',
  ]);
  const at = (type: string) => (told.find(([event]) => event === type) as [string, number])[1];
  const [, , copied, , starving] = changes as [Change, Change, Change, Change, Change];
  expect(copied.at - at('copy')).toBeGreaterThanOrEqual(0.9);
  expect(copied.at - at('copy')).toBeLessThan(1.5);
  expect(starving.at - at('alloc_fail')).toBeGreaterThanOrEqual(0.5);
  expect(starving.at - at('alloc_fail')).toBeLessThan(2);
  const { events } = monitor.health();
  expect(events?.copy.count).toBe(told.filter(([type]) => type === 'copy').length);
  expect(events?.alloc_fail.count).toBe(told.filter(([type]) => type === 'alloc_fail').length);
});

test('without a device: copying from beginning to end', () => {
  const { changes, monitor } = playRecording('nodev.zcrx', true);
  expect(changes.map(({ state, reason }) => [state, reason])).toEqual([
    ['unknown', 'no-data-yet'],
    ['copying', 'copied-without-device'],
  ]);
  const health = monitor.health();
  expect(health.copied_share).toBe(1);
  expect(health.copy_bytes).toBe(health.received_bytes);
});
