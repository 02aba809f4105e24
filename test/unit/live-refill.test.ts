import { describe, expect, it } from 'vitest';
import { Rings, RQ } from './live-rings.js';

const starts = [0, 3, 2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1];

/** A ring, and batches of entries to be put into it. */
function refillRing(start: number) {
  const ring = new Rings();
  ring.set('rq_head', start);
  ring.set('rq_tail', start);
  ring.bytes.fill(0xff, ring.at('rqes'), ring.at('rqes') + RQ * 16);
  return {
    ring,
    entry(index: number) {
      const at = ring.at('rqes') + ((index >>> 0) % RQ) * 16;
      return [
        ring.view.getBigUint64(at, true),
        ring.view.getUint32(at + 8, true),
        ring.view.getUint32(at + 12, true),
      ];
    },
    refill(...entries: (readonly [off: bigint, len: number])[]) {
      entries.forEach(([off, len], i) => {
        ring.view.setBigUint64(ring.at('entry') + i * 16, off, true);
        ring.view.setUint32(ring.at('entry') + i * 16 + 8, len, true);
        ring.view.setUint32(ring.at('entry') + i * 16 + 12, 0, true);
      });
      return ring.live.refill(ring.at('rings'), ring.at('entry'), entries.length);
    },
    unread: () => ring.live.pending_refills(ring.at('rings')),
  };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => [(0xffffn << 48n) | BigInt(i), 0xffff_ffff - i] as const);

describe.each(starts)('with the indices at %d', (start) => {
  it('gives buffers back until the ring is full, and again when the kernel has taken some', () => {
    const { ring, entry, refill, unread } = refillRing(start);
    for (const [i, one] of numbered(RQ).entries()) {
      expect(unread()).toBe(i);
      expect(refill(one)).toBe(1);
      expect(ring.get('rq_tail')).toBe((start + i + 1) >>> 0);
      // with the token, and nothing left in the reserved half
      expect(entry(start + i)).toEqual([...one, 0]);
    }
    expect(refill([7n, 7])).toBe(0);
    expect(ring.get('rq_tail')).toBe((start + RQ) >>> 0);
    ring.set('rq_head', start + 2);
    expect(refill([8n, 8])).toBe(1);
    expect(entry(start + RQ)).toEqual([8n, 8, 0]);
    expect(entry(start + 2)[0]).toBe((0xffffn << 48n) | 2n);
    expect(unread()).toBe(RQ - 1);
  });

  it.each([0, 1, RQ - 1, RQ])('takes a batch of %d at once, in order', (count) => {
    const { ring, entry, refill, unread } = refillRing(start);
    expect(refill(...numbered(count))).toBe(count);
    expect([unread(), ring.get('rq_tail')]).toEqual([count, (start + count) >>> 0]);
    for (const [i, one] of numbered(count).entries()) expect(entry(start + i)).toEqual([...one, 0]);
  });

  it('takes of a batch what there is room for, and touches nothing that the kernel has not read', () => {
    const { ring, entry, refill, unread } = refillRing(start);
    expect(refill(...numbered(RQ - 1))).toBe(RQ - 1);
    expect(refill([8n, 8], [9n, 9])).toBe(1);
    expect([unread(), ring.get('rq_tail')]).toEqual([RQ, (start + RQ) >>> 0]);
    for (const [i, one] of numbered(RQ - 1).entries()) expect(entry(start + i)).toEqual([...one, 0]);
    expect(entry(start + RQ - 1)).toEqual([8n, 8, 0]);
  });
});
