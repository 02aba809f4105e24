import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorLine, exitStatusOf, OperationError, oneLine, UsageError } from '../../src/cli/errors.js';
import { paintFor, readAll } from '../../src/cli/terminal.js';
import { LayoutError } from '../../src/index.js';
import { zcrx } from './cli-terminal.js';
import { coreOf } from './core-bytes.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const main = join(root, 'dist/src/cli/main.js');

/** Refuses to test a build that is older than its sources. */
function checkBuild(): void {
  const modified = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const folder of ['src/cli', 'src/layout']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const source = join(folder, file);
      const isCurrent = modified(join('dist', source.replace(/\.ts$/, '.js'))) >= modified(source);
      if (!isCurrent) throw new Error(`dist has nothing, or something older, of ${source}: npm run build:ts`);
    }
  }
}

// Each test starts processes, which takes its time on a busy machine.
describe('the built program', { timeout: 60_000 }, () => {
  let folder: string;

  beforeAll(() => {
    checkBuild();
    folder = mkdtempSync(join(tmpdir(), 'zcrx-bin-'));
    // As npm puts it on the path: a link to the file, which is then run by its first line.
    chmodSync(main, 0o755);
    symlinkSync(main, join(folder, 'zcrx'));
    const cqe = (flags: string, more = '') => `2a0000000000000000100000${flags}${more}`;
    const files: Record<string, Uint8Array> = {
      'stats.bin': Buffer.alloc(16, 1),
      'dump.txt': Buffer.from('00'.repeat(96)),
      'arm.bin': Buffer.alloc(72),
      'ring.bin': Buffer.from(cqe('00800000', '00'.repeat(16)) + cqe('00000000'), 'hex'),
      'refill.bin': Buffer.alloc(64 * 16),
      'trace.txt': Buffer.from(
        'io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, {if_idx=1, rq_entries=128}, 1) = -1 EINVAL (Invalid argument)',
      ),
      'core.1234': coreOf([{ start: 0x7ffd0c5a1000n, bytes: new Uint8Array(4096) }]),
      'reg.json': Buffer.from('{"rq_entries": 128, "flags": "ZCRX_REG_NODEV"}'),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a command line of bash in a folder with some files, with zcrx on its path. */
  function bash(line: string, env: Record<string, string> = {}) {
    const { NO_COLOR, FORCE_COLOR, ZCRX_DEBUG, ...rest } = process.env;
    const PATH = `${folder}:${dirname(process.execPath)}:${process.env.PATH}`;
    const result = spawnSync('bash', ['-o', 'pipefail', '-c', line], {
      cwd: folder,
      env: { ...rest, ...env, PATH },
    });
    return { status: result.status, out: result.stdout.toString(), err: result.stderr.toString() };
  }

  test('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(bash('zcrx --version')).toEqual({ status: 0, out: `${version}\n`, err: '' });
  });

  test('encode, decode and encode again, through pipes', () => {
    const fields = `'{"user_data": "18446744073709551615", "type_mask": 2, "flags": 1, "stats_offset": 2176}'`;
    const direct = bash(`zcrx encode zcrx_event_desc ${fields}`);
    const round = `zcrx encode zcrx_event_desc ${fields} -f raw | zcrx decode zcrx_event_desc - --json | zcrx encode zcrx_event_desc -`;
    expect(bash(round)).toEqual(direct);
    expect(direct.out).toMatch(/^f{16}0200000001000000800800{0,1}/);
  });

  test('bad input: one line, exit status 2', () => {
    expect(bash('zcrx decode zcrx_stats 00')).toEqual({
      status: 2,
      out: '',
      err: 'zcrx: zcrx_stats has 16 bytes, got 1\n',
    });
  });

  test('a reader that goes away ends it in silence', () => {
    const { out, err } = bash('zcrx layout --json | head -n 1');
    expect([out, err]).toEqual(['{\n', '']);
    expect(bash('{ zcrx layout --json; echo "status $?" >&2; } | true').err).toBe('status 0\n');
  });

  test('colours only for a terminal, or when they are forced', () => {
    const styled = '\u001b[';
    expect(bash('zcrx layout').out).not.toContain(styled);
    expect(bash('zcrx layout', { FORCE_COLOR: '1' }).out).toContain(styled);
    expect(bash('zcrx layout', { FORCE_COLOR: '1', NO_COLOR: '1' }).out).not.toContain(styled);
  });

  test('ZCRX_DEBUG shows where an error came from', () => {
    expect(bash('zcrx decode zcrx_stats 00', { ZCRX_DEBUG: '1' }).err).toMatch(
      /^zcrx: LayoutError: .*\n +at /,
    );
  });

  test.each(['layout', 'encode', 'decode', 'plan'])('every example in the help of %s works', (command) => {
    const examples = bash(`zcrx ${command} --help`)
      .out.split('Examples:\n')[1]!
      .split('\n')
      .map((line) => line.trim().split(/\s{3,}/)[0] as string)
      .filter((line) => line.includes('zcrx '));
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples.filter((line) => !/\b(jq|xxd)\b/.test(line))) {
      expect({ example, ...bash(example) }).toMatchObject({ status: 0, err: '' });
    }
  });

  test('what is heavy is loaded only by the commands that use it', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, from] of readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'/gm,
      )) {
        if (from?.startsWith('.')) visit(resolve(dirname(file), from));
        else if (from) seen.add(from);
      }
    };
    visit(main);
    const loaded = [...seen].map((file) => relative(join(root, 'dist'), file));
    expect(loaded).toContain('src/evidence/hex.js');
    expect(loaded.filter((file) => /koffi|^bridge\/|^src\/lab\/|^src\/cli\/run\//.test(file))).toEqual([]);
  });
});

