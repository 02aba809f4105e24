/** What only a process of its own can show: being killed, its memory, its limits, its rights. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaptureResult, readCapture, readRecording } from '../../src/capture/index.js';
import { split } from './capture-samples.js';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

/** The recorder and the reader as programs; `act` says which. */
const PROGRAM = `
import { writeSync } from 'node:fs';
import { RecordingWriter, RotatingRecorder, readCapture, readRecordingFile } from './dist/src/capture/index.js';
const [act, path] = process.argv.slice(2);
const start = { toolVersion: '1', kernelRelease: '7.3.4', architecture: 'x86_64', pageSize: 4096, revision: 'event', wallClock: 0n, note: '' };
const block = new Uint8Array(16);
const tryOpen = (options) =>
  RecordingWriter.open(path, start, options).catch((error) => writeSync(1, error.code + ': ' + error.message));
const acts = {
  create: () => tryOpen({}),
  replace: () => tryOpen({ overwrite: true }),
  async tick() {
    const writer = await RecordingWriter.open(path, start);
    const began = process.hrtime.bigint();
    setInterval(() => {
      const time = process.hrtime.bigint() - began;
      writer.append({ type: 'stats', time, instance: 0, receivedBytes: time, block });
      writeSync(1, time + '\\n');
    }, 1);
  },
  async fill() {
    const writer = await RecordingWriter.open(path, start);
    const errors = [];
    for (let n = 1n; errors.length < 2 && n < 100_000n; n++) {
      try {
        writer.append({ type: 'stats', time: n, instance: 0, receivedBytes: n, block });
        if (n % 100n === 0n) await writer.flush();
      } catch (error) { errors.push(error); }
    }
    await writer.close().catch((error) => errors.push(error));
    writeSync(1, JSON.stringify({ message: errors[0].message, code: errors[0].code, same: errors.every((error) => error === errors[0]) }));
  },
  async rotate() {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 16384, maxSeconds: 0.7 });
    const began = process.hrtime.bigint();
    const watched = { type: 'watched', time: 0n, pid: 1, startTime: 2n, command: 'service', fd: 3, zcrxId: 0, how: 'mapped', note: '' };
    for (let instance = 0; instance < 4; instance++) recorder.append({ ...watched, instance });
    let n = 0;
    setInterval(() => {
      const time = process.hrtime.bigint() - began;
      for (let instance = 0; instance < 4; instance++) {
        recorder.append({ type: 'sample', time, instance, refill: { head: n, tail: n + 4096 }, receivedBytes: time });
      }
      n++;
      writeSync(1, time + '\\n');
    }, 1);
  },
  async rotateFull() {
    const recorder = await RotatingRecorder.open(path, start, { maxSeconds: 1 }).catch((error) => error);
    if (recorder instanceof Error) return writeSync(1, recorder.code + ': ' + recorder.message);
    const errors = [];
    let taken = 0;
    for (let n = 1n; errors.length < 2 && n < 1_000_000n; n++) {
      try {
        // Files of 99, 1000 and as many samples as there is room for.
        const time = n < 100n ? n * 10_000_000n : n < 1100n ? 1_000_000_000n + n * 900_000n : 3_000_000_000n + n;
        recorder.append({ type: 'sample', time, instance: 0, receivedBytes: n });
        taken++;
        if (n % 100n === 0n) await recorder.flush();
      } catch (error) { errors.push(error); }
    }
    await recorder.close().catch((error) => errors.push(error));
    writeSync(1, JSON.stringify({ message: errors[0].message, code: errors[0].code, same: errors.every((error) => error === errors[0]), taken }));
  },
  async largeRotated() {
    const recorder = await RotatingRecorder.open(path, start, { maxBytes: 16 << 20 });
    const entries = new Uint8Array(65536 * 32);
    for (let n = 1n; n <= 135n; n++) {
      recorder.append({ type: 'completions', time: n, instance: 0, entrySize: 32, entries });
      await recorder.flush();
    }
    for (let n = 136n; n <= 200_135n; n++) recorder.append({ type: 'sample', time: n, instance: 0, receivedBytes: n });
    await recorder.close();
  },
  async countCapture() {
    let frames = 0;
    for await (const item of readCapture(path)) if (item.type !== 'result') frames++;
    writeSync(1, JSON.stringify({ frames, peak: process.resourceUsage().maxRSS * 1024 }));
  },
  async once() {
    const writer = await RecordingWriter.open(path, start);
    for (let n = 1n; n <= 3000n; n++) writer.append({ type: 'stats', time: n, instance: 0, receivedBytes: n, block });
    await writer.close().catch((error) => writeSync(1, error.code + ': ' + error.message));
  },
  async open() {
    // Root may write everywhere.
    if (process.getuid() === 0) process.seteuid(65534);
    await tryOpen({});
  },
  async large() {
    const writer = await RecordingWriter.open(path, start);
    const entries = new Uint8Array(65536 * 32);
    for (let n = 1n; n <= 135n; n++) {
      writer.append({ type: 'completions', time: n, instance: 0, entrySize: 32, entries });
      await writer.flush();
    }
    for (let n = 136n; n <= 50_135n; n++) writer.append({ type: 'stats', time: n, instance: 0, receivedBytes: n, block });
    await writer.close();
  },
  async count() {
    let frames = 0;
    for await (const item of readRecordingFile(path)) if (item.type !== 'result') frames++;
    writeSync(1, JSON.stringify({ frames, peak: process.resourceUsage().maxRSS * 1024 }));
  },
};
await acts[act]();
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-capture-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rootDir: root,
        outDir: join(folder, 'dist'),
        declaration: false,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [join(root, 'src/capture')],
    }),
  );
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
}, 30_000);

afterAll(() => rmSync(folder, { recursive: true }));

const program = () => join(folder, 'program.js');
const runProgram = (...args: string[]) =>
  execFileSync(process.execPath, [program(), ...args], { encoding: 'utf8' });
const at = (name: string) => join(folder, name);

/** As {@link runProgram}, where no file may have more than `blocks` blocks: it stands for a disk that is full. */
function runWithin(blocks: number, ...args: string[]): string {
  // Without the trap the limit would be a signal, and no error.
  const script = `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
  return execFileSync('sh', ['-c', script, 'sh', process.execPath, program(), ...args], { encoding: 'utf8' });
}

