import { BridgeError } from './errors.js';

/** Who lends buffers to the program. */
export interface Lender {
  read(area: number, offset: number, length: number): Uint8Array<ArrayBuffer>;
  takeBack(area: number, offset: number, length: number): void;
}

/** A piece of received data, in a buffer that is the kernel's again once it is released. */
export class Chunk {
  /** Bytes. */
  readonly length: number;
  /** Number of the area in which it lies; 0 unless areas were added. */
  readonly area: number;
  /** Where it begins in its area, in bytes. */
  readonly offset: number;
  protected lender: Lender | undefined;
  private isKept = false;

  constructor(lender: Lender, area: number, offset: number, length: number) {
    this.lender = lender;
    this.area = area;
    this.offset = offset;
    this.length = length;
  }

  get released(): boolean {
    return this.lender === undefined;
  }

  /** Whether it is the program's to release: the receive that gave it leaves it alone. */
  get kept(): boolean {
    return this.isKept;
  }

  /**
   * Takes the chunk over: advancing the receive does not release it then, and you must. What is never released is lost
   * to the kernel until the instance is closed.
   * @throws BridgeError `already-released`
   */
  keep(): this {
    if (!this.lender) throw this.misused('it was to be kept after it was released: keep it before');
    this.isKept = true;
    return this;
  }

  /**
   * The bytes: a view of the buffer (or a copy, if the area is not in linear memory). After the release the kernel may
   * write other data there: copy what is to be kept. With `guard: true` it is a copy that the release takes away.
   * @throws BridgeError `already-released`, `not-readable` for memory that only devices can read
   */
  get data(): Uint8Array<ArrayBuffer> {
    if (!this.lender)
      throw this.misused('its data was asked for after it was released: copy the data before the release');
    return this.lender.read(this.area, this.offset, this.length);
  }

  /**
   * Gives the buffer back to the kernel.
   * @throws BridgeError `already-released`
   */
  release(): void {
    const { lender } = this;
    if (!lender)
      throw this.misused(
        'it was released a second time: the buffer may hold another chunk by now, which this did not touch',
      );
    this.lender = undefined;
    lender.takeBack(this.area, this.offset, this.length);
  }

  [Symbol.dispose](): void {
    if (!this.released) this.release();
  }

  protected misused(how: string, options?: ErrorOptions): BridgeError {
    return new BridgeError(
      'already-released',
      `chunk of ${this.length} bytes at ${this.offset} in area ${this.area}: ${how}`,
      options,
    );
  }
}
