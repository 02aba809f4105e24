import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isSyscallError, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { notificationsOf } from './support/instance.js';
import { counters, NIC, since, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { endAll, type Party, parties } from './support/party.js';
import { aWhile, until } from './support/process.js';
import { collect, payload, same, send } from './support/traffic.js';

// Several rings on one queue of the simulated network device.

const BUFFERS = 256;
const AREA = BUFFERS * PAGE;
const SHARED = { ...NIC, area: 'shared', areaSize: AREA } as const;

/** Runs parties on the queue; when they are gone, it can be bound again at once. */
async function withParties(
  importers: number,
  run: (all: readonly Party[]) => Promise<unknown>,
): Promise<void> {
  steer(true);
  const all = await parties(importers, SHARED);
  try {
    await run(all);
  } finally {
    await endAll(all);
  }
  ZcrxInstance.open({ ...NIC, areaSize: AREA }).close();
}

/** Connections are made one after the other: they share a port. */
async function runAll(parties: readonly Party[], length: number): Promise<void> {
  for (const party of parties) await party.ask('run', 'nic', length);
}

/** The errno by which the queue is refused, or undefined. `open` would try for half a second. */
function queueRefused(): string | undefined {
  try {
    ZcrxInstance.open({ ...NIC, areaSize: PAGE }).close();
    return undefined;
  } catch (error) {
    if (!isSyscallError(error)) throw error;
    return error.errno;
  }
}

export default {
  'two processes receive from the same queue at once, nothing copied': {
    timeoutMs: 120_000,
    run: () =>
      withParties(1, async (all) => {
        const [creator, importer] = all as [Party, Party];
        const before = counters();
        await runAll(all, 3 * AREA);
        await Promise.all([creator.goesOn(9 * AREA), importer.goesOn(9 * AREA)]);
        await creator.ask('stop');
        await importer.ask('stop');
        const { filled_bytes, page_bytes } = since(before);
        assert.ok(filled_bytes >= 18 * AREA, `${filled_bytes} bytes put into the area by the device`);
        assert.equal(page_bytes, 0);
        const stats = await creator.ask('stats');
        assert.deepEqual([stats.copy_count, stats.copy_bytes], [0n, 0n]);
      }),
  },

  'the queue stays when its creator closes, as long as there is a ring or an exported descriptor': {
    timeoutMs: 120_000,
    async run() {
      steer(true);
      const creator = ZcrxInstance.open(SHARED);
      const share = creator.share();
      const importer = ZcrxInstance.import(share.ticket);
      const receiveSome = async (zcrx: ZcrxInstance) => {
        const before = counters();
        const wire = await wired();
        const bytes = payload(5 * AREA);
        const sent = send(wire.client, bytes).then(() => wire.client.end());
        same(await collect(zcrx.receive(wire.accepted)), bytes);
        await sent;
        wire.close();
        assert.ok(since(before).filled_bytes >= bytes.length);
      };
      await receiveSome(creator);
      creator.close();
      await receiveSome(importer);
      assert.equal(queueRefused(), 'EEXIST');
      importer.close();
      assert.equal(queueRefused(), 'EEXIST');
      const late = ZcrxInstance.import(share.ticket);
      share.close();
      await receiveSome(late);
      late.close();
      assert.equal(queueRefused(), undefined);
    },
  },

  'a worker thread that is terminated with the last ring lets go of the queue': {
    timeoutMs: 120_000,
    async run() {
      steer(true);
      const creator = ZcrxInstance.open(SHARED);
      const share = creator.share();
      const thread = new Worker(new URL('./children/importer.js', import.meta.url), {
        workerData: { ticket: share.ticket, length: 0 },
      });
      assert.deepEqual(await once(thread, 'message'), ['receiving']);
      share.close();
      creator.close();
      assert.equal(queueRefused(), 'EEXIST');
      await thread.terminate();
      assert.equal(queueRefused(), undefined);
    },
  },

  'that the area ran out is told to the creator, whoever holds it': {
    timeoutMs: 120_000,
    run: async () => {
      steer(true);
      const creator = ZcrxInstance.open({ ...SHARED, highWaterMark: Number.POSITIVE_INFINITY });
      const share = creator.share();
      const importer = ZcrxInstance.import(share.ticket, { highWaterMark: Number.POSITIVE_INFINITY });
      const told = notificationsOf(creator);
      const atImporter = notificationsOf(importer);
      const wire = await wired();
      const bytes = payload(2 * AREA);
      const sent = send(wire.client, bytes).then(() => wire.client.end());
      const receive = importer.receive(wire.accepted);
      const chunks: { data: Uint8Array; release(): void }[] = [];
      const parts: Buffer[] = [];
      const all = (async () => {
        for await (const chunk of receive) {
          parts.push(Buffer.from(chunk.data));
          if (told.length === 0) chunks.push(chunk.keep());
        }
      })();
      await until('ALLOC_FAIL is told', () => told.length > 0);
      assert.equal(told[0]?.type, 'alloc_fail');
      for (const chunk of chunks) chunk.release();
      await all;
      await sent;
      same(Buffer.concat(parts), bytes);
      importer.rearm('alloc_fail');
      assert.throws(() => importer.rearm('alloc_fail'), { errno: 'EINVAL' });
      await aWhile();
      assert.equal(told.length, 1);
      assert.equal(atImporter.length, 0);
      wire.close();
      for (const each of [importer, share, creator]) each.close();
    },
  },

  'parties end at random moments in traffic, in either order, and the queue can be bound again at once': {
    timeoutMs: 400_000,
    async run() {
      const order: string[] = [];
      for (let turn = 0; turn < 6; turn++) {
        await withParties(1, async (all) => {
          await runAll(all, AREA / 2);
          await Promise.all(all.map((party) => party.goesOn(AREA)));
          await aWhile(Math.random() * 300);
          const first = turn % 2;
          const [ends, stays] = [all[first], all[1 - first]] as [Party, Party];
          const killed = turn < 4;
          order.push(`${first === 0 ? 'creator' : 'importer'} ${killed ? 'killed' : 'closed'}`);
          if (killed) await ends.kill('SIGKILL');
          else await ends.ask('close');
          await stays.goesOn(10 * AREA, 60_000);
          assert.equal(await stays.ask('has_creator'), first === 1);
          // That the area was exhausted in between may be told, to a creator.
          if (first === 0) assert.equal(await stays.ask('notified'), 0);
          if (turn % 3 === 0) await stays.kill('SIGKILL');
        });
      }
      return order;
    },
  },
} satisfies Scenarios;
