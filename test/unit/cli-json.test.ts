import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../src/cli/errors.js';
import { parseJson } from '../../src/cli/json.js';
import { isExact } from '../../src/exact-json.js';

test('reads what JSON.parse reads', () => {
  const small = (_key: string, each: unknown) =>
    typeof each === 'number' ? Math.trunc(each % 2 ** 50) : each;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, small, indent);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test.each(['{"text":"9007199254740993 \\" 9007199254740993"}', '[-0,0,1.5,1e3,-12E-1]', '{"__proto__":1}'])(
  'reads %s',
  (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  },
);

test.each([
  ['', /JSON.*end/],
  ['{"a":1', /line 1, column 7/],
  ['{a:1}', /line 1, column 2/],
  ['{"a":\n\n  x}', /JSON.*x/],
  ['{"a":0x2a}', /line 1, column 7/],
  ['1 1', /line 1, column 3/],
  [
    '{"user_data":9007199254740993}',
    /line 1, column 14: .*cannot hold 9007199254740993.*quote it: "9007199254740993"/,
  ],
  ['{"a":"1",\n"b":[0,18446744073709551615]}', /line 2, column 8: .*18446744073709551615/],
  ['-9007199254740992', /cannot hold -9007199254740992/],
])('refuses %s', (text, message) => {
  expect(() => parseJson(text)).toThrow(UsageError);
  expect(() => parseJson(text)).toThrow(message);
});

test('a whole number is held exactly up to 2^53, and only so', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (value) => {
      expect(isExact(value.toString())).toBe(value < 2n ** 53n && value > -(2n ** 53n));
    }),
  );
});
