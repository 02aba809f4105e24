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
import { release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
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

/** The address of a copy of the page. Served it would have the same fragment, which the built program is tested with. */
const addressOf = async (args: readonly string[], input: string | Uint8Array = '') => {
  const { status, out, err } = await zcrx(['explore', '-o', at('page.html'), ...args], input);
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(/^\S+\n$/);
  return out.trim();
};

describe('where the page is', () => {
  test('as JSON, in one document', async () => {
    const file = at('page.html');
    const { status, out } = await zcrx(['explore', '--json', '-o', file, 'zcrx_stats']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual({
      url: `${pathToFileURL(file).href}#view=bytes&struct=zcrx_stats&revision=event`,
      file,
      bytes: statSync(built).size,
    });
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
    [['--raw'], '--raw is for a struct'],
    [['zcrx_stats', '--raw'], '--raw needs @FILE or -'],
    [['zcrx_stats', '--raw', '00'], '--raw is for @FILE or -'],
    [['--serve', '65536'], 'Expected a port of 0 to 65535'],
    [['--serve', '0x50'], 'Expected a port of 0 to 65535'],
    [['--serve', 'zcrx_stats'], 'a struct stands before --serve'],
    [['-o', 'x.html', '--serve'], 'expected --output or --serve'],
    [['-o', 'x.html', '--host', '::1'], 'expected --output or --host'],
    [['-o', '-', '--json'], 'expected no --json beside it'],
    [['-o', '-', '--open'], 'expected no --open beside it'],
    [['-o', '-', 'zcrx_stats'], 'expected no struct beside it'],
    [['-o', '-', '--check', '{}'], 'expected no --check beside it'],
    [['--host', ''], 'host is ""'],
    [['zcrx_stats', '--check', '{}'], 'expected no struct beside --check'],
    [['--kernel', '7.2'], '--kernel is for --check'],
    [['--check', ''], 'the input is empty'],
    [['--check', '{"reg":'], 'JSON'],
    [['--check', '[1]'], 'the JSON is no object'],
    [['--check', '{}'], 'reg, ctrl or query'],
    [['--check', '{"reg":{"nonsense":1}}'], 'io_uring_zcrx_ifq_reg has no field "nonsense"'],
    [['--check', '{"reg":{"area_ptr":18446744073709551616}}'], 'cannot hold 18446744073709551616 exactly'],
    [['--check', '{"reg":{}}', '--kernel', '2.6'], 'kernel is "2.6"'],
    [['--check', 'package.json'], 'to read the file of that name write @package.json'],
    [['--check', '@/nowhere'], 'cannot read "/nowhere"'],
    [
      ['--check', 'io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, {if_idx=1}, 1) = -1 EINVAL'],
      'what strace and gdb print is for zcrx check',
    ],
  ])('%j: one line, exit status 2', async (args, words) => {
    const { status, out, err } = await zcrx(['explore', ...args]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).toMatch(/^zcrx: .*\n$/);
    expect(existsSync('x.html')).toBe(false);
  });
});

describe('a call in the address', () => {
  const CALL = {
    reg: { rq_entries: 100, flags: 'ZCRX_REG_NODEV', area_ptr: '18446744073709547520' },
    setup_flags: ['IORING_SETUP_CQE32'],
  };
  const shown = async (...args: Parameters<typeof addressOf>) => {
    const { view, values } = readFragment(new URL(await addressOf(...args)).hash) ?? {};
    expect(view).toBe('verdict');
    return { kernel: values?.get('kernel'), bundle: JSON.parse(values?.get('bundle') as string) };
  };

  test('as JSON among the arguments, from a file, from standard input', async () => {
    writeFileSync(at('bundle.json'), JSON.stringify(CALL, null, 2));
    for (const [argument, input] of [
      [JSON.stringify(CALL), ''],
      [`@${at('bundle.json')}`, ''],
      ['-', JSON.stringify(CALL)],
    ] as const)
      expect(await shown(['--check', argument], input)).toEqual({ kernel: null, bundle: CALL });
  });

  test('of the kernel that the option names, or the JSON', async () => {
    const own = JSON.stringify({ ...CALL, kernel: '7.3' });
    expect(await shown(['--check', own])).toEqual({ kernel: '7.3', bundle: CALL });
    expect(await shown(['--check', own, '--kernel', '7.2'])).toEqual({ kernel: '7.2', bundle: CALL });
  });

  test.runIf(process.platform === 'linux')('of the running kernel, with what is known of it', async () => {
    const { kernel, bundle } = await shown(['--check', JSON.stringify(CALL), '--kernel', 'running']);
    expect(kernel).toBe(release());
    expect(bundle).toMatchObject({ ...CALL, page_size: expect.any(Number), capable: expect.any(Boolean) });
  });

  test('that is more than an address holds is refused', async () => {
    const bundle = JSON.stringify({ query: Array(2000).fill({ query_op: 1, size: 48, next_entry: 0 }) });
    expect(await zcrx(['explore', '--check', '-'], bundle)).toMatchObject({
      status: 2,
      out: '',
      err: 'zcrx: the structs of this call are more than an address holds: open the page and paste them there\n',
    });
  });

  test('is short, and a person can read it', async () => {
    expect(await addressOf(['--check', '{ "ctrl": {"op": 0}, "nr_args": 1 }', '--kernel', '7.2'])).toMatch(
      /#view=verdict&kernel=7\.2&bundle=\{%22ctrl%22:\{%22op%22:0\},%22nr_args%22:1\}$/,
    );
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

  test('on a port of 127.0.0.1 that is free, without being told to; its address says so', async () => {
    const { place } = await serve([]);
    expect(place).toEqual({
      url: `http://127.0.0.1:${place.port}/`,
      host: '127.0.0.1',
      port: expect.any(Number),
      bytes: statSync(built).size,
    });
    const { port } = (await serve(['--serve', '0'])).place;
    expect(port).not.toBe(place.port);
  });

  test('on another address, if that is asked for', async () => {
    const { place } = await serve(['--host', '::1', '--check', '{"ctrl":{"op":0}}']);
    const origin = `http://[::1]:${place.port}`;
    expect(place.url).toBe(`${origin}/#view=verdict&bundle={%22ctrl%22:{%22op%22:0}}`);
    expect((await fetch(place.url)).status).toBe(200);
  });

  test('on the port that is asked for', async () => {
    const first = await serve([]);
    first.child.kill('SIGINT');
    await first.ended;
    const { place } = await serve(['--serve', String(first.place.port)]);
    expect(place.port).toBe(first.place.port);
  });

  test('the page alone, on 127.0.0.1, with what it may do in the headers', async () => {
    const { place, server } = await serve(['zcrx_stats', hexOf(STATS), '--serve']);
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
    const { server } = await serve(['--serve', '0']);
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

  // The rest of what a request can do is the matter of the server that metrics have as well: metrics-server.test.ts.
  test('connections that end in the middle, and bodies without end, are no matter', async () => {
    const { server } = await serve([]);
    const texts = [
      '',
      'GET',
      'GET / HTTP/1.1\r\n',
      request('GET / HTTP/1.1'),
      request('POST / HTTP/1.1', 'Content-Length: 9'),
    ];
    for (const text of texts) {
      for (let n = 0; n < 20; n++) {
        const socket = await open(server, text);
        if (n % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    const { status, headers, body } = await send(server, request('HEAD / HTTP/1.1'));
    expect([status, headers['content-length'], body]).toEqual([200, String(statSync(built).size), '']);
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
    expect(await zcrx(['explore', '--serve', String(place.port)])).toMatchObject({
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
      const { status, out, err } = await run(
        ['-o', at('page.html'), '--open', 'zcrx_stats', hexOf(STATS)],
        env,
      );
      expect([status, err]).toEqual([0, '']);
      expect(readFileSync(seen, 'utf8')).toBe(`1\n${out}`);
    });

    test.each([
      ['there is none', undefined, 'there is no xdg-open'],
      ['it fails', 'exit 3', 'xdg-open failed'],
    ])('where %s, it says so; the address is told all the same', async (name, script, words) => {
      const env = pathWith('bad', script);
      const { status, out, err } = await run(['-o', at('page.html'), '--open'], env);
      expect([name, status, out]).toEqual([name, 1, `${pathToFileURL(at('page.html')).href}\n`]);
      expect(err).toBe(`zcrx: no browser can be opened here: ${words}; open the address yourself\n`);
      const served = await serve(['--serve', '--open'], env);
      expect((await send(served.server, request('GET / HTTP/1.1'))).status).toBe(200);
      served.child.kill('SIGINT');
      expect(await served.ended).toEqual([0, err]);
    });
  });
});
