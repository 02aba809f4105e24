/** Programs for the cases that need a process of their own: `node main.js VERB ARGUMENTS`. */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as uapi from 'zcrx';
import {
  AttachedProcess,
  type BridgeError,
  ctrl,
  findRings,
  type IfqRegistration,
  Mapping,
  probe,
  processesNamed,
  registerIfq,
  type SyscallError,
  setup,
  waitingBytes,
  ZcrxInstance,
} from 'zcrx/bridge';
import { attachArea, dmabufArea, udmabufArea } from '../../../../dist/bridge/areas/index.js';
import { Bench, byHand, planned, RING } from '../support/bench.js';
import { NIC, wired } from '../support/nic.js';
import { PAGE } from '../support/page.js';
import { descriptors, until } from '../support/process.js';
import { type Piece, receivePieces } from '../support/receive.js';
import { collect, connection, payload, send } from '../support/traffic.js';
import { take } from './privileges.js';

type Verb = (...args: string[]) => unknown;

/** A registration of one page of payload, in memory that stays mapped. */
function deviceless(rq_entries: number): IfqRegistration {
  const { address, length } = Mapping.anonymous(PAGE);
  const region = Mapping.anonymous(PAGE);
  return {
    reg: { rq_entries, flags: uapi.ZCRX_REG_NODEV },
    area: { addr: address, len: length },
    region: { user_addr: region.address, size: PAGE, flags: uapi.IORING_MEM_REGION_TYPE_USER },
  };
}

const tell = (value: unknown): void => console.log(JSON.stringify(value));

