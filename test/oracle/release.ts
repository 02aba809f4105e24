import type { LayoutEntry } from './layout.js';

/** The kernel release that `since` names; undefined for what no release limits. */
function release(since: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(since ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** Whether a kernel of this series has what came with release `since`. */
export function isIn(series: string, since: string | undefined): boolean {
  const wanted = release(since);
  const present = release(series);
  if (present === undefined) throw new Error(`${series} is no kernel series`);
  return (
    wanted === undefined || present[0] > wanted[0] || (present[0] === wanted[0] && present[1] >= wanted[1])
  );
}

/** An enumerator says in its own description since when it exists, where it is younger than its set. */
export function entrySince(entry: LayoutEntry, ofSet: string | undefined): string | undefined {
  return entry.since ?? /Linux (\d+\.\d+) and later/.exec(entry.doc)?.[1] ?? ofSet;
}
