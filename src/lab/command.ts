import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LabError } from './errors.js';

/** Root's programs are outside an ordinary user's PATH on Debian. */
const EXTRA_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** The path of a program on this machine, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_FOLDERS]) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // not here
    }
  }
  return undefined;
}

export function requireProgram(name: string, debianPackage: string): string {
  const path = findProgram(name);
  if (path === undefined) {
    throw new LabError(
      'prerequisite',
      `the program ${name} is missing; install it with: apt-get install ${debianPackage}`,
    );
  }
  return path;
}

export interface CommandResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program of the host to its end and hands back what it said, whatever its status. */
export async function tryCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    signal: options.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { status, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
  } catch (cause) {
    if (options.signal?.aborted) throw new LabError('aborted', `${program} was interrupted`, { cause });
    throw new LabError('command-failed', `cannot start ${program}: ${(cause as Error).message}`, { cause });
  }
}

/** Like {@link tryCommand}, but a status other than 0 is an error that carries the program's own words. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Buffer> {
  const result = await tryCommand(program, args, options);
  if (result.status !== 0) throw commandFailure(program, args, result);
  return result.stdout;
}

export function commandFailure(program: string, args: readonly string[], result: CommandResult): LabError {
  const how = result.signal === null ? `exit status ${result.status}` : `signal ${result.signal}`;
  const words = result.stderr.trim() || 'it said nothing';
  return new LabError('command-failed', `${[program, ...args].join(' ')} ended with ${how}: ${words}`);
}
