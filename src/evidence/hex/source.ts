import { quote } from '../../quote.js';
import { EvidenceError } from '../error.js';

/** A line of the input, with its number for messages. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** A piece of a line without white space. */
export interface Token {
  readonly line: Line;
  /** Characters before it in its line. */
  readonly at: number;
  readonly text: string;
}

/** A single `*` stands for lines that repeat the one before. */
export const isRepeat = (line: Line): boolean => line.text.trim() === '*';

/** What a dump may take up when a short notation stands for many bytes. */
export const MOST_BYTES = 1 << 20;

/** The lines that have content, without prompts of a debugger, which people copy with its answer. */
export function sourceLines(text: string): Line[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, i) => ({ number: i + 1, text: line }))
    .filter(({ text: line }) => line.trim() !== '' && !/^\s*\((gdb|lldb)\)/.test(line));
}

/** The lines that have more than comments of C, with blanks in their place, so that columns stay right. @throws EvidenceError */
export function withoutComments(lines: readonly Line[]): Line[] {
  let isInside = false;
  let opened: EvidenceError | undefined;
  const kept = lines.map((line) => {
    const text = line.text.replace(/\/\*|\*\/|\/\/.*|./g, (piece, at: number) => {
      if (piece === '/*' && !isInside) {
        isInside = true;
        opened = errorAt(line, at, 'a comment without end');
      }
      const isComment = isInside || piece.startsWith('//');
      if (piece === '*/') isInside = false;
      return isComment ? ' '.repeat(piece.length) : piece;
    });
    return { ...line, text };
  });
  if (isInside) throw opened;
  return kept.filter(({ text }) => text.trim() !== '');
}

/** The pieces of a line between separators. */
export function tokensOf(line: Line, separators = /[^\s,]+/g, from = 0, to = line.text.length): Token[] {
  return [...line.text.slice(from, to).matchAll(separators)].map((match) => ({
    line,
    at: from + match.index,
    text: match[0],
  }));
}

/** An error at a place of the input. */
export function errorAt(line: Line, at: number, problem: string): EvidenceError {
  const place = { line: line.number, column: at + 1 };
  return new EvidenceError('syntax', `hex input, line ${line.number}, column ${at + 1}: ${problem}`, place);
}

export const BYTES_EXPECTED =
  'bytes as 2a 00, 0x2a 0x00 or \\x2a\\x00, or a dump of xxd, hexdump -C, od -A x -t x1 or gdb';

/** The complaint about a piece that is no hex: at its first wrong character, or about all of it. */
export function badToken(token: Token, expected = BYTES_EXPECTED): EvidenceError {
  const digits = token.text.replace(/^0x/i, '');
  const wrong = digits.search(/[^\da-f]/i);
  const skipped = token.text.length - digits.length;
  if (wrong >= 0) {
    const c = String.fromCodePoint(digits.codePointAt(wrong) as number);
    return errorAt(
      token.line,
      token.at + skipped + wrong,
      `${quote(c)} is no hex digit, expected ${expected}`,
    );
  }
  if (digits.length % 2 === 1)
    return errorAt(
      token.line,
      token.at,
      `${quote(token.text)} has an odd number of hex digits, expected two a byte`,
    );
  return errorAt(token.line, token.at, `${quote(token.text)} is not expected here, but ${expected}`);
}

/** Bytes of an even number of digits, first digits first. */
export function bytesOf(digits: string): number[] {
  return Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  );
}
