/** What went wrong, as a stable code; the message of a {@link RecordingError} has the words. */
export type RecordingErrorCode =
  /** The file does not begin as a recording does. */
  | 'not-a-recording'
  /** The recording has a format version that this reader does not know. */
  | 'unsupported-version'
  /** The file cannot be opened or read. */
  | 'read-failed'
  /** Files that are to be read as one recording overlap in time, or are the same part of it. */
  | 'overlap'
  /** A frame given to the writer has a field out of range, or comes out of order. Nothing of it was written. */
  | 'bad-frame'
  /** An option of the writer is out of range. */
  | 'bad-option'
  /** The path to record to is taken, and overwriting was not asked for. */
  | 'exists'
  /** The file cannot be created or written (disk full, permission). The recording ends here. */
  | 'write-failed'
  /** Frames come faster than the target takes them, for too long. The recording ends here. */
  | 'overrun'
  /** The writer was closed before. */
  | 'closed';

/**
 * The one error of recordings. Damaged content is no error: the readers report it as
 * {@link RecordingDamage}, after every frame before it.
 */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code: RecordingErrorCode;

  constructor(code: RecordingErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * @example
 * try { await RecordingWriter.open('run.zcrx', start); } catch (error) {
 *   if (!isRecordingError(error, 'exists')) throw error;
 * }
 */
export function isRecordingError(error: unknown, code?: RecordingErrorCode): error is RecordingError {
  return error instanceof RecordingError && (code === undefined || error.code === code);
}

/**
 * What the operating system said, without the path that Node appends to some of its messages and not to
 * others: `ENOSPC: no space left on device`.
 */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(/, [a-z]+( '.*')?$/s, '');
}
