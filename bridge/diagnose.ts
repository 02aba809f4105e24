import type { SyscallError } from './errors.js';
import type { Privileges } from './privileges.js';

// One errno has many causes: these functions tell them apart by what else is known, and say what to do.

/** Why io_uring as such is refused to this process. */
export function explainRefusal(error: SyscallError, can: Privileges): SyscallError {
  const why =
    can.ioUringRefusal ?? whyRefused(error.errno, can) ?? whyNoResources(error.errno, can, undefined);
  return why ? error.because(why) : error;
}

/** Why any of io_uring's calls may be refused, whatever it asks for. */
export function whyRefused(errno: string, can: Privileges): string | undefined {
  if (can.seccomp === 2 && (errno === 'EPERM' || errno === 'ENOSYS' || errno === 'EACCES'))
    return 'a seccomp filter, as container engines install by default, refuses io_uring: allow io_uring_setup, io_uring_enter and io_uring_register in its profile';
  return errno === 'ENOSYS' ? 'this kernel was built without io_uring' : undefined;
}

/** What there is not enough of. `locked`: bytes that the call has the kernel pin, if they are known. */
export function whyNoResources(
  errno: string,
  can: Privileges,
  locked: number | undefined,
): string | undefined {
  if (errno === 'EMFILE') return 'this process has as many descriptors open as it may (ulimit -n)';
  if (errno === 'ENFILE') return 'the system has as many files open as it may (sysctl fs.file-max)';
  if (errno !== 'ENOMEM') return undefined;
  if (can.capIpcLock || can.memlock === Number.POSITIVE_INFINITY) return 'the kernel has not enough memory';
  const need = locked === undefined ? '' : `, and ${locked} bytes are to be locked`;
  return `RLIMIT_MEMLOCK allows ${can.memlock} bytes of locked memory${need}: raise it (ulimit -l, LimitMEMLOCK=), give CAP_IPC_LOCK, or take a smaller area`;
}

/** What is known of an event type when the kernel refuses to re-arm it. */
export interface ArmState {
  /** The instance was opened with it. */
  readonly asked: boolean;
  /** It fired, and was not re-armed since. */
  readonly fired: boolean;
  readonly rearmed: boolean;
}

/** Why an event type could not be re-armed. The kernel has one errno for all of this. */
export function explainRearm(
  error: SyscallError,
  type: string,
  { asked, fired, rearmed }: ArmState,
): SyscallError {
  if (error.errno !== 'EINVAL') return error;
  if (!asked) return error.because(`the instance was opened without the event '${type}'`);
  if (fired || rearmed) return error.because(`'${type}' was re-armed already, and has not fired since`);
  return error.because(`'${type}' has not fired yet, and only a type that has fired can be re-armed`);
}
