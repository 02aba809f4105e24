import type { Terminal } from '../../terminal.js';
import type { Source } from '../source.js';
import type { Watched } from '../watched.js';
import type { Display } from './display.js';
import { healthDocument, subjectDocument } from './document.js';

/** A watch as one JSON object a line. */
export class JsonDisplay implements Display {
  private readonly source: Source;
  private readonly terminal: Terminal;
  private readonly figuresEvery: number;
  private readonly numbers = new Map<Watched, number>();
  private next = 0;
  private headed: string | undefined;
  private latest: readonly Watched[] = [];
  private figuresAt = Number.NEGATIVE_INFINITY;

  /** @param figuresEvery least milliseconds between two objects with the figures of an instance */
  constructor(source: Source, terminal: Terminal, figuresEvery: number) {
    this.source = source;
    this.figuresEvery = figuresEvery;
    this.terminal = terminal;
  }

  appeared(watched: Watched): void {
    this.head();
    const instance = this.next++;
    this.numbers.set(watched, instance);
    this.tell('appeared', { instance, ...subjectDocument(watched.subject) });
  }

  changed(watched: Watched): void {
    this.tellHealth('state', watched);
  }

  gone(watched: Watched, reason: string): void {
    this.tellHealth('gone', watched, { gone: reason });
    this.numbers.delete(watched);
  }

  noted(text: string): void {
    this.tell('note', { text });
  }

  judged(all: readonly Watched[]): void {
    this.head();
    this.latest = all;
    if (performance.now() - this.figuresAt < this.figuresEvery) return;
    this.tellFigures();
  }

  /** The last figures are all there is to be known: they are told whenever the last ones were. */
  close(): void {
    this.tellFigures();
    this.tell('end', {});
  }

  private tellFigures(): void {
    this.figuresAt = performance.now();
    for (const watched of this.latest) this.tellHealth('figures', watched);
  }

  /** Says what is watched, and again when more is known of it. */
  private head(): void {
    const { title, recorded } = this.source;
    const words = recorded ?? '';
    if (words === this.headed) return;
    this.headed = words;
    this.tell('source', { title, live: recorded === undefined, ...(recorded !== undefined && { recorded }) });
  }

  private tellHealth(type: string, watched: Watched, more: object = {}): void {
    this.tell(type, { instance: this.numbers.get(watched), ...more, ...healthDocument(watched.health) });
  }

  private tell(type: string, document: object): void {
    const line = JSON.stringify({ type, time: new Date().toISOString(), ...document });
    this.terminal.write(`${line}\n`);
  }
}
