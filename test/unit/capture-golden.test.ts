import { describe, expect, it } from 'vitest';
import { RecordingEncoder, type RecordingFrame, readRecording } from '../../src/capture/index.js';
import { run, sampleOf, split, start } from './capture-samples.js';

/** The bytes of a recording as they must stay. Checksums go on from row to row, so the order matters. */
const GOLDEN: readonly (readonly [frame: RecordingFrame | 'header', hex: string])[] = [
  ['header', '89 5a 43 52 58 0d 0a 1a 01 00 00 00 7e 81 e0 e1'],
  [
    start,
    '08 5a 3b 4b 01 26 00 05 30 2e 31 2e 30 05 37 2e 33 2e 34 06 78 38 36 5f 36 34 80 20 03 15 cd 4e 2b 84 5b d7 18 07 67 72 c3 b6 c3 9f 65',
  ],
  [
    {
      type: 'registered',
      time: 5n,
      instance: 1,
      ifqReg: run(1, 2),
      eventDesc: run(0, 0),
      regionDesc: run(3, 1),
      areaReg: run(9, 3),
    },
    'cc 26 61 b3 02 0b 05 01 02 01 02 00 01 03 03 09 0a 0b',
  ],
  [
    { type: 'completions', time: 1_000_005n, instance: 1, entrySize: 16, entries: run(0, 16) },
    '66 18 96 56 03 13 c0 84 3d 01 10 10 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
  ],
  [
    { type: 'completions', time: 1_000_005n, instance: 300, entrySize: 32, entries: run(0, 32) },
    '47 ea 50 dc 03 24 00 ac 02 20 20 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f',
  ],
  [
    { type: 'stats', time: 2_000_005n, instance: 1, receivedBytes: 300n, block: run(0x10, 16) },
    '37 40 a4 78 04 14 c0 84 3d 01 ac 02 10 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f',
  ],
  [
    { type: 'stats', time: 3_000_005n, instance: 1, receivedBytes: 2n ** 64n - 1n, block: run(0x10, 16) },
    '17 fa 3a 66 05 0b c0 84 3d 01 ff ff ff ff ff ff ff ff ff 01',
  ],
  [
    { type: 'stats', time: 3_000_005n, instance: 1024, receivedBytes: 0n, block: run(0x10, 1) },
    'ef bc 4d c6 04 05 00 80 08 00 01 10',
  ],
  [
    { type: 'stats', time: 3_000_005n, instance: 1024, receivedBytes: 0n, block: run(0x10, 1) },
    'bc 51 18 ab 04 05 00 80 08 00 01 10',
  ],
  [
    { type: 'control', time: 3_000_006n, instance: 1, ctrl: run(0x20, 4), result: -22 },
    '1d 01 39 0c 06 0a 01 01 04 20 21 22 23 ea ff ff ff',
  ],
  [
    { type: 'end', time: 2n ** 64n - 1n, receivedBytes: 0x0102030405060708n, reason: 'é!' },
    '6a e5 98 1a 07 0c b9 f2 c8 fe ff ff ff ff ff 01 08 07 06 05 04 03 02 01 03 c3 a9 21',
  ],
];

