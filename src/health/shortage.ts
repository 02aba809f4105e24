/** Standing this long after an allocation has failed is what the failure led to: what comes then is the recovery. */
const STOOD_MS = 500;
/** Flowing this long, it led to nothing. */
const FLOWED_MS = 1000;
/** A sender that still has something to send has tried again by then. */
const FORGOTTEN_MS = 60_000;

/**
 * How long the kernel lacks buffers, where only the moment is told at which an allocation failed: from then on the time
 * counts in which nothing moves. What is under way at that moment still arrives, so movement alone ends nothing.
 */
export class Shortage {
  private lasts = false;
  private stoodMs = 0;
  private flowedMs = 0;

  /** An allocation failed. */
  failed(): void {
    if (this.lasts) return;
    this.lasts = true;
    this.stoodMs = 0;
    this.flowedMs = 0;
  }

  /** There are buffers, or it was told that it is over. */
  end(): void {
    this.lasts = false;
  }

  /** So many milliseconds went by, in which something moved or nothing did. Returns how many of them were a shortage. */
  pass(ms: number, moved: boolean): number {
    if (!this.lasts) return 0;
    if (!moved) {
      this.stoodMs += ms;
      this.flowedMs = 0;
      if (this.stoodMs >= FORGOTTEN_MS) this.lasts = false;
      return ms;
    }
    this.flowedMs += ms;
    if (this.stoodMs >= STOOD_MS || this.flowedMs >= FLOWED_MS) this.lasts = false;
    return 0;
  }
}
