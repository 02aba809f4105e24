import type { Plan } from '../../plan/planned.js';
import { table } from '../table.js';
import type { Paint } from '../terminal.js';
import { picture } from './picture.js';

const hex = (offset: number) => `0x${offset.toString(16)}`;

/** A plan for people: the numbers, then a picture of the region. */
export function planText(plan: Plan, paint: Paint): string {
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = plan.region;
  const rounded = rq_entries === plan.entries ? '' : `the kernel makes ${plan.entries} so`;
  const pages = region_size / plan.pageSize;
  const bytes = (offset: number, note = '') => [String(offset), hex(offset), note];
  const statistics =
    stats_offset === undefined || stats_end === undefined
      ? [['statistics', 'none', '', '']]
      : [
          ['stats_offset', ...bytes(stats_offset)],
          ['statistics end', ...bytes(stats_end)],
        ];
  const rows = [
    ['rq_entries', String(rq_entries), '', rounded],
    ['header', ...bytes(plan.rqHeaderSize, plan.header)],
    ['entries begin', ...bytes(rqes, 'offsets.rqes')],
    ['entries end', ...bytes(entries_end)],
    ...statistics,
    ['region size', ...bytes(region_size, `${pages} pages of ${plan.pageSize}; also the length to map`)],
  ];
  const cells = rows.map(([name = '', ...rest]) => [{ text: name, style: 'cyan' as const }, ...rest]);
  return [...table(cells, paint, [1, 2]), '', ...picture(plan), ''].join('\n');
}
