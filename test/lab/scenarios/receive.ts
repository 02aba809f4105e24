import assert from 'node:assert/strict';
import { type Chunk, isBridgeError, type Stall, type UnreleasedChunk, type ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { PAGE } from './support/page.js';
import { aWhile, collectGarbage, until } from './support/process.js';
import { collect, connection, payload, same, send } from './support/traffic.js';

// What a program does with what it receives, and what the instance does when the program is slow or forgetful. Without a
// device, so with copies; nothing here depends on how data arrives.

function listen(zcrx: ZcrxInstance) {
  const told = { stalled: [] as Stall[], recovered: [] as Stall[], reasons: [] as string[], resumed: 0 };
  zcrx.on('stalled', (stall) => told.stalled.push(stall));
  zcrx.on('recovered', (stall) => told.recovered.push(stall));
  zcrx.on('interrupted', ({ reason }) => told.reasons.push(reason));
  zcrx.on('resumed', () => told.resumed++);
  return told;
}

const misuse = (pattern: RegExp) => (error: unknown) =>
  isBridgeError(error) && error.code === 'already-released' && pattern.test(error.message);

async function first(zcrx: ZcrxInstance, bytes: Uint8Array) {
  const wire = await connection();
  const receive = zcrx.receive(wire.accepted);
  await send(wire.client, bytes);
  const { value } = await receive.next();
  assert.ok(value);
  return { wire, receive, chunk: value as Chunk };
}

export default {
  'batches bring all that came, and release it when the next is asked for': () =>
    withInstance({ areaSize: 64 * PAGE }, async (zcrx) => {
      const wire = await connection();
      const bytes = payload(40 * PAGE + 7);
      const sent = send(wire.client, bytes).then(() => wire.client.end());
      const parts: Buffer[] = [];
      let largest = 0;
      let before: readonly Chunk[] = [];
      for await (const batch of zcrx.receive(wire.accepted).batches()) {
        assert.ok(batch.length > 0);
        assert.ok(before.every(({ released }) => released));
        largest = Math.max(largest, batch.length);
        for (const chunk of batch) parts.push(Buffer.from(chunk.data));
        before = batch;
      }
      await sent;
      same(Buffer.concat(parts), bytes);
      assert.ok(largest > 1, 'each batch had one chunk');
      assert.equal(zcrx.held, 0);
      wire.close();
    }),

  'leaving batches gives back all of them': () =>
    withInstance({ areaSize: 64 * PAGE }, async (zcrx) => {
      const wire = await connection();
      await send(wire.client, payload(9 * PAGE));
      for await (const batch of zcrx.receive(wire.accepted).batches()) {
        assert.ok(batch.length > 0);
        break;
      }
      await until('all is given back', () => zcrx.held === 0);
      wire.close();
    }),

  'a slow consumer is waited for: receives pause at the mark, and go on at half of it': () =>
    withInstance({ areaSize: 256 * PAGE, highWaterMark: 32 }, async (zcrx) => {
      const told = listen(zcrx);
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      let sent = 0;
      while (told.reasons.length === 0) {
        await send(wire.client, payload(2 * PAGE, sent++));
        await aWhile(1);
      }
      assert.deepEqual(told.reasons, ['slow-consumer']);
      assert.ok(zcrx.held >= 32 && zcrx.held < 64, `${zcrx.held} chunks held`);
      const { held, received_bytes } = zcrx;
      for (let i = 0; i < 20; i++) await send(wire.client, payload(2 * PAGE, sent++));
      await aWhile(50);
      assert.deepEqual(
        [zcrx.held, zcrx.received_bytes],
        [held, received_bytes],
        'the rest waits in the socket',
      );
      wire.client.end();
      const parts: Buffer[] = [];
      for await (const chunk of receive) {
        parts.push(Buffer.from(chunk.data));
        await aWhile(1);
        if (told.resumed === 0) assert.ok(zcrx.held > 16, `${zcrx.held} held, and it does not go on`);
      }
      same(Buffer.concat(parts), Buffer.concat(Array.from({ length: sent }, (_, i) => payload(2 * PAGE, i))));
      assert.ok(told.resumed > 0);
      assert.equal(told.resumed, told.reasons.length);
      assert.deepEqual(told.stalled, [], 'to wait for the consumer is no stall');
      wire.close();
    }),

  'an exhausted area is a stall: what was done about it, and how long it took': () =>
    withInstance({ areaSize: 16 * PAGE }, async (zcrx) => {
      const told = listen(zcrx);
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      const bytes = payload(40 * PAGE);
      wire.client.end(bytes);
      await until('it stalls', () => told.stalled.length === 1);
      const [stall] = told.stalled as [Stall];
      assert.deepEqual(stall.reasons, ['area-exhausted']);
      assert.deepEqual([stall.buffers, stall.end], [16, undefined]);
      assert.ok(stall.held > 0 && stall.held <= 16);
      assert.equal(stall.received_bytes, zcrx.received_bytes);
      await aWhile(100);
      assert.equal(told.recovered.length, 0);
      assert.ok((zcrx.stalls.current?.ms ?? 0) >= 100);
      same(await collect(receive), bytes);
      assert.equal(told.recovered.length, told.stalled.length);
      const [recovered] = told.recovered as [Stall];
      assert.ok(recovered.ms >= 100, `${recovered.ms} ms`);
      assert.equal(recovered.end, 'resumed');
      const actions = recovered.actions.map(({ action }) => action);
      assert.ok(actions.includes('flush') && actions.includes('resubmit'), actions.join());
      const { count, ms, longestMs, current } = zcrx.stalls;
      const sum = told.recovered.reduce((total, one) => total + one.ms, 0);
      assert.equal(count, told.recovered.length);
      assert.ok(Math.abs(ms - sum) < 1e-6);
      assert.equal(longestMs, Math.max(...told.recovered.map((one) => one.ms)));
      assert.equal(current, undefined);
      wire.close();
    }),

  'without a recovery it only tells, and goes on when told to': () =>
    withInstance({ areaSize: 16 * PAGE, recovery: false }, async (zcrx) => {
      const told = listen(zcrx);
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      const bytes = payload(20 * PAGE);
      wire.client.end(bytes);
      await until('it stalls', () => told.stalled.length === 1);
      const parts: Buffer[] = [];
      while (zcrx.held > 1) {
        const { value } = await receive.next();
        parts.push(Buffer.from((value as Chunk).data));
      }
      await aWhile(50);
      assert.equal(told.resumed, 0);
      assert.deepEqual(zcrx.stalls.current?.actions, []);
      zcrx.flush();
      zcrx.resume();
      parts.push(await collect(receive));
      same(Buffer.concat(parts), bytes);
      assert.equal(told.recovered[0]?.actions.at(-1)?.action, 'resubmit');
      wire.close();
    }),

  'with recovery: true areas are added while the program keeps all it got': (t) => {
    if (t.series === '7.2') t.skip('no ZCRX_CTRL_ADD_AREA');
    return withInstance({ areaSize: 16 * PAGE, recovery: true, spareAreas: 2 }, async (zcrx) => {
      const told = listen(zcrx);
      const wire = await connection();
      // more than two areas hold, and room for buffers that are not full
      const bytes = payload(34 * PAGE);
      wire.client.end(bytes);
      const kept: Chunk[] = [];
      // All that comes is kept: `next` would release it, a batch of which nobody asks for the next does not.
      const receive = zcrx.receive(wire.accepted);
      await until('all of it came through three areas', () => zcrx.received_bytes === BigInt(bytes.length));
      assert.equal(zcrx.buffer_count, 48);
      for await (const batch of receive.batches()) kept.push(...batch);
      assert.deepEqual([...new Set(kept.map(({ area }) => area))], [0, 1, 2]);
      const added = told.recovered.flatMap(({ actions }) =>
        actions.filter(({ action }) => action === 'add-area'),
      );
      assert.deepEqual(
        added.map(({ buffers }) => buffers),
        [16, 16],
      );
      wire.close();
    });
  },

  'data of areas that were added is read from them': async (t) => {
    if (t.series === '7.2') t.skip('no ZCRX_CTRL_ADD_AREA');
    for (const area of ['linear', 'mapped', 'shared'] as const) {
      await withInstance({ areaSize: 4 * PAGE, recovery: true, spareAreas: 7, area }, async (zcrx) => {
        const wire = await connection();
        const bytes = payload(200 * PAGE + 1, area.length);
        wire.client.end(bytes);
        const parts: Buffer[] = [];
        for await (const chunk of zcrx.receive(wire.accepted)) {
          if (parts.length % 16 === 0) await aWhile(10);
          parts.push(Buffer.from(chunk.data));
        }
        same(Buffer.concat(parts), bytes);
        assert.ok(zcrx.buffer_count > 4, 'no area was added');
        wire.close();
      });
    }
  },

  'an area can be added by hand, until none is left': (t) => {
    if (t.series === '7.2') t.skip('no ZCRX_CTRL_ADD_AREA');
    return withInstance({ areaSize: 4 * PAGE, spareAreas: 1 }, (zcrx) => {
      assert.deepEqual([zcrx.addArea(), zcrx.addArea(), zcrx.buffer_count], [4, 0, 8]);
    });
  },

  'spare areas are refused where the kernel cannot add them, unless nobody asked': (t) => {
    if (t.series !== '7.2') t.skip('the kernel can');
    const asked = withInstance({ areaSize: PAGE, spareAreas: 1 }, () => {});
    return Promise.all([
      assert.rejects(asked, /it cannot add areas .*leave out spareAreas/),
      withInstance({ areaSize: PAGE, recovery: true }, (zcrx) => assert.equal(zcrx.addArea(), 0)),
    ]);
  },

  'a chunk released twice is told, and nobody else loses a buffer': () =>
    withInstance({ areaSize: 4 * PAGE }, async (zcrx) => {
      const { wire, receive, chunk } = await first(zcrx, payload(PAGE));
      chunk.release();
      assert.throws(() => chunk.release(), misuse(/released a second time/));
      assert.throws(() => chunk.data, misuse(/asked for after it was released/));
      const bytes = payload(50 * PAGE, 3);
      wire.client.end(bytes);
      same(await collect(receive), bytes);
      assert.equal(zcrx.held, 0);
      wire.close();
    }),

  'under guard, data kept after the release is gone, and the error tells where that was': () =>
    withInstance({ areaSize: 4 * PAGE, guard: true }, async (zcrx) => {
      const bytes = payload(100);
      const { wire, chunk } = await first(zcrx, bytes);
      const { data } = chunk;
      same(data, bytes);
      assert.equal(chunk.data, data);
      chunk.release();
      assert.equal(data.length, 0);
      assert.throws(
        () => chunk.release(),
        (error: Error) =>
          misuse(/second time/)(error) && /receive\.js/.test((error.cause as Error).stack ?? ''),
      );
      wire.close();
    }),

  'under guard, a chunk that was forgotten is told, with where it was delivered': () =>
    withInstance({ areaSize: 8 * PAGE, guard: true }, async (zcrx) => {
      const told: UnreleasedChunk[] = [];
      zcrx.on('unreleased', (chunk) => told.push(chunk));
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      const take = async (keep: boolean) => {
        await send(wire.client, payload(100));
        const { value } = await receive.next();
        if (keep) (value as Chunk).keep();
      };
      await take(true);
      await take(false);
      await take(false);
      await until('the one that was kept is told', () => collectGarbage() && told.length > 0);
      assert.deepEqual(
        told.map(({ length, area }) => [length, area]),
        [[100, 0]],
      );
      assert.match(told[0]?.stack ?? '', /delivered here/);
      await receive.return();
      assert.equal(zcrx.held, 1, 'its buffer stays lost: somebody may still look at it');
      wire.close();
    }),

  'a chunk that is kept outlives the iteration': () =>
    withInstance({ areaSize: 8 * PAGE }, async (zcrx) => {
      const wire = await connection();
      const bytes = payload(3 * PAGE);
      wire.client.end(bytes);
      const kept: Chunk[] = [];
      for await (const chunk of zcrx.receive(wire.accepted)) kept.push(chunk.keep());
      same(Buffer.concat(kept.map(({ data }) => data)), bytes);
      assert.equal(zcrx.held, kept.length);
      for (const chunk of kept) chunk.release();
      assert.equal(zcrx.held, 0);
      assert.throws(() => kept[0]?.keep(), misuse(/kept after it was released/));
      wire.close();
    }),
} satisfies Scenarios;
