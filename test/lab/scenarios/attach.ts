import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AttachedProcess, type AttachOptions, findRings, processesNamed, waitingBytes } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { child, descriptors } from './support/process.js';
import { between, Receiver, seen, unharmed, visible } from './support/receiver.js';
import { connection, send } from './support/traffic.js';

// A program that knows nothing of us is watched while it receives. What it sees of its own counters is the truth.

/** A refill region that this process has mapped, for reading alone. */
const OUR_MAPPING = / r--s 3[\da-f]{7} .*\[io_uring\]/;

/** What stays as it is in the status of a process that goes on as before. */
const STEADY = /^(TracerPid|FDSize|VmSize|VmLck|VmPin|Threads|Sig\w+|Cap\w+|Seccomp\w*):.*/gm;

type Way = 'mapped' | 'remote' | 'address';

/** What the user of each variant has to know of the program. */
function attach({ places }: Receiver, way: Way, more: AttachOptions = {}): AttachedProcess {
  const [first] = places.instances;
  const { stats_offset } = first!;
  if (way !== 'address') return AttachedProcess.attach(places.pid, { read: way, stats_offset, ...more });
  const regions = places.instances.map(({ address, region_size: size }) => ({ address, size }));
  return AttachedProcess.attach(places.pid, { regions, stats_offset, ...more });
}

const VARIANTS: Readonly<Record<string, { args: string[]; ways: Way[] }>> = {
  'a region of the kernel': { args: [], ways: ['mapped', 'remote'] },
  'a region of the kernel, statistics right behind the entries': {
    args: ['--tight', '--entries', '256'],
    ways: ['mapped', 'remote'],
  },
  'a region in its own memory': { args: ['--user-region'], ways: ['address'] },
  'two instances on one ring': { args: ['--instances', '2'], ways: ['mapped', 'remote'] },
  'two instances in its own memory': { args: ['--instances', '2', '--user-region'], ways: ['address'] },
  'a region that it has mapped more of than there is': { args: ['--overmap'], ways: ['mapped', 'remote'] },
  'a ring that it has no descriptor of': { args: ['--no-descriptor'], ways: ['remote'] },
  'the largest region': { args: ['--entries', '32768'], ways: ['mapped', 'remote'] },
};

const numbersOf = (variant: keyof typeof VARIANTS) => ({
  timeoutMs: 180_000,
  async run() {
    const { args, ways } = VARIANTS[variant]!;
    await using receiver = await Receiver.start(...args);
    for (const way of ways) {
      using attached = attach(receiver, way);
      const { instances } = attached;
      assert.equal(instances.length, receiver.places.instances.length);
      instances.forEach((instance, i) => {
        const { zcrx_id, region_size, stats_offset } = receiver.places.instances[i]!;
        const { fd } = receiver.places;
        assert.deepEqual(
          [instance.fd, instance.zcrx_id, instance.region_size, instance.stats_offset],
          [fd, zcrx_id, region_size, stats_offset],
        );
        assert.equal(instance.how, way === 'mapped' ? 'mapped' : 'remote');
        assert.equal(instance.bytes().length, region_size);
      });
      // Paused: the same numbers.
      let moved = 0n;
      for (let round = 0; round < 4; round++) {
        await receiver.goOn();
        const readings = await receiver.ask('pause');
        unharmed(readings);
        instances.forEach((instance, i) => {
          assert.deepEqual(seen(instance), visible(readings[i]!), `${way}, round ${round}`);
        });
        const { copy_bytes } = readings[0]!;
        assert.ok(copy_bytes > moved, 'it received something');
        moved = copy_bytes;
      }
      // Running: between what it sees just before and just after.
      await receiver.ask('go');
      let changes = 0;
      for (let round = 0; round < 40; round++) {
        const before = await receiver.ask('read');
        const ours = instances.map(seen);
        const after = await receiver.ask('read');
        for (const [i, numbers] of ours.entries()) {
          between(visible(before[i]!), numbers, visible(after[i]!));
        }
        if (before[0]!.copy_bytes !== after[0]!.copy_bytes) changes++;
      }
      assert.ok(changes > 10, `it received meanwhile, ${changes} times`);
      unharmed(await receiver.ask('pause'));
    }
  },
});

