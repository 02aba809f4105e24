import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { Worker } from 'node:worker_threads';
import * as uapi from 'zcrx';
import { isBridgeError, isSyscallError, Mapping, registerIfq } from 'zcrx/bridge';
import {
  type Area,
  attachArea,
  dmabufArea,
  hugeArea,
  linearArea,
  mappedArea,
  sharedArea,
  udmabufArea,
} from '../../../dist/bridge/areas/index.js';
import { LinearMemory } from '../../../dist/bridge/linear.js';
import type { Scenarios } from '../harness.js';
import { Bench, byHand, outcome, planned, RING } from './support/bench.js';
import { fillPool, freeHugePages, hugePage, withHugePages } from './support/huge-pages.js';
import { koffi, libc } from './support/koffi.js';
import { PAGE } from './support/page.js';
import { descriptors, mappings, runChild, statusKiB, until } from './support/process.js';
import { type Piece, receivePieces } from './support/receive.js';
import { connection, payload, same, send } from './support/traffic.js';

// The kinds of memory that payload can lie in.

const ENTRIES = 64;
const SIZE = ENTRIES * PAGE;

/** The attached memory of another area, which goes with it. */
function attached(): Area {
  const shared = sharedArea(SIZE);
  try {
    return attachArea(shared.fd!, SIZE);
  } finally {
    shared.close();
  }
}

/** Every kind that can be registered without a device. */
const DEVICELESS: Record<string, () => Area> = {
  mapped: () => mappedArea(SIZE),
  huge: () => hugeArea(SIZE),
  shared: () => sharedArea(SIZE),
  'shared of huge pages': () => sharedArea(SIZE, { huge: true }),
  attached,
};

const KINDS: Record<string, () => Area> = {
  ...DEVICELESS,
  udmabuf: () => udmabufArea(SIZE),
  'udmabuf of huge pages': () => udmabufArea(SIZE, { huge: true }),
};

/** Mappings of files in memory, dma-bufs and huge pages: the heap of JavaScript has none of these. */
const foreignMappings = (): number =>
  readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => /memfd:|dmabuf|hugepage/.test(line)).length;

/** Descriptors, mappings, and what the kernel has locked and pinned. */
const belongings = () => ({
  descriptors: descriptors(),
  mappings: foreignMappings(),
  locked: statusKiB('VmLck'),
  pinned: statusKiB('VmPin'),
});

/** Huge pages as many as the largest of these needs, and one more. */
const pooled = <Result>(run: () => Result) => withHugePages(Math.ceil(SIZE / hugePage()) + 1, run);

/** What is thrown: for its message, after its kind was checked. */
function thrown(run: () => unknown, errno: string): string {
  try {
    run();
  } catch (error) {
    if (isSyscallError(error)) assert.equal(error.errno, errno, error.message);
    else if (isBridgeError(error)) assert.equal(error.code, errno, error.message);
    else throw error;
    return error.message;
  }
  throw new Error('nothing was thrown');
}

/** Receives into an area without a device; the registration goes with the function. */
async function receiveInto(area: Area, run: (pieces: Piece[], bytes: Buffer) => unknown): Promise<void> {
  using bench = new Bench(RING, 512);
  const plan = planned(ENTRIES, 'own-page');
  const region = bench.memory(plan.region_size);
  const structs = bench.structs(ENTRIES, plan.region_size, plan.stats_offset!, region);
  const made = registerIfq(bench.fd, { ...structs, area: area.registration });
  const wire = await connection();
  const bytes = payload(100_003);
  const sent = send(wire.client, bytes);
  const pieces = await receivePieces(byHand(bench), made.reg.zcrx_id, wire, bytes.length);
  await sent;
  await run(pieces, bytes);
  wire.close();
}

const contents = (area: Area, pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map(({ offset, length }) => area.read(offset, length)));

/** A memfd as somebody else would make one. */
function foreignMemfd(length: number, seals: number): number {
  const create = libc.func('int memfd_create(const char *name, unsigned int flags)');
  const truncate = libc.func('int ftruncate(int fd, int64_t length)');
  const fcntl = libc.func('int fcntl(int fd, int cmd, int64_t arg)');
  const MFD_ALLOW_SEALING = 2;
  const F_ADD_SEALS = 1033;
  const fd = create('foreign', MFD_ALLOW_SEALING);
  assert.equal(truncate(fd, length), 0);
  assert.equal(fcntl(fd, F_ADD_SEALS, seals), 0);
  return fd;
}

