import assert from 'node:assert/strict';
import { readFileSync, readSync } from 'node:fs';
import { decode } from 'zcrx';
import { isSyscallError, type Mapping, type RegisteredIfq, registerIfq } from 'zcrx/bridge';
import {
  type Area,
  attachArea,
  dmabufArea,
  hugeArea,
  mappedArea,
  sharedArea,
  udmabufArea,
} from '../../../dist/bridge/areas/index.js';
import type { Scenarios } from '../harness.js';
import { Bench, byHand, outcome, planned, RING } from './support/bench.js';
import { setMtu } from './support/card.js';
import { hugePage, withHugePages } from './support/huge-pages.js';
import { counters, NIC, setParameter, since, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { descriptors, statusKiB, until } from './support/process.js';
import { type Piece, receive, receivePieces } from './support/receive.js';
import { type Connection, descriptorOf, payload, same, send } from './support/traffic.js';

// Every kind of memory under a queue of the simulated network device.

const ENTRIES = 512;
const SIZE = ENTRIES * PAGE;

type Create = (length: number) => Area;

const OF_HUGE_PAGES: Record<string, Create> = {
  huge: hugeArea,
  'shared of huge pages': (length) => sharedArea(length, { huge: true }),
  'udmabuf of huge pages': (length) => udmabufArea(length, { huge: true }),
};

const KINDS: Record<string, Create> = {
  mapped: mappedArea,
  shared: sharedArea,
  udmabuf: udmabufArea,
  ...OF_HUGE_PAGES,
};

/** How the same memory is reached through the descriptor alone. */
const THROUGH_FD: Record<string, (area: Area) => Area> = {
  shared: ({ fd, length }) => attachArea(fd!, length, { readonly: true }),
  dmabuf: ({ fd, length }) => dmabufArea({ fd: fd!, length }),
};

/** Closes the area when the block ends: behind what was bound to it later. */
const closing = (area: Area): Disposable => ({ [Symbol.dispose]: () => area.close() });

const pooled = <Result>(length: number, run: () => Result) =>
  withHugePages(Math.ceil(length / hugePage()), run);

/** An area bound to the queue, and its rings. */
class Bound implements Disposable {
  private readonly bench = new Bench(RING, ENTRIES);
  private readonly region: Mapping;
  private readonly plan = planned(ENTRIES, 'own-page');
  private readonly made: RegisteredIfq;
  private readonly rings: ReturnType<typeof byHand>;

  private constructor(area: Area, rx_buf_len: number) {
    const { bench, plan } = this;
    try {
      this.region = bench.memory(plan.region_size);
      const { region, event_desc } = bench.structs(
        ENTRIES,
        plan.region_size,
        plan.stats_offset!,
        this.region,
      );
      const reg = {
        if_idx: Number(readFileSync(`/sys/class/net/${NIC.device}/ifindex`, 'latin1')),
        if_rxq: NIC.queue,
        rq_entries: ENTRIES,
        rx_buf_len,
      };
      this.made = registerIfq(bench.fd, { reg, area: area.registration, region, event_desc: event_desc! });
      this.rings = byHand(bench);
    } catch (error) {
      bench[Symbol.dispose]();
      throw error;
    }
  }

  /** The queue of an instance before becomes free when the kernel has time. */
  static async to(area: Area, rx_buf_len = 0): Promise<Bound> {
    let bound: Bound | undefined;
    await until('the queue is free', () => {
      try {
        bound = new Bound(area, rx_buf_len);
        return true;
      } catch (error) {
        if (isSyscallError(error) && error.errno === 'EEXIST') return false;
        throw error;
      }
    });
    return bound!;
  }

  private get id(): number {
    return this.made.reg.zcrx_id;
  }

  pieces(wire: Connection, length: number): Promise<Piece[]> {
    return receivePieces(this.rings, this.id, wire, length);
  }

  receive(wire: Connection, length: number) {
    return receive(this.rings, this.id, wire, length);
  }

  get stats() {
    const { stats_offset, stats_end } = this.plan;
    const { fields } = decode('zcrx_stats', this.region.read(stats_offset!, stats_end! - stats_offset!));
    return { copy_count: fields.copy_count, copy_bytes: fields.copy_bytes };
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]();
  }
}

const ZEROS = { copy_count: 0n, copy_bytes: 0n };

const contents = (area: Area, pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map(({ offset, length }) => area.read(offset, length)));

/** What a socket has that nobody received otherwise. */
async function readByNode({ accepted }: Connection, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let got = 0;
  accepted.on('data', (part: Buffer) => {
    parts.push(part);
    got += part.length;
  });
  accepted.resume();
  await until(`Node reads ${length} bytes`, () => got >= length);
  return Buffer.concat(parts);
}

