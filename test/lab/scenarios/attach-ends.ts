import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AttachedProcess, type AttachOptions, type Changes } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { descriptors, until } from './support/process.js';
import { Receiver, seen, unharmed, visible } from './support/receiver.js';

// The process closes its ring, ends, or is killed while we look at it.

const KERNEL_REGION = ['--area-mib', '192'];
const OWN_REGION = [...KERNEL_REGION, '--user-region'];

type Way = 'mapped' | 'remote' | 'address';

function options({ places }: Receiver, way: Way): AttachOptions {
  const { stats_offset, address, region_size: size } = places.instances[0]!;
  return way === 'address' ? { regions: [{ address, size }], stats_offset } : { read: way, stats_offset };
}

const availableMiB = (): number =>
  Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) / 1024;

const ENDS: Readonly<
  Record<string, { run(receiver: Receiver): Promise<unknown>; gone: RegExp; ends: boolean }>
> = {
  'closes its ring': {
    run: (receiver) => receiver.ask('close'),
    gone: /^the process has (closed the ring|unmapped it|nothing mapped there)/,
    ends: false,
  },
  exits: { run: (receiver) => receiver.end('exit'), gone: /^the process has ended$/, ends: true },
  'is killed': { run: (receiver) => receiver.end('SIGKILL'), gone: /^the process has ended$/, ends: true },
};

/** Told within `rescan`s, with the last numbers, and all that the ring had is free again. */
const ending = (how: string, way: Way) => ({
  timeoutMs: 120_000,
  async run() {
    const { run, gone, ends } = ENDS[how]!;
    const empty = descriptors();
    const free = availableMiB();
    await using receiver = await Receiver.start(...(way === 'address' ? OWN_REGION : KERNEL_REGION));
    using attached = AttachedProcess.attach(receiver.pid, options(receiver, way));
    const [instance] = attached.rescan().appeared;
    assert.ok(instance);
    await receiver.goOn();
    const [last] = await receiver.ask('pause');
    assert.deepEqual(seen(instance), visible(last!));
    const whole = availableMiB();
    assert.ok(whole < free - 150, `${whole} of ${free} MiB: the area is there`);
    await receiver.ask('go');
    await run(receiver);
    const told: Changes[] = [];
    await until('it is told', () => {
      told.push(attached.rescan());
      return told.some((changes) => changes.gone.length > 0);
    });
    assert.deepEqual(
      told.flatMap((changes) => changes.gone),
      [instance],
    );
    assert.match(instance.gone ?? '', gone);
    assert.deepEqual(attached.instances, []);
    assert.deepEqual(Object.keys(instance.snapshot()), ['time']);
    assert.throws(() => instance.bytes(), { code: 'closed' });
    assert.ok((instance.last?.counters?.copy_bytes ?? 0n) >= last!.copy_bytes);
    if (ends) await until('the end is told', () => attached.ended === 'the process has ended');
    else assert.equal(attached.ended, undefined);
    await until('the area is free again', () => availableMiB() > free - 64);
    if (ends) assert.ok(descriptors() <= empty + 3);
    attached.detach();
    attached.detach();
  },
});

