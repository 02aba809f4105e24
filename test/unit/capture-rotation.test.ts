import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CaptureItem,
  type CaptureResult,
  captureFiles,
  isRecordingError,
  type RecordingError,
  type RecordingFrame,
  RecordingWriter,
  RotatingRecorder,
  type RotationOptions,
  readCapture,
  readRecording,
} from '../../src/capture/index.js';
import { record, run, sample, sampleOf, split, start, watched } from './capture-samples.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-rotation-'));
  path = join(folder, 'watch.zcrx');
});

afterEach(() => rmSync(folder, { recursive: true }));

const SECOND = 1_000_000_000n;
const at = (name: string) => join(folder, name);
const part = (number: number) => at(`watch-${String(number).padStart(6, '0')}.zcrx`);
const read = (file: string) => split([...readRecording(readFileSync(file))]);

async function collect(
  files: string | readonly string[],
): Promise<{ items: CaptureItem[]; result: CaptureResult }> {
  const items: CaptureItem[] = [];
  for await (const item of readCapture(files)) items.push(item);
  const result = items.pop();
  if (result?.type !== 'result') throw new Error('no result at the end');
  return { items, result };
}

async function errorOf(promise: Promise<unknown>): Promise<RecordingError> {
  try {
    await promise;
  } catch (error) {
    if (isRecordingError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

type Given = Exclude<RecordingFrame, { type: 'start' | 'part' | 'continued' }>;

/** A day in short: two instances of others and one of our own; one is gone, and its number watched again. */
function* day(samples: number): Generator<Given> {
  const first = { ...watched[0]!, time: 0n, instance: 1 };
  yield {
    type: 'registered',
    time: 0n,
    instance: 0,
    ifqReg: run(1, 96),
    eventDesc: run(2, 96),
    regionDesc: run(3, 64),
    areaReg: run(4, 48),
  };
  yield { ...watched[0]!, time: 0n, instance: 0, how: 'own' };
  yield first;
  yield { ...watched[1]!, time: 1n, instance: 2 };
  yield { type: 'state', time: 1n, instance: 1, state: 'unknown', reason: 'watching began' };
  for (let n = 1; n <= samples; n++) {
    const time = BigInt(n) * 1_000_000n;
    if (n === Math.floor(samples / 2)) {
      yield { type: 'gone', time, instance: 1, reason: 'the process ended' };
      yield { ...first, time, pid: 4712 };
    }
    if (n === 10) yield { type: 'state', time, instance: 2, state: 'copying', reason: 'all of it' };
    yield sampleOf(time, 1, { counters: { copy_count: BigInt(n), copy_bytes: BigInt(n) * 1448n } });
    yield sampleOf(time, 2, { refill: { head: n, tail: n + 4096 }, receivedBytes: BigInt(n) * 4096n });
    yield { type: 'stats', time, instance: 0, receivedBytes: BigInt(n), block: run(n >> 6, 16) };
  }
  yield { type: 'end', time: BigInt(samples) * 1_000_000n + 5n, receivedBytes: 77n, reason: 'interrupted' };
}

/** Records the frames and gives them back. */
async function rotate(frames: Iterable<Given>, options: RotationOptions): Promise<Given[]> {
  const recorder = await RotatingRecorder.open(path, start, options);
  const given: Given[] = [];
  for (const frame of frames) {
    recorder.append(frame);
    given.push(frame);
    // A disk that keeps up: files turn where they should.
    if (given.length % 50 === 0) await recorder.flush();
  }
  await recorder.close();
  return given;
}

describe('a rotated recording', () => {
  it.each<[string, RotationOptions, number]>([
    ['by size', { maxBytes: 8192 }, 10],
    ['by time', { maxSeconds: 0.25 }, 8],
    ['by both', { maxBytes: 16_384, maxSeconds: 0.25 }, 8],
  ])('%s reads as the one that it is', async (_, options, least) => {
    const given = await rotate(day(1990), options);
    const names = readdirSync(folder).sort();
    expect(names.length).toBeGreaterThanOrEqual(least);
    expect(names).toEqual(names.map((__, n) => `watch-${String(n + 1).padStart(6, '0')}.zcrx`));

    const { items, result } = await collect(path);
    expect(items).toEqual([start, ...given]);
    expect(result).toMatchObject({ complete: true, frames: given.length + 1, skipped: 0 });
    expect(result.damage).toBeUndefined();
    expect(result.files.map((file) => file.path)).toEqual(names.map(at));
    // In whatever order they are given.
    expect((await collect(names.map(at).reverse())).items).toEqual(items);
  });

  it('is cut where it was asked for', async () => {
    await rotate(day(1990), { maxBytes: 8192 });
    const sizes = readdirSync(folder).map((name) => statSync(at(name)).size);
    // By size: one frame and the last two more.
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(8192);
    for (const size of sizes) expect(size).toBeLessThan(8192 + 200);

    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await rotate(day(1990), { maxSeconds: 0.25 });
    const lengths = readdirSync(folder).map((name) => read(at(name)).frames.at(-1)!.time);
    for (const length of lengths.slice(0, -1)) expect(length).toBe(250_000_000n);
  });

  it('has files that can be read alone, with a wall clock of their own', async () => {
    await rotate(day(1990), { maxSeconds: 0.25 });
    const files = readdirSync(folder).sort();
    for (const [number, name] of files.entries()) {
      const { frames, result } = read(at(name));
      expect(result).toMatchObject({ complete: true, bytes: statSync(at(name)).size });
      expect(frames[0]).toEqual({ ...start, wallClock: start.wallClock + BigInt(number) * 250_000_000n });
      expect(frames[1]).toMatchObject({ type: 'part', number });
      const end = frames.at(-1)!;
      expect(end).toMatchObject(
        number === files.length - 1
          ? { type: 'end', receivedBytes: 77n, reason: 'interrupted' }
          : { type: 'end', reason: 'continued in the next file' },
      );
      // The samples are whole: nothing in them comes from the file before.
      for (const instance of [1, 2]) {
        const first = frames.find((frame) => frame.type === 'sample' && frame.instance === instance)!;
        const n = Number((first.time + BigInt(number) * 250_000_000n) / 1_000_000n);
        expect(first).toMatchObject(
          instance === 1
            ? { counters: { copy_count: BigInt(n) } }
            : { refill: { head: n, tail: n + 4096 }, receivedBytes: BigInt(n) * 4096n },
        );
      }
    }
    const { frames } = read(part(6));
    const [, head, ...rest] = frames;
    expect(head).toMatchObject({ type: 'part', repeated: 5 });
    expect(rest.slice(0, 6)).toMatchObject([
      { type: 'registered', time: 0n, instance: 0 },
      { type: 'watched', time: 0n, instance: 0 },
      { type: 'watched', time: 0n, instance: 2 },
      { type: 'state', time: 0n, instance: 2, state: 'copying' },
      // Of the instance that took the number of one that is gone nothing was judged yet.
      { type: 'watched', time: 0n, instance: 1, pid: 4712 },
      { type: 'sample', time: 0n, instance: 1 },
    ]);
  });

  it('tells at the end of a file how much was received, as far as is known', async () => {
    await rotate(day(1990), { maxSeconds: 0.25 });
    // Instance 0 tells by its statistics, 2 by its samples; the file ends after the 249th of each.
    expect(read(part(1)).frames.at(-1)).toMatchObject({ type: 'end', receivedBytes: 249n + 249n * 4096n });
  });

  it('keeps the newest files and reads on from the oldest that is left', async () => {
    const given = await rotate(day(1990), { maxSeconds: 0.25, keep: 3 });
    expect(readdirSync(folder).sort()).toEqual([6, 7, 8].map((n) => part(n).slice(folder.length + 1)));
    const { items, result } = await collect(path);
    expect(result.complete).toBe(true);
    const offset = 5n * 250_000_000n;
    const left = given.filter(({ time }) => time >= offset);
    expect(items.slice(-left.length)).toEqual(left.map((frame) => ({ ...frame, time: frame.time - offset })));
    expect(items.slice(0, -left.length).map(({ type }) => type)).toEqual([
      'start',
      'registered',
      'watched',
      'watched',
      'state',
      'watched',
    ]);
  });

  it('never waits for more than two files in memory', async () => {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 4096 });
    const given = [...day(5000)];
    for (const frame of given) recorder.append(frame);
    await recorder.close();
    // Nothing was written while the loop ran: the second file took the rest.
    expect(readdirSync(folder).length).toBe(2);
    expect((await collect(path)).items).toEqual([start, ...given]);
  });

  it('with very many instances does not consist of repetitions', async () => {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 4096 });
    for (let instance = 0; instance < 500; instance++) {
      recorder.append({ ...watched[0]!, time: 0n, instance });
    }
    for (let n = 1; n <= 20_000; n++) {
      recorder.append(sampleOf(BigInt(n), n % 500, {}));
      if (n % 100 === 0) await recorder.flush();
    }
    await recorder.close();
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(2);
    for (const name of files.sort().slice(1, -1)) {
      const { frames } = read(at(name));
      const repeated = (frames[1] as { repeated: number }).repeated;
      expect(statSync(at(name)).size).toBeGreaterThanOrEqual(2 * record(frames).ends[2 + repeated]!);
    }
    const { items, result } = await collect(path);
    expect(items.length).toBe(1 + 500 + 20_000);
    expect(result.complete).toBe(false);
    expect(result.damage).toBeUndefined();
  });

  it('counts its size over all files', async () => {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 4096 });
    for (const frame of day(1000)) {
      recorder.append(frame);
      await recorder.flush();
    }
    await recorder.close();
    const sizes = readdirSync(folder).map((name) => statSync(at(name)).size);
    expect(recorder.size).toBe(sizes.reduce((sum, size) => sum + size));
    expect(recorder.path).toBe(part(sizes.length));
  });
});

