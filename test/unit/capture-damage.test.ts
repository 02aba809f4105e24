import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  isRecordingError,
  RecordingDecoder,
  type RecordingError,
  type RecordingFrame,
  readRecording,
  readRecordingChunks,
} from '../../src/capture/index.js';
import { mutate, randomOf } from './capture-mutations.js';
import {
  forge,
  record,
  run,
  START_PAYLOAD,
  sample,
  sampleOf,
  seal,
  split,
  start,
  watched,
} from './capture-samples.js';

const { bytes, ends } = record(sample);
const read = (recording: Uint8Array) => split([...readRecording(recording)]);

function errorOf(action: () => unknown): RecordingError {
  try {
    action();
  } catch (error) {
    if (isRecordingError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('a cut recording', () => {
  it('reads as the whole frames before the cut, at every length', () => {
    for (let length = 0; length <= bytes.byteLength; length++) {
      const { frames, result } = read(bytes.slice(0, length));
      const whole = ends.filter((end) => end <= length).length - 1;
      expect(frames).toEqual(sample.slice(0, Math.max(whole, 0)));
      expect(result.complete).toBe(length === bytes.byteLength);
      const boundary = ends[whole] ?? 0;
      expect(result.bytes).toBe(boundary);
      if (length === boundary && length > 0) {
        expect(result.damage).toBeUndefined();
      } else {
        const where = whole < 0 ? 'file header' : 'frame';
        expect(result.damage).toEqual({
          offset: boundary,
          code: 'truncated',
          reason: `the file ends ${length - boundary} bytes into a ${where}`,
        });
      }
    }
  }, 30_000);

  it('reads the same in pieces of any size', async () => {
    for (const size of [1, 2, 7, 16, 100, bytes.byteLength]) {
      const pieces = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const items = [];
      for await (const item of readRecordingChunks(pieces)) items.push(item);
      expect(split(items).frames).toEqual(sample);
      expect(split(items).result).toEqual({
        type: 'result',
        frames: sample.length,
        skipped: 0,
        bytes: bytes.byteLength,
        complete: true,
      });
    }
  });
});

describe('a large frame', () => {
  it('in very small pieces takes no longer than its size', async () => {
    const frames = [
      start,
      { type: 'completions', time: 1n, instance: 0, entrySize: 32, entries: run(1, 65536 * 32) },
    ] as const;
    const large = record(frames).bytes;
    function* pieces() {
      for (let at = 0; at < large.byteLength; at += 32) yield large.subarray(at, at + 32);
    }
    const items = [];
    for await (const item of readRecordingChunks(pieces())) items.push(item);
    expect(isDeepStrictEqual(split(items).frames, frames)).toBe(true);
  });
});

describe('a changed byte', () => {
  it('never changes a frame that is given out', () => {
    let tried = 0;
    for (let at = 0; at < bytes.byteLength; at++) {
      // Every single bit, and two values that mean something to a reader of lengths.
      for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 0xff, bytes[at]!].filter((x) => x !== 0)) {
        const mutated = bytes.slice();
        mutated[at]! ^= change;
        tried++;
        if (at < 12) {
          expect(errorOf(() => read(mutated)).code).toBe(at < 8 ? 'not-a-recording' : 'unsupported-version');
          continue;
        }
        const { frames, result } = read(mutated);
        const good = at < 16 ? 0 : ends.findLastIndex((end) => end <= at);
        // Much faster than `expect`, which then says what differs.
        if (!isDeepStrictEqual(frames, sample.slice(0, good))) expect(frames).toEqual(sample.slice(0, good));
        expect(frames.length).toBe(good);
        expect(result.damage?.offset).toBe(at < 16 ? 0 : ends[good]);
        expect(result.complete).toBe(false);
      }
    }
    expect(tried).toBeGreaterThan(7000);
  }, 30_000);

  it('is found also where a frame is taken out, doubled or put elsewhere', () => {
    const frame = (n: number) => bytes.subarray(ends[n - 1], ends[n]);
    const rest = (from: number) => bytes.subarray(ends[from - 1]);
    const head = bytes.subarray(0, ends[3]);
    for (const tail of [[rest(5)], [frame(4), frame(4), rest(5)], [frame(5), frame(4), rest(6)]]) {
      const { frames, result } = read(new Uint8Array(Buffer.concat([head, ...tail])));
      expect(frames.length).toBeLessThan(5);
      expect(frames).toEqual(sample.slice(0, frames.length));
      expect(result.damage?.code).toBe('checksum');
    }
  });

  it('reads a hole of zeros as damage', () => {
    const { frames, result } = read(
      new Uint8Array(Buffer.concat([bytes.subarray(0, ends[3]), new Uint8Array(4096)])),
    );
    expect(frames).toEqual(sample.slice(0, 3));
    expect(result.damage).toMatchObject({ offset: ends[3], code: 'checksum' });
  });
});

/** Another recording that begins as the sample does, and goes on with samples. */
const other: readonly RecordingFrame[] = [
  ...sample.slice(0, 12),
  { ...watched[0]!, time: 3_000_000n, instance: 1 },
  ...Array.from({ length: 40 }, (_, at) =>
    sampleOf(3_000_000n + BigInt(at >> 2) * 1_000_000n, at & 3, {
      counters: { copy_count: BigInt(at >> 4), copy_bytes: BigInt(at >> 4) * 1448n },
      refill: { head: at * 17, tail: at * 17 + 4000 },
    }),
  ),
  { type: 'end', time: 20_000_000n, receivedBytes: 0n, reason: 'interrupted' },
];

/** The only thing that reading may throw, and then in one line. */
function readOrRefuse(recording: Uint8Array): ReturnType<typeof split> | undefined {
  try {
    return read(recording);
  } catch (error) {
    if (!isRecordingError(error) || error.message.includes('\n')) throw error;
    return undefined;
  }
}

describe('a mutated recording', () => {
  const originals = [sample, other].map((frames) => ({ frames, ...record(frames) }));

  it('is read up to the damage or refused, 100,000 times: no number is given out that was not written', () => {
    const random = randomOf(20_260_731);
    const tally = { refused: 0, damaged: 0, cut: 0, whole: 0, frames: 0 };
    for (let n = 0; n < 100_000; n++) {
      const original = originals[n & 1]!;
      const mutated = mutate(original.bytes, original.ends, originals[~n & 1]!.bytes, random);
      const outcome = readOrRefuse(mutated);
      if (outcome === undefined) {
        tally.refused++;
        continue;
      }
      const { frames, result } = outcome;
      // Where the beginning of one was put before the end of the other, at the same place, it is the other.
      const source = originals.find((one) =>
        frames.every((frame, at) => isDeepStrictEqual(frame, one.frames[at])),
      );
      if (source === undefined) expect({ n, frames }).toEqual({ n, frames: original.frames });
      expect(result.bytes === 0 ? 16 : result.bytes).toBe(source!.ends[frames.length]);
      expect(result.frames).toBe(frames.length);
      expect(result.damage?.reason ?? '').not.toContain('\n');
      if (result.damage?.code === 'truncated') tally.cut++;
      else if (result.damage) tally.damaged++;
      else tally.whole++;
      tally.frames += frames.length;
    }
    // That the mutations are neither all fatal nor all harmless.
    expect(tally.refused).toBeGreaterThan(1000);
    expect(tally.damaged).toBeGreaterThan(50_000);
    expect(tally.cut).toBeGreaterThan(1000);
    expect(tally.frames).toBeGreaterThan(500_000);
  }, 120_000);

  it('is read within the ranges of its fields, or not, also where the checksums are right', () => {
    const random = randomOf(7);
    const tally = { read: 0, content: 0, order: 0, header: 0 };
    for (let n = 0; n < 20_000; n++) {
      const { bytes: whole, ends: at } = originals[n & 1]!;
      const bodies = at.slice(1).map((end, index) => whole.slice(at[index]! + 4, end));
      // Mostly inside of one frame; now and then frames in another order.
      const hit = 1 + random(bodies.length - 1);
      if (random(4) === 0) bodies.splice(random(bodies.length), 0, ...bodies.splice(hit, 1 + random(3)));
      else bodies[hit]![random(bodies[hit]!.byteLength)]! ^= 1 << random(8);
      const outcome = readOrRefuse(seal(bodies));
      if (outcome === undefined) continue;
      const { frames, result } = outcome;
      tally.read += frames.length;
      if (result.damage?.code === 'content') tally.content++;
      if (result.damage?.code === 'order') tally.order++;
      if (result.damage?.code === 'header') tally.header++;
      // The writer takes nothing that is out of range or out of place.
      if (frames.length > 0) record(frames);
    }
    expect(tally.read).toBeGreaterThan(400_000);
    for (const count of [tally.content, tally.order]) expect(count).toBeGreaterThan(1000);
  }, 120_000);
});

describe('what is not of this version', () => {
  it('passes over frames of unknown types, and keeps their time', () => {
    const recording = forge([
      { type: 1, payload: START_PAYLOAD },
      { type: 200, payload: [1, 2, 3], header: [3, 50] },
      { type: 255 },
      { type: 5 + 2, payload: [9, 0, 0, 0, 0, 0, 0, 0, 0], header: [9, 4] },
    ]);
    const { frames, result } = read(recording);
    expect(frames.map(({ type, time }) => [type, time])).toEqual([
      ['start', 0n],
      ['end', 54n],
    ]);
    expect(result).toEqual({
      type: 'result',
      frames: 2,
      skipped: 2,
      bytes: recording.byteLength,
      complete: true,
    });
  });

  it.each([
    [2, 'run.zcrx has recording format version 2, expected 1'],
    [0, 'run.zcrx has recording format version 0, expected 1'],
    [0xffff_ffff, 'run.zcrx has recording format version 4294967295, expected 1'],
  ])('refuses version %d', (version, message) => {
    const other = bytes.slice();
    new DataView(other.buffer).setUint32(8, version, true);
    const error = errorOf(() => [...readRecording(other, 'run.zcrx')]);
    expect([error.code, error.message]).toEqual(['unsupported-version', message]);
  });

  it.each([
    ['an ELF file', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0], '7f 45 4c 46 02 01 01 00'],
    [
      'a recording after a text transfer',
      [0x89, 0x5a, 0x43, 0x52, 0x58, 0x0a, 0x1a, 1],
      '89 5a 43 52 58 0a 1a 01',
    ],
    ['one wrong byte', [0x90], '90'],
  ])('refuses %s', (_, content, found) => {
    const error = errorOf(() => read(Uint8Array.from(content)));
    expect(error.code).toBe('not-a-recording');
    expect(error.message).toBe(
      `recording is not a zcrx recording: got ${found} at its start, expected 89 5a 43 52 58 0d 0a 1a`,
    );
  });
});

