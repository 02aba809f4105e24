import { sizeOf } from '../layout/description.js';
import type { Plan } from './planned.js';

/** A stretch of the region with one use. */
export interface Part {
  readonly kind: 'header' | 'unused' | 'entries' | 'statistics';
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** Bytes of a refill entry. */
export const RQE_SIZE = sizeOf('io_uring_zcrx_rqe');

/** The region from its start to its end. */
export function partsOf({ region, rqHeaderSize }: Pick<Plan, 'region' | 'rqHeaderSize'>): Part[] {
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = region;
  const hasStats = stats_offset !== undefined && stats_end !== undefined;
  const statistics: Part[] = hasStats
    ? [
        { kind: 'unused', from: entries_end, to: stats_offset, what: 'unused' },
        { kind: 'statistics', from: stats_offset, to: stats_end, what: 'statistics' },
      ]
    : [];
  const parts: Part[] = [
    { kind: 'header', from: 0, to: rqHeaderSize, what: 'header: head and tail' },
    { kind: 'unused', from: rqHeaderSize, to: rqes, what: 'unused' },
    { kind: 'entries', from: rqes, to: entries_end, what: `${rq_entries} entries of ${RQE_SIZE}` },
    ...statistics,
    { kind: 'unused', from: hasStats ? stats_end : entries_end, to: region_size, what: 'unused' },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** Page borders that lie inside a part: the first and the last, and how many are between. */
export function innerBorders(
  { from, to }: Pick<Part, 'from' | 'to'>,
  pageSize: number,
): { at: number; between: number }[] {
  const first = (Math.floor(from / pageSize) + 1) * pageSize;
  const last = (Math.ceil(to / pageSize) - 1) * pageSize;
  if (last < first) return [];
  if (last === first) return [{ at: first, between: 0 }];
  return [
    { at: first, between: (last - first) / pageSize - 1 },
    { at: last, between: 0 },
  ];
}
