import assert from 'node:assert/strict';
import * as uapi from 'zcrx';
import { encode } from 'zcrx';
import { ctrl, type Mapping, type RegisteredIfq, registerIfq } from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { Bench, byHand, planned, RING } from './support/bench.js';
import { PAGE } from './support/page.js';
import { until } from './support/process.js';
import { type Connection, connection, descriptorOf, send } from './support/traffic.js';

// What the kernel does with the refill ring when there is no device, as the bridge relies on it.

const PAGES = 8;

interface Entry {
  readonly off: bigint;
  readonly pad?: number;
}

/** A ring, an instance with an area of as many pages, and a connection with more data than fits. */
class Table implements Disposable {
  private readonly bench = new Bench(RING, 512);
  private readonly region: Mapping;
  private readonly made: RegisteredIfq;
  private readonly rings: ReturnType<typeof byHand>;
  private readonly wire: Connection;

  private constructor(wire: Connection, pages: number) {
    this.wire = wire;
    const { bench } = this;
    const plan = planned(pages, 'own-page');
    const area = bench.memory(pages * PAGE);
    this.region = bench.memory(plan.region_size);
    const structs = bench.structs(pages, plan.region_size, plan.stats_offset!, this.region);
    this.made = registerIfq(bench.fd, { ...structs, area: { addr: area.address, len: area.length } });
    this.rings = byHand(bench);
  }

  static async set(pages = PAGES): Promise<Table> {
    const table = new Table(await connection(), pages);
    void send(table.wire.client, new Uint8Array(8 * pages * PAGE)).catch(() => {});
    return table;
  }

  /** Receives until the kernel has no buffer: those that it filled, by their offsets. */
  async receive(): Promise<bigint[]> {
    this.rings.submit(
      encode('io_uring_sqe', {
        opcode: uapi.IORING_OP_RECV_ZC,
        ioprio: uapi.IORING_RECV_MULTISHOT,
        fd: descriptorOf(this.wire.accepted),
        zcrx_ifq_idx: this.made.reg.zcrx_id,
        user_data: 1n,
      }),
    );
    const filled: bigint[] = [];
    let end: number | undefined;
    await until('the receive ended', () => {
      for (const { user_data, res, off } of this.rings.completions()) {
        if (user_data !== 1n) continue;
        if (res > 0) filled.push(off & ~uapi.IORING_ZCRX_AREA_MASK);
        else end = res;
      }
      return end !== undefined;
    });
    assert.equal(end, -12, 'no buffer: ENOMEM');
    return filled;
  }

  private index(at: number): { value: number; set(value: number): void } {
    return {
      value: new DataView(this.region.read(at, 4).buffer).getUint32(0, true),
      set: (value) => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setUint32(0, value, true);
        this.region.write(at, bytes);
      },
    };
  }

  /** Entries that the kernel has not taken. */
  get unread(): number {
    const { head, tail } = this.made.reg.offsets;
    return this.index(tail).value - this.index(head).value;
  }

  /** Puts entries into the refill ring. */
  giveBack(entries: readonly Entry[]): void {
    const { tail, rqes } = this.made.reg.offsets;
    const at = this.index(tail);
    entries.forEach(({ off, pad = 0 }, i) => {
      const bytes = encode('io_uring_zcrx_rqe', { off, len: PAGE });
      new DataView(bytes.buffer).setUint32(12, pad, true);
      this.region.write(rqes + ((at.value + i) % this.made.reg.rq_entries) * 16, bytes);
    });
    at.set(at.value + entries.length);
  }

  flush(): void {
    ctrl(this.bench.fd, { zcrx_id: this.made.reg.zcrx_id, zc_flush: {} });
  }

  [Symbol.dispose](): void {
    this.wire.close();
    this.bench[Symbol.dispose]();
  }
}

/** Entries that the kernel does not take. */
const INVALID: Record<string, (off: bigint) => Entry> = {
  'an entry whose pad is not zero': (off) => ({ off, pad: 1 }),
  'an entry behind the end of the area': () => ({ off: BigInt(PAGES * PAGE) }),
  'an entry of an area that there is not': (off) => ({ off: off | (1n << 48n) }),
};

const whole = (offsets: readonly bigint[]) => offsets.map((off) => ({ off }));
const sorted = (offsets: readonly bigint[]) => [...offsets].sort((a, b) => Number(a - b));

export default {
  'each buffer of the area is filled once, then the receive ends with ENOMEM': async () => {
    using table = await Table.set();
    const filled = await table.receive();
    assert.deepEqual(
      sorted(filled),
      Array.from({ length: PAGES }, (_, i) => BigInt(i * PAGE)),
    );
    assert.deepEqual(await table.receive(), []);
  },

  'buffers in the refill ring are not looked at before a flush': async () => {
    using table = await Table.set();
    table.giveBack(whole(await table.receive()));
    assert.deepEqual(await table.receive(), []);
    assert.equal(table.unread, PAGES);
    table.flush();
    assert.equal(table.unread, 0);
    assert.equal((await table.receive()).length, PAGES);
  },

  'a flush takes what there is, again and again': async () => {
    using table = await Table.set();
    let filled = await table.receive();
    for (const count of [1, 8, 3]) {
      table.giveBack(whole(filled.slice(0, count)));
      table.flush();
      const again = await table.receive();
      assert.deepEqual(sorted(again), sorted(filled.slice(0, count)));
      filled = [...filled.slice(count), ...again];
    }
  },

  ...Object.fromEntries(
    Object.entries(INVALID).map(([kind, invalid]) => [
      `${kind} is skipped, its buffer lost, and the flush ends behind it`,
      async () => {
        using table = await Table.set();
        const filled = await table.receive();
        table.giveBack(filled.map((off, i) => (i === 2 || i === 5 ? invalid(off) : { off })));
        const unread = [1, 2, 3].map(() => {
          table.flush();
          return table.unread;
        });
        assert.deepEqual(unread, [5, 2, 0]);
        const lost = [filled[2]!, filled[5]!];
        assert.deepEqual(sorted(await table.receive()), sorted(filled.filter((off) => !lost.includes(off))));
        // Given back once more, properly, they are there again.
        table.giveBack(whole(lost));
        table.flush();
        assert.deepEqual(sorted(await table.receive()), sorted(lost));
      },
    ]),
  ),

  'an entry is taken by its page: where in it the offset points does not matter': async () => {
    using table = await Table.set();
    const filled = await table.receive();
    table.giveBack(whole(filled.map((off) => off + 100n)));
    table.flush();
    assert.deepEqual(sorted(await table.receive()), sorted(filled));
  },

  'a buffer that user space does not hold cannot be given back twice': async () => {
    using table = await Table.set();
    const filled = await table.receive();
    table.giveBack(whole([filled[0]!, filled[0]!, filled[0]!, filled[1]!]));
    table.flush();
    assert.equal(table.unread, 0, 'it does not end the flush');
    assert.deepEqual(sorted(await table.receive()), sorted([filled[0]!, filled[1]!]));
  },

  'one flush takes a refill ring of any size': async () => {
    using table = await Table.set(256);
    const filled = await table.receive();
    assert.equal(filled.length, 256);
    table.giveBack(whole(filled));
    table.flush();
    assert.equal(table.unread, 0);
    assert.equal((await table.receive()).length, 256);
  },
} satisfies Scenarios;
