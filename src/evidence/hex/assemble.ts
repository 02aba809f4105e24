import { errorAt, type Line, MOST_BYTES } from './source.js';

/** A row of a dump whose bytes are in order. */
export interface Row {
  readonly line: Line;
  /** Address or offset; undefined for the `*` that stands for repetitions of the row before. */
  readonly offset: bigint | undefined;
  readonly bytes: readonly number[];
}

/** How a dump is written: the radix of its offsets, for messages, and the bytes of its words. */
export interface Notation {
  readonly radix: number;
  readonly word: number;
}

const show = (offset: bigint, radix: number) =>
  radix === 16 ? `0x${offset.toString(16)}` : offset.toString(radix);

/**
 * Puts rows together. Each must begin where the one before ended, so that a line lost in copying, or a wrong column,
 * does not go unnoticed.
 * @throws EvidenceError
 */
export function assemble(rows: readonly Row[], notation: Notation = { radix: 16, word: 1 }): Uint8Array {
  const { radix, word } = notation;
  const bytes: number[] = [];
  const first = rows[0]?.offset ?? 0n;
  let repeat: Row | undefined;
  let last: readonly number[] = [];
  rows.forEach((row, i) => {
    if (row.offset === undefined) {
      if (last.length === 0 || repeat)
        throw errorAt(row.line, 0, '"*" repeats the line before, but there is none');
      repeat = row;
      return;
    }
    const here = first + BigInt(bytes.length);
    if (repeat) fill(bytes, last, row, Number(row.offset - here));
    else if (row.offset !== here && (i < rows.length - 1 || !endsInside(row, here, word)))
      throw gap(row, here, radix);
    repeat = undefined;
    // The end of a dump of words may cut the last one short.
    if (row.bytes.length === 0) bytes.length = Math.min(bytes.length, Number(row.offset - first));
    for (const byte of row.bytes) bytes.push(byte);
    last = row.bytes;
  });
  if (repeat)
    throw errorAt(
      (repeat as Row).line,
      0,
      '"*" at the end, expected a line with the end\'s offset behind it',
    );
  return Uint8Array.from(bytes);
}

function gap(row: Row, here: bigint, radix: number): Error {
  const at = row.line.text.search(/\S/);
  const text = `offset ${show(row.offset as bigint, radix)} does not follow on the lines before, expected ${show(here, radix)}`;
  return errorAt(row.line, at, text);
}

/** Dumps of words fill up the last one; the final offset tells where the bytes end. */
function endsInside(row: Row, here: bigint, word: number): boolean {
  const filled = here - (row.offset as bigint);
  return row.bytes.length === 0 && filled > 0n && filled < BigInt(word);
}

function fill(bytes: number[], last: readonly number[], row: Row, missing: number): void {
  if (missing <= 0 || missing % last.length !== 0 || bytes.length + missing > MOST_BYTES) {
    const problem = `the lines that "*" stands for would have ${missing} bytes, expected a multiple of ${last.length}, at most ${MOST_BYTES}`;
    throw errorAt(row.line, row.line.text.search(/\S/), problem);
  }
  for (let i = 0; i < missing; i++) bytes.push(last[i % last.length] as number);
}
