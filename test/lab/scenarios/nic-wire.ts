import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import * as uapi from 'zcrx';
import { decode, encode } from 'zcrx';
import { ctrl, isSyscallError, Mapping, registerIfq } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { Bench, byHand, outcome, planned, RING } from './support/bench.js';
import { link, load, setMtu, unload } from './support/card.js';
import { hugePage, withHugePages } from './support/huge-pages.js';
import { counters, NIC, parameter, retransmitted, setParameter, since, steer, wired } from './support/nic.js';
import { PAGE } from './support/page.js';
import { aWhile, until } from './support/process.js';
import { type Connection, descriptorOf, payload, same, send } from './support/traffic.js';

// The simulated network card itself, used with nothing of the bridge but its system calls.

const REQUEST = 5n;
const EVENT = 77n;
const ENOMEM = -12;
/** Of IP and of TCP with timestamps. */
const HEADERS = 20 + 32;

const ifindex = (): number => Number(readFileSync(`/sys/class/net/${NIC.device}/ifindex`, 'latin1'));

/** Bytes of a segment's payload that arrived, and where. */
interface Piece {
  readonly off: bigint;
  readonly length: number;
}

/** A ring with an instance that is bound to the card's queue. */
class Bound implements Disposable {
  readonly bench = new Bench(RING, 2048);
  readonly rings = byHand(this.bench);
  readonly area: Mapping;
  readonly region: Mapping;
  readonly ifq: ReturnType<typeof registerIfq>;
  private readonly statsAt: number;
  /** Types of the events so far. */
  readonly events: number[] = [];

  constructor(pages: number, { rx_buf_len = 0, area }: { rx_buf_len?: number; area?: Mapping } = {}) {
    try {
      const plan = planned(pages, 'own-page');
      this.statsAt = Number(plan.stats_offset);
      this.region = this.bench.memory(plan.region_size);
      this.area = this.bench.keep(area ?? this.bench.memory(pages * PAGE));
      const structs = this.bench.structs(pages, plan.region_size, this.statsAt, this.region);
      this.ifq = registerIfq(this.bench.fd, {
        ...structs,
        reg: { rq_entries: pages, if_idx: ifindex(), if_rxq: NIC.queue, rx_buf_len },
        area: { addr: this.area.address, len: this.area.length },
      });
    } catch (error) {
      this.bench[Symbol.dispose]();
      throw error;
    }
  }

  /** Binds as soon as the last owner's ring, which the kernel takes apart by itself, has let go. */
  static async soon(pages: number, options = {}): Promise<Bound> {
    let bound: Bound | undefined;
    await until('the queue is free', () => {
      try {
        bound = new Bound(pages, options);
      } catch (error) {
        if (!isSyscallError(error) || error.errno !== 'EEXIST') throw error;
      }
      return bound !== undefined;
    });
    return bound!;
  }

  get zcrx_id(): number {
    return this.ifq.reg.zcrx_id;
  }

  get stats() {
    return decode('zcrx_stats', this.region.read(this.statsAt, 16)).fields;
  }

  request(wire: Connection): void {
    this.rings.submit(
      encode('io_uring_sqe', {
        opcode: uapi.IORING_OP_RECV_ZC,
        ioprio: uapi.IORING_RECV_MULTISHOT,
        fd: descriptorOf(wire.accepted),
        zcrx_ifq_idx: this.zcrx_id,
        user_data: REQUEST,
      }),
    );
  }

  /** What has arrived since the last look; a request that ended is told by its result. */
  look(): { pieces: Piece[]; ended: number | undefined } {
    const pieces: Piece[] = [];
    let ended: number | undefined;
    for (const { user_data, res, flags, off } of this.rings.completions()) {
      if (user_data === EVENT) this.events.push(res);
      else if (res > 0) pieces.push({ off, length: res });
      if (user_data === REQUEST && (flags & uapi.IORING_CQE_F_MORE) === 0) ended = res;
    }
    return { pieces, ended };
  }

  read({ off, length }: Piece): Buffer {
    return Buffer.from(this.area.read(Number(off & ~uapi.IORING_ZCRX_AREA_MASK), length));
  }

  /** Gives buffers back through the refill ring. */
  giveBack(pieces: readonly Piece[]): void {
    const { offsets, rq_entries } = this.ifq.reg;
    const u32 = new DataView(this.region.read(offsets.tail, 4).buffer);
    let tail = u32.getUint32(0, true);
    for (const { off, length } of pieces) {
      const bytes = encode('io_uring_zcrx_rqe', { off, len: length });
      this.region.write(offsets.rqes + (tail % rq_entries) * bytes.length, bytes);
      tail = (tail + 1) >>> 0;
    }
    u32.setUint32(0, tail, true);
    this.region.write(offsets.tail, new Uint8Array(u32.buffer));
  }

