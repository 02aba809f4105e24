import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EvidenceError } from '../../src/evidence/error.js';
import { Notation, type Value } from '../../src/evidence/notation.js';
import { Source } from '../../src/evidence/source.js';

const sourceOf = (text: string) =>
  new Source(
    'gdb',
    text.split('\n').map((line, i) => ({ text: line, line: i + 1, column: 1 })),
  );

type Plain = bigint | string | Plain[] | { [name: string]: Plain };

/** A value without places: anonymous members under their number, what was abbreviated with `...`. */
function plain(value: Value): Plain {
  switch (value.kind) {
    case 'number':
      return value.value;
    case 'names':
      return value.text;
    case 'unknown':
      return `? ${value.why}`;
    case 'list':
      return [...value.items.map(plain), ...(value.abbreviated ? ['...'] : [])];
    case 'struct':
      return Object.fromEntries([
        ...value.members.map((member, i) => [member.name ?? `#${i}`, plain(member.value)]),
        ...(value.abbreviated ? [['...', '...']] : []),
      ]);
  }
}

const READ: [what: string, text: string, expected: Plain][] = [
  ['a decimal number', '42', 42n],
  ['a negative one', '-12', -12n],
  ['a hexadecimal one', '0x7ffd0c5a1c40', 0x7ffd0c5a1c40n],
  ['64 bits', '18446744073709551615', 0xffff_ffff_ffff_ffffn],
  ['an octal one', '010', 8n],
  ['NULL', 'NULL', 0n],
  ['a name', 'ZCRX_CTRL_EXPORT', 'ZCRX_CTRL_EXPORT'],
  ['flags of strace', 'ZCRX_REG_IMPORT|0x4', 'ZCRX_REG_IMPORT|0x4'],
  ['flags of gdb', '(ZCRX_REG_IMPORT | ZCRX_REG_NODEV)', 'ZCRX_REG_IMPORT|ZCRX_REG_NODEV'],
  ['flags of gdb with an unknown one', '(ZCRX_REG_IMPORT | unknown: 0x8)', 'ZCRX_REG_IMPORT|0x8'],
  ['only an unknown one', '(unknown: 0x8)', '0x8'],
  ['a comment of strace', '0x4 /* ZCRX_REG_??? */', 4n],
  ['a decorated descriptor', '3<anon_inode:[io_uring]>', 3n],
  ['a deleted file', '3</tmp/a>(deleted)', 3n],
  ['a socket', '3<TCP:[127.0.0.1:1->127.0.0.1:2]>', 3n],
  ['a symbol', '0x555555558080 <area>', 0x555555558080n],
  ['a symbol of C++', '0x10 <std::vector<int, std::allocator<int> >::size() const+4>', 16n],
  ['a character', "42 '*'", 42n],
  ['a pointer with its type', '(struct io_uring_zcrx_ifq_reg *) 0x10 <reg>', 16n],
  ['a function pointer', '(void (*)(int)) 0x10 <f>', 16n],
  ['a reference of C++', '(struct X &) @0x7ffe0010: {a = 1}', { a: 1n }],
  ['what was optimized out', '<optimized out>', '? optimized out'],
  [
    'what could not be read',
    '<error: Cannot access memory at address 0x10>',
    '? error: Cannot access memory at address 0x10',
  ],
  ['a struct of strace', '{a=0, b=0x7, c=NULL}', { a: 0n, b: 7n, c: 0n }],
  ['a struct of gdb', '{a = 0, b = {1, 2}}', { a: 0n, b: [1n, 2n] }],
  ['a list of strace', '[0, 0x7]', [0n, 7n]],
  ['an empty list', '[]', []],
  ['an empty struct', '{zc_flush={}}', { zc_flush: {} }],
  ['nested structs', '{a={b={c=1}}}', { a: { b: { c: 1n } } }],
  ['repeats', '{r = {0 <repeats 3 times>, 7}}', { r: [0n, 0n, 0n, 7n] }],
  ['indices', '{[0] = 1, [1] = 0}', [1n, 0n]],
  ['an anonymous union', '{op = 2, {x = {a = 1}, y = 2}}', { op: 2n, '#1': { x: { a: 1n }, y: 2n } }],
  ['print union off', '{op = 2, {...}}', { op: 2n, '#1': { '...': '...' } }],
  ['print elements 2', '{r = {0, 0...}}', { r: [0n, 0n, '...'] }],
  ['an abbreviated struct', '{a=1, ...}', { a: 1n, '...': '...' }],
  ['before and after the call', '{a=1} => {a=2}', { a: 1n }],
  ['a field before and after', '{a=1 => 2, b=3}', { a: 1n, b: 3n }],
  ['an initializer of C', '{ .a = 1, .b = { 2, 3, }, }', { a: 1n, b: [2n, 3n] }],
  ['lines', '{\n  a = 1,\n  b = {\n    c = 2\n  }\n}', { a: 1n, b: { c: 2n } }],
  ['characters repeated', "{s = '\\000' <repeats 3 times>}", { s: [0n, 0n, 0n] }],
  ['a string', '{s = "*\\000\\n\\x41"}', { s: [42n, 0n, 10n, 65n] }],
  [
    'a string in pieces',
    '{s = "ab", \'\\000\' <repeats 2 times>, "c", t = 1}',
    { s: [97n, 98n, 0n, 0n, 99n], t: 1n },
  ],
  ['a list of structs', '{{a = 1}, {a = 2}}', [{ a: 1n }, { a: 2n }]],
  ['what follows', '{a = 1}\n#1  main () "', { a: 1n }],
];

