import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import { adopt } from './descriptor.js';
import { BridgeError, isSyscallError } from './errors.js';
import { fileSystemOf, fromNode, HUGETLBFS_MAGIC } from './files.js';
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  libc,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_HUGETLB,
  MFD_NOEXEC_SEAL,
} from './libc.js';

/**
 * A file that exists in memory alone, whose length nobody can change any more: touching a mapping behind the end of its
 * file ends a process.
 * @param length bytes, whole pages
 * @param huge made of huge pages of the default size
 * @returns its descriptor, close-on-exec, to be closed with `fs.closeSync`
 * @throws SyscallError
 */
export function createMemfd(length: number, huge: boolean): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | (huge ? MFD_HUGETLB : 0);
  const fd = adopt(Number(libc().call('memfd_create', 'memfd_create', 'zcrx area', flags)));
  try {
    fromNode('ftruncate', () => ftruncateSync(fd, length));
    libc().call('fcntl', 'fcntl(F_ADD_SEALS)', fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** What is barred for good; undefined for what is no file in memory. */
function sealsOf(fd: number): number | undefined {
  try {
    return Number(libc().call('fcntl', 'fcntl(F_GET_SEALS)', fd, F_GET_SEALS, 0));
  } catch (error) {
    if (isSyscallError(error) && error.errno === 'EINVAL') return undefined;
    throw error;
  }
}

const sizeOf = (fd: number): number => fromNode('fstat', () => fstatSync(fd).size);

/**
 * Whether a mapping of it can be touched come what may: nobody can shorten it, and a page that somebody takes out of it
 * is replaced when it is touched. For a huge page there may be none.
 */
export function isLasting(fd: number, length: number): boolean {
  const seals = sealsOf(fd) ?? 0;
  return (seals & F_SEAL_SHRINK) !== 0 && sizeOf(fd) >= length && fileSystemOf(fd) !== HUGETLBFS_MAGIC;
}

/**
 * Checks that foreign memory is as an area has to be, and bound to stay so.
 * @throws BridgeError `bad-option`, SyscallError
 */
export function checkMemfd(fd: number, length: number, writable: boolean): void {
  const seals = sealsOf(fd);
  const refusal = (why: string) => new BridgeError('bad-option', `the memory to attach ${why}`);
  if (seals === undefined) throw refusal('is no memfd, as the fd of a shared area is');
  if (!(seals & F_SEAL_SHRINK)) {
    throw refusal('could shrink while it is in use: whoever made it has to seal it with F_SEAL_SHRINK');
  }
  if (writable && seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
    throw refusal('is sealed against writing: attach it with { readonly: true }');
  }
  // Only now: before the seal it could still have changed.
  const size = sizeOf(fd);
  if (size !== length) throw refusal(`has ${size} bytes, expected ${length}`);
}
