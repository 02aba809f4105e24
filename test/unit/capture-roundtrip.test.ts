import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRecordingError,
  RecordingEncoder,
  type RecordingFrame,
  readRecording,
} from '../../src/capture/index.js';
import { record, run, sample, sampleOf, split, start, watched } from './capture-samples.js';

const U64_MAX = 2n ** 64n - 1n;
const u32 = fc.oneof(fc.constantFrom(0, 127, 128, 1023, 1024, 2 ** 31, 2 ** 32 - 1), fc.nat(0xffff_ffff));
const u64 = fc.oneof(
  fc.constantFrom(0n, 127n, 128n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n + 1n, 2n ** 63n, U64_MAX),
  fc.bigInt(0n, U64_MAX),
);
const s32 = fc.oneof(fc.constantFrom(0, -1, -(2 ** 31), 2 ** 31 - 1), fc.integer());
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(0, 127, 128, 4095, 4096).map((length) => run(3, length)),
);
/** Characters of one to four bytes, a byte order mark, and the character that ends strings in C. */
const shortText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '\ufeffbom', 'a\0b', 'x'.repeat(255), `${'é'.repeat(127)}x`, '\u{10ffff}\ufffd'),
);

const u53 = fc.oneof(
  fc.constantFrom(0, 127, 2 ** 49 - 1, 2 ** 49, 2 ** 53 - 1),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
);
const longText = fc.oneof(shortText, fc.constant('y'.repeat(4095)));
const fewInstances = fc.constantFrom(0, 1, 1023, 1024, 2 ** 32 - 1);
const movingU64 = fc.oneof(fc.constantFrom(0n, 5n, 6n, 134n, U64_MAX), u64);
const movingU32 = fc.oneof(fc.constantFrom(0, 5, 6, 134, 2 ** 32 - 1), u32);

/** Frames after the first, with the time since the frame before. */
const later = fc.oneof(
  fc.record({
    type: fc.constant('registered' as const),
    instance: u32,
    ifqReg: bytes,
    eventDesc: bytes,
    regionDesc: bytes,
    areaReg: bytes,
  }),
  fc.record({
    type: fc.constant('completions' as const),
    instance: u32,
    entrySize: fc.constant(16 as const),
    entries: fc.nat(40).map((count) => run(count, 16 * count)),
  }),
  fc.record({
    type: fc.constant('completions' as const),
    instance: u32,
    entrySize: fc.constant(32 as const),
    entries: fc.constantFrom(0, 1, 3000).map((count) => run(9, 32 * count)),
  }),
  // Few instances and few blocks, so that blocks repeat.
  fc.record({
    type: fc.constant('stats' as const),
    instance: fc.constantFrom(0, 1, 1023, 1024, 2 ** 32 - 1),
    receivedBytes: u64,
    block: fc.oneof(fc.constantFrom(run(0, 0), run(1, 16), run(2, 16), run(1, 17)), bytes),
  }),
  fc.record({ type: fc.constant('control' as const), instance: u32, ctrl: bytes, result: s32 }),
  fc.record(
    {
      type: fc.constant('watched' as const),
      instance: fewInstances,
      pid: u32,
      startTime: u64,
      command: shortText,
      fd: u32,
      zcrxId: u32,
      how: fc.constantFrom('own' as const, 'mapped' as const, 'remote' as const),
      regionSize: u53,
      statsOffset: u53,
      rqEntries: u32,
      rxBufLen: u32,
      note: shortText,
    },
    { requiredKeys: ['type', 'instance', 'pid', 'startTime', 'command', 'fd', 'zcrxId', 'how', 'note'] },
  ),
  fc.record({ type: fc.constant('state' as const), instance: u32, state: shortText, reason: longText }),
  fc.record({ type: fc.constant('gone' as const), instance: fewInstances, reason: longText }),
);

