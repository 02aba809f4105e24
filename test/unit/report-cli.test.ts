import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { zcrx } from './cli-terminal.js';
import { bytesOf, end, MS, ownRun, SECOND, sample, start, watched } from './report-samples.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const GOOD = bytesOf(ownRun());

beforeEach(() => {
  writeFileSync(at('run.zcrx'), GOOD);
  writeFileSync(at('cut.zcrx'), GOOD.subarray(0, GOOD.length - 700));
  writeFileSync(at('open.zcrx'), bytesOf(ownRun().slice(0, -1)));
});

describe('what it prints', () => {
  test('text, by default', async () => {
    const { status, out, err } = await zcrx(['report', at('run.zcrx')]);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('zcrx 0 without a device');
    expect((await zcrx(['report', '--text', at('run.zcrx')])).out).toBe(out);
  });

  test('one JSON document', async () => {
    const { status, out } = await zcrx(['report', '--json', at('run.zcrx')]);
    expect(status).toBe(0);
    expect(JSON.parse(out).instances[0].counters.copy_count.increase).toBe('8000');
  });

  test('standard input, as the file', async () => {
    const piped = await zcrx(['report', '--json', '-'], GOOD);
    const document = JSON.parse(piped.out);
    expect(document.files).toMatchObject([{ name: 'standard input', complete: true }]);
    const { out } = await zcrx(['report', '--json', at('run.zcrx')]);
    expect(document.instances).toEqual(JSON.parse(out).instances);
  });

  test('CSV of the buckets, and with --every of seconds, with the same sums', async () => {
    const rows = async (...options: string[]) => {
      const { status, out } = await zcrx(['report', '--csv', ...options, at('run.zcrx')]);
      expect(status).toBe(0);
      const [header, ...lines] = out.trimEnd().split('\n');
      const columns = header!.split(',');
      return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
    };
    const sum = (all: { [column: string]: string }[], name: string) =>
      all.reduce((total, row) => total + Number(row[name]), 0);
    const fine = await rows();
    const seconds = await rows('--every', '1');
    expect([fine.length, seconds.length]).toEqual([101, 11]);
    for (const name of ['received_bytes', 'copy_bytes', 'copy_count', 'samples', 'copy_events'])
      expect(sum(seconds, name)).toBe(sum(fine, name));
    expect(sum(fine, 'copy_count')).toBe(8000);
    expect(seconds[5]).toMatchObject({ samples: '10', copy_count: '1000', copy_count_per_second: '1000' });
  });

  test('several files are one report, in whatever order they are named', async () => {
    const part = (from: bigint, copies: bigint) => [
      { ...start, wallClock: start.wallClock + from },
      watched(0n),
      sample(MS, { counters: { copy_count: copies, copy_bytes: copies } }),
      sample(SECOND, { counters: { copy_count: copies + 10n, copy_bytes: copies } }),
      end(2n * SECOND),
    ];
    writeFileSync(at('a.zcrx'), bytesOf(part(0n, 0n)));
    writeFileSync(at('b.zcrx'), bytesOf(part(100n * SECOND, 15n)));
    const { out } = await zcrx(['report', '--json', at('b.zcrx'), at('a.zcrx')]);
    const document = JSON.parse(out);
    expect(document.instances).toHaveLength(1);
    expect(document.instances[0].counters.copy_count.increase).toBe('25');
    expect(document.to_ns).toBe('102000000000');
    expect(document.problems.join(' ')).toContain('another recording begins');
  });
});

