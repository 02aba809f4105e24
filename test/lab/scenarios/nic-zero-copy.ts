import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Notification, OpenOptions, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { counters, NIC, retransmitted, setParameter, since, steer, unhurried, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { aWhile, until } from './support/process.js';
import { collect, payload, same, send } from './support/traffic.js';

const MiB = 2 ** 20;

const onDevice = (
  options: OpenOptions,
  run: (zcrx: ZcrxInstance, notes: Notification[]) => Promise<void>,
): Promise<void> =>
  withInstance({ ...NIC, ...options }, async (zcrx) => {
    const notes: Notification[] = [];
    zcrx.on('notification', (notification) => notes.push(notification));
    steer(true);
    try {
      await unhurried(() => run(zcrx, notes));
    } finally {
      steer(true);
      setParameter('copy_one_in', 0);
    }
  });

const zeros = { copy_count: 0n, copy_bytes: 0n };
const copies = (zcrx: ZcrxInstance) => {
  const { copy_count, copy_bytes } = zcrx.stats();
  return { copy_count, copy_bytes };
};

export default {
  '64 MiB arrive without a copy: identical, statistics zero throughout, every buffer accounted for': {
    timeoutMs: 120_000,
    run: () =>
      // as much as is sent: TCP may queue up to 32 MiB by default (tcp_rmem), and nothing may be lost and sent again
      onDevice({ areaSize: 64 * MiB }, async (zcrx, notes) => {
        const before = counters();
        const wire = await wired();
        const slice = payload(MiB);
        const expected = createHash('sha256');
        const sent = (async () => {
          for (let i = 0; i < 64; i++) {
            slice.writeUInt32LE(i, 0);
            expected.update(slice);
            await send(wire.client, Buffer.from(slice));
          }
          wire.client.end();
        })();
        const got = createHash('sha256');
        let chunks = 0;
        let length = 0;
        for await (const batch of zcrx.receive(wire.accepted).batches()) {
          for (const chunk of batch) {
            got.update(chunk.data);
            length += chunk.length;
            chunks++;
          }
          assert.deepEqual(copies(zcrx), zeros);
        }
        await sent;
        assert.equal(length, 64 * MiB);
        assert.equal(got.digest('hex'), expected.digest('hex'));
        assert.deepEqual(copies(zcrx), zeros);
        assert.deepEqual(notes, []);
        const delivered = since(before);
        assert.equal(delivered.filled_buffers, chunks, 'a completion for each buffer that the device filled');
        assert.equal(delivered.filled_bytes, length);
        assert.equal(delivered.page_bytes, 0);
        wire.close();
      }),
  },

  'steered away: COPY fires once, and every byte in ordinary pages is counted; back again: nothing moves': {
    timeoutMs: 60_000,
    run: () =>
      onDevice({ areaSize: 4 * MiB }, async (zcrx, notes) => {
        const wire = await wired();
        const receive = zcrx.receive(wire.accepted);
        let received = 0;
        const done = (async () => {
          for await (const chunk of receive) received += chunk.length;
        })();
        let sent = 0;
        const pass = async (length: number) => {
          await send(wire.client, payload(length, sent));
          sent += length;
          await until('all of it came', () => received === sent);
        };
        await pass(MiB);
        assert.deepEqual(copies(zcrx), zeros);

        const before = counters();
        const resent = retransmitted();
        steer(false);
        await pass(MiB + 12_345);
        const delivered = since(before);
        assert.equal(
          retransmitted(),
          resent,
          'nothing was sent twice, or the counts below cannot be compared',
        );
        assert.equal(delivered.page_bytes, MiB + 12_345);
        assert.equal(delivered.filled_buffers, 0);
        const copied = copies(zcrx);
        assert.equal(copied.copy_bytes, BigInt(delivered.page_bytes));
        assert.ok(copied.copy_count >= BigInt(delivered.page_segments));
        await until('it was told', () => notes.length > 0);
        assert.deepEqual(
          notes.map(({ type }) => type),
          ['copy'],
        );

        steer(true);
        zcrx.rearm('copy');
        await pass(2 * MiB);
        assert.deepEqual(copies(zcrx), copied);
        await aWhile(50);
        assert.equal(notes.length, 1, 'COPY was re-armed, and stayed silent');
        wire.client.end();
        await done;
        wire.close();
      }),
  },

  'one segment in eight by copy: what is counted is exactly these': {
    timeoutMs: 60_000,
    run: () =>
      onDevice({ areaSize: 4 * MiB }, async (zcrx) => {
        const wire = await wired();
        const before = counters();
        setParameter('copy_one_in', 8);
        const bytes = payload(2 * MiB);
        const sent = send(wire.client, bytes).then(() => wire.client.end());
        same(await collect(zcrx.receive(wire.accepted)), bytes);
        await sent;
        const { page_bytes, page_segments, filled_bytes } = since(before);
        assert.ok(page_segments > 0 && filled_bytes > 0);
        assert.equal(copies(zcrx).copy_bytes, BigInt(page_bytes));
        assert.equal(page_bytes + filled_bytes, bytes.length);
        wire.close();
      }),
  },

  'many connections on one queue, each whole': {
    timeoutMs: 60_000,
    run: () =>
      onDevice({ areaSize: 16 * MiB }, async (zcrx) => {
        const wires = [];
        for (let i = 0; i < 8; i++) wires.push(await wired());
        await Promise.all(
          wires.map(async (wire, i) => {
            const bytes = payload(MiB + i * 1001, i + 1);
            const sent = send(wire.client, bytes).then(() => wire.client.end());
            same(await collect(zcrx.receive(wire.accepted)), bytes);
            await sent;
            wire.close();
          }),
        );
        assert.deepEqual(copies(zcrx), zeros);
        assert.equal(zcrx.held, 0);
      }),
  },

  'into a dma-buf nothing can be copied: what comes in ordinary pages ends the receive, which says so': () =>
    onDevice({ areaSize: 256 * PAGE, area: 'udmabuf' }, async (zcrx, notes) => {
      const wire = await wired();
      const receive = zcrx.receive(wire.accepted);
      const bytes = payload(50 * PAGE);
      await send(wire.client, bytes);
      same(await collect(receive, bytes.length), bytes);
      const another = zcrx.receive(wire.accepted);
      steer(false);
      await send(wire.client, bytes);
      await assert.rejects(
        another.next(),
        /ENOMEM: data came in ordinary pages, .* cannot copy into a dma-buf/,
      );
      assert.deepEqual([copies(zcrx), notes], [zeros, []], 'the kernel itself says nothing');
      wire.close();
    }),
} satisfies Scenarios;
