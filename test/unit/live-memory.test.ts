import { expect, test } from 'vitest';
import { encode } from '../../src/index.js';
import { Rings } from './live-rings.js';

/** Rings beyond 2 GiB, where offsets are negative as 32-bit numbers. Null where the machine has no such memory. */
function highRings(base: number): Rings | null {
  try {
    return new Rings(base);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

test.for([2 ** 31 - 8192, 2 ** 31, 3 * 2 ** 30, 2 ** 32 - 16_384])('rings at %d', (base, { skip }) => {
  const ring = highRings(base);
  if (!ring) return skip('this machine gives no memory of that size');
  const head = 2 ** 32 - 2;
  ring.set('cq_head', head);
  for (let i = 0; i < 4; i++) {
    ring.complete(head + i, { user_data: BigInt(i), res: i, flags: 2, off: (1n << 48n) | BigInt(i * 4096) });
  }
  ring.set('cq_tail', head + 4);
  expect(ring.harvest()).toEqual(
    [0, 1, 2, 3].map((i) => ({ user_data: BigInt(i), res: i, flags: 2, area: 1, off: BigInt(i * 4096) })),
  );
  const sqe = encode('io_uring_sqe', { opcode: 58, user_data: 2n ** 64n - 1n });
  ring.bytes.set(sqe, ring.at('entry'));
  expect(ring.live.submit(ring.at('rings'), ring.at('entry'))).toBe(1);
  expect(ring.bytes.slice(ring.at('sqes'), ring.at('sqes') + 64)).toEqual(sqe);
  ring.view.setBigUint64(ring.at('entry'), 1n << 48n, true);
  expect(ring.live.refill(ring.at('rings'), ring.at('entry'), 1)).toBe(1);
  expect(ring.view.getBigUint64(ring.at('rqes'), true)).toBe(1n << 48n);
  ring.view.setBigUint64(ring.at('out'), 2n ** 63n, true);
  expect(BigInt.asUintN(64, ring.live.load_counter(ring.at('out')))).toBe(2n ** 63n);
});

test('memory that has grown once keeps its addresses and its views', () => {
  const ring = new Rings(1 << 20);
  const { memory } = ring.live;
  expect(memory.buffer.byteLength).toBe((1 << 20) + 65_536);
  expect(ring.view.byteLength).toBe(memory.buffer.byteLength);
  memory.grow(1);
  expect(ring.view.buffer.byteLength).toBe(0);
});

test.each([0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n])('a counter of %d', (value) => {
  const ring = new Rings();
  ring.view.setBigUint64(ring.at('out') + 8, value, true);
  expect(BigInt.asUintN(64, ring.live.load_counter(ring.at('out') + 8))).toBe(value);
  expect(() => ring.live.load_counter(ring.at('out') + 4)).toThrow(WebAssembly.RuntimeError);
});
