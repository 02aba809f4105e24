import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
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
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { explorerPage } from '../../src/cli/explore/page.js';
import { joined } from '../../src/explore/page/bytes/hex-text.js';
import { readEntries } from '../../src/explore/page/bytes/input.js';
import { findChoice } from '../../src/explore/page/bytes/structs.js';
import { readFragment } from '../../src/explore/page/fragment.js';
import { encode } from '../../src/index.js';
import type { Chosen } from '../../src/layout/choose.js';
import type { AbiRevision } from '../../src/layout/revision.js';
import { zcrx } from './cli-terminal.js';
import { DUMPS } from './explore-dumps.js';
import { open, request, send } from './metrics-http.js';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'dist/src/cli/main.js');
const built = join(root, 'dist/explore.html');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-explore-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const STATS = encode('zcrx_stats', { copy_count: 3, copy_bytes: 65_536 });

/** What the page will make of an address: the struct, its revision, and its bytes. */
function shownBy(url: string) {
  const { view, values } = readFragment(new URL(url).hash) ?? {};
  const revision = values?.get('revision') as AbiRevision;
  const chosen = findChoice(values?.get('struct') as string, revision) as Chosen;
  const hex = values?.get('hex');
  const entries = hex ? readEntries(hex, chosen, values?.get('mixed') === '1') : [];
  return { view, name: chosen.name, revision, bytes: joined(entries.map(({ bytes }) => bytes)), entries };
}

const addressOf = async (args: readonly string[], input: string | Uint8Array = '') => {
  const { status, out, err } = await zcrx(['explore', ...args], input);
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(/^\S+\n$/);
  return out.trim();
};

describe('where the page is', () => {
  test('without options the file of the package', async () => {
    const url = await addressOf([]);
    expect(fileURLToPath(url)).toBe(built);
    expect(readFileSync(fileURLToPath(url), 'utf8')).toContain('<title>zcrx explorer</title>');
  });

  test('as JSON, in one document', async () => {
    const { status, out } = await zcrx(['explore', '--json', 'zcrx_stats']);
    expect(status).toBe(0);
    const { url, file, ...more } = JSON.parse(out);
    expect([file, more]).toEqual([built, {}]);
    expect(url).toBe(`${pathToFileURL(built).href}#view=bytes&struct=zcrx_stats&revision=event`);
  });

  test('a missing page, and a file that is none, are one clear line', () => {
    expect(() => explorerPage([at('nowhere.html'), at('else.html')])).toThrow(
      `the explorer's page cannot be read: "${at('nowhere.html')}": no such file or directory; in a checkout npm run build makes it`,
    );
    writeFileSync(at('other.html'), '<p>something');
    expect(() => explorerPage([at('other.html')])).toThrow("is not the explorer's page");
  });
});

