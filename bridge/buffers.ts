import { Chunk } from './chunk.js';
import type { Opened } from './open.js';
import { ctrl } from './ring.js';
import type { Completion } from './rings.js';

/** The buffers of the area: lent to the program as chunks, given back to the kernel through the refill ring. */
export class Buffers {
  private readonly opened: Opened;
  private readonly released: () => void;
  /** Buffers for which the refill ring has no room yet: offset and length in turn. */
  private readonly unreturned: number[] = [];
  /** Returned buffers that may wait in the refill ring: without a device nobody reads it until it is flushed. */
  private readonly limit: number;
  private chunks = 0;
  private closed = false;

  /** `released` is called for every chunk that the program gave back while the instance is open. */
  constructor(opened: Opened, released: () => void) {
    this.opened = opened;
    this.released = released;
    const { area, plan, probe } = opened;
    this.limit = Math.max(1, Math.min(plan.rq_entries, area.length / probe.pageSize) >> 1);
  }

  /** Chunks that are not released yet. */
  get held(): number {
    return this.chunks;
  }

  /** The data of a completion, for the program. */
  chunkOf({ off, res }: Completion): Chunk {
    this.chunks++;
    return new Chunk(
      res,
      () => this.opened.area.read(off, res),
      () => this.giveBack(off, res),
    );
  }

  private giveBack(off: number, length: number): void {
    this.chunks--;
    if (this.closed) {
      this.discardUnused();
      return;
    }
    this.unreturned.push(off, length);
    this.fillRing();
    this.released();
  }

  private fillRing(): void {
    const { rings, registration } = this.opened;
    const token = registration.area.rq_area_token;
    if (rings.pendingRefills >= this.limit) this.flush();
    let taken = 0;
    while (taken < this.unreturned.length) {
      const [off, length] = [this.unreturned[taken] as number, this.unreturned[taken + 1] as number];
      if (!rings.refill(token, off, length)) break;
      taken += 2;
    }
    this.unreturned.splice(0, taken);
  }

  private flush(): void {
    const { fd, registration, settings } = this.opened;
    ctrl(fd, { zcrx_id: registration.reg.zcrx_id, zc_flush: {} }, undefined, settings);
  }

  /** Gets everything that was released to the kernel now; returns whether there was anything. */
  returnAll(): boolean {
    this.fillRing();
    if (this.opened.rings.pendingRefills === 0) return false;
    this.flush();
    return true;
  }

  close(): void {
    this.closed = true;
    this.opened.area.close();
    this.discardUnused();
  }

  /** The memory of a closed instance is of use only as long as a chunk lies in it. */
  private discardUnused(): void {
    if (this.chunks === 0) this.opened.memory.discard();
  }
}
