import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HealthReason, REASONS } from '../../src/health/health.js';
import { Held } from '../../src/health/held.js';
import { DEFAULT_THRESHOLDS as T } from '../../src/health/thresholds.js';

/** What holds after each look. */
function played(looks: readonly (readonly [number, HealthReason])[]): string[] {
  const held = new Held(T);
  return looks.map(([time, reason]) => {
    held.seems(reason, time);
    return held.state;
  });
}

test('a state is entered once it has seemed right for its time', () => {
  expect(
    played([
      [0, 'not-copied'],
      [999, 'not-copied'],
      [1000, 'not-copied'],
    ]),
  ).toEqual(['unknown', 'unknown', 'zero-copy']);
});

test('what seems right again and again, but never for long, is not entered', () => {
  const looks = Array.from({ length: 100 }, (_, i) => [i * 400, i % 2 ? 'copied' : 'not-copied'] as const);
  expect(new Set(played(looks))).toEqual(new Set(['unknown']));
});

test('to what is more urgent it goes at once, back it takes the time to leave', () => {
  const looks = [
    ...[0, 1000].map((time) => [time, 'not-copied'] as const),
    ...[2000, 2499, 2500].map((time) => [time, 'ring-empty'] as const),
    ...[3000, 4999, 5000].map((time) => [time, 'not-copied'] as const),
  ];
  expect(played(looks)).toEqual([
    ...['unknown', 'zero-copy'],
    ...['zero-copy', 'zero-copy', 'starving'],
    ...['starving', 'starving', 'zero-copy'],
  ]);
});

test('another reason for the same state is told at once', () => {
  const held = new Held(T);
  held.seems('ring-empty', 0);
  held.seems('ring-empty', 500);
  held.seems('alloc-fail', 501);
  expect([held.state, held.reason]).toEqual(['starving', 'alloc-fail']);
});

const URGENT = ['unknown', 'zero-copy', 'copying', 'stalled', 'starving'];
const reasons = fc.constantFrom(...(Object.keys(REASONS) as HealthReason[]));
const looks = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), reasons), { maxLength: 400 });

test('no state is entered or left sooner than its times', () => {
  fc.assert(
    fc.property(looks, (all) => {
      const held = new Held(T);
      let time = 0;
      let changed = 0;
      for (const [after, reason] of all) {
        time += after;
        const before = held.state;
        if (!held.seems(reason, time)) {
          expect(held.state).toBe(before);
          continue;
        }
        const least = Math.max(
          T.enterMs[held.state],
          URGENT.indexOf(held.state) <= URGENT.indexOf(before) ? T.leaveMs[before] : 0,
        );
        expect(time - changed).toBeGreaterThanOrEqual(least);
        changed = time;
      }
    }),
  );
});
