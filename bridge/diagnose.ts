import type { SyscallError } from './errors.js';
import type { Privileges } from './privileges.js';

// One errno has many causes: these functions tell them apart by what else is known, and say what to do.

/** Why io_uring as such is refused to this process. */
export function explainRefusal(error: SyscallError, can: Privileges): SyscallError {
  if (can.ioUringRefusal) return error.because(can.ioUringRefusal);
  if (
    can.seccomp === 2 &&
    (error.errno === 'EPERM' || error.errno === 'ENOSYS' || error.errno === 'EACCES')
  ) {
    return error.because(
      'a seccomp filter, as container engines install by default, refuses io_uring: allow io_uring_setup, io_uring_enter and io_uring_register in its profile',
    );
  }
  if (error.errno === 'ENOSYS') return error.because('this kernel was built without io_uring');
  if (error.errno === 'ENOMEM') return explainMemlock(error, can, undefined);
  if (error.errno === 'EMFILE')
    return error.because('this process has as many descriptors open as it may (ulimit -n)');
  return error;
}

function explainMemlock(error: SyscallError, can: Privileges, wanted: number | undefined): SyscallError {
  if (can.capIpcLock || can.memlock === Number.POSITIVE_INFINITY)
    return error.because('the kernel has not enough memory');
  const need = wanted === undefined ? '' : `, and ${wanted} bytes are to be locked`;
  return error.because(
    `RLIMIT_MEMLOCK allows ${can.memlock} bytes of locked memory${need}: raise it (ulimit -l, LimitMEMLOCK=), give CAP_IPC_LOCK, or take a smaller area`,
  );
}

/** Why a registration was refused. `locked`: bytes that it has the kernel pin. */
export function explainRegistration(
  error: SyscallError,
  can: Privileges,
  locked: number,
  findings: readonly string[],
): SyscallError {
  if (error.errno === 'EPERM') return error.because(`it needs ${can.capNetAdminRemedy}`);
  if (error.errno === 'ENOMEM') return explainMemlock(error, can, locked);
  if (findings.length > 0) return error.because(findings.join('; '));
  return error;
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
