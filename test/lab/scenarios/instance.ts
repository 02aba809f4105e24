import assert from 'node:assert/strict';
import { once } from 'node:events';
import { decode } from 'zcrx';
import type { EventType, OpenOptions, ZcrxInstance } from 'zcrx/bridge';
import type { Scenario, Scenarios } from '../harness.js';
import { assertCopied, notificationsOf, withInstance } from './support/instance.js';
import { PAGE } from './support/page.js';
import { aWhile, until } from './support/process.js';
import { collect, connection, descriptorOf, payload, same, send } from './support/traffic.js';

const MIB = 2 ** 20;

/** Sends bytes in pieces, as they are cut, and closes; gives what came out of the instance. */
async function through(
  zcrx: ZcrxInstance,
  bytes: Buffer,
  options: { host?: '127.0.0.1' | '::1'; piece?: number } = {},
): Promise<Buffer> {
  const { host = '127.0.0.1', piece = bytes.length } = options;
  const wire = await connection(host);
  try {
    const received = collect(zcrx.receive(wire.accepted));
    for (let at = 0; at < bytes.length; at += piece) await send(wire.client, bytes.subarray(at, at + piece));
    wire.client.end();
    return await received;
  } finally {
    wire.close();
  }
}

/** What every way to open an instance must carry: a megabyte and an odd rest, counted. */
const carries =
  (options: OpenOptions): Scenario =>
  () =>
    withInstance({ areaSize: 2 * MIB, ...options }, async (zcrx) => {
      const bytes = payload(MIB + 4093);
      same(await through(zcrx, bytes), bytes);
      assert.equal(zcrx.received_bytes, BigInt(bytes.length));
      if (options.stats === false) {
        assert.throws(() => zcrx.stats(), { code: 'bad-option', message: /stats: false/ });
        return;
      }
      const { copy_count, received_bytes, consistent } = zcrx.stats();
      assertCopied(zcrx, bytes.length);
      assert.equal(received_bytes, BigInt(bytes.length));
      assert.ok(copy_count > 0n);
      assert.equal(consistent, true);
    });

const reports =
  (events: readonly EventType[], expected: readonly EventType[], stats: boolean): Scenario =>
  () =>
    withInstance({ areaSize: MIB, events, stats }, async (zcrx) => {
      const seen = notificationsOf(zcrx);
      const bytes = payload(50_001);
      same(await through(zcrx, bytes), bytes);
      await aWhile();
      assert.deepEqual(
        seen.map(({ type }) => type),
        expected,
      );
      if (stats) assertCopied(zcrx, 50_001n);
    });