  /** Receives so many bytes and gives each buffer back at once. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let received = 0;
    await until(`${length} bytes arrived`, () => {
      const { pieces, ended } = this.look();
      assert.equal(ended, undefined, 'the request ended');
      for (const piece of pieces) {
        parts.push(this.read(piece));
        received += piece.length;
      }
      this.giveBack(pieces);
      return received >= length;
    });
    return Buffer.concat(parts);
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]();
  }
}

/** The card as the cases expect it, whatever the last one did. */
function usual(): void {
  steer(true);
  setParameter('copy_one_in', 0);
  setParameter('linear', 0);
}

interface Passage {
  readonly counted: ReturnType<typeof counters> & { readonly linear_bytes: number };
  /** Segments that were sent twice, and then perhaps delivered and counted twice. */
  readonly twice: number;
}

/** Sends so much through a connection, and looks that just this arrives. */
async function pass(bound: Bound, wire: Connection, length: number): Promise<Passage> {
  const bytes = payload(length);
  const before = counters();
  const linear = parameter('linear_bytes');
  const resent = retransmitted();
  const sent = send(wire.client, bytes);
  same(await bound.take(length), bytes);
  await sent;
  return {
    counted: { ...since(before), linear_bytes: parameter('linear_bytes') - linear },
    twice: retransmitted() - resent,
  };
}

/** Asserts a figure of the card, which can be larger by what was sent twice. */
function assertCounted(got: number, expected: number, { twice }: Pick<Passage, 'twice'>, unit: number): void {
  assert.ok(
    got >= expected && got <= expected + twice * unit,
    `${got}, expected ${expected} and ${twice} twice`,
  );
}

const none = { copy_count: 0n, copy_bytes: 0n };
const copied = ({ stats: { copy_count, copy_bytes } }: Bound) => ({ copy_count, copy_bytes });

/** Sends more than the area holds and keeps it: gives what filled the area, and what is to come. */
async function exhausted(bound: Bound, wire: Connection, pages: number) {
  const bytes = payload(2 * pages * PAGE);
  const before = counters();
  const resent = retransmitted();
  const sent = send(wire.client, bytes);
  const pieces: Piece[] = [];
  await until('the card found no buffer', () => {
    pieces.push(...bound.look().pieces);
    return bound.events.length > 0;
  });
  await aWhile();
  pieces.push(...bound.look().pieces);
  assert.deepEqual(bound.events, [uapi.ZCRX_EVENT_ALLOC_FAIL]);
  const { filled_buffers, no_buffer } = since(before);
  assert.equal(
    new Set(pieces.map(({ off }) => Number(off) >> Math.log2(PAGE))).size,
    pages,
    'all of the area',
  );
  // What was sent twice is dropped by TCP, and its buffer filled again.
  assertCounted(filled_buffers, pages, { twice: retransmitted() - resent }, 1);
  assert.ok(no_buffer > 0);
  assert.deepEqual(copied(bound), none);
  return { bytes, sent, pieces };
}

/** A connection of the whole case, with an instance of so many pages. */
const wiredTo =
  (pages: number, run: (bound: Bound, wire: Connection) => Promise<void>): (() => Promise<void>) =>
  async () => {
    usual();
    using bound = await Bound.soon(pages);
    const wire = await wired();
    bound.request(wire);
    try {
      await run(bound, wire);
    } finally {
      wire.close();
      usual();
    }
  };

export default {
  'data is received into the user’s memory, and none is copied': wiredTo(640, async (bound, wire) => {
    // Never more at once than the area holds, which goes round several times.
    for (let i = 1; i <= 4; i++) {
      const length = 512 * PAGE + i;
      const passage = await pass(bound, wire, length);
      assertCounted(passage.counted.filled_bytes, length, passage, PAGE);
      assert.ok(passage.counted.filled_buffers >= length / PAGE);
      assert.equal(passage.counted.page_bytes, 0);
      assert.equal(passage.counted.no_buffer, 0);
    }
    assert.deepEqual(copied(bound), none);
    assert.deepEqual(bound.events, []);
  }),

  'without steering all is copied, and each byte is counted': wiredTo(1024, async (bound, wire) => {
    steer(false);
    const length = 256 * PAGE + 77;
    const passage = await pass(bound, wire, length);
    assertCounted(passage.counted.page_bytes, length, passage, PAGE);
    assert.equal(passage.counted.filled_buffers, 0);
    assert.equal(copied(bound).copy_bytes, BigInt(length));
    await until('the event arrived', () => bound.look().pieces.length === 0 && bound.events.length > 0);
    assert.deepEqual(bound.events, [uapi.ZCRX_EVENT_COPY]);
    steer(true);
    const { counted } = await pass(bound, wire, length);
    assert.equal(counted.page_bytes, 0);
    assert.equal(copied(bound).copy_bytes, BigInt(length), 'steered again: not one more');
  }),

  'one segment in four in ordinary pages: just these are copied': wiredTo(1024, async (bound, wire) => {
    setParameter('copy_one_in', 4);
    const length = 512 * PAGE;
    const passage = await pass(bound, wire, length);
    const { page_segments, page_bytes, filled_bytes } = passage.counted;
    assert.ok(page_segments >= 128);
    assertCounted(page_bytes + filled_bytes, length, passage, PAGE);
    const { copy_bytes } = copied(bound);
    assertCounted(page_bytes, Number(copy_bytes), passage, PAGE);
  }),

  'what stays in the linear part is copied, but neither counted nor told': wiredTo(
    1024,
    async (bound, wire) => {
      setParameter('linear', 100);
      const length = 128 * PAGE;
      const passage = await pass(bound, wire, length);
      const { linear_bytes, filled_bytes, page_bytes } = passage.counted;
      assert.ok(linear_bytes >= 12_800);
      assertCounted(linear_bytes + filled_bytes, length, passage, PAGE);
      assert.equal(page_bytes, 0);
      assert.deepEqual(copied(bound), none);
      assert.deepEqual(bound.events, []);
    },
  ),

  'nothing given back: ALLOC_FAIL after the area’s last buffer; given back: the rest': {
    timeoutMs: 60_000,
    run: wiredTo(64, async (bound, wire) => {
      const { bytes, sent, pieces } = await exhausted(bound, wire, 64);
      const got = pieces.map((piece) => bound.read(piece));
      const length = got.reduce((sum, part) => sum + part.length, 0);
      bound.giveBack(pieces);
      // TCP tries again by itself, and the card then finds the entries.
      got.push(await bound.take(bytes.length - length));
      same(Buffer.concat(got), bytes);
      await sent;
      assert.deepEqual(copied(bound), none);
    }),
  },

  'exhausted, a copy ends the request, and what is given back helps only once the queue has been restarted': {
    timeoutMs: 60_000,
    run: wiredTo(64, async (bound, wire) => {
      const { bytes, sent, pieces } = await exhausted(bound, wire, 64);
      const got = pieces.map((piece) => bound.read(piece));
      let length = got.reduce((sum, part) => sum + part.length, 0);
      const flush = () => ctrl(bound.bench.fd, { zcrx_id: bound.zcrx_id, zc_flush: {} });
      const end = async (): Promise<number | undefined> => {
        let ended: number | undefined;
        await until('the request ended', () => {
          ended = bound.look().ended;
          return ended !== undefined;
        });
        return ended;
      };
      steer(false);
      assert.equal(await end(), ENOMEM);
      // Buffers that the queue's page pool gave out go back to its own ring, of 1024, and not to the free list
      // from which copies are made.
      bound.giveBack(pieces);
      flush();
      bound.request(wire);
      assert.equal(await end(), ENOMEM);
      assert.deepEqual(bound.events, [uapi.ZCRX_EVENT_ALLOC_FAIL]);
      // With the pool goes its ring.
      link('down');
      link('up');
      let ended: number | undefined = ENOMEM;
      await until('the rest arrived', () => {
        if (ended !== undefined) bound.request(wire);
        const seen = bound.look();
        ended = seen.ended;
        for (const piece of seen.pieces) {
          got.push(bound.read(piece));
          length += piece.length;
        }
        bound.giveBack(seen.pieces);
        flush();
        return length >= bytes.length;
      });
      same(Buffer.concat(got), bytes);
      await sent;
      assert.ok(copied(bound).copy_bytes > 0n);
    }),
  },

  'the link may go down and up under traffic': {
    timeoutMs: 60_000,
    run: wiredTo(1024, async (bound, wire) => {
      for (let i = 0; i < 5; i++) {
        const bytes = payload(300 * PAGE, i);
        const sent = send(wire.client, bytes);
        const start = await bound.take(1);
        link('down');
        await aWhile(10);
        link('up');
        same(Buffer.concat([start, await bound.take(bytes.length - start.length)]), bytes);
        await sent;
      }
      assert.deepEqual(copied(bound), none);
    }),
  },

  'bound while the link is down, it receives once that is up': async () => {
    usual();
    link('down');
    try {
      using bound = await Bound.soon(64);
      link('up');
      const wire = await wired();
      bound.request(wire);
      const { counted } = await pass(bound, wire, 32 * PAGE);
      assert.equal(counted.page_bytes, 0);
      assert.deepEqual(copied(bound), none);
      wire.close();
    } finally {
      link('up');
    }
  },

  'the queue has one owner; bound again and again, it is stopped and started each time': async () => {
    usual();
    // Whoever had it before may still be about to let go.
    (await Bound.soon(64))[Symbol.dispose]();
    (await Bound.soon(64))[Symbol.dispose]();
    await until('nobody has the queue', () => parameter('queue_starts') % 2 === parameter('queue_stops') % 2);
    for (let i = 0; i < 12; i++) {
      using bound = await Bound.soon(64);
      assert.equal(
        outcome(() => new Bound(64)),
        'EEXIST',
      );
      const wire = await wired();
      bound.request(wire);
      const starts = parameter('queue_starts');
      const { counted } = await pass(bound, wire, 40 * PAGE);
      assert.equal(counted.page_bytes, 0);
      assert.equal(parameter('queue_starts'), starts);
      assert.equal(parameter('queue_stops'), starts);
      wire.close();
    }
  },

  'many connections at once, each whole': {
    timeoutMs: 60_000,
    run: async () => {
      usual();
      using bound = await Bound.soon(1024);
      const wires: Connection[] = [];
      for (let i = 0; i < 6; i++) wires.push(await wired());
      const sent = wires.map((_, i) => payload(200 * PAGE + i, i));
      const sending = wires.map(({ client }, i) => send(client, sent[i]!));
      // One after the other: what is not asked for yet waits in its socket.
      for (const [i, wire] of wires.entries()) {
        bound.request(wire);
        same(await bound.take(sent[i]!.length), sent[i]!);
      }
      await Promise.all(sending);
      assert.deepEqual(copied(bound), none);
      for (const wire of wires) wire.close();
    },
  },

  'tcp-data-split is demanded, and cannot be taken away from an owner': async () => {
    usual();
    setParameter('data_split', 0);
    try {
      await until('it is refused', () => outcome(() => new Bound(64)) !== 'EEXIST');
      assert.equal(
        outcome(() => new Bound(64)),
        'EINVAL',
      );
    } finally {
      setParameter('data_split', 1);
    }
    using _bound = await Bound.soon(64);
    assert.throws(() => setParameter('data_split', 0), { code: 'EBUSY' });
  },

  'a length of buffers is refused by a card that has but one, even that one': async () => {
    usual();
    (await Bound.soon(64))[Symbol.dispose]();
    await until('it is refused', () => outcome(() => new Bound(64, { rx_buf_len: PAGE })) === 'EOPNOTSUPP');
  },

  'counters cannot be written': () => {
    const counter = '/sys/module/zcrx_nic/parameters/filled_bytes';
    assert.throws(() => writeFileSync(counter, '0'), { code: /EACCES|EPERM/ });
    assert.throws(() => setParameter('port', 65_536), { code: 'ERANGE' });
  },

  'a card that takes a length of buffers fills such': () =>
    withHugePages(8, async () => {
      const length = 2 * PAGE;
      unload();
      load('large_buffers=1');
      setMtu(length + HEADERS);
      try {
        const pages = (8 * hugePage()) / PAGE;
        using bound = await Bound.soon(pages, {
          rx_buf_len: length,
          area: Mapping.pinnable(pages * PAGE, { huge: true }),
        });
        assert.equal(bound.ifq.reg.rx_buf_len, length);
        const wire = await wired();
        bound.request(wire);
        const passage = await pass(bound, wire, 256 * length);
        assert.equal(passage.counted.page_bytes, 0);
        assertCounted(passage.counted.filled_bytes, 256 * length, passage, length);
        assert.ok(passage.counted.filled_buffers < 300, `${passage.counted.filled_buffers} buffers`);
        assert.deepEqual(copied(bound), none);
        wire.close();
      } finally {
        unload();
        load();
      }
    }),

  'the module may go while a queue is bound; its successor is bound beside it': {
    timeoutMs: 60_000,
    run: wiredTo(256, async (bound, wire) => {
      const sending = send(wire.client, payload(2048 * PAGE)).catch(() => {});
      await bound.take(64 * PAGE);
      unload();
      bound.giveBack(bound.look().pieces);
      // What it still sends would fill the successor's buffers.
      wire.close();
      await sending;
      load();
      using next = await Bound.soon(256);
      const other = await wired();
      next.request(other);
      const { counted } = await pass(next, other, 100 * PAGE);
      assert.equal(counted.page_bytes, 0);
      assert.deepEqual(copied(next), none);
      other.close();
      bound.giveBack(bound.look().pieces);
    }),
  },
} satisfies Scenarios;
