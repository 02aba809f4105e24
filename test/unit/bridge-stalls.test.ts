import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Stalls } from '../../bridge/stalls.js';

const STATE = { received_bytes: 100n, held: 512, buffers: 512 };

describe('the account of stalls', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  test('has one at a time: further reasons belong to the one that lasts', () => {
    const stalls = new Stalls();
    const first = stalls.begin('alloc-fail', STATE);
    vi.advanceTimersByTime(30);
    expect(stalls.begin('area-exhausted', { ...STATE, held: 3 })).toBeUndefined();
    expect(stalls.begin('area-exhausted', STATE)).toBeUndefined();
    stalls.act('flush', { buffers: 7 });
    vi.advanceTimersByTime(12);
    expect(first?.()).toMatchObject({ ms: 42, end: undefined });
    expect(stalls.end('resumed')).toMatchObject({
      ...STATE,
      reasons: ['alloc-fail', 'area-exhausted'],
      ms: 42,
      actions: [{ action: 'flush', afterMs: 30, buffers: 7 }],
      end: 'resumed',
    });
    expect(stalls.end('over')).toBeUndefined();
  });

  test('adds up: their number, their time, the longest, and the one that lasts', () => {
    const stalls = new Stalls();
    for (const ms of [10, 40, 5]) {
      stalls.begin('completions-full', STATE);
      vi.advanceTimersByTime(ms);
      stalls.end('resumed');
      vi.advanceTimersByTime(1000);
    }
    expect(stalls.summary).toEqual({ count: 3, ms: 55, longestMs: 40, current: undefined });
    stalls.begin('alloc-fail', STATE);
    vi.advanceTimersByTime(100);
    expect(stalls.summary).toMatchObject({ count: 4, ms: 155, longestMs: 100, current: { ms: 100 } });
    expect(stalls.lasts).toBe(true);
  });

  test.each([
    ['alloc-fail', 512, /^the program holds 512 of 512 buffers: it releases them too late/],
    ['alloc-fail', 40, /^the program holds only 40 of 512 buffers, the others wait in sockets: .*tcp_rmem/],
    ['area-exhausted', 384, /releases them too late/],
    ['completions-full', 512, /completion ring was full: .*cqEntries/],
  ] as const)('%s with %i held says what is to blame', (reason, held, words) => {
    const stall = new Stalls().begin(reason, { ...STATE, held });
    expect(stall?.().explanation).toMatch(words);
  });

  test('what is done without a stall is nobody’s', () => {
    const stalls = new Stalls();
    stalls.act('flush', { buffers: 1 });
    stalls.begin('alloc-fail', STATE);
    expect(stalls.end('over')?.actions).toEqual([]);
  });
});
