import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { requireProgram } from './command.js';
import { LabError } from './errors.js';

/**
 * Runs `use` while no other process does, on this machine: what parallel runs need is then fetched once, and
 * apt's own locks are never in the way. flock(1) holds the lock for as long as its standard input stays open,
 * so it goes with this process, however that ends. Not reentrant.
 */
export async function withLock<T>(signal: AbortSignal | undefined, use: () => Promise<T>): Promise<T> {
  const file = join(await cacheFolder(), 'lock');
  const holder = spawn(requireProgram('flock', 'util-linux'), [file, 'sh', '-c', 'echo; exec cat >&2'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
  });
  holder.stdin.on('error', () => {});
  const ended = once(holder, 'close').catch((error: unknown) => error);
  try {
    await Promise.race([once(holder.stdout, 'data'), ended]);
    if (signal?.aborted) throw new LabError('aborted', 'the run was interrupted');
    if (holder.exitCode !== null) throw new LabError('command-failed', `cannot lock ${file}`);
    return await use();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
