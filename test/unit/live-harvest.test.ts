import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CQ, Rings } from './live-rings.js';

const ring = new Rings();

function offer(head: number, count: number, off: (i: number) => bigint = BigInt) {
  ring.set('cq_head', head);
  for (let i = 0; i < count; i++) {
    ring.complete(head + i, { user_data: BigInt(1000 + i), res: -i, flags: i, off: off(i) });
  }
  ring.set('cq_tail', head + count);
}

const starts = [0, 1, CQ - 1, CQ, 2 ** 31 - 3, 2 ** 32 - CQ, 2 ** 32 - 3, 2 ** 32 - 1];

describe.each(starts)('with the head at %d', (head) => {
  it.each([0, 1, 3, CQ - 1, CQ])('takes %d completions in order', (count) => {
    offer(head, count);
    const rows = ring.harvest();
    expect(rows).toEqual(
      Array.from({ length: count }, (_, i) => ({
        user_data: BigInt(1000 + i),
        off: BigInt(i),
        res: 0 - i,
        flags: i,
        area: 0,
      })),
    );
    expect(ring.get('cq_head')).toBe((head + count) >>> 0);
    expect(ring.get('cq_tail')).toBe((head + count) >>> 0);
    expect(ring.harvest()).toEqual([]);
  });

  it('takes what has room and leaves the rest', () => {
    offer(head, CQ);
    ring.bytes.fill(0x55, ring.at('out') + 3 * 32, ring.at('out') + 4 * 32);
    expect(ring.harvest(3).map((row) => row.user_data)).toEqual([1000n, 1001n, 1002n]);
    expect(ring.bytes[ring.at('out') + 3 * 32]).toBe(0x55);
    expect(ring.get('cq_head')).toBe((head + 3) >>> 0);
    expect(ring.harvest(0)).toEqual([]);
    expect(ring.harvest(100).map((row) => row.user_data)).toEqual([1003n, 1004n, 1005n, 1006n, 1007n]);
  });
});

test('does not take what the kernel has not published', () => {
  offer(5, 2);
  ring.complete(7, { user_data: 1n, res: 1, flags: 0, off: 0n });
  expect(ring.harvest()).toHaveLength(2);
  ring.set('cq_tail', 8);
  expect(ring.harvest()).toMatchObject([{ user_data: 1n }]);
});

const offsets: [off: bigint, area: number, rest: bigint][] = [
  [0n, 0, 0n],
  [(1n << 48n) - 1n, 0, (1n << 48n) - 1n],
  [1n << 48n, 1, 0n],
  [(3n << 48n) | 4096n, 3, 4096n],
  [2n ** 64n - 1n, 0xffff, (1n << 48n) - 1n],
  [(0x8000n << 48n) | 1n, 0x8000, 1n],
];

test.each(offsets)('off %d is area %d and %d bytes', (off, area, rest) => {
  offer(0, 1, () => off);
  expect(ring.harvest()).toMatchObject([{ area, off: rest }]);
});

test('any sequence of completions comes out as it went in', () => {
  const completion = fc.record({
    user_data: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    res: fc.integer(),
    flags: fc.nat({ max: 0xffff_ffff }),
    off: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });
  const step = fc.tuple(fc.array(completion, { maxLength: CQ }), fc.integer({ min: 1, max: CQ }));
  fc.assert(
    fc.property(fc.nat({ max: 0xffff_ffff }), fc.array(step, { maxLength: 6 }), (start, steps) => {
      ring.set('cq_head', start);
      ring.set('cq_tail', start);
      for (const [completions, capacity] of steps) {
        const from = ring.get('cq_tail');
        completions.forEach((each, i) => {
          ring.complete(from + i, each);
        });
        ring.set('cq_tail', from + completions.length);
        const taken: unknown[] = [];
        for (let rows = ring.harvest(capacity); rows.length > 0; rows = ring.harvest(capacity))
          taken.push(...rows);
        expect(taken).toEqual(
          completions.map(({ off, ...rest }) => ({
            ...rest,
            off: off & 0xffff_ffff_ffffn,
            area: Number(off >> 48n),
          })),
        );
      }
    }),
    { numRuns: 200 },
  );
});
