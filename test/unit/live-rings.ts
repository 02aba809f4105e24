/** The rings of an instance, simulated inside the memory of `zcrx-live.wasm`. */
import type { LiveExports } from '../../bridge/linear.js';
import { ZCRX_LIVE_WASM } from '../../src/generated/zcrx-live-wasm.js';
import { instantiate } from '../../src/layout/module.js';

export const SQ = 4;
export const CQ = 8;
export const RQ = 4;

/** Offsets from the base at which the parts lie; the kernel's indices on lines of their own. */
const PARTS = {
  rings: 0,
  sq_head: 128,
  sq_tail: 192,
  sq_flags: 256,
  cq_head: 320,
  cq_tail: 384,
  rq_head: 448,
  rq_tail: 512,
  sqes: 1024,
  cqes: 2048,
  rqes: 4096,
  out: 8192,
  entry: 12_288,
} as const;

export class Rings {
  readonly live = instantiate<LiveExports>(ZCRX_LIVE_WASM);
  readonly view: DataView;
  readonly bytes: Uint8Array;
  private readonly base: number;

  /** `base`: where in the memory, which is grown once to hold it. */
  constructor(base = 32_768) {
    this.base = base;
    const { memory } = this.live;
    const missing = base + 16_384 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    this.view = new DataView(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    const { at } = this;
    const cells = [
      ...[at('sq_head'), at('sq_tail'), SQ - 1, SQ, at('sq_flags'), at('sqes')],
      ...[at('cq_head'), at('cq_tail'), CQ - 1, at('cqes')],
      ...[at('rq_head'), at('rq_tail'), RQ - 1, RQ, at('rqes')],
    ];
    cells.forEach((cell, i) => {
      this.view.setUint32(at('rings') + i * 4, cell, true);
    });
  }

  readonly at = (part: keyof typeof PARTS): number => this.base + PARTS[part];
  readonly get = (part: keyof typeof PARTS): number => this.view.getUint32(this.at(part), true);
  readonly set = (part: keyof typeof PARTS, value: number): void =>
    this.view.setUint32(this.at(part), value >>> 0, true);

  /** As the kernel: puts a completion where the index says, without publishing it. */
  complete(index: number, cqe: { user_data: bigint; res: number; flags: number; off: bigint }): void {
    const at = this.at('cqes') + ((index >>> 0) % CQ) * 32;
    this.view.setBigUint64(at, cqe.user_data, true);
    this.view.setInt32(at + 8, cqe.res, true);
    this.view.setUint32(at + 12, cqe.flags, true);
    this.view.setBigUint64(at + 16, cqe.off, true);
    this.view.setBigUint64(at + 24, 0xaaaa_aaaa_aaaa_aaaan, true);
  }

  /** The rows that `harvest` wrote. */
  rows(count: number) {
    return Array.from({ length: count }, (_, i) => {
      const at = this.at('out') + i * 32;
      return {
        user_data: this.view.getBigUint64(at, true),
        off: this.view.getBigUint64(at + 8, true),
        res: this.view.getInt32(at + 16, true),
        flags: this.view.getUint32(at + 20, true),
        area: this.view.getUint32(at + 24, true),
      };
    });
  }

  harvest(capacity = CQ): ReturnType<Rings['rows']> {
    return this.rows(this.live.harvest(this.at('rings'), this.at('out'), capacity));
  }
}
