import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { unsupportedHost } from '../../bridge/index.js';
import { libc } from '../../bridge/libc.js';
import { sharedLayout } from '../../bridge/share/layout.js';
import { LockFile } from '../../bridge/share/lock.js';
import { SharedMemory } from '../../bridge/share/memory.js';

// Real processes on real shared memory. Only the kernel's part, taking entries out of the ring, is played here.

const ENTRIES = 64;
const WORD = 4;
const HEAD = 0;
const TAIL = 64;
const RQES = 128;

const linux = test.skipIf(unsupportedHost() !== undefined);

const opened: { close(): void }[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const each of opened.splice(0).reverse()) each.close();
});

function create(): SharedMemory {
  const { pageSize } = libc();
  const plan = {
    rq_entries: ENTRIES,
    rqes: RQES,
    entries_end: RQES + ENTRIES * 16,
    stats_offset: 2048,
    stats_end: 2064,
    region_size: pageSize,
  };
  const memory = SharedMemory.create(sharedLayout(plan, pageSize, pageSize));
  opened.push(memory);
  memory.region.attachRefill({ head: HEAD, tail: TAIL, rqes: RQES });
  return memory;
}

function attach(memory: SharedMemory): SharedMemory {
  const other = SharedMemory.attach(memory.fd, memory.layout);
  opened.push(other);
  other.region.attachRefill({ head: HEAD, tail: TAIL, rqes: RQES });
  return other;
}

/** The kernel's side of the ring: takes all that is published, and gives back the lengths of the entries. */
function kernelOf(memory: SharedMemory): () => number[] {
  const words = new Uint32Array(libc().view(memory.address, libc().pageSize));
  return () => {
    const tail = Atomics.load(words, TAIL / WORD);
    const taken: number[] = [];
    let head = Atomics.load(words, HEAD / WORD);
    for (; head !== tail; head = (head + 1) >>> 0) {
      taken.push(words[(RQES + (head % ENTRIES) * 16) / WORD + 2] as number);
    }
    Atomics.store(words, HEAD / WORD, head);
    return taken;
  };
}

const put = ({ region }: SharedMemory, ...lengths: number[]): number => {
  lengths.forEach((length, i) => {
    region.batch.set([length, 0, length, 0], i * 4);
  });
  return region.put(lengths.length);
};

async function producer(memory: SharedMemory, ...args: (number | string)[]): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [`${import.meta.dirname}/share-producer.mjs`, '3', `${ENTRIES}`, ...args.map(String)],
    { stdio: ['ignore', 'pipe', 'inherit', memory.fd] },
  );
  children.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

linux(
  'two parties see one ring: what the one puts the other sees, and no more than there is room for',
  () => {
    const memory = create();
    const other = attach(memory);
    const take = kernelOf(memory);
    expect(put(memory, 1, 2, 3)).toBe(3);
    expect([memory.region.unread, other.region.unread]).toEqual([3, 3]);
    const before = memory.region.returned;
    expect(put(other, ...Array.from({ length: ENTRIES }, (_, i) => 4 + i))).toBe(ENTRIES - 3);
    expect(memory.region.returned).not.toBe(before);
    expect(put(memory, 99)).toBe(0);
    expect(take()).toEqual(Array.from({ length: ENTRIES }, (_, i) => 1 + i));
    expect(put(memory, 99)).toBe(1);
    expect(take()).toEqual([99]);
  },
);

linux('the indices of the ring go round at 2^32', () => {
  const memory = create();
  const words = new Uint32Array(libc().view(memory.address, libc().pageSize));
  words[HEAD / WORD] = words[TAIL / WORD] = 2 ** 32 - 2;
  expect(put(memory, 1, 2, 3, 4)).toBe(4);
  expect(words[TAIL / WORD]).toBe(2);
  expect(memory.region.unread).toBe(4);
  expect(kernelOf(memory)()).toEqual([1, 2, 3, 4]);
});

