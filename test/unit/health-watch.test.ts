import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, expectTypeOf, test } from 'vitest';
import type { ZcrxInstance } from '../../bridge/index.js';
import { type Health, type HealthSource, watchHealth } from '../../src/health/index.js';

// How it does on live instances is in the recorded traces (health-traces.test.ts): this is about its manners.

test('a ZcrxInstance can be watched', () => {
  expectTypeOf<ZcrxInstance>().toExtend<HealthSource>();
});

/** As much of an instance as is watched. */
class Instance extends EventEmitter implements HealthSource {
  closed = false;
  role: 'creator' | 'importer' = 'creator';
  plan = { rq_entries: 512 };
  registration = { reg: { flags: 0, rx_buf_len: 4096 } };
  received_bytes = 0n;
  held = 0;
  stalls: HealthSource['stalls'] = { current: undefined };
  copied: bigint | undefined = 0n;
  consistent = true;
  stats() {
    if (this.copied === undefined) throw new Error('the instance was opened with stats: false');
    return { copy_count: this.copied / 4096n, copy_bytes: this.copied, consistent: this.consistent };
  }
  receive(bytes: number, copied = 0): void {
    this.received_bytes += BigInt(bytes);
    if (this.copied !== undefined) this.copied += BigInt(copied);
  }
}

/** So quick that a test need not wait. */
const QUICK = {
  windowMs: 200,
  enterMs: { 'zero-copy': 0, copying: 0, starving: 0, stalled: 0 },
  leaveMs: { 'zero-copy': 0, copying: 0, starving: 0, stalled: 0 },
  standstillMs: 100,
};

test('changes are told, with what it was before', async () => {
  const instance = new Instance();
  const told: string[] = [];
  const watch = watchHealth(instance, {
    intervalMs: 5,
    thresholds: QUICK,
    onChange: ({ state, reason }, before) => told.push(`${before} > ${state} ${reason}`),
  });
  const copying = setInterval(() => instance.receive(1e6, told.length > 0 ? 5e5 : 0), 2);
  while (told.length < 2) await sleep(5);
  clearInterval(copying);
  watch.stop();
  expect(told).toEqual(['unknown > zero-copy not-copied', 'zero-copy > copying copied']);
});

test('standstills count to the moment, between samples too', async () => {
  const instance = new Instance();
  const watch = watchHealth(instance, { intervalMs: 60_000, thresholds: QUICK });
  instance.emit('notification', { type: 'alloc_fail', time: performance.now() });
  instance.stalls = { current: { reasons: ['completions-full', 'alloc-fail'] } };
  instance.emit('stalled');
  const begun = performance.now();
  await sleep(150);
  expect(watch.health()).toMatchObject({ state: 'starving', reason: 'alloc-fail', inferred: false });
  const { current } = watch.health().stalls;
  expect(Number(current) / 1e6).toBeGreaterThanOrEqual(149);
  instance.stalls = { current: undefined };
  instance.emit('recovered');
  const lasted = performance.now() - begun;
  const { events, stalls } = watch.health();
  watch.stop();
  expect(events?.alloc_fail.count).toBe(1);
  expect(stalls).toEqual({ count: 1, total: stalls.longest, longest: expect.any(BigInt) });
  expect(Number(stalls.total) / 1e6).toBeGreaterThanOrEqual(149);
  expect(Number(stalls.total) / 1e6).toBeLessThanOrEqual(lasted + 1);
});

test('receives that are held back while nothing comes are a stall, until the program holds nothing', async () => {
  const instance = new Instance();
  const watch = watchHealth(instance, { intervalMs: 5, thresholds: QUICK });
  instance.held = 128;
  instance.emit('interrupted', { reason: 'slow-consumer', id: 7n });
  await sleep(200);
  expect(watch.health()).toMatchObject({ state: 'stalled', reason: 'slow-consumer' });
  expect(watch.health().stalls.count).toBe(0);
  instance.held = 0;
  await sleep(50);
  expect(watch.health().state).toBe('unknown');
  watch.stop();
});

test('an importer’s counters are of all rings, and nobody tells it of events', async () => {
  const instance = new Instance();
  instance.role = 'importer';
  const watch = watchHealth(instance, { intervalMs: 5, thresholds: QUICK });
  const receiving = setInterval(() => instance.receive(1e6, 5e5), 2);
  await sleep(250);
  clearInterval(receiving);
  const health = watch.health();
  watch.stop();
  expect(health).toMatchObject({ state: 'copying' });
  expect(health.words).toContain('the counters are of all rings that share the instance together');
  expect(health).not.toHaveProperty('events');
  expect(health).not.toHaveProperty('copied_share');
});

test('what is shared later is taken as shared then', async () => {
  const instance = new Instance();
  const watch = watchHealth(instance, { intervalMs: 5, thresholds: QUICK });
  const receiving = setInterval(() => instance.receive(1e6, 5e5), 2);
  await sleep(250);
  expect(watch.health().copied_share).toBeGreaterThan(0);
  instance.consistent = false;
  await sleep(50);
  clearInterval(receiving);
  const health = watch.health();
  watch.stop();
  expect(health).not.toHaveProperty('copied_share');
});

test('without statistics it says so', async () => {
  const instance = new Instance();
  instance.copied = undefined;
  const watch = watchHealth(instance, { intervalMs: 5, thresholds: QUICK });
  instance.receive(1e6);
  await sleep(50);
  const health: Health = watch.health();
  watch.stop();
  expect(health.reason).toBe('no-statistics');
  expect(health).not.toHaveProperty('copy_count');
});

test('it ends with the instance, or when told to, and leaves nothing behind', async () => {
  for (const end of ['close', 'stop'] as const) {
    const instance = new Instance();
    const watch = watchHealth(instance, { intervalMs: 5 });
    expect(instance.eventNames().length).toBeGreaterThan(0);
    if (end === 'stop') {
      watch.stop();
      watch.stop();
    } else {
      instance.closed = true;
      instance.emit('close');
    }
    expect(instance.eventNames()).toEqual([]);
    const { time } = watch.health();
    await sleep(30);
    expect(watch.health().time).toBe(time);
  }
});

test.each([0, -5, Number.NaN, 2 ** 31])('an interval of %d ms is refused', (intervalMs) => {
  expect(() => watchHealth(new Instance(), { intervalMs })).toThrow(`intervalMs ${intervalMs}: expected`);
});

test('it does not keep the process alive', () => {
  // type stripping is not there in Node 20: what is compiled is run
  const url = resolve(import.meta.dirname, '../../dist/src/health/index.js');
  const program = `
    import { EventEmitter } from 'node:events';
    import { watchHealth } from ${JSON.stringify(url)};
    const instance = Object.assign(new EventEmitter(), {
      closed: false, role: 'creator', plan: { rq_entries: 8 }, registration: { reg: { flags: 2, rx_buf_len: 0 } },
      received_bytes: 0n, held: 0, stalls: {}, stats: () => ({ copy_count: 0n, copy_bytes: 0n, consistent: true }),
    });
    watchHealth(instance);
    console.log('watched');`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(out).toBe('watched\n');
});
