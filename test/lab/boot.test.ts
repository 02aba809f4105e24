import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cacheDirectory,
  isLabError,
  type LabError,
  type RunOptions,
  runInKernel,
} from '../../src/lab/index.js';
import { describeScenarios, outcomeOf, runScenarios } from './guest.js';

const KERNEL = '7.3';
const TIMEOUT_MS = 120_000;

await describeScenarios(KERNEL, ['boot.js']);

describe('the command', { timeout: TIMEOUT_MS }, () => {
  test('gets its words, its environment and its folder unchanged', async () => {
    const words = [
      'plain',
      '',
      ' two  spaces ',
      '"',
      "it's",
      "'''",
      '$HOME `id` $(id)',
      '\\',
      'a\nb\n',
      '*',
      '-n',
      'é✓',
    ];
    const env = { EMPTY: '', 'odd-name.1': '\n"$x\'', SPACES: '  a  b  ', PATH: '/usr/bin:/bin' };
    const script = 'console.log(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))';
    const run = await runInKernel({
      kernel: KERNEL,
      argv: ['node', '-e', script, '--', ...words],
      env,
      cwd: '/proc',
    });
    expect(run.stderr.toString()).toBe('');
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stdout.toString())).toEqual([
      words,
      { HOME: '/root', USER: 'root', ...env },
      '/proc',
    ]);
    expect(run.kernelRelease).toMatch(/^7\.3\./);
    expect(run.kernelRelease).toBe(run.kernel.release);
  });

  test('has its two outputs apart, in full, byte for byte, and its files brought back', async () => {
    const size = 300_001;
    const script = `
      const { writeFileSync, mkdirSync } = require('node:fs');
      const bytes = (step) => Buffer.alloc(${size}).map((_, i) => i * step + (i >> 8));
      mkdirSync('/tmp/results/deep', { recursive: true });
      writeFileSync('/tmp/results/deep/bytes', bytes(3));
      writeFileSync('/tmp/results/empty', '');
      process.stdout.write(bytes(1));
      process.stderr.write(bytes(5));`;
    const fetch = ['/tmp/results', '/nowhere', '/etc/hosts'];
    const run = await runInKernel({ kernel: KERNEL, argv: ['node', '-e', script], fetch });
    const bytes = (step: number): Uint8Array => Buffer.alloc(size).map((_, i) => i * step + (i >> 8));
    expect(run.stdout.equals(bytes(1))).toBe(true);
    expect(run.stderr.equals(bytes(5))).toBe(true);
    expect([...run.files.keys()].sort()).toEqual([
      '/etc/hosts',
      '/tmp/results/deep/bytes',
      '/tmp/results/empty',
    ]);
    expect(run.files.get('/tmp/results/deep/bytes')!.equals(bytes(3))).toBe(true);
    expect(run.files.get('/tmp/results/empty')).toHaveLength(0);
  });

  test.for<[string, string[], Pick<Awaited<ReturnType<typeof runInKernel>>, 'status' | 'signal'>]>([
    ['status', ['sh', '-c', 'exit 137'], { status: 137, signal: undefined }],
    ['signal', ['sh', '-c', 'kill -SEGV $$'], { status: null, signal: 'SIGSEGV' }],
    ['absence', ['no-such-command'], { status: 127, signal: undefined }],
  ])('ends with its own %s', async ([, argv, expected]) => {
    const { status, signal } = await runInKernel({ kernel: KERNEL, argv });
    expect({ status, signal }).toEqual(expected);
  });

  test('has nothing but busybox and the extras in a bare guest', async () => {
    const run = await runInKernel({
      kernel: KERNEL,
      bare: true,
      argv: [
        'sh',
        '-c',
        'for f in node_modules usr/bin/node lab/it; do [ -e /$f ] && echo $f; done; mount | wc -l',
      ],
      extra: [{ data: '', to: '/lab/it' }],
    });
    expect(run.stdout.toString()).toMatch(/^lab\/it\n\d+\n$/);
  });

  test('is heard while it runs, and what it leaves behind does not hold the guest up', async () => {
    const heard: { text: string; at: number }[] = [];
    const script = 'sleep 1000 & echo one; sleep 1; echo two; sleep 1; printf three';
    const run = await runInKernel({
      kernel: KERNEL,
      argv: ['sh', '-c', script],
      onStdout: (chunk) => heard.push({ text: chunk.toString(), at: performance.now() }),
    });
    expect(heard.map(({ text }) => text)).toEqual(['one\n', 'two\n', 'three']);
    expect(heard[1]!.at - heard[0]!.at).toBeGreaterThan(800);
    expect(heard[2]!.at - heard[1]!.at).toBeGreaterThan(800);
    expect(run.stdout).toHaveLength(0);
    expect(run.guestMs).toBeLessThan(10_000);
  });

  test('can be nobody, with another limit of locked memory', async () => {
    const argv = [
      'sh',
      '-c',
      'id -u; grep CapEff /proc/self/status; ulimit -l; printf "%s|" "$@"',
      '-',
      'a b',
      '',
    ];
    const run = await runInKernel({ kernel: KERNEL, argv, user: 'nobody', memlockKiB: 64 });
    expect(run.stderr.toString()).toBe('');
    expect(run.stdout.toString()).toBe('65534\nCapEff:\t0000000000000000\n64\na b||');
  });
});