/** Samples of few instances with values that stand still, move a little, or do anything. */
const sampled = fc.record(
  {
    type: fc.constant('sample' as const),
    instance: fewInstances,
    counters: fc.record({ copy_count: movingU64, copy_bytes: movingU64 }),
    refill: fc.record({ head: movingU32, tail: movingU32 }),
    receivedBytes: movingU64,
    rxAllocFail: movingU64,
    waitingBytes: movingU64,
    stalled: fc.constantFrom('alloc-fail', 'area-exhausted', 'completions-full', 'slow-consumer'),
  },
  { requiredKeys: ['type', 'instance'] },
);

const recording = fc
  .record({
    first: fc.record({
      toolVersion: shortText,
      kernelRelease: shortText,
      architecture: shortText,
      pageSize: u32,
      revision: fc.constantFrom('v1' as const, 'rc' as const, 'event' as const),
      wallClock: u64,
      note: fc.oneof(shortText, fc.constant('n'.repeat(65535))),
    }),
    middle: fc.array(fc.record({ delta: u64, frame: fc.oneof(later, { arbitrary: sampled, weight: 2 }) }), {
      maxLength: 14,
    }),
    end: fc.option(fc.record({ receivedBytes: u64, reason: shortText })),
  })
  .map(({ first, middle, end }): RecordingFrame[] => {
    let time = 0n;
    const frames: RecordingFrame[] = [{ type: 'start', time, ...first }];
    for (const { delta, frame } of middle) {
      // To the end of the range, and then on the spot.
      time = time + delta > U64_MAX ? U64_MAX : time + delta;
      frames.push({ ...frame, time });
    }
    if (end !== null) frames.push({ type: 'end', time, ...end });
    return frames;
  });

