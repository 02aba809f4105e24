/**
 * Takes a byte stream that ends with a known, random mark, and gives on everything before the mark as soon as
 * it is sure not to belong to it. Only bytes that could begin the mark wait, so live output stays live.
 */
export class MarkedStream {
  readonly #mark: Buffer;
  readonly #onData: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  #complete = false;

  constructor(mark: Buffer, onData: (chunk: Buffer) => void) {
    this.#mark = mark;
    this.#onData = onData;
  }

  /** Whether the mark has been seen; what comes behind it is dropped. */
  get complete(): boolean {
    return this.#complete;
  }

  push(chunk: Buffer): void {
    if (this.#complete) return;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const found = bytes.indexOf(this.#mark);
    this.#complete = found >= 0;
    const sure = found >= 0 ? found : bytes.length - this.#possibleStart(bytes);
    this.#held = found >= 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(sure));
    if (sure > 0) this.#onData(bytes.subarray(0, sure));
  }

  /** Gives on what waits: the stream broke off, so it was data after all. */
  flush(): void {
    if (this.#held.length > 0) this.#onData(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** How many of the last bytes are a beginning of the mark. */
  #possibleStart(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#mark.length - 1); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#mark.subarray(0, length))) return length;
    }
    return 0;
  }
}