describe('--output', () => {
  test('writes a page, whole and at once, and prints nothing', async () => {
    writeFileSync(at('page.html'), 'the old page');
    const before = statSync(at('page.html')).ino;
    const { status, out, err } = await zcrx(['report', at('run.zcrx'), '--output', at('page.html')]);
    expect([status, out, err]).toEqual([0, '', '']);
    expect(readFileSync(at('page.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    // Replaced, not written into: who had it open goes on reading the old one.
    expect(statSync(at('page.html')).ino).not.toBe(before);
    expect(readdirSync(folder).filter((name) => name.startsWith('.zcrx'))).toEqual([]);
  });

  test('with --text prints it too; - is standard output', async () => {
    const both = await zcrx(['report', at('run.zcrx'), '-o', at('page.html'), '--text']);
    expect(both.out).toContain('zcrx 0 without a device');
    const { out } = await zcrx(['report', at('run.zcrx'), '-o', '-']);
    expect(out).toBe(readFileSync(at('page.html'), 'utf8'));
  });

  test('never replaces the recording, by whatever name', async () => {
    symlinkSync(at('run.zcrx'), at('link.html'));
    for (const name of ['run.zcrx', 'link.html', './run.zcrx']) {
      const { status, err } = await zcrx(['report', at('run.zcrx'), '-o', join(folder, name)]);
      expect(status).toBe(2);
      expect(err).toMatch(/^zcrx: .* is the recording itself, expected another file for the page\n$/);
    }
    expect(readFileSync(at('run.zcrx')).equals(GOOD)).toBe(true);
  });

  test('a device stays a device', async () => {
    const { status } = await zcrx(['report', at('run.zcrx'), '-o', '/dev/null']);
    expect(status).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test.each([
    ['/no/such/folder/page.html', 1, /^zcrx: cannot write .*no such file or directory\n$/],
    [tmpdir(), 2, /^zcrx: .* is a folder, expected a file for the page\n$/],
  ])('%s', async (path, expected, message) => {
    const { status, err } = await zcrx(['report', at('run.zcrx'), '-o', path]);
    expect(status).toBe(expected);
    expect(err).toMatch(message);
  });
});

describe('recordings that are not whole', () => {
  test('damaged: the report of what is before it, one line, status 1', async () => {
    const { status, out, err } = await zcrx(['report', at('cut.zcrx'), '-o', at('cut.html'), '--text']);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^zcrx: .*cut\.zcrx is damaged at byte \d+: the file ends .*; the report ends there\n$/,
    );
    expect(out).toContain('zcrx 0 without a device');
    expect(out).toMatch(/^! .*cut\.zcrx/m);
    expect(readFileSync(at('cut.html'), 'utf8')).toMatch(/id="problems"><li>[^<]* is damaged at byte \d+/);
  });

  test('without an end: a report, a line, status 0', async () => {
    const { status, out, err } = await zcrx(['report', at('open.zcrx')]);
    expect(status).toBe(0);
    expect(err).toMatch(/^zcrx: .*open\.zcrx has no end: its recorder was killed.*\n$/);
    expect(out).toContain('has no end');
  });

  test.each<[string, string | Uint8Array, number, RegExp]>([
    ['no recording', 'hello, world, this is text', 2, /^zcrx: .* is not a zcrx recording.*\n$/],
    ['nothing', '', 1, /^zcrx: .*there is nothing to report\n$/],
    ['a beginning', GOOD.subarray(0, 20), 1, /^zcrx: .*damaged at byte 16.*there is nothing to report\n$/],
  ])('%s: one line, nothing printed', async (_, bytes, expected, message) => {
    writeFileSync(at('bad.zcrx'), bytes);
    for (const args of [
      [at('bad.zcrx')],
      ['--json', at('bad.zcrx')],
      ['-o', at('bad.html'), at('bad.zcrx')],
    ]) {
      const { status, out, err } = await zcrx(['report', ...args]);
      expect([status, out]).toEqual([expected, '']);
      expect(err).toMatch(message);
    }
    expect(readdirSync(folder)).not.toContain('bad.html');
  });
});

test.each<[string[], RegExp]>([
  [['report'], /missing required argument 'file'/],
  [['report', 'a', '--json', '--csv'], /'--json' cannot be used with option '--csv'/],
  [['report', 'a', '--text', '--json'], /cannot be used with option/],
  [['report', 'a', '--every', '1'], /--every is for --csv/],
  [['report', 'a', '--csv', '--every', 'soon'], /Expected a time/],
  [['report', 'a', '--csv', '--every', '0'], /Expected a time/],
  [['report', 'a', '--csv', '--every', '1', '-o', 'b'], /--every gives its lines while it reads/],
  [['report', '-', 'a'], /- is one recording/],
  [['report', 'a', '-o', '-', '--json'], /--output - takes standard output/],
])('%j is refused in one line', async (args, message) => {
  const { status, out, err } = await zcrx(args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

test('a reader that goes away ends it in silence', { timeout: 60_000 }, () => {
  const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
  const line = `'${process.execPath}' '${main}' report --csv --every 0.001 '${at('run.zcrx')}' | head -n 1`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  expect(stdout).toMatch(/^instance,name,from_s/);
  expect(stderr).toBe('');
});