describe('a guest that fails', { timeout: TIMEOUT_MS }, () => {
  async function failure(options: Partial<RunOptions>): Promise<LabError> {
    const error = await runInKernel({ kernel: KERNEL, argv: ['true'], ...options }).then(
      () => new Error('it did not fail'),
      (reason: unknown) => reason,
    );
    if (!isLabError(error)) throw error;
    // Whatever happened: no process of ours is left, and no file.
    const processes = execFileSync('ps', ['-o', 'comm=', '--ppid', String(process.pid)]).toString();
    expect(processes).not.toContain('qemu');
    const scratch = join(cacheDirectory(), 'tmp');
    const ours = existsSync(scratch)
      ? readdirSync(scratch).filter((name) => name.includes(`-${process.pid}-`))
      : [];
    expect(ours).toEqual([]);
    return error;
  }

  test('by taking too long is stopped, with what it had said', async () => {
    const error = await failure({ argv: ['sh', '-c', 'echo before; sleep 1000'], timeoutMs: 15_000 });
    expect(error.code).toBe('timeout');
    expect(error.message).toContain('15000 ms');
    expect(error.partial?.stdout.toString()).toBe('before\n');
  });

  test('by a panic says so, with the end of its console', async () => {
    const error = await failure({
      argv: ['sh', '-c', 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 60'],
    });
    expect(error.code).toBe('guest-panic');
    expect(error.message).toContain('sysrq triggered crash');
    expect(error.partial?.stdout.toString()).toBe('before\n');
  });

  test('by never reaching its first process is tried once more', async () => {
    const said: string[] = [];
    const error = await failure({ append: ['rdinit=/nowhere'], progress: (message) => said.push(message) });
    expect(error.code).toBe('boot-failed');
    expect(said.filter((message) => message.startsWith('booting'))).toHaveLength(2);
  });

  test('by the caller’s wish ends at once', async () => {
    const controller = new AbortController();
    const onConsole = (): void => controller.abort();
    const started = performance.now();
    const error = await failure({ argv: ['sleep', '1000'], signal: controller.signal, onConsole });
    expect(error.code).toBe('aborted');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('because the caller’s callback throws hands that error on', async () => {
    const thrown = new Error('no room for output');
    const onStdout = (): void => {
      throw thrown;
    };
    const argv = ['sh', '-c', 'echo something; sleep 1000'];
    await expect(runInKernel({ kernel: KERNEL, argv, onStdout })).rejects.toBe(thrown);
  });

  test.for<[string, Partial<RunOptions>]>([
    ['kernel', { kernel: 'newest' }],
    ['argv', { argv: [] }],
    ['argv[0]', { bare: true, argv: ['node'] }],
    ['NUL', { argv: ['echo', 'a\0b'] }],
    ['env', { env: { 'A=B': '' } }],
    ['cwd', { cwd: 'relative' }],
    ['fetch', { fetch: ['relative'] }],
    ['memoryMiB', { memoryMiB: 1.5 }],
    ['cpus', { cpus: 0 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['memlockKiB', { memlockKiB: -1 }],
    ['extra.from', { extra: [{ from: '/no/such/file', to: '/x' }] }],
    ['extra.to', { extra: [{ data: '', to: 'relative' }] }],
  ])('through its options is told which: %s', async ([field, options]) => {
    const error = await failure(options);
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(field);
  });
});

describe('scenarios', { timeout: TIMEOUT_MS }, () => {
  test('that crash, hang or fail do not take the others down', async () => {
    const file = 'misbehaving.js';
    const run = await runScenarios(KERNEL, [file, 'boot.js']);
    const rows = [
      ['well behaved, first', true, ''],
      ['throws', false, 'one is not two'],
      ['kills its process', false, 'signal 11'],
      ['ends its process', false, 'exit status 3'],
      ['throws where nobody catches', false, 'thrown from a timer'],
      ['never ends', false, 'longer than 300 ms'],
      ['prints half a line', true, ''],
      ['does not apply', true, ''],
      ['well behaved, last', true, ''],
    ] as const;
    for (const [name, ok, error] of rows) {
      const outcome = outcomeOf(run, file, name);
      expect.soft(outcome, name).toMatchObject({ ok });
      expect.soft(outcome.error ?? '', name).toContain(error);
    }
    expect(outcomeOf(run, file, 'does not apply').skipped).toBe('not here');
    expect(outcomeOf(run, file, 'no such case')).toMatchObject({ ok: false });
    expect(outcomeOf(run, 'boot.js', 'large integers survive the way to the host').data).toEqual({
      value: '18446744073709551615',
    });
  });
});
