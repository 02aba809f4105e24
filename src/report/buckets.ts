/** A time series in constant memory: what came within one stretch of time shares a bucket. */

/** What a bucket holds of one column. */
export interface Cell {
  /** Of a counter the increase, of a gauge the sum of the readings. Exact up to 2^53. */
  readonly sum: number;
  /** Of a counter the nanoseconds that the increase took, of a gauge the number of readings; 0: nothing was seen. */
  readonly weight: number;
  /** Smallest and largest single value: rate per second of a counter, reading of a gauge. */
  readonly min: number;
  readonly max: number;
  /** The value that came first, and that which came last. */
  readonly first: number;
  readonly last: number;
}

/** Nanoseconds of a bucket at first; doubled as often as needed. */
const FIRST_WIDTH = 1000;
const FIRST_CAPACITY = 64;

/** The numbers of one column, one for each bucket. */
class Column {
  sum = new Float64Array(FIRST_CAPACITY);
  weight = new Float64Array(FIRST_CAPACITY);
  min = new Float64Array(FIRST_CAPACITY);
  max = new Float64Array(FIRST_CAPACITY);
  first = new Float64Array(FIRST_CAPACITY);
  last = new Float64Array(FIRST_CAPACITY);

  grow(capacity: number): void {
    this.sum = grown(this.sum, capacity);
    this.weight = grown(this.weight, capacity);
    this.min = grown(this.min, capacity);
    this.max = grown(this.max, capacity);
    this.first = grown(this.first, capacity);
    this.last = grown(this.last, capacity);
  }

  clear(at: number): void {
    this.sum[at] = 0;
    this.weight[at] = 0;
    this.min[at] = Number.POSITIVE_INFINITY;
    this.max[at] = Number.NEGATIVE_INFINITY;
    this.first[at] = Number.NaN;
    this.last[at] = Number.NaN;
  }

  move(from: number, to: number): void {
    this.sum[to] = this.sum[from]!;
    this.weight[to] = this.weight[from]!;
    this.min[to] = this.min[from]!;
    this.max[to] = this.max[from]!;
    this.first[to] = this.first[from]!;
    this.last[to] = this.last[from]!;
  }

  /** Adds the bucket `from`, which comes later, to the bucket `to`. */
  merge(from: number, to: number): void {
    this.sum[to]! += this.sum[from]!;
    this.weight[to]! += this.weight[from]!;
    this.min[to] = Math.min(this.min[to]!, this.min[from]!);
    this.max[to] = Math.max(this.max[to]!, this.max[from]!);
    if (Number.isNaN(this.first[to]!)) this.first[to] = this.first[from]!;
    if (!Number.isNaN(this.last[from]!)) this.last[to] = this.last[from]!;
  }
}

function grown(values: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(values);
  return larger;
}

/**
 * Buckets of a width that doubles, neighbours merging, whenever there would be more than `limit` of them. Stretches in
 * which nothing came take no bucket. Sums, the smallest and the largest value survive every merge, so a short peak and a
 * short zero stay visible however long the series becomes.
 *
 * @example
 * const buckets = new Buckets(2, 4096);
 * const at = buckets.at(time, timeOfSampleBefore);
 * buckets.add(0, at, bytes, nanoseconds, rate);
 */
export class Buckets {
  private readonly columns: readonly Column[];
  private most: number;
  private nanoseconds: number;
  private count = 0;
  private capacity = FIRST_CAPACITY;
  /** The place of each bucket on the time axis, in widths. */
  private key = new Float64Array(FIRST_CAPACITY);
  private from = new Float64Array(FIRST_CAPACITY);
  private to = new Float64Array(FIRST_CAPACITY);
  private samples = new Float64Array(FIRST_CAPACITY);

  /**
   * @param columns how many
   * @param limit the most buckets, at least 1
   * @param width nanoseconds of a bucket at first
   */
  constructor(columns: number, limit: number, width = FIRST_WIDTH) {
    this.columns = Array.from({ length: columns }, () => new Column());
    this.most = limit;
    this.nanoseconds = width;
  }