describe('files that are already there', () => {
  it('are never overwritten, and go only if they are parts of recordings', async () => {
    await rotate(day(1990), { maxSeconds: 0.25 });
    const old = readdirSync(folder).length;
    // What looks like parts by name only.
    writeFileSync(part(1), 'precious');
    writeFileSync(part(2), record(sample.filter(({ type }) => type !== 'part')).bytes);
    rmSync(part(3));
    symlinkSync(part(8), part(3));
    mkdirSync(part(old + 1));
    writeFileSync(at('watch-9.zcrx'), 'other');
    writeFileSync(at('watch-000001.zcrx.bak'), 'other');

    const given = await rotate(day(490), { maxSeconds: 0.25, keep: 2 });
    expect(readdirSync(folder).sort()).toEqual([
      'watch-000001.zcrx',
      'watch-000001.zcrx.bak',
      'watch-000002.zcrx',
      'watch-000003.zcrx',
      'watch-000009.zcrx',
      'watch-000010.zcrx',
      'watch-000011.zcrx',
      'watch-9.zcrx',
    ]);
    expect(readFileSync(part(1), 'utf8')).toBe('precious');
    expect(given.length).toBeGreaterThan(1000);
    expect(await captureFiles(path)).toEqual([part(10), part(11)]);
  });

  it('of an earlier run come first, after which the recording begins anew', async () => {
    const first = await rotate(day(490), { maxSeconds: 0.25 });
    const later = { ...start, wallClock: start.wallClock + 60n * SECOND };
    const recorder = await RotatingRecorder.open(path, later, { maxSeconds: 1 });
    recorder.append({ ...watched[0]!, time: 5n });
    await recorder.close();
    const { items, result } = await collect(path);
    const count = first.length + 1;
    expect(items.slice(0, count)).toEqual([start, ...first]);
    expect(items.slice(count)).toEqual([
      { type: 'break', time: 60n * SECOND, path: recorder.path, reason: 'another recording begins' },
      { ...later, time: 60n * SECOND },
      { ...watched[0]!, time: 60n * SECOND + 5n },
    ]);
    expect(result.complete).toBe(false);
    expect(result.damage).toBeUndefined();
  });

  it('may be single recordings too', async () => {
    for (const [name, wallClock] of [
      ['b', 100n * SECOND],
      ['a', 0n],
    ] as const) {
      const writer = await RecordingWriter.open(at(name), { ...start, wallClock });
      writer.append({ type: 'end', time: SECOND, receivedBytes: 0n, reason: name });
      await writer.close();
    }
    const { items, result } = await collect([at('b'), at('a')]);
    expect(items.map((item) => item.type !== 'result' && [item.type, item.time])).toEqual([
      ['start', 0n],
      ['end', SECOND],
      ['break', 100n * SECOND],
      ['start', 100n * SECOND],
      ['end', 101n * SECOND],
    ]);
    expect(result.files.map((file) => file.complete)).toEqual([true, true]);

    const alone = await collect(at('a'));
    expect(alone.result).toMatchObject({ complete: true, frames: 2 });
  });
});

