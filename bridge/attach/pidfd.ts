import { closeSync } from 'node:fs';
import { adopt, closeFd } from '../descriptor.js';
import { isSyscallError } from '../errors.js';
import { libc, POLLIN, SYS } from '../libc.js';
import { explained, noSuchProcess } from './refusal.js';

function open(pid: number): number {
  try {
    return adopt(Number(libc().call('syscall', 'pidfd_open', SYS.pidfd_open, pid, 0, 0, 0, 0, 0)));
  } catch (error) {
    if (!isSyscallError(error)) throw error;
    if (error.errno === 'ESRCH') {
      throw noSuchProcess(pid, 'it has ended, or lives in another pid namespace', error);
    }
    // The number of a thread that is not the first of its process: ENOENT since Linux 6.9, EINVAL before.
    if (error.errno === 'ENOENT' || error.errno === 'EINVAL') {
      throw noSuchProcess(pid, 'that is the number of a thread; give that of its process', error);
    }
    throw explained(error, 'open', pid);
  }
}

/** A process itself, not its number: that may become another one's. */
export class ProcessHandle {
  readonly pid: number;
  private readonly fd: number;
  private closed = false;
  /** One struct pollfd: the descriptor, and which events are asked for (lower half) and came (upper half). */
  private readonly asked: Int32Array;

  /** @throws BridgeError `no-such-process`; SyscallError */
  constructor(pid: number) {
    this.pid = pid;
    this.fd = open(pid);
    this.asked = new Int32Array([this.fd, POLLIN]);
  }

  /** Whether it has ended; a zombie has. */
  get ended(): boolean {
    if (this.closed) return true;
    return libc().call('poll', 'poll(pidfd)', this.asked, 1, 0) > 0n;
  }

  /**
   * A descriptor of our own for what one of the process's stands for, as long as `use` runs: it keeps that open.
   * @returns undefined where the process has it no longer
   * @throws SyscallError `EPERM` with the remedy
   */
  withDescriptor<Result>(fd: number, use: (own: number) => Result): Result | undefined {
    let own: number;
    try {
      own = Number(libc().call('syscall', 'pidfd_getfd', SYS.pidfd_getfd, this.fd, fd, 0, 0, 0, 0));
    } catch (error) {
      if (isSyscallError(error) && (error.errno === 'EBADF' || error.errno === 'ESRCH')) return undefined;
      throw explained(error, 'take a descriptor of', this.pid);
    }
    try {
      return use(own);
    } finally {
      closeFd(own);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
  }
}
