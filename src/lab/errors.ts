/** What went wrong, as a stable code; the message of a {@link LabError} says what to do next. */
export type LabErrorCode =
  /** An option has a value that cannot work. */
  | 'bad-input'
  /** A program or file of the host is missing; see {@link missingPrerequisites}. */
  | 'prerequisite'
  /** The archive carries no kernel (or headers) of the series asked for. */
  | 'not-available'
  /** The package lists or a package could not be fetched, and the cache has no substitute. */
  | 'fetch-failed'
  /** A program of the host failed in a way that nobody foresaw. */
  | 'command-failed'
  /** The package has not been built, so there is nothing to put into the guest. */
  | 'not-built'
  /** The guest's kernel never reached its first process, twice. */
  | 'boot-failed'
  /** The guest's kernel panicked while the command ran. */
  | 'guest-panic'
  /** QEMU ended before the command did. */
  | 'qemu-died'
  /** The time allowed for the run is over. */
  | 'timeout'
  /** The caller's AbortSignal fired. */
  | 'aborted';

/** What a run had given before it failed; what a callback took is not in it. */
export interface PartialRun {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The kernel's console as far as it came. */
  readonly consoleLog: string;
}

/** The one error of the lab. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;
  /** Present when a guest had been started. */
  readonly partial: PartialRun | undefined;

  constructor(code: LabErrorCode, message: string, options: { cause?: unknown; partial?: PartialRun } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.partial = options.partial;
  }
}

export function isLabError(error: unknown, code?: LabErrorCode): error is LabError {
  return error instanceof LabError && (code === undefined || error.code === code);
}

/** Receives one line of text, without a newline, each time the lab starts something that takes a while. */
export type Progress = (message: string) => void;
