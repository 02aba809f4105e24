import type { JsonFinding } from '../../verdict/call.js';
import type { Checked } from '../../verdict/check.js';
import {
  decidingFinding,
  fixText,
  type Headline,
  headlineOf,
  outcomeLines,
  ruleText,
  toldFindings,
} from '../../verdict/summary.js';
import type { Paint } from '../terminal.js';
import type { Traced } from './evidence.js';

const STYLES = { succeeds: 'green', refused: 'red', open: 'yellow' } as const;

const headline = ({ kind, outcome, what }: Headline, paint: Paint) =>
  `${paint(STYLES[kind], outcome)}  ${what}`;

/** One finding; the kernel meets the first, and the others in this order once it is gone. */
function findingLines(finding: JsonFinding, isFirst: boolean, paint: Paint): string[] {
  const { message, fix } = finding;
  const mark = isFirst ? paint('red', '→') : ' ';
  return [
    `${mark} ${message}`,
    `    ${paint('dim', ruleText(finding))}`,
    ...(fix ? [`    fix: ${paint('cyan', fixText(fix))}`] : []),
  ];
}

/** A verdict for people. */
export function checkedText(checked: Checked, paint: Paint, notes: readonly string[] = []): string {
  const { verdict, hints, assumed } = checked;
  const first = decidingFinding(verdict);
  const lines = [
    headline(headlineOf(checked), paint),
    ...outcomeLines(checked).map((each) => `  ${each}`),
    ...hints.flatMap((hint) => [`${paint('yellow', '!')} ${hint}`]),
    ...toldFindings(verdict).flatMap((finding) => findingLines(finding, finding === first, paint)),
    ...assumed.map((each) => paint('dim', `  assumed: ${each}`)),
    ...notes.map((each) => paint('dim', `  note: ${each}`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is to be said where the kernel gave another answer than the verdict. */
export function contradiction({ checked, answered }: Traced, paint: Paint): string {
  const { errno, rule } = checked.verdict;
  if (answered === undefined || rule === 'unproved' || answered === errno) return '';
  const said = answered === null ? 'took the call' : `answered ${answered}`;
  const hint =
    'the verdict rests on what is shown and assumed above: another kernel (--kernel), ring or memory would explain it';
  return `${paint('yellow', '!')} the kernel ${said}, which this verdict does not explain; ${hint}\n`;
}
