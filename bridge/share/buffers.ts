import { Buffers } from '../buffers.js';
import type { Chunk } from '../chunk.js';
import type { Opened } from '../open.js';
import type { Completion } from '../rings.js';
import type { SharedRegion } from './region.js';

/** An area has 2^40 bytes at most, and there are at most 1024 of them. */
const AREA = 2 ** 40;
const RETRY_MS = 5;
/** Tries to get hold of the refill ring when the last buffers are given back. */
const LAST_TRIES = 20;

/**
 * The buffers of a shared instance: what this party holds when it closes goes back to the others. What it holds when it is
 * killed does not.
 */
export class SharedBuffers extends Buffers {
  private readonly shared: Opened;
  private readonly region: SharedRegion;
  /** Length of each chunk that is lent to the program, by where it lies. */
  private readonly chunks = new Map<number, number>();
  private retry: NodeJS.Timeout | undefined;

  constructor(opened: Opened, region: SharedRegion, host: ConstructorParameters<typeof Buffers>[1]) {
    super(opened, host);
    this.shared = opened;
    this.region = region;
  }

  override get total(): number {
    const { payload, bufferSize } = this.shared;
    return (this.region.areas * payload.areaSize) / bufferSize;
  }

  override lend(completion: Completion): Chunk {
    this.chunks.set(completion.area * AREA + completion.off, completion.res);
    return super.lend(completion);
  }

  override takeBack(area: number, offset: number, length: number): void {
    // Once all was given back, a buffer may be another's.
    if (this.chunks.delete(area * AREA + offset)) super.takeBack(area, offset, length);
  }

  /** Another party may have the refill ring: then it is tried again soon, as nothing else may come to pass here. */
  override putBack(): void {
    super.putBack();
    if (this.waits === 0 || this.retry) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      if (!this.closed) this.putBack();
    }, RETRY_MS);
    this.retry.unref();
  }

  /** Gives back all, also what the program has not released. To be called before the ring is closed. */
  surrender(): void {
    for (const [at, length] of [...this.chunks]) this.takeBack(Math.floor(at / AREA), at % AREA, length);
    for (let tries = 0; tries < LAST_TRIES && this.waits > 0; tries++) super.putBack();
    clearTimeout(this.retry);
  }
}
