import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import * as uapi from 'zcrx';
import { decode, planRegion, type RegionPlan } from 'zcrx';
import { type IfqRegistration, io_uring_enter, Mapping, probe, type Setup, setup } from 'zcrx/bridge';
import { PAGE } from './page.js';

export const RING =
  uapi.IORING_SETUP_CQE32 | uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN;
const STATS = uapi.ZCRX_EVENT_DESC_FLAG_STATS;

/** Everything of one ring that has to be given back. */
export class Bench implements Disposable {
  readonly ring: Setup;
  private readonly mappings: Mapping[] = [];

  constructor(flags = RING, entries = 8) {
    this.ring = setup(entries, { flags });
  }

  get fd(): number {
    return this.ring.fd;
  }

  keep(mapping: Mapping): Mapping {
    this.mappings.push(mapping);
    return mapping;
  }

  memory(length: number, fill = 0): Mapping {
    const mapping = this.keep(Mapping.anonymous(length));
    if (fill !== 0) mapping.write(0, new Uint8Array(length).fill(fill));
    return mapping;
  }

  /** Structs of a registration whose region is user memory, or the kernel's where none is given. */
  structs(entries: number, size: number, stats_offset: number | bigint, region?: Mapping): IfqRegistration {
    const area = this.memory(PAGE);
    return {
      reg: { rq_entries: entries, flags: uapi.ZCRX_REG_NODEV },
      area: { addr: area.address, len: PAGE },
      region: region
        ? { user_addr: region.address, size, flags: uapi.IORING_MEM_REGION_TYPE_USER }
        : { size },
      event_desc: { type_mask: 3, flags: STATS, stats_offset, user_data: 77n },
    };
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
    for (const mapping of this.mappings) mapping.close();
  }
}

/** A refill region as this kernel wants it. */
export function planned(entries: number, placement: 'tight' | 'own-page' | 'none'): RegionPlan {
  const { zcrx, event, pageSize } = probe();
  assert.ok(zcrx && event);
  return planRegion({
    entries,
    placement,
    pageSize,
    rqHeaderSize: zcrx.rq_hdr_size,
    statsSize: event.stats_size,
    statsAlignment: event.stats_off_alignment,
  });
}

/** The errno of a failure, or undefined. */
export const outcome = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return (error as { errno?: string }).errno ?? String(error);
  }
  return undefined;
};

/** The rings of a bench, worked with nothing but reads and writes of mapped memory. */
export function byHand(bench: Bench) {
  const { sq_off, cq_off, sq_entries, cq_entries } = bench.ring.params;
  const length = Math.max(cq_off.cqes + cq_entries * 32, sq_off.array + sq_entries * 4);
  const rings = bench.keep(Mapping.ofRing(bench.fd, BigInt(uapi.IORING_OFF_SQ_RING), length));
  const sqes = bench.keep(Mapping.ofRing(bench.fd, BigInt(uapi.IORING_OFF_SQES), sq_entries * 64));
  const get = (at: number) => new DataView(rings.read(at, 4).buffer).getUint32(0, true);
  const put = (at: number, value: number) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    rings.write(at, bytes);
  };
  return {
    submit(sqe: Uint8Array) {
      const tail = get(sq_off.tail);
      const index = tail % sq_entries;
      sqes.write(index * 64, sqe);
      put(sq_off.array + index * 4, index);
      put(sq_off.tail, tail + 1);
      assert.equal(io_uring_enter(bench.fd, 1, 0, uapi.IORING_ENTER_GETEVENTS), 1);
    },
    completions() {
      io_uring_enter(bench.fd, 0, 0, uapi.IORING_ENTER_GETEVENTS);
      const found = [];
      const tail = get(cq_off.tail);
      let head = get(cq_off.head);
      for (; head !== tail; head = (head + 1) >>> 0) {
        const bytes = rings.read(cq_off.cqes + (head % cq_entries) * 32, 32);
        const { user_data, res, flags } = decode('io_uring_cqe', bytes.slice(0, 16)).fields;
        const { off } = decode('io_uring_zcrx_cqe', bytes.slice(16)).fields;
        found.push({ user_data, res, flags, off });
      }
      put(cq_off.head, head);
      return found;
    },
  };
}
