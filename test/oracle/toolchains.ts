import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory } from '../../src/lab/cache.js';
import { findProgram } from '../../src/lab/command.js';

/** The programs of Go, and the environment that keeps them to themselves: no network, no C. */
export interface GoTools {
  readonly go: string;
  readonly gofmt: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Go as it is installed, else Debian's packages as they are unpacked in the cache; undefined without. */
export function findGo(): GoTools | undefined {
  const go = findProgram('go') ?? unpackedGo();
  if (go === undefined) return undefined;
  const root = run(go, ['env', 'GOROOT'], { env: { ...process.env, GOTOOLCHAIN: 'local' } }).output.trim();
  const env = {
    ...process.env,
    GOROOT: root,
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=mod',
    GOPROXY: 'off',
    GOTOOLCHAIN: 'local',
    GOCACHE: join(cacheDirectory(), 'go-build'),
  };
  const gofmt = [join(dirname(go), 'gofmt'), join(root, 'bin', 'gofmt')].find((path) => existsSync(path));
  return gofmt === undefined ? undefined : { go, gofmt, env };
}

function unpackedGo(): string | undefined {
  const folder = join(cacheDirectory(), 'go', 'usr', 'lib');
  const versions = existsSync(folder) ? readdirSync(folder).filter((name) => /^go-\d/.test(name)) : [];
  return versions.map((name) => join(folder, name, 'bin', 'go')).find((path) => existsSync(path));
}

/** `offset_of!` came with it. */
const RUST_NEEDED = 77;

/** The first `rustc` on the machine that is new enough; undefined without. */
export function findRust(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const found = folders.map((folder) => join(folder, 'rustc')).filter((path) => existsSync(path));
  return found.find((path) => {
    const minor = /^rustc 1\.(\d+)\./.exec(run(path, ['--version']).output)?.[1];
    return minor !== undefined && Number(minor) >= RUST_NEEDED;
  });
}

/** Each with what it is missing, as Debian calls it, or undefined. */
const NEEDS: Readonly<Record<string, () => string | undefined>> = {
  c: () => (findProgram('gcc') && findProgram('g++') ? undefined : 'gcc and g++ (Debian: g++)'),
  rust: () => (findRust() && findProgram('cc') ? undefined : 'rustc 1.77 or later (Debian: rustc-web)'),
  go: () => (findGo() ? undefined : `go (Debian: golang-go, or unpacked in ${join(cacheDirectory(), 'go')})`),
  python: () => (findProgram('python3') ? undefined : 'python3 (Debian: python3)'),
};

/** Why tests in these languages cannot run here, in one line; empty if they can. */
export function missingForLanguages(...languages: string[]): string {
  const missing = languages.flatMap((language) => NEEDS[language]?.() ?? []);
  return missing.length > 0
    ? `tests of definitions in ${languages.join(', ')} need ${missing.join(', ')}`
    : '';
}

/** Whether to leave such tests out, and says so; under CI they are to fail. */
export function skipWithout(...languages: string[]): boolean {
  const missing = missingForLanguages(...languages);
  if (missing !== '') console.log(`skipped: ${missing}`);
  return missing !== '' && !process.env.CI;
}

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
  /** What it complained of. */
  readonly errors: string;
}

/** Runs a program to its end. @throws Error if it cannot be started */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Ran {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  return { ok: status === 0, output: stdout, errors: stderr };
}
