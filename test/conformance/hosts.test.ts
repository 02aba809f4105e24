import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkWazero } from '../../conformance/tools/wazero.mjs';
import { layout } from './data/definitions.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const HOSTS = ['node', 'chromium', 'wazero', 'wasm2c'];

/** What the command printed, by host. */
function conformance(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file('conformance/run.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const lines = stdout.split('\n').slice(0, -1);
  const counts = lines.map((line) => {
    const [, host = '', passed, failed] = /^(\w+): (\d+) passed, (\d+) failed$/.exec(line) ?? [line];
    return { host, passed: Number(passed), failed: Number(failed) };
  });
  return { status, counts, stderr };
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'zcrx-hosts-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('every host passes the same cases, and C those of its structs as well', () => {
  const { status, counts, stderr } = conformance([]);
  const structs = layout.structs.filter(({ names }) => names.event.length > 0).length;
  const passed = counts[0]?.passed ?? 0;
  expect(counts, stderr).toEqual([
    { host: 'node', passed, failed: 0 },
    { host: 'chromium', passed, failed: 0 },
    { host: 'wazero', passed, failed: 0 },
    { host: 'wasm2c', passed: passed + structs, failed: 0 },
  ]);
  expect(passed).toBeGreaterThanOrEqual(2000);
  expect(status).toBe(0);
});

describe('a host that does not agree says so', () => {
  const CASE = /"returns":"2"/;
  const NAME = 'codec zcrx_stats in event: ffffffffffffffffffffffffffffffff';

  /** The data with one line of codec.json changed. */
  function changedData(name: string, change: (line: string) => string): string {
    const folder = join(scratch, name);
    mkdirSync(folder);
    for (const each of readdirSync(file('conformance')).filter((each) => each.endsWith('.json')))
      cpSync(file(`conformance/${each}`), join(folder, each));
    const codec = join(folder, 'codec.json');
    const lines = readFileSync(codec, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.startsWith(`{"name":"${NAME}`));
    expect(lines[at]).toMatch(CASE);
    lines[at] = change(lines[at]!);
    writeFileSync(codec, lines.join('\n'));
    return folder;
  }

  test('about one digit of a number', () => {
    const data = changedData('digit', (line) => line.replace(CASE, '"returns":"3"'));
    const { status, counts, stderr } = conformance(['--data', data]);
    expect(counts.map(({ host, failed }) => [host, failed])).toEqual(HOSTS.map((host) => [host, 1]));
    for (const host of HOSTS) expect(stderr).toMatch(new RegExp(`^${host}: codec.json: ${NAME}.*3`, 'm'));
    expect(status).toBe(1);
  });

  test('about one digit of the bytes', () => {
    const data = changedData('bytes', (line) => line.replace(/("read":"@\d+","hex":")f/, '$1e'));
    const { counts } = conformance(['--data', data]);
    expect(counts.map(({ host, failed }) => [host, failed])).toEqual(HOSTS.map((host) => [host, 1]));
  });

  test('about one digit of a digest', () => {
    const data = join(scratch, 'digest');
    cpSync(file('conformance/fuzz.json'), join(data, 'fuzz.json'));
    const fuzz = JSON.parse(readFileSync(join(data, 'fuzz.json'), 'utf8'));
    fuzz.digests[41] = '00000000';
    writeFileSync(join(data, 'fuzz.json'), JSON.stringify(fuzz));
    const { counts } = conformance(['--data', data]);
    expect(counts.map(({ host, failed }) => [host, failed])).toEqual(HOSTS.map((host) => [host, 1]));
  });

  test('about an export that there is not', () => {
    const data = changedData('export', (line) => line.replace('"call":"decode"', '"call":"decode_all"'));
    // The page in Chromium runs the same file as Node.
    for (const host of ['node', 'wazero', 'wasm2c']) {
      const { status, stderr } = conformance(['--host', host, '--data', data]);
      expect(stderr).toContain('exports no decode_all');
      expect(status).toBe(1);
    }
  });

  test('about a call that traps, after which others may pass', () => {
    const cases = [
      { name: 'outside', steps: [{ call: 'decode', args: ['0', '2', '4294967280', '@512'] }] },
      { name: 'inside', steps: [{ call: 'decode', args: ['0', '2', '@0', '@512'], returns: '3' }] },
    ];
    const data = mkdtempSync(join(scratch, 'trap-'));
    writeFileSync(join(data, 'trap.json'), JSON.stringify({ format: 1, abi_version: 1, cases }));
    const { counts } = conformance(['--host', 'wazero', '--host', 'wasm2c', '--data', data]);
    expect(counts.map(({ failed }) => failed)).toEqual([1, 1]);
  });
});

test('a host that cannot run here is a failure that says what it needs', () => {
  const { status, counts, stderr } = conformance(['--host', 'chromium', '--host', 'node'], {
    CHROMIUM: '/nowhere/chromium',
  });
  expect(stderr).toBe('chromium: needs chromium (Debian: apt-get install chromium)\n');
  expect(counts.map(({ host }) => host)).toEqual(['node']);
  expect(status).toBe(1);
});

test('no data is a failure', () => {
  const { status, counts } = conformance(['--data', mkdtempSync(join(scratch, 'empty-'))]);
  expect(counts).toEqual(HOSTS.map((host) => ({ host, passed: 0, failed: 0 })));
  expect(status).toBe(1);
});

test('a host that nobody knows is a mistake in the command', () => {
  const { status, stderr } = conformance(['--host', 'deno']);
  expect(stderr).toBe(
    '--host deno: expected one of node, chromium, wazero, wasm2c (--help shows what there is)\n',
  );
  expect(status).toBe(2);
});

test('the program in Go is what gofmt makes of it, and vet has no objection', async () => {
  expect(await checkWazero(mkdtempSync(join(scratch, 'go-')))).toEqual({ unformatted: '', objections: '' });
});

test('every file of a host is short enough to be an example', () => {
  const hosts = file('conformance/hosts');
  const files = readdirSync(hosts, { recursive: true, encoding: 'utf8' })
    .map((name) => join(hosts, name))
    .filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(12);
  for (const path of files)
    expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThanOrEqual(100);
});