export default {
  ...Object.fromEntries(
    Object.entries(KINDS).map(([kind, create]) => [
      `${kind}: the device writes into it, and nothing is copied`,
      () =>
        pooled(SIZE, async () => {
          steer(true);
          const before = { descriptors: descriptors(), pinned: statusKiB('VmPin') };
          const bytes = payload(600_007);
          {
            const area = create(SIZE);
            using _ = closing(area);
            using bound = await Bound.to(area);
            const wire = await wired();
            const delivered = counters();
            const sent = send(wire.client, bytes);
            const pieces = await bound.pieces(wire, bytes.length);
            await sent;
            same(contents(area, pieces), bytes);
            assert.deepEqual(bound.stats, ZEROS);
            const { filled_bytes, page_bytes } = since(delivered);
            assert.equal(page_bytes, 0);
            // More where TCP sent something twice.
            assert.ok(filled_bytes >= bytes.length);
            const other = THROUGH_FD[area.kind]?.(area);
            if (other) same(contents(other, pieces), bytes);
            other?.close();
            wire.close();
          }
          const now = () => ({ descriptors: descriptors(), pinned: statusKiB('VmPin') });
          await until('all is given back', () => {
            const { descriptors: open, pinned } = now();
            return open === before.descriptors && pinned === before.pinned;
          });
        }),
    ]),
  ),

  async 'dma-buf: data in ordinary pages ends the receive with ENOMEM, in silence; Node can read it'() {
    steer(true);
    const area = udmabufArea(SIZE);
    using _ = closing(area);
    using bound = await Bound.to(area);
    const wire = await wired();
    const first = payload(10 * PAGE);
    await send(wire.client, first);
    same(contents(area, await bound.pieces(wire, first.length)), first);
    steer(false);
    const second = payload(10 * PAGE + 7, 2);
    await send(wire.client, second);
    for (const when of ['the request that runs ends', 'the next one ends too']) {
      const { pieces, end, others } = await bound.receive(wire, second.length);
      assert.deepEqual({ pieces, end, others }, { pieces: [], end: -12, others: 0 }, when);
    }
    assert.deepEqual(bound.stats, ZEROS);
    same(await readByNode(wire, second.length), second);
    wire.close();
    steer(true);
  },

  async 'dma-buf: data in ordinary pages can be read in between, and the receive goes on behind it'() {
    steer(true);
    const area = udmabufArea(SIZE);
    using _ = closing(area);
    using bound = await Bound.to(area);
    const wire = await wired();
    setParameter('copy_one_in', 8);
    const bytes = payload(50 * PAGE + 5);
    const sent = send(wire.client, bytes);
    const parts: Uint8Array[] = [];
    let got = 0;
    let read = 0;
    const add = (part: Uint8Array) => {
      parts.push(part);
      got += part.length;
    };
    while (got < bytes.length) {
      const { pieces, end } = await bound.receive(wire, bytes.length - got);
      add(contents(area, pieces));
      if (end === undefined) break;
      assert.equal(end, -12);
      const room = new Uint8Array(bytes.length);
      const ordinary = readSync(descriptorOf(wire.accepted), room);
      add(room.subarray(0, ordinary));
      read += ordinary;
    }
    await sent;
    setParameter('copy_one_in', 0);
    same(Buffer.concat(parts), bytes);
    assert.ok(read >= PAGE, 'some came in ordinary pages');
    assert.deepEqual(bound.stats, ZEROS);
    wire.close();
  },

  ...Object.fromEntries(
    Object.entries(OF_HUGE_PAGES).map(([kind, create]) => [
      `${kind}: buffers larger than a page are filled beyond a page`,
      () =>
        pooled(4 * SIZE, async () => {
          steer(true);
          const rx_buf_len = 16 * PAGE;
          setMtu(rx_buf_len - PAGE + 52);
          {
            const area = create(4 * SIZE);
            using _ = closing(area);
            using bound = await Bound.to(area, rx_buf_len);
            const wire = await wired();
            const bytes = payload(1_000_003);
            const sent = send(wire.client, bytes);
            const pieces = await bound.pieces(wire, bytes.length);
            await sent;
            same(contents(area, pieces), bytes);
            assert.deepEqual(bound.stats, ZEROS);
            assert.ok(Math.max(...pieces.map(({ length }) => length)) > PAGE);
            for (const { offset, length } of pieces) {
              assert.equal(Math.floor(offset / rx_buf_len), Math.floor((offset + length - 1) / rx_buf_len));
            }
            wire.close();
          }
          setMtu(PAGE + 52);
        }),
    ]),
  ),

  async 'ordinary pages are not contiguous enough for the largest buffers'() {
    const largest = 2 ** 20;
    for (const create of [sharedArea, udmabufArea]) {
      const area = create(2 * largest);
      using _ = closing(area);
      assert.equal(await outcomeOf(() => Bound.to(area, largest)), 'ERANGE');
    }
  },
} satisfies Scenarios;

/** The errno of a failure, or undefined. */
async function outcomeOf(run: () => Promise<Disposable>): Promise<string | undefined> {
  try {
    using _ = await run();
    return undefined;
  } catch (error) {
    return outcome(() => {
      throw error;
    });
  }
}