linux('each counter is read whole, and the creator alone has both for himself', () => {
  const memory = create();
  const other = attach(memory);
  new BigUint64Array(libc().view(memory.address, libc().pageSize)).set([7n, 2n ** 63n + 1n], 2048 / 8);
  for (const { region } of [memory, other]) {
    expect([region.load(0), region.load(1)]).toEqual([7n, 2n ** 63n + 1n]);
    expect(region.bytes()).toHaveLength(16);
  }
  expect([memory.region.exclusive, other.region.exclusive]).toEqual([true, false]);
  memory.region.markShared();
  expect(memory.region.exclusive).toBe(false);
});

linux(
  'three processes put at once, and each buffer comes once',
  async () => {
    const memory = create();
    const take = kernelOf(memory);
    const each = 40_000;
    for (const first of [0, each]) await producer(memory, first, each);
    const seen = new Uint8Array(3 * each);
    let count = 0;
    const takeAll = () => {
      for (const length of take()) {
        seen[length] = (seen[length] ?? 0) + 1;
        count++;
      }
    };
    for (let next = 2 * each; count < seen.length; ) {
      const rest = Math.min(5, 3 * each - next);
      if (rest > 0) next += put(memory, ...Array.from({ length: rest }, (_, i) => next + i));
      takeAll();
      if (count % 16 === 0) await turn();
    }
    expect(seen.every((times) => times === 1)).toBe(true);
  },
  60_000,
);

linux('one who is stopped with the lock holds up the others, and killed no more', async () => {
  const memory = create();
  const holder = await producer(memory, 0, 0, 'seize');
  holder.kill('SIGSTOP');
  expect(put(memory, 1)).toBe(0);
  // Waited for once: from now on it is only tried.
  const from = performance.now();
  for (let i = 0; i < 50; i++) expect(put(memory, 1)).toBe(0);
  expect(performance.now() - from).toBeLessThan(200);
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  expect(put(memory, 1)).toBe(1);
  expect(kernelOf(memory)()).toEqual([1]);
});

linux(
  'producers that are killed at any moment leave no entry that was not theirs, and no lock',
  async () => {
    const memory = create();
    const take = kernelOf(memory);
    for (let round = 0; round < 12; round++) {
      const first = round * 1_000_000;
      const child = await producer(memory, first, 1_000_000);
      const seen: number[] = [];
      const gone = once(child, 'exit');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 30);
      while (child.exitCode === null && child.signalCode === null) {
        seen.push(...take());
        await turn();
      }
      await gone;
      seen.push(...take());
      // All that it put, in order, to some point.
      expect(seen.every((length, i) => length === first + i)).toBe(true);
      expect(put(memory, 5)).toBe(1);
      expect(take()).toEqual([5]);
    }
  },
  60_000,
);

linux('that the creator is there is known as long as it is', () => {
  const memory = create();
  const other = attach(memory);
  expect([memory.hasCreator, other.hasCreator]).toEqual([true, true]);
  memory.close();
  expect(other.hasCreator).toBe(false);
});

linux('a lock is of one opening of the file, in one thread too, and closing lets go of it', () => {
  const memory = create();
  const [one, two] = [new LockFile(memory.fd), new LockFile(memory.fd)];
  opened.push(two);
  expect([one.tryTake('producer'), one.tryTake('producer'), two.tryTake('producer')]).toEqual([
    true,
    true,
    false,
  ]);
  expect([two.isTaken('producer'), one.isTaken('producer')]).toEqual([true, false]);
  one.close();
  one.close();
  expect(two.tryTake('producer')).toBe(true);
});

linux('closed memory is not touched any more, and leaves nothing', () => {
  const memfds = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:zcrx');
      } catch {
        return false; // the one that the folder is read by
      }
    }).length;
  const before = memfds();
  const memory = create();
  expect(memfds()).toBe(before + 2);
  memory.close();
  memory.close();
  expect(memfds()).toBe(before);
  for (const touch of [
    () => memory.region.unread,
    () => memory.region.load(0),
    () => memory.region.bytes(),
    () => memory.region.returned,
    () => put(memory, 1),
    () => memory.area.read(0, 1),
  ]) {
    expect(touch).toThrow(/closed/);
  }
  expect(() => closeSync(memory.fd)).toThrow(/EBADF/);
});
