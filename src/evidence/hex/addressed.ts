import type { Row } from './assemble.js';
import { badToken, bytesOf, errorAt, isRepeat, type Line, type Token, tokensOf } from './source.js';
import { fitsText } from './text-column.js';

/** `00000010:` of xxd, `0x7ffe0010 <buf+16>:` of gdb, `0x7ffe0010:` of lldb. */
const ADDRESS = /^\s*(?:0x)?([\da-f]{1,16})(?:\s+<.*?>)?:(?=\s|$)/i;

/** Whether lines begin with an address and a colon. */
export function isAddressed(lines: readonly Line[]): boolean {
  return ADDRESS.test((lines[0] as Line).text);
}

/** Whether what stands behind an address are hexadecimal words, as x/xb, x/xh, x/xw and x/xg show them, or lldb's bytes. */
export const isAddressedBy = (values: string): boolean =>
  /^0x[\da-f]{2,16}(?:\s+0x|\s*$)/i.test(values) || /^[\da-f]{2}(?:\s|$)/i.test(values);

/** A row before its byte order is settled. */
interface RawRow {
  readonly line: Line;
  readonly offset: bigint | undefined;
  readonly groups: readonly Token[];
  /** What stands in the column for text, if there is one. */
  readonly text: string | undefined;
}

function readRow(line: Line): RawRow {
  if (isRepeat(line)) return { line, offset: undefined, groups: [], text: undefined };
  const match = ADDRESS.exec(line.text);
  if (!match) {
    const at = line.text.search(/\S/);
    throw errorAt(line, at, 'expected an address and ":", as in the lines before');
  }
  const start = match[0].length + (/\S/.exec(line.text.slice(match[0].length))?.index ?? 0);
  const offset = BigInt(`0x${match[1]}`);
  if (/^0x/i.test(line.text.slice(start)))
    return { line, offset, groups: tokensOf(line, /\S+/g, start), text: undefined };
  const gap = line.text.slice(start).search(/\s{2,}/);
  const end = gap < 0 ? line.text.length : start + gap;
  const text = line.text.slice(end).trim();
  return {
    line,
    offset,
    groups: tokensOf(line, /\S+/g, start, end),
    text: text === '' ? undefined : text,
  };
}

/** Rows of xxd, gdb or lldb. @throws EvidenceError */
export function readAddressed(lines: readonly Line[]): Row[] {
  const rows = lines.map(readRow);
  const hasPrefix = rows.some((row) => row.groups.some((group) => /^0x/i.test(group.text)));
  return hasPrefix ? gdbRows(rows) : xxdRows(rows);
}

/** gdb shows words as numbers: little endian, all of a dump of one size. */
function gdbRows(rows: readonly RawRow[]): Row[] {
  const size = rows.flatMap((row) => row.groups)[0]?.text.length;
  return rows.map(({ line, offset, groups }) => {
    const bytes = groups.flatMap((group) => {
      const digits = /^0x((?:[\da-f]{2}){1,8})$/i.exec(group.text)?.[1];
      if (digits === undefined || ![2, 4, 8, 16].includes(digits.length))
        throw badToken(group, 'words of 2, 4, 8 or 16 digits behind 0x');
      if (group.text.length !== size)
        throw errorAt(group.line, group.at, `"${group.text}" is of another size than the words before`);
      return bytesOf(digits).reverse();
    });
    return { line, offset, bytes };
  });
}

/**
 * xxd shows bytes in order, in groups of two; with -e words, in groups of four. Where groups are as large as words, the
 * column for text decides, which is always in order.
 */
function xxdRows(rows: readonly RawRow[]): Row[] {
  const forward = rows.map((row) => row.groups.map(groupBytes));
  const backward = forward.map((groups) => groups.map((group) => [...group].reverse()));
  const misfit = (readings: readonly (readonly number[][])[]) =>
    rows.find((row, i) => !fits(row, (readings[i] as number[][]).flat()));
  const wrongForward = misfit(forward);
  const wrongBackward = misfit(backward);
  if (wrongForward && wrongBackward) {
    const { line, text } = wrongForward;
    const at = line.text.lastIndexOf(text as string);
    throw errorAt(line, at, 'the column for text does not fit the bytes before it, expected a line of xxd');
  }
  const isSame = JSON.stringify(forward) === JSON.stringify(backward);
  const wide = rows.flatMap((row) => row.groups).find((group) => group.text.length > 4);
  if (!wrongForward && !wrongBackward && !isSame && wide) {
    const problem = `groups of ${wide.text.length / 2} bytes could be in either byte order, expected groups of one or two, as plain xxd has them`;
    throw errorAt(wide.line, wide.at, problem);
  }
  const readings = wrongForward ? backward : forward;
  return rows.map(({ line, offset }, i) => ({ line, offset, bytes: (readings[i] as number[][]).flat() }));
}

/** Some tools put the text between bars. */
const fits = ({ text }: RawRow, bytes: readonly number[]) =>
  text === undefined || fitsText(bytes, text) || fitsText(bytes, text.replace(/^\|(.*)\|$/, '$1'));

function groupBytes(group: Token): number[] {
  if (!/^([\da-f]{2})+$/i.test(group.text)) throw badToken(group, 'groups of hex digits, as xxd has them');
  return bytesOf(group.text);
}
