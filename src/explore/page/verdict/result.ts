// The verdict on the page: the headline, what is wrong, what would pass, what the kernel writes.

import type { JsonFinding } from '../../../verdict/call.js';
import type { Checked } from '../../../verdict/check.js';
import {
  decidingFinding,
  fixText,
  headlineOf,
  outcomeLines,
  ruleText,
  toldFindings,
} from '../../../verdict/summary.js';
import { element } from '../dom.js';
import type { KernelRow } from './kernels.js';
import { type Place, placeOf } from './place.js';
import type { Structs } from './structs.js';
import { instanceChanges, type Written, writtenBack } from './written.js';

/** So many findings are shown: a chain of a thousand questions may have as many. */
const MOST = 50;

/** What a person can do with a result. */
export interface Actions {
  goTo(place: Place): void;
  fix(finding: JsonFinding): void;
  fixAll(): void;
}

/** `ERANGE  IORING_REGISTER_ZCRX_IFQ on Linux 7.3 is refused` */
export function headlineText(checked: Checked): string {
  const { outcome, what } = headlineOf(checked);
  return `${outcome}  ${what}`;
}

function headline(checked: Checked): HTMLElement {
  const { kind, outcome, what } = headlineOf(checked);
  return element('p', { class: `headline ${kind}` }, element('strong', {}, outcome), '  ', what);
}

function findingItem(
  finding: JsonFinding,
  isFirst: boolean,
  structs: Structs,
  actions: Actions,
): HTMLElement {
  const { message, fix, until, entry } = finding;
  const place = placeOf(finding.field, structs.structs);
  const words = place
    ? element('button', { type: 'button', class: 'finding', onclick: () => actions.goTo(place) }, message)
    : element('span', { class: 'finding' }, message);
  const about = [
    ruleText(finding),
    ...(until ? [`gone in Linux ${until}`] : []),
    ...(entry === undefined ? [] : [`of question ${entry} alone`]),
  ];
  return element(
    'li',
    isFirst ? { class: 'first' } : {},
    isFirst ? element('span', { class: 'mark' }, 'what the kernel meets first') : undefined,
    words,
    element('span', { class: 'dim' }, about.join('; ')),
    fix
      ? element(
          'span',
          { class: 'fix' },
          element('code', {}, fixText(fix)),
          element(
            'button',
            {
              type: 'button',
              'aria-label': `Apply fix: ${fixText(fix)}`,
              onclick: () => actions.fix(finding),
            },
            'Apply fix',
          ),
        )
      : undefined,
  );
}

function findingList(checked: Checked, structs: Structs, actions: Actions): HTMLElement[] {
  const findings = toldFindings(checked.verdict);
  if (findings.length === 0) return [];
  const first = decidingFinding(checked.verdict);
  const fixable = findings.filter(({ fix }) => fix).length;
  const more = findings.length - MOST;
  return [
    element(
      'div',
      { class: 'controls' },
      element(
        'h2',
        {},
        findings.length === 1 ? 'What is wrong' : `What is wrong, in the kernel’s order: ${findings.length}`,
      ),
      fixable > 0
        ? element('button', { type: 'button', onclick: () => actions.fixAll() }, 'Fix everything')
        : undefined,
    ),
    element(
      'ol',
      { class: 'refusals' },
      ...findings.slice(0, MOST).map((each) => findingItem(each, each === first, structs, actions)),
    ),
    ...(more > 0 ? [element('p', { class: 'dim' }, `and ${more} more`)] : []),
  ];
}

const list = (title: string, name: string, lines: readonly string[]): HTMLElement[] =>
  lines.length === 0
    ? []
    : [
        element('h2', {}, title),
        element('ul', { class: name }, ...lines.map((line) => element('li', {}, line))),
      ];

/** A table that scrolls by itself where it is wider than the page; by keyboard too. */
export function scrollTable(
  label: string,
  head: readonly string[],
  rows: readonly HTMLElement[],
): HTMLElement {
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head.map((each) => element('th', { scope: 'col' }, each)))),
      element('tbody', {}, ...rows),
    ),
  );
}

/** So many names stand in a row; more of them are there for those who open them. */
const FEW_NAMES = 4;

function namesPart(names: readonly string[]): HTMLElement | undefined {
  if (names.length === 0) return undefined;
  const text = names.join(' | ');
  if (names.length <= FEW_NAMES) return element('span', { class: 'dim names' }, text);
  return element('details', { class: 'names' }, element('summary', {}, `${names.length} names`), text);
}

const writtenRow = ({ field, from, to, names }: Written) =>
  element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('code', {}, field)),
    element('td', {}, from ?? ''),
    element('td', {}, to, namesPart(names)),
  );

function writtenTable(rows: readonly Written[]): HTMLElement[] {
  if (rows.length === 0) return [];
  const title = 'What the kernel writes back';
  return [element('h2', {}, title), scrollTable(title, ['field', 'before', 'after'], rows.map(writtenRow))];
}

/** The verdict of one kernel, in full. */
export function fullResult(checked: Checked, structs: Structs, actions: Actions): HTMLElement[] {
  const { verdict, call, hints, assumed } = checked;
  const isTaken = verdict.errno === null && verdict.rule === 'ok';
  const changes = isTaken ? instanceChanges(call.instances ?? [], verdict.instances) : [];
  return [
    headline(checked),
    ...list('What it leads to', 'outcome', [...outcomeLines(checked), ...changes]),
    ...list('To be looked at', 'hints', hints),
    ...findingList(checked, structs, actions),
    ...(isTaken ? writtenTable(writtenBack(structs, verdict)) : []),
    ...list('What was assumed', 'dim', assumed),
  ];
}

/** What every kernel says, with its reason. */
export function allKernels(rows: readonly KernelRow[]): HTMLElement[] {
  const title = 'On each kernel';
  return [
    element('p', { class: 'headline' }, summaryText(rows)),
    scrollTable(
      title,
      ['Linux', 'outcome', 'why'],
      rows.map(({ series, kind, outcome, because }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, series),
          element('td', { class: kind }, element('strong', {}, outcome)),
          element('td', {}, because),
        ),
      ),
    ),
  ];
}

/** `7.3: ERANGE; 7.2: succeeds; 7.1 to 6.16: EINVAL`: neighbours of the same outcome as one. */
export function summaryText(rows: readonly KernelRow[]): string {
  const runs: { outcome: string; from: string; to: string }[] = [];
  for (const { outcome, series } of rows) {
    const last = runs.at(-1);
    if (last?.outcome === outcome) last.to = series;
    else runs.push({ outcome, from: series, to: series });
  }
  return runs
    .map(({ outcome, from, to }) => `${from === to ? from : `${from} to ${to}`}: ${outcome}`)
    .join('; ');
}
