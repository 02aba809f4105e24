import { spawnSync } from 'node:child_process';
import type { Places } from './facts.js';

/** Where administrators' programs are, which is often not in the PATH of others. */
const ADMINISTRATORS = '/usr/local/sbin:/usr/sbin:/sbin';
/** Both answer within milliseconds; a driver that hangs must not hang the program. */
const PATIENCE_MS = 2000;
const MOST_OUTPUT = 1 << 20;

/** What a program printed, or why there is nothing. */
export type Printed = { readonly text: string } | { readonly why: string };

function reasonOf(tool: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${tool} is not installed`;
  if (error.code === 'ETIMEDOUT') return `${tool} gave no answer in ${PATIENCE_MS} ms`;
  return `${tool} could not be run (${error.code ?? error.message})`;
}

/**
 * Runs `ethtool` or `ip`, without a shell, and waits for it: opening an instance is synchronous, and needs the answer.
 * A program that is not there, fails or hangs is a reason, never an error.
 */
export function run(tool: 'ethtool' | 'ip', args: readonly string[], { path }: Places): Printed {
  const PATH = path ?? `${process.env.PATH ?? '/usr/bin:/bin'}:${ADMINISTRATORS}`;
  const { error, status, signal, stdout } = spawnSync(tool, args, {
    env: { PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_OUTPUT,
    encoding: 'utf8',
  });
  if (error) return { why: reasonOf(tool, error) };
  if (status !== 0) return { why: `${tool} ${args.join(' ')} failed (${signal ?? status})` };
  return { text: stdout };
}