describe('a recording', () => {
  it('reads as what was written', () => {
    fc.assert(
      fc.property(recording, (frames) => {
        const { bytes, ends } = record(frames);
        const read = split([...readRecording(bytes)]);
        // Much faster than `expect` on large arrays, which then says what differs.
        if (!isDeepStrictEqual(read.frames, frames)) expect(read.frames).toEqual(frames);
        expect(read.frames.length).toBe(frames.length);
        expect(read.result).toEqual({
          type: 'result',
          frames: frames.length,
          skipped: 0,
          bytes: ends.at(-1),
          complete: frames.at(-1)!.type === 'end',
        });
      }),
      { numRuns: 300 },
    );
  }, 30_000);

  it('of samples in any order reads as what was written, however little of each is on disk', () => {
    fc.assert(
      fc.property(fc.array(sampled, { minLength: 2, maxLength: 60 }), (samples) => {
        const frames = [start, ...samples.map((one, at): RecordingFrame => ({ ...one, time: BigInt(at) }))];
        const read = split([...readRecording(record(frames).bytes)]);
        if (!isDeepStrictEqual(read.frames, frames)) expect(read.frames).toEqual(frames);
        expect(read.frames.length).toBe(frames.length);
      }),
      { numRuns: 500 },
    );
  }, 30_000);

  it('takes what is unknown as undefined, and reads it as absent', () => {
    const unknown = {
      regionSize: undefined,
      statsOffset: undefined,
      rqEntries: undefined,
      rxBufLen: undefined,
    };
    const unseen = { counters: undefined, refill: undefined, receivedBytes: undefined, stalled: undefined };
    const { bytes } = record([
      start,
      { ...watched[1]!, ...unknown },
      {
        type: 'sample',
        time: watched[1]!.time,
        instance: 0,
        ...unseen,
        rxAllocFail: undefined,
        waitingBytes: 3n,
      },
    ]);
    const { frames } = split([...readRecording(bytes)]);
    expect(frames.map((frame) => Object.keys(frame)).slice(1)).toEqual([
      Object.keys(watched[1]!),
      ['type', 'time', 'instance', 'waitingBytes'],
    ]);
  });

  it('remembers the samples of 65536 instances and no more', () => {
    const frames: RecordingFrame[] = [start];
    for (let instance = 0; instance <= 65_536; instance++)
      frames.push(sampleOf(1n, instance, { receivedBytes: 1n }));
    const again = [0, 65_535, 65_536].map((instance) => sampleOf(2n, instance, { receivedBytes: 1n }));
    const gone: RecordingFrame = { type: 'gone', time: 3n, instance: 9, reason: '' };
    const late = [4n, 5n].map((time) => sampleOf(time, 65_536, { receivedBytes: 1n }));
    frames.push(...again, gone, ...late);
    const { bytes, ends } = record(frames);
    const { frames: read, result } = split([...readRecording(bytes)]);
    expect(isDeepStrictEqual(read, frames)).toBe(true);
    expect(result.damage).toBeUndefined();
    const typeOf = (index: number) => bytes[ends[index]! + 4];
    const from = 1 + 65_537;
    expect([0, 1, 2, 4, 5].map((at) => typeOf(from + at))).toEqual([11, 11, 9, 9, 11]);
  });

  it('takes the largest completion queue in one frame, and bytes of any kind of view', () => {
    const entries = run(1, 65536 * 32);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const view = new Uint8Array(memory.buffer, 100, 16).fill(9);
    const { bytes } = record([
      start,
      { type: 'completions', time: 1n, instance: 0, entrySize: 32, entries },
      { type: 'completions', time: 2n, instance: 0, entrySize: 16, entries: view },
      { type: 'completions', time: 3n, instance: 0, entrySize: 16, entries: Buffer.alloc(16, 8) },
    ]);
    const { frames, result } = split([...readRecording(bytes)]);
    expect(result.damage).toBeUndefined();
    const read = frames.map((frame) => (frame.type === 'completions' ? frame.entries : undefined));
    expect(Buffer.compare(read[1]!, entries)).toBe(0);
    expect(read.slice(2)).toEqual([new Uint8Array(16).fill(9), new Uint8Array(16).fill(8)]);
  });

  it('does not see changes to bytes after they were given', () => {
    const block = Buffer.from(run(1, 16));
    const encoder = new RecordingEncoder();
    const parts: Uint8Array[] = [encoder.header, encoder.encode(start)];
    for (const time of [1n, 2n]) {
      parts.push(encoder.encode({ type: 'stats', time, instance: 0, receivedBytes: time, block }));
      block[0] = 99;
    }
    const { frames } = split([...readRecording(new Uint8Array(Buffer.concat(parts)))]);
    expect(frames.map((frame) => frame.type === 'stats' && frame.block[0])).toEqual([false, 1, 99]);
  });
});

