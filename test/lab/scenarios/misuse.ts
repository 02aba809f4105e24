import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { type Chunk, isBridgeError, isSyscallError, type OpenOptions, ZcrxInstance } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { Bench } from './support/bench.js';
import { withInstance } from './support/instance.js';
import { collectGarbage, descriptors, mappings, runChild, statusKiB, until } from './support/process.js';
import { collect, connection, payload, same, send } from './support/traffic.js';

const SMALL: OpenOptions = { areaSize: 64 * 1024 };

/** Options as JavaScript may hand them over, and what the message must name. */
const BAD: [unknown, RegExp][] = [
  [null, /options are null/],
  [5, /options are 5/],
  [{ areasize: 4096 }, /no option areasize, expected device, .*areaSize/],
  [{ queue: 1 }, /queue is 1 without a device/],
  [{ device: 'eth0' }, /queue is undefined, expected a whole number/],
  [{ device: 7, queue: 0 }, /device is 7, expected a name/],
  [{ device: 'eth0', queue: 2 ** 32 - 1 }, /queue is 4294967295, expected/],
  [{ rxBufLen: 4095 }, /rxBufLen is 4095, expected a power of two from 4096/],
  [{ rxBufLen: 12288 }, /rxBufLen is 12288, expected a power of two/],
  [{ area: 'gpu' }, /area is gpu, expected linear or mapped or huge or shared or udmabuf/],
  [{ area: { dmabuf: -1 } }, /area\.dmabuf is -1/],
  [{ area: { dmabuf: 0 }, spareAreas: 1 }, /spareAreas is 1, expected 0: a dma-buf is one area/],
  [{ spareAreas: 1024 }, /spareAreas is 1024, expected a whole number from 0 to 1023/],
  [{ recovery: 'yes' }, /recovery is yes, expected true, false or a policy/],
  [{ recovery: { flsh: true } }, /key of recovery is flsh, expected flush or/],
  [{ recovery: { flush: 1 } }, /recovery\.flush is 1, expected true or false/],
  [{ highWaterMark: 0 }, /highWaterMark is 0, expected/],
  [{ guard: 'on' }, /guard is on, expected true or false/],
  ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4096', 4096n, 2 ** 40 + 1].map(
    (areaSize): [unknown, RegExp] => [{ areaSize }, /areaSize is .*expected a whole number from 1 to/],
  ),
  [{ areaSize: 2 ** 32 }, /areaSize is 4294967296, expected at most \d+ in linear memory.*area: 'mapped'/],
  ...[0, -1, 32769, 1.5, '8', 8n].map((entries): [unknown, RegExp] => [
    { entries },
    /entries is .*1 to 32768/,
  ]),
  ...[0, 65537, 0.5].map((cqEntries): [unknown, RegExp] => [{ cqEntries }, /cqEntries is .*1 to 65536/]),
  [{ events: ['copies'] }, /events is copies, expected alloc_fail or copy/],
  [{ events: 'copy' }, /events is copy, expected a list/],
  [{ events: 3 }, /events is 3, expected a list/],
  [{ stats: 1 }, /stats is 1, expected true or false/],
  [{ statsPlacement: 'none' }, /statsPlacement is none, expected own-page or tight/],
  [{ rearm: 'yes' }, /rearm is yes/],
  [{ rearm: null }, /rearm is null/],
  [{ rearm: {} }, /rearm.minIntervalMs is undefined/],
  [{ rearm: { minIntervalMs: -1 } }, /rearm.minIntervalMs is -1/],
  [{ userData: 5 }, /userData is 5/],
  [{ userData: 2n ** 53n - 1n }, /userData is 9007199254740991/],
  [{ userData: 2n ** 64n }, /userData is 18446744073709551616/],
];

/** Every method, for the test that none works on a closed instance, nor harms. */
const METHODS: [string, (zcrx: ZcrxInstance, socket: Socket) => unknown][] = [
  ['stats', (zcrx) => zcrx.stats()],
  ['statsBytes', (zcrx) => zcrx.statsBytes()],
  ['rearm', (zcrx) => zcrx.rearm('copy')],
  ['receive', (zcrx, socket) => zcrx.receive(socket)],
  ['readable', (zcrx, socket) => zcrx.readable(socket)],
];

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );

/** How a receive of this descriptor ends. */
async function endOf(zcrx: ZcrxInstance, fd: number): Promise<string> {
  const error = await rejection(collect(zcrx.receive(fd)));
  assert.ok(isSyscallError(error), String(error));
  assert.match(error.message, /IORING_OP_RECV_ZC.*failed with/);
  return error.errno;
}

/** Descriptors of this process that are sockets. */
const sockets = (): string[] =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // the one that the folder was read through
    }
  });

/** Runs something often and looks whether descriptors, mappings or pinned memory have become more. */
async function leaks(times: number, run: () => unknown): Promise<void> {
  for (let i = 0; i < 5; i++) await run();
  // The kernel takes a closed ring apart in its own time.
  const settled = () => collectGarbage() && statusKiB('VmPin') === 0;
  await until('no memory is pinned any more', settled);
  const before = { descriptors: descriptors(), mappings: mappings() };
  for (let i = 0; i < times; i++) await run();
  await until('no memory is pinned any more', settled);
  assert.equal(descriptors(), before.descriptors);
  // Node's own heap comes and goes by a few.
  await until('the mappings are as few as before', () => {
    collectGarbage();
    return mappings() < before.mappings + 40;
  });
}

export default {
  'options that cannot be are told one by one, and leave nothing open'() {
    const before = descriptors();
    for (const [options, message] of BAD) {
      const what = JSON.stringify(options, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
      assert.throws(
        () => ZcrxInstance.open(options as OpenOptions).close(),
        (error) => {
          assert.ok(isBridgeError(error), `${what}: ${error}`);
          assert.equal(error.code, 'bad-option', what);
          assert.match(error.message, message, what);
          return true;
        },
      );
    }
    assert.equal(descriptors(), before);
  },

  async 'after the close every method says so'() {
    const wire = await connection();
    const zcrx = ZcrxInstance.open(SMALL);
    assert.equal(zcrx.closed, false);
    zcrx.close();
    assert.equal(zcrx.closed, true);
    for (const [name, call] of METHODS) {
      assert.throws(() => call(zcrx, wire.accepted), { name: 'BridgeError', code: 'closed' }, name);
    }
    zcrx.ref();
    zcrx.unref();
    for await (const _ of zcrx.notifications()) assert.fail('a closed instance notifies nobody');
    assert.equal(zcrx.received_bytes, 0n);
    assert.equal(zcrx.registration.reg.zcrx_id, zcrx.id);
    wire.close();
  },

  async 'closing twice closes once'() {
    let closed = 0;
    const before = descriptors();
    const zcrx = ZcrxInstance.open(SMALL);
    zcrx.on('close', () => closed++);
    zcrx.close();
    // What has its number now must not be closed.
    const other = openSync('/dev/null', 'r');
    zcrx.close();
    zcrx[Symbol.dispose]();
    closeSync(other);
    await until('the event', () => closed > 0);
    assert.equal(closed, 1);
    await until('the descriptors are gone', () => descriptors() === before);
  },

  async 'closing while it receives rejects the iteration, and what was taken stays readable'() {
    for (const area of ['linear', 'mapped'] as const) {
      const wire = await connection();
      const zcrx = ZcrxInstance.open({ ...SMALL, area });
      const receive = zcrx.receive(wire.accepted);
      const bytes = payload(1000);
      await send(wire.client, bytes);
      const { value: chunk } = (await receive.next()) as IteratorYieldResult<Chunk>;
      const copy = Buffer.from(chunk.data);
      same(copy, bytes);
      const waiting = rejection(receive.next());
      zcrx.close();
      const error = await waiting;
      assert.ok(isBridgeError(error) && error.code === 'closed', String(error));
      assert.deepEqual(await rejection(receive.next()), error);
      wire.close();
    }
  },

  async 'a chunk outlives its instance in linear memory, and says so outside of it'() {
    for (const area of ['linear', 'mapped'] as const) {
      const wire = await connection();
      const zcrx = ZcrxInstance.open({ ...SMALL, area });
      const bytes = payload(1000);
      await send(wire.client, bytes);
      const { value: chunk } = (await zcrx.receive(wire.accepted).next()) as IteratorYieldResult<Chunk>;
      zcrx.close();
      if (area === 'linear') same(chunk.data, bytes);
      else assert.throws(() => chunk.data, { code: 'closed' });
      chunk.release();
      assert.throws(() => chunk.data, { code: 'already-released' });
      wire.close();
    }
  },

  async 'two instances close in any order while both receive'() {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const wires = [await connection(), await connection()];
      const instances = wires.map(() => ZcrxInstance.open(SMALL));
      const ends = instances.map((zcrx, i) => rejection(collect(zcrx.receive(wires[i]!.accepted))));
      for (const { client } of wires) await send(client, payload(20_000));
      for (const i of order) {
        const other = instances[1 - i]!;
        const wasOpen = !other.closed;
        instances[i]!.close();
        if (wasOpen) assert.ok(other.stats().copy_count >= 0n);
        assert.ok(isBridgeError(await ends[i]));
      }
      for (const wire of wires) wire.close();
    }
  },

  'releasing twice, and reading what was released': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      await send(wire.client, payload(100));
      const { value: chunk } = (await receive.next()) as IteratorYieldResult<Chunk>;
      assert.equal(chunk.released, false);
      chunk.release();
      assert.equal(chunk.released, true);
      assert.throws(() => chunk.release(), { code: 'already-released' });
      assert.throws(() => chunk.data, { code: 'already-released' });
      // Going on releases what was not released, and nothing twice.
      wire.client.end(payload(100, 2));
      same(await collect(receive), payload(100, 2));
      wire.close();
    }),

  'asking for the next before the last has come': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      const first = receive.next();
      assert.ok(isBridgeError(await rejection(receive.next())));
      wire.client.end('x');
      assert.equal((await first).done, false);
      assert.equal((await receive.next()).done, true);
      assert.equal((await receive.next()).done, true);
      wire.close();
    }),

  'a socket that Node reads already': () =>
    withInstance(SMALL, async (zcrx) => {
      const refused = (socket: Socket) =>
        assert.throws(() => zcrx.receive(socket), { code: 'bad-socket', message: /pauseOnConnect/ });
      const wire = await connection();
      refused(wire.client);
      wire.accepted.resume();
      refused(wire.accepted);
      wire.close();
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      const [accepted] = (await once(server, 'connection')) as [Socket];
      refused(accepted);
      client.destroy();
      accepted.destroy();
      server.close();
    }),

  'what is no open socket of Node': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      wire.close();
      for (const socket of [wire.accepted, new Socket(), {}, null, undefined, 'socket']) {
        assert.throws(() => zcrx.receive(socket as Socket), { code: 'bad-socket' }, String(socket));
      }
      for (const fd of [-1, 1.5, Number.NaN, 2 ** 31]) {
        assert.throws(() => zcrx.receive(fd), { code: 'bad-option', message: /socket is/ }, String(fd));
      }
    }),

  'descriptors that the kernel refuses': () =>
    withInstance(SMALL, async (zcrx) => {
      const file = openSync('/dev/null', 'r');
      assert.equal(await endOf(zcrx, file), 'ENOTSOCK');
      closeSync(file);
      assert.equal(await endOf(zcrx, 900), 'EBADF');
      // A ring's own descriptor is no socket either.
      using bench = new Bench();
      assert.equal(await endOf(zcrx, bench.fd), 'ENOTSOCK');
      const udp = createSocket('udp4');
      const before = sockets();
      await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
      const [fd] = sockets().filter((each) => !before.includes(each));
      assert.equal(await endOf(zcrx, Number(fd)), 'EPROTONOSUPPORT');
      udp.close();
      const server = createServer({ pauseOnConnect: true }).listen('/tmp/unix-socket');
      await once(server, 'listening');
      const client = connect('/tmp/unix-socket');
      const [accepted] = (await once(server, 'connection')) as [Socket];
      const error = await rejection(collect(zcrx.receive(accepted)));
      assert.match(String(error), /EPROTONOSUPPORT: only TCP sockets/);
      for (const each of [client, accepted]) each.destroy();
      server.close();
      // None of them did any harm.
      const wire = await connection();
      wire.client.end('still here');
      assert.equal(String(await collect(zcrx.receive(wire.accepted))), 'still here');
      wire.close();
    }),

  'the same socket twice': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      const received = collect(zcrx.receive(wire.accepted));
      assert.throws(() => zcrx.receive(wire.accepted), { code: 'bad-socket', message: /already/ });
      wire.client.end('once');
      assert.equal(String(await received), 'once');
      wire.close();
    }),

  'a socket that is closed while it is received from ends the receive, and its peer sees the end': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      const receive = zcrx.receive(wire.accepted);
      await send(wire.client, payload(100));
      assert.equal((await receive.next()).done, false);
      const waiting = rejection(receive.next());
      const peer = once(wire.client, 'close');
      wire.client.resume();
      wire.accepted.destroy();
      const error = await waiting;
      assert.ok(isBridgeError(error) && error.code === 'closed', String(error));
      assert.match(String(error), /socket was closed/);
      await peer;
    }),

  'a connection that is reset ends the receive with the reason': () =>
    withInstance(SMALL, async (zcrx) => {
      const wire = await connection();
      const end = rejection(collect(zcrx.receive(wire.accepted)));
      wire.client.resetAndDestroy();
      const error = await end;
      assert.ok(isSyscallError(error) && error.errno === 'ECONNRESET', String(error));
      wire.close();
    }),

  'a consumer that throws ends its receive alone': () =>
    withInstance(SMALL, async (zcrx) => {
      const wires = [await connection(), await connection()];
      const good = collect(zcrx.receive(wires[0]!.accepted));
      const bad = (async () => {
        for await (const _ of zcrx.receive(wires[1]!.accepted)) throw new Error('of the consumer');
      })();
      await send(wires[1]!.client, payload(1000));
      await assert.rejects(bad, { message: 'of the consumer' });
      const bytes = payload(100_000);
      wires[0]!.client.end(bytes);
      same(await good, bytes);
      for (const wire of wires) wire.close();
    }),

  'a listener that throws loses no completion': async () => {
    const { status, stdout, stderr } = await runChild('throwing-listener');
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { received: 200_000, whole: true, thrown: 1 });
  },

  'with no descriptor to be had opening fails, and what was open goes on': async () => {
    const { status, stdout, stderr } = await runChild(
      'without-descriptors',
      [],
      ['sh', '-c', 'ulimit -n 128; exec "$@"', '-'],
    );
    assert.equal(status, 0, stderr);
    const { errors, left, whole } = JSON.parse(stdout) as {
      errors: string[];
      left: number[];
      whole: boolean;
    };
    assert.deepEqual(left, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.ok(errors.length >= 2 && errors.length < 8, errors.join('\n'));
    for (const error of errors) assert.match(error, /SyscallError: .* failed with EMFILE/);
    assert.match(errors[0] as string, /ulimit -n/);
    assert.equal(whole, true);
  },

  'what an instance pins is seen as long as it is open': async () => {
    const zcrx = ZcrxInstance.open({ areaSize: 2 ** 20 });
    assert.ok(statusKiB('VmPin') >= 1024, `${statusKiB('VmPin')} KiB`);
    zcrx.close();
    await until('nothing is pinned', () => statusKiB('VmPin') === 0);
  },

  'opening and closing leaves nothing behind': {
    timeoutMs: 60_000,
    run: () => leaks(100, () => ZcrxInstance.open({ ...SMALL, entries: 16 }).close()),
  },

  'opening and closing with the area outside leaves nothing behind': {
    timeoutMs: 60_000,
    run: () => leaks(50, () => ZcrxInstance.open({ ...SMALL, area: 'mapped' }).close()),
  },

  'opening and closing with the largest of defaults stays within the machine’s memory': {
    timeoutMs: 60_000,
    // 52 areas of 16 MiB are more than this machine has.
    run: () => leaks(52, () => ZcrxInstance.open().close()),
  },

  'opening that fails leaves nothing behind': {
    timeoutMs: 60_000,
    run: () =>
      leaks(50, () =>
        assert.throws(() => ZcrxInstance.open({ areaSize: 2 ** 40, area: 'mapped' }), {
          name: 'SyscallError',
          errno: 'ENOMEM',
        }),
      ),
  },

  'receiving and closing in the middle of it leaves nothing behind': {
    timeoutMs: 60_000,
    run: () =>
      leaks(20, async () => {
        const wire = await connection();
        const zcrx = ZcrxInstance.open(SMALL);
        const end = rejection(collect(zcrx.receive(wire.accepted)));
        await send(wire.client, payload(10_000));
        zcrx.close();
        assert.ok(isBridgeError(await end));
        wire.close();
        await Promise.all(
          [wire.accepted, wire.client].map((socket) => socket.closed || once(socket, 'close')),
        );
      }),
  },
} satisfies Scenarios;