export default {
  ...Object.fromEntries(
    Object.keys(VARIANTS).map((variant) => [`our numbers are its own: ${variant}`, numbersOf(variant)]),
  ),

  'it is unharmed by attaching and detaching, many times, while it receives': {
    timeoutMs: 120_000,
    async run() {
      await using receiver = await Receiver.start();
      const before = descriptors();
      for (let i = 0; i < 60; i++) {
        using attached = attach(receiver, i % 2 === 0 ? 'mapped' : 'remote');
        assert.ok(attached.instances[0]?.snapshot().counters);
        const [ours] = readFileSync('/proc/self/maps', 'latin1').match(OUR_MAPPING) ?? [];
        assert.equal(ours !== undefined, i % 2 === 0);
        await wait(5);
      }
      assert.equal(descriptors(), before);
      assert.doesNotMatch(readFileSync('/proc/self/maps', 'latin1'), OUR_MAPPING);
      unharmed(await receiver.ask('pause'));
    },
  },

  'it is unharmed by a watcher that is killed while attached': {
    timeoutMs: 180_000,
    async run() {
      for (const read of ['mapped', 'remote']) {
        await using receiver = await Receiver.start();
        for (let i = 0; i < 2; i++) {
          const watcher = child('watch', [`${receiver.pid}`, read]);
          await watcher.said('attached');
          await wait(20 + 50 * i);
          watcher.process.kill('SIGKILL');
          await watcher.ended;
          unharmed(await receiver.ask('pause'));
          await receiver.goOn();
        }
        unharmed(await receiver.ask('pause'));
      }
    },
  },

  'nothing of it is touched: neither what it waits for nor what it may use': async () => {
    await using receiver = await Receiver.start();
    await receiver.ask('pause');
    const facts = () => ({
      descriptors: readFileSync(`/proc/${receiver.pid}/fdinfo/${receiver.places.fd}`, 'latin1'),
      maps: readFileSync(`/proc/${receiver.pid}/maps`, 'latin1'),
      status: readFileSync(`/proc/${receiver.pid}/status`, 'latin1').match(STEADY),
    });
    const before = facts();
    assert.ok((before.status?.length ?? 0) > 10);
    using attached = attach(receiver, 'mapped');
    for (let i = 0; i < 100; i++) attached.instances[0]?.snapshot();
    assert.deepEqual(facts(), before);
    attached.detach();
    assert.deepEqual(facts(), before);
  },

  'where the statistics are: told, planned, or listed with the evidence': async () => {
    await using receiver = await Receiver.start('--tight', '--entries', '64');
    await receiver.goOn(500);
    const [place] = receiver.places.instances;
    using attached = AttachedProcess.attach(receiver.pid);
    const [instance] = attached.instances;
    assert.ok(instance && place);
    assert.match(instance.unlocated ?? '', /give stats_offset, or entries/);
    assert.equal(instance.snapshot().counters, undefined);
    assert.ok(instance.snapshot().refill);
    await receiver.goOn(300);
    const readings = await receiver.ask('pause');
    const candidates = instance.candidates();
    const [best, second] = candidates;
    assert.deepEqual(
      [best?.rq_entries, best?.placement, best?.stats_offset, best?.counters?.copy_bytes],
      [64, 'tight', place.stats_offset, readings[0]?.copy_bytes],
    );
    assert.deepEqual(best?.speaks_against, []);
    assert.match(best?.speaks_for.join('; ') ?? '', /has 4096 bytes, .*all 64 entries.*rose by/);
    assert.ok((second?.speaks_against.length ?? 0) > 0, JSON.stringify(second));
    // none was chosen
    assert.equal(instance.stats_offset, undefined);
    instance.locate({ entries: 64 });
    assert.deepEqual([instance.stats_offset, instance.rq_entries], [place.stats_offset, 64]);
    assert.deepEqual(seen(instance), visible(readings[0]!));
    assert.throws(() => instance.locate({ entries: 32_768 }), { code: 'bad-option' });
    assert.throws(() => instance.locate({ stats_offset: 4096 }), { code: 'bad-option' });
    assert.equal(instance.stats_offset, place.stats_offset);
    return candidates.slice(0, 3);
  },

  'an instance that another ring has imported is known to be one and the same': async () => {
    await using receiver = await Receiver.start('--import');
    using attached = attach(receiver, 'mapped');
    const { fd, importer } = receiver.places;
    assert.deepEqual(
      attached.instances.map((each) => each.fd),
      [fd, importer],
    );
    const [own, imported] = attached.instances;
    assert.equal(typeof own?.frame, 'bigint');
    assert.equal(own?.frame, imported?.frame);
    const [reading] = await receiver.ask('pause');
    for (const each of attached.instances) assert.deepEqual(seen(each), visible(reading!));
  },

  'a region that the process has not mapped itself can be mapped, and not read remotely': async () => {
    await using receiver = await Receiver.start('--unmapped', '--entries', '4096');
    using mapped = attach(receiver, 'mapped');
    assert.equal(mapped.instances.length, 1);
    assert.equal(mapped.instances[0]?.region_size, receiver.places.instances[0]?.region_size);
    assert.deepEqual(seen(mapped.instances[0]!), { head: 0, tail: 0, copy_count: 0n, copy_bytes: 0n });
    using remote = attach(receiver, 'remote');
    assert.equal(remote.instances.length, 0);
  },

  'a ring without a descriptor is read remotely whatever was asked for, and its end is seen': async () => {
    await using receiver = await Receiver.start('--no-descriptor');
    assert.deepEqual(findRings(receiver.pid), []);
    using attached = attach(receiver, 'mapped');
    const [instance] = attached.instances;
    assert.deepEqual([instance?.how, instance?.fd], ['remote', -1]);
    attached.rescan();
    await receiver.ask('close');
    assert.deepEqual(attached.rescan().gone, [instance]);
    assert.match(instance?.gone ?? '', /unmapped|nothing mapped/);
  },

  'several watchers see the same': async () => {
    await using receiver = await Receiver.start();
    using first = attach(receiver, 'mapped');
    using second = attach(receiver, 'mapped');
    using third = attach(receiver, 'remote');
    const [reading] = await receiver.ask('pause');
    for (const { instances } of [first, second, third])
      assert.deepEqual(seen(instances[0]!), visible(reading!));
    first.detach();
    assert.deepEqual(seen(second.instances[0]!), visible(reading!));
  },

  'processes are found by name, without ourselves': async () => {
    await using receiver = await Receiver.start();
    assert.deepEqual(
      processesNamed('receiver').map(({ pid, command }) => ({ pid, command })),
      [{ pid: receiver.pid, command: 'receiver' }],
    );
    using attached = AttachedProcess.attach(receiver.pid);
    assert.equal(attached.command, 'receiver');
    assert.equal(attached.startTime, processesNamed('receiver')[0]?.startTime);
    assert.ok(!processesNamed('node').some(({ pid }) => pid === process.pid));
    assert.deepEqual(processesNamed('no such name'), []);
    assert.deepEqual(processesNamed('kthreadd'), []);
  },

  'bytes that wait in the sockets of a process are counted': async () => {
    const wire = await connection();
    try {
      assert.equal(waitingBytes(process.pid)?.bytes, 0n);
      await send(wire.client, new Uint8Array(12_345));
      await wait(100);
      assert.equal(waitingBytes(process.pid)?.bytes, 12_345n);
      assert.ok((waitingBytes(process.pid)?.sockets ?? 0) >= 2);
    } finally {
      wire.close();
    }
    assert.equal(waitingBytes(2 ** 22), undefined);
  },
} satisfies Scenarios;
