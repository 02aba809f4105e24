import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EvidenceError } from '../../src/evidence/error.js';
import { parseHex } from '../../src/evidence/hex.js';
import { DUMPS, REPEATING, REPEATING_DUMPS, SAMPLE } from './cli-dumps.js';

const hex = (text: string) => Buffer.from(parseHex(text)).toString('hex');

const PLAIN: readonly (readonly [how: string, text: string, bytes: string])[] = [
  ['digits', '2a00ff', '2a00ff'],
  ['digits in upper case', '2A00FF', '2a00ff'],
  ['bytes apart', '2a 00 ff', '2a00ff'],
  ['groups of several sizes', '2a00 ff 00000001', '2a00ff00000001'],
  ['groups of which the first is long', '00000000 2a00 0001', '000000002a000001'],
  ['on lines', '2a00\n\n  ff\r\n01', '2a00ff01'],
  ['commas', '2a,00, ff,', '2a00ff'],
  ['colons', '2a:00:ff', '2a00ff'],
  ['0x before all', '0x2a00ff', '2a00ff'],
  ['0x before each', '0x2a 0x00 0xff', '2a00ff'],
  ['0x before each, with commas', '0x2a,0x0,0xff', '2a00ff'],
  ['0X', '0X2A 0XFF', '2aff'],
  ['escapes', '\\x2a\\x00\\xff', '2a00ff'],
  ['escapes in a string', '"\\x2a\\x00"\n  "\\xff";', '2a00ff'],
  ['escapes of Python', "b'\\x2a\\x00\\xff'", '2a00ff'],
  ['digits in quotes', '"2a00ff"', '2a00ff'],
  ["Node's Buffer", '<Buffer 2a 00 ff>', '2a00ff'],
  ['an array of C', '{0x2a, 0x00, 0xff}', '2a00ff'],
  [
    'a declaration of C',
    'static const __u8 x[3] = {\n\t0x2a, /* 0: a, } */\n\t0x00, // b }\n\t0xff,\n};\n',
    '2a00ff',
  ],
  ['a compound literal', '(unsigned char[]){ 0x2a, 0, 1 }', '2a0001'],
  ['a comment behind digits', '2a00 /* two\nbytes */ ff', '2a00ff'],
  ['an array of JavaScript', '[0x2a, 0x00, 0xff]', '2a00ff'],
  ['gdb, with its prompt', '(gdb) x/2xb p\n0x10:\t0x2a\t0x00', '2a00'],
  ['gdb, an address without symbol', '0x7ffe0000:\t0x0000002a', '2a000000'],
  ['gdb, a symbol of C++', '0x7ffe0000 <a::b<int>::c+8>:\t0x2a\t0x00', '2a00'],
  ['lldb', '0x16fdff3c8: 2a 00 7c ff  *.|.', '2a007cff'],
  ['lldb, bars around the text', '0x16fdff3c8: 7c 00 7c ff  |.|.', '7c007cff'],
  ['bars around the text', '00000000: 2a 00 7c ff  |*.|.|', '2a007cff'],
  ['xxd without its text', '00000000: 2a00 ff', '2a00ff'],
  ['xxd -g4, of bytes that read the same in both orders', '00000000: 00000000 2a00002a', '000000002a00002a'],
  ['xxd from an offset', '00000008: 2a00 ff01  *...\n0000000c: 05  .', '2a00ff0105'],
  ['xxd whose text is hex', '00000000: 6162 6364  abcd\n00000004: 6566  ef', '616263646566'],
  ['xxd whose text ends in spaces that were lost', '00000000: 2a20 20  *', '2a2020'],
  ['xxd whose text begins with spaces', '00000000: 2020 2a    *', '20202a'],
  ['hexdump, an odd byte', '0000000 002a 0000\n0000004 0005\n0000005', '2a00000005'],
  ['od of one line', '000000 2a 00 ff', '2a00ff'],
];

test.each(PLAIN)('%s', (_how, text, bytes) => {
  expect(hex(text)).toBe(bytes);
});

test.each(DUMPS)('a dump of %s', (_tool, text) => {
  expect(hex(text)).toBe(SAMPLE);
});

test.each(REPEATING_DUMPS)('repeated lines in %s', (_tool, text) => {
  expect(hex(text)).toBe(REPEATING);
});

