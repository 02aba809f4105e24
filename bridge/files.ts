import { statfsSync } from 'node:fs';
import { adopt } from './descriptor.js';
import { SyscallError } from './errors.js';
import { F_DUPFD_CLOEXEC, libc } from './libc.js';

/** Runs a call of Node's `fs`, whose errors are of another kind. @throws SyscallError */
export function fromNode<Result>(what: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    throw errno === undefined ? error : new SyscallError(what, -errno);
  }
}

/** Another descriptor of the same, close-on-exec, to be closed with `fs.closeSync`. @throws SyscallError */
export const duplicate = (fd: number): number =>
  adopt(Number(libc().call('fcntl', 'fcntl(F_DUPFD_CLOEXEC)', fd, F_DUPFD_CLOEXEC, 0)));

/** The kernel's numbers of file systems that have no folder (linux/magic.h). */
export const HUGETLBFS_MAGIC = 0x958458f6;
export const DMA_BUF_MAGIC = 0x444d4142;

/** Which file system a descriptor belongs to. @throws SyscallError */
export const fileSystemOf = (fd: number): number =>
  fromNode('statfs', () => statfsSync(`/proc/self/fd/${fd}`).type);
