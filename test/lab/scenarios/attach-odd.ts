import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { AttachedProcess, findRings } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { withInstance } from './support/instance.js';
import { descriptors, runChild, until } from './support/process.js';
import { Receiver } from './support/receiver.js';

// Processes that have nothing to show, or do not show it.

const KTHREADD = 2;
/** Above all that the kernel gives (pid_max). */
const NOBODY_HAS = 4_194_304;

async function withSleeper(run: (pid: number) => Promise<unknown> | unknown): Promise<void> {
  const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
  try {
    await once(sleeper, 'spawn');
    await run(sleeper.pid as number);
  } finally {
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
  }
}

function nothingIn(pid: number): void {
  using attached = AttachedProcess.attach(pid);
  assert.deepEqual(attached.instances, []);
  assert.deepEqual(attached.rescan(), { appeared: [], gone: [] });
  assert.equal(attached.ended, undefined);
}

export default {
  'a process without a ring': () =>
    withSleeper((pid) => {
      assert.deepEqual(findRings(pid), []);
      nothingIn(pid);
    }),

  'a kernel thread': () => {
    assert.deepEqual(findRings(KTHREADD), []);
    nothingIn(KTHREADD);
  },

  'no such process': () => {
    const before = descriptors();
    assert.deepEqual(findRings(NOBODY_HAS), []);
    assert.throws(() => AttachedProcess.attach(NOBODY_HAS), {
      code: 'no-such-process',
      message: /no process 4194304 .*has ended, or lives in another pid namespace/,
    });
    assert.equal(descriptors(), before);
  },

  'the number of a thread': async () => {
    const thread = readdirSync('/proc/self/task')
      .map(Number)
      .find((tid) => tid !== process.pid);
    assert.throws(() => AttachedProcess.attach(thread as number), {
      code: 'no-such-process',
      message: /number of a thread/,
    });
  },

  'a zombie': async () => {
    // The shell becomes a program that does not wait for the child that the shell had.
    const parent = spawn('sh', ['-c', 'sleep 0 & exec sleep 1000'], { stdio: 'ignore' });
    const isZombie = (pid: string): boolean => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return new RegExp(`\\) Z ${parent.pid} `).test(stat);
      } catch {
        return false;
      }
    };
    let zombie: string | undefined;
    await until('there is a zombie', () => {
      zombie = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isZombie(name));
      return zombie !== undefined;
    });
    const before = descriptors();
    assert.throws(() => AttachedProcess.attach(Number(zombie)), {
      code: 'no-such-process',
      message: /has ended, and only its parent/,
    });
    assert.equal(descriptors(), before);
    assert.deepEqual(findRings(Number(zombie)), []);
    parent.kill('SIGKILL');
  },

  'a process that is not ours, as nobody and without capabilities': {
    timeoutMs: 120_000,
    async run() {
      await using receiver = await Receiver.start();
      for (const steps of ['become:65534', 'drop:19']) {
        // CAP_SYS_PTRACE: root without it may look into nobody who can do more than he.
        const { stdout, status, stderr } = await runChild('attach to', [`${receiver.pid}`, steps]);
        assert.equal(status, 0, stderr);
        const told = JSON.parse(stdout) as Record<string, { code: string; message: string }>;
        assert.equal(Object.keys(told).length, 4);
        for (const { code, message } of Object.values(told)) {
          assert.match(code, /^(EPERM|EACCES)$/);
          assert.match(message, /ptrace_scope.*CAP_SYS_PTRACE/);
        }
      }
      const [reading] = await receiver.ask('pause');
      assert.equal(reading?.wrong, 0n);
    },
  },

  'a ring that receives nothing': async () => {
    await using receiver = await Receiver.start('--instances', '0');
    assert.deepEqual(findRings(receiver.pid), [
      { pid: receiver.pid, fd: receiver.places.fd, inode: receiver.places.inode },
    ]);
    nothingIn(receiver.pid);
  },

  'many rings, one of which receives': async () => {
    await using receiver = await Receiver.start('--rings', '200');
    const rings = findRings(receiver.pid);
    assert.equal(rings.length, 201);
    assert.equal(new Set(rings.map(({ inode }) => inode)).size, 201);
    using attached = AttachedProcess.attach(receiver.pid);
    assert.deepEqual(
      attached.instances.map(({ fd, inode }) => ({ fd, inode })),
      [{ fd: receiver.places.fd, inode: receiver.places.inode }],
    );
    const others = rings.filter(({ fd }) => fd !== receiver.places.fd);
    using without = AttachedProcess.attach(receiver.pid, { fds: others.map(({ fd }) => fd) });
    assert.deepEqual(without.instances, []);
    using alone = AttachedProcess.attach(receiver.pid, { fds: [receiver.places.fd] });
    assert.equal(alone.instances.length, 1);
  },

  'our own process': () =>
    withInstance({ areaSize: 65_536 }, (zcrx) => {
      using attached = AttachedProcess.attach(process.pid);
      // its region lies in memory of its own
      assert.deepEqual(attached.instances, []);
      assert.ok(attached.rings.length > 0);
      assert.equal(zcrx.stats().copy_count, 0n);
    }),

  'addresses that cannot be a region': async () => {
    await using receiver = await Receiver.start('--user-region', '--rings', '2');
    const { pid, fd, instances } = receiver.places;
    const { address, region_size: size } = instances[0]!;
    const attach = (region: object) => AttachedProcess.attach(pid, { regions: [{ address, fd, ...region }] });
    const before = descriptors();
    const bad: [object, RegExp][] = [
      [{ address: address + 8n }, /regions\[0\]\.address is 0x[\da-f]+, expected whole pages/],
      [{ address: 0n }, /address is 0x0, where process \d+ has nothing mapped/],
      [{ address: 2n ** 63n }, /nothing mapped|has 0 of/],
      [{ address: 0n, size }, /has 0 of 8192 bytes mapped/],
      [{ size: 2 ** 30 }, /of 1073741824 bytes mapped/],
      [{ size: 4095 }, /size is 4095/],
      [{ fd: 0 }, /fd is 0, expected that of the ring .*the rings of process \d+ are \d+, \d+, \d+/],
      [{ fd: undefined }, /fd is missing, expected that of the ring/],
    ];
    for (const [region, message] of bad) {
      assert.throws(() => attach(region), { code: 'bad-option', message });
    }
    assert.equal(descriptors(), before);
    using twice = AttachedProcess.attach(pid, { regions: [{ address, fd, size }] });
    assert.equal(twice.instances[0]?.zcrx_id, 0);
    assert.throws(
      () =>
        AttachedProcess.attach(pid, {
          regions: [
            { address, fd, zcrx_id: 3 },
            { address, fd, zcrx_id: 3 },
          ],
        }),
      { code: 'bad-option', message: /regions\[1\]\.zcrx_id is 3, expected none that ring/ },
    );
    // Where it ends is not known: it is not taken for known either.
    using open = AttachedProcess.attach(pid, { regions: [{ address, fd, entries: 64 }] });
    const [instance] = open.instances;
    assert.equal(instance?.region_size_is_exact, false);
    assert.match(instance?.unlocated ?? '', /size of the region is not known/);
  },
} satisfies Scenarios;
