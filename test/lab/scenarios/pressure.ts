import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  Chunk,
  Interruption,
  InterruptionReason,
  OpenOptions,
  Receive,
  ZcrxInstance,
} from 'zcrx/bridge';
import type { Scenario, Scenarios } from '../harness.js';
import { assertCopied, withInstance } from './support/instance.js';
import { PAGE } from './support/page.js';
import { aWhile, statusKiB, until } from './support/process.js';
import { collect, connection, payload, same, send } from './support/traffic.js';

/** What an instance tells about its lack of room. */
function toldBy(zcrx: ZcrxInstance) {
  const told = {
    interrupted: [] as Interruption[],
    resumed: [] as Interruption[],
    overflows: 0,
    /** Each pause has ended, with the same reason. */
    inPairs() {
      const keys = (list: Interruption[]) => list.map(({ id, reason }) => `${id} ${reason}`).sort();
      assert.deepEqual(keys(told.resumed), keys(told.interrupted));
    },
    reasons: (): InterruptionReason[] => [...new Set(told.interrupted.map(({ reason }) => reason))].sort(),
  };
  zcrx.on('interrupted', (interruption) => told.interrupted.push(interruption));
  zcrx.on('resumed', (interruption) => told.resumed.push(interruption));
  zcrx.on('overflow', () => told.overflows++);
  return told;
}

type Told = ReturnType<typeof toldBy>;

/** Sends so much through so little that it must pause, and has it all arrive. */
const squeezed =
  (options: OpenOptions, length: number, check: (told: Told) => void, pauseMs = 0): Scenario =>
  () =>
    withInstance(options, async (zcrx) => {
      const told = toldBy(zcrx);
      const wire = await connection();
      const bytes = payload(length);
      const sent = send(wire.client, bytes).then(() => wire.client.end());
      const parts: Buffer[] = [];
      for await (const chunk of zcrx.receive(wire.accepted)) {
        if (pauseMs > 0 && parts.length % 16 === 0) await wait(pauseMs);
        parts.push(Buffer.from(chunk.data));
      }
      await sent;
      same(Buffer.concat(parts), bytes);
      assertCopied(zcrx, length);
      await aWhile(20);
      told.inPairs();
      check(told);
      wire.close();
    });

const pausedBy =
  (reason: InterruptionReason): ((told: Told) => void) =>
  (told) =>
    assert.ok(told.reasons().includes(reason), `it paused for ${told.reasons().join(', ') || 'nothing'}`);

const overflowed = (told: Told): void => {
  pausedBy('completions-full')(told);
  assert.ok(told.overflows > 0, 'no completion overflowed');
};

/** Fills the area from one connection whose data nobody takes. */
async function filled(zcrx: ZcrxInstance, told: Told) {
  const wire = await connection();
  const receive = zcrx.receive(wire.accepted);
  const bytes = payload(zcrx.registration.area.len === 0n ? 0 : 40 * PAGE + 3);
  wire.client.end(bytes);
  await until('the area is exhausted', () => told.interrupted.length > 0);
  return { wire, receive, bytes };
}

const taken = async (receive: Receive): Promise<Chunk> => {
  const { value, done } = await receive.next();
  assert.ok(!done);
  return value;
};

