import { openSync } from 'node:fs';
import { libc, O_CLOEXEC } from './libc.js';

/** Closes a descriptor that native code opened. Node's own `close` warns of such in worker threads. */
export function closeFd(fd: number): void {
  libc().call('close', 'close', fd);
}

/**
 * Moves a descriptor that native code opened to one that Node opened, so that Node closes it when a worker thread that
 * holds it is terminated. To be closed with `fs.closeSync`.
 */
export function adopt(fd: number): number {
  const adopted = openSync('/dev/null', 'r');
  libc().call('dup3', 'dup3', fd, adopted, O_CLOEXEC);
  closeFd(fd);
  return adopted;
}