const WRONG: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['nothing', '', /is empty, expected bytes/],
  ['white space', ' \n\t\n', /is empty, expected bytes/],
  ['only a comment', '/* 2a\n00 */ // 01', /is empty, expected bytes/],
  ['a comment without end', '2a\n00 /* 01', /line 2, column 4: a comment without end/],
  ['only a comma', ' , ', /line 1, column 1: .* expected bytes/],
  ['a sign that is no hex', '2a 0g', /line 1, column 5: "g" is no hex digit, expected bytes as 2a 00/],
  ['a sign on a later line', '2a\n\n00 zz', /line 3, column 4: "z" is no hex digit/],
  ['a sign of two code units', '2a \u{1f600}', /line 1, column 4: "\u{1f600}" is no hex digit/u],
  ['an odd digit', '2a 0', /line 1, column 4: "0" has an odd number of hex digits, expected two a byte/],
  ['an odd number of digits', '2a000', /column 1: "2a000" has an odd number/],
  ['0x alone', '0x', /column 1: "0x" is not expected here/],
  ['odd digits behind 0x', '0x2a0', /column 1: "0x2a0" has an odd number/],
  [
    'words without addresses',
    '0x0000002a 0x00000000',
    /column 1: "0x0000002a" could be a word in either byte order/,
  ],
  ['a sign among escapes', '\\x2a*\\x00', /column 5: "\*\\\\x0" is not expected here, but an escape/],
  ['half an escape', '\\x2', /column 1: .* expected here, but an escape of two hex digits/],
  ['a decimal array', '{42, 0}', /column 2: "42" is decimal in an array, expected bytes as 0x2a/],
  ['an array of words', '{0x0000002a, 0x100}', /column 14: "0x100" is no byte, expected 0x00 to 0xff/],
  ['a negative item', '{-1}', /column 2: "-" is no hex digit/],
  ['an open array', '{0x2a, 0x00', /column 1: the array has no closing "}"/],
  ['bytes before an array', '2a {0x00}', /column 4: an array begins behind other input/],
  ['bytes behind an array', '{0x00} 2a', /column 7: "2a" stands behind the array/],
  ['lines behind an array', '{0x00};\n2a', /line 2, column 1: more input stands behind the array/],
  [
    "a length that is not the array's",
    'unsigned char x[] = {\n0x00 };\nunsigned int x_len = 2;',
    /line 3, .* has 1 bytes, but its length is given as 2/,
  ],
  ['a repetition of nothing', '{<repeats 3 times>}', /column 2: .* repeats nothing/],
  ['a repetition without end', '{0x0 <repeats 99999999999 times>}', /column 6: .* more than 1048576 bytes/],
  [
    'a lost line of xxd',
    '00000000: 2a00  *.\n00000004: ff01  ..',
    /line 2, column 1: offset 0x4 does not follow .* expected 0x2/,
  ],
  [
    'a lost line of gdb',
    '0x10:\t0x2a\t0x00\n0x14:\t0x00',
    /line 2, column 1: offset 0x14 does not follow .* expected 0x12/,
  ],
  [
    'a lost line of hexdump',
    '00000000  2a 00  |*.|\n00000003  01  |.|\n00000004',
    /line 2, column 1: offset 0x3 .* expected 0x2/,
  ],
  ['a wrong end', '00000000  2a 00  |*.|\n00000001', /line 2, column 1: offset 0x1 .* expected 0x2/],
  [
    'text that does not fit',
    '00000000: 2a00 ff01  abcd',
    /line 1, column 22: the column for text does not fit/,
  ],
  ['text of which a sign was lost', '00000000: 2a2b 2c  *+', /column 20: the column for text does not fit/],
  [
    'text of a line that no tool writes',
    `00000000: ${'61'.repeat(257)}  ${'a'.repeat(257)}`,
    /column 527: the column for text/,
  ],
  ['text behind text', '00000000: 2a 00  ff 01  *...', /column 18: the column for text does not fit/],
  [
    'text that does not fit hexdump',
    '00000000  2a 00  |ab|\n00000002',
    /line 1, column 19: the column for text does not fit/,
  ],
  [
    'words of an unknown order',
    '00000000: 0000002a 00000001',
    /column 11: groups of 4 bytes could be in either byte order/,
  ],
  [
    'an order that the text leaves open',
    '00000000: 00000001 00000002  ........',
    /column 11: groups of 4 bytes could be in either/,
  ],
  ['a line without address', '00000000: 2a00  *.\nff01', /line 2, column 1: expected an address and ":"/],
  ['a sign in a dump', '00000000: 2a0g', /column 14: "g" is no hex digit, expected groups/],
  ['words of several sizes', '0x10:\t0x2a\t0x0000', /column 12: "0x0000" is of another size/],
  ['words of three digits', '0x10:\t0x02a', /column 7: .* odd number of hex digits/],
  [
    'decimal numbers of gdb',
    '0x10:\t0x2a\t42',
    /column 12: "42" is not expected here, but words of 2, 4, 8 or 16 digits/,
  ],
  ['octal words', '0000000 000052 000000\n0000004', /column 9: words of 6 digits \(octal\?\)/],
  [
    'words behind a long offset',
    '00000000  002a 0000  |*...|',
    /column 11: words of 2 bytes could be in either byte order/,
  ],
  ['bytes and words', '00000000  2a 0000  |*..|', /column 11: bytes and words of several sizes/],
  ['a sign in the bytes of od', '000000 2a zz\n000002', /column 11: "zz" is no hex byte/],
  ['a line of od without offset', '000000 2a 00\n*\nzz 00', /line 3, column 1: "zz" is no offset/],
  ['an asterisk at the end', '000000 2a 00\n*', /line 2, column 1: "\*" at the end/],
  [
    'an asterisk that repeats half a line',
    '000000 2a 00\n*\n000005',
    /line 3, column 1: .* would have 3 bytes, expected a multiple of 2/,
  ],
  [
    'an asterisk that repeats backwards',
    '000000 2a 00\n*\n000000',
    /line 3, column 1: .* would have -2 bytes/,
  ],
  ['an asterisk for too much', '00000000  2a  |*|\n*\nffffffff', /line 3, column 1: .* at most 1048576/],
  ['two asterisks', '000000 2a 00\n*\n*\n000008', /line 3, column 1: "\*" repeats the line before/],
  [
    'an end that fits two radixes',
    `0000000${' 00'.repeat(16)}\n*\n0000140`,
    /line 3, column 1: the offsets could be .*: 320 or 96 bytes/,
  ],
];

