import type { SharedRegion } from './region.js';

/** Milliseconds between two looks, growing from the one to the other. */
const FIRST_MS = 2;
const LONGEST_MS = 50;
/** Buffers become free in other ways too, as when a socket is closed that had data waiting. */
const AT_LATEST_MS = 1000;

/**
 * For receives that paused because the area was exhausted while other parties hold its buffers: these cannot tell us that
 * they gave some back, so it is looked for.
 */
export class ReturnWatch {
  private readonly region: SharedRegion;
  private readonly room: () => void;
  /** What was seen before receives were last resumed: they may have failed on any later return, too. */
  private seen = -1;
  private timer: NodeJS.Timeout | undefined;

  /** `room` is called once after each {@link start}, when there may be room again. */
  constructor(region: SharedRegion, room: () => void) {
    this.region = region;
    this.room = room;
  }

  start(): void {
    if (this.timer === undefined) this.lookIn(FIRST_MS, performance.now() + AT_LATEST_MS);
  }

  private lookIn(ms: number, latest: number): void {
    this.timer = setTimeout(() => {
      const { returned } = this.region;
      if (returned === this.seen && performance.now() < latest) {
        this.lookIn(Math.min(ms * 2, LONGEST_MS), latest);
        return;
      }
      this.timer = undefined;
      this.seen = returned;
      this.room();
    }, ms);
    // A receive keeps the process alive, if need be.
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