describe('the program', () => {
  test.each([
    [[], 'zcrx: no command given; zcrx --help lists them\n'],
    [['decod'], "zcrx: unknown command 'decod' (Did you mean decode?)\n"],
    [['decode', '--jsn'], "zcrx: unknown option '--jsn' (Did you mean --json?)\n"],
    [['--bad'], "zcrx: unknown option '--bad'\n"],
    [['a\nb\u001b[31m'], "zcrx: unknown command 'a b\\u001b[31m'\n"],
  ])('%j: one line, exit status 2', async (args, err) => {
    expect(await zcrx(args)).toMatchObject({ status: 2, out: '', err });
  });

  test('helps', async () => {
    const { status, out, err } = await zcrx(['--help']);
    expect([status, err]).toEqual([0, '']);
    for (const name of ['run', 'probe', 'layout', 'encode', 'decode', 'plan', 'explore', 'lab']) {
      expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
      expect((await zcrx([name, '--help'])).out).toMatch(/Examples:\n {2}.*zcrx /);
    }
  });
});

describe('errors', () => {
  class SyscallError extends Error {
    override readonly name = 'SyscallError';
  }
  class LabError extends Error {
    override readonly name = 'LabError';
    readonly code = 'bad-input';
  }
  const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' });

  test.each([
    ['bad usage', new UsageError('x'), 2, 'zcrx: x'],
    [
      'bad usage that commander found',
      new CommanderError(1, 'commander.x', 'error: x\n(y)'),
      2,
      'zcrx: x (y)',
    ],
    ['bad input', new LayoutError('wrong-length', 'x'), 2, 'zcrx: x'],
    ['bad input of another part', new LabError('x'), 2, 'zcrx: x'],
    ['an operation that failed', new OperationError('x'), 1, 'zcrx: x'],
    ['a system call that failed', new SyscallError('x'), 1, 'zcrx: x'],
    ['a file that failed', missing, 1, 'zcrx: ENOENT: no such file'],
    [
      'a defect',
      new TypeError('x is not a function'),
      1,
      'zcrx: unexpected error: x is not a function (ZCRX_DEBUG=1 shows where it came from)',
    ],
    ['a thrown value', 'x', 1, 'zcrx: unexpected error: x (ZCRX_DEBUG=1 shows where it came from)'],
  ])('%s', (_what, error, status, line) => {
    expect(exitStatusOf(error)).toBe(status);
    expect(errorLine(error)).toBe(line);
  });

  test('help that was asked for is no failure', () => {
    expect(exitStatusOf(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(0);
  });

  test('nothing in a message can steer a terminal, and a long one is cut', () => {
    expect(oneLine(' a\r\n b\u001b[2J\u0007\u009b\u2028\u202ec')).toBe(
      'a b\\u001b[2J\\u0007\\u009b\\u2028\\u202ec',
    );
    expect(errorLine(new UsageError('x'.repeat(5000))).length).toBeLessThan(1100);
  });

  test('with debug the stack is shown', () => {
    expect(errorLine(new UsageError('x'), true)).toMatch(/^zcrx: UsageError: x\n +at /);
  });
});

describe('the terminal', () => {
  test.each([
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['NO_COLOR that is empty', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['a terminal without colours', true, { TERM: 'dumb' }, false],
  ])('colours for %s', (_what, isTerminal, env, colored) => {
    expect(paintFor(isTerminal, env)('bold', 'x')).toBe(colored ? '\u001b[1mx\u001b[22m' : 'x');
  });

  test('input without end is refused', async () => {
    async function* endless() {
      for (;;) yield new Uint8Array(1 << 20);
    }
    await expect(readAll(endless(), 'it')).rejects.toThrow(
      'it has more than 16777216 bytes, expected a few structs',
    );
  });
});
