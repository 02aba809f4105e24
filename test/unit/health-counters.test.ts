import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Counter, entriesBetween, Index, step } from '../../src/health/counters.js';

const END = 2n ** 64n;

test.each([
  ['stands', 7n, 7n, { kind: 'forward', by: 0n }],
  ['goes on', 7n, 12n, { kind: 'forward', by: 5n }],
  ['wraps', END - 3n, 4n, { kind: 'forward', by: 7n }],
  ['wraps to zero', END - 1n, 0n, { kind: 'forward', by: 1n }],
  ['goes half its range', 0n, 2n ** 63n - 1n, { kind: 'forward', by: 2n ** 63n - 1n }],
  ['began anew', 1_000_000n, 12n, { kind: 'reset', by: 12n }],
  ['began anew and stands at zero', 5n, 0n, { kind: 'reset', by: 0n }],
  ['is taken back a little by a late write', 1000n, 990n, { kind: 'back', by: 0n }],
  ['is taken back over the end', 2n, END - 2n, { kind: 'back', by: 0n }],
  ['is at its half: nothing is lost by taking it for a late write', 1000n, 500n, { kind: 'back', by: 0n }],
  ['is just below its half', 1000n, 499n, { kind: 'reset', by: 499n }],
] as const)('a counter %s', (_what, from, to, expected) => {
  expect(step(from, to)).toEqual(expected);
});

const u64 = fc.bigInt(0n, END - 1n);

test('the total of a counter is exact, over its end and from any beginning', () => {
  const steps = fc.array(fc.bigInt(0n, 2n ** 63n - 1n), { maxLength: 30 });
  fc.assert(
    fc.property(u64, steps, (start, all) => {
      const counter = new Counter();
      let value = start;
      let sum = 0n;
      for (const by of [0n, ...all]) {
        value = (value + by) % END;
        sum += by;
        counter.take(value, counter.look(value).by);
        expect(counter.total).toBe(sum);
      }
    }),
  );
});

test('a total never falls, whatever is read', () => {
  fc.assert(
    fc.property(fc.array(u64, { maxLength: 30 }), (values) => {
      const counter = new Counter();
      for (const value of values) {
        const before = counter.total;
        expect(counter.take(value, counter.look(value).by)).toBeGreaterThanOrEqual(0);
        expect(counter.total).toBeGreaterThanOrEqual(before);
      }
    }),
  );
});

test('an index goes on over 2^32, and tells a new ring from that', () => {
  const index = new Index();
  expect(index.take(2 ** 32 - 5, false)).toBe(0);
  expect(index.fell(3)).toBe(false);
  expect(index.take(3, false)).toBe(8);
  expect(index.take(2_000_000, false)).toBe(1_999_997);
  expect(index.fell(40)).toBe(true);
  expect(index.take(40, true)).toBe(40);
});

test.each([
  ['none', 5, 5, 0],
  ['some', 5, 37, 32],
  ['some over 2^32', 2 ** 32 - 2, 6, 8],
  ['the head was read later than the tail', 10, 8, 0],
  ['the tail was read later than the head', 0, 600, 512],
])('entries in a ring of 512: %s', (_what, head, tail, expected) => {
  expect(entriesBetween(head, tail, 512)).toBe(expected);
});
