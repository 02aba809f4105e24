import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isRecordingError,
  type RecordingError,
  type RecordingFrame,
  type RecordingItem,
  RecordingWriter,
  readRecording,
  readRecordingFile,
} from '../../src/capture/index.js';
import { record, run, sample, split, start } from './capture-samples.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-capture-'));
  path = join(folder, 'run.zcrx');
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (file: string) => split([...readRecording(readFileSync(file))]);

async function collect(items: AsyncIterable<RecordingItem>): Promise<RecordingItem[]> {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
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

const stats = (time: bigint, block = run(1, 16)): RecordingFrame => ({
  type: 'stats',
  time,
  instance: 0,
  receivedBytes: time,
  block,
});

describe('a recording on disk', () => {
  it('holds what the encoder makes, and reads from the file as from memory', async () => {
    const writer = await RecordingWriter.open(path, start);
    for (const frame of sample.slice(1)) writer.append(frame);
    const { bytes } = record(sample);
    expect(writer.size).toBe(bytes.byteLength);
    await writer.close();
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
    expect(await collect(readRecordingFile(path))).toEqual([...readRecording(bytes)]);
    expect(readdirSync(folder)).toEqual(['run.zcrx']);
  });

  it('begins with the start frame before anything is appended', async () => {
    const writer = await RecordingWriter.open(path, start);
    const { frames, result } = read(path);
    expect(frames).toEqual([start]);
    expect(result).toMatchObject({ complete: false, bytes: writer.size });
    expect(result.damage).toBeUndefined();
    await writer.close();
  });

  it.each([
    ['the default interval', undefined, 900],
    ['a shorter one', 50, 400],
  ])('can be read while it grows, with %s', async (_, flushInterval, wait) => {
    const writer = await RecordingWriter.open(
      path,
      start,
      flushInterval === undefined ? {} : { flushInterval },
    );
    for (const time of [1n, 2n]) {
      writer.append(stats(time));
      expect(read(path).frames.length).toBe(Number(time));
      await sleep(wait);
      expect(read(path).frames.length).toBe(Number(time) + 1);
    }
    await writer.close();
  });

  it('is written in the order of the frames, small and large, across many flushes', async () => {
    const writer = await RecordingWriter.open(path, start);
    const frames: RecordingFrame[] = [start];
    for (let n = 1; n <= 3000; n++) {
      // Around the size of a page, where a frame no longer fits the one that is being filled.
      const count = n % 100 === 0 ? 4000 + n : n % 7;
      const entries = new Uint8Array(16 * count).fill(n);
      frames.push({ type: 'completions', time: BigInt(n), instance: 0, entrySize: 16, entries });
      writer.append(frames.at(-1)!);
      if (n % 500 === 0) await writer.flush();
      if (n % 500 === 250) void writer.flush();
    }
    await writer.close();
    expect(Buffer.compare(readFileSync(path), record(frames).bytes)).toBe(0);
  });

  it('closes the file when the loop is left early', async () => {
    writeFileSync(path, record(sample).bytes);
    for await (const item of readRecordingFile(path)) {
      expect(item.type).toBe('start');
      break;
    }
    const open = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(open).not.toContain(path);
  });

  it('is closed once, and takes nothing after that', async () => {
    const writer = await RecordingWriter.open(path, start);
    const closing = writer.close();
    expect(() => writer.append(stats(1n))).toThrow(`cannot record to ${path}: the recording is closed`);
    await closing;
    await writer.close();
    expect(read(path).frames).toEqual([start]);
  });

  it('goes on after a frame that was refused', async () => {
    const writer = await RecordingWriter.open(path, start);
    writer.append(stats(5n));
    expect(() => writer.append(stats(4n))).toThrow("field 'time'");
    writer.append(stats(5n));
    await writer.close();
    expect(read(path).frames).toEqual([start, stats(5n), stats(5n)]);
  });
});

describe('opening', () => {
  it('refuses a path that is taken, unless told otherwise', async () => {
    writeFileSync(path, 'precious');
    const error = await errorOf(RecordingWriter.open(path, start));
    expect([error.code, error.message]).toEqual(['exists', `cannot record to ${path}: the file exists`]);
    expect(readFileSync(path, 'utf8')).toBe('precious');

    const link = join(folder, 'link');
    symlinkSync(path, link);
    const writer = await RecordingWriter.open(link, start, { overwrite: true });
    writer.append(stats(1n));
    await writer.close();
    expect(read(path).frames).toEqual([start, stats(1n)]);
    expect(readlinkSync(link)).toBe(path);
    expect(readdirSync(folder)).toEqual(['link', 'run.zcrx']);
  });

  it('makes no file for a start frame that is refused', async () => {
    const error = await errorOf(RecordingWriter.open(path, { ...start, pageSize: -1 }));
    expect(error.code).toBe('bad-frame');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([0, 1001, Number.NaN])('refuses a flush interval of %d', async (flushInterval) => {
    const error = await errorOf(RecordingWriter.open(path, start, { flushInterval }));
    expect([error.code, error.message]).toEqual([
      'bad-option',
      `flushInterval: got ${flushInterval}, expected 1 to 1000 milliseconds`,
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['no such folder', 'none/run.zcrx', 'ENOENT: no such file or directory'],
    ['a folder', '.', 'EISDIR: illegal operation on a directory'],
    ['a file for a folder', 'file/run.zcrx', 'ENOTDIR: not a directory'],
    ['a full disk', '/dev/full', 'ENOSPC: no space left on device'],
  ])('says what is wrong: %s', async (_, name, reason) => {
    writeFileSync(join(folder, 'file'), '');
    const target = name.startsWith('/') ? name : join(folder, name);
    for (const overwrite of [false, true]) {
      const error = await errorOf(RecordingWriter.open(target, start, { overwrite }));
      expect([error.code, error.message]).toEqual(['write-failed', `cannot record to ${target}: ${reason}`]);
    }
    expect(readdirSync(folder)).toEqual(['file']);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it.each([
    ['no such file', 'none', 'ENOENT: no such file or directory'],
    ['a folder', '.', 'EISDIR: illegal operation on a directory'],
  ])('of a reader says what is wrong: %s', async (_, name, reason) => {
    const error = await errorOf(collect(readRecordingFile(join(folder, name))));
    expect([error.code, error.message]).toEqual([
      'read-failed',
      `cannot read recording ${join(folder, name)}: ${reason}`,
    ]);
  });

  it('of a reader names the file that is no recording', async () => {
    writeFileSync(path, 'text');
    const error = await errorOf(collect(readRecordingFile(path)));
    expect(error.code).toBe('not-a-recording');
    expect(error.message).toContain(path);
  });
});

describe('a recording to a stream', () => {
  it('is the same, and leaves the stream open and without listeners', async () => {
    const stream = new PassThrough();
    const parts: Buffer[] = [];
    stream.on('data', (part) => parts.push(part));
    const listeners = stream.listenerCount('error');
    const writer = await RecordingWriter.open(stream, start);
    for (const frame of sample.slice(1)) writer.append(frame);
    await writer.close();
    expect(stream.writableEnded).toBe(false);
    expect(stream.listenerCount('error')).toBe(listeners);
    stream.end('!');
    await sleep(10);
    expect(
      Buffer.compare(Buffer.concat(parts), Buffer.concat([record(sample).bytes, Buffer.from('!')])),
    ).toBe(0);
  });

  /** A stream that does `act` with the write after those of the file header and the start frame. */
  const failing = (act: (stream: Writable, done: (error?: Error) => void) => void) => {
    let writes = 0;
    return new Writable({
      write(_chunk, _encoding, done) {
        if (writes++ === 0) done();
        else act(this, done);
      },
    });
  };

  it.each<[string, Writable, string]>([
    [
      'fails',
      failing((_, done) => done(new Error('ENOSPC: no space left on device, write'))),
      'ENOSPC: no space left on device',
    ],
    ['is destroyed in the middle', failing((stream) => stream.destroy()), 'the stream was closed'],
  ])('that %s gives one error from every call', async (_, stream, reason) => {
    const writer = await RecordingWriter.open(stream, start);
    writer.append(stats(1n));
    const error = await errorOf(writer.flush());
    expect([error.code, error.message]).toEqual(['write-failed', `cannot record to the stream: ${reason}`]);
    expect(writer.error).toBe(error);
    expect(() => writer.append(stats(2n))).toThrow(error);
    expect(await errorOf(writer.flush())).toBe(error);
    expect(await errorOf(writer.close())).toBe(error);
  });

  it('that has ended is refused', async () => {
    const stream = new PassThrough();
    stream.end();
    const error = await errorOf(RecordingWriter.open(stream, start));
    expect([error.code, error.message]).toEqual([
      'write-failed',
      'cannot record to the stream: write after end',
    ]);
  });

  it('that takes nothing ends the recording before memory does', async () => {
    let release = () => {};
    const stream = failing((_, done) => {
      release = () => done(new Error('too late'));
    });
    const writer = await RecordingWriter.open(stream, start);
    // A write is under way, and fails only after the recording has been given up.
    writer.append(stats(1n));
    await sleep(600);
    const entries = new Uint8Array(65536 * 32);
    let appended = 0;
    const fill = () => {
      for (; appended < 200; appended++) {
        writer.append({ type: 'completions', time: 1n, instance: 0, entrySize: 32, entries });
      }
    };
    expect(fill).toThrow(
      /cannot record to the stream: \d+ bytes wait to be written, expected at most 268435456/,
    );
    expect(appended).toBe(127);
    const first = writer.error;
    expect(isRecordingError(first, 'overrun')).toBe(true);
    await sleep(1);
    release();
    expect(await errorOf(writer.close())).toBe(first);
  });
});
