import { describe, expect, it } from 'vitest';
import { Rings, RQ } from './live-rings.js';

const starts = [0, 3, 2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1];

describe.each(starts)('with the indices at %d', (start) => {
  it('gives buffers back until the ring is full, and again when the kernel has taken some', () => {
    const ring = new Rings();
    ring.set('rq_head', start);
    ring.set('rq_tail', start);
    const entry = (index: number) => {
      const at = ring.at('rqes') + ((index >>> 0) % RQ) * 16;
      return [
        ring.view.getBigUint64(at, true),
        ring.view.getUint32(at + 8, true),
        ring.view.getUint32(at + 12, true),
      ];
    };
    const refill = (off: bigint, len: number) => ring.live.refill(ring.at('rings'), off, len);
    ring.bytes.fill(0xff, ring.at('rqes'), ring.at('rqes') + RQ * 16);
    for (let i = 0; i < RQ; i++) {
      expect(ring.live.pending_refills(ring.at('rings'))).toBe(i);
      const off = (0xffffn << 48n) | BigInt(i);
      expect(refill(off, 0xffff_ffff - i)).toBe(1);
      expect(ring.get('rq_tail')).toBe((start + i + 1) >>> 0);
      // with the token, and nothing left in the reserved half
      expect(entry(start + i)).toEqual([off, 0xffff_ffff - i, 0]);
    }
    expect(refill(7n, 7)).toBe(0);
    expect(ring.get('rq_tail')).toBe((start + RQ) >>> 0);
    ring.set('rq_head', start + 2);
    expect(refill(8n, 8)).toBe(1);
    expect(entry(start + RQ)).toEqual([8n, 8, 0]);
    expect(entry(start + 2)[0]).toBe((0xffffn << 48n) | 2n);
    expect(ring.live.pending_refills(ring.at('rings'))).toBe(RQ - 1);
  });
});