describe('a struct in the address', () => {
  test.each(DUMPS)('$form', async ({ struct, text, bytes }) => {
    expect(shownBy(await addressOf([struct, '-'], text))).toMatchObject({
      view: 'bytes',
      name: struct,
      revision: 'event',
      bytes,
    });
  });

  test('hex among the arguments, a file, raw bytes', async () => {
    writeFileSync(at('stats.bin'), STATS);
    for (const args of [[hexOf(STATS)], ['03 00000000000000', '0000010000000000'], [`@${at('stats.bin')}`]])
      expect(shownBy(await addressOf(['zcrx_stats', ...args])).bytes).toEqual(STATS);
    expect(shownBy(await addressOf(['zcrx_stats', '-'], STATS)).bytes).toEqual(STATS);
  });

  test.each([
    [['zcrx_notification_desc'], 'zcrx_notification_desc', 'v1'],
    [['zcrx_event_desc'], 'zcrx_event_desc', 'event'],
    [['zcrx_ctrl'], 'zcrx_ctrl', 'event'],
    [['zcrx_ctrl', '--revision', 'v1'], 'zcrx_ctrl', 'v1'],
    [['zcrx_notification_desc', '-r', 'rc'], 'zcrx_notification_desc', 'rc'],
  ])('%j is %s in revision %s, of zeros', async (args, name, revision) => {
    const url = await addressOf(args);
    expect(shownBy(url)).toMatchObject({ name, revision });
    expect(url).not.toContain('hex=');
  });

  test('several structs, completions of either size, and those of a mixed ring', async () => {
    const small = encode('io_uring_cqe', { user_data: 7n, res: 1, flags: 0 }, { revision: 'event' });
    const big = encode('io_uring_cqe', { user_data: 8n, res: 9, flags: 1 << 15, big_cqe: [1n, 0n] });
    const sizes = async (args: string[], ...parts: Uint8Array[]) =>
      shownBy(await addressOf(['io_uring_cqe', hexOf(joined(parts)), ...args])).entries.map(
        ({ bytes }) => bytes.length,
      );
    expect(await sizes([], small)).toEqual([16]);
    expect(await sizes(['--mixed'], big, small)).toEqual([32, 16]);
    expect(shownBy(await addressOf(['zcrx_stats', hexOf(joined([STATS, STATS]))])).entries).toHaveLength(2);
  });

  test.each([
    [['zcrx_stats', '03'], 'zcrx_stats has 16 bytes, got 1'],
    [['zcrx_stats', '0g'], '"g" is no hex digit'],
    [['zcrx_statz'], 'no struct is called "zcrx_statz"'],
    [['zcrx_event_desc', '-r', 'v1'], 'v1'],
    [['zcrx_stats', '@/nowhere'], 'cannot read "/nowhere"'],
    [['zcrx_stats', '00'.repeat(16 * 2500)], '40000 bytes are more than an address holds'],
    [['zcrx_stats', '--mixed', '00'], '--mixed is for io_uring_cqe, not zcrx_stats'],
    [['io_uring_cqe', '--mixed'], '--mixed needs the bytes'],
    [['--mixed'], '--mixed is for a struct'],
    [['-r', 'v1'], '--revision is for a struct'],
    [['--port', '65536'], 'Expected a port of 0 to 65535'],
    [['--port', 'x'], 'Expected a whole number'],
    [['-o', 'x.html', '--serve'], 'expected --output or --serve'],
    [['-o', 'x.html', '--host', '::1'], 'expected --output or --serve'],
    [['-o', '-', '--json'], 'expected no --json beside it'],
    [['-o', '-', '--open'], 'expected no --open beside it'],
    [['-o', '-', 'zcrx_stats'], 'expected no struct beside it'],
    [['--host', ''], 'host is ""'],
  ])('%j: one line, exit status 2', async (args, words) => {
    const { status, out, err } = await zcrx(['explore', ...args]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).toMatch(/^zcrx: .*\n$/);
    expect(existsSync('x.html')).toBe(false);
  });
});

describe('a copy of the page', () => {
  const page = () => readFileSync(built, 'utf8');

  test('is written to a file, whose address is told; what was there is replaced at once', async () => {
    const file = at('a page.html');
    writeFileSync(file, 'old');
    const url = await addressOf(['-o', file, 'zcrx_stats']);
    expect(url).toBe(`${pathToFileURL(file).href}#view=bytes&struct=zcrx_stats&revision=event`);
    expect(readFileSync(file, 'utf8')).toBe(page());
    expect(readdirSync(folder).filter((name) => name.startsWith('.zcrx'))).toEqual([]);
  });

  test('goes to standard output, and nothing else does', async () => {
    expect(await zcrx(['explore', '-o', '-'])).toMatchObject({ status: 0, out: page(), err: '' });
  });

  test('not into a folder, nor where there is none', async () => {
    expect(await zcrx(['explore', '-o', folder])).toMatchObject({ status: 2, out: '' });
    const { status, out, err } = await zcrx(['explore', '-o', at('no/where.html')]);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('cannot write');
  });
});

