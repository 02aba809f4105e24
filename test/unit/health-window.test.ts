import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Window } from '../../src/health/window.js';

const SPAN = 5000;

test('nothing is no rate', () => {
  const window = new Window(SPAN, ['a']);
  expect(window.rate('a')).toBeUndefined();
  window.add('a', 5);
  window.moveTo(0);
  expect(window.rate('a')).toBeUndefined();
  // Two samples at one time, and two too near to one another to say anything.
  window.moveTo(0);
  window.moveTo(99);
  expect([window.rate('a'), window.ms]).toEqual([undefined, 0]);
});

test.each([1, 7, 20, 100, 250, 1000, 3000])('a steady flow, looked at every %d ms, has its rate', (every) => {
  const window = new Window(SPAN, ['a', 'b']);
  for (let time = 0; time <= 20_000; time += every) {
    if (time > 0) window.add('b', every * 3);
    window.moveTo(time);
    if (time >= 100) expect(window.rate('b')).toBeCloseTo(3000, 6);
  }
  expect(window.rate('a')).toBe(0);
});

test('what is older than the window and a fiftieth is out of it', () => {
  const window = new Window(SPAN, ['a']);
  window.moveTo(0);
  window.add('a', 1000);
  for (let time = 10; time <= SPAN; time += 10) window.moveTo(time);
  expect(window.amount('a')).toBe(1000);
  for (let time = SPAN + 10; time <= SPAN + 120; time += 10) window.moveTo(time);
  expect(window.amount('a')).toBe(0);
  expect(window.sum('a')).toBe(1000);
});

test('after a restart only what comes then counts', () => {
  const window = new Window(SPAN, ['a']);
  window.moveTo(0);
  window.add('a', 1000);
  window.moveTo(1000);
  window.add('a', 1e12);
  window.restart(500_000);
  expect(window.rate('a')).toBeUndefined();
  window.add('a', 30);
  window.moveTo(501_000);
  expect(window.rate('a')).toBe(30);
});

const samples = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 7000 }), amount: fc.integer({ min: 0, max: 1e9 }) }),
  { maxLength: 300 },
);

test('at any spacing it holds all of the last span, and of before no more than one sample or a fiftieth', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const window = new Window(SPAN, ['a']);
      window.moveTo(0);
      let time = 0;
      const seen: { time: number; amount: number }[] = [];
      for (const { after, amount } of all) {
        const before = time;
        time += after;
        window.add('a', amount);
        window.moveTo(time);
        seen.push({ time, amount });
        const rate = window.rate('a') ?? 0;
        expect(rate >= 0 && Number.isFinite(rate)).toBe(true);
        const since = (from: number) =>
          seen.reduce((sum, one) => sum + (one.time > from ? one.amount : 0), 0);
        expect(window.amount('a')).toBeGreaterThanOrEqual(since(time - SPAN));
        const most = Math.max(
          SPAN + SPAN / 50,
          time - before,
          SPAN + Math.max(...seen.map((one, i) => one.time - (seen[i - 1]?.time ?? 0))),
        );
        expect(window.amount('a')).toBeLessThanOrEqual(since(time - most - 1));
      }
    }),
  );
});

test('a million samples take the memory of none', () => {
  const window = new Window(SPAN, ['a', 'b', 'c']);
  const bytes = () =>
    Object.values(window).reduce(
      (sum, value) =>
        sum + (value instanceof Float64Array ? value.byteLength : Array.isArray(value) ? value.length : 0),
      0,
    );
  const before = bytes();
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 1_000_000; i++) window.moveTo(i);
  expect(bytes()).toBe(before);
});
