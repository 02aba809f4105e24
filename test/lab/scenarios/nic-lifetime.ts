import assert from 'node:assert/strict';
import { ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { NIC, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { aWhile, child, collectGarbage, descriptors, mappings, statusKiB, until } from './support/process.js';
import { collect, payload, same, send } from './support/traffic.js';

const SIZE = 64 * PAGE;

/** What a working instance on the queue does. */
async function works(): Promise<void> {
  await withInstance({ ...NIC, areaSize: SIZE }, async (zcrx) => {
    const wire = await wired();
    const bytes = payload(100 * PAGE + 1);
    const sent = send(wire.client, bytes).then(() => wire.client.end());
    same(await collect(zcrx.receive(wire.accepted)), bytes);
    await sent;
    assert.equal(zcrx.stats().copy_bytes, 0n);
    wire.close();
  });
}

export default {
  'the queue can be bound again at once, many times': {
    timeoutMs: 120_000,
    run: async () => {
      steer(true);
      for (let i = 0; i < 50; i++) ZcrxInstance.open({ ...NIC, areaSize: SIZE }).close();
      await works();
    },
  },

  'everything is back after close: descriptors, mappings, locked memory, the queue': {
    timeoutMs: 120_000,
    run: async () => {
      steer(true);
      for (const area of ['linear', 'mapped', 'shared', 'udmabuf'] as const) {
        const round = async () => {
          const zcrx = ZcrxInstance.open({ ...NIC, areaSize: SIZE, area });
          const wire = await wired();
          const receive = zcrx.receive(wire.accepted);
          await send(wire.client, payload(20 * PAGE));
          const { value } = await receive.next();
          assert.ok(value && !value.released);
          // closed in the middle: chunks are held, more wait, and more are on their way
          const open = send(wire.client, payload(200 * PAGE)).catch(() => {});
          zcrx.close();
          wire.close();
          await open;
        };
        await round();
        await until(`${area}: nothing is pinned`, () => statusKiB('VmPin') === 0);
        const before = { descriptors: descriptors(), mappings: mappings() };
        for (let i = 0; i < 10; i++) await round();
        await until(`${area}: all descriptors are back`, () => descriptors() <= before.descriptors);
        await until(
          `${area}: nothing is pinned or locked`,
          () => statusKiB('VmPin') + statusKiB('VmLck') === 0,
        );
        // Node maps and unmaps as it likes; an instance has several mappings of its own, and ten of them would show
        await until(
          `${area}: all mappings are back`,
          () => collectGarbage() && mappings() < before.mappings + 10,
        );
      }
      await works();
    },
  },

  'a killed owner lets go of the queue at once, with traffic in flight': {
    timeoutMs: 120_000,
    run: async () => {
      steer(true);
      for (let i = 0; i < 4; i++) {
        const owner = child('receive-on-device', [String(SIZE)]);
        await owner.said('receiving');
        await aWhile(25 * i);
        owner.process.kill('SIGKILL');
        await owner.ended;
        await works();
      }
    },
  },

  'a second instance on the queue is refused, and told why': () => {
    steer(true);
    return withInstance({ ...NIC, areaSize: SIZE }, () => {
      assert.throws(
        () => ZcrxInstance.open({ ...NIC, areaSize: SIZE }),
        (error: Error) => /EEXIST/.test(error.message) && /queue 1/.test(error.message),
      );
    });
  },

  'sockets that outlive the instance keep nobody from binding the queue': async () => {
    steer(true);
    const zcrx = ZcrxInstance.open({ ...NIC, areaSize: SIZE });
    const wire = await wired();
    await send(wire.client, payload(30 * PAGE));
    await aWhile(50);
    zcrx.close();
    await works();
    wire.close();
    await works();
  },
} satisfies Scenarios;
