import { isLayoutError } from '../../src/errors.js';
import { planRegion, type RegionPlan, type StatsPlacement } from '../../src/plan.js';
import { BridgeError } from '../errors.js';
import type { KernelLayout } from './kernel.js';

/** Where the statistics of an instance lie, as far as the user knows: nothing in the kernel tells. */
export interface StatsPlace {
  /** Bytes from the start of the region, as the program told the kernel. */
  readonly stats_offset?: number | undefined;
  /** Refill entries that the program asked for, 1 to 32768: with the region's size they tell where this project's planner, and the kernel's documentation, put the statistics. */
  readonly entries?: number | undefined;
  /** Which of the planner's layouts; default: the one that the region's size fits. */
  readonly placement?: Exclude<StatsPlacement, 'none'> | undefined;
}

/** What came of it. */
export interface Located {
  readonly stats_offset?: number;
  readonly rq_entries?: number;
  /** Why the statistics are not read. */
  readonly unlocated?: string;
}

/** Bytes of a region. */
export interface RegionExtent {
  readonly size: number;
  /** False where it may end earlier: the kernel tells nobody where memory of the process's own stops being a region. */
  readonly exact: boolean;
}

/** For kernels without statistics: the planner wants some size even where it places none. */
const STATS_SIZE = 16;

const bad = (message: string): BridgeError => new BridgeError('bad-option', message);

/** @throws BridgeError `bad-option` where the kernel would have refused it */
function checkOffset(offset: number, { size }: RegionExtent, kernel: KernelLayout): number {
  const { statsAlignment, statsSize, rqHeaderSize } = kernel;
  const least = Math.ceil(rqHeaderSize / statsAlignment) * statsAlignment;
  const most = size - statsSize;
  if (Number.isInteger(offset) && offset % statsAlignment === 0 && offset >= least && offset <= most) {
    return offset;
  }
  throw bad(
    `stats_offset is ${offset}, expected a multiple of ${statsAlignment} from ${least} to ${most}: the region has ${size} bytes`,
  );
}

/** The planner's region for so many entries. @throws BridgeError `bad-option` */
export function planFor(entries: number, placement: StatsPlacement, kernel: KernelLayout): RegionPlan {
  try {
    return planRegion({ ...kernel, entries, placement, statsSize: kernel.statsSize || STATS_SIZE });
  } catch (error) {
    throw isLayoutError(error) ? bad(error.message) : error;
  }
}

const NEITHER =
  'where the statistics lie is known to the process alone: give stats_offset, or entries, or choose one of the candidates';
const NO_STATS = 'this kernel has no statistics, Linux 7.2 and later have';

/**
 * Finds the statistics by what the user knows, and guesses nothing.
 * @throws BridgeError `bad-option` naming the field, where no region of this size can be like that
 */
export function locate(place: StatsPlace, extent: RegionExtent, kernel: KernelLayout): Located {
  const { stats_offset, entries, placement } = place;
  if (kernel.statsSize === 0) return { unlocated: NO_STATS };
  if (entries === undefined) {
    if (placement !== undefined) throw bad('placement is given, expected entries with it');
    if (stats_offset === undefined) return { unlocated: NEITHER };
    return { stats_offset: checkOffset(stats_offset, extent, kernel) };
  }
  const { rq_entries, entries_end } = planFor(entries, 'none', kernel);
  if (entries_end > extent.size) {
    throw bad(
      `entries is ${entries}, which takes ${entries_end} bytes, expected fewer: the region has ${extent.size}`,
    );
  }
  if (stats_offset !== undefined) {
    checkOffset(stats_offset, extent, kernel);
    if (stats_offset >= entries_end) return { rq_entries, stats_offset };
    throw bad(
      `stats_offset is ${stats_offset}, expected at least ${entries_end}, where ${rq_entries} entries end`,
    );
  }
  return { rq_entries, ...placed(entries, placement, extent, kernel) };
}

function placed(
  entries: number,
  placement: StatsPlace['placement'],
  { size, exact }: RegionExtent,
  kernel: KernelLayout,
): Located {
  const plans = (placement ? [placement] : (['own-page', 'tight'] as const)).map((each) =>
    planFor(entries, each, kernel),
  );
  const fitting = plans.filter(({ region_size }) => region_size <= size);
  const [only] = fitting.filter(({ region_size }) => (placement ? true : exact && region_size === size));
  if (only?.stats_offset !== undefined) return { stats_offset: only.stats_offset };
  const wanted = plans.map(({ region_size }) => region_size).join(' or ');
  if (placement)
    throw bad(`placement is ${placement}, which takes ${wanted} bytes, expected at most ${size}`);
  return {
    unlocated: exact
      ? `a region that the planner makes for ${entries} entries has ${wanted} bytes, this one has ${size}: give placement or stats_offset, or choose one of the candidates`
      : `the size of the region is not known: give placement or stats_offset with entries ${entries}, or choose one of the candidates`,
  };
}
