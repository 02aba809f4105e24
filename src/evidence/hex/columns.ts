import { assemble, type Notation, type Row } from './assemble.js';
import { bytesOf, errorAt, isRepeat, type Line, type Token, tokensOf } from './source.js';
import { fitsText } from './text-column.js';

/** The column for text of hexdump -C and of od's z. */
const TEXT = /\s(?:\|(.*)\||>(.*)<)\s*$/;
const OFFSET = /^[\da-f]{6,16}$/i;

/** A row with its offset still as it was written. */
interface RawRow {
  readonly line: Line;
  readonly tokens: readonly Token[];
  readonly text: string | undefined;
}

function readRow(line: Line): RawRow {
  const text = TEXT.exec(line.text);
  const tokens = isRepeat(line) ? [] : tokensOf(line, /\S+/g, 0, text?.index);
  return { line, tokens, text: text?.[1] ?? text?.[2] };
}

/** The digits that all words of the rows have, or undefined. */
function widthOf(rows: readonly RawRow[]): number | undefined {
  const widths = new Set(rows.flatMap((row) => row.tokens.slice(1).map((token) => token.text.length)));
  return widths.size === 1 ? [...widths][0] : undefined;
}

/** Whether lines begin with an offset without a sign behind it, as those of hexdump and od do. */
export function isColumns(lines: readonly Line[]): boolean {
  const rows = lines.map(readRow);
  const first = rows[0]?.tokens[0]?.text ?? '';
  if (!OFFSET.test(first)) return false;
  if (rows.some((row) => row.text !== undefined || isRepeat(row.line))) return true;
  const width = widthOf(rows);
  const hasOffsets = rows.every((row) => row.tokens[0]?.text.length === first.length);
  if (!hasOffsets || width === undefined || width === first.length) return false;
  // Behind an offset of 8 digits stand bytes: anything else is digits that were grouped oddly.
  return width === 2 || first.length === 6 || first.length === 7;
}

/**
 * Bytes of a dump of hexdump or od. od's offsets are octal unless told otherwise, and nothing in the dump says so: all
 * readings in which the rows follow on each other are tried.
 * @throws EvidenceError
 */
export function readColumns(lines: readonly Line[]): Uint8Array {
  const rows = lines.map(readRow);
  const width = widthOf(rows);
  checkWidth(rows, width);
  const word = (width ?? 2) / 2;
  const readings = radixes(rows).map((radix) => attempt(rows, { radix, word }));
  const good = readings.flatMap((reading) => (reading instanceof Uint8Array ? [reading] : []));
  const [bytes] = good;
  if (!bytes) throw readings[0];
  if (good.some((other) => other.length !== bytes.length)) {
    const lengths = good.map((other) => other.length).join(' or ');
    const problem = `the offsets could be hexadecimal, octal or decimal: ${lengths} bytes; expected a dump of hexdump -C or od -A x -t x1`;
    throw errorAt((rows.at(-1) as RawRow).line, 0, problem);
  }
  return bytes;
}

/** Refuses words that are octal, of several sizes, or of a tool whose byte order is not known. */
function checkWidth(rows: readonly RawRow[], width: number | undefined): void {
  const row = rows.find((each) => each.tokens.length > 1);
  const [offset, word] = row?.tokens ?? [];
  if (!row || !offset || !word || width === 2) return;
  const ways = 'expected bytes, as hexdump -C or od -A x -t x1 have them';
  if (width === undefined)
    throw errorAt(row.line, word.at, `bytes and words of several sizes in one dump, ${ways}`);
  if (![4, 8, 16].includes(width))
    throw errorAt(row.line, word.at, `words of ${width} digits (octal?), ${ways}`);
  if (offset.text.length > 7)
    throw errorAt(row.line, word.at, `words of ${width / 2} bytes could be in either byte order, ${ways}`);
}

/** hexdump -C has 8 digits, od -A x 6, both hexadecimal; hexdump, od and od -A d have 7. */
function radixes(rows: readonly RawRow[]): number[] {
  return (rows[0]?.tokens[0]?.text ?? '').length === 7 ? [16, 8, 10] : [16];
}

function attempt(rows: readonly RawRow[], notation: Notation): Uint8Array | Error {
  try {
    return assemble(
      rows.map((row) => settle(row, notation.radix)),
      notation,
    );
  } catch (error) {
    return error as Error;
  }
}

const DIGITS: Readonly<Record<number, RegExp>> = { 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[\da-f]+$/i };
const PREFIX: Readonly<Record<number, string>> = { 8: '0o', 10: '', 16: '0x' };

function settle({ line, tokens, text }: RawRow, radix: number): Row {
  const [offset, ...words] = tokens;
  if (!offset) {
    if (isRepeat(line)) return { line, offset: undefined, bytes: [] };
    throw errorAt(line, 0, 'expected an offset at the beginning of the line');
  }
  if (!(DIGITS[radix] as RegExp).test(offset.text) || !OFFSET.test(offset.text)) {
    throw errorAt(
      line,
      offset.at,
      `"${offset.text.slice(0, 18)}" is no offset, expected one as in the lines before`,
    );
  }
  const bytes = words.flatMap((word) => {
    if (!/^([\da-f]{2}){1,8}$/i.test(word.text)) {
      throw errorAt(line, word.at, `"${word.text.slice(0, 18)}" is no hex byte, expected two digits`);
    }
    // One byte is a word of its own; larger ones are numbers, little endian.
    return bytesOf(word.text).reverse();
  });
  if (text !== undefined && !fitsText(bytes, text))
    throw errorAt(line, line.text.indexOf(text), 'the column for text does not fit the bytes before it');
  return { line, offset: BigInt(`${PREFIX[radix]}${offset.text}`), bytes };
}
