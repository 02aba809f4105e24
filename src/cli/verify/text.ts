import { oneLine } from '../errors.js';
import { type Cell, table } from '../table.js';
import type { Paint, Style } from '../terminal.js';
import type { Difference, Lacking, Place, Report, Unknown } from './report.js';

const WIDTH = 110;
/** Unknown things that are listed: no kernel has as many, and with --json all are there. */
const MOST_UNKNOWN = 200;

/** A report for people: the outcome, then what differs, what is unknown, what is lacking, what agrees. */
export function reportText(report: Report, kernel: string, paint: Paint): string {
  return [
    paint(report.differs.length > 0 ? 'red' : 'green', `${oneLine(kernel)}: ${outcome(report)}`),
    revisionText(report),
    ...hints(report),
    ...part('differs', 'red', table(report.differs.map(differenceRow), paint)),
    ...part('unknown to us', 'yellow', unknownLines(report.unknown, paint)),
    ...part('lacking in this kernel', 'yellow', lackingLines(report.lacking)),
    ...part('agrees', 'green', agreeingLines(report)),
    '',
  ].join('\n');

  function part(title: string, style: Style, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ['', paint(style, `${title}:`), ...lines.map((line) => `  ${line}`)];
  }
}

/** How many things differ, in words. */
export function countOfDifferences({ differs }: Report): string {
  return differs.length === 1 ? '1 thing differs' : `${differs.length || 'no'} things differ`;
}

function outcome(report: Report): string {
  const { structs, values } = report.agrees;
  const names = values.reduce((sum, each) => sum + each.names.length, 0);
  const agree = `${structs.length} structs and ${names} values agree`;
  const more = [
    ...(report.lacking.length > 0 ? [`${report.lacking.length} lacking`] : []),
    ...(report.unknown.length > 0 ? [`${report.unknown.length} unknown to us`] : []),
  ];
  return [report.differs.length > 0 ? countOfDifferences(report) : 'nothing differs', agree, ...more].join(
    ', ',
  );
}

function revisionText({ revision, possible, evidence }: Report): string {
  if (revision !== null) return `interface revision ${revision}, by ${evidence.length} names and values`;
  if (evidence.length === 0) return 'no interface revision: there are no events and statistics';
  if (possible.length > 0) return `interface revision ${possible.join(' or ')}: what is there fits both`;
  const sideOf = (sign: (typeof evidence)[number]) => sign.revisions.join(' or ');
  const told = [...new Set(evidence.map(sideOf))].map((side) => {
    const names = evidence.filter((sign) => sideOf(sign) === side).map(({ name }) => name);
    return `${side} (${examples(names)})`;
  });
  return `no interface revision: there are names of ${told.join(' and of ')}`;
}

function examples(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', ');
}

function hints({ lacking }: Report): string[] {
  const isMissing = (name: string) => lacking.some((each) => each.kind === 'struct' && each.name === name);
  return isMissing('io_uring_zcrx_ifq_reg')
    ? ['no zero-copy receive at all: a kernel before Linux 6.15, or one without CONFIG_IO_URING_ZCRX']
    : [];
}

const placeText = ({ offset, size, type }: Place) => oneLine(`${type} at ${offset}, ${bytes(size)}`);
const bytes = (size: number) => (size === 1 ? '1 byte' : `${size} bytes`);
const colored = (text: string): Cell => ({ text: oneLine(text), style: 'cyan' });

function differenceRow(difference: Difference): Cell[] {
  const { kind, ours, kernel } = difference;
  if (kind === 'size')
    return [colored(difference.struct), `ours: ${bytes(ours)}`, `kernel: ${bytes(kernel)}`];
  if (kind === 'value') return [colored(difference.name), `ours: ${ours}`, `kernel: ${kernel}`];
  const { struct, name, instead } = difference;
  const there = kernel === null ? 'nothing of this name' : placeText(kernel);
  const others = instead === undefined ? '' : `; ${oneLine(instead.join(', '))} in its place`;
  return [colored(`${struct}.${name}`), `ours: ${placeText(ours)}`, `kernel: ${there}${others}`];
}

function unknownLines(unknown: readonly Unknown[], paint: Paint): string[] {
  const lines = table(unknown.slice(0, MOST_UNKNOWN).map(unknownRow), paint);
  const more = unknown.length - MOST_UNKNOWN;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function unknownRow(unknown: Unknown): Cell[] {
  if (unknown.kind === 'struct') return [colored(`struct ${unknown.name}`), bytes(unknown.size)];
  if (unknown.kind === 'value') return [colored(unknown.name), `${unknown.kernel}, in ${unknown.set}`];
  return [colored(`${unknown.struct}.${unknown.name}`), placeText(unknown.kernel)];
}

/** By release, the earliest first: what would have to be newer. */
function lackingLines(lacking: readonly Lacking[]): string[] {
  const releases = [...new Set(lacking.map(({ since }) => since))].sort(byRelease);
  return releases.flatMap((release) => {
    const names = lacking
      .filter(({ since }) => since === release)
      .map((each) => (each.kind === 'field' ? `${each.struct}.${each.name}` : each.name));
    return labelled(release === null ? 'since a release not recorded here' : `since Linux ${release}`, names);
  });
}

function byRelease(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === null ? 1 : -1;
  return a.localeCompare(b, 'en', { numeric: true });
}

function agreeingLines({ agrees, macros }: Report): string[] {
  return [
    ...labelled(
      'structs, with their bytes',
      agrees.structs.map(({ name, size }) => `${name} ${size}`),
    ),
    ...labelled(
      'values, by their set',
      agrees.values.map(({ set, names }) => `${set} ${names.length}`),
    ),
    ...labelled('macros, which type information does not have', macros),
  ];
}

/** A label, then the words behind each other, in lines of the usual width. */
function labelled(label: string, words: readonly string[]): string[] {
  if (words.length === 0) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of words.map(oneLine)) {
    const longer = line === '' ? word : `${line}, ${word}`;
    if (line !== '' && longer.length > WIDTH - 6) {
      lines.push(`${line},`);
      line = word;
    } else {
      line = longer;
    }
  }
  return [`${label}:`, ...[...lines, line].map((each) => `  ${each}`)];
}
