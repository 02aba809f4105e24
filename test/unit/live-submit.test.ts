import { describe, expect, it, test } from 'vitest';
import { encode } from '../../src/index.js';
import { Rings, SQ } from './live-rings.js';

const starts = [0, 3, 2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1];

describe.each(starts)('with the indices at %d', (start) => {
  it('submits until the ring is full, and again when the kernel has taken some', () => {
    const ring = new Rings();
    ring.set('sq_head', start);
    ring.set('sq_tail', start);
    const sqe = (n: number) =>
      encode('io_uring_sqe', { opcode: 58, fd: -1, user_data: n, __pad2: 2n ** 64n - 1n });
    const submit = (n: number) => {
      ring.bytes.set(sqe(n), ring.at('entry'));
      return ring.live.submit(ring.at('rings'), ring.at('entry'));
    };
    const slot = (index: number) => {
      const at = ring.at('sqes') + ((index >>> 0) % SQ) * 64;
      return ring.bytes.slice(at, at + 64);
    };
    for (let i = 0; i < SQ; i++) {
      expect(ring.live.pending_submissions(ring.at('rings'))).toBe(i);
      expect(submit(i)).toBe(1);
      expect(ring.get('sq_tail')).toBe((start + i + 1) >>> 0);
      expect(slot(start + i)).toEqual(sqe(i));
    }
    const full = ring.bytes.slice(ring.at('sqes'), ring.at('sqes') + SQ * 64);
    expect(submit(99)).toBe(0);
    expect(ring.get('sq_tail')).toBe((start + SQ) >>> 0);
    expect(ring.bytes.slice(ring.at('sqes'), ring.at('sqes') + SQ * 64)).toEqual(full);
    ring.set('sq_head', start + 1);
    expect(submit(4)).toBe(1);
    expect(slot(start + SQ)).toEqual(sqe(4));
    expect(slot(start + 1)).toEqual(sqe(1));
    expect(submit(5)).toBe(0);
    expect(ring.live.pending_submissions(ring.at('rings'))).toBe(SQ);
    ring.set('sq_head', start + SQ + 1);
    expect(ring.live.pending_submissions(ring.at('rings'))).toBe(0);
  });
});

test('reads the flags of the submission ring', () => {
  const ring = new Rings();
  ring.set('sq_flags', 0x8000_0002);
  expect(ring.live.submission_flags(ring.at('rings')) >>> 0).toBe(0x8000_0002);
});
