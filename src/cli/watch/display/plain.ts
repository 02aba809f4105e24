import type { Terminal } from '../../terminal.js';
import type { Source } from '../source.js';
import { abilitiesFor, PlainLines } from '../view/index.js';
import type { Watched } from '../watched.js';
import { type Display, headingOf } from './display.js';
import { Rows } from './rows.js';

/** A watch as lines: those of instances on standard output, remarks on standard error. */
export class PlainDisplay implements Display {
  private readonly rows = new Rows();
  private readonly lines: PlainLines;
  private readonly source: Source;
  private readonly terminal: Terminal;
  private headed: string | undefined;

  /** @param figuresEvery least milliseconds between two lines of figures of an instance */
  constructor(source: Source, terminal: Terminal, figuresEvery: number) {
    this.source = source;
    this.terminal = terminal;
    const { unicode } = abilitiesFor(false, process.env);
    const write = (line: string) => terminal.write(line);
    this.lines = new PlainLines({ write, figuresEvery, unicode });
  }

  gone(watched: Watched, reason: string): void {
    this.rows.depart(watched, reason);
  }

  noted(text: string): void {
    this.terminal.complain(`${text}\n`);
  }

  judged(all: readonly Watched[]): void {
    const heading = headingOf(this.source);
    if (heading !== this.headed) this.terminal.complain(`${heading}\n`);
    this.headed = heading;
    this.lines.update(this.rows.of(all), new Date());
  }

  close(): void {}
}