const closeFd = libc.func('int close(int fd)');
const fallocate = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
const mprotect = libc.func('int mprotect(uintptr_t address, size_t length, int rights)');

/** Where the last mapping of a dma-buf lies. */
function dmabufMapping(): bigint {
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n');
  const line = lines.findLast((each) => each.includes('dmabuf'));
  assert.ok(line, 'a dma-buf is mapped');
  return BigInt(`0x${line.split('-')[0]}`);
}

/** With env(1) for a shell: no shell reads the words again. */
const NOBODY = ['su', '-s', '/usr/bin/env', '--', 'nobody'];

const SEAL_SHRINK = 2;
const SEAL_FUTURE_WRITE = 16;

/** What attaching refuses: how the descriptor comes about, what is asked of it, and the words. */
const NOT_ATTACHED: Record<string, { fd: () => number; length?: number; words: RegExp }> = {
  'that can still shrink': { fd: () => foreignMemfd(SIZE, 0), words: /could shrink.*F_SEAL_SHRINK/ },
  'that is shorter': {
    fd: () => foreignMemfd(SIZE - PAGE, SEAL_SHRINK),
    words: new RegExp(`has ${SIZE - PAGE} bytes, expected ${SIZE}`),
  },
  'that is longer': {
    fd: () => foreignMemfd(SIZE + PAGE, SEAL_SHRINK),
    words: new RegExp(`has ${SIZE + PAGE} bytes, expected ${SIZE}`),
  },
  'that is a file': { fd: () => openSync('/proc/self/status', 'r'), words: /no memfd/ },
  'that is a file in memory': { fd: () => openSync('/dev/shm/a-file', 'w+'), words: /could shrink/ },
  'that is a device': { fd: () => openSync('/dev/null', 'r+'), words: /no memfd/ },
};

const NUMBERS: unknown[] = [0, -1, 1.5, Number.NaN, 2 ** 41, 2 ** 64, '4096', 4096n, null, undefined];

