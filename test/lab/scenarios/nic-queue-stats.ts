import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { inspectDevice, QueueStats, queueHasProvider, queueStats } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { link, load, unload } from './support/card.js';
import { withInstance } from './support/instance.js';
import { NIC, parameter, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { until } from './support/process.js';
import { refusal } from './support/refusal.js';
import { collect, payload, same, send } from './support/traffic.js';

// What the kernel tells of a receive queue through netlink, beside what the simulated card counts itself.

const { device, queue } = NIC;
const OTHER = 0;
/** TCP sends again after a second or two what found no buffer. */
const RETRANSMISSION_MS = 20_000;
const NOBODY = 65_534;

/** Runs with readers of the two queues. */
async function withReaders(
  run: (mine: QueueStats, other: QueueStats) => Promise<void> | void,
): Promise<void> {
  const readers = [new QueueStats(device, queue), new QueueStats(device, OTHER)] as const;
  try {
    await run(...readers);
  } finally {
    for (const each of readers) each.close();
  }
}

function failsOf(stats: QueueStats): bigint {
  const { rx_alloc_fail, missing } = stats.read();
  assert.ok(rx_alloc_fail !== undefined, missing);
  return rx_alloc_fail;
}

/** A counter that moves with another, read while both may move: it lies between the other's readings before and after. */
function assertAlongside(stats: QueueStats, base: { fails: bigint; dropped: bigint }): bigint {
  const before = BigInt(parameter('no_buffer')) - base.dropped;
  const fails = failsOf(stats) - base.fails;
  const after = BigInt(parameter('no_buffer')) - base.dropped;
  assert.ok(fails >= before && fails <= after, `${fails} fails, no_buffer ${before} to ${after}`);
  return fails;
}

/** Another process, without any privilege. */
const AS_NOBODY = `
import { QueueStats } from 'zcrx/bridge';
const stats = new QueueStats('${device}', ${queue});
const { rx_alloc_fail } = stats.read();
console.log(JSON.stringify([process.getuid(), typeof rx_alloc_fail, stats.provider().bound]));
`;

export default {
  async 'data that comes counts on its queue, and no buffer is missing'() {
    steer(true);
    await withReaders((mine, other) =>
      withInstance({ ...NIC, areaSize: 64 * PAGE }, async (zcrx) => {
        const before = { mine: mine.read(), other: other.read(), dropped: parameter('no_buffer') };
        const wire = await wired();
        const bytes = payload(20 * PAGE);
        const sent = send(wire.client, bytes).then(() => wire.client.end());
        same(await collect(zcrx.receive(wire.accepted)), bytes);
        await sent;
        wire.close();
        const after = mine.read();
        assert.ok(after.rx_bytes! - before.mine.rx_bytes! > bytes.length, 'with the headers');
        assert.ok(after.rx_packets! - before.mine.rx_packets! >= 20);
        assert.ok(other.read().rx_packets! > before.other.rx_packets!, 'what is acknowledged comes there');
        assert.equal(parameter('no_buffer'), before.dropped);
        assert.equal(after.rx_alloc_fail, before.mine.rx_alloc_fail);
        // The card counts nothing of the kind.
        assert.equal(after.rx_hw_drops, undefined);
        assert.equal(after.missing, undefined);
        assert.match(queueStats(device, 7).missing ?? '', /tells of other queues, not of queue 7/);
      }),
    );
  },

  'an exhausted area: rx-alloc-fail of its queue is what the card dropped, and no other queue’s': {
    timeoutMs: 90_000,
    async run() {
      steer(true);
      const bound = { ...NIC, areaSize: 64 * PAGE, highWaterMark: Number.POSITIVE_INFINITY, recovery: false };
      await withReaders((mine, other) =>
        withInstance(bound, async (zcrx) => {
          const base = { fails: failsOf(mine), dropped: BigInt(parameter('no_buffer')) };
          const elsewhere = failsOf(other);
          const wire = await wired();
          const receive = zcrx.receive(wire.accepted);
          const bytes = payload(160 * PAGE);
          const sent = send(wire.client, bytes).then(() => wire.client.end());
          await until('the area is exhausted', () => zcrx.held === 64, RETRANSMISSION_MS);
          await until(
            'what finds no buffer counts',
            () => assertAlongside(mine, base) > 0n,
            RETRANSMISSION_MS,
          );
          const first = assertAlongside(mine, base);
          await until('TCP sends again', () => assertAlongside(mine, base) > first, RETRANSMISSION_MS);
          same(await collect(receive), bytes);
          await sent;
          wire.close();
          const fails = failsOf(mine) - base.fails;
          assert.equal(fails, BigInt(parameter('no_buffer')) - base.dropped);
          assert.equal(failsOf(other), elsewhere);
        }),
      );
    },
  },

  async 'whether an instance is bound: before, while and after, and with what buffers'() {
    await withReaders(async (mine, other) => {
      for (let i = 0; i < 3; i++) {
        await until('the queue is free', () => mine.provider().bound === false);
        assert.deepEqual([mine.provider(), other.provider()], [{ bound: false }, { bound: false }]);
        await withInstance({ ...NIC, areaSize: 64 * PAGE }, () => {
          assert.deepEqual(mine.provider(), { bound: true, rx_buf_len: PAGE });
          assert.deepEqual(other.provider(), { bound: false });
          assert.deepEqual([queueHasProvider(device, queue), queueHasProvider(device, OTHER)], [true, false]);
        });
      }
      await until('the queue is free', () => mine.provider().bound === false);
    });
  },

  async 'while the link is down the kernel tells nothing, and that is told'() {
    await withReaders((mine) =>
      withInstance({ ...NIC, areaSize: 64 * PAGE }, () => {
        link('down');
        try {
          const { missing, ...counters } = mine.read();
          assert.match(missing ?? '', /tells nothing of its queues: it is down, or/);
          assert.deepEqual(counters, {});
          const { missing: why, ...known } = mine.provider();
          assert.match(why ?? '', /is down/);
          assert.deepEqual(known, {});
          assert.equal(queueHasProvider(device, queue), undefined);
        } finally {
          link('up');
        }
        assert.equal(mine.provider().bound, true);
        assert.equal(mine.read().missing, undefined);
      }),
    );
  },

  async 'a card that went and came again is another, and begins from zero'() {
    const old = new QueueStats(device, queue);
    try {
      assert.ok(old.read().rx_alloc_fail !== undefined);
      unload();
      try {
        assert.match(
          refusal(() => old.read()).message,
          new RegExp(`ENODEV: there is no interface ${old.ifindex};`),
        );
        assert.equal(refusal(() => old.provider()).errno, 'ENODEV');
      } finally {
        load();
      }
      assert.equal(refusal(() => old.read()).errno, 'ENODEV');
      await withReaders((mine, other) => {
        assert.equal(mine.ifindex, inspectDevice(device).ifindex);
        for (const each of [mine, other]) assert.equal(failsOf(each), 0n);
        assert.equal(mine.read().rx_packets, 0n);
      });
    } finally {
      old.close();
    }
  },

  'nobody in particular may read it': {
    timeoutMs: 90_000,
    async run() {
      await withInstance({ ...NIC, areaSize: 64 * PAGE }, () => {
        const out = execFileSync(process.execPath, ['--input-type=module', '-e', AS_NOBODY], {
          uid: NOBODY,
          gid: NOBODY,
          cwd: '/',
          encoding: 'utf8',
        });
        assert.deepEqual(JSON.parse(out), [NOBODY, 'bigint', true]);
      });
    },
  },
} satisfies Scenarios;
