import { expect, test } from 'vitest';
import { type Finding, type Standing, Watch } from '../../src/cli/run/watch.js';

const MiB = 2 ** 20;

/** What is told when things stand so, second by second; by the second in which it is told. */
function told(look: (second: number) => Partial<Record<keyof Standing, number>>, seconds: number) {
  const watch = new Watch();
  const all: [number, Finding][] = [];
  for (let second = 1; second <= seconds; second++) {
    const { connections = 1, accepted = 1, received_bytes = 0, copy_bytes = 0 } = look(second);
    const finding = watch.look({
      timeMs: second * 1000,
      connections,
      accepted,
      received_bytes: BigInt(received_bytes),
      copy_bytes: BigInt(copy_bytes),
    });
    if (finding) all.push([second, finding]);
  }
  return all;
}

test('zero copy is no news', () => {
  expect(told((second) => ({ received_bytes: second * MiB }), 60)).toEqual([]);
});

test('nobody connects: told once', () => {
  expect(told(() => ({ connections: 0, accepted: 0 }), 60)).toEqual([[10, { topic: 'no-connection' }]]);
});

test('a connection without data: told once', () => {
  const all = told((second) => ({ received_bytes: second < 10 ? second * MiB : 10 * MiB }), 60);
  expect(all).toEqual([[15, { topic: 'no-data' }]]);
});

test('silence between connections is nothing to be told of', () => {
  expect(told(() => ({ connections: 0, received_bytes: MiB }), 60)).toEqual([]);
});

test('all is copied: told at the end of the first window, and when it is over', () => {
  const all = told((second) => ({ received_bytes: second * MiB, copy_bytes: Math.min(second, 6) * MiB }), 30);
  expect(all).toEqual([
    [3, { topic: 'copied', copied_percent: 100 }],
    [9, { topic: 'fine', copied_percent: 0 }],
  ]);
});

test('a part is copied', () => {
  const all = told((second) => ({ received_bytes: second * MiB, copy_bytes: (second * MiB) / 4 }), 30);
  expect(all).toEqual([[3, { topic: 'partly-copied', copied_percent: 25 }]]);
});

test.each([
  ['a few packets', 1000, 1000],
  ['a few copies', 10 * MiB, 0.5 * MiB],
])('%s prove nothing', (_what, received, copied) => {
  expect(told(() => ({ received_bytes: received, copy_bytes: copied }), 5)).toEqual([]);
});

test('what is counted before it is received is not more than all', () => {
  const all = told((second) => ({ received_bytes: second * MiB, copy_bytes: second * MiB + 4096 }), 3);
  expect(all).toEqual([[3, { topic: 'copied', copied_percent: 100 }]]);
});
