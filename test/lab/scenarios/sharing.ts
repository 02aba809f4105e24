import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type BridgeError, type Ticket, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { notificationsOf, withInstance } from './support/instance.js';
import { AREA, allThere, BUFFERS, HOLDER, Party, parties, SHARED, withParties } from './support/party.js';
import { aWhile, descriptors, statusKiB, until } from './support/process.js';
import { collect, connection, payload, same } from './support/traffic.js';

async function importedHere(
  run: (creator: ZcrxInstance, importer: ZcrxInstance) => Promise<void>,
): Promise<void> {
  await withInstance(SHARED, async (creator) => {
    using share = creator.share();
    using importer = ZcrxInstance.import(JSON.parse(JSON.stringify(share.ticket)));
    await run(creator, importer);
  });
}

/** Mappings of shared memory in this process. */
const sharedMappings = (): number =>
  readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => line.includes('/memfd:zcrx')).length;

const availableMiB = (): number =>
  Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) / 1024;

const refusal = (ticket: unknown, options = {}): BridgeError => {
  try {
    ZcrxInstance.import(ticket as Ticket, options).close();
  } catch (error) {
    return error as BridgeError;
  }
  throw new Error('it was imported');
};

export default {
  'two processes receive by one instance at once': {
    timeoutMs: 120_000,
    run: () =>
      withParties(1, async (creator, importer) => {
        await Promise.all([
          creator.ask('receive', 'loopback', 4 * AREA + 1, 4),
          importer.ask('receive', 'loopback', 4 * AREA + 1, 4),
        ]);
        const stats = [await creator.ask('stats'), await importer.ask('stats')];
        for (const { received_bytes, consistent } of stats) {
          assert.equal(received_bytes, BigInt(4 * (4 * AREA + 1)));
          assert.equal(consistent, false);
        }
        assert.equal(stats[0]?.copy_bytes, stats[1]?.copy_bytes);
        // Two rings count without a lock: an update may be lost now and then, and nothing is counted twice.
        const uncounted = 8n * BigInt(4 * AREA + 1) - (stats[0]?.copy_bytes ?? 0n);
        assert.ok(uncounted >= 0n && uncounted < BigInt(AREA), `${uncounted} bytes not counted`);
        assert.equal(await creator.ask('notified'), 1);
        assert.equal(await importer.ask('notified'), 0);
      }),
  },

  'the importer has the registration, the plan and the role that the ticket says': async () => {
    await importedHere(async (creator, importer) => {
      assert.deepEqual([creator.role, importer.role], ['creator', 'importer']);
      assert.deepEqual(importer.plan, creator.plan);
      assert.deepEqual(importer.registration, creator.registration);
      assert.equal(importer.buffer_count, BUFFERS);
      assert.equal(creator.stats().consistent, false);
      assert.equal(importer.has_creator, true);
    });
    await withInstance(SHARED, (alone) => assert.equal(alone.stats().consistent, true));
  },

  'within one thread': async () =>
    importedHere(async (creator, importer) => {
      const seen = notificationsOf(importer);
      const wires = [await connection(), await connection()] as const;
      const bytes = [payload(5 * AREA, 1), payload(5 * AREA, 2)] as const;
      const received = [
        collect(creator.receive(wires[0].accepted)),
        collect(importer.receive(wires[1].accepted)),
      ];
      wires.forEach(({ client }, i) => {
        client.end(bytes[i] as Buffer);
      });
      for (const [i, got] of (await Promise.all(received)).entries()) same(got, bytes[i] as Buffer);
      await aWhile();
      assert.equal(seen.length, 0);
      for (const wire of wires) wire.close();
    }),

  'in a worker thread, which closes or is terminated': {
    timeoutMs: 120_000,
    run: () =>
      withInstance(SHARED, async (zcrx) => {
        using share = zcrx.share();
        const start = async (length: number) => {
          const thread = new Worker(new URL('./children/importer.js', import.meta.url), {
            workerData: { ticket: share.ticket, length },
          });
          return { thread, said: (await once(thread, 'message'))[0] };
        };
        const first = await start(5 * AREA);
        assert.deepEqual(first.said, { whole: true });
        await first.thread.terminate();
        await aWhile();
        const before = descriptors();
        const second = await start(0);
        assert.equal(second.said, 'receiving');
        assert.ok(descriptors() > before);
        await second.thread.terminate();
        await until('its descriptors are gone', () => descriptors() === before);
        const wire = await connection();
        const bytes = payload(10 * AREA);
        wire.client.end(bytes);
        same(await collect(zcrx.receive(wire.accepted)), bytes);
        wire.close();
      }),
  },

  'with descriptors that were inherited': {
    timeoutMs: 120_000,
    run: () =>
      withInstance(SHARED, async (zcrx) => {
        const share = zcrx.share();
        await using party = Party.start([share.box, share.area]);
        await party.ask('take', 'drop:19');
        await party.ask('import', share.ticket, { box: 4, area: 5 });
        share.close();
        assert.equal(await party.ask('receive', 'loopback', AREA, 3), 3 * AREA);
      }),
  },

  'in another pid namespace, with descriptors that were inherited': {
    timeoutMs: 120_000,
    run: () =>
      withInstance(SHARED, async (zcrx) => {
        using share = zcrx.share();
        await using party = Party.start([share.box, share.area], ['/bin/unshare', '-p', '-f']);
        // The number of this process means nothing there, or another process.
        await assert.rejects(party.ask('import', share.ticket, {}), /ESRCH|EBADF|ticket\.box is descriptor/);
        await party.ask('import', share.ticket, { box: 4, area: 5 });
        const wire = await connection();
        const bytes = payload(20 * AREA);
        wire.client.end(bytes);
        const [got, length] = await Promise.all([
          collect(zcrx.receive(wire.accepted)),
          party.ask('receive', 'loopback', AREA, 10),
        ]);
        same(got, bytes);
        assert.equal(length, 10 * AREA);
        wire.close();
      }),
  },

  'an importer shares on, also when the creator is gone': {
    timeoutMs: 120_000,
    run: () =>
      withParties(1, async (creator, importer) => {
        await creator.kill('SIGKILL');
        const ticket = await importer.ask('share');
        await using third = Party.start();
        await third.ask('import', ticket, {});
        await importer.ask('close');
        assert.equal(await third.ask('receive', 'loopback', 5 * AREA, 2), 10 * AREA);
        assert.equal(await third.ask('has_creator'), false);
      }),
  },

  'the exported descriptor alone keeps the instance': async () => {
    const creator = ZcrxInstance.open(SHARED);
    using share = creator.share();
    creator.close();
    using importer = ZcrxInstance.import(share.ticket);
    assert.equal(importer.has_creator, false);
    const wire = await connection();
    const bytes = payload(5 * AREA);
    wire.client.end(bytes);
    same(await collect(importer.receive(wire.accepted)), bytes);
    wire.close();
    share.close();
    assert.match(
      refusal(share.ticket).message,
      /has no descriptor \d+: its share was closed|ticket\.box is descriptor/,
    );
  },

  'an event that the importer re-arms is told to the creator': {
    timeoutMs: 120_000,
    run: () =>
      withParties(
        1,
        async (creator, importer) => {
          await assert.rejects(importer.ask('rearm', 'copy'), {
            errno: 'EINVAL',
            explanation: /'copy' has not fired since it was last armed, by whichever party/,
          });
          await importer.ask('receive', 'loopback', AREA, 1);
          await aWhile();
          assert.deepEqual([await creator.ask('notified'), await importer.ask('notified')], [1, 0]);
          await importer.ask('rearm', 'copy');
          await assert.rejects(importer.ask('rearm', 'copy'), { errno: 'EINVAL' });
          await assert.rejects(creator.ask('rearm', 'copy'), {
            errno: 'EINVAL',
            explanation: /re-armed already/,
          });
          await importer.ask('receive', 'loopback', AREA, 1);
          await aWhile();
          assert.deepEqual([await creator.ask('notified'), await importer.ask('notified')], [2, 0]);
          await creator.ask('rearm', 'copy');
          await assert.rejects(importer.ask('rearm', 'alloc_fail'), {
            errno: 'EINVAL',
            explanation: /without the event 'alloc_fail'/,
          });
        },
        { ...SHARED, events: ['copy'] },
      ),
  },

  'an area that the creator adds is there for the importer': {
    timeoutMs: 120_000,
    async run(t) {
      if (t.series === '7.2') t.skip('no area can be added');
      await withParties(
        1,
        async (creator, importer) => {
          assert.equal(await importer.ask('hold', 'loopback', BUFFERS + 1, 1500), BUFFERS);
          assert.equal(await importer.ask('addArea'), 0);
          assert.equal(await creator.ask('addArea'), BUFFERS);
          assert.equal(await importer.ask('buffer_count'), 2 * BUFFERS);
          assert.equal(await importer.ask('receive', 'loopback', AREA, 3), 3 * AREA);
          await importer.ask('release', BUFFERS);
          await allThere(importer, 2 * BUFFERS);
        },
        { ...HOLDER, spareAreas: 1 },
      );
    },
  },

  'checked before, nothing right is refused': {
    timeoutMs: 120_000,
    async run() {
      const check = { check: 'before' } as const;
      const creator = ZcrxInstance.open({ ...SHARED, ...check });
      using share = creator.share();
      await using party = Party.start();
      for (const where of ['here', 'elsewhere']) {
        const importer = where === 'here' ? ZcrxInstance.import(share.ticket, check) : undefined;
        if (!importer) await party.ask('import', share.ticket, check);
        const wire = await connection();
        const bytes = payload(5 * AREA);
        wire.client.end(bytes);
        if (importer) same(await collect(importer.receive(wire.accepted)), bytes);
        else await party.ask('receive', 'loopback', 5 * AREA, 1);
        await aWhile();
        // The one was told of it here, the other has not seen it.
        if (importer) importer.rearm('copy');
        else await party.ask('rearm', 'copy');
        if (importer) importer.flush();
        else await party.ask('flush');
        const again = importer ? importer.share() : undefined;
        if (!again) await party.ask('share');
        again?.close();
        importer?.close();
        wire.close();
      }
      creator.close();
      assert.equal(await party.ask('receive', 'loopback', AREA, 2), 2 * AREA);
    },
  },

  'a descriptor that is not the one that the ticket means is refused': async () =>
    withInstance(SHARED, async (zcrx) => {
      using share = zcrx.share();
      using other = zcrx.share();
      const { ticket } = share;
      const changed = (change: Partial<Ticket>) => refusal({ ...ticket, ...change }).message;
      assert.match(
        changed({ box: { ...ticket.box, fd: share.area } }),
        /^ticket\.box is descriptor \d+ of process \d+, which is \/memfd:zcrx .*expected anon_inode:\[zcrx\]/,
      );
      assert.match(
        changed({ box: other.ticket.box, memory: { ...ticket.memory, fd: 0 } }),
        /^ticket\.memory is descriptor 0/,
      );
      assert.match(changed({ box: { ...ticket.box, fd: other.box } }), /inode .* another has its number$/);
      assert.match(
        changed({ box: { ...ticket.box, fd: 9999 } }),
        /EBADF.*has no descriptor 9999: its share was closed/,
      );
      assert.match(
        refusal(ticket, { box: other.box, area: other.area }).message,
        /given as box: \d+.*another ticket$/,
      );
      assert.match(refusal(ticket, { box: share.box }).message, /^box is given without area/);
    }),

  'who may not take the descriptors, or comes too late, is told why': {
    timeoutMs: 120_000,
    async run() {
      const creator = Party.start();
      await creator.ask('open', SHARED);
      const ticket = await creator.ask('share');
      await using unprivileged = Party.start();
      await unprivileged.ask('take', 'drop:19');
      await assert.rejects(unprivileged.ask('import', ticket, {}), {
        errno: 'EPERM',
        explanation: /may not take descriptors of process \d+: .*CAP_SYS_PTRACE.*\{ box, area \}/,
      });
      await using administrator = Party.start();
      await administrator.ask('take', 'drop:12');
      await assert.rejects(administrator.ask('import', ticket, {}), {
        errno: 'EPERM',
        explanation: /CAP_NET_ADMIN/,
      });
      await creator.ask('unshare');
      const late = refusal(ticket);
      assert.match(late.message, /EBADF.*has no descriptor|ticket\.box is descriptor/);
      await creator.kill('SIGKILL');
      assert.match(refusal(ticket).message, /ESRCH: there is no process \d+ here/);
    },
  },

  'only what was opened for it can be shared': () =>
    withInstance({ areaSize: AREA }, (zcrx) => {
      assert.throws(() => zcrx.share(), {
        code: 'bad-option',
        message: /opened with area: 'linear', .* open it with area: 'shared'$/,
      });
    }),

  'when all are gone nothing is left': {
    timeoutMs: 120_000,
    async run() {
      // That of a worker thread that was terminated stays.
      const mapped = sharedMappings();
      const round = async () => {
        const creator = ZcrxInstance.open(SHARED);
        const share = creator.share();
        const importer = ZcrxInstance.import(share.ticket);
        const wire = await connection();
        const receive = importer.receive(wire.accepted);
        wire.client.write(payload(AREA));
        await receive.next();
        assert.equal(sharedMappings(), mapped + 2);
        creator.close();
        share.close();
        importer.close();
        wire.close();
      };
      await round();
      await until('nothing is pinned', () => statusKiB('VmPin') === 0);
      const before = descriptors();
      for (let i = 0; i < 10; i++) await round();
      await until('the descriptors are back', () => descriptors() <= before);
      await until('nothing is pinned', () => statusKiB('VmPin') === 0);
      assert.equal(sharedMappings(), mapped);
      const size = 192;
      const all = await parties(1, { area: 'shared', areaSize: size * 2 ** 20 });
      await all[1]?.ask('run', 'loopback', 100_000);
      const meanwhile = availableMiB();
      await Promise.all(all.map((party) => party.kill('SIGKILL')));
      await until('the memory is back', () => availableMiB() > meanwhile + size - 16);
    },
  },
} satisfies Scenarios;
