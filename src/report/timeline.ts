/** What state something was in, and for how long: exact in sum, and in constant memory. */

/** A stretch of time in one state, or where changes came too close together, in several. */
export interface Stretch<State extends string> {
  /** Nanoseconds. */
  readonly from: number;
  readonly to: number;
  /** Nanoseconds in each state that occurred. */
  readonly in: { readonly [Name in State]?: number };
}

/** Of one state, over all of the time. */
export interface StateFigures {
  /** How often it began. */
  count: number;
  /** Nanoseconds in all, and of the longest single time; when that began. */
  total: number;
  longest: number;
  longestFrom: number;
}

interface Entry<State extends string> {
  from: number;
  to: number;
  in: { [Name in State]?: number };
}

/**
 * Keeps stretches of time and their states. Where there would be more than `limit`, those that lie together within ever
 * longer stretches become one, which says how long it was in which state.
 */
export class Timeline<State extends string> {
  private most: number;
  private entries: Entry<State>[] = [];
  private width = 1000;
  private current: { readonly state: State; readonly from: number } | undefined;
  readonly figures = new Map<State, StateFigures>();

  /** @param limit the most stretches, at least 2 */
  constructor(limit: number) {
    this.most = limit;
  }

  /** The most stretches; a smaller number than there are makes them merge. */
  set limit(limit: number) {
    this.most = limit;
    while (this.entries.length > this.most) this.merge();
  }

  get state(): State | undefined {
    return this.current?.state;
  }

  /** From `time` on it is in this state; undefined: nothing is known. Times never go back. */
  change(state: State | undefined, time: number): void {
    if (state === this.current?.state) return;
    this.end(time);
    this.current = state === undefined ? undefined : { state, from: time };
  }

  /** Ends what is going on. */
  end(time: number): void {
    if (this.current === undefined) return;
    const { state, from } = this.current;
    this.current = undefined;
    const length = Math.max(0, time - from);
    this.count(state, from, length);
    if (length === 0) return;
    this.entries.push({ from, to: time, in: { [state]: length } as Entry<State>['in'] });
    while (this.entries.length > this.most) this.merge();
  }

  stretches(): readonly Stretch<State>[] {
    return this.entries;
  }

  private count(state: State, from: number, length: number): void {
    const figures = this.figures.get(state) ?? { count: 0, total: 0, longest: 0, longestFrom: from };
    figures.count++;
    figures.total += length;
    if (length > figures.longest) {
      figures.longest = length;
      figures.longestFrom = from;
    }
    this.figures.set(state, figures);
  }

  /** Makes one of what lies together within a stretch of twice the length as before. */
  private merge(): void {
    this.width *= 2;
    const kept: Entry<State>[] = [];
    for (const entry of this.entries) {
      const last = kept.at(-1);
      if (last === undefined || !this.together(last, entry)) kept.push(entry);
      else {
        last.to = entry.to;
        for (const [state, length] of Object.entries(entry.in) as [State, number][]) {
          last.in[state] = (last.in[state] ?? 0) + length;
        }
      }
    }
    this.entries = kept;
  }

  private together(first: Entry<State>, second: Entry<State>): boolean {
    return Math.floor(first.from / this.width) === Math.floor((second.to - 1) / this.width);
  }
}
