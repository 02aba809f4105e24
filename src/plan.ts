import { IO_RQ_MAX_ENTRIES } from './generated/constants.js';
import { checkChoice, checkOptions, checkPowerOfTwo, checkWhole } from './layout/options.js';
import { scratch } from './layout/scratch.js';

/** Cache lines that the kernel aligns the refill entries to, on x86-64 and arm64. */
const CACHE_LINE = 64;

/** Where the statistics go: behind the entries, on a page of their own behind the entries, or nowhere. */
export type StatsPlacement = 'tight' | 'own-page' | 'none';

export interface PlanOptions {
  /** Refill entries wanted, 1 to 32768. */
  entries: number;
  /** Bytes. Default 4096. */
  pageSize?: number;
  /** Bytes of the refill ring's header, as IO_URING_QUERY_ZCRX answers: 8 up to Linux 7.2, 128 in 7.3. Default 128. */
  rqHeaderSize?: number;
  /** Bytes of the statistics, as IO_URING_QUERY_ZCRX_EVENT answers. Default 16. */
  statsSize?: number;
  /** Alignment of the statistics in bytes, from the same answer. Default 8. */
  statsAlignment?: number;
  /** Default `own-page`, as the founding documentation of the interface has it. */
  placement?: StatsPlacement;
  /** The ring has IORING_SETUP_CLAMP: more entries than 32768 mean 32768. Default false. */
  clamp?: boolean;
}

/** A refill region. All in bytes, offsets from its start. */
export interface RegionPlan {
  /** Entries as the kernel rounds them: the next power of two. */
  readonly rq_entries: number;
  /** Where the entries begin. The kernel returns it as `offsets.rqes`: compare after registration. */
  readonly rqes: number;
  readonly entries_end: number;
  /** Absent without statistics. */
  readonly stats_offset?: number;
  readonly stats_end?: number;
  /** `size` of the region, whole pages; also the length to map. */
  readonly region_size: number;
}

const PLACEMENTS: Record<StatsPlacement, number> = { none: 0, tight: 1, 'own-page': 2 };

/** Where the refill entries begin, for a header of this size. */
export function entriesOffset(rqHeaderSize: number): number {
  return Math.ceil(rqHeaderSize / CACHE_LINE) * CACHE_LINE;
}

/**
 * Plans a refill region with room for statistics, as the kernel will lay it out.
 *
 * ```ts
 * planRegion({ entries: 100, rqHeaderSize: 128, placement: 'tight' }).stats_offset; // 2176: 100 entries are made 128
 * ```
 *
 * @throws LayoutError `out-of-range` naming the option
 */
export function planRegion(options: PlanOptions): RegionPlan {
  const { clamp = false, placement = 'own-page' } = checkOptions(options);
  const where = checkChoice('placement', placement, PLACEMENTS);
  const area = scratch();
  area.exports.plan(
    checkWhole('entries', options.entries, 1, clamp ? 0xffff_ffff : IO_RQ_MAX_ENTRIES),
    clamp ? 1 : 0,
    checkPowerOfTwo('pageSize', options.pageSize ?? 4096),
    entriesOffset(checkWhole('rqHeaderSize', options.rqHeaderSize ?? 128, 1, 1 << 20)),
    checkWhole('statsSize', options.statsSize ?? 16, 1, 1 << 20),
    checkPowerOfTwo('statsAlignment', options.statsAlignment ?? 8),
    where,
    area.report,
  );
  const { view, report } = area;
  const number = (offset: number) => Number(view.getBigUint64(report + offset, true));
  const statistics = where === 0 ? {} : { stats_offset: number(16), stats_end: number(24) };
  return {
    rq_entries: view.getUint32(report, true),
    rqes: view.getUint32(report + 4, true),
    entries_end: number(8),
    ...statistics,
    region_size: number(32),
  };
}
