import { BridgeError } from './errors.js';

/** A piece of received data, in a buffer that is the kernel's again once it is released. */
export class Chunk {
  /** Bytes. */
  readonly length: number;
  private readonly read: () => Uint8Array<ArrayBuffer>;
  private giveBack: (() => void) | undefined;

  constructor(length: number, read: () => Uint8Array<ArrayBuffer>, giveBack: () => void) {
    this.length = length;
    this.read = read;
    this.giveBack = giveBack;
  }

  get released(): boolean {
    return this.giveBack === undefined;
  }

  /**
   * The bytes: a view of the buffer (or a copy, if the area is not in linear memory). After the release the kernel may
   * write other data there: copy what is to be kept.
   * @throws BridgeError `already-released`
   */
  get data(): Uint8Array<ArrayBuffer> {
    if (this.released)
      throw new BridgeError('already-released', 'the chunk was released: copy its data before');
    return this.read();
  }

  /**
   * Gives the buffer back to the kernel.
   * @throws BridgeError `already-released`
   */
  release(): void {
    if (!this.giveBack) throw new BridgeError('already-released', 'the chunk was released before');
    const { giveBack } = this;
    this.giveBack = undefined;
    giveBack();
  }
}