describe('a rotated recording with damage', () => {
  /** Files of 0.25 s each, and what was given. */
  const prepare = () => rotate(day(990), { maxSeconds: 0.25 });

  it('goes on with the next file, after a break that says why', async () => {
    const given = await prepare();
    const bytes = readFileSync(part(2));
    bytes[2000]! ^= 4;
    writeFileSync(part(2), bytes);
    const { items, result } = await collect(path);
    const at1 = items.findIndex(({ type }) => type === 'break');
    expect(items.slice(0, at1)).toEqual([start, ...given].slice(0, at1));
    expect(items[at1]).toMatchObject({
      time: 500_000_000n,
      path: part(3),
      reason: expect.stringMatching(/watch-000002\.zcrx is damaged at byte 19\d\d: the frame's checksum is/),
    });
    expect(items[at1 + 1]).toMatchObject({ type: 'start', time: 500_000_000n });
    const rest = given.filter(({ time }) => time >= 500_000_000n);
    expect(items.slice(-rest.length)).toEqual(rest);
    expect(result).toMatchObject({ complete: false, damage: { path: part(2), code: 'checksum' } });
    expect(result.files.map((file) => file.damage?.code)).toEqual([
      undefined,
      'checksum',
      undefined,
      undefined,
    ]);
  });

  it.each<[string, () => void, string]>([
    ['missing', () => rmSync(part(2)), '1 part is missing before FOLDER/watch-000003.zcrx'],
    ['empty', () => truncateSync(part(2)), '1 part is missing before FOLDER/watch-000003.zcrx'],
    [
      'cut inside its start',
      () => truncateSync(part(2), 40),
      '1 part is missing before FOLDER/watch-000003.zcrx',
    ],
    [
      'without its end',
      () => {
        const { bytes, ends } = record(read(part(2)).frames);
        expect(statSync(part(2)).size).toBe(bytes.byteLength);
        truncateSync(part(2), ends.at(-3)!);
      },
      'FOLDER/watch-000002.zcrx has no end: its recorder was killed, or its disk was full',
    ],
  ])('tells of a part that is %s', async (_, damage, reason) => {
    await prepare();
    damage();
    for (const files of [
      path,
      [part(4), part(3), part(2), part(1)].filter((file) => statSync(file, { throwIfNoEntry: false })),
    ]) {
      const { items, result } = await collect(files);
      const breaks = items.filter((item) => item.type === 'break');
      expect(breaks.map((one) => one.reason.replace(folder, 'FOLDER'))).toEqual([reason]);
      expect(result.complete).toBe(false);
    }
  });

  it('whose part claims to repeat more than it does loses no sample', async () => {
    const given = await prepare();
    const frames = read(part(2)).frames.map((frame) =>
      frame.type === 'part' ? { ...frame, repeated: 2 ** 32 - 1 } : frame,
    );
    writeFileSync(part(2), record(frames).bytes);
    expect((await collect(path)).items).toEqual([start, ...given]);
  });

  it('whose last part is missing is not complete', async () => {
    await prepare();
    rmSync(part(4));
    const { items, result } = await collect(path);
    expect(result).toMatchObject({ complete: false });
    expect(result.damage).toBeUndefined();
    expect(items.filter(({ type }) => ['end', 'continued', 'break'].includes(type))).toEqual([]);
  });

  it('cut at every byte of its last file gives the frames before, on one time line', async () => {
    const given = await rotate(day(300), { maxSeconds: 0.25 });
    const { frames } = read(part(2));
    const { bytes, ends } = record(frames);
    expect(Buffer.compare(bytes, readFileSync(part(2)))).toBe(0);
    const before = given.findIndex(({ time }) => time >= 250_000_000n);
    // Start, part, and the frames that are repeated.
    const head = 2 + (frames[1] as { repeated: number }).repeated;
    for (let length = bytes.byteLength - 1; length >= 0; length -= length > 500 ? 7 : 1) {
      truncateSync(part(2), length);
      const whole = ends.filter((end) => end <= length).length - 1;
      const { items, result } = await collect([part(1), part(2)]);
      const news = Math.max(0, whole - head);
      const expected = [start, ...given.slice(0, before + news)];
      // Much faster than `expect`, which then says what differs.
      if (!isDeepStrictEqual(items.slice(0, expected.length), expected)) expect(items).toEqual(expected);
      // Where only the start frame is left, nothing says that the file is a part.
      expect(items.slice(1 + before + news).map(({ type }) => type)).toEqual(
        whole === 1 ? ['break', 'start'] : [],
      );
      expect(result.complete).toBe(false);
      expect(result.damage?.code).toBe(ends.includes(length) ? undefined : 'truncated');
    }
  }, 60_000);

  it.each<[string, () => string[], string, string]>([
    [
      'the same part twice',
      () => {
        writeFileSync(at('copy.zcrx'), readFileSync(part(2)));
        return [part(1), part(2), at('copy.zcrx')];
      },
      'overlap',
      'FOLDER/copy.zcrx tells of the same time as FOLDER/watch-000002.zcrx: they cannot be read as one recording',
    ],
    [
      'recordings of the same time',
      () => {
        writeFileSync(
          at('other.zcrx'),
          record([{ ...start, wallClock: start.wallClock + SECOND / 3n }]).bytes,
        );
        return [path, at('other.zcrx')];
      },
      'overlap',
      'FOLDER/other.zcrx tells of the same time as FOLDER/watch-000004.zcrx: they cannot be read as one recording',
    ],
    [
      'a file that is none',
      () => {
        writeFileSync(at('text'), 'text');
        return [part(1), at('text')];
      },
      'not-a-recording',
      'FOLDER/text is not a zcrx recording: got 74 65 78 74 at its start, expected 89 5a 43 52 58 0d 0a 1a',
    ],
    [
      'a file that is not there',
      () => [part(1), at('none.zcrx')],
      'read-failed',
      'cannot read recording FOLDER/none.zcrx: ENOENT: no such file or directory',
    ],
  ])('refuses %s in one line', async (_, files, code, message) => {
    await prepare();
    const error = await errorOf(collect(files()));
    expect([error.code, error.message.replaceAll(folder, 'FOLDER')]).toEqual([code, message]);
  });
});

describe('opening a rotated recording', () => {
  it.each<[RotationOptions, string]>([
    [{}, 'maxBytes, maxSeconds: got neither, expected at least one of them'],
    [{ maxBytes: 4095 }, 'maxBytes: got 4095, expected 4096 bytes or more'],
    [{ maxBytes: 5000.5 }, 'maxBytes: got 5000.5, expected 4096 bytes or more'],
    [{ maxSeconds: 0 }, 'maxSeconds: got 0, expected more than 0 seconds'],
    [{ maxSeconds: Number.NaN }, 'maxSeconds: got NaN, expected more than 0 seconds'],
    [{ maxBytes: 4096, keep: 0 }, 'keep: got 0, expected 1 file or more'],
    [{ maxBytes: 4096, flushInterval: 1001 }, 'flushInterval: got 1001, expected 1 to 1000 milliseconds'],
  ])('refuses %j', async (options, message) => {
    const error = await errorOf(RotatingRecorder.open(path, start, options));
    expect([error.code, error.message]).toEqual(['bad-option', message]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what is wrong with the folder, and with the start frame', async () => {
    const missing = await errorOf(RotatingRecorder.open(at('none/watch.zcrx'), start, { maxBytes: 4096 }));
    expect(missing.message).toBe(
      `cannot record to ${at('none/watch.zcrx')}: ENOENT: no such file or directory`,
    );
    const bad = await errorOf(RotatingRecorder.open(path, { ...start, pageSize: -1 }, { maxBytes: 4096 }));
    expect(bad.code).toBe('bad-frame');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes no frames that are its own to write, and none after the end', async () => {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 4096 });
    for (const frame of [sample[0]!, sample[1]!, sample.at(-2)!]) {
      expect(() => recorder.append(frame as Given)).toThrow(
        `got a frame of type ${frame.type}, expected one that the caller may add`,
      );
    }
    recorder.append({ type: 'end', time: 9n, receivedBytes: 0n, reason: '' });
    expect(() => recorder.append(sampleOf(10n, 0, {}))).toThrow('after the end frame');
    await recorder.close();
    expect(() => recorder.append(sampleOf(10n, 0, {}))).toThrow('the recording is closed');
    expect(read(part(1)).result.complete).toBe(true);
  });
});
