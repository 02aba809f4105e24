import { describe, expect, it } from 'vitest';
import { readRecording, snapshotOf } from '../../src/capture/index.js';
import { encode } from '../../src/layout/encode.js';
import { record, run, sample, sampleOf, split, start } from './capture-samples.js';

describe('the snapshot of a frame', () => {
  it('has what a sample has, and nothing else', () => {
    expect(Object.keys(snapshotOf(sampleOf(5n, 1, {}))!)).toEqual(['time']);
    expect(
      snapshotOf(
        sampleOf(5n, 1, {
          counters: { copy_count: 0n, copy_bytes: 7n },
          refill: { head: 0, tail: 1 },
          receivedBytes: 0n,
          rxAllocFail: 3n,
          waitingBytes: 0n,
          stalled: 'slow-consumer',
        }),
      ),
    ).toEqual({
      time: 5n,
      counters: { copy_count: 0n, copy_bytes: 7n },
      refill: { head: 0, tail: 1 },
      received_bytes: 0n,
      rx_alloc_fail: 3n,
      waiting_bytes: 0n,
      stalled: 'slow-consumer',
    });
  });

  it('decodes the statistics as the kernel laid them out', () => {
    const block = encode('zcrx_stats', { copy_count: 3n, copy_bytes: 2n ** 64n - 2n });
    const counters = { copy_count: 3n, copy_bytes: 2n ** 64n - 2n };
    // A view into something larger, and a newer kernel with more behind what we know of.
    const around = Buffer.concat([Buffer.alloc(3, 9), block, Buffer.alloc(48, 9)]);
    for (const bytes of [block, around.subarray(3, 19), around.subarray(3, 67)]) {
      expect(snapshotOf({ type: 'stats', time: 9n, instance: 0, receivedBytes: 8n, block: bytes })).toEqual({
        time: 9n,
        counters,
        received_bytes: 8n,
      });
    }
  });

  it('has no counters where there are no statistics, or a part of them', () => {
    for (const length of [0, 8, 15]) {
      expect(
        snapshotOf({ type: 'stats', time: 9n, instance: 0, receivedBytes: 8n, block: run(1, length) }),
      ).toEqual({ time: 9n, received_bytes: 8n });
    }
  });

  it('is there for statistics and samples only', () => {
    const { frames } = split([...readRecording(record(sample).bytes)]);
    for (const frame of [start, ...frames]) {
      expect(snapshotOf(frame) !== undefined).toBe(frame.type === 'stats' || frame.type === 'sample');
    }
  });
});
