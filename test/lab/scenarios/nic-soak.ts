import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { type OpenOptions, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { link, load, unload } from './support/card.js';
import {
  type Counters,
  counters,
  NIC,
  retransmitted,
  setParameter,
  since,
  steer,
  unhurried,
  wired,
} from './support/nic.js';
import { PAGE } from './support/page.js';
import { child, until } from './support/process.js';
import { payload, send } from './support/traffic.js';

// Hours of a bad day in short: the link goes down and up, the driver is removed under a bound instance, owners are
// killed; and after each of it the next instance must work, with its counts equal to the device's own.

const SECONDS = Number(process.env.ZCRX_SOAK_SECONDS ?? 60);
/** What the seed decides can be repeated; the kernel's part of it cannot. */
const SEED = Number(process.env.ZCRX_SOAK_SEED ?? 1);

/** Of the streams whose counts are compared. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

let state = SEED >>> 0;
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state >>> 8) % below;
};

const OPTIONS: readonly OpenOptions[] = [
  {},
  { area: 'mapped' },
  { area: 'shared' },
  { area: 'udmabuf' },
  { recovery: true },
  { guard: true },
];

function reload(): void {
  unload();
  load();
}

/** Opens an instance with traffic in both hands of one process; `tally` has its counts. */
async function underTraffic(
  disturb: (zcrx: ZcrxInstance) => Promise<void> | void,
  options: OpenOptions = {},
): Promise<void> {
  const zcrx = ZcrxInstance.open({ ...NIC, areaSize: 256 * PAGE, ...options });
  const wire = await wired();
  try {
    let flowing = true;
    const flood = () => {
      if (flowing) wire.client.write(payload(16 * PAGE), () => setImmediate(flood));
    };
    flood();
    const received = (async () => {
      for await (const batch of zcrx.receive(wire.accepted).batches()) {
        for (const chunk of batch) assert.ok(chunk.data.length === chunk.length);
      }
    })().catch(() => {});
    await until('data comes', () => zcrx.received_bytes > 0n, 30_000);
    await disturb(zcrx);
    flowing = false;
    wire.close();
    await received;
  } finally {
    wire.close();
    zcrx.close();
  }
}

const DISTURBANCES: Readonly<Record<string, () => Promise<void>>> = {
  'link down and up': () =>
    underTraffic(async (zcrx) => {
      link('down');
      await wait(random(100));
      link('up');
      const before = zcrx.received_bytes;
      await until('traffic goes on', () => zcrx.received_bytes > before, 60_000);
    }, OPTIONS[random(OPTIONS.length)]),
  'closed in mid traffic': () => underTraffic(() => {}, OPTIONS[random(OPTIONS.length)]),
  'steering to and fro': () =>
    underTraffic(async () => {
      for (let i = 0; i < 5; i++) {
        steer(i % 2 === 1);
        await wait(random(40));
      }
      steer(true);
    }),
  'driver removed while bound': () =>
    underTraffic(async (zcrx) => {
      reload();
      await wait(random(50));
      // the instance has lost its queue for good, and must still answer and close
      zcrx.stats();
      zcrx.flush();
    }, OPTIONS[random(OPTIONS.length)]),
  'link down while closing': () =>
    underTraffic(() => {
      link('down');
      setTimeout(() => link('up'), random(60));
    }).then(() => wait(100)),
  'owner killed': async () => {
    const owner = child('receive-on-device', [String(256 * PAGE)]);
    await owner.said('receiving');
    await wait(random(200));
    owner.process.kill('SIGKILL');
    await owner.ended;
  },
  'owner killed, link down': async () => {
    const owner = child('receive-on-device', [String(256 * PAGE)]);
    await owner.said('receiving');
    link('down');
    owner.process.kill('SIGKILL');
    await owner.ended;
    link('up');
  },
};

/**
 * A stream through a new instance: all of it comes, and its counts and the device's are one. Each has a port of its own:
 * what connections of owners that are gone still send goes elsewhere, and is not counted.
 */
async function equalCounts(port: number, tally: Counters & { quiet: number; resent: number }): Promise<void> {
  const zcrx = ZcrxInstance.open({ ...NIC, areaSize: 1024 * PAGE });
  setParameter('copy_one_in', random(2) * 16);
  setParameter('port', port);
  const wire = await wired(port);
  try {
    const before = counters();
    const resent = retransmitted();
    const bytes = payload(512 * PAGE + random(5000), random(1000));
    const sent = send(wire.client, bytes).then(() => wire.client.end());
    const { copy_bytes } = zcrx.stats();
    let chunks = 0;
    let at = 0;
    for await (const batch of zcrx.receive(wire.accepted).batches()) {
      for (const { data } of batch) {
        assert.ok(bytes.subarray(at, at + data.length).equals(data), `differs after ${at} bytes`);
        at += data.length;
        chunks++;
      }
    }
    await sent;
    assert.equal(at, bytes.length);
    const delivered = since(before);
    const copied = Number(zcrx.stats().copy_bytes - copy_bytes);
    for (const name of Object.keys(delivered) as (keyof Counters)[]) tally[name] += delivered[name];
    // What TCP had to send again the device delivered again, and TCP threw away.
    const again = retransmitted() - resent;
    if (again === 0) {
      tally.quiet++;
      assert.equal(copied, delivered.page_bytes);
      assert.equal(delivered.filled_bytes + delivered.page_bytes, bytes.length);
      assert.equal(delivered.filled_buffers + delivered.page_segments, chunks);
    } else {
      tally.resent += again;
      assert.ok(
        copied <= delivered.page_bytes && delivered.filled_bytes + delivered.page_bytes >= bytes.length,
      );
    }
  } finally {
    wire.close();
    zcrx.close();
    setParameter('copy_one_in', 0);
    steer(true);
  }
}

export default {
  [`${SECONDS} seconds of links, drivers and owners going down`]: {
    timeoutMs: SECONDS * 1000 + 120_000,
    run: async () => {
      steer(true);
      const end = performance.now() + SECONDS * 1000;
      const names = Object.keys(DISTURBANCES);
      const rounds: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
      const tally = {
        filled_buffers: 0,
        filled_bytes: 0,
        page_segments: 0,
        page_bytes: 0,
        no_buffer: 0,
        quiet: 0,
        resent: 0,
      };
      for (let i = 0; performance.now() < end || i < names.length; i++) {
        // every kind once, then as it comes
        const name = names[i < names.length ? i : random(names.length)] as string;
        try {
          await DISTURBANCES[name]?.();
          await unhurried(() => equalCounts(FIRST_PORT + (i % PORTS), tally));
        } catch (error) {
          throw new Error(`round ${i} (${name}), seed ${SEED}: ${(error as Error).stack}`, { cause: error });
        }
        rounds[name] = (rounds[name] ?? 0) + 1;
      }
      assert.ok(tally.quiet > 0, 'no round without retransmissions: nothing could be compared exactly');
      return { rounds, ...tally };
    },
  },

  'an instance whose driver was removed still answers and closes, and another takes its place': async () => {
    steer(true);
    const zcrx = ZcrxInstance.open({ ...NIC, areaSize: 64 * PAGE });
    reload();
    const { copy_bytes } = zcrx.stats();
    assert.equal(copy_bytes, 0n);
    assert.equal(zcrx.flush(), 0);
    const another = ZcrxInstance.open({ ...NIC, areaSize: 64 * PAGE });
    another.close();
    zcrx.close();
  },
} satisfies Scenarios;