/** As above, of a recording of other processes: a part of one in several files. */
const GOLDEN_WATCH: typeof GOLDEN = [
  GOLDEN[0]!,
  GOLDEN[1]!,
  [
    { type: 'part', time: 0n, sequence: 0x0102030405060708n, number: 1, repeated: 2 },
    '56 32 f5 9d 0e 0a 00 08 07 06 05 04 03 02 01 01 02',
  ],
  [
    {
      type: 'watched',
      time: 0n,
      instance: 1,
      pid: 4711,
      startTime: 300n,
      command: 'é',
      fd: 5,
      zcrxId: 2,
      how: 'mapped',
      regionSize: 69760,
      statsOffset: 0,
      rqEntries: 4096,
      note: 'n',
    },
    '5a 30 a1 b1 08 17 00 01 e7 24 ac 02 02 c3 a9 05 02 02 01 80 a1 04 01 00 01 80 20 00 01 6e',
  ],
  [
    {
      type: 'watched',
      time: 0n,
      instance: 300,
      pid: 1,
      startTime: 0n,
      command: '',
      fd: 0,
      zcrxId: 0,
      how: 'remote',
      note: '',
    },
    '96 f6 f9 18 08 0d 00 ac 02 01 00 00 00 00 03 00 00 00 00 00',
  ],
  [
    sampleOf(1_000_000n, 1, {
      counters: { copy_count: 5n, copy_bytes: 300n },
      refill: { head: 2 ** 32 - 1, tail: 3 },
    }),
    '79 c0 70 37 09 0b c0 84 3d 01 03 05 ac 02 ff ff ff ff 0f 03',
  ],
  [
    sampleOf(2_000_000n, 1, {
      counters: { copy_count: 5n, copy_bytes: 300n },
      refill: { head: 2 ** 32 - 1, tail: 3 },
    }),
    'f9 ba d8 e4 0b 01 c0 84 3d 01',
  ],
  [
    sampleOf(3_000_000n, 1, {
      counters: { copy_count: 4n, copy_bytes: 301n },
      refill: { head: 1, tail: 130 },
    }),
    'e9 1f 26 8a 0a 0f c0 84 3d 01 03 ff ff ff ff ff ff ff ff ff 01 01 02 7f',
  ],
  [
    sampleOf(3_000_000n, 300, {
      receivedBytes: 2n ** 64n - 1n,
      rxAllocFail: 0n,
      waitingBytes: 300n,
      stalled: 'alloc-fail',
    }),
    'e6 f4 c4 75 09 11 00 ac 02 3c ff ff ff ff ff ff ff ff ff 01 00 ac 02 01',
  ],
  [
    sampleOf(3_000_001n, 300, {
      receivedBytes: 0n,
      rxAllocFail: 1n,
      waitingBytes: 7n,
      stalled: 'slow-consumer',
    }),
    '13 de 79 b5 0a 07 01 ac 02 3c 01 01 07 04',
  ],
  [
    sampleOf(3_000_002n, 300, { receivedBytes: 0n, rxAllocFail: 1n, waitingBytes: 7n }),
    'fd 7a 3c ae 0a 04 01 ac 02 20 00',
  ],
  [sampleOf(3_000_003n, 300, {}), '82 ee f0 f8 09 03 01 ac 02 00'],
  [
    { type: 'state', time: 3_000_003n, instance: 1, state: 'copying', reason: 'é' },
    '1f 31 9d ff 0c 0c 00 01 07 63 6f 70 79 69 6e 67 02 c3 a9',
  ],
  [
    { type: 'gone', time: 3_000_003n, instance: 1, reason: 'it ended' },
    'b4 0e c5 5e 0d 0a 00 01 08 69 74 20 65 6e 64 65 64',
  ],
  [{ type: 'continued', time: 3_000_004n, number: 2 }, '2f 5e 20 2d 0f 01 01 02'],
  [
    { type: 'end', time: 3_000_004n, receivedBytes: 7n, reason: 'continued in the next file' },
    '81 fb 1f 41 07 23 00 07 00 00 00 00 00 00 00 1a 63 6f 6e 74 69 6e 75 65 64 20 69 6e 20 74 68 65 20 6e 65 78 74 20 66 69 6c 65',
  ],
];

const spaced = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?!$)/g, '$& ');

describe('the bytes on disk', () => {
  it('are as few as the documentation says, a millisecond after the frame before', () => {
    const encoder = new RecordingEncoder();
    encoder.encode(start);
    const stats = { type: 'stats', instance: 0, receivedBytes: 2n ** 42n - 1n, block: run(0, 16) } as const;
    const sizes = [
      { ...stats, time: 1_000_000n },
      { ...stats, time: 2_000_000n },
      { type: 'completions', time: 3_000_000n, instance: 0, entrySize: 16, entries: run(0, 16) } as const,
      { type: 'control', time: 4_000_000n, instance: 0, ctrl: run(0, 72), result: 0 } as const,
    ].map((frame) => encoder.encode(frame).byteLength);
    expect(sizes).toEqual([33, 16, 28, 87]);
  });

  it('of samples are as few as the documentation says', () => {
    const encoder = new RecordingEncoder();
    encoder.encode(start);
    const counters = { copy_count: 5n, copy_bytes: 300n };
    const sizes = [
      { head: 1000, tail: 5096 },
      { head: 1000, tail: 5096 },
      { head: 1127, tail: 5223 },
      { head: 17_510, tail: 21_606 },
    ].map(
      (refill, at) =>
        encoder.encode(sampleOf(BigInt(at + 1) * 1_000_000n, 0, { counters, refill })).byteLength,
    );
    expect(sizes).toEqual([18, 10, 13, 15]);
  });

  it.each([
    ['of instances of our own', GOLDEN],
    ['of instances of others', GOLDEN_WATCH],
  ])('are those of version 1, frame by frame: %s', (_, rows) => {
    const encoder = new RecordingEncoder();
    for (const [frame, hex] of rows) {
      expect(spaced(frame === 'header' ? encoder.header : encoder.encode(frame))).toBe(hex);
    }
  });

  it.each([
    ['of instances of our own', GOLDEN],
    ['of instances of others', GOLDEN_WATCH],
  ])('are read as the frames that they stand for: %s', (_, rows) => {
    const bytes = Buffer.from(rows.map(([, hex]) => hex.replaceAll(' ', '')).join(''), 'hex');
    const { frames, result } = split([...readRecording(bytes)]);
    expect(frames).toEqual(rows.slice(1).map(([frame]) => frame));
    expect(result).toMatchObject({ complete: true, bytes: bytes.byteLength });
    expect(result.damage).toBeUndefined();
  });
});