export default {
  'a completion ring of one': squeezed({ areaSize: 64 * PAGE, cqEntries: 1 }, 60_001, overflowed),
  'a completion ring of two': squeezed({ areaSize: 64 * PAGE, cqEntries: 2 }, 120_001, overflowed),
  'a completion ring of eight': squeezed(
    { areaSize: 128 * PAGE, cqEntries: 8 },
    400_003,
    pausedBy('completions-full'),
  ),
  'an area of one page': squeezed({ areaSize: 1 }, 60_001, pausedBy('area-exhausted')),
  'an area of two pages': squeezed({ areaSize: 2 * PAGE }, 120_001, pausedBy('area-exhausted')),
  'an area of eight pages outside': squeezed(
    { areaSize: 8 * PAGE, area: 'mapped' },
    300_001,
    pausedBy('area-exhausted'),
  ),
  'a small area and a slow consumer': squeezed(
    { areaSize: 16 * PAGE },
    300_001,
    pausedBy('area-exhausted'),
    20,
  ),
  'a small area and a small completion ring': squeezed(
    { areaSize: 8 * PAGE, cqEntries: 4 },
    200_001,
    (told) => assert.ok(told.interrupted.length > 0),
  ),
  'a refill ring of one entry': squeezed({ areaSize: 64 * PAGE, entries: 1 }, 500_001, () => {}),
  'a refill ring of one entry, and a small area': squeezed(
    { areaSize: 4 * PAGE, entries: 1 },
    100_001,
    pausedBy('area-exhausted'),
  ),
  'a refill ring smaller than the area, and a slow consumer': squeezed(
    { areaSize: 32 * PAGE, entries: 4 },
    75 * PAGE + 1,
    pausedBy('area-exhausted'),
    20,
  ),

  'one who keeps up is never paused: every buffer comes back in time': () =>
    withInstance({ areaSize: 16 * PAGE }, async (zcrx) => {
      const told = toldBy(zcrx);
      const wire = await connection();
      let length = 0;
      const consumed = (async () => {
        for await (const chunk of zcrx.receive(wire.accepted)) length += chunk.length;
      })();
      for (let i = 1; i <= 40; i++) {
        await send(wire.client, payload(2 * PAGE, i));
        await until('it was taken', () => length === i * 2 * PAGE);
      }
      wire.client.end();
      await consumed;
      assert.deepEqual(told.interrupted, []);
      wire.close();
    }),

  'what nobody takes waits in the socket, and no byte more than the area is received': () =>
    withInstance({ areaSize: 16 * PAGE }, async (zcrx) => {
      const told = toldBy(zcrx);
      const { wire, receive, bytes } = await filled(zcrx, told);
      await aWhile();
      assert.ok(zcrx.received_bytes <= 16n * BigInt(PAGE));
      assert.deepEqual(told.reasons(), ['area-exhausted']);
      assert.equal(told.interrupted[0]?.id, receive.id);
      assert.equal(told.interrupted[0]?.fd, receive.fd);
      assert.equal(told.resumed.length, 0, 'nothing was released, so nothing goes on');
      same(await collect(receive), bytes);
      assert.ok(told.resumed.length > 0);
      wire.close();
    }),

  'one who takes nothing holds up others only until it lets go': () =>
    withInstance({ areaSize: 16 * PAGE }, async (zcrx) => {
      const told = toldBy(zcrx);
      const { wire, receive } = await filled(zcrx, told);
      const other = await connection();
      const bytes = payload(100_000, 2);
      other.client.end(bytes);
      const received = collect(zcrx.receive(other.accepted));
      await until('the other paused too', () => new Set(told.interrupted.map(({ id }) => id)).size === 2);
      // Giving up gives back all that was not taken.
      await receive.return();
      same(await received, bytes);
      wire.close();
      other.close();
    }),

  'chunks of many sockets, released in any order': () =>
    withInstance({ areaSize: 12 * PAGE, entries: 4 }, async (zcrx) => {
      const wires = await Promise.all(Array.from({ length: 12 }, () => connection()));
      const sent = wires.map((_, i) => payload(3 * PAGE + i, i));
      const receives = wires.map(({ accepted }) => zcrx.receive(accepted));
      // One page each: all of the area is held at once, by twelve hands.
      const held: Chunk[] = [];
      for (const [i, { client }] of wires.entries()) {
        await send(client, sent[i]!.subarray(0, PAGE));
        held.push(await taken(receives[i]!));
      }
      const parts = held.map((chunk) => [Buffer.from(chunk.data)]);
      for (const [i, { client }] of wires.entries()) client.end(sent[i]!.subarray(PAGE));
      await aWhile(50);
      for (let i = 0; i < held.length; i++) {
        const at = (i * 7 + 3) % held.length;
        same(held[at]!.data, sent[at]!.subarray(0, PAGE));
        held[at]!.release();
        if (i % 5 === 0) await aWhile(10);
      }
      const rest = await Promise.all(receives.map((receive) => collect(receive)));
      for (const [i, part] of rest.entries()) same(Buffer.concat([...parts[i]!, part]), sent[i]!);
      for (const wire of wires) wire.close();
    }),

  'a stream whose reader is slow is whole': () =>
    withInstance({ areaSize: 8 * PAGE }, async (zcrx) => {
      const wire = await connection();
      const bytes = payload(250_001);
      wire.client.end(bytes);
      const parts: Buffer[] = [];
      for await (const part of zcrx.readable(wire.accepted)) {
        parts.push(part as Buffer);
        if (parts.length % 10 === 0) await wait(20);
      }
      same(Buffer.concat(parts), bytes);
      wire.close();
    }),

  'sixty times the area passes through without more memory': {
    timeoutMs: 60_000,
    run: () =>
      withInstance({ areaSize: 32 * PAGE }, async (zcrx) => {
        const wire = await connection();
        const bytes = payload(128 * 1024);
        let length = 0;
        const consumed = (async () => {
          for await (const chunk of zcrx.receive(wire.accepted)) length += chunk.data.length;
        })();
        await send(wire.client, bytes);
        const before = statusKiB('VmRSS');
        for (let i = 1; i < 64; i++) await send(wire.client, bytes);
        wire.client.end();
        await consumed;
        assert.equal(length, 64 * bytes.length);
        assertCopied(zcrx, length);
        // Eight MiB have passed: far more than the heap of Node may have grown by itself, would they still be here.
        const grown = statusKiB('VmRSS') - before;
        assert.ok(grown < 24 * 1024, `${grown} KiB more`);
        wire.close();
      }),
  },
} satisfies Scenarios;