describe('a recorder', () => {
  it('that is killed has lost at most the last second', async () => {
    const path = at('killed.zcrx');
    const child = spawn(process.execPath, [program(), 'tick', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      // Long enough for several flushes, and in the middle between two.
      if (BigInt(text.split('\n').at(-2) ?? 0) > 2_250_000_000n) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');

    const appended = output.split('\n').slice(0, -1).map(BigInt);
    const { frames, result } = split([...readRecording(readFileSync(path))]);
    const times = frames.slice(1).map(({ time }) => time);
    expect(times.length).toBeGreaterThan(100);
    expect(times).toEqual(appended.slice(0, times.length));
    expect(appended.at(-1)! - times.at(-1)!).toBeLessThan(1_000_000_000n);
    expect(result.complete).toBe(false);
    expect(['truncated', undefined]).toContain(result.damage?.code);
  }, 15_000);

  it('that is killed while it changes files has lost at most the last second, on one time line', async () => {
    mkdirSync(at('rotated'));
    const path = at('rotated/watch.zcrx');
    const child = spawn(process.execPath, [program(), 'rotate', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (BigInt(text.split('\n').at(-2) ?? 0) > 3_250_000_000n) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(at('rotated')).length).toBeGreaterThan(4);

    const appended = output.split('\n').slice(0, -1).map(BigInt);
    const times: bigint[] = [];
    let result: CaptureResult | undefined;
    for await (const item of readCapture(path)) {
      if (item.type === 'result') result = item;
      else if (item.type === 'sample' && item.instance === 3) {
        expect(item.receivedBytes).toBe(item.time);
        expect(item.refill).toEqual({ head: times.length, tail: times.length + 4096 });
        times.push(item.time);
      } else expect(['start', 'watched', 'sample']).toContain(item.type);
    }
    expect(times.length).toBeGreaterThan(300);
    expect(times).toEqual(appended.slice(0, times.length));
    expect(appended.at(-1)! - times.at(-1)!).toBeLessThan(1_000_000_000n);
    expect(result?.complete).toBe(false);
    expect(['truncated', undefined]).toContain(result?.damage?.code);
    // All files but the last are whole.
    expect(result?.files.slice(0, -1).every(({ complete }) => complete)).toBe(true);
  }, 20_000);

  it('whose disk is full in a later file gives one error, and all before it is good', async () => {
    mkdirSync(at('rotated-full'));
    const path = at('rotated-full/watch.zcrx');
    const { taken, ...error } = JSON.parse(runWithin(64, 'rotateFull', path));
    const last = at('rotated-full/watch-000003.zcrx');
    expect(error).toEqual({
      code: 'write-failed',
      message: `cannot record to ${last}: EFBIG: file too large`,
      same: true,
    });
    expect([32768, 65536]).toContain(statSync(last).size);
    let received = 0n;
    for await (const item of readCapture(path)) {
      if (item.type === 'sample') expect(item.receivedBytes).toBe(++received);
      else if (item.type === 'result')
        expect(item.files.map(({ complete }) => complete)).toEqual([true, true, false]);
      else expect(item.type).toBe('start');
    }
    // What was given and is not there was given after the file was full.
    expect(received).toBeGreaterThan(3000n);
    expect(BigInt(taken) - received).toBeLessThan(1000n);
  });

  it('whose disk is full from the start leaves no file of a rotated recording', () => {
    mkdirSync(at('rotated-none'));
    const path = at('rotated-none/watch.zcrx');
    expect(runWithin(0, 'rotateFull', path)).toBe(
      `write-failed: cannot record to ${at('rotated-none/watch-000001.zcrx')}: EFBIG: file too large`,
    );
    expect(readdirSync(at('rotated-none'))).toEqual([]);
  });

  it('whose disk is full gives one error, and the file is good up to there', () => {
    const path = at('full.zcrx');
    expect(JSON.parse(runWithin(64, 'fill', path))).toEqual({
      code: 'write-failed',
      message: `cannot record to ${path}: EFBIG: file too large`,
      same: true,
    });
    const bytes = readFileSync(path);
    expect([32768, 65536]).toContain(bytes.byteLength);
    const { frames, result } = split([...readRecording(bytes)]);
    expect(frames.length).toBeGreaterThan(1900);
    expect(frames.map(({ time }) => time)).toEqual(frames.map((_, n) => BigInt(n)));
    expect(bytes.byteLength - result.bytes).toBeLessThan(64);
  });

  it('says so too where a part of the last write still fits', () => {
    const path = at('part.zcrx');
    expect(runWithin(32, 'once', path)).toBe(`write-failed: cannot record to ${path}: EFBIG: file too large`);
    expect([16384, 32768]).toContain(statSync(path).size);
  });

  it('that cannot write its first bytes leaves nothing, and what it was to replace as it was', () => {
    mkdirSync(at('small'));
    const path = at('small/run.zcrx');
    const message = `write-failed: cannot record to ${path}: EFBIG: file too large`;
    expect(runWithin(0, 'create', path)).toBe(message);
    expect(readdirSync(at('small'))).toEqual([]);

    writeFileSync(path, 'precious');
    expect(runWithin(0, 'replace', path)).toBe(message);
    expect(readdirSync(at('small'))).toEqual(['run.zcrx']);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('without the right to write there says so, and leaves nothing', () => {
    mkdirSync(at('locked'));
    chmodSync(at('locked'), 0o555);
    const path = at('locked/run.zcrx');
    expect(runProgram('open', path)).toBe(
      `write-failed: cannot record to ${path}: EACCES: permission denied`,
    );
    expect(readdirSync(at('locked'))).toEqual([]);
  });
});

describe('a reader', () => {
  it('of a large file needs little memory', () => {
    const path = at('large.zcrx');
    runProgram('large', path);
    const { size } = statSync(path);
    expect(size).toBeGreaterThan(256 * 1024 * 1024);
    const { frames, peak } = JSON.parse(runProgram('count', path));
    expect(frames).toBe(1 + 135 + 50_000);
    expect(peak).toBeLessThan(size / 2);
  }, 30_000);

  it('of a rotated recording needs no more', () => {
    mkdirSync(at('rotated-large'));
    const path = at('rotated-large/watch.zcrx');
    runProgram('largeRotated', path);
    const size = readdirSync(at('rotated-large'))
      .map((name) => statSync(at(join('rotated-large', name))).size)
      .reduce((sum, one) => sum + one);
    expect(size).toBeGreaterThan(256 * 1024 * 1024);
    const { frames, peak } = JSON.parse(runProgram('countCapture', path));
    expect(frames).toBe(1 + 135 + 200_000);
    expect(peak).toBeLessThan(size / 2);
  }, 30_000);
});