test.each(WRONG)('refused: %s', (_what, text, message) => {
  expect(() => parseHex(text)).toThrow(EvidenceError);
  expect(() => parseHex(text)).toThrow(message);
});

describe('any bytes, written in any way, are read back', () => {
  const digits = (bytes: Uint8Array, between = '') =>
    Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(between);
  const rows = (bytes: Uint8Array, size: number) =>
    Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => [i * size, bytes.subarray(i * size, (i + 1) * size)] as const,
    );
  const text = (bytes: Uint8Array) =>
    Array.from(bytes, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
  const offset = (at: number, length: number) => at.toString(16).padStart(length, '0');
  const word = (bytes: Uint8Array) => `0x${digits(Uint8Array.from(bytes).reverse())}`;

  const writers: readonly (readonly [string, (bytes: Uint8Array) => string])[] = [
    ['digits', (b) => digits(b)],
    ['escapes', (b) => `\\x${digits(b, '\\x')}`],
    ['an array', (b) => `{0x${digits(b, ', 0x')}}`],
    [
      'xxd',
      (b) =>
        rows(b, 16)
          .map(
            ([at, row]) =>
              `${offset(at, 8)}: ${digits(row)
                .replace(/.{4}(?=.)/g, '$& ')
                .padEnd(39)}  ${text(row)}`,
          )
          .join('\n'),
    ],
    [
      'hexdump -C',
      (b) =>
        [
          ...rows(b, 16).map(([at, row]) => `${offset(at, 8)}  ${digits(row, ' ')}  |${text(row)}|`),
          offset(b.length, 8),
        ].join('\n'),
    ],
    [
      'od',
      (b) =>
        [...rows(b, 16).map(([at, row]) => `${offset(at, 6)} ${digits(row, ' ')}`), offset(b.length, 6)].join(
          '\n',
        ),
    ],
    [
      'gdb x/xb',
      (b) =>
        rows(b, 8)
          .map(([at, row]) => `0x${offset(at + 4096, 4)} <b+${at}>:\t0x${digits(row, '\t0x')}`)
          .join('\n'),
    ],
    [
      'gdb x/xg',
      (b) =>
        rows(b, 16)
          .map(
            ([at, row]) =>
              `0x${offset(at + 4096, 4)}:\t${rows(row, 8)
                .map(([, w]) => word(w))
                .join('\t')}`,
          )
          .join('\n'),
    ],
  ];

  test.each(writers)('%s', (_how, write) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((few) => {
      // Whole words, with many zeros as structs have them.
      const all = new Uint8Array(few.length * 8);
      few.forEach((byte, i) => {
        all[(i * 11) % all.length] = byte;
      });
      return all;
    });
    fc.assert(
      fc.property(bytes, (all) => hex(write(all)) === Buffer.from(all).toString('hex')),
      { numRuns: 200 },
    );
  });

  test('garbage is read or refused with a place, never anything else', () => {
    const sign = fc.constantFrom(...'0123456789abcdefx:|<>*{}[]\\ \n\t,;.z"'.split(''));
    const piece = fc.constantFrom(
      '0x',
      '\\x',
      '00000000: ',
      '0x10:\t',
      ' |',
      '|\n',
      '*\n',
      '<repeats 3 times>',
      '000000 ',
      '/*',
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(sign, sign, piece), maxLength: 60 }), (garbage) => {
        try {
          parseHex(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceError);
          expect((error as Error).message).toMatch(
            /^hex input, line \d+, column \d+: |^the hex input is empty/,
          );
        }
      }),
      { numRuns: 3000 },
    );
  });
});
