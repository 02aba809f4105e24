import { descriptorsOf, inodeOf, targetOf } from './proc.js';
import { ofProcess } from './refusal.js';

/** A ring that a process has open. */
export interface RingFile {
  readonly pid: number;
  /** By this number the process has it; the lowest, where it has several for the same ring. */
  readonly fd: number;
  /** Each ring has an inode of its own: it tells a ring from another one that later has its descriptor's number. */
  readonly inode: bigint;
}

const RING = 'anon_inode:[io_uring]';

/**
 * The rings of io_uring that a process has open, by their descriptors, each once. Not found are those that only a thread
 * with descriptors of its own has (`unshare(CLONE_FILES)`), and those that the process has closed or never had under a
 * number and uses by registration (IORING_SETUP_REGISTERED_FD_ONLY).
 * @returns none for a process that has ended, and for a kernel thread
 * @throws SyscallError `EACCES` with the remedy where the process's descriptors are not ours to see
 */
export function findRings(pid: number): RingFile[] {
  const found = new Map<bigint, RingFile>();
  ofProcess(`readdir(/proc/${pid}/fd)`, 'see the descriptors of', pid, () => {
    for (const fd of descriptorsOf(pid)) {
      if (targetOf(pid, fd) !== RING) continue;
      const inode = inodeOf(pid, fd);
      if (inode !== undefined && !found.has(inode)) found.set(inode, { pid, fd, inode });
    }
  });
  return [...found.values()];
}
