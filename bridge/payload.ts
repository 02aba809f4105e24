import type { io_uring_zcrx_area_reg } from '../src/generated/structs.js';
import type { Fields } from '../src/layout/encode.js';
import type { Area } from './areas/area.js';
import { BridgeError } from './errors.js';

/** The memory for payload of one instance: one piece, of which the kernel is given area after area of the same size. */
export class Payload {
  /** Bytes of an area. */
  readonly areaSize: number;
  /** Areas for which there is memory, the first one among them. */
  readonly most: number;
  private readonly memory: Area;
  private given: number;

  /** @param given areas that the kernel has already */
  constructor(memory: Area, areaSize: number, most: number, given = 0) {
    this.memory = memory;
    this.areaSize = areaSize;
    this.most = most;
    this.given = given;
  }

  /** Areas that the kernel has. */
  get areas(): number {
    return this.given;
  }

  get spare(): number {
    return this.most - this.given;
  }

  /** The memory's own descriptor, where it has one that others may map. */
  get fd(): number | undefined {
    return this.memory.fd;
  }

  /** Whether the kernel can copy into it what a device did not put there. */
  get copyFallback(): boolean {
    return this.memory.copyFallback;
  }

  /** What to tell the kernel of the next area. */
  get next(): Fields<io_uring_zcrx_area_reg> {
    const { registration, kind } = this.memory;
    if (kind === 'dmabuf') return registration; // taken whole
    const addr = (registration.addr as bigint) + BigInt(this.given * this.areaSize);
    return { addr, len: this.areaSize };
  }

  /** The kernel has taken the next area. */
  taken(): void {
    this.given++;
  }

  /** @throws BridgeError `not-readable` */
  read(area: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (area >= this.most || offset + length > this.areaSize) {
      throw new BridgeError(
        'out-of-bounds',
        `${length} bytes at ${offset} in area ${area}: the instance has ${this.most} areas of ${this.areaSize} bytes`,
      );
    }
    return this.memory.read(area * this.areaSize + offset, length);
  }

  close(): void {
    this.memory.close();
  }
}
