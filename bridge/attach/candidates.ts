import type { Counters } from '../../src/health/snapshot.js';
import { entriesOffset, type RegionPlan, type StatsPlacement } from '../../src/plan.js';
import { HEAD_OFFSET, type KernelLayout, tailOffset } from './kernel.js';
import { planFor, type RegionExtent } from './locate.js';

/** A way in which the region may be laid out, and what speaks for it and against it. Nothing is ever chosen of these. */
export interface Candidate {
  readonly rq_entries: number;
  readonly placement: StatsPlacement;
  /** undefined: a region without statistics. */
  readonly stats_offset: number | undefined;
  /** Bytes that the planner gives such a region. */
  readonly region_size: number;
  /** What is there now, if that is where the statistics are. */
  readonly counters: Counters | undefined;
  readonly speaks_for: readonly string[];
  readonly speaks_against: readonly string[];
}

/** A region as it was seen. */
export interface Seen extends RegionExtent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** It was zero before the program had it, as what the kernel allocates is. */
  readonly zeroed: boolean;
}

const ENTRY = 16;
/** No fragment of a packet is larger. */
const MOST_BYTES_A_COPY = 16n << 20n;
/** Area and buffer make up an entry's offset, which is whole pages of at least this; its length is at most the other. */
const PAGE = 4096n;
const MOST_LENGTH = 1n << 20n;
const ENTRIES = Array.from({ length: 16 }, (_, i) => 2 ** i); // IO_RQ_MAX_ENTRIES is 2^15
const PLACEMENTS: readonly StatsPlacement[] = ['own-page', 'tight', 'none'];

/** What the counters were at each offset that may have them. */
export type EarlierCounters = ReadonlyMap<number, Counters>;

/** The same, made ready for many questions. */
interface Examined extends Seen {
  readonly view: DataView;
  readonly written: Written;
}

class Evidence {
  readonly for: string[] = [];
  readonly against: string[] = [];
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function countersAt(view: DataView, offset: number): Counters {
  return { copy_count: view.getBigUint64(offset, true), copy_bytes: view.getBigUint64(offset + 8, true) };
}

const WORD = 8;

/** How much of a region is not zero, for many questions about the same region. */
class Written {
  /** Words that are not zero in front of each word. */
  private readonly before: Uint32Array;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / WORD));
    this.before = new Uint32Array(words.length + 1);
    words.forEach((word, i) => {
      this.before[i + 1] = (this.before[i] as number) + (word === 0n ? 0 : 1);
    });
  }

  /** Whether anything but zero lies between two offsets, which are whole words. */
  between(from: number, to: number): boolean {
    return this.before[from / WORD] !== this.before[to / WORD];
  }
}

/** The layouts that fit into the region: all that the planner makes, for any number of entries. */
export function layoutsFor(
  extent: RegionExtent,
  kernel: KernelLayout,
): { placement: StatsPlacement; plan: RegionPlan }[] {
  const placements = kernel.statsSize === 0 ? (['none'] as const) : PLACEMENTS;
  return ENTRIES.flatMap((entries) =>
    placements
      .map((placement) => ({ placement, plan: planFor(entries, placement, kernel) }))
      .filter(({ plan }) => plan.region_size <= extent.size),
  );
}

/** The counters at all offsets that may have them, to compare later ones with. */
export function countersNow(seen: Seen, kernel: KernelLayout): Map<number, Counters> {
  const view = viewOf(seen.bytes);
  const found = new Map<number, Counters>();
  for (const { plan } of layoutsFor(seen, kernel)) {
    const { stats_offset } = plan;
    if (stats_offset !== undefined) found.set(stats_offset, countersAt(view, stats_offset));
  }
  return found;
}

function weighSize(plan: RegionPlan, { size, exact }: Seen, evidence: Evidence): void {
  if (!exact) return;
  if (plan.region_size === size) evidence.for.push(`such a region has ${size} bytes, and this one has`);
  else evidence.against.push(`such a region has ${plan.region_size} bytes, this one has ${size}`);
}