describe('served by the built program', { timeout: 60_000 }, () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  /** Starts it, and waits for its address. */
  async function serve(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    if (statSync(main).mtimeMs < statSync(join(root, 'src/cli/main.ts')).mtimeMs)
      throw new Error('dist is older than its sources: npm run build');
    const child = spawn(process.execPath, [main, 'explore', '--json', ...args], { env });
    running.push(child);
    const errors: string[] = [];
    child.stderr.on('data', (chunk) => errors.push(`${chunk}`));
    const ended = new Promise<[number | null, string]>((done) =>
      child.once('close', (status) => done([status, errors.join('')])),
    );
    const line = await new Promise<string>((done, failed) => {
      child.stdout.once('data', (chunk) => done(`${chunk}`));
      void ended.then(([status, err]) => failed(new Error(`ended with ${status}: ${err}`)));
    });
    const place = JSON.parse(line) as { url: string; host: string; port: number };
    return { child, ended, place, server: place };
  }

  test('the page alone, on 127.0.0.1, with what it may do in the headers', async () => {
    const { place, server } = await serve(['--serve', 'zcrx_stats', hexOf(STATS)]);
    expect(place.host).toBe('127.0.0.1');
    expect(shownBy(place.url)).toMatchObject({ name: 'zcrx_stats', bytes: STATS });
    const { status, headers, body } = await send(server, request('GET / HTTP/1.1'));
    expect([status, body]).toEqual([200, readFileSync(built, 'utf8')]);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(body)?.[1];
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': `${policy}; frame-ancestors 'none'`,
    });
  });

  test('anything else is not found or not allowed', async () => {
    const { server } = await serve(['--port', '0']);
    for (const [line, expected] of [
      ['GET /?a=1 HTTP/1.1', 200],
      ['HEAD / HTTP/1.1', 200],
      ['GET /explore.html HTTP/1.1', 404],
      ['GET /../package.json HTTP/1.1', 404],
      ['GET /favicon.ico HTTP/1.1', 404],
      ['POST / HTTP/1.1', 405],
      ['DELETE / HTTP/1.1', 405],
      ['CONNECT x:443 HTTP/1.1', 405],
      ['\u0016\u0003\u0001', 400],
    ] as const)
      expect([line, (await send(server, request(line))).status]).toEqual([line, expected]);
    expect((await send(server, request('GET / HTTP/1.1', `X: ${'x'.repeat(9000)}`))).status).toBe(431);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with 0, whoever is connected', async (signal) => {
    const { child, ended, server } = await serve(['--serve']);
    const socket = await open(server, 'GET / HTTP/1.1\r\n');
    child.kill(signal);
    expect(await ended).toEqual([0, '']);
    socket.destroy();
  });

  test('a port that is taken, and an address of another machine, are one line', async () => {
    const { place } = await serve(['--serve']);
    expect(await zcrx(['explore', '--port', String(place.port)])).toMatchObject({
      status: 1,
      out: '',
      err: `zcrx: the explorer cannot be served at 127.0.0.1:${place.port}: another program serves there already: take another port, or end that program\n`,
    });
    const { status, err } = await zcrx(['explore', '--host', '192.0.2.1']);
    expect([status, err]).toEqual([
      1,
      'zcrx: the explorer cannot be served at 192.0.2.1:0: this machine has no such address\n',
    ]);
  });

  describe.runIf(process.platform === 'linux')('with --open', () => {
    /** A path on which xdg-open does what it is told, or is not there. */
    function pathWith(name: string, script?: string): NodeJS.ProcessEnv {
      const bin = mkdtempSync(at(`${name}-`));
      symlinkSync('/bin/sh', join(bin, 'sh'));
      if (script !== undefined) {
        writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\n${script}\n`);
        chmodSync(join(bin, 'xdg-open'), 0o755);
      }
      return { ...process.env, PATH: bin };
    }

    async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
      const child = spawn(process.execPath, [main, 'explore', ...args], { env });
      running.push(child);
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      const status = await new Promise((done) => child.once('close', done));
      return { status, out, err };
    }

    test('a browser is given the address as one word', async () => {
      const seen = at('seen');
      const env = pathWith('good', `printf '%s\\n' "$#" "$1" > ${seen}`);
      const { status, out, err } = await run(['--open', 'zcrx_stats', hexOf(STATS)], env);
      expect([status, err]).toEqual([0, '']);
      expect(readFileSync(seen, 'utf8')).toBe(`1\n${out}`);
    });

    test.each([
      ['there is none', undefined, 'there is no xdg-open'],
      ['it fails', 'exit 3', 'xdg-open failed'],
    ])('where %s, it says so; the address is told all the same', async (name, script, words) => {
      const env = pathWith('bad', script);
      const { status, out, err } = await run(['--open'], env);
      expect([name, status, out]).toEqual([name, 1, `${pathToFileURL(built).href}\n`]);
      expect(err).toBe(`zcrx: no browser can be opened here: ${words}; open the address yourself\n`);
      const served = await serve(['--serve', '--open'], env);
      expect((await send(served.server, request('GET / HTTP/1.1'))).status).toBe(200);
      served.child.kill('SIGINT');
      expect(await served.ended).toEqual([0, err]);
    });
  });
});
