import type { Plan } from './plan.js';

/** A stretch of the region with one use. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** Signs between the walls of the picture. */
const WIDTH = 44;
const RQE_SIZE = 16;

function partsOf({ region, rqHeaderSize }: Plan): Part[] {
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = region;
  const hasStats = stats_offset !== undefined && stats_end !== undefined;
  const parts = [
    { from: 0, to: rqHeaderSize, what: 'header: head and tail' },
    { from: rqHeaderSize, to: rqes, what: 'unused' },
    { from: rqes, to: entries_end, what: `${rq_entries} entries of ${RQE_SIZE}` },
    ...(hasStats
      ? [
          { from: entries_end, to: stats_offset, what: 'unused' },
          { from: stats_offset, to: stats_end, what: 'statistics' },
        ]
      : []),
    { from: hasStats ? stats_end : entries_end, to: region_size, what: 'unused' },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** Page borders that lie inside a part: the first and the last, and how many are between. */
function innerBorders({ from, to }: Part, pageSize: number): { at: number; between: number }[] {
  const first = (Math.floor(from / pageSize) + 1) * pageSize;
  const last = (Math.ceil(to / pageSize) - 1) * pageSize;
  if (last < first) return [];
  if (last === first) return [{ at: first, between: 0 }];
  return [
    { at: first, between: (last - first) / pageSize - 1 },
    { at: last, between: 0 },
  ];
}

/**
 * The region drawn in characters, one line a part, offsets at the left. Lines of `=` are borders between pages, lines of
 * `-` lie inside a page.
 */
export function picture(plan: Plan): string[] {
  const { pageSize } = plan;
  const size = plan.region.region_size;
  const digits = size.toString(16).length;
  const border = (at: number) => {
    const page = at % pageSize === 0 && at < size ? ` page ${at / pageSize}` : '';
    const line = (at % pageSize === 0 ? '=' : '-').repeat(WIDTH);
    return `0x${at.toString(16).padStart(digits, '0')} +${line}+${page}`;
  };
  const row = (text: string) => `${' '.repeat(digits + 2)} | ${text.padEnd(WIDTH - 1)}|`;
  const lines = partsOf(plan).flatMap((part) => [
    border(part.from),
    row(`${part.what}, ${part.to - part.from} bytes`),
    ...innerBorders(part, pageSize).flatMap(({ at, between }) => [
      border(at),
      row(between > 0 ? `... over ${between} more page borders` : '...'),
    ]),
  ]);
  return [...lines, border(size)];
}
