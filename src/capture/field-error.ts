/** A value that its field cannot hold. It does not know the field's name: whoever walks the fields adds it. */
export class FieldError extends Error {
  constructor(got: unknown, expected: string) {
    super(`got ${show(got)}, expected ${expected}`);
  }
}

/** A value in a few words, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string')
    return value.length > 40 ? `a text of ${value.length} characters` : `'${value}'`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** The error with the name of the field in its message, where it is a {@link FieldError}; any other as it is. */
export function named(error: unknown, name: string): unknown {
  if (error instanceof FieldError) error.message = `field '${name}': ${error.message}`;
  return error;
}
