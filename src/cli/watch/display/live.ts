import type { Terminal } from '../../terminal.js';
import type { Source } from '../source.js';
import { abilitiesFor, LiveScreen } from '../view/index.js';
import type { Watched } from '../watched.js';
import { type Display, headingOf } from './display.js';
import { Rows } from './rows.js';

/** A watch on the whole screen of a terminal. */
export class LiveDisplay implements Display {
  private readonly rows = new Rows();
  private readonly screen: LiveScreen;
  private readonly source: Source;
  private readonly terminal: Terminal;
  /** Shown below the table one at a time, and all once the screen is given back. */
  private readonly notes: string[] = [];

  /** @param quit called when the person at the keys has enough */
  constructor(source: Source, terminal: Terminal, quit: () => void) {
    this.source = source;
    this.terminal = terminal;
    this.screen = new LiveScreen({
      input: process.stdin,
      output: process.stdout,
      abilities: abilitiesFor(true, process.env),
      onQuit: quit,
    });
    this.screen.start();
  }

  gone(watched: Watched, reason: string): void {
    this.rows.depart(watched, reason);
  }

  noted(text: string): void {
    this.notes.push(text);
  }

  judged(all: readonly Watched[]): void {
    const remark = this.notes.at(-1);
    this.screen.update(this.rows.of(all), {
      source: headingOf(this.source),
      time: new Date(),
      ...(remark !== undefined && { remark }),
    });
  }

  close(): void {
    this.screen.stop();
    for (const note of this.notes) this.terminal.complain(`${note}\n`);
  }
}
