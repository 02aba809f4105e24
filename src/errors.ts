/** Why a layout function refused its input. The codes never change. */
export type LayoutErrorCode =
  | 'unknown-struct'
  | 'unknown-field'
  | 'unknown-name'
  | 'unknown-revision'
  | 'mixed-revisions'
  | 'wrong-length'
  | 'wrong-type'
  | 'out-of-range'
  | 'conflict';

/** What an error is about, beyond its message. */
export interface LayoutErrorDetails {
  /** The struct, under the name that was used for it. */
  struct?: string;
  /** Path of the field, as `offsets.head` or `__resv[1]`. */
  field?: string;
  /** Bytes from the start of the struct to the field. */
  offset?: number;
  got?: unknown;
  /** What would have been accepted, in words. */
  expected?: string;
}

/** Input that is no such struct: a wrong length, name, value or revision. Nothing was encoded or decoded. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
  readonly code: LayoutErrorCode;
  readonly struct: string | undefined;
  readonly field: string | undefined;
  readonly offset: number | undefined;
  readonly got: unknown;
  readonly expected: string | undefined;

  constructor(code: LayoutErrorCode, message: string, details: LayoutErrorDetails = {}) {
    super(message);
    this.code = code;
    this.struct = details.struct;
    this.field = details.field;
    this.offset = details.offset;
    this.got = details.got;
    this.expected = details.expected;
  }
}

/** Whether something thrown is a {@link LayoutError}, even one of another copy of this package. */
export function isLayoutError(error: unknown): error is LayoutError {
  return error instanceof Error && error.name === 'LayoutError' && 'code' in error;
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value !== null && typeof value === 'object') return 'an object';
  return String(value);
}
