/** Parts of a window at whose ends marks are kept. */
const PARTS = 50;

/**
 * Sums over the last seconds, of amounts that come at any times, in memory that never grows: marks of the sums so far are
 * kept at least a fiftieth of the window apart, and the oldest that is needed is the window's beginning. So it spans the
 * time it should and a fiftieth more, or, where amounts come seldom, up to one that came before.
 */
export class Window<Name extends string> {
  private readonly spanMs: number;
  private readonly names: readonly Name[];
  private readonly sums: Float64Array;
  /** Room for those in the window, the one that it begins with, and one that rounding may make. */
  private readonly times = new Float64Array(PARTS + 3);
  private readonly marks: Float64Array;
  /** Marks are numbered from the first; they lie in the arrays in turn. */
  private first = 0;
  private end = 0;
  private now = 0;

  constructor(spanMs: number, names: readonly Name[]) {
    this.spanMs = spanMs;
    this.names = names;
    this.sums = new Float64Array(names.length);
    this.marks = new Float64Array(names.length * this.times.length);
  }

  add(name: Name, amount: number): void {
    if (amount > 0) this.sums[this.names.indexOf(name)]! += amount;
  }

  /** All that was added so far came up to this time, in milliseconds; times never go back. */
  moveTo(time: number): void {
    this.now = time;
    if (this.end === this.first || time - this.timeOf(this.end - 1) >= this.spanMs / PARTS) this.mark();
    while (this.end - this.first > 1 && this.timeOf(this.first + 1) <= time - this.spanMs) this.first++;
  }

  /** What was before this time is out of the window. */
  restart(time: number): void {
    this.first = this.end;
    this.now = time;
    this.mark();
  }

  /** Milliseconds that the window spans; 0 as long as it is too short for a rate. */
  get ms(): number {
    if (this.end === this.first) return 0;
    const ms = this.now - this.timeOf(this.first);
    return ms >= this.spanMs / PARTS ? ms : 0;
  }

  /** The amount in the window. */
  amount(name: Name): number {
    if (this.end === this.first) return 0;
    const at = this.names.indexOf(name);
    return this.sums[at]! - this.marks[this.slot(this.first) * this.names.length + at]!;
  }

  /** The amount a second; undefined as long as there is none. */
  rate(name: Name): number | undefined {
    const { ms } = this;
    return ms > 0 ? (this.amount(name) * 1000) / ms : undefined;
  }

  /** The amount since the very beginning. */
  sum(name: Name): number {
    return this.sums[this.names.indexOf(name)]!;
  }

  private slot(mark: number): number {
    return mark % this.times.length;
  }

  private timeOf(mark: number): number {
    return this.times[this.slot(mark)]!;
  }

  private mark(): void {
    const slot = this.slot(this.end++);
    this.times[slot] = this.now;
    this.marks.set(this.sums, slot * this.names.length);
  }
}
