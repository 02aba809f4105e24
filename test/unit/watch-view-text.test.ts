import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abilitiesFor, canDraw } from '../../src/cli/watch/view/abilities.js';
import {
  buffersText,
  bytesText,
  countText,
  preciseSpanText,
  shareText,
  spanText,
  wholeText,
} from '../../src/cli/watch/view/figures.js';
import { sparkline } from '../../src/cli/watch/view/sparkline.js';
import { cutEnd, cutLines, cutName, printable, spread, wrap } from '../../src/cli/watch/view/text.js';

describe('text from outside', () => {
  it.each([
    ['nginx', 'nginx', 'nginx'],
    ['a b', 'a b', 'a b'],
    ['', '', ''],
    ['\x1b[2J\x1b]0;owned\x07', '?[2J?]0;owned?', '?[2J?]0;owned?'],
    ['a\r\nb\tc\0\x7f', 'a??b?c??', 'a??b?c??'],
    // C1: CSI in one character
    ['\x9b31mred', '?31mred', '?31mred'],
    ['größe', 'größe', 'gr??e'],
    // the accent as a character of its own becomes one letter with its letter
    ['e\u0301', 'é', '?'],
    ['q\u0301', 'q?', 'q?'],
    ['приём', 'приём', '?????'],
    // wide, joined, right to left, invisible, half a character, no character
    ['受信', '??', '??'],
    ['👩‍💻', '???', '???'],
    ['\u202egnp', '?gnp', '?gnp'],
    ['a\u200bb\u00adc', 'a?b?c', 'a?b?c'],
    ['\ud800', '?', '?'],
    ['\ufffd', '?', '?'],
    ['ｗｉｄｅ', '????', '????'],
  ])('%j is shown as %j, in ASCII as %j', (text, inUnicode, inAscii) => {
    expect(printable(text, true)).toBe(inUnicode);
    expect(printable(text, false)).toBe(inAscii);
  });

  it('has nothing left that steers a terminal, whatever it is', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(anything, (text) => {
        expect(printable(text, false)).toMatch(/^[ -~]*$/);
        expect(printable(text, true)).not.toMatch(/[^ -~\u00aa-\u052f]/);
        expect(printable(text, true)).not.toMatch(/\p{C}|\p{M}/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('text that is too long', () => {
  it.each([
    ['abcdef', 6, 'abcdef', 'abcdef'],
    ['abcdef', 5, 'abcd…', 'abc..'],
    ['abcdef', 2, 'a…', 'ab'],
    ['abcdef', 1, 'a', 'a'],
    ['abcdef', 0, '', ''],
  ])('%s in %d', (text, width, inUnicode, inAscii) => {
    expect(cutEnd(text, width, true)).toBe(inUnicode);
    expect(cutEnd(text, width, false)).toBe(inAscii);
  });

  it('keeps the end of what tells instances apart', () => {
    expect(cutName('receiver', '(42):7/0', 16, true)).toBe('receiver(42):7/0');
    expect(cutName('receiver', '(42):7/0', 15, true)).toBe('receiv…(42):7/0');
    expect(cutName('receiver', '(42):7/0', 15, false)).toBe('recei..(42):7/0');
    expect(cutName('receiver', '(42):7/0', 9, true)).toBe('…(42):7/0');
    expect(cutName('receiver', '(42):7/0', 8, true)).toBe('…42):7/0');
    expect(cutName('receiver', '(42):7/0', 1, true)).toBe('0');
  });

  it('is wrapped at words, and a word that is too long is broken', () => {
    expect(wrap('the area  has\nno free buffer', 8)).toEqual(['the area', 'has no', 'free', 'buffer']);
    expect(wrap('a abcdefghij b', 4)).toEqual(['a', 'abcd', 'efgh', 'ij b']);
    expect(wrap('', 4)).toEqual([]);
    expect(wrap('a', 0)).toEqual([]);
    expect(cutLines(['a', 'bcde', 'f'], 2, 4, true)).toEqual(['a', 'bcd…']);
    expect(cutLines(['a', 'b', 'f'], 2, 4, true)).toEqual(['a', 'b…']);
    expect(cutLines(['a', 'b'], 2, 4, true)).toEqual(['a', 'b']);
    expect(cutLines(['a', 'b'], 0, 4, true)).toEqual([]);
  });

  it('loses its right end first', () => {
    expect(spread('left', 'right', 12, true)).toBe('left   right');
    expect(spread('left', 'right', 10, true)).toBe('left');
    expect(spread('left', '', 3, true)).toBe('le…');
  });
});

describe('figures', () => {
  it.each([
    [undefined, '-'],
    [Number.NaN, '-'],
    [-1, '-'],
    [0, '0B'],
    [0.001, '<0.01B'],
    [0.333, '0.33B'],
    [17.5, '17.5B'],
    [512, '512B'],
    [1023.4, '1023B'],
    [1023.6, '1.00KiB'],
    [1024, '1.00KiB'],
    [999.7 * 1024, '1000KiB'],
    [1023.9 * 1024, '1.00MiB'],
    [1.5 * 2 ** 30, '1.50GiB'],
    [2n ** 64n - 1n, '16.0EiB'],
  ])('%s bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [undefined, '-'],
    [0, '0'],
    [7, '7'],
    [3.25, '3.25'],
    [999, '999'],
    [999.6, '1.00k'],
    [12_345, '12.3k'],
    [999_700, '1.00M'],
    [2n ** 64n, '18.4E'],
    [1e30, '>999E'],
  ])('a rate of %s is %s', (count, text) => expect(countText(count)).toBe(text));

  it.each([
    [undefined, '-'],
    [0, '0 buf'],
    [0.04, '<0.1 buf'],
    [3.25, '3.3 buf'],
    [31.9, '32 buf'],
    [999, '999 buf'],
    [3120, '3.1k buf'],
    [31_200, '31k buf'],
    [315_000, '315k buf'],
    [999_600, '1.0M buf'],
  ])('%s buffers are %s', (count, text) => expect(buffersText(count)).toBe(text));

  it('of things are exact where there is room', () => {
    expect([undefined, 0, 4096, 999_999, 1_000_000].map(wholeText)).toEqual([
      '-',
      '0',
      '4096',
      '999999',
      '1.00M',
    ]);
  });

  it.each([
    [undefined, '-'],
    [0, '0%'],
    [0.0001, '<0.1%'],
    [0.001, '0.1%'],
    [0.1228, '12.3%'],
    [0.9991, '>99%'],
    [1, '100%'],
    [1.2, '100%'],
  ])('a share of %s is %s', (share, text) => expect(shareText(share)).toBe(text));

  const S = 1_000_000_000n;
  it.each([
    [undefined, '-'],
    [-1n, '-'],
    [S - 1n, '0s'],
    [59n * S, '59s'],
    [60n * S, '1m00s'],
    [3599n * S, '59m59s'],
    [3600n * S, '1h00m'],
    [86_399n * S, '23h59m'],
    [86_400n * S, '1d0h'],
    [8_639_999n * S, '99d23h'],
    [8_640_000n * S, '100d'],
    [2n ** 63n, '>99999'],
  ])('%s ns are %s', (ns, text) => expect(spanText(ns)).toBe(text));

  it('of time have their fractions in sentences', () => {
    expect([5_000_000n, 1_500_000_000n, 61n * S].map(preciseSpanText)).toEqual([
      '0.005 s',
      '1.50 s',
      '1m01s',
    ]);
  });

  it('fit their columns, whatever they are', () => {
    const number = fc.oneof(fc.double({ min: 0, max: 1e18, noNaN: true }), fc.double(), fc.nat());
    fc.assert(
      fc.property(number, (x) => {
        expect(bytesText(x).length).toBeLessThanOrEqual(8);
        expect(buffersText(Math.min(x, 1e20)).length).toBeLessThanOrEqual(8);
        expect(countText(x).length).toBeLessThanOrEqual(6);
        expect(shareText(x).length).toBeLessThanOrEqual(5);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(-1n, 2n ** 63n), (x) => {
        expect(spanText(x).length).toBeLessThanOrEqual(6);
      }),
    );
  });
});

describe('a sparkline', () => {
  it.each([
    [[], 4, '    ', '    '],
    [[0, 0], 4, '  ▁▁', '  __'],
    [[0, 1, 7, 14], 4, '▁▂▅█', '_.=#'],
    // next to nothing is not nothing
    [[0, 1, 1e9], 3, '▁▂█', '_.#'],
    [[9, 9, 1, 2, 3], 3, '▃▆█', ':+#'],
    [[1, Number.NaN, 1, -1, Number.POSITIVE_INFINITY], 5, '█ █  ', '# #  '],
    [[1], 0, '', ''],
  ])('%j in %d', (history, width, inUnicode, inAscii) => {
    expect(sparkline(history, width, true)).toBe(inUnicode);
    expect(sparkline(history, width, false)).toBe(inAscii);
  });
});

describe('what a terminal can do', () => {
  it.each([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
    [{ LANG: 'C.UTF-8', TERM: 'linux' }, false],
  ])('%j: Unicode %s', (env, expected) => expect(abilitiesFor(true, env).unicode).toBe(expected));

  it.each([
    [{ TERM: 'xterm' }, true, true],
    [{ TERM: 'xterm', NO_COLOR: '1' }, true, false],
    [{ TERM: 'dumb' }, true, false],
    [{ TERM: 'xterm' }, false, false],
  ])('%j: colours', (env, color, expected) => {
    const { paint } = abilitiesFor(true, env, color);
    expect(paint('red', 'x') !== 'x').toBe(expected);
  });

  it('decides between a picture and lines', () => {
    const size = { columns: 80, rows: 24 };
    expect(canDraw(true, { TERM: 'xterm' }, size)).toBe(true);
    for (const env of [{ TERM: 'dumb' }, { TERM: '' }, {}]) expect(canDraw(true, env, size)).toBe(false);
    // a file or a pipe; a serial console
    expect(canDraw(false, { TERM: 'xterm' }, size)).toBe(false);
    expect(canDraw(true, { TERM: 'xterm' }, { columns: 0, rows: 0 })).toBe(false);
  });
});
