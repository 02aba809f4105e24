// What callers hand in, looked at once: getters run once, and memory that others write is copied before it is checked.

import { LayoutError, show } from '../errors.js';

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = (key: PropertyKey) =>
  Object.getOwnPropertyDescriptor(typedArray, key)?.get as (this: unknown) => unknown;
const kindOf = getter(Symbol.toStringTag);
const lengthOf = getter('length');

/**
 * Bytes of a Uint8Array, of a Buffer too, and of another realm's too.
 * @throws LayoutError `wrong-type` for anything else
 */
export function sizeOfBytes(struct: string, input: unknown): number {
  if (kindOf.call(input) === 'Uint8Array') return lengthOf.call(input) as number;
  const expected = 'a Uint8Array';
  throw new LayoutError('wrong-type', `the bytes of ${struct} are ${show(input)}, expected ${expected}`, {
    struct,
    got: input,
    expected,
  });
}

/** Longer lists and texts stand for no field of any struct. */
const LONGEST_LIST = 256;
const LONGEST_TEXT = 4096;
/** Deeper than any struct is nested. */
const DEEPEST = 4;

function tooLong(struct: string, path: string, got: unknown, size: string, expected: string): LayoutError {
  return new LayoutError('wrong-length', `${struct}.${path} has ${size}, expected ${expected}`, {
    struct,
    field: path,
    got,
    expected,
  });
}

/** Whether something is an object with fields, no list, map, date or bytes. */
export const hasFields = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === '[object Object]';

function copy(struct: string, path: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string' && value.length > LONGEST_TEXT) {
    throw tooLong(struct, path, value, `${value.length} characters`, `at most ${LONGEST_TEXT}`);
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    if (value.length > LONGEST_LIST) {
      throw tooLong(struct, path, value, `${value.length} elements`, `at most ${LONGEST_LIST}`);
    }
    return depth < DEEPEST ? Array.from(value, (each) => copy(struct, path, each, depth + 1)) : value;
  }
  if (depth === DEEPEST || !hasFields(value)) return value;
  const fields: Record<string, unknown> = Object.create(null);
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) fields[key] = copy(struct, path ? `${path}.${key}` : key, each, depth + 1);
  }
  return fields;
}

/**
 * A struct's fields as the caller has them now: own enumerable ones, without those that are undefined.
 * @throws LayoutError `wrong-type` unless it is an object, `wrong-length` for texts and lists beyond all measure
 */
export function ownFields(struct: string, input: unknown): { readonly [key: string]: unknown } {
  const expected = 'an object with its fields';
  try {
    if (hasFields(input)) return copy(struct, '', input, 0) as { [key: string]: unknown };
  } catch (cause) {
    if (cause instanceof LayoutError) throw cause;
    const error = new LayoutError(
      'wrong-type',
      `the fields of ${struct} cannot be read, expected ${expected}`,
      {
        struct,
        expected,
      },
    );
    error.cause = cause;
    throw error;
  }
  throw new LayoutError('wrong-type', `the fields of ${struct} are ${show(input)}, expected ${expected}`, {
    struct,
    got: input,
    expected,
  });
}