const VERBS: Record<string, Verb> = {
  /** Holds the device's queue with traffic in flight, until it is killed. */
  async 'receive-on-device'(size) {
    const zcrx = ZcrxInstance.open({ ...NIC, areaSize: Number(size) });
    const wire = await wired();
    const flood = () => void wire.client.write(payload(64 * PAGE), flood);
    flood();
    let received = 0;
    for await (const chunk of zcrx.receive(wire.accepted)) {
      if (received === 0) console.log('receiving');
      received += chunk.length;
    }
  },

  async 'throwing-listener'() {
    const zcrx = ZcrxInstance.open({ areaSize: 1 << 20 });
    let thrown = 0;
    process.on('uncaughtException', (error) => {
      if (error.message !== 'of the listener') throw error;
      thrown++;
    });
    zcrx.on('notification', () => {
      throw new Error('of the listener');
    });
    const wire = await connection();
    const bytes = payload(200_000);
    wire.client.end(bytes);
    const received = await collect(zcrx.receive(wire.accepted));
    await until('the listener has thrown', () => thrown > 0);
    wire.close();
    zcrx.close();
    tell({ received: received.length, whole: received.equals(bytes), thrown });
  },

  /** Opens with 0, 1, 2 … descriptors to be had, and counts how many there are afterwards. */
  async 'without-descriptors'() {
    const small = { areaSize: 64 * 1024 };
    const wire = await connection();
    const first = ZcrxInstance.open(small);
    const taken: number[] = [];
    const takeAll = (): number => {
      for (let count = 0; ; count++) {
        try {
          taken.push(openSync('/dev/null', 'r'));
        } catch {
          return count;
        }
      }
    };
    const errors: string[] = [];
    const left: number[] = [];
    for (let room = 0; room < 9; room++) {
      takeAll();
      for (let i = 0; i < room; i++) closeSync(taken.pop() as number);
      try {
        ZcrxInstance.open(small).close();
      } catch (error) {
        errors.push(String(error));
      }
      await wait(20);
      left.push(takeAll());
    }
    for (const fd of taken) closeSync(fd);
    const bytes = payload(50_000);
    wire.client.end(bytes);
    const whole = (await collect(first.receive(wire.accepted))).equals(bytes);
    first.close();
    wire.close();
    tell({ errors, left, whole });
  },

  idle() {
    ZcrxInstance.open({ areaSize: 65536 });
    console.log('open');
  },

  ref() {
    const zcrx = ZcrxInstance.open({ areaSize: 65536 });
    zcrx.ref();
    console.log('open');
    // A timer that does not keep the process alive: that it fires shows that something else did.
    setTimeout(() => {
      console.log('still here');
      zcrx.unref();
    }, 500).unref();
  },

  async receiving() {
    const zcrx = ZcrxInstance.open({ areaSize: 65536 });
    const wire = await connection();
    wire.accepted.unref();
    wire.client.unref();
    void collect(zcrx.receive(wire.accepted)).then(() => console.log('ended'));
    console.log('receiving');
    setTimeout(() => {
      console.log('still here');
      wire.client.end();
    }, 500).unref();
  },

  async 'receive-and-end'(way = '', areaSize = '65536') {
    const zcrx = ZcrxInstance.open({ areaSize: Number(areaSize) });
    const wire = await connection();
    const receive = zcrx.receive(wire.accepted);
    wire.client.write(payload(10_000));
    await receive.next();
    console.log('receiving');
    if (way === 'process.exit') setTimeout(() => process.exit(3), 50);
    if (way === 'an uncaught exception') {
      setTimeout(() => {
        throw new Error('nobody catches this');
      }, 50);
    }
    for (;;) await receive.next();
  },

  /** Takes one step after the other (see privileges.ts), and tries to open an instance of 16 MiB after each. */
  async try(...steps) {
    // The first stream of a process has libuv open a descriptor of its own.
    void process.stdout;
    const tried: unknown[] = [];
    for (const step of steps) {
      take(step);
      const { missing } = probe();
      const before = descriptors();
      let error: { name: string; code: unknown; message: string } | null = null;
      try {
        ZcrxInstance.open().close();
      } catch (thrown) {
        const { name, message, code, errno } = thrown as Error & { code?: string; errno?: string };
        error = { name, code: code ?? errno, message };
      }
      // What an instance has pinned the kernel gives back in its own time.
      await wait(100);
      tried.push({ missing, error, leaked: descriptors() - before });
    }
    tell(tried);
  },

  /** Sets up a ring, takes the steps, and registers nonsense: as it is, and checked before. */
  verdict(steps = '') {
    const { fd } = setup(8, { flags: RING });
    take(steps);
    const structs = deviceless(0);
    const thrown = (check?: 'before') => {
      try {
        registerIfq(fd, structs, { check });
      } catch (error) {
        return error as SyscallError & Partial<Pick<BridgeError, 'code'>>;
      }
      throw new Error('it was not refused');
    };
    const { errno, explanation, verdict } = thrown();
    const { code, message } = thrown('before');
    tell({ errno, explanation, rules: verdict?.findings.map(({ rule }) => rule), code, message });
  },

  /** Sets up a ring, takes the steps, and does what is right, checked before. */
  checked(steps = '') {
    const { fd } = setup(8, { flags: RING });
    take(steps);
    const check = { check: 'before' } as const;
    const { zcrx_id } = registerIfq(fd, deviceless(8), check).reg;
    ctrl(fd, { zcrx_id, zc_flush: {} }, undefined, check);
    tell('fine');
  },

  /** Attaches the memory of descriptor 3 and prints what lies at these pieces of it. */
  attach(length = '', pieces = '') {
    const area = attachArea(3, Number(length), { readonly: true });
    const parts = (JSON.parse(pieces) as Piece[]).map((piece) => area.read(piece.offset, piece.length));
    const refused = errorOf(() => area.registration);
    area.close();
    tell({ base64: Buffer.concat(parts).toString('base64'), refused });
  },

  /** Receives into the memory of descriptor 3, and tells where. */
  async 'attach and receive'(length = '', size = '') {
    const area = attachArea(3, Number(length));
    using bench = new Bench(RING, 512);
    const plan = planned(64, 'own-page');
    const region = bench.memory(plan.region_size);
    const structs = bench.structs(64, plan.region_size, plan.stats_offset!, region);
    const made = registerIfq(bench.fd, { ...structs, area: area.registration });
    const wire = await connection();
    const bytes = payload(Number(size));
    void send(wire.client, bytes);
    const pieces = await receivePieces(byHand(bench), made.reg.zcrx_id, wire, bytes.length);
    wire.close();
    tell(pieces);
  },

  /** Tries a dma-buf whose mapping is refused, as that of some drivers. */
  'unmappable dma-buf'() {
    const whole = udmabufArea(PAGE);
    const fd = whole.fd as number;
    take('unmappable:13');
    const area = dmabufArea({ fd, length: PAGE });
    const { registration } = area;
    const read = errorOf(() => area.read(0, 1));
    area.close();
    tell({ registration, read, closed: errorOf(() => area.read(0, 1)) });
  },

  /** Reads a dma-buf whose accesses cannot be announced. */
  'unsynced dma-buf'() {
    const area = udmabufArea(PAGE);
    take('unsynced:13');
    tell(errorOf(() => area.read(0, 1)));
  },

  /** Watches a process without end, as fast as it can. */
  watch(pid, read) {
    const attached = AttachedProcess.attach(Number(pid), { read: read as 'mapped' | 'remote' });
    const look = () => {
      for (const instance of attached.instances) instance.snapshot();
      setImmediate(look);
    };
    if (attached.instances[0]?.snapshot().refill) console.log('attached');
    look();
  },

  /** Takes the steps, and tries to look into a process that is not to be looked into. */
  'attach to'(pid, steps = '') {
    take(steps);
    if (!processesNamed('receiver').some((each) => each.pid === Number(pid)))
      throw new Error('it is not found');
    tell({
      attach: errorOf(() => AttachedProcess.attach(Number(pid))),
      remotely: errorOf(() => AttachedProcess.attach(Number(pid), { read: 'remote' })),
      findRings: errorOf(() => findRings(Number(pid))),
      waitingBytes: errorOf(() => waitingBytes(Number(pid))),
    });
  },

  'udmabuf without permission'() {
    tell(errorOf(() => udmabufArea(PAGE)));
  },

  /** Opens one after the other, each of more than half of what may be locked. */
  async reopen() {
    take('drop:14');
    take('memlock:4096');
    let opened = 0;
    for (let i = 0; i < 10; i++) {
      const zcrx = ZcrxInstance.open({ areaSize: 2.5 * 2 ** 20 });
      opened++;
      zcrx.close();
      await wait(100);
    }
    tell({ opened });
  },
};

/** What a call throws, in short. */
function errorOf(run: () => unknown): { code: unknown; message: string } {
  try {
    run();
  } catch (error) {
    const { code, errno, message } = error as Error & { code?: string; errno?: string };
    return { code: code ?? errno, message };
  }
  throw new Error('nothing was thrown');
}

const [verb = '', ...args] = process.argv.slice(2);
const run = VERBS[verb];
if (run === undefined) throw new Error(`no such verb: ${verb}`);
await run(...args);
