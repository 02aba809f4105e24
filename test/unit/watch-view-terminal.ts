/** A terminal as xterm is one, as far as the live view uses it: what it would show after some output. */
export class Terminal {
  /** Characters, by line; and what was there before the second screen was taken. */
  private lines: string[][];
  private first: { readonly lines: string[][]; readonly x: number; readonly y: number } | undefined;
  private x = 0;
  private y = 0;
  /** The last column was written: the cursor is still on it, and the next character goes to the next line. */
  private isFull = false;
  hasCursor = true;
  readonly columns: number;
  readonly rows: number;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.lines = this.blank();
  }

  private blank(): string[][] {
    return Array.from({ length: this.rows }, () => Array<string>(this.columns).fill(' '));
  }

  /** Whether the first screen is seen. */
  get isFirst(): boolean {
    return this.first === undefined;
  }

  text(): string[] {
    return this.lines.map((line) => line.join('').trimEnd());
  }

  /** @throws at what it does not know, so that nothing is passed over */
  write(output: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are steered with
    for (const [part, parameters = '', final] of output.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|./gsu)) {
      if (final !== undefined) this.control(parameters, final);
      else if (part === '\n') this.lineFeed();
      else if (part === '\r') this.moveTo(0, this.y);
      else if (part < ' ' || part === '\x7f')
        throw new Error(`unknown control character ${JSON.stringify(part)}`);
      else this.put(part);
    }
  }

  private put(character: string): void {
    if (this.isFull) {
      this.x = 0;
      this.lineFeed();
    }
    (this.lines[this.y] as string[])[this.x] = character;
    this.isFull = this.x === this.columns - 1;
    if (!this.isFull) this.x++;
  }

  private lineFeed(): void {
    this.isFull = false;
    if (this.y < this.rows - 1) {
      this.y++;
      return;
    }
    this.lines.shift();
    this.lines.push(Array<string>(this.columns).fill(' '));
  }

  private moveTo(x: number, y: number): void {
    this.isFull = false;
    this.x = x;
    this.y = Math.max(0, Math.min(y, this.rows - 1));
  }

  private control(parameters: string, final: string): void {
    const count = Number(parameters || 1);
    const line = this.lines[this.y] as string[];
    switch (`${parameters.startsWith('?') ? parameters : ''}${final}`) {
      case 'A':
        this.moveTo(this.x, this.y - count);
        break;
      case 'B':
        this.moveTo(this.x, this.y + count);
        break;
      case 'G':
        this.moveTo(count - 1, this.y);
        break;
      case 'H':
        this.moveTo(0, 0);
        break;
      case 'J':
        this.lines = this.blank();
        break;
      case 'K':
        // To the end, the last character of a full line with it; or all.
        line.fill(' ', parameters === '2' ? 0 : this.x);
        break;
      case 'm':
      case '?2026h':
      case '?2026l':
        break;
      case '?25h':
      case '?25l':
        this.hasCursor = final === 'h';
        break;
      case '?1049h':
        this.first ??= { lines: this.lines, x: this.x, y: this.y };
        this.lines = this.blank();
        break;
      case '?1049l':
        if (!this.first) break;
        this.lines = this.first.lines;
        this.moveTo(this.first.x, this.first.y);
        this.first = undefined;
        break;
      default:
        throw new Error(`unknown control sequence ${JSON.stringify(parameters + final)}`);
    }
  }
}
