import { constants } from 'node:os';
import type { DeviceProblem } from './device/facts.js';
import type { CallVerdict } from './verdict/types.js';

/** Why the bridge refused before it made any system call. The codes never change. */
export type BridgeErrorCode =
  | 'unsupported-platform'
  | 'koffi-missing'
  | 'unsupported-kernel'
  | 'closed'
  | 'bad-option'
  | 'bad-socket'
  | 'out-of-bounds'
  | 'already-released'
  /** There is no such network device, or it is not set up for zero-copy receive; see `problems`. */
  | 'device-not-ready'
  /** A process to attach to does not exist, or has ended. */
  | 'no-such-process'
  /** Of payload memory that the processor cannot read, as some of a GPU. */
  | 'not-readable'
  /** The call was checked before it was made (`check: 'before'`); see `verdict`. */
  | 'would-be-refused';

/** A use that cannot work, told before the kernel is asked. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: BridgeErrorCode;
  /** Of `would-be-refused`: what the kernel would say, and why. */
  readonly verdict: CallVerdict | undefined;
  /** Of `device-not-ready`: all that is known to be wrong, in the order in which the kernel would meet it; else empty. */
  readonly problems: readonly DeviceProblem[];

  constructor(
    code: BridgeErrorCode,
    message: string,
    options?: ErrorOptions & { verdict?: CallVerdict; problems?: readonly DeviceProblem[] },
  ) {
    super(message, options);
    this.code = code;
    this.verdict = options?.verdict;
    this.problems = options?.problems ?? [];
  }
}

/** Whether something thrown is a {@link BridgeError}, even one of another copy of this package. */
export function isBridgeError(error: unknown): error is BridgeError {
  return error instanceof Error && error.name === 'BridgeError' && 'code' in error;
}

/** Of two names for one number the kernel's own: EWOULDBLOCK is EAGAIN there. */
const errnoNames = new Map(
  Object.entries(constants.errno).flatMap(([name, number]) =>
    name === 'EWOULDBLOCK' ? [] : [[number, name] as const],
  ),
);

/** The name of an errno, as `EINVAL`. */
export function errnoName(number: number): string {
  return errnoNames.get(number) ?? `errno ${number}`;
}

/** A system call that failed. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  /** The call, as `io_uring_register(IORING_REGISTER_ZCRX_IFQ)`. */
  readonly call: string;
  /** As `EINVAL`. */
  readonly errno: string;
  readonly number: number;
  /** What we know of the cause and the remedy, if anything. */
  readonly explanation: string | undefined;
  /** What the kernel objects to, as `event_desc.stats_offset`; of calls that have a verdict. */
  readonly field: string | undefined;
  /** Of a registration, a ZCRX_CTRL and a query: all that is wrong in the call, as data. */
  readonly verdict: CallVerdict | undefined;

  constructor(call: string, number: number, explanation?: string, verdict?: CallVerdict) {
    const errno = errnoName(number);
    super(`${call} failed with ${errno}${explanation ? `: ${explanation}` : ''}`);
    this.call = call;
    this.errno = errno;
    this.number = number;
    this.explanation = explanation;
    this.field = verdict?.field ?? undefined;
    this.verdict = verdict;
  }

  /** The same failure with what was found out about it since. */
  because(explanation: string): SyscallError {
    return new SyscallError(this.call, this.number, explanation, this.verdict);
  }
}

/** Whether something thrown is a {@link SyscallError}, even one of another copy of this package. */
export function isSyscallError(error: unknown): error is SyscallError {
  return error instanceof Error && error.name === 'SyscallError' && 'errno' in error;
}
