/** A stretch of memory with its rights. */
export interface Range {
  readonly start: bigint;
  /** Bytes. */
  readonly length: bigint;
  readonly rights: number;
}

/** So few are looked through as fast as they are sorted. */
const FEW = 64;

const ALL = 2n ** 64n - 1n;

const byStart = (a: Range, b: Range) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0);

/**
 * The same memory in fewer ranges: neighbours of the same rights are one. Whoever walks over a buffer in a map of
 * thousands of mappings looks for the next one as often as it is made of them.
 */
export function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  if (ranges.length <= FEW) return ranges;
  const merged: { start: bigint; length: bigint; rights: number }[] = [];
  const last = new Map<number, { start: bigint; length: bigint }>();
  for (const range of ranges.toSorted(byStart)) {
    const former = last.get(range.rights);
    const end = range.start + range.length;
    if (former && range.start <= former.start + former.length) {
      const length = end - former.start;
      if (length > former.length) former.length = length < ALL ? length : ALL;
      continue;
    }
    const made = { ...range };
    merged.push(made);
    last.set(range.rights, made);
  }
  return merged;
}
