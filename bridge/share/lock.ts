import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isSyscallError } from '../errors.js';
import { fromNode } from '../files.js';
import { F_OFD_GETLK, F_OFD_SETLK, F_UNLCK, F_WRLCK, libc } from '../libc.js';

// struct flock of a 64-bit kernel: short l_type, l_whence; off_t l_start, l_len; pid_t l_pid
const FLOCK_SIZE = 32;
const L_START = 8;
const L_LEN = 16;

/** By number: the first of them has two names. */
const TAKEN: readonly number[] = [constants.errno.EAGAIN, constants.errno.EACCES];

/** What is locked: one byte of the file each. Nothing is read or written there. */
export const LOCKS = {
  /** To be taken by whoever writes to the refill ring, for as long as that takes. */
  producer: 0,
  /** Held by the creator of the instance as long as its ring is open. */
  creator: 1,
} as const;

export type LockName = keyof typeof LOCKS;

/**
 * Locks between all who share a memfd, threads of one process too.
 *
 * They are those of open file descriptions (fcntl(2), F_OFD_SETLK): the kernel itself takes them from whoever is gone,
 * however that happened, a killed process and a terminated worker thread included. A number of the holder in shared memory
 * could not do that: numbers of processes mean something else in each pid namespace, and are used again. A pair of calls
 * costs two microseconds, and one pair puts up to 256 buffers.
 */
export class LockFile {
  private readonly fd: number;
  private readonly flock = new DataView(new ArrayBuffer(FLOCK_SIZE));
  private open = true;

  /**
   * @param memfd stays the caller's. The locks belong to an open file of our own: one that came with a descriptor is the
   *   sender's too.
   * @throws SyscallError
   */
  constructor(memfd: number) {
    // Opened by Node, which closes it when a worker thread is terminated.
    this.fd = fromNode('open(/proc/self/fd)', () => openSync(`/proc/self/fd/${memfd}`, 'r+'));
  }

  private request(command: number, what: string, type: number, name: LockName): void {
    const { flock } = this;
    flock.setInt16(0, type, true);
    flock.setInt16(2, 0, true); // SEEK_SET
    flock.setBigInt64(L_START, BigInt(LOCKS[name]), true);
    flock.setBigInt64(L_LEN, 1n, true);
    flock.setInt32(24, 0, true);
    libc().call('fcntl', what, this.fd, command, libc().address(flock.buffer));
  }

  /** Takes a lock unless somebody else has it; returns whether it did. */
  tryTake(name: LockName): boolean {
    try {
      this.request(F_OFD_SETLK, 'fcntl(F_OFD_SETLK)', F_WRLCK, name);
      return true;
    } catch (error) {
      if (isSyscallError(error) && TAKEN.includes(error.number)) return false;
      throw error;
    }
  }

  release(name: LockName): void {
    this.request(F_OFD_SETLK, 'fcntl(F_OFD_SETLK)', F_UNLCK, name);
  }

  /** Whether somebody else has it now. */
  isTaken(name: LockName): boolean {
    this.request(F_OFD_GETLK, 'fcntl(F_OFD_GETLK)', F_WRLCK, name);
    return this.flock.getInt16(0, true) !== F_UNLCK;
  }

  /** Lets go of all that it holds; a second time does nothing. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.fd);
  }
}
