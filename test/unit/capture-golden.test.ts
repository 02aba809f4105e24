import { describe, expect, it } from 'vitest';
import { RecordingEncoder, type RecordingFrame, readRecording } from '../../src/capture/index.js';
import { run, split, start } from './capture-samples.js';

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

  it('are those of version 1, frame by frame', () => {
    const encoder = new RecordingEncoder();
    for (const [frame, hex] of GOLDEN) {
      expect(spaced(frame === 'header' ? encoder.header : encoder.encode(frame))).toBe(hex);
    }
  });

  it('are read as the frames that they stand for', () => {
    const bytes = Buffer.from(GOLDEN.map(([, hex]) => hex.replaceAll(' ', '')).join(''), 'hex');
    const { frames, result } = split([...readRecording(bytes)]);
    expect(frames).toEqual(GOLDEN.slice(1).map(([frame]) => frame));
    expect(result).toMatchObject({ complete: true, bytes: bytes.byteLength });
    expect(result.damage).toBeUndefined();
  });
});