describe('hostile content with right checksums', () => {
  const first = { type: 1, payload: START_PAYLOAD };
  const long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  it.each([
    [
      'length above the limit',
      { type: 7, header: [0x81, 0x80, 0x80, 0x02, 0] },
      'header',
      /4194305.*at most 4194304/,
    ],
    ['length of 2^64-1', { type: 7, header: [...long, 0x01, 0] }, 'header', /18446744073709551615/],
    ['length without an end', { type: 7, header: [...long, 0xff, 0] }, 'header', /without an end/],
    ['length in a long form', { type: 200, header: [0x80, 0x00, 0] }, 'header', /length/],
    ['time above 64 bits', { type: 200, header: [0, ...long, 0x02] }, 'header', /time/],
    ['time in a long form', { type: 200, header: [0, 0x80, 0x00] }, 'header', /time/],
    ['a second start', first, 'order', /got a frame of type start, expected one start frame/],
    ['repeated statistics of nothing', { type: 5, payload: [9, 0] }, 'order', /instance 9/],
    ['a field longer than the frame', { type: 6, payload: [0, 72, 1, 2] }, 'content', /control frame/],
    ['a struct above the limit', { type: 6, payload: [0, 0x81, 0x20] }, 'content', /4097n.*at most 4096/],
    [
      'entries above the limit',
      { type: 3, payload: [0, 16, 0x81, 0x80, 0x80, 0x01] },
      'content',
      /at most 2097152/,
    ],
    [
      'bytes after the last field',
      { type: 5, payload: [0, 0, 0] },
      'content',
      /the fields take 2 bytes, expected 3/,
    ],
    ['no bytes at all', { type: 7, payload: [] }, 'content', /end frame/],
    [
      'text that is not UTF-8',
      { type: 7, payload: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff] },
      'content',
      /end frame/,
    ],
    [
      'an unknown entry size',
      { type: 3, payload: [0, 17, 0] },
      'content',
      /entrySize|got 17, expected one of 16, 32/,
    ],
    ['a part of an entry', { type: 3, payload: [0, 16, 1, 0] }, 'content', /'entries'.*whole entries of 16/],
    [
      'an instance above 32 bits',
      { type: 5, payload: [0x80, 0x80, 0x80, 0x80, 0x10, 0] },
      'content',
      /2\^32-1/,
    ],
    ['a number above 64 bits', { type: 4, payload: [0, ...long, 0x02, 0] }, 'content', /at most 64 bits/],
    ['a sample with fields that are none', { type: 9, payload: [0, 64] }, 'content', /got 64, expected bits/],
    [
      'a change of fields that are none',
      { type: 10, payload: [0, 0x80] },
      'content',
      /got 128, expected bits/,
    ],
    [
      'a standstill for no reason',
      { type: 9, payload: [0, 32, 0] },
      'content',
      /the code of a reason, 1 to 4/,
    ],
    ['a standstill for an unknown reason', { type: 9, payload: [0, 32, 5] }, 'content', /a code of 0 to 4/],
    ['a change of nothing', { type: 10, payload: [3, 0] }, 'order', /sampleChange frame of instance 3/],
    ['a repetition of nothing', { type: 11, payload: [3] }, 'order', /sampleSame frame of instance 3/],
    [
      'a field neither known nor unknown',
      { type: 8, payload: [0, 1, 0, 0, 3, 0, 2, 2] },
      'content',
      /got 2, expected 0 \(unknown\) or 1/,
    ],
    [
      'an unknown way to watch',
      { type: 8, payload: [0, 1, 0, 0, 3, 0, 4] },
      'content',
      /got 4, expected one of 1, 2, 3/,
    ],
    [
      'an offset above 53 bits',
      { type: 8, payload: [0, 1, 0, 0, 3, 0, 2, 1, ...long.slice(0, 7), 0x10] },
      'content',
      /2\^53-1/,
    ],
    ['a number in a long form', { type: 5, payload: [0x80, 0x00, 0] }, 'content', /shortest form/],
  ])('%s', (_, frame, code, reason) => {
    // What follows would make a frame that is too short read over its end.
    const recording = forge([first, frame, { type: 200, payload: new Array(100).fill(0) }]);
    const { frames, result } = read(recording);
    expect(frames.map(({ type }) => type)).toEqual(['start']);
    expect(result.damage).toMatchObject({ offset: 16 + 4 + 3 + START_PAYLOAD.length, code });
    expect(result.damage?.reason).toMatch(reason);
    expect(result.complete).toBe(false);
  });

  it('a time that goes above 64 bits by a sum', () => {
    const { frames, result } = read(
      forge([
        first,
        { type: 200, header: [0, ...long, 0x01] },
        { type: 5 + 2, payload: new Array(9).fill(0), header: [9, 1] },
      ]),
    );
    expect(frames.length).toBe(1);
    expect(result).toMatchObject({ skipped: 1, damage: { code: 'header' } });
    expect(result.damage?.reason).toBe('the time of the frame does not fit 64 bits');
  });

  it('a change of a field that the last sample has not, or after the instance is gone', () => {
    for (const [frame, reason] of [
      [{ type: 10, payload: [0, 2, 1, 1] }, /changes fields \(bits 2\)/],
      [{ type: 13, payload: [0, 0] }, undefined],
      [{ type: 8, payload: [0, 1, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0] }, undefined],
    ] as const) {
      const { frames, result } = read(
        forge([first, { type: 9, payload: [0, 1, 5, 5] }, frame, { type: 11, payload: [0] }]),
      );
      expect(frames.length).toBe(reason === undefined ? 3 : 2);
      expect(result.damage).toMatchObject({ code: 'order' });
      expect(result.damage?.reason).toMatch(reason ?? /expected a sample frame before it/);
    }
  });

  it('part and continued out of their place', () => {
    const part = { type: 14, payload: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
    const sampled = { type: 9, payload: [0, 0] };
    const outcome = (...frames: Parameters<typeof forge>[0][number][]) => {
      const { frames: good, result } = read(forge([first, ...frames]));
      return [good.length, result.damage?.code, result.damage?.reason];
    };
    expect(outcome(part, sampled)).toEqual([3, undefined, undefined]);
    const misplaced = 'got a frame of type part, expected it right after the start frame';
    expect(outcome(part, part)).toEqual([2, 'order', misplaced]);
    expect(outcome(sampled, part)).toEqual([2, 'order', misplaced]);
    expect(outcome({ type: 200 }, part)).toEqual([1, 'order', misplaced]);
    const end = { type: 7, payload: [0, 0, 0, 0, 0, 0, 0, 0, 0] };
    expect(outcome({ type: 15, payload: [1] }, { type: 200 }, end)).toEqual([3, undefined, undefined]);
    expect(outcome({ type: 15, payload: [1] }, sampled)).toEqual([
      2,
      'order',
      'got a frame of type sample, expected end after a continued frame',
    ]);
  });

  it('a repetition for an instance that is not remembered', () => {
    const { frames, result } = read(
      forge([first, { type: 4, payload: [0x80, 0x08, 0, 1, 7] }, { type: 5, payload: [0x80, 0x08, 0] }]),
    );
    expect(frames.map(({ type }) => type)).toEqual(['start', 'stats']);
    expect(result.damage).toMatchObject({ code: 'order' });
  });

  it.each([[7], [200]])('a recording that begins with type %d', (type) => {
    const { frames, result } = read(forge([{ type, payload: [0] }]));
    expect(frames).toEqual([]);
    expect(result.damage).toMatchObject({ offset: 16, code: 'order' });
  });

  it('a revision that is not known', () => {
    const { frames, result } = read(forge([{ type: 1, payload: START_PAYLOAD.with(4, 4) }]));
    expect(frames).toEqual([]);
    expect(result.damage).toMatchObject({ offset: 16, code: 'content' });
    expect(result.damage?.reason).toContain('got 4, expected one of 1, 2, 3');
  });

  it('bytes after the end frame, in the same piece or a later one', () => {
    for (const extra of [bytes.subarray(ends[3], ends[4]), Uint8Array.of(0)]) {
      const whole = new Uint8Array(Buffer.concat([bytes, extra]));
      for (const at of [bytes.byteLength, whole.byteLength]) {
        const decoder = new RecordingDecoder();
        const frames = [];
        for (const piece of [whole.subarray(0, at), whole.subarray(at)]) {
          decoder.push(piece);
          for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame);
        }
        expect(frames).toEqual(sample);
        expect(decoder.finish()).toMatchObject({
          complete: true,
          damage: { offset: bytes.byteLength, code: 'order', reason: 'bytes after the end frame' },
        });
      }
    }
  });

  it('asks the source for no more once damage is found', async () => {
    let asked = 0;
    async function* endless() {
      yield forge([first, { type: 7, header: [...long, 0x01, 0] }]);
      for (;;) {
        asked++;
        yield new Uint8Array(1000);
      }
    }
    const items = [];
    for await (const item of readRecordingChunks(endless())) items.push(item);
    expect(split(items).result.damage?.code).toBe('header');
    expect(asked).toBe(0);
  });
});

describe('frames given out', () => {
  it('belong to the caller: changing one changes no other', () => {
    const frames = [];
    const { bytes: recording } = record([
      start,
      ...[1n, 2n, 3n].map((time) => ({
        type: 'stats' as const,
        time,
        instance: 0,
        receivedBytes: 0n,
        block: run(7, 16),
      })),
    ]);
    for (const item of readRecording(recording)) {
      if (item.type !== 'stats') continue;
      frames.push([...item.block]);
      item.block.fill(0);
    }
    expect(frames).toEqual([1, 2, 3].map(() => [...run(7, 16)]));
  });
});
