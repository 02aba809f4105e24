/** Frames and bytes that the tests of recordings share. */
import { crc32 } from 'node:zlib';
import {
  RecordingEncoder,
  type RecordingFrame,
  type RecordingItem,
  type RecordingResult,
  type StartFrame,
} from '../../src/capture/index.js';

export const start: StartFrame = {
  type: 'start',
  time: 0n,
  toolVersion: '0.1.0',
  kernelRelease: '7.3.4',
  architecture: 'x86_64',
  pageSize: 4096,
  revision: 'event',
  wallClock: 1_790_000_000_123_456_789n,
  note: 'größe',
};

/** Bytes `first`, `first + 1`, and so on. */
export function run(first: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => first + at);
}

/** One recording with every type of frame, statistics that repeat, and two instances. */
export const sample: readonly RecordingFrame[] = [
  start,
  {
    type: 'registered',
    time: 1000n,
    instance: 0,
    ifqReg: run(1, 96),
    eventDesc: run(2, 96),
    regionDesc: run(3, 64),
    areaReg: run(4, 48),
  },
  {
    type: 'registered',
    time: 1000n,
    instance: 300,
    ifqReg: run(5, 96),
    eventDesc: run(0, 0),
    regionDesc: run(0, 0),
    areaReg: run(0, 0),
  },
  { type: 'stats', time: 2000n, instance: 0, receivedBytes: 0n, block: run(0, 16) },
  { type: 'stats', time: 1_002_000n, instance: 0, receivedBytes: 12_500_000n, block: run(0, 16) },
  { type: 'stats', time: 1_002_000n, instance: 300, receivedBytes: 7n, block: run(0, 16) },
  { type: 'completions', time: 1_002_100n, instance: 0, entrySize: 16, entries: run(10, 48) },
  { type: 'completions', time: 1_002_200n, instance: 300, entrySize: 32, entries: run(20, 32) },
  { type: 'control', time: 1_002_300n, instance: 0, ctrl: run(30, 72), result: -22 },
  { type: 'stats', time: 2_002_000n, instance: 0, receivedBytes: 2n ** 40n, block: run(1, 16) },
  { type: 'stats', time: 3_002_000n, instance: 0, receivedBytes: 2n ** 40n, block: run(1, 16) },
  { type: 'end', time: 3_002_001n, receivedBytes: 2n ** 40n + 7n, reason: 'interrupted' },
];

/** The recording of `frames`, and where in it each frame ends; the first entry is the end of the file header. */
export function record(frames: readonly RecordingFrame[]): { bytes: Uint8Array; ends: number[] } {
  const encoder = new RecordingEncoder();
  const parts: Uint8Array[] = [encoder.header];
  const ends = [encoder.header.byteLength];
  for (const frame of frames) {
    const part = encoder.encode(frame);
    parts.push(part);
    ends.push(ends.at(-1)! + part.byteLength);
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), ends };
}

/** The frames and the result, after checking that there is one result and that it comes last. */
export function split(items: readonly RecordingItem[]): {
  frames: RecordingFrame[];
  result: RecordingResult;
} {
  const frames = items.filter((item) => item.type !== 'result');
  const result = items.at(-1);
  if (result?.type !== 'result' || frames.length !== items.length - 1)
    throw new Error('no single result at the end');
  return { frames, result };
}

/**
 * A recording put together by hand, with right checksums, from frames that the encoder would never write.
 * `header` are the bytes between checksum and content: type, length and time, unless given as a whole.
 */
export function forge(
  frames: readonly { type: number; payload?: readonly number[]; header?: readonly number[] }[],
): Uint8Array {
  const magic = Uint8Array.of(0x89, 0x5a, 0x43, 0x52, 0x58, 0x0d, 0x0a, 0x1a, 1, 0, 0, 0);
  let crc = crc32(magic);
  const parts: Uint8Array[] = [magic, u32(crc)];
  for (const { type, payload = [], header = [payload.length, 0] } of frames) {
    const body = Uint8Array.from([type, ...header, ...payload]);
    crc = crc32(body, crc);
    parts.push(u32(crc), body);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The content of a small start frame: empty texts, page size 1, revision v1. */
export const START_PAYLOAD: readonly number[] = [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
