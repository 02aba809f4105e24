import type { StallFigures } from './health.js';

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** Standstills that are told, snapshot by snapshot: each lasts from the first that has it to the first that does not. */
export class ToldStalls {
  private count = 0;
  private totalMs = 0;
  private longestMs = 0;
  private currentMs: number | undefined;

  /** So many milliseconds went by with things as they were told last. */
  pass(ms: number): void {
    if (this.currentMs === undefined) return;
    this.currentMs += ms;
    this.totalMs += ms;
    this.longestMs = Math.max(this.longestMs, this.currentMs);
  }

  /** Now it stands still, or does not. */
  tell(stands: boolean): void {
    if (!stands) {
      this.currentMs = undefined;
    } else if (this.currentMs === undefined) {
      this.count++;
      this.currentMs = 0;
    }
  }

  get figures(): StallFigures {
    return {
      count: this.count,
      total: nanoseconds(this.totalMs),
      longest: nanoseconds(this.longestMs),
      ...(this.currentMs !== undefined && { current: nanoseconds(this.currentMs) }),
    };
  }
}
