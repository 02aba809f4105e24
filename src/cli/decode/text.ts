import { type Decoded, type DecodedLeaf, decodeLeaves } from '../../layout/decode.js';
import type { Finding } from '../../layout/findings.js';
import { pathText } from '../../layout/leaves.js';
import { meaningOf } from '../../layout/meaning.js';
import { oneLine } from '../../quote.js';
import { revisionText } from '../structs.js';
import { type Cell, table } from '../table.js';
import type { Paint } from '../terminal.js';
import type { Entry } from './entries.js';

/** The number as its bytes are, all digits of the field's width. */
function hexOf({ leaf, value }: DecodedLeaf): string {
  const { width } = leaf.field;
  return `0x${BigInt.asUintN(width * 8, value)
    .toString(16)
    .padStart(width * 2, '0')}`;
}

function fieldRow(decoded: Decoded, each: DecodedLeaf): Cell[] {
  const { leaf, value } = each;
  return [
    String(leaf.offset),
    { text: pathText(leaf), style: leaf.field.reserved ? 'yellow' : 'cyan' },
    hexOf(each),
    value.toString(),
    leaf.field.reserved ? 'reserved' : meaningOf(decoded, each),
  ];
}

/** One finding on a line, with a mark that people can search for. */
function findingLine(finding: Finding, paint: Paint): string {
  const unclear = finding.code === 'ambiguous-revision';
  return `${paint(unclear ? 'yellow' : 'red', unclear ? '?' : '!')} ${finding.code}: ${finding.message}`;
}

/** Whether an entry is filler that a program reading the ring must step over. */
const isFiller = ({ names }: Decoded) => {
  const flags = names.flags;
  return Array.isArray(flags) && flags.includes('IORING_CQE_F_SKIP');
};

export interface TextOptions {
  /** The revision was asked for, not taken from the name. */
  readonly isRevisionGiven: boolean;
  /** Number of the entry, where there are several. */
  readonly index?: number;
}

/** A decoded struct as text: a line a field, reserved ones only where they are not zero, then the findings. */
export function decodedText(entry: Entry, decoded: Decoded, options: TextOptions, paint: Paint): string {
  const { chosen } = entry;
  const shown = decodeLeaves(chosen, entry.bytes).filter(
    ({ leaf, value }) => !leaf.field.reserved || value !== 0n,
  );
  const where = entry.from === undefined ? ` at byte ${entry.at}` : '';
  const place = options.index === undefined ? '' : `[${options.index}]${where}: `;
  const filler = isFiller(decoded) ? ', filler: to be skipped' : '';
  const stated = revisionText(chosen.revision, chosen.possible, options.isRevisionGiven);
  return [
    `${place}${paint('bold', `struct ${decoded.struct}`)}, ${decoded.size} bytes, ${stated}${filler}`,
    ...table(
      shown.map((each) => fieldRow(decoded, each)),
      paint,
      [0],
    ).map((line) => `  ${line}`),
    ...decoded.findings.map((finding) => findingLine(finding, paint)),
    ...(entry.from === undefined ? [] : [`taken from ${entry.from}`]),
    ...(entry.notes ?? []).map((note) => `note: ${oneLine(note)}`),
    '',
  ].join('\n');
}