export default {
  ...Object.fromEntries(
    Object.entries(DEVICELESS).map(([kind, create]) => [
      `${kind}: what is received without a device lies in it`,
      () =>
        pooled(async () => {
          const before = belongings();
          const area = create();
          assert.ok(area.length >= SIZE && area.copyFallback);
          await receiveInto(area, (pieces, bytes) => {
            assert.ok(statusKiB('VmPin') - before.pinned >= area.length / 1024, 'the area is pinned');
            same(contents(area, pieces), bytes);
          });
          area.close();
          await until('all is given back', () => statusKiB('VmPin') === before.pinned);
          assert.deepEqual(belongings(), before);
        }),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(KINDS).map(([kind, create]) => [
      `${kind}: making and closing leaves nothing behind`,
      () =>
        pooled(async () => {
          create().close();
          const [before, pages, all] = [belongings(), freeHugePages(), mappings()];
          for (let i = 0; i < 30; i++) {
            const area = create();
            area.read(0, 1);
            if (kind !== 'mapped') assert.ok(foreignMappings() > before.mappings);
            area.close();
            area.close();
          }
          assert.deepEqual(belongings(), before);
          // The heap comes and goes, but in a few mappings.
          assert.ok(mappings() < all + 10, `${mappings()} mappings, ${all} before`);
          // The last reference to a dma-buf's pages goes when the kernel has time.
          await until('the huge pages are free again', () => freeHugePages() === pages);
        }),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(KINDS).map(([kind, create]) => [
      `${kind}: reading keeps to the area, and ends with it`,
      () =>
        pooled(() => {
          const area = create();
          const { length } = area;
          assert.deepEqual([...area.read(length - 3, 3)], [0, 0, 0]);
          assert.equal(area.read(length, 0).length, 0);
          const copy = area.read(0, length);
          assert.equal(copy.length, length);
          for (const [offset, size] of [
            [length - 3, 4],
            [length, 1],
            [-1, 1],
            [0.5, 1],
            [Number.NaN, 1],
            [2 ** 53, 1],
          ] as const) {
            thrown(() => area.read(offset, size), 'out-of-bounds');
          }
          for (const size of [-1, 1.5, length + 1, 2 ** 53])
            assert.throws(() => area.read(0, size), isBridgeError);
          area.close();
          thrown(() => area.read(0, 1), 'closed');
          assert.equal(copy[0], 0, 'a copy outlives its area');
        }),
    ]),
  ),

  'linear: reading gives views, which keep to the area'() {
    const memory = new LinearMemory({ sqEntries: 8, cqEntries: 8, region: PAGE, area: SIZE });
    const area = linearArea(memory, SIZE);
    memory.bytes(memory.area, SIZE).set([1, 2, 3], SIZE - 3);
    const view = area.read(SIZE - 3, 3);
    assert.deepEqual([...view], [1, 2, 3]);
    memory.bytes(memory.area, SIZE)[SIZE - 1] = 4;
    assert.equal(view[2], 4);
    thrown(() => area.read(SIZE - 3, 4), 'out-of-bounds');
    thrown(() => area.read(-1, 1), 'out-of-bounds');
    area.close();
    assert.equal(view[0], 1);
  },

  'huge pages: the length is rounded up, and shown'() {
    return withHugePages(4, () => {
      for (const create of [hugeArea, (length: number) => sharedArea(length, { huge: true })]) {
        const area = create(hugePage() + 1);
        assert.equal(area.length, 2 * hugePage());
        assert.equal(freeHugePages(), 2);
        area.close();
        assert.equal(freeHugePages(), 4);
      }
    });
  },

  'huge pages: a lack of them is told with what to do, and that helps'() {
    const before = belongings();
    const length = 3 * hugePage();
    const creates: [string, () => Area][] = [
      ['huge', () => hugeArea(length)],
      ['shared', () => sharedArea(length, { huge: true })],
      ['udmabuf', () => udmabufArea(length, { huge: true })],
    ];
    for (const [kind, create] of creates) {
      for (const [pool, taken] of [
        [0, 0],
        [2, 1],
      ] as const) {
        fillPool(pool);
        const other = taken > 0 ? hugeArea(taken * hugePage()) : undefined;
        const message = thrown(create, 'ENOMEM');
        const free = pool - taken;
        assert.match(
          message,
          new RegExp(`3 huge pages of ${hugePage() / 1024} KiB are needed, ${free} are to be had`),
        );
        assert.match(message, new RegExp(`HugePages_Free ${free}\\)`), kind);
        fillPool(Number(/sysctl vm.nr_hugepages=(\d+)$/.exec(message)?.[1]));
        create().close();
        other?.close();
      }
    }
    fillPool(0);
    assert.deepEqual(belongings(), before);
  },

  'huge pages: a process can be started while all of them are pinned'() {
    return withHugePages(1, async () => {
      const area = hugeArea(hugePage());
      await receiveInto(area, (pieces, bytes) => {
        const { status, error } = spawnSync(process.execPath, ['-e', '0']);
        assert.deepEqual({ status, error }, { status: 0, error: undefined });
        same(contents(area, pieces), bytes);
      });
      area.close();
    });
  },

  async 'huge pages: a limit that withholds them is told, before anything is touched'(t) {
    const root = '/tmp/cgroup';
    mkdirSync(root, { recursive: true });
    assert.equal(spawnSync('mount', ['-t', 'cgroup2', 'cgroup2', root]).status, 0);
    const limited = `${root}/limited`;
    const enter = (group: string) => writeFileSync(`${group}/cgroup.procs`, `${process.pid}`);
    try {
      if (!readFileSync(`${root}/cgroup.controllers`, 'latin1').includes('hugetlb'))
        t.skip('no such controller');
      writeFileSync(`${root}/cgroup.subtree_control`, '+hugetlb');
      mkdirSync(limited);
      const limit = readdirSync(limited).find((name) => name === `hugetlb.${hugePage() / 2 ** 20}MB.max`);
      writeFileSync(`${limited}/${limit}`, `${hugePage()}`);
      await withHugePages(2, () => {
        enter(limited);
        try {
          for (const create of [hugeArea, (length: number) => sharedArea(length, { huge: true })]) {
            const message = thrown(() => create(2 * hugePage()), 'EFAULT');
            assert.match(
              message,
              /2 huge pages of \d+ KiB are needed, and the pool has them: a limit of a cgroup/,
            );
            create(hugePage()).close();
          }
        } finally {
          enter(root);
        }
      });
    } finally {
      spawnSync('umount', ['-l', root]);
    }
  },

  'huge pages: one that another process takes out of shared memory does not end this one'() {
    return withHugePages(2, () => {
      const area = sharedArea(2 * hugePage(), { huge: true });
      const KEEP_SIZE_AND_PUNCH_HOLE = 3;
      assert.equal(
        fallocate(area.fd, KEEP_SIZE_AND_PUNCH_HOLE, hugePage(), hugePage()),
        0,
        `${koffi.errno()}`,
      );
      const other = hugeArea(hugePage());
      thrown(() => area.read(hugePage(), 1), 'EFAULT');
      thrown(() => area.read(hugePage() - 8, 16), 'EFAULT');
      assert.equal(area.read(hugePage() - 8, 8).length, 8);
      other.close();
      assert.equal(area.read(hugePage(), 1)[0], 0);
      area.close();
    });
  },

  'more memory than the machine has is refused, and nothing ends'() {
    const before = belongings();
    const available =
      Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) * 1024;
    for (const create of [mappedArea, sharedArea, udmabufArea]) {
      const message = thrown(() => create(available + 8 * 2 ** 20), 'bad-option');
      assert.match(message, /is to have \d+ bytes, but this machine has \d+ to give \(MemAvailable\)/);
    }
    thrown(() => mappedArea(2 ** 40), 'ENOMEM');
    thrown(() => sharedArea(2 ** 40), 'bad-option');
    const sparse = foreignMemfd(2 ** 38, SEAL_SHRINK);
    thrown(() => attachArea(sparse, 2 ** 38), 'bad-option');
    const reading = attachArea(sparse, 2 ** 38, { readonly: true });
    assert.equal(reading.read(2 ** 38 - 1, 1)[0], 0);
    reading.close();
    closeFd(sparse);
    assert.deepEqual(belongings(), before);
  },

  'the memory of a shared area keeps its length, whatever is tried'() {
    const area = sharedArea(SIZE);
    const truncate = libc.func('int ftruncate(int fd, int64_t length)');
    const fcntl = libc.func('int fcntl(int fd, int cmd, int64_t arg)');
    for (const length of [0, SIZE - PAGE, SIZE + PAGE])
      assert.equal(truncate(area.fd, length), -1, `${length}`);
    assert.equal(fcntl(area.fd, 1033, 8), -1, 'no more seals');
    assert.equal(fcntl(area.fd, 1, 0), 1, 'FD_CLOEXEC');
    area.close();
  },

  'another process reads what is received, through the descriptor'() {
    const area = sharedArea(SIZE);
    return receiveInto(area, async (pieces, bytes) => {
      const ended = await runChild('attach', [`${area.length}`, JSON.stringify(pieces)], [], [area.fd!]);
      assert.equal(ended.status, 0, ended.stderr);
      const { base64, refused } = JSON.parse(ended.stdout) as {
        base64: string;
        refused: { code: string; message: string };
      };
      same(Buffer.from(base64, 'base64'), bytes);
      assert.equal(refused.code, 'bad-option');
      assert.match(refused.message, /attached for reading only/);
      area.close();
    });
  },

  ...Object.fromEntries(
    [false, true].map((huge) => [
      `another process receives into the memory of this one${huge ? ', of huge pages' : ''}`,
      () =>
        pooled(async () => {
          const area = sharedArea(SIZE, { huge });
          const ended = await runChild('attach and receive', [`${area.length}`, '100003'], [], [area.fd!]);
          assert.equal(ended.status, 0, ended.stderr);
          same(contents(area, JSON.parse(ended.stdout) as Piece[]), payload(100_003));
          area.close();
        }),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(NOT_ATTACHED).map(([what, { fd: make, words }]) => [
      `memory ${what} is not attached`,
      () => {
        const fd = make();
        const before = belongings();
        for (const options of [{}, { readonly: true }]) {
          assert.match(
            thrown(() => attachArea(fd, SIZE, options), 'bad-option'),
            words,
          );
        }
        assert.deepEqual(belongings(), before);
        closeFd(fd);
      },
    ]),
  ),

  'memory for reading is attached for reading only'() {
    const sealed = foreignMemfd(SIZE, SEAL_SHRINK | SEAL_FUTURE_WRITE);
    assert.match(
      thrown(() => attachArea(sealed, SIZE), 'bad-option'),
      /sealed against writing: attach it with \{ readonly: true \}/,
    );
    const writable = foreignMemfd(SIZE, SEAL_SHRINK);
    const readable = openSync(`/proc/self/fd/${writable}`, 'r');
    assert.match(
      thrown(() => attachArea(readable, SIZE), 'EACCES'),
      /opened for reading only: attach it with \{ readonly: true \}/,
    );
    for (const fd of [sealed, readable]) {
      const area = attachArea(fd, SIZE, { readonly: true });
      assert.equal(area.read(0, PAGE).length, PAGE);
      thrown(() => area.registration, 'bad-option');
      area.close();
    }
    closeFd(sealed);
    closeFd(writable);
    closeSync(readable);
  },

  'a descriptor that is attached or given stays the caller’s'() {
    const shared = sharedArea(SIZE);
    const first = attachArea(shared.fd!, SIZE);
    const second = attachArea(shared.fd!, SIZE, { readonly: true });
    shared.close();
    first.close();
    assert.equal(second.read(0, 1)[0], 0, 'one that is closed does not take the others along');
    second.close();
    const whole = udmabufArea(SIZE);
    const area = dmabufArea({ fd: whole.fd!, length: SIZE });
    assert.notEqual(area.fd, whole.fd);
    area.close();
    assert.equal(whole.read(0, 1)[0], 0);
    whole.close();
  },

  'dma-buf: what is written through its memory is read'() {
    return pooled(() => {
      for (const huge of [false, true]) {
        const area = udmabufArea(SIZE, { huge });
        const bytes = payload(area.length);
        const memory = Mapping.shared(area.fd!, area.length);
        memory.write(0, bytes);
        same(area.read(0, area.length), bytes);
        same(area.read(PAGE - 1, PAGE + 2), bytes.subarray(PAGE - 1, 2 * PAGE + 1));
        // The same through its descriptor alone, as another process would have it.
        const other = dmabufArea({ fd: area.fd!, length: area.length });
        area.close();
        same(other.read(0, other.length), bytes);
        other.close();
        memory.close();
      }
    });
  },

  'dma-buf: without a device there is no registering it'() {
    const area = udmabufArea(SIZE);
    assert.equal(area.copyFallback, false);
    using bench = new Bench();
    const plan = planned(ENTRIES, 'own-page');
    const structs = bench.structs(
      ENTRIES,
      plan.region_size,
      plan.stats_offset!,
      bench.memory(plan.region_size),
    );
    assert.equal(
      outcome(() => registerIfq(bench.fd, { ...structs, area: area.registration })),
      'EINVAL',
    );
    assert.deepEqual(area.registration, {
      len: SIZE,
      flags: uapi.IORING_ZCRX_AREA_DMABUF,
      dmabuf_fd: area.fd,
    });
    area.close();
  },

  'dma-buf: other descriptors and lengths are refused'() {
    const whole = udmabufArea(SIZE);
    const shared = sharedArea(SIZE);
    const before = belongings();
    for (const length of [SIZE - PAGE, SIZE + PAGE, SIZE - 1]) {
      const message = thrown(() => dmabufArea({ fd: whole.fd!, length }), 'bad-option');
      assert.match(message, new RegExp(`has ${SIZE} bytes, expected ${length}`));
    }
    assert.match(
      thrown(() => dmabufArea({ fd: shared.fd!, length: SIZE }), 'bad-option'),
      /of something else/,
    );
    assert.deepEqual(belongings(), before);
    whole.close();
    shared.close();
    thrown(() => dmabufArea({ fd: before.descriptors + 100, length: SIZE }), 'EBADF');
    thrown(() => attachArea(before.descriptors + 100, SIZE), 'EBADF');
  },

  async 'dma-buf: one that cannot be mapped can be registered, and not read'() {
    const { status, stdout, stderr } = await runChild('unmappable dma-buf');
    assert.equal(status, 0, stderr);
    const told = JSON.parse(stdout) as {
      registration: object;
      read: { code: string; message: string };
      closed: { code: string };
    };
    assert.equal(told.read.code, 'not-readable');
    assert.match(told.read.message, /cannot read this dma-buf: mmap\(MAP_SHARED\) failed with EACCES/);
    assert.equal(told.closed.code, 'closed');
    assert.deepEqual(Object.keys(told.registration), ['len', 'flags', 'dmabuf_fd']);
  },

  async 'dma-buf: reading is announced to its driver'() {
    const { status, stdout, stderr } = await runChild('unsynced dma-buf');
    assert.equal(status, 0, stderr);
    const { code, message } = JSON.parse(stdout) as { code: string; message: string };
    assert.equal(code, 'EACCES');
    assert.match(message, /^ioctl\(DMA_BUF_IOCTL_SYNC, START\) failed/);
  },

  'dma-buf: one whose pages are not there does not end the process'() {
    const area = udmabufArea(SIZE);
    area.read(0, SIZE);
    assert.equal(mprotect(dmabufMapping() + BigInt(PAGE), PAGE, 0), 0);
    assert.equal(area.read(0, PAGE).length, PAGE);
    for (const [offset, length] of [
      [PAGE, 1],
      [PAGE - 1, 2],
      [0, SIZE],
    ] as const) {
      assert.match(
        thrown(() => area.read(offset, length), 'not-readable'),
        /cannot read this dma-buf: .*EFAULT/,
      );
    }
    area.close();
  },

  async 'udmabuf: that it is missing, withheld or limited is told'() {
    const before = belongings();
    const away = '/dev/udmabuf-away';
    renameSync('/dev/udmabuf', away);
    try {
      assert.match(
        thrown(() => udmabufArea(SIZE), 'ENOENT'),
        /open\(\/dev\/udmabuf\) failed with ENOENT.*CONFIG_UDMABUF, or modprobe udmabuf/,
      );
    } finally {
      renameSync(away, '/dev/udmabuf');
    }
    const limit = '/sys/module/udmabuf/parameters/size_limit_mb';
    const usual = readFileSync(limit, 'latin1');
    writeFileSync(limit, '1');
    try {
      assert.match(
        thrown(() => udmabufArea(2 ** 20 + PAGE), 'EINVAL'),
        new RegExp(`${2 ** 20 + PAGE} bytes are more than the 1 MiB that one may have: raise ${limit}`),
      );
      udmabufArea(2 ** 20).close();
    } finally {
      writeFileSync(limit, usual);
    }
    assert.deepEqual(belongings(), before);
    const { status, stdout, stderr } = await runChild('udmabuf without permission', [], NOBODY);
    assert.equal(status, 0, stderr);
    const { code, message } = JSON.parse(stdout) as { code: string; message: string };
    assert.equal(code, 'EACCES');
    assert.match(message, /root may use it, or who is in the group that owns it/);
  },

  'lengths and descriptors that are none are refused before any call'() {
    const before = belongings();
    for (const number of NUMBERS as number[]) {
      for (const run of [
        () => mappedArea(number),
        () => hugeArea(number),
        () => sharedArea(number),
        () => sharedArea(number, { huge: true }),
        () => udmabufArea(number),
        () => attachArea(0, number),
        () => dmabufArea({ fd: 0, length: number }),
      ]) {
        thrown(run, 'bad-option');
      }
    }
    for (const fd of [-1, 1.5, 2 ** 31, 2 ** 32, '3', 3n, undefined] as number[]) {
      thrown(() => attachArea(fd, SIZE), 'bad-option');
      thrown(() => dmabufArea({ fd, length: SIZE }), 'bad-option');
      thrown(() => Mapping.shared(fd, PAGE), 'bad-option');
    }
    assert.deepEqual(belongings(), before);
  },

  async 'what a worker had open is closed when it is terminated'() {
    const program = new URL('./children/worker.js', import.meta.url);
    const start = async () => {
      const worker = new Worker(program, { workerData: 'areas and wait' });
      await once(worker, 'message');
      const open = descriptors();
      await worker.terminate();
      return open;
    };
    await start();
    const before = descriptors();
    const open = await start();
    assert.ok(open >= before + 2, 'the worker has them open');
    await until('they are closed', () => descriptors() === before);
  },

  'shared memory that somebody shortens does not end the process'() {
    const fd = foreignMemfd(SIZE, 0);
    const truncate = libc.func('int ftruncate(int fd, int64_t length)');
    const mapping = Mapping.shared(fd, SIZE);
    const bytes = payload(SIZE);
    mapping.write(0, bytes);
    assert.equal(truncate(fd, PAGE), 0);
    for (const offset of [PAGE, PAGE - 1]) {
      thrown(() => mapping.read(offset, 2), 'EFAULT');
      thrown(() => mapping.write(offset, new Uint8Array(2)), 'EFAULT');
    }
    thrown(() => mapping.populate(), 'EFAULT');
    assert.ok(mapping.closed);
    closeFd(fd);
    const short = sharedArea(PAGE);
    const beyond = Mapping.shared(short.fd!, 2 * PAGE);
    assert.equal(beyond.read(0, PAGE).length, PAGE);
    thrown(() => beyond.read(PAGE, 1), 'EFAULT');
    beyond.close();
    short.close();
  },
} satisfies Scenarios;
