import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../src/cli/errors.js';
import { isExact, parseJson } from '../../src/cli/json.js';

/** JSON without what this reader refuses and JSON.parse takes: large numbers and names that come twice. */
const document = fc.jsonValue({ maxDepth: 4 });

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(document, fc.constantFrom(undefined, 2), (value, indent) => {
      // Numbers with a fraction, or whole and small, as JSON.stringify writes them.
      const text = JSON.stringify(
        value,
        (_key, each) => (typeof each === 'number' ? Math.trunc(each % 2 ** 50) : each),
        indent,
      );
      expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test.each([
  '"\\u00e9\\n\\t\\"\\\\\\/\\b\\f\\r"',
  '[]',
  '{}',
  '[true,false,null,-0,0,1.5,1e3,-12E-1]',
  ' {"a" : [1 , {"b":2}] }\r\n\t',
  '{"__proto__":1,"constructor":2}',
])('reads %s', (text) => {
  expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
});

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /line 1, column 1: has its end where a value was expected/],
  ['{"a":1', /column 7: has its end where "," or "}" was expected/],
  ['{"a":1,}', /column 8: has "}" where a name in double quotes was expected/],
  ["{'a':1}", /column 2: has "'" where a name in double quotes/],
  ['{a:1}', /column 2: has "a" where a name/],
  ['{"a" 1}', /column 6: has "1" where ":" was expected/],
  ['[1 2]', /column 4: has "2" where "," or "\]"/],
  ['[1,]', /column 4: has "\]" where a value/],
  ['{"a":\n\n  x}', /line 3, column 3: has "x" where a value/],
  ['{"a":0x2a}', /column 6: has "0" where a decimal number \(quote others: "0x2a"\)/],
  ['{"a":007}', /column 6: has "0" where a decimal number/],
  ['{"a":1.}', /column 6: has "1" where a decimal number/],
  ['"abc', /column 5: has its end where the closing double quote/],
  ['"a\nb"', /column 3: has "\\n" where the closing double quote/],
  ['"\\x"', /column 3: has "x" where an escape/],
  ['"\\u12g4"', /column 3: has "u" where an escape/],
  ['1 1', /column 3: has "1" where the end of the input/],
  ['{"a":1,"a":2}', /column 8: has "a" twice/],
  ['{"__proto__":1,"__proto__":2}', /column 16: has "__proto__" twice/],
  ['['.repeat(40), /column 34: is nested more than 32 deep/],
  [
    '{"user_data":9007199254740993}',
    /column 14: has user_data = 9007199254740993, which .* quote it: "9007199254740993"/,
  ],
  ['{"a":{"b":[0,18446744073709551615]}}', /column 14: has a\.b\[1\] = 18446744073709551615/],
];

test.each(REFUSED)('refuses %s', (text, message) => {
  expect(() => parseJson(text)).toThrow(UsageError);
  expect(() => parseJson(text)).toThrow(message);
});

test.each([
  ['0', true],
  ['-0', true],
  ['0.0', true],
  ['1.5', true],
  ['1.0', true],
  ['100', true],
  ['1e2', true],
  ['1.5e1', true],
  ['120e-1', true],
  ['9007199254740991', true],
  ['-9007199254740991', true],
  ['9007199254740992', false],
  ['9007199254740993', false],
  ['-9007199254740993', false],
  ['9007199254740992.5', false],
  ['1.00000000000000000001', false],
  ['1e-400', false],
  ['1e22', false],
  ['1e400', false],
  ['1e999999999999', false],
  ['0e999999999999', true],
])('whether %s is held exactly: %s', (literal, exact) => {
  expect(isExact(literal)).toBe(exact);
});

test('a whole number is held exactly up to 2^53, and only so', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (value) => {
      expect(isExact(value.toString())).toBe(
        BigInt.asIntN(64, value) === value && Math.abs(Number(value)) < 2 ** 53,
      );
    }),
  );
});
