/** Two digits make a byte: the first waits for the second. */
export class DigitEntry {
  /** The byte that a digit was typed for. */
  at: number | undefined;
  private first = '';

  /** What the byte shows meanwhile. */
  get shown(): string {
    return `${this.first}_`;
  }

  /** Takes a digit. @returns the byte, once it has two */
  type(at: number, digit: string): number | undefined {
    if (this.at !== at) {
      this.at = at;
      this.first = digit.toLowerCase();
      return undefined;
    }
    const value = Number.parseInt(this.first + digit, 16);
    this.drop();
    return value;
  }

  drop(): void {
    this.at = undefined;
    this.first = '';
  }
}
