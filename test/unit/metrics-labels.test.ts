import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type MeteredInstance, Metrics } from '../../src/metrics/index.js';
import { instance, valuesOf } from './metrics-exposition.js';

/** Labels and copies of what `zcrx_copy_fallback_total` tells, for instances that come and go. */
function watched() {
  let now: MeteredInstance[] = [];
  const metrics = new Metrics({ instances: () => now, reuse_ms: 0 });
  return async (...instances: MeteredInstance[]) => {
    now = instances;
    return valuesOf(await metrics.text(), 'zcrx_copy_fallback_total');
  };
}

/** An instance of a process, with a number by which it is known again in the values. */
const of = (
  process: string,
  process_key: string | undefined,
  copies: number,
  ring = '5',
): MeteredInstance => ({
  ...instance(process, { counters: { copy_count: BigInt(copies), copy_bytes: 0n } }, ring),
  process_key,
});

test('what is gone has no series any more', async () => {
  const told = watched();
  expect(await told(of('a', '1', 1), of('b', '2', 2))).toEqual({ 'a 5 0': 1, 'b 5 0': 2 });
  expect(await told(of('b', '2', 2))).toEqual({ 'b 5 0': 2 });
  expect(await told()).toEqual({});
});

test('processes of one name are told apart, each by the same name for as long as it lives', async () => {
  const told = watched();
  const [a, b, c] = [of('nginx', '100', 1), of('nginx', '200', 2), of('nginx', '300', 3)];
  expect(await told(a, b)).toEqual({ 'nginx 5 0': 1, 'nginx#2 5 0': 2 });
  expect(await told(b, a)).toEqual({ 'nginx 5 0': 1, 'nginx#2 5 0': 2 });
  expect(await told(b)).toEqual({ 'nginx#2 5 0': 2 });
  expect(await told(b, c)).toEqual({ 'nginx 5 0': 3, 'nginx#2 5 0': 2 });
  // all rings of a process go by its name
  expect(await told(c, b, of('nginx', '200', 9, '7'))).toEqual({
    'nginx 5 0': 3,
    'nginx#2 5 0': 2,
    'nginx#2 7 0': 9,
  });
});

test('a process that is started again goes on under its name: no series is added', async () => {
  const told = watched();
  for (let start = 0; start < 50; start++) {
    expect(await told(of('server', `${start}`, start))).toEqual({ 'server 5 0': start });
  }
});

test('a process that is really called so is no other', async () => {
  const told = watched();
  expect(await told(of('nginx#2', '1', 1), of('nginx', '2', 2), of('nginx', '3', 3))).toEqual({
    'nginx#2 5 0': 1,
    'nginx 5 0': 2,
    'nginx#2#2 5 0': 3,
  });
});

test('without a key nothing is added up, either', async () => {
  const told = watched();
  expect(await told(of('a', undefined, 1), of('a', undefined, 2), of('a', undefined, 3))).toEqual({
    'a 5 0': 1,
    'a#2 5 0': 2,
    'a#3 5 0': 3,
  });
});

test('10,000 instances come and go, and memory stays flat', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let now: MeteredInstance[] = [];
  const metrics = new Metrics({ instances: () => now, reuse_ms: 0 });
  let started = 0;
  const round = async () => {
    now = Array.from({ length: 100 }, () => of(`process-${started}`, `${started++}`, started));
    await metrics.text(false);
    await metrics.text(true);
  };
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  for (let n = 0; n < 10; n++) await round();
  const before = heap();
  for (let n = 0; n < 100; n++) await round();
  const grown = heap() - before;
  expect(started).toBe(11_000);
  // One series alone takes more than 100 bytes; an instance has some fifteen.
  expect(grown).toBeLessThan(10_000 * 100);
  now = [];
  expect(await metrics.text()).not.toContain('process=');
}, 60_000);