test.each(READ)('%s', (_what, text, expected) => {
  expect(plain(new Notation(sourceOf(text), 0).value())).toEqual(expected);
});

const WRONG: [what: string, text: string, message: string][] = [
  ['nothing', '', 'line 1, column 1: the text ends, expected a number, a name, or "{"'],
  ['a lost brace', '{a=1, b={c=2}', 'line 1, column 1: the text ends before the "}" of this "{"'],
  ['a lost comma', '{a=1 b=2}', 'line 1, column 6: found "b", expected "," or "}"'],
  ['the wrong bracket', '[1, 2}', 'line 1, column 6: found "}", expected "," or "]"'],
  ['a lost value', '{a=, b=2}', 'line 1, column 4: found ",", expected a number, a name, or "{"'],
  ['on a later line', '{\n  a = 1,\n  b = ;\n}', 'line 3, column 7: found ";\\n}", expected a number'],
  ['an open parenthesis', '(struct x', 'line 1, column 1: a "(" without ")"'],
  ['an open quote', '{a = "b}', 'line 1, column 6: a " without the other on its line, expected'],
  ['an open bracket', '{a = <b}', 'line 1, column 6: a "<" without ">" on its line, expected'],
  [
    'too many repeats',
    '{0 <repeats 999999999 times>}',
    'line 1, column 4: "<repeats 999999999 times>", expected 1 to 256',
  ],
  ['no repeats', '{0 <repeats 0 times>}', 'line 1, column 4: "<repeats 0 times>", expected 1 to 256 times'],
  ['depth', '{a='.repeat(2000), 'nested deeper than 1100, expected the output of one call'],
  ['references without end', '@0:'.repeat(2000), 'nested deeper than 1100'],
  ['casts without end', '(x)'.repeat(2000), 'nested deeper than 1100'],
  ['values without end', `[${'0,'.repeat(100_001)}`, 'more than 100000 values'],
];

test.each(WRONG)('refused: %s', (_what, text, message) => {
  const read = () => new Notation(sourceOf(text), 0).value();
  expect(read).toThrow(EvidenceError);
  expect(read).toThrow(message);
});

test('of a call that strace saw only begin, the text may end anywhere', () => {
  expect(plain(new Notation(sourceOf('{zcrx_id=0, op=ZCRX_CTRL_EXPORT'), 0, true).value())).toEqual({
    zcrx_id: 0n,
    op: 'ZCRX_CTRL_EXPORT',
  });
});

test('garbage is read or refused with a place', () => {
  const piece = fc.constantFrom(
    ...['{', '}', '[', ']', '(', ')', ',', '=', '=>', '...', '|', '<', '>', '"', "'", '\\', '/*', '*/', '@'],
    ...['0x', '0', '-1', 'a', 'NULL', '<repeats 3 times>', '<optimized out>', ' ', '\n', '.', ':', '->', 'é'],
  );
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 40 }), fc.boolean(), (garbage, mayEnd) => {
      try {
        new Notation(sourceOf(garbage), 0, mayEnd).value();
      } catch (error) {
        expect(error).toBeInstanceOf(EvidenceError);
        expect((error as Error).message).toMatch(/^gdb input, line \d+, column \d+: /);
      }
    }),
    { numRuns: 5000 },
  );
});
