import { badToken, bytesOf, errorAt, type Line, type Token, tokensOf } from './source.js';

/** Signs around the bytes that carry nothing: quotes, and what Node prints. */
const QUOTES = /^\s*["']|["']\s*$/g;
const BUFFER = /^\s*<Buffer\s|>\s*$/g;

/** The lines without such signs, which leave their place so that columns stay right. */
function unwrapped(lines: readonly Line[]): Line[] {
  const signs = /^\s*<Buffer\s/.test((lines[0] as Line).text) ? BUFFER : QUOTES;
  const blank = (match: string) => ' '.repeat(match.length);
  return lines.map((line) => ({ ...line, text: line.text.replace(signs, blank) }));
}

/** Digits in any grouping, with or without `0x` before each byte or before all. */
export function parsePlain(lines: readonly Line[]): Uint8Array {
  const tokens = unwrapped(lines).flatMap((line) => tokensOf(line));
  const [first] = tokens;
  if (!first) throw badToken({ line: lines[0] as Line, at: 0, text: (lines[0] as Line).text });
  return Uint8Array.from(tokens.flatMap((token) => plainBytes(token, tokens.length === 1)));
}

function plainBytes(token: Token, alone: boolean): number[] {
  const { text } = token;
  if (/^[\da-f]{2}(:[\da-f]{2})+$/i.test(text)) return bytesOf(text.replaceAll(':', ''));
  const [, prefix, digits] = /^(0x)?([\da-f]+)$/i.exec(text) ?? [];
  if (digits === undefined) throw badToken(token);
  if (prefix && digits.length <= 2) return [Number.parseInt(digits, 16)];
  if (digits.length % 2 === 1) throw badToken(token);
  if (prefix && !alone) {
    const problem = `"${text.slice(0, 18)}" could be a word in either byte order, expected single bytes as 0x2a, or a gdb dump with its addresses`;
    throw errorAt(token.line, token.at, problem);
  }
  return bytesOf(digits);
}

/** Whether the input is written with escapes, as in a string of C or Python. */
export function isEscapes(lines: readonly Line[]): boolean {
  return lines.some((line) => line.text.includes('\\x'));
}

/** `\x2a\x00`, with or without quotes, on any number of lines. */
export function parseEscapes(lines: readonly Line[]): Uint8Array {
  const bytes: number[] = [];
  for (const line of lines) {
    let at = 0;
    // The closing bracket and sign end a statement that was copied as a whole.
    for (const match of line.text.matchAll(/\\x([\da-f]{2})|b?["'](?=\\x|\s|;|$)|[\s;]/gi)) {
      if (match.index !== at) break;
      if (match[1]) bytes.push(Number.parseInt(match[1], 16));
      at += match[0].length;
    }
    if (at < line.text.length) {
      const rest = line.text.slice(at, at + 4);
      throw errorAt(
        line,
        at,
        `${JSON.stringify(rest)} is not expected here, but an escape of two hex digits, as \\x2a`,
      );
    }
  }
  return Uint8Array.from(bytes);
}