/** What head, tail and entries of the refill ring say of their number. */
function weighEntries(plan: RegionPlan, seen: Examined, kernel: KernelLayout, evidence: Evidence): void {
  const { view } = seen;
  const head = view.getUint32(HEAD_OFFSET, true);
  const tail = view.getUint32(tailOffset(kernel), true);
  const { rq_entries } = plan;
  const filled = (tail - head) >>> 0;
  if (filled > rq_entries) {
    evidence.against.push(`the refill ring holds ${filled} entries (head ${head}, tail ${tail})`);
  }
  const written = Math.min(tail, rq_entries);
  if (written === 0) return;
  const rqes = entriesOffset(kernel.rqHeaderSize);
  let blank = 0;
  for (let i = 0; i < written; i++) {
    if (!seen.written.between(rqes + i * ENTRY, rqes + (i + 1) * ENTRY)) blank++;
  }
  // One may be the buffer at offset 0 with the length left out.
  if (blank > 1) {
    evidence.against.push(`tail is ${tail}, yet ${blank} of the first ${written} entries were never written`);
  } else if (tail >= rq_entries && rq_entries > 1) {
    evidence.for.push(`tail is ${tail}, and all ${rq_entries} entries have been written`);
  }
}

/** Of memory that was zero to begin with: the program writes entries, the kernel statistics, and nobody anything else. */
function weighRest(plan: RegionPlan, seen: Examined, evidence: Evidence): void {
  if (!seen.zeroed) return;
  const { entries_end, stats_offset = entries_end, stats_end = entries_end } = plan;
  if (seen.written.between(entries_end, stats_offset)) {
    evidence.against.push(`something was written between the entries and the statistics`);
  }
  if (seen.written.between(stats_end, seen.size)) {
    const behind = plan.stats_offset === undefined ? 'entries' : 'statistics';
    evidence.against.push(`something was written behind the ${behind}`);
  }
}

function weighCounters(now: Counters, earlier: Counters | undefined, evidence: Evidence): void {
  const { copy_count: count, copy_bytes: bytes } = now;
  if (bytes < count) {
    evidence.against.push(`${count} copies of ${bytes} bytes: every copy has a byte at least`);
  } else if (count === 0n && bytes > 0n) {
    evidence.against.push(`${bytes} bytes in no copy at all`);
  } else if (count > 0n && bytes / count > MOST_BYTES_A_COPY) {
    evidence.against.push(`${bytes / count} bytes a copy are more than a packet has`);
  } else if (count > 0n && count % PAGE === 0n && bytes <= MOST_LENGTH) {
    evidence.against.push(`${count} and ${bytes} look like a refill entry, an offset and a length`);
  } else if (count > 0n) {
    evidence.for.push(`${count} copies of ${bytes} bytes, ${bytes / count} each, may well be`);
  }
  if (!earlier) return;
  const copies = count - earlier.copy_count;
  const copied = bytes - earlier.copy_bytes;
  if (copies < 0n || copied < 0n) evidence.against.push('the counters fell between two looks');
  else if (copies > 0n && copied >= copies) {
    evidence.for.push(`the counters rose by ${copies} copies and ${copied} bytes between two looks`);
  } else if (copies > 0n || copied > 0n) {
    evidence.against.push(`the counters changed by ${copies} copies and ${copied} bytes between two looks`);
  }
}

/**
 * All layouts that the planner makes and the region has room for, the likeliest first: those with the least against them,
 * and of these the ones with the most for them.
 */
export function weighCandidates(seen: Seen, earlier: EarlierCounters, kernel: KernelLayout): Candidate[] {
  const view = viewOf(seen.bytes);
  const examined = { ...seen, view, written: new Written(seen.bytes) };
  const candidates = layoutsFor(seen, kernel).map(({ placement, plan }): Candidate => {
    const evidence = new Evidence();
    const { rq_entries, region_size, stats_offset } = plan;
    weighSize(plan, seen, evidence);
    weighEntries(plan, examined, kernel, evidence);
    weighRest(plan, examined, evidence);
    const counters = stats_offset === undefined ? undefined : countersAt(view, stats_offset);
    if (counters && stats_offset !== undefined) weighCounters(counters, earlier.get(stats_offset), evidence);
    return {
      rq_entries,
      placement,
      stats_offset,
      region_size,
      counters,
      speaks_for: evidence.for,
      speaks_against: evidence.against,
    };
  });
  return candidates.sort(
    (a, b) =>
      a.speaks_against.length - b.speaks_against.length ||
      b.speaks_for.length - a.speaks_for.length ||
      b.rq_entries - a.rq_entries,
  );
}
