import type { EvidenceError } from './error.js';
import type { Memory } from './evidence.js';
import { isAddressedBy, readAddressed } from './hex/addressed.js';
import { assemble, type Row } from './hex/assemble.js';
import { errorAt, type Line } from './hex/source.js';

const UNSIZED =
  'decimal words of a size that one row does not tell, expected hexadecimal ones, as x/12xg shows them';

/** A row of gdb's x command. lldb's memory read writes the same without symbols. */
const ROW = /^\s*0x([\da-f]{1,16})(?:\s+<.*?>)?:\s*(.*)$/i;
/** Decimal words stand between tabs; characters of x/c have their sign behind them. */
const DECIMALS = /^-?\d+(?:\t-?\d+)*\s*$/;
const CHARACTERS = /^(?:-?\d+ '(?:[^'\\]|\\.)+'\s*)+$/;

interface DumpRow {
  readonly line: Line;
  readonly address: bigint;
  readonly kind: 'hex' | 'decimals' | 'characters' | 'other';
  readonly values: string;
}

function rowOf(line: Line): DumpRow | undefined {
  const match = ROW.exec(line.text);
  if (!match) return undefined;
  const values = (match[2] as string).trimEnd();
  const kind = CHARACTERS.test(values)
    ? 'characters'
    : DECIMALS.test(values) && !/^[\da-f]{2}(?: |$)/i.test(values)
      ? 'decimals'
      : isAddressedBy(values)
        ? 'hex'
        : 'other';
  return { line, address: BigInt(`0x${match[1]}`), kind, values };
}

export interface DumpedMemory {
  /** Rows that follow on each other are one block. */
  readonly blocks: readonly Memory[];
  /** Decimal words that cannot be read, as one row of them does not tell their size. */
  readonly unsized: readonly EvidenceError[];
}

/**
 * Memory that gdb's x command shows in a text. Lines that are no rows are passed over; so are instructions and strings,
 * which are no plain numbers.
 * @throws EvidenceError `syntax` for a row that is damaged
 */
export function dumpedMemory(lines: readonly Line[]): DumpedMemory {
  const blocks: Memory[] = [];
  const unsized: EvidenceError[] = [];
  let run: DumpRow[] = [];
  let end: bigint | undefined;
  const finish = () => {
    const [first] = run;
    const bytes = first && bytesOfRun(run);
    if (first && bytes) blocks.push({ address: first.address, bytes });
    else if (first) unsized.push(errorAt(first.line, 0, UNSIZED));
    run = [];
  };
  for (const line of lines) {
    const row = rowOf(line);
    if (!row || row.kind === 'other') continue;
    const follows = row.address === end && wordOf(row) === wordOf(run[0] as DumpRow);
    if (
      row.kind === 'decimals'
        ? run[0]?.kind !== 'decimals' || row.address <= (run.at(-1) as DumpRow).address
        : !follows
    )
      finish();
    run.push(row);
    end = row.kind === 'decimals' ? undefined : row.address + BigInt(sizeOf(row));
  }
  finish();
  return { blocks, unsized };
}

const groupsOf = ({ values }: DumpRow) => values.split(/\s+/);
/** How a row is written: a run has one notation. */
const wordOf = (row: DumpRow) =>
  row.kind === 'hex' ? `hex ${(groupsOf(row)[0] as string).length}` : row.kind;

/** Bytes of a row of hexadecimal words or characters. */
function sizeOf(row: DumpRow): number {
  if (row.kind === 'characters') return charactersOf(row).length;
  return groupsOf(row).reduce((bytes, group) => bytes + Math.floor(group.replace(/^0x/i, '').length / 2), 0);
}

const charactersOf = ({ values }: DumpRow) =>
  Array.from(values.matchAll(/(-?\d+) '(?:[^'\\]|\\.)+'/g), ([, number]) => Number(number) & 0xff);

/** Undefined where the size of the words is not known. */
function bytesOfRun(run: readonly DumpRow[]): Uint8Array | undefined {
  const [first] = run as [DumpRow];
  if (first.kind === 'decimals') return decimals(run);
  if (first.kind === 'characters') return Uint8Array.from(run.flatMap(charactersOf));
  return assemble(readAddressed(run.map(({ line }) => line)));
}

/** Decimal words say nothing of their size; the addresses of two rows do. */
function decimals(run: readonly DumpRow[]): Uint8Array | undefined {
  const [first, second] = run as [DumpRow, DumpRow | undefined];
  const count = groupsOf(first).length;
  const span = second ? Number(second.address - first.address) : 0;
  const width = span / count;
  if (![1, 2, 4, 8].includes(width)) return undefined;
  const rows = run.map(
    (row): Row => ({
      line: row.line,
      offset: row.address,
      bytes: groupsOf(row).flatMap((word) => littleEndian(BigInt(word), width, row)),
    }),
  );
  return assemble(rows);
}

function littleEndian(value: bigint, width: number, row: DumpRow): number[] {
  const bits = BigInt(width * 8);
  if (value >= 1n << bits || value < -(1n << (bits - 1n)))
    throw errorAt(
      row.line,
      0,
      `${value} does not fit into words of ${width} bytes, which the addresses tell`,
    );
  return Array.from({ length: width }, (_, i) =>
    Number((BigInt.asUintN(width * 8, value) >> BigInt(i * 8)) & 0xffn),
  );
}
