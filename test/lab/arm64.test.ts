import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { architecture } from '../../src/lab/architecture.js';
import { type KernelSelector, runInKernel } from '../../src/lab/index.js';
import { forArchitecture } from '../../src/lab/native.js';
import { missingForArm64 } from '../prepare.mjs';
import { describeScenarios } from './guest.js';

const PAGE_SIZES = { cloud: 4096, '16k': 16_384 };
const KERNELS = (Object.keys(PAGE_SIZES) as (keyof typeof PAGE_SIZES)[]).map((flavour) => ({
  series: '7.3',
  architecture: 'arm64' as const,
  flavour,
}));

/**
 * All that depends on the processor or on the size of a page. Left out is what takes long and does not, and
 * what a process may do: Debian's node, which runs there, polls through an io_uring of its own, so that it
 * dies of the filters that take io_uring away from it.
 */
const FILES = [
  'boot.js',
  'probe.js',
  'thin.js',
  'kernel.js',
  'instance.js',
  'events.js',
  'receive.js',
  'pressure.js',
];

const PROGRAM = `
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct utsname name;
  uname(&name);
  FILE *file = fopen("/tmp/result", "w");
  fprintf(file, "%s %ld %s", name.machine, sysconf(_SC_PAGESIZE), argv[argc - 1]);
  return fclose(file) == 0 ? 3 : 1;
}
`;

const missing = missingForArm64();
if (missing !== '') test.skip(`Linux for arm64: ${missing}`, () => {});
else {
  await describeScenarios(KERNELS, FILES, { timeoutMs: 600_000 });
  describe('a guest of another architecture', guests);
}

function guests(): void {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-arm64-'));
  const program = join(folder, 'program');
  beforeAll(() => {
    const args = ['-static', '-O1', '-x', 'c', '-o', program, '-'];
    execFileSync('aarch64-linux-gnu-gcc', args, { input: PROGRAM });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(KERNELS)('runs a program alone: $architecture $flavour', async (kernel) => {
    const run = await runInKernel({
      kernel,
      bare: true,
      argv: ['/lab/program', 'the last word'],
      extra: [{ from: program, to: '/lab/program' }],
      fetch: ['/tmp/result'],
    });
    expect(run.status).toBe(3);
    expect(run.files.get('/tmp/result')?.toString()).toBe(
      `aarch64 ${PAGE_SIZES[kernel.flavour]} the last word`,
    );
    expect(run.kernel.pageSize).toBe(PAGE_SIZES[kernel.flavour]);
    expect(run.kernelRelease).toBe(run.kernel.release);
  });

  test('has Debian’s node, which finds this package', async () => {
    const script = `
      const { probe } = await import('zcrx/bridge');
      console.log(JSON.stringify([process.arch, probe().pageSize]));`;
    const run = await runInKernel({
      kernel: KERNELS[1]!,
      cwd: '/node_modules/zcrx',
      argv: ['node', '--input-type=module', '-e', script],
    });
    expect(run.stderr.toString()).toBe('');
    expect(JSON.parse(run.stdout.toString())).toEqual(['arm64', 16_384]);
  });

  test('that does not exist is refused with those that do', async () => {
    const options = { bare: true, argv: ['true'] };
    const wrong = { series: '7.3', architecture: 'mips' } as unknown as KernelSelector;
    await expect(runInKernel({ ...options, kernel: wrong })).rejects.toThrow('amd64, arm64');
    const noFlavour: KernelSelector = { series: '7.3', architecture: 'amd64', flavour: '16k' };
    await expect(runInKernel({ ...options, kernel: noFlavour })).rejects.toThrow(
      '"16k" is not known on amd64; expected one of: cloud',
    );
  });

  test('takes no native package but the one that the lock file names', async () => {
    const name = '@koromix/koffi-linux-arm64';
    const version = '3.3.4';
    const requirer = { name: 'a', source: join(folder, 'node_modules/a'), path: '/node_modules/a' };
    const host = { name: 'b', source: join(folder, 'node_modules/b'), path: '/node_modules/b' };
    const write = (path: string, content: object): void => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), JSON.stringify(content));
    };
    write('node_modules/a/package.json', { name: 'a', optionalDependencies: { b: '1', [name]: version } });
    write('node_modules/b/package.json', { name: 'b', cpu: ['x64'] });
    const cache = process.env.ZCRX_CACHE;
    process.env.ZCRX_CACHE = join(folder, 'cache');
    const closure = () => forArchitecture([requirer, host], architecture('arm64'), {});
    try {
      write('package-lock.json', {
        packages: { [`node_modules/${name}`]: { version, integrity: 'sha512-AA' } },
      });
      await expect(closure()).rejects.toMatchObject({
        code: 'fetch-failed',
        message: expect.stringMatching(/checksum sha512-\S+, but .*package-lock.json says sha512-AA$/),
      });
      expect(readdirSync(join(folder, 'cache/npm'))).toEqual([]);
      write('package-lock.json', {});
      const [first, second, ...more] = await closure();
      expect([first, more]).toEqual([requirer, []]);
      expect(second).toMatchObject({ name, path: `/node_modules/${name}` });
      expect(readdirSync(second!.source)).toContain('linux_arm64');
    } finally {
      if (cache === undefined) delete process.env.ZCRX_CACHE;
      else process.env.ZCRX_CACHE = cache;
    }
  });
}
