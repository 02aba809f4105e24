import { LayoutError, show } from '../errors.js';

/** @throws LayoutError `wrong-type` unless the options are an object */
export function checkOptions<Options extends object>(options: Options): Options {
  if (options !== null && typeof options === 'object') return options;
  const expected = 'an object';
  throw new LayoutError('wrong-type', `the options are ${show(options)}, expected ${expected}`, {
    field: 'options',
    got: options,
    expected,
  });
}

function outOfRange(what: string, got: unknown, expected: string): LayoutError {
  return new LayoutError('out-of-range', `${what} is ${show(got)}, expected ${expected}`, {
    field: what,
    got,
    expected,
  });
}

/** @throws LayoutError `out-of-range` unless a number that a caller gave is whole and in the range */
export function checkWhole(what: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw outOfRange(what, value, `a whole number from ${low} to ${high}`);
}

const isPowerOfTwo = (n: number) =>
  Number.isInteger(n) && n > 0 && n <= 2 ** 31 && Number.isInteger(Math.log2(n));

/** @throws LayoutError `out-of-range` unless a number that a caller gave is a power of two */
export function checkPowerOfTwo(what: string, value: number): number {
  if (isPowerOfTwo(value)) return value;
  throw outOfRange(what, value, 'a power of two up to 2^31');
}

/** @throws LayoutError `out-of-range` unless the choice is one of the keys of a table */
export function checkChoice<Key extends string, Value>(
  what: string,
  choice: Key,
  table: Record<Key, Value>,
): Value {
  if (typeof choice === 'string' && Object.hasOwn(table, choice)) return table[choice];
  throw outOfRange(what, choice, `one of ${Object.keys(table).join(', ')}`);
}