export default {
  'area in the linear memory': carries({}),
  'area mapped outside': carries({ area: 'mapped' }),
  'without statistics': carries({ stats: false }),
  'without events': carries({ events: [] }),
  'without either': carries({ events: [], stats: false }),
  'statistics right behind the entries': carries({ statsPlacement: 'tight' }),
  'statistics right behind the entries, area outside': carries({ statsPlacement: 'tight', area: 'mapped' }),
  'entries that are rounded up': carries({ entries: 100 }),
  'more entries than the area has pages': carries({ entries: 32768 }),
  'a completion ring of a size that is rounded up': carries({ cqEntries: 1000 }),

  'both events asked for: copies are reported': reports(['copy', 'alloc_fail'], ['copy'], true),
  'copies alone asked for': reports(['copy'], ['copy'], true),
  'copies alone, without statistics': reports(['copy'], ['copy'], false),
  'failed allocations alone asked for: nothing is reported, copies are counted': reports(
    ['alloc_fail'],
    [],
    true,
  ),
  'no event asked for: nothing is reported, copies are counted': reports([], [], true),

  'IPv6 carries the same': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const bytes = payload(MIB + 1, 6);
      same(await through(zcrx, bytes, { host: '::1' }), bytes);
      assertCopied(zcrx, bytes.length);
    }),

  'sends of every size arrive whole': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      let total = 0n;
      for (const size of [1, 2, 4095, 4096, 4097, 65_535, 65_537, 262_147]) {
        const bytes = payload(size, size);
        same(await through(zcrx, bytes), bytes);
        total += BigInt(size);
        assertCopied(zcrx, total, `after a send of ${size}`);
      }
    }),

  'sends of one byte each arrive in order': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const bytes = payload(300, 3);
      same(await through(zcrx, bytes, { piece: 1 }), bytes);
      assertCopied(zcrx, 300n);
    }),

  'a connection that ends without data ends the iteration': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      assert.equal((await through(zcrx, Buffer.alloc(0))).length, 0);
      assert.equal(zcrx.stats().copy_count, 0n);
    }),

  'data that waited in the socket before the receive arrives': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const wire = await connection();
      const bytes = payload(30_000, 9);
      await send(wire.client, bytes);
      wire.client.end();
      await aWhile(50);
      same(await collect(zcrx.receive(wire.accepted)), bytes);
      wire.close();
    }),

  'a descriptor does as well as a socket': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const wire = await connection();
      const fd = descriptorOf(wire.accepted);
      const received = collect(zcrx.receive(fd));
      const bytes = payload(10_000, 4);
      wire.client.end(bytes);
      same(await received, bytes);
      wire.close();
    }),

  'as a stream of Node, whole, and ended with its socket': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const wire = await connection();
      const bytes = payload(MIB + 77, 5);
      const stream = zcrx.readable(wire.accepted);
      wire.client.end(bytes);
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      same(Buffer.concat(parts), bytes);
      wire.close();
    }),

  'a stream that is destroyed gives its buffers back, read or not': () =>
    withInstance({ areaSize: 64 * 1024 }, async (zcrx) => {
      for (const readFirst of [true, false]) {
        const from = zcrx.received_bytes;
        const wire = await connection();
        const stream = zcrx.readable(wire.accepted);
        wire.client.write(payload(200_000));
        if (readFirst) await once(stream, 'data');
        // Nearly all of the area is held now.
        else await until('data arrived', () => zcrx.received_bytes - from > 60_000n);
        stream.destroy();
        await once(stream, 'close');
        wire.close();
      }
      const bytes = payload(200_000, 8);
      same(await through(zcrx, bytes), bytes);
    }),

  'two sockets at once keep their bytes apart': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      const [a, b] = [payload(700_001, 1), payload(600_003, 2)];
      const [fromA, fromB] = await Promise.all([
        through(zcrx, a, { piece: 50_000 }),
        through(zcrx, b, { host: '::1', piece: 33_333 }),
      ]);
      same(fromA, a);
      same(fromB, b);
      assertCopied(zcrx, a.length + b.length);
    }),

  'two instances at once count each its own': () =>
    withInstance({ areaSize: MIB, userData: 2n ** 60n }, (first) =>
      withInstance({ areaSize: MIB, area: 'mapped' }, async (second) => {
        const [a, b] = [payload(300_001, 1), payload(200_003, 2)];
        const [seenFirst, seenSecond] = [notificationsOf(first), notificationsOf(second)];
        const [fromA, fromB] = await Promise.all([through(first, a), through(second, b)]);
        same(fromA, a);
        same(fromB, b);
        assertCopied(first, a.length);
        assertCopied(second, b.length);
        await until('both are notified', () => seenFirst.length > 0 && seenSecond.length > 0);
        assert.deepEqual(
          [seenFirst, seenSecond].map((seen) => seen.map(({ user_data }) => user_data)),
          [[2n ** 60n], [2n ** 64n - 1n]],
        );
      }),
    ),

  'an instance takes one connection after the other': () =>
    withInstance({ areaSize: 256 * 1024 }, async (zcrx) => {
      for (let i = 0; i < 12; i++) {
        const bytes = payload(100_000 + i, i);
        same(await through(zcrx, bytes), bytes);
      }
    }),

  'breaking off a receive leaves the instance usable': () =>
    withInstance({ areaSize: 64 * 1024 }, async (zcrx) => {
      for (let i = 0; i < 5; i++) {
        const wire = await connection();
        const received = collect(zcrx.receive(wire.accepted), 5000);
        await send(wire.client, payload(30_000));
        assert.ok((await received).length >= 5000);
        wire.close();
      }
      const bytes = payload(150_000, 7);
      same(await through(zcrx, bytes), bytes);
    }),

  'the bytes of the statistics are what the struct decodes': () =>
    withInstance({ areaSize: MIB }, async (zcrx) => {
      await through(zcrx, payload(12_345));
      const { copy_count, copy_bytes } = zcrx.stats();
      assert.deepEqual({ ...decode('zcrx_stats', zcrx.statsBytes()).fields }, { copy_count, copy_bytes });
      assert.equal(copy_bytes, 12_345n);
    }),

  'the registration is there as the kernel completed it': () =>
    withInstance({ areaSize: MIB, entries: 100 }, (zcrx) => {
      const { reg, area, region } = zcrx.registration;
      assert.equal(reg.rq_entries, 128);
      assert.equal(reg.offsets.rqes, zcrx.plan.rqes);
      assert.equal(reg.rx_buf_len, zcrx.probe.pageSize);
      assert.equal(area.len, BigInt(MIB));
      assert.equal(region.size, BigInt(zcrx.plan.region_size));
      assert.equal(zcrx.id, reg.zcrx_id);
      assert.equal(zcrx.registration.bytes.event_desc?.length, 96);
    }),

  'opens with every default': () =>
    withInstance({}, async (zcrx) => {
      assert.equal(zcrx.plan.rq_entries, Number(zcrx.registration.area.len) / PAGE);
      const bytes = payload(3 * MIB + 5);
      same(await through(zcrx, bytes), bytes);
    }),
} satisfies Scenarios;