describe('bad input', () => {
  const stats = { type: 'stats', time: 0n, instance: 0, receivedBytes: 0n, block: run(0, 16) };
  const completions = { type: 'completions', time: 0n, instance: 0, entrySize: 16, entries: run(0, 16) };
  const control = { type: 'control', time: 0n, instance: 0, ctrl: run(0, 72), result: 0 };

  it.each<[string, object, string]>([
    [
      'type',
      { ...stats, type: 'statsSame' },
      "field 'type': got 'statsSame', expected one of start, registered, completions, stats, control, end, watched, sample, state, gone, part, continued",
    ],
    [
      'type of Object',
      { ...stats, type: 'toString' },
      "field 'type': got 'toString', expected one of start, registered, completions, stats, control, end, watched, sample, state, gone, part, continued",
    ],
    [
      'time as number',
      { ...stats, time: 5 },
      "stats frame: field 'time': got 5, expected a bigint of 0 (the frame before) to 2^64-1",
    ],
    [
      'time above',
      { ...stats, time: 2n ** 64n },
      "stats frame: field 'time': got 18446744073709551616n, expected a bigint of 0 (the frame before) to 2^64-1",
    ],
    [
      'instance below',
      { ...stats, instance: -1 },
      "stats frame: field 'instance': got -1, expected an integer of 0 to 2^32-1",
    ],
    [
      'instance above',
      { ...stats, instance: 2 ** 32 },
      "stats frame: field 'instance': got 4294967296, expected an integer of 0 to 2^32-1",
    ],
    [
      'instance broken',
      { ...stats, instance: 0.5 },
      "stats frame: field 'instance': got 0.5, expected an integer of 0 to 2^32-1",
    ],
    [
      'receivedBytes as number',
      { ...stats, receivedBytes: 7 },
      "stats frame: field 'receivedBytes': got 7, expected a bigint of 0 to 2^64-1",
    ],
    [
      'receivedBytes below',
      { ...stats, receivedBytes: -1n },
      "stats frame: field 'receivedBytes': got -1n, expected a bigint of 0 to 2^64-1",
    ],
    [
      'block missing',
      { ...stats, block: undefined },
      "stats frame: field 'block': got undefined, expected a Uint8Array of at most 4096 bytes",
    ],
    [
      'block of other elements',
      { ...stats, block: new Uint16Array(8) },
      "stats frame: field 'block': got Uint16Array of 16 bytes, expected a Uint8Array of at most 4096 bytes",
    ],
    [
      'block above',
      { ...stats, block: run(0, 4097) },
      "stats frame: field 'block': got Uint8Array of 4097 bytes, expected a Uint8Array of at most 4096 bytes",
    ],
    [
      'entrySize',
      { ...completions, entrySize: 64 },
      "completions frame: field 'entrySize': got 64, expected one of 16, 32",
    ],
    [
      'entries broken',
      { ...completions, entries: run(0, 24) },
      "completions frame: field 'entries': got Uint8Array of 24 bytes, expected whole entries of 16 bytes",
    ],
    [
      'entries above',
      { ...completions, entries: new Uint8Array(2 ** 21 + 16) },
      "completions frame: field 'entries': got Uint8Array of 2097168 bytes, expected a Uint8Array of at most 2097152 bytes",
    ],
    [
      'result above',
      { ...control, result: 2 ** 31 },
      "control frame: field 'result': got 2147483648, expected an integer of -2^31 to 2^31-1",
    ],
    [
      'result as text',
      { ...control, result: '0' },
      "control frame: field 'result': got '0', expected an integer of -2^31 to 2^31-1",
    ],
    ['second start', start, 'got a second start frame, expected one'],
    [
      'a counter below',
      sampleOf(0n, 0, { counters: { copy_count: 0n, copy_bytes: -1n } }),
      "sample frame: field 'counters.copy_bytes': got -1n, expected a bigint of 0 to 2^64-1",
    ],
    [
      'counters that are none',
      { type: 'sample', time: 0n, instance: 0, counters: null },
      "sample frame: field 'counters': got null, expected an object",
    ],
    [
      'an index above',
      sampleOf(0n, 0, { refill: { head: 0, tail: 2 ** 32 } }),
      "sample frame: field 'refill.tail': got 4294967296, expected an integer of 0 to 2^32-1",
    ],
    [
      'a number where a bigint belongs',
      { type: 'sample', time: 0n, instance: 0, waitingBytes: 4 },
      "sample frame: field 'waitingBytes': got 4, expected a bigint of 0 to 2^64-1",
    ],
    [
      'a reason of its own',
      { type: 'sample', time: 0n, instance: 0, stalled: 'tired' },
      "sample frame: field 'stalled': got 'tired', expected one of alloc-fail, area-exhausted, completions-full, slow-consumer",
    ],
    [
      'how',
      { ...watched[0]!, time: 0n, how: 'guessed' },
      "watched frame: field 'how': got 'guessed', expected one of own, mapped, remote",
    ],
    [
      'an offset that is no whole number',
      { ...watched[0]!, time: 0n, statsOffset: 1.5 },
      "watched frame: field 'statsOffset': got 1.5, expected an integer of 0 to 2^53-1",
    ],
    [
      'a reason above',
      { type: 'gone', time: 0n, instance: 0, reason: 'x'.repeat(4096) },
      "gone frame: field 'reason': got a text of 4096 characters, expected at most 4095 bytes of UTF-8",
    ],
    [
      'lone surrogate',
      { type: 'end', time: 0n, receivedBytes: 0n, reason: 'a\ud800' },
      "end frame: field 'reason': got 'a\ud800', expected a string of whole characters",
    ],
    [
      'text above',
      { type: 'end', time: 0n, receivedBytes: 0n, reason: 'é'.repeat(128) },
      "end frame: field 'reason': got a text of 128 characters, expected at most 255 bytes of UTF-8",
    ],
  ])('%s is one clear error, and leaves the recording as it was', (_, frame, message) => {
    const encoder = new RecordingEncoder();
    const parts: Uint8Array[] = [encoder.header, encoder.encode(start)];
    let error: unknown;
    try {
      encoder.encode(frame as RecordingFrame);
    } catch (thrown) {
      error = thrown;
    }
    expect(isRecordingError(error, 'bad-frame') && error.message).toBe(message);
    for (const good of sample.slice(1)) parts.push(encoder.encode(good));
    expect(new Uint8Array(Buffer.concat(parts))).toEqual(record(sample).bytes);
  });

  it.each<[string, object, string]>([
    ['time', { ...start, time: 1n }, "start frame: field 'time': got 1n, expected 0n"],
    [
      'revision',
      { ...start, revision: 'v2' },
      "start frame: field 'revision': got 'v2', expected one of v1, rc, event",
    ],
    [
      'pageSize',
      { ...start, pageSize: 2 ** 32 },
      "start frame: field 'pageSize': got 4294967296, expected an integer of 0 to 2^32-1",
    ],
    [
      'wallClock',
      { ...start, wallClock: 2n ** 64n },
      "start frame: field 'wallClock': got 18446744073709551616n, expected a bigint of 0 to 2^64-1",
    ],
    [
      'toolVersion',
      { ...start, toolVersion: 'x'.repeat(256) },
      "start frame: field 'toolVersion': got a text of 256 characters, expected at most 255 bytes of UTF-8",
    ],
    [
      'note',
      { ...start, note: 'x'.repeat(65536) },
      "start frame: field 'note': got a text of 65536 characters, expected at most 65535 bytes of UTF-8",
    ],
    [
      'note missing',
      { ...start, note: undefined },
      "start frame: field 'note': got undefined, expected a string of whole characters",
    ],
    ['another type', sample[2]!, 'got a frame of type registered, expected start first'],
  ])('%s of the first frame', (_, frame, message) => {
    expect(() => new RecordingEncoder().encode(frame as RecordingFrame)).toThrow(message);
  });

  it('part and continued out of their place', () => {
    const part = { type: 'part', time: 0n, sequence: 1n, number: 0, repeated: 0 } as const;
    const encoder = new RecordingEncoder();
    encoder.encode(start);
    encoder.encode(part);
    expect(() => encoder.encode(part)).toThrow(
      'got a part frame after others, expected it right after the start frame',
    );
    encoder.encode({ type: 'continued', time: 1n, number: 1 });
    expect(() => encoder.encode(sampleOf(1n, 0, {}))).toThrow(
      'got a frame of type sample after a continued frame, expected end',
    );
    encoder.encode({ type: 'end', time: 1n, receivedBytes: 0n, reason: '' });
  });

  it('time before that of the last frame, and anything after the end', () => {
    const encoder = new RecordingEncoder();
    encoder.encode(start);
    encoder.encode({ type: 'end', time: 10n, receivedBytes: 0n, reason: '' });
    expect(() => encoder.encode(sample.at(-1)!)).toThrow(
      'got a frame of type end after the end frame, expected none',
    );

    const other = new RecordingEncoder();
    other.encode(start);
    other.encode({ ...control, time: 10n } as RecordingFrame);
    expect(() => other.encode({ ...control, time: 9n } as RecordingFrame)).toThrow(
      "control frame: field 'time': got 9n, expected a bigint of 10 (the frame before) to 2^64-1",
    );
  });
});
