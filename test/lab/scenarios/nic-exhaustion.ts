import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Chunk, Notification, Stall, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { counters, NIC, retransmitted, since, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { aWhile, until } from './support/process.js';
import { collect, payload, same, send } from './support/traffic.js';

const MiB = 2 ** 20;
/** TCP sends again after a second or two what found no buffer. */
const RETRANSMISSION_MS = 20_000;
const BUFFERS = 512;

function listen(zcrx: ZcrxInstance) {
  const told = { notes: [] as Notification[], stalled: [] as Stall[], recovered: [] as Stall[] };
  zcrx.on('notification', (notification) => told.notes.push(notification));
  zcrx.on('stalled', (stall) => told.stalled.push(stall));
  zcrx.on('recovered', (stall) => told.recovered.push(stall));
  return told;
}

const types = (notes: readonly Notification[]) => notes.map(({ type }) => type);

/** A stream that is known by its first byte's place, so that its end can tell whether all of it came. */
async function stream(client: Parameters<typeof send>[0], length: number): Promise<string> {
  const hash = createHash('sha256');
  const slice = payload(MiB);
  for (let sent = 0; sent < length; sent += slice.length) {
    slice.writeUInt32LE(sent / MiB, 0);
    hash.update(slice);
    await send(client, Buffer.from(slice));
  }
  client.end();
  return hash.digest('hex');
}

export default {
  'nothing given back: ALLOC_FAIL after exactly the area’s buffers, once, again when re-armed; then all goes on':
    {
      timeoutMs: 90_000,
      run: () =>
        withInstance(
          { ...NIC, areaSize: BUFFERS * PAGE, highWaterMark: Number.POSITIVE_INFINITY, recovery: false },
          async (zcrx) => {
            steer(true);
            const told = listen(zcrx);
            const before = counters();
            const resent = retransmitted();
            const wire = await wired();
            const receive = zcrx.receive(wire.accepted);
            const bytes = payload(3 * MiB + 17);
            const sent = send(wire.client, bytes).then(() => wire.client.end());
            await until('the area is exhausted', () => told.notes.length > 0, RETRANSMISSION_MS);
            await until('all buffers are held', () => zcrx.held === BUFFERS);
            await wait(2000);
            assert.deepEqual(types(told.notes), ['alloc_fail'], 'it fires once');
            const { filled_buffers, no_buffer } = since(before);
            assert.equal(zcrx.held, BUFFERS);
            // What TCP sent again although it had come fills a buffer for a moment.
            const twice = retransmitted() - resent;
            assert.ok(
              filled_buffers >= BUFFERS && filled_buffers <= BUFFERS + twice,
              `${filled_buffers} filled`,
            );
            assert.ok(no_buffer > 0);
            assert.equal(told.stalled.length, 1);
            assert.deepEqual(told.stalled[0]?.reasons, ['alloc-fail']);
            assert.match(told.stalled[0]?.explanation ?? '', /^the program holds (only )?\d+ of 512 buffers/);

            zcrx.rearm('alloc_fail');
            await until('it fires again', () => told.notes.length === 2, RETRANSMISSION_MS);
            assert.deepEqual([zcrx.held, zcrx.stalls.count], [BUFFERS, 1], 'still the same stall');

            const parts: Buffer[] = [];
            const batches = receive.batches();
            const first = (await batches.next()).value as readonly Chunk[];
            assert.equal(first.length, BUFFERS);
            parts.push(...first.map(({ data }) => Buffer.from(data)));
            for await (const batch of batches) parts.push(...batch.map(({ data }) => Buffer.from(data)));
            await sent;
            same(Buffer.concat(parts), bytes);
            assert.deepEqual(zcrx.stats().copy_bytes, 0n);
            assert.equal(told.recovered.length, 1);
            assert.ok((told.recovered[0]?.ms ?? 0) >= 2000, 'as long as nothing was given back');
            assert.deepEqual(told.recovered[0]?.actions, [], 'nobody did anything but give back');
            wire.close();
          },
        ),
    },

  'with the recovery policy a stream goes through whose consumer stalls, and the account adds up': {
    timeoutMs: 240_000,
    run: ({ series }) =>
      withInstance(
        {
          ...NIC,
          areaSize: BUFFERS * PAGE,
          highWaterMark: Number.POSITIVE_INFINITY,
          recovery: true,
          ...(series === '7.2' ? {} : { spareAreas: 2 }),
        },
        async (zcrx) => {
          steer(true);
          const told = listen(zcrx);
          const length = 256 * MiB;
          const wire = await wired();
          const started = performance.now();
          const sent = stream(wire.client, length);
          const hash = createHash('sha256');
          let seed = 7;
          let stood = 0;
          for await (const batch of zcrx.receive(wire.accepted).batches()) {
            for (const { data } of batch) hash.update(data);
            seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
            if (seed % 64 !== 0) continue;
            const pause = 20 + ((seed >>> 16) % 200);
            const at = performance.now();
            await wait(pause);
            stood += performance.now() - at;
          }
          const elapsed = performance.now() - started;
          assert.equal(hash.digest('hex'), await sent);
          assert.equal(zcrx.received_bytes, BigInt(length));
          assert.equal(zcrx.held, 0);
          await aWhile(20);

          const { count, ms, longestMs, current } = zcrx.stalls;
          assert.equal(current, undefined);
          assert.ok(count > 0, 'the consumer stood still, and receiving never did');
          assert.deepEqual([told.stalled.length, told.recovered.length], [count, count]);
          assert.ok(Math.abs(told.recovered.reduce((sum, stall) => sum + stall.ms, 0) - ms) < 1e-3);
          assert.equal(Math.max(...told.recovered.map((stall) => stall.ms)), longestMs);
          assert.ok(ms <= elapsed);
          const byEvent = told.recovered.filter(({ reasons }) => reasons.includes('alloc-fail'));
          assert.equal(told.notes.length, byEvent.length, 'one event a stall, each told');
          for (const [i, stall] of told.recovered.entries()) {
            const next = told.recovered[i + 1];
            if (!next) continue;
            assert.ok(stall.time + stall.ms <= next.time, 'one after the other');
            assert.ok(stall.received_bytes <= next.received_bytes);
          }
          const actions = told.recovered.flatMap((stall) => stall.actions);
          const added = actions.filter(({ action }) => action === 'add-area');
          assert.deepEqual(
            actions.filter(({ error }) => error !== undefined),
            [],
          );
          assert.equal(zcrx.buffer_count, BUFFERS * (1 + added.length));
          assert.ok(series === '7.2' ? added.length === 0 : added.length > 0 && added.length <= 2);
          wire.close();
          return {
            count,
            ms: Math.round(ms),
            longestMs,
            stood: Math.round(stood),
            elapsed: Math.round(elapsed),
          };
        },
      ),
  },

  'when the device has all free buffers and data comes in ordinary pages, only another area helps': {
    timeoutMs: 90_000,
    run: async ({ series }) => {
      steer(true);
      const options = {
        ...NIC,
        areaSize: 128 * PAGE,
        highWaterMark: Number.POSITIVE_INFINITY,
        recovery: true,
        spareAreas: series === '7.2' ? 0 : 2,
      };
      await withInstance(options, async (zcrx) => {
        const told = listen(zcrx);
        const wire = await wired();
        const receive = zcrx.receive(wire.accepted);
        // The device takes every buffer once; from then on what is given back is its page pool's.
        const first = payload(100 * PAGE);
        for (let i = 0; i < 3; i++) {
          const sent = send(wire.client, first);
          let came = 0;
          while (came < first.length) came += ((await receive.next()).value as Chunk).length;
          await sent;
        }
        zcrx.flush();
        steer(false);
        const rest = payload(60 * PAGE, 2);
        const sent = send(wire.client, rest).then(() => wire.client.end());
        if (series === '7.2') {
          await assert.rejects(
            collect(receive),
            /ENOMEM: no data came in 64 attempts: data came in ordinary pages, .*steered/,
          );
          await sent.catch(() => {});
          steer(true);
          wire.close();
          return;
        }
        same(await collect(receive), rest);
        await sent;
        const actions = told.recovered.flatMap((stall) => stall.actions.map(({ action }) => action));
        assert.ok(actions.includes('add-area'), actions.join());
        steer(true);
        wire.close();
      });
    },
  },

  'ten times a small area passes through, with pauses': {
    timeoutMs: 90_000,
    run: () =>
      withInstance({ ...NIC, areaSize: 64 * PAGE }, async (zcrx) => {
        steer(true);
        const wire = await wired();
        const bytes = payload(640 * PAGE);
        const sent = send(wire.client, bytes).then(() => wire.client.end());
        same(await collect(zcrx.receive(wire.accepted)), bytes);
        await sent;
        assert.equal(zcrx.held, 0);
        wire.close();
      }),
  },

  'a slow consumer on a device is waited for before the device runs dry': {
    timeoutMs: 90_000,
    run: () =>
      // half of the area is more than TCP's window can fill (tcp_rmem's default most is 32 MiB), and there are more
      // completions than buffers: nothing but the slow consumer can pause it
      withInstance({ ...NIC, areaSize: 72 * MiB, cqEntries: 32768 }, async (zcrx) => {
        steer(true);
        const told = listen(zcrx);
        const reasons = new Set<string>();
        zcrx.on('interrupted', ({ reason }) => reasons.add(reason));
        const wire = await wired();
        const receive = zcrx.receive(wire.accepted);
        const sent = stream(wire.client, 80 * MiB);
        const hash = createHash('sha256');
        await until('it pauses', () => reasons.size > 0, 60_000);
        for await (const batch of receive.batches()) {
          for (const { data } of batch) hash.update(data);
        }
        assert.equal(hash.digest('hex'), await sent);
        assert.deepEqual([...reasons], ['slow-consumer']);
        assert.deepEqual(told.stalled, []);
        wire.close();
      }),
  },
} satisfies Scenarios;
