import { EvidenceError } from './error.js';
import { isArray, parseArray } from './hex/array.js';
import { isDump, parseDump } from './hex/dump.js';
import { isEscapes, parseEscapes, parsePlain } from './hex/plain.js';
import { sourceLines, withoutComments } from './hex/source.js';

/**
 * Reads bytes written in hexadecimal as people have them: digits with or without spaces, commas and `0x`; `\x00`
 * escapes; arrays of C; dumps of xxd, hexdump, od -t x1 and gdb's x command, whose addresses must follow on each other.
 * Words of gdb, od and hexdump are little endian, as on the machines that zero-copy receive exists for.
 *
 * ```ts
 * parseHex('2a00 0000'); // Uint8Array [42, 0, 0, 0]
 * parseHex('0x7ffe0010 <buf+8>:\t0x0000002a'); // the same
 * ```
 *
 * @throws EvidenceError `syntax` naming line, column and what was expected; also where the text could mean two things
 */
export function parseHex(text: string): Uint8Array {
  const lines = sourceLines(text);
  // Dumps come first: their column for text may hold any of the signs that tell the others.
  if (lines.length > 0 && isDump(lines)) return parseDump(lines);
  const code = withoutComments(lines);
  if (code.length === 0) throw new EvidenceError('syntax', 'the hex input is empty, expected bytes as 2a 00');
  if (isArray(code)) return parseArray(code);
  if (isEscapes(code)) return parseEscapes(code);
  return parsePlain(code);
}
