import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownPackageRoot } from '../../../src/lab/closure.js';
import { kernelComplaints, runInKernel } from '../../../src/lab/index.js';
import type { Arena } from './arena.js';
import type { Sequence } from './draft.js';
import { decodeResults, encodePlan, type Results } from './plan-file.js';
import type { Target } from './target.js';

const SOURCE = join(ownPackageRoot(), 'test/lab/differential/executor.c');
const BUILD = join(ownPackageRoot(), 'build/differential');
const COMPILERS = { amd64: 'gcc', arm64: 'aarch64-linux-gnu-gcc' } as const;

const compiled = new Map<Target['architecture'], Promise<string>>();

/** The executor as a program for an architecture: compiled once for each state of its source. */
function compiledExecutor(architecture: Target['architecture']): Promise<string> {
  const program = compiled.get(architecture) ?? compileExecutor(architecture);
  compiled.set(architecture, program);
  return program;
}

async function compileExecutor(architecture: Target['architecture']): Promise<string> {
  const source = await readFile(SOURCE);
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const program = join(BUILD, `executor-${architecture}-${digest}`);
  if (existsSync(program)) return program;
  await mkdir(BUILD, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  // Position-independent: it then lies far from the addresses that calls are tried with.
  const options = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static-pie', '-pthread'];
  await promisify(execFile)(COMPILERS[architecture], [...options, '-o', fresh, SOURCE]);
  await rename(fresh, program);
  return program;
}

export interface Execution extends Results {
  /** Of the calls alone, in the guest. */
  readonly seconds: number;
  /** Lines of the kernel's console that it should not have had to print. */
  readonly complaints: readonly string[];
}

export interface ExecuteOptions {
  readonly onStdout?: (text: string) => void;
  readonly timeoutMs?: number;
}

/** Runs sequences on the real kernel, in one boot. */
export async function execute(
  target: Target,
  arena: Arena,
  sequences: readonly Sequence[],
  options: ExecuteOptions = {},
): Promise<Execution> {
  const { series, architecture, flavour } = target;
  const run = await runInKernel({
    kernel: { series, architecture, ...(flavour === undefined ? {} : { flavour }) },
    argv: ['/executor', '/plan', '/results'],
    extra: [
      { data: await readFile(await compiledExecutor(architecture)), to: '/executor', mode: 0o755 },
      { data: encodePlan(arena, sequences), to: '/plan' },
    ],
    fetch: ['/results'],
    timeoutMs: options.timeoutMs ?? 600_000,
  });
  const said = run.stdout.toString();
  const seconds = /^\d+ calls ([\d.]+) seconds$/m.exec(said)?.[1];
  const file = run.files.get('/results');
  if (run.status !== 0 || seconds === undefined || file === undefined) {
    const how = run.signal ?? `status ${run.status}`;
    throw new Error(
      `the executor ended with ${how} in Linux ${run.kernelRelease}: ${said}${run.stderr}${run.consoleLog.slice(-2000)}`,
    );
  }
  return {
    ...decodeResults(file, sequences),
    seconds: Number(seconds),
    complaints: kernelComplaints(run.consoleLog),
  };
}
