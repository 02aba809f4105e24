import type { Buckets } from './buckets.js';

/** Least nanoseconds over which a rate is taken: counters move in jumps, and over a microsecond any jump is a peak. */
export const SHORTEST_INTERVAL = 500_000;

/** From here on a difference of 64 bits means that the counter went back, not that it went on so far. */
const HALF = 1n << 63n;

/**
 * A counter that is read from time to time: how much it went on in all, exactly, and its rates into a column of buckets.
 * A counter that passes its end goes on; one that goes back was set anew by its owner, which adds nothing and is counted.
 */
export class Counter {
  private readonly buckets: Buckets;
  private readonly column: number;
  private readonly bits: number;
  private value: bigint | undefined;
  /** Since when the next rate is taken, and the increase since then. */
  private since = 0;
  private increase = 0n;
  /** Increase over all readings but the first. */
  total = 0n;
  /** How often it went back. */
  resets = 0;
  /** Nanoseconds in which it was read. */
  covered = 0;
  /** The largest rate per second, and when that was. */
  peak: { readonly rate: number; readonly time: number } | undefined;

  /** @param bits after how many the counter begins at 0 again */
  constructor(buckets: Buckets, column: number, bits: 32 | 64 = 64) {
    this.buckets = buckets;
    this.column = column;
    this.bits = bits;
  }

  /** Whether it was ever read. */
  get known(): boolean {
    return this.value !== undefined || this.covered > 0;
  }

  /**
   * A reading.
   * @param at the bucket of its sample
   * @returns the increase since the reading before
   */
  read(value: bigint, time: number, at: number): bigint {
    if (this.value === undefined) {
      this.value = value;
      this.since = time;
      return 0n;
    }
    const step = value === this.value ? 0n : this.step(value);
    this.value = value;
    this.total += step;
    this.increase += step;
    const elapsed = time - this.since;
    if (elapsed >= SHORTEST_INTERVAL) this.close(time, elapsed, at);
    return step;
  }

  /** The next reading is a new beginning: of another registration, or after a time in which nothing is known. */
  restart(): void {
    this.finish();
    this.value = undefined;
  }

  /** Puts what is left since the last rate into the last bucket. */
  finish(): void {
    if (this.increase === 0n) return;
    this.buckets.addToLast(this.column, Number(this.increase), 0);
    this.increase = 0n;
  }

  private step(value: bigint): bigint {
    const step = BigInt.asUintN(this.bits, value - this.value!);
    // 32 bits pass their end within minutes: there no reading tells back from on.
    if (this.bits === 32 || step < HALF) return step;
    this.resets++;
    return 0n;
  }

  private close(time: number, elapsed: number, at: number): void {
    const amount = Number(this.increase);
    const rate = amount === 0 ? 0 : amount / (elapsed / 1e9);
    this.buckets.add(this.column, at, amount, elapsed, rate);
    this.covered += elapsed;
    if (rate > (this.peak?.rate ?? 0)) this.peak = { rate, time };
    this.since = time;
    this.increase = 0n;
  }
}