export default {
  ...Object.fromEntries(
    (['mapped', 'remote', 'address'] as const).flatMap((way) =>
      Object.keys(ENDS).map((how) => [`it ${how} while its region is read: ${way}`, ending(how, way)]),
    ),
  ),

  'a mapping keeps the ring and all it has until it is let go of, and reading remotely does not': {
    timeoutMs: 120_000,
    async run() {
      const times: Record<string, number> = {};
      for (const read of ['mapped', 'remote'] as const) {
        const free = availableMiB();
        await using receiver = await Receiver.start(...KERNEL_REGION);
        // Nobody looks by itself.
        using attached = AttachedProcess.attach(receiver.pid, { ...options(receiver, read), checkMs: 0 });
        await receiver.ask('close');
        if (read === 'mapped') {
          await wait(1000);
          // The receiver's own mapping of the area is gone; the pages are pinned by the ring.
          assert.ok(availableMiB() < free - 150, `${availableMiB()} of ${free} MiB`);
          assert.ok(attached.instances[0]?.snapshot().counters, 'it can still be read');
          attached.check();
          assert.match(attached.rescan().gone[0]?.gone ?? '', /closed the ring/);
        }
        const start = performance.now();
        await until('the area is free again', () => availableMiB() > free - 64);
        times[`${read} ms`] = Math.round(performance.now() - start);
      }
      return times;
    },
  },

  'looking by itself is enough, without a call from us': {
    timeoutMs: 60_000,
    async run() {
      const free = availableMiB();
      await using receiver = await Receiver.start(...KERNEL_REGION);
      using attached = AttachedProcess.attach(receiver.pid);
      const [instance] = attached.instances;
      await receiver.ask('close');
      await until('the area is free again', () => availableMiB() > free - 64);
      assert.match(instance?.gone ?? '', /closed the ring/);
    },
  },

  'a ring that takes the place of another, by the same number, is another one': {
    timeoutMs: 120_000,
    async run() {
      for (const read of ['mapped', 'remote'] as const) {
        await using receiver = await Receiver.start();
        const { stats_offset } = receiver.places.instances[0]!;
        using attached = AttachedProcess.attach(receiver.pid, { read, stats_offset, checkMs: 0 });
        const [first] = attached.rescan().appeared;
        await receiver.goOn();
        const { fd, inode } = receiver.places;
        await receiver.ask('close');
        await receiver.open();
        assert.equal(receiver.places.fd, fd);
        assert.notEqual(receiver.places.inode, inode);
        await receiver.goOn();
        const [reading] = await receiver.ask('pause');
        const { appeared, gone } = attached.rescan();
        assert.deepEqual(gone, [first]);
        assert.match(
          first?.gone ?? '',
          /(closed the ring, and its descriptor \d+ is something else)|unmapped/,
        );
        assert.equal(appeared.length, 1);
        assert.equal(appeared[0]?.inode, receiver.places.inode);
        assert.deepEqual(seen(appeared[0]!), visible(reading!));
        unharmed(await receiver.ask('pause'));
      }
    },
  },

  'it closes and opens its ring again and again while we read as fast as we can': {
    timeoutMs: 180_000,
    async run() {
      for (const read of ['mapped', 'remote'] as const) {
        await using receiver = await Receiver.start();
        const { stats_offset } = receiver.places.instances[0]!;
        using attached = AttachedProcess.attach(receiver.pid, { read, stats_offset });
        let over = false;
        let snapshots = 0;
        let instances = attached.rescan().appeared.length;
        const reading = (async () => {
          while (!over) {
            for (let i = 0; i < 50; i++)
              for (const each of attached.instances) {
                if (each.snapshot().refill) snapshots++;
              }
            instances += attached.rescan().appeared.length;
            await wait(1);
          }
        })();
        for (let i = 0; i < 10; i++) {
          await wait(30 + 7 * i);
          await receiver.ask('close');
          if (i % 2) await wait(i * 10);
          await receiver.open();
        }
        await wait(200);
        unharmed(await receiver.ask('pause'));
        over = true;
        await reading;
        assert.ok(instances >= 5 && snapshots > 100, `${instances} instances, ${snapshots} snapshots`);
      }
    },
  },

  'it starts without a ring, and is found when it opens one': async () => {
    await using receiver = await Receiver.start();
    await receiver.ask('close');
    using attached = AttachedProcess.attach(receiver.pid);
    assert.deepEqual(attached.rescan(), { appeared: [], gone: [] });
    await receiver.open();
    assert.equal(attached.rescan().appeared.length, 1);
    assert.equal(attached.rescan().appeared.length, 0);
  },

  'an instance that was let go of is not attached to again': async () => {
    await using receiver = await Receiver.start();
    using attached = AttachedProcess.attach(receiver.pid);
    const [instance] = attached.rescan().appeared;
    instance?.detach();
    instance?.detach();
    assert.equal(instance?.gone, 'detached');
    assert.deepEqual(attached.rescan(), { appeared: [], gone: [instance] });
    assert.deepEqual(attached.rescan(), { appeared: [], gone: [] });
  },
} satisfies Scenarios;
