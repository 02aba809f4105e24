import { type Part, partsOf, RQE_SIZE } from '../../../plan/parts.js';
import type { Plan } from '../../../plan/planned.js';

/** A stretch of the region as the page shows it: of the entries those that were wanted, and those that rounding adds. */
export interface PagePart {
  readonly kind: Part['kind'] | 'added';
  readonly from: number;
  readonly to: number;
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly about: string;
}

const ABOUT: Readonly<Record<Exclude<PagePart['kind'], 'unused'>, string>> = {
  header: 'The head, which the kernel advances, and the tail, which the program advances.',
  entries: 'Each gives a buffer back to the kernel. As many as were asked for.',
  added:
    'The kernel rounds up to a power of two: they are part of the ring, and statistics must lie behind them.',
  statistics: 'copy_count and copy_bytes, which the kernel counts up. stats_offset is where they begin.',
};

function aboutUnused({ from }: Part, { rqHeaderSize, region }: Plan): string {
  if (from === rqHeaderSize) return 'Nothing: the entries begin at a multiple of 64.';
  if (from === region.entries_end && region.stats_offset !== undefined)
    return 'Free: the statistics could begin anywhere here that is aligned.';
  return 'Free, up to the end of the last page.';
}

/** The parts of a plan, in order and without gaps. */
export function pagePartsOf(plan: Plan): PagePart[] {
  const { entries, region } = plan;
  return partsOf(plan).flatMap((part): PagePart[] => {
    const { kind, from, to, what } = part;
    if (kind === 'unused') return [{ kind, from, to, title: 'unused', about: aboutUnused(part, plan) }];
    if (kind !== 'entries') return [{ kind, from, to, title: what, about: ABOUT[kind] }];
    const wanted = Math.min(entries, region.rq_entries);
    const middle = from + wanted * RQE_SIZE;
    const added = region.rq_entries - wanted;
    const all: PagePart[] = [
      { kind, from, to: middle, title: `${wanted} entries of ${RQE_SIZE}`, about: ABOUT.entries },
    ];
    if (added > 0)
      all.push({ kind: 'added', from: middle, to, title: `${added} entries added`, about: ABOUT.added });
    return all;
  });
}

/** A part as it is drawn, from the top of the picture. In pixels. */
export interface Block {
  readonly part: PagePart;
  readonly top: number;
  readonly height: number;
  /** It is drawn larger than it is, so that its name can be read. */
  readonly isEnlarged: boolean;
}

export interface Border {
  /** Where, in bytes and in pixels from the top. */
  readonly at: number;
  readonly top: number;
  readonly page: number;
}

export interface Picture {
  readonly blocks: readonly Block[];
  readonly borders: readonly Border[];
  /** Every how many pages a border is drawn. */
  readonly step: number;
  readonly height: number;
}

/** Pixels that the region has if nothing is enlarged. */
const HEIGHT = 300;
/** The least height of a block that has its name in it. */
const LEAST = 26;
/** The least distance of the borders of pages. */
const APART = 18;

/** The region from top to bottom: to scale, except for parts that would be too small to read. */
export function pictureOf(plan: Plan): Picture {
  const { region, pageSize } = plan;
  const scale = HEIGHT / region.region_size;
  let height = 0;
  const blocks = pagePartsOf(plan).map((part): Block => {
    const own = (part.to - part.from) * scale;
    const block = { part, top: height, height: Math.max(LEAST, own), isEnlarged: own < LEAST };
    height += block.height;
    return block;
  });
  const topOf = (at: number) => {
    const { part, top, height } = blocks.find(({ part }) => at < part.to) as Block;
    return top + ((at - part.from) / (part.to - part.from)) * height;
  };
  let step = 1;
  while (step * pageSize * scale < APART) step *= 2;
  const borders: Border[] = [];
  for (let page = step; page * pageSize < region.region_size; page += step) {
    const at = page * pageSize;
    borders.push({ at, top: topOf(at), page });
  }
  return { blocks, borders, step, height };
}
