import { BridgeError, isSyscallError, SyscallError } from '../errors.js';

const NEEDS =
  'that needs the right to trace it: run as the same user as the process, where kernel.yama.ptrace_scope is 0 and the process is one that may be traced (a program that was given capabilities or another user is not), or with CAP_SYS_PTRACE (as root, or a service AmbientCapabilities=CAP_SYS_PTRACE), in its user namespace and with no seccomp filter in between';

/** Said of a process that cannot be looked at. */
export const mayNot = (what: string, pid: number): string =>
  `this process may not ${what} process ${pid}: ${NEEDS}`;

const REFUSED = new Set(['EPERM', 'EACCES']);

/** A refusal with its cause and the remedy; any other error as it is. @param what as `read the memory of` */
export function explained(error: unknown, what: string, pid: number): unknown {
  if (!isSyscallError(error)) return error;
  if (REFUSED.has(error.errno)) return error.because(mayNot(what, pid));
  if (error.errno === 'ENOSYS') return error.because('this kernel lacks it, or a seccomp filter hides it');
  return error;
}

/** Runs a call of Node's `fs` on files of a process. @throws SyscallError with the cause */
export function ofProcess<Result>(call: string, what: string, pid: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (typeof errno !== 'number') throw error;
    throw explained(new SyscallError(call, -errno), what, pid);
  }
}

export function noSuchProcess(pid: number, why: string, cause?: unknown): BridgeError {
  return new BridgeError('no-such-process', `there is no process ${pid} to attach to: ${why}`, { cause });
}
