import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ZcrxInstance } from 'zcrx/bridge';
import type { Scenario, Scenarios } from '../harness.js';
import { aWhile, child, descriptors, runChild, statusKiB, until } from './support/process.js';
import { type Connection, connection } from './support/traffic.js';

const derive = promisify(pbkdf2);

/** What Node does on the threads of its pool. */
const POOLED: Record<string, () => Promise<unknown>> = {
  'fs.stat': () => stat('/proc/self'),
  'dns.lookup': () => lookup('localhost'),
  'crypto.pbkdf2': () => derive('password', 'salt', 10, 32, 'sha256'),
  setImmediate: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Medians, in milliseconds. */
async function promptness(): Promise<Record<string, number>> {
  const medians: Record<string, number> = {};
  for (const [name, run] of Object.entries(POOLED)) {
    const times: number[] = [];
    for (let i = 0; i < 31; i++) {
      const from = performance.now();
      await run();
      times.push(performance.now() - from);
    }
    medians[name] = times.sort((a, b) => a - b)[15]!;
  }
  return medians;
}

/** Eight instances, each with a receive on a connection that says nothing. */
async function eightReceiving(run: () => Promise<void>): Promise<void> {
  const wires: Connection[] = [];
  const instances: ZcrxInstance[] = [];
  const ends: Promise<unknown>[] = [];
  try {
    for (let i = 0; i < 8; i++) {
      const wire = await connection();
      const zcrx = ZcrxInstance.open({ areaSize: 65536 });
      wires.push(wire);
      instances.push(zcrx);
      ends.push(
        zcrx
          .receive(wire.accepted)
          .next()
          .catch(() => {}),
      );
    }
    await run();
  } finally {
    for (const zcrx of instances) zcrx.close();
    for (const wire of wires) wire.close();
    await Promise.all(ends);
  }
}

/** Ways for a process to end in the middle of a receive: how it is brought about, and what its parent sees. */
const ENDS: Record<string, { signal?: NodeJS.Signals; status: number | null; stderr?: RegExp }> = {
  'process.exit': { status: 3 },
  'an uncaught exception': { status: 1, stderr: /Error: nobody catches this/ },
  SIGINT: { signal: 'SIGINT', status: null },
};

const endsBy =
  (way: string): Scenario =>
  async () => {
    const { signal, status, stderr } = ENDS[way]!;
    const started = child('receive-and-end', [way]);
    await started.said('receiving');
    if (signal) started.process.kill(signal);
    const ended = await started.ended;
    assert.deepEqual({ status: ended.status, signal: ended.signal }, { status, signal: signal ?? null });
    if (stderr) assert.match(ended.stderr, stderr);
    else assert.equal(ended.stderr, '');
  };

const availableMiB = (): number =>
  Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) / 1024;

const WORKER = new URL('./children/worker.js', import.meta.url);

/** Starts a worker, and waits for the first thing that it says. */
async function worker(doing: string): Promise<{ thread: Worker; said: unknown }> {
  const thread = new Worker(WORKER, { workerData: doing });
  const [said] = await once(thread, 'message');
  return { thread, said };
}

export default {
  'eight receiving instances leave the pool and the loop as prompt as they were': {
    timeoutMs: 60_000,
    async run() {
      await promptness();
      const without = await promptness();
      let withEight: Record<string, number> = {};
      await eightReceiving(async () => {
        withEight = await promptness();
      });
      for (const name of Object.keys(POOLED)) {
        const [was, is] = [without[name]!, withEight[name]!];
        assert.ok(is < was * 3 + 20, `${name} took ${was} ms, and takes ${is} ms`);
      }
      return { without, withEight };
    },
  },

  'eight instances that wait cost no processor': {
    timeoutMs: 60_000,
    run: () =>
      eightReceiving(async () => {
        await aWhile(300);
        const from = process.cpuUsage();
        await aWhile(2000);
        const { user, system } = process.cpuUsage(from);
        const ms = (user + system) / 1000;
        assert.ok(ms < 200, `${ms} ms of 2000`);
      }),
  },

  'an open instance does not keep the process alive': async () => {
    const { status, stdout, stderr } = await runChild('idle');
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'open\n', stderr: '' });
  },

  'ref() does, until unref()': async () => {
    const { status, stdout, stderr } = await runChild('ref');
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'open\nstill here\n', stderr: '' });
  },

  'a running receive does, until it ends': async () => {
    const { status, stdout, stderr } = await runChild('receiving');
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 0, stdout: 'receiving\nstill here\nended\n', stderr: '' },
    );
  },

  ...Object.fromEntries(
    Object.keys(ENDS).map((way) => [`a process ends cleanly in a receive: ${way}`, endsBy(way)]),
  ),

  'a process that is killed in a receive gives back what was pinned': async () => {
    const started = child('receive-and-end', ['SIGKILL', `${128 * 2 ** 20}`]);
    await started.said('receiving');
    const meanwhile = availableMiB();
    started.process.kill('SIGKILL');
    assert.equal((await started.ended).signal, 'SIGKILL');
    // less than the area, so that what else happens in the guest meanwhile does not count; more than the process
    await until('the area and the process are gone', () => availableMiB() > meanwhile + 96);
  },

  'a worker thread receives': {
    timeoutMs: 60_000,
    async run() {
      const { thread, said } = await worker('receive');
      assert.deepEqual(said, { whole: true, notified: 1, copied: 300_001n });
      const [code] = await once(thread, 'exit');
      assert.equal(code, 0);
    },
  },

  'two worker threads receive at once, beside the main thread': {
    timeoutMs: 60_000,
    async run() {
      const zcrx = ZcrxInstance.open({ areaSize: 65536 });
      const threads = await Promise.all([worker('receive'), worker('receive')]);
      for (const { said } of threads) assert.deepEqual(said, { whole: true, notified: 1, copied: 300_001n });
      assert.deepEqual(zcrx.stats().copy_count, 0n);
      zcrx.close();
      await Promise.all(threads.map(({ thread }) => thread.terminate()));
    },
  },

  'a worker thread that is terminated in a receive leaves no descriptor': {
    timeoutMs: 60_000,
    async run() {
      // The first one has Node open some of its own.
      await (await worker('receive and wait')).thread.terminate();
      await aWhile();
      const before = descriptors();
      for (let i = 0; i < 2; i++) {
        const { thread, said } = await worker('receive and wait');
        assert.equal(said, 'receiving');
        assert.ok(descriptors() > before);
        await thread.terminate();
        await until('its descriptors are gone', () => descriptors() === before);
        await until('nothing is pinned', () => statusKiB('VmPin') === 0);
      }
    },
  },

  'a worker thread that exits with an open instance leaves no descriptor': {
    timeoutMs: 60_000,
    async run() {
      const before = descriptors();
      const { thread } = await worker('open and exit');
      if (thread.threadId !== -1) await once(thread, 'exit');
      await until('its descriptors are gone', () => descriptors() === before);
    },
  },
} satisfies Scenarios;
