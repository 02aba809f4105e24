import type { RegionPlan, StatsPlacement } from '../plan.js';

/** Bytes of the refill ring's header, by the kernels whose header is known. */
export const HEADERS = { '7.2': 8, '7.3': 128 } as const;

/** A region as planned, with what it was planned from. In bytes. */
export interface Plan {
  /** As wanted, before rounding. */
  readonly entries: number;
  readonly pageSize: number;
  readonly rqHeaderSize: number;
  /** Where the header's size comes from, in words. */
  readonly header: string;
  readonly statsSize: number;
  readonly placement: StatsPlacement;
  readonly region: RegionPlan;
}

/** The plan as JSON: the kernel's names for what the kernel knows. */
export function planDocument(plan: Plan): Record<string, string | number> {
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = plan.region;
  return {
    entries: plan.entries,
    rq_entries,
    page_size: plan.pageSize,
    rq_hdr_size: plan.rqHeaderSize,
    rq_hdr_size_from: plan.header,
    rqes,
    entries_end,
    ...(stats_offset === undefined || stats_end === undefined
      ? {}
      : { stats_offset, stats_size: plan.statsSize, stats_end }),
    region_size,
    mmap_length: region_size,
    pages: region_size / plan.pageSize,
  };
}
