import { openSync } from 'node:fs';
import { SyscallError } from './errors.js';
import { libc, O_CLOEXEC } from './libc.js';

/** Closes a descriptor that native code opened. Node's own `close` warns of such in worker threads. */
export function closeFd(fd: number): void {
  libc().call('close', 'close', fd);
}

/** Any descriptor that Node opened itself. */
function openAny(): number {
  try {
    return openSync('/dev/null', 'r');
  } catch (error) {
    throw new SyscallError('open(/dev/null)', -((error as NodeJS.ErrnoException).errno ?? 0));
  }
}

/**
 * Moves a descriptor that native code opened to one that Node opened, so that Node closes it when a worker thread that
 * holds it is terminated. To be closed with `fs.closeSync`. The given descriptor is closed whatever happens.
 */
export function adopt(fd: number): number {
  try {
    const adopted = openAny();
    libc().call('dup3', 'dup3', fd, adopted, O_CLOEXEC);
    return adopted;
  } finally {
    closeFd(fd);
  }
}
