/** Frames and bytes that the tests of recordings share. */
import { crc32 } from 'node:zlib';
import {
  RecordingEncoder,
  type RecordingFrame,
  type RecordingItem,
  type RecordingResult,
  type SampleFrame,
  type StartFrame,
  type WatchedFrame,
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

/** Instances of other processes: all that can be known, and as little as possible. */
export const watched: readonly WatchedFrame[] = [
  {
    type: 'watched',
    time: 2_002_000n,
    instance: 7,
    pid: 4711,
    startTime: 987_654n,
    command: 'größe-server',
    fd: 5,
    zcrxId: 0,
    how: 'mapped',
    regionSize: 69_760,
    statsOffset: 65_664,
    rqEntries: 4096,
    rxBufLen: 4096,
    note: 'eth0 queue 7',
  },
  {
    type: 'watched',
    time: 2_002_001n,
    instance: 200_000,
    pid: 1,
    startTime: 0n,
    command: '',
    fd: 0,
    zcrxId: 2,
    how: 'remote',
    note: '',
  },
];

const ALL_KINDS = {
  counters: { copy_count: 1n, copy_bytes: 4096n },
  refill: { head: 1, tail: 2 },
  receivedBytes: 2n ** 40n,
  rxAllocFail: 3n,
  waitingBytes: 65_536n,
} as const;

/** One recording with every type of frame, statistics and samples that repeat or change a little, four instances. */
export const sample: readonly RecordingFrame[] = [
  start,
  { type: 'part', time: 0n, sequence: 0x0123_4567_89ab_cdefn, number: 3, repeated: 2 },
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
  ...watched,
  sampleOf(2_002_001n, 7, {
    counters: { copy_count: 5n, copy_bytes: 20_480n },
    refill: { head: 4, tail: 4100 },
  }),
  sampleOf(2_002_001n, 200_000, {}),
  {
    type: 'state',
    time: 2_002_001n,
    instance: 7,
    state: 'copying',
    reason: '3 copies a second: the rule is gone',
  },
  // Nothing new, a step on, back to the beginning, and around the end of the range.
  sampleOf(2_502_001n, 7, {
    counters: { copy_count: 5n, copy_bytes: 20_480n },
    refill: { head: 4, tail: 4100 },
  }),
  sampleOf(2_502_002n, 7, {
    counters: { copy_count: 5n, copy_bytes: 20_480n },
    refill: { head: 300, tail: 4396 },
  }),
  sampleOf(2_502_002n, 200_000, {}),
  sampleOf(2_502_003n, 7, {
    counters: { copy_count: 0n, copy_bytes: 0n },
    refill: { head: 2 ** 32 - 1, tail: 9 },
  }),
  sampleOf(2_502_004n, 7, {
    counters: { copy_count: 2n ** 64n - 1n, copy_bytes: 7n },
    refill: { head: 0, tail: 9 },
  }),
  // All there is, at a standstill and after it.
  sampleOf(2_502_005n, 0, { ...ALL_KINDS, stalled: 'area-exhausted' }),
  sampleOf(2_502_006n, 0, { ...ALL_KINDS, receivedBytes: 2n ** 40n + 1n, waitingBytes: 0n }),
  { type: 'gone', time: 2_502_007n, instance: 7, reason: 'the process ended' },
  { ...watched[0]!, time: 2_502_008n, pid: 4712 },
  sampleOf(2_502_009n, 7, { counters: { copy_count: 0n, copy_bytes: 0n } }),
  sampleOf(2_502_010n, 7, { counters: { copy_count: 1n, copy_bytes: 1448n } }),
  { type: 'stats', time: 3_002_000n, instance: 0, receivedBytes: 2n ** 40n, block: run(1, 16) },
  { type: 'continued', time: 3_002_001n, number: 4 },
  { type: 'end', time: 3_002_001n, receivedBytes: 2n ** 40n + 7n, reason: 'interrupted' },
];

export function sampleOf(
  time: bigint,
  instance: number,
  content: Omit<SampleFrame, 'type' | 'time' | 'instance'>,
): SampleFrame {
  return { type: 'sample', time, instance, ...content };
}

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
  return seal(
    frames.map(({ type, payload = [], header = [payload.length, 0] }) =>
      Uint8Array.from([type, ...header, ...payload]),
    ),
  );
}

/** A recording of frames that are bytes from the type on, each with its right checksum. */
export function seal(bodies: readonly Uint8Array[]): Uint8Array {
  const magic = Uint8Array.of(0x89, 0x5a, 0x43, 0x52, 0x58, 0x0d, 0x0a, 0x1a, 1, 0, 0, 0);
  let crc = crc32(magic);
  const parts: Uint8Array[] = [magic, u32(crc)];
  for (const body of bodies) {
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
