// The numbers of a plan, and what other kernels make of them.

import type { Plan } from '../../../plan/planned.js';
import { element } from '../dom.js';
import { type Column, KERNELS, type KnownKernel, type Said } from './compare.js';

const hex = (offset: number) => `0x${offset.toString(16)}`;

const row = (name: string, value: number | undefined, note = '') =>
  element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('code', {}, name)),
    element('td', { class: 'figure' }, value === undefined ? 'none' : String(value)),
    element('td', { class: 'figure dim' }, value === undefined ? '' : hex(value)),
    element('td', {}, note),
  );

/** The figures that a program needs. */
export function figures({ entries, region, pageSize, header }: Plan): HTMLElement {
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = region;
  const rounded = rq_entries === entries ? '' : `the kernel makes ${entries} so`;
  const pages = region_size / pageSize;
  return element(
    'table',
    {},
    element('caption', {}, 'The plan in numbers'),
    element(
      'tbody',
      {},
      row('rq_entries', rq_entries, rounded),
      row('offsets.rqes', rqes, `where entries begin, ${header}`),
      row('entries_end', entries_end),
      row('stats_offset', stats_offset),
      row('stats_end', stats_end),
      row('region_size', region_size, `${pages} ${pages === 1 ? 'page' : 'pages'}; also the length to map`),
    ),
  );
}

const outcome = ({ kind, outcome }: Said) => element('td', { class: kind }, element('strong', {}, outcome));

type Pick = (column: Column) => HTMLElement;

const figure =
  (of: (region: Plan['region']) => number | undefined): Pick =>
  ({ plan }) =>
    element('td', { class: 'figure' }, String(of(plan.region) ?? 'none'));

/** What the same numbers give for each kernel, and what each kernel says to what was planned for the other. */
export function comparison(columns: readonly Column[]): HTMLElement[] {
  const rows: [name: string, pick: Pick][] = [
    ['offsets.rqes', figure(({ rqes }) => rqes)],
    ['entries_end', figure(({ entries_end }) => entries_end)],
    ['stats_offset', figure(({ stats_offset }) => stats_offset)],
    ['region_size', figure(({ region_size }) => region_size)],
    ...KERNELS.map((on): [string, Pick] => [`run on Linux ${on}`, ({ said }) => outcome(said[on])]),
  ];
  const table = element(
    'table',
    {},
    element('caption', {}, 'The same numbers on other kernels'),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('td', {}),
        ...columns.map(({ kernel }) => element('th', { scope: 'col' }, `planned for ${kernel}`)),
      ),
    ),
    element(
      'tbody',
      {},
      ...rows.map(([name, pick]) =>
        element('tr', {}, element('th', { scope: 'row' }, name), ...columns.map((column) => pick(column))),
      ),
    ),
  );
  return [table, ...columns.flatMap((column) => crossed(column))];
}

/** Why a plan for one kernel is refused by another. */
function crossed({ kernel, said }: Column): HTMLElement[] {
  const others = KERNELS.filter((on): on is KnownKernel => said[on].kind !== 'succeeds');
  return others.map((on) =>
    element('p', {}, `Planned for ${kernel}, run on ${on}: ${said[on].outcome}. ${said[on].because}`),
  );
}
