/** The stretch of time that all plots show. */

export type Range = readonly [from: number, to: number];

/** Seconds below which zooming in ends. */
const SHORTEST = 1e-6;

export class Zoom {
  private readonly whole: Range;
  private shown: Range;
  private readonly listeners = new Set<(range: Range) => void>();

  constructor(whole: Range) {
    this.whole = whole;
    this.shown = whole;
  }

  get range(): Range {
    return this.shown;
  }

  onChange(listener: (range: Range) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Shows a stretch of time, as far as it lies within the recording. */
  set(from: number, to: number): void {
    const [first, last] = this.whole;
    const length = Math.min(last - first, Math.max(SHORTEST, to - from));
    const start = Math.min(Math.max(from, first), last - length);
    this.shown = [start, start + length];
    for (const listener of this.listeners) listener(this.shown);
  }

  reset(): void {
    this.set(...this.whole);
  }

  /** Below 1 into the middle, above 1 out of it. */
  by(factor: number): void {
    const [from, to] = this.shown;
    const middle = (from + to) / 2;
    const half = ((to - from) / 2) * factor;
    this.set(middle - half, middle + half);
  }

  /** Later by a part of what is shown; earlier where it is negative. */
  move(part: number): void {
    const [from, to] = this.shown;
    const by = (to - from) * part;
    this.set(from + by, to + by);
  }
}