  get length(): number {
    return this.count;
  }

  /** Nanoseconds that a bucket stands for. */
  get width(): number {
    return this.nanoseconds;
  }

  /** The most buckets; a smaller number than there are makes them merge. */
  set limit(limit: number) {
    this.most = limit;
    while (this.count > this.most) this.halve();
  }

  /**
   * The bucket of a sample, made where it is not there. Its number holds until the next call.
   * @param time nanoseconds, 0 or more, never less than at the call before
   * @param since where the stretch of time begins that the sample tells of
   */
  at(time: number, since: number): number {
    let key = Math.floor(time / this.nanoseconds);
    if (this.count === 0 || this.key[this.count - 1] !== key) {
      while (this.count >= this.most && this.key[this.count - 1] !== key) {
        this.halve();
        key = Math.floor(time / this.nanoseconds);
      }
      if (this.count === 0 || this.key[this.count - 1] !== key) this.append(key, since);
    }
    const last = this.count - 1;
    this.to[last] = time;
    this.samples[last]!++;
    return last;
  }

  /**
   * Adds to a column of a bucket.
   * @param value the single value, where there is one: NaN leaves the extremes as they are
   */
  add(column: number, at: number, amount: number, weight: number, value: number): void {
    const cells = this.columns[column]!;
    cells.sum[at]! += amount;
    cells.weight[at]! += weight;
    if (Number.isNaN(value)) return;
    if (value < cells.min[at]!) cells.min[at] = value;
    if (value > cells.max[at]!) cells.max[at] = value;
    if (Number.isNaN(cells.first[at]!)) cells.first[at] = value;
    cells.last[at] = value;
  }

  /** Adds to what the last bucket has, if there is one. */
  addToLast(column: number, amount: number, weight: number): void {
    if (this.count > 0) this.add(column, this.count - 1, amount, weight, Number.NaN);
  }

  /** Begins anew, with the same width. */
  clear(): void {
    this.count = 0;
  }

  /** Where the stretch of time begins that a bucket tells of, nanoseconds. */
  fromOf(at: number): number {
    return this.from[at]!;
  }

  /** The time of the last sample of a bucket, nanoseconds. */
  toOf(at: number): number {
    return this.to[at]!;
  }

  samplesOf(at: number): number {
    return this.samples[at]!;
  }

  /** The place of a bucket on the time axis, in widths from 0. */
  keyOf(at: number): number {
    return this.key[at]!;
  }

  cell(column: number, at: number): Cell {
    const { sum, weight, min, max, first, last } = this.columns[column]!;
    return {
      sum: sum[at]!,
      weight: weight[at]!,
      min: min[at]!,
      max: max[at]!,
      first: first[at]!,
      last: last[at]!,
    };
  }

  private append(key: number, since: number): void {
    if (this.count === this.capacity) this.grow();
    const at = this.count++;
    this.key[at] = key;
    this.from[at] = since;
    this.to[at] = since;
    this.samples[at] = 0;
    for (const column of this.columns) column.clear(at);
  }

  private grow(): void {
    this.capacity *= 2;
    this.key = grown(this.key, this.capacity);
    this.from = grown(this.from, this.capacity);
    this.to = grown(this.to, this.capacity);
    this.samples = grown(this.samples, this.capacity);
    for (const column of this.columns) column.grow(this.capacity);
  }

  /** Doubles the width. Few buckets far apart may take several calls until two of them meet. */
  private halve(): void {
    this.nanoseconds *= 2;
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      const key = Math.floor(this.key[at]! / 2);
      if (kept > 0 && this.key[kept - 1] === key) {
        this.to[kept - 1] = this.to[at]!;
        this.samples[kept - 1]! += this.samples[at]!;
        for (const column of this.columns) column.merge(at, kept - 1);
        continue;
      }
      this.key[kept] = key;
      this.from[kept] = this.from[at]!;
      this.to[kept] = this.to[at]!;
      this.samples[kept] = this.samples[at]!;
      if (kept !== at) for (const column of this.columns) column.move(at, kept);
      kept++;
    }
    this.count = kept;
  }
}
