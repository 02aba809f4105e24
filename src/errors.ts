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

/** Characters of a text, and elements of a list, that a message shows. */
const SHOWN = 80;

const shorten = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

function showList(values: readonly unknown[]): string {
  const parts = values.slice(0, SHOWN).map((each) => (isList(each) ? 'a list' : show(each)));
  return shorten(`[${parts.join(', ')}]`);
}

function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a revoked proxy
  }
}

/** A value as an error message shows it: short, and without running code of the value's own. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(shorten(value));
    case 'bigint':
      return value >> 256n === 0n || value >> 256n === -1n ? `${value}` : 'a number of more than 256 bits';
    case 'symbol':
      return shorten(String(value));
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return isList(value) ? showList(value) : 'an object';
    default:
      return String(value);
  }
}
