/** A text that is made when it is asked for, once for all who ask while it is being made or shortly after. */
export class SharedText {
  readonly #make: () => Promise<string>;
  readonly #reuseMs: number;
  #text: Promise<string> | undefined;
  #staleAt = Number.POSITIVE_INFINITY;

  constructor(make: () => Promise<string>, reuseMs: number) {
    this.#make = make;
    this.#reuseMs = reuseMs;
  }

  get(): Promise<string> {
    if (this.#text === undefined || performance.now() >= this.#staleAt) this.#text = this.#begin();
    return this.#text;
  }

  async #begin(): Promise<string> {
    this.#staleAt = Number.POSITIVE_INFINITY;
    try {
      return await this.#make();
    } finally {
      // Counted from its end: where making takes long, those who waited for it do not make it again.
      this.#staleAt = performance.now() + this.#reuseMs;
    }
  }
}
