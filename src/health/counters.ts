/** How values that only count up have moved since they were last read. */

const U64_HALF = 1n << 63n;

/** How far a counter went; it may have wrapped, at 2^64. */
export type Step =
  | { readonly kind: 'forward'; readonly by: bigint }
  /** It is far below what it was: it began anew at zero and has come this far. */
  | { readonly kind: 'reset'; readonly by: bigint }
  /** It is a little below: rings that share it write it without a lock, and a late write takes it back. */
  | { readonly kind: 'back'; readonly by: 0n };

const STILL: Step = { kind: 'forward', by: 0n };
const BACK: Step = { kind: 'back', by: 0n };

/**
 * From one value of a 64-bit counter to the next. Up to half of its range ahead it went there, over the end if need be;
 * otherwise it fell. What began anew is below half of what it was, or else nothing is lost by taking it for a late write:
 * it is counted from its new value on.
 */
export function step(from: bigint, to: bigint): Step {
  if (to === from) return STILL;
  const by = BigInt.asUintN(64, to - from);
  if (by < U64_HALF) return { kind: 'forward', by };
  return to < from >> 1n ? { kind: 'reset', by: to } : BACK;
}

/** A 64-bit counter that is followed from a first value on. */
export class Counter {
  /** How far it has gone since then; what it had counted when it began anew is in it as far as it was seen. */
  total = 0n;
  private value: bigint | undefined;

  get known(): boolean {
    return this.value !== undefined;
  }

  /** How the next value would come about. */
  look(value: bigint): Step {
    return this.value === undefined ? STILL : step(this.value, value);
  }

  /** Takes the value, and returns by how much the total grew. */
  take(value: bigint, by: bigint): number {
    this.value = value;
    if (by === 0n) return 0;
    this.total += by;
    return Number(by);
  }

  /** It stands at zero now. */
  restart(): void {
    if (this.value !== undefined) this.value = 0n;
  }
}

const U32_HALF = 2 ** 31;

/** An index of a ring: 32 bits, counts entries. Where it falls back, the ring is a new one. */
export class Index {
  private value: number | undefined;

  /** Whether the next value lies behind the last one. */
  fell(value: number): boolean {
    return this.value !== undefined && (value - this.value) >>> 0 >= U32_HALF;
  }

  /** Takes the value, and returns by how much it went on: of a new ring, from zero. */
  take(value: number, isNew: boolean): number {
    const from = isNew ? 0 : (this.value ?? value);
    this.value = value;
    return (value - from) >>> 0;
  }

  restart(): void {
    if (this.value !== undefined) this.value = 0;
  }
}

/** The largest refill ring that the kernel makes: IO_RQ_MAX_ENTRIES of io_uring/zcrx.c. */
const MAX_ENTRIES = 32_768;

/**
 * Entries between head and tail. The two are not read at one moment, so they may seem to be a little before each other or
 * too far apart.
 */
export function entriesBetween(head: number, tail: number, entries = MAX_ENTRIES): number {
  return Math.min(Math.max((tail - head) | 0, 0), entries);
}
