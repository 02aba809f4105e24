import { Chunk, type Lender } from './chunk.js';
import { Guard, type UnreleasedChunk } from './guard.js';
import { REFILLS } from './linear.js';
import type { Opened } from './open.js';
import { ctrl } from './ring.js';
import type { Completion } from './rings.js';

/** Released buffers go back to the kernel in batches: once so many wait, or else at the end of the event loop's turn. */
const BATCH = 64;

interface BuffersHost {
  /** The program gave a chunk back while the instance is open. */
  released(): void;
  /** Only under guard. */
  forgotten(chunk: UnreleasedChunk): void;
}

/** The buffers of the areas: lent to the program as chunks, given back to the kernel through the refill ring. */
export class Buffers implements Lender {
  private readonly opened: Opened;
  private readonly host: BuffersHost;
  private readonly guard: Guard | undefined;
  /** Buffers to be given back, oldest first: area, offset and length in turn. */
  private readonly waiting: number[] = [];
  private turnEnds = false;
  private lent = 0;
  protected closed = false;
  private given = 0;

  constructor(opened: Opened, host: BuffersHost) {
    this.opened = opened;
    this.host = host;
    this.guard = opened.settings.guard ? new Guard((chunk) => host.forgotten(chunk)) : undefined;
  }

  /** Chunks that are not released yet. */
  get held(): number {
    return this.lent;
  }

  /** Buffers that the kernel was given in all areas. */
  get total(): number {
    const { payload, bufferSize } = this.opened;
    return (payload.areas * payload.areaSize) / bufferSize;
  }

  /** The data of a completion, for the program. */
  lend({ area, off, res }: Completion): Chunk {
    this.lent++;
    return this.guard ? this.guard.chunk(this, area, off, res) : new Chunk(this, area, off, res);
  }

  read(area: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.opened.payload.read(area, offset, length);
  }

  takeBack(area: number, offset: number, length: number): void {
    this.lent--;
    if (this.closed) {
      this.discardUnused();
      return;
    }
    this.waiting.push(area, offset, length);
    if (this.waiting.length >= BATCH * 3) this.putBack();
    else this.putBackSoon();
    this.host.released();
  }

  private putBackSoon(): void {
    if (this.turnEnds) return;
    this.turnEnds = true;
    setImmediate(() => {
      this.turnEnds = false;
      if (!this.closed) this.putBack();
    }).unref();
  }

  /** Buffers that wait to be given back. */
  protected get waits(): number {
    return this.waiting.length / 3;
  }

  /**
   * Puts what waits into the refill ring. Nobody reads the ring until it is flushed, but a device that finds no buffer
   * otherwise: what is copied needs free buffers too.
   */
  putBack(): void {
    const { refill, plan } = this.opened;
    while (this.waiting.length > 0) {
      const taken = this.putBatch();
      const limit = Math.min(plan.rq_entries, this.total) >> 1;
      if (refill.unread >= Math.max(1, limit)) this.flushRing();
      else if (taken === 0) return;
    }
  }

  private putBatch(): number {
    const { waiting } = this;
    const { refill } = this.opened;
    const { batch } = refill;
    const count = Math.min(waiting.length / 3, REFILLS);
    for (let i = 0; i < count; i++) {
      const area = waiting[i * 3] as number;
      const offset = waiting[i * 3 + 1] as number;
      batch[i * 4] = offset; // its low half
      batch[i * 4 + 1] = Math.floor(offset / 2 ** 32) | (area << 16);
      batch[i * 4 + 2] = waiting[i * 3 + 2] as number;
    }
    const taken = refill.put(count);
    waiting.splice(0, taken * 3);
    return taken;
  }

  private flushRing(): void {
    const { fd, id, settings, refill } = this.opened;
    this.given += refill.unread;
    ctrl(fd, { zcrx_id: id, zc_flush: {} }, undefined, settings);
  }

  /** Gets everything that was released to the kernel now (ZCRX_CTRL_FLUSH_RQ). */
  flush(): void {
    this.putBack();
    if (this.opened.refill.unread > 0) this.flushRing();
  }

  /** Buffers that the kernel got by flushing, ever. */
  get flushed(): number {
    return this.given;
  }

  close(): void {
    this.closed = true;
    this.opened.payload.close();
    this.discardUnused();
  }

  /** The memory of a closed instance is of use only as long as a chunk lies in it. */
  private discardUnused(): void {
    if (this.lent === 0) this.opened.memory.discard();
  }
}
