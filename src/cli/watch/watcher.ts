import type { Snapshot } from '../../health/index.js';
import type { Departure, Source, Subject } from './source.js';
import { Watched } from './watched.js';

/** Who is told what a watch sees. */
export interface Listener {
  appeared?(watched: Watched): void;
  sampled?(watched: Watched, snapshot: Snapshot): void;
  /** Its state is another one now. */
  changed?(watched: Watched): void;
  gone?(watched: Watched, reason: string): void;
  noted?(text: string): void;
  /** All were judged anew. */
  judged?(all: readonly Watched[]): void;
}

/** Looks at the instances of a source again and again, and tells what it sees. It owns no clock: its caller has one. */
export class Watcher {
  private readonly source: Source;
  private readonly listeners: readonly Listener[];
  private readonly watched = new Map<Subject, Watched>();

  constructor(source: Source, listeners: readonly Listener[]) {
    this.source = source;
    this.listeners = listeners;
  }

  get all(): readonly Watched[] {
    return [...this.watched.values()];
  }

  get over(): boolean {
    return this.source.over;
  }

  /** Looks for instances that came or went. Those that went are told before those that came. */
  look(): void {
    const { appeared, gone, notes } = this.source.look();
    for (const departure of gone) this.leave(departure);
    for (const subject of appeared) {
      const watched = new Watched(subject);
      this.watched.set(subject, watched);
      this.tell('appeared', watched);
    }
    for (const note of notes) this.tell('noted', note);
  }

  /** Takes a sample of every instance. */
  sample(): void {
    // The one path that is taken ten thousand times a second.
    const listeners = this.listeners.filter(({ sampled }) => sampled);
    for (const watched of this.watched.values()) {
      const snapshot = watched.sample();
      if (snapshot) for (const listener of listeners) listener.sampled?.(watched, snapshot);
    }
  }

  /** Judges every instance by what was sampled. */
  judge(): void {
    for (const watched of this.watched.values()) {
      if (watched.judge()) this.tell('changed', watched);
    }
    this.tell('judged', this.all);
  }

  close(): void {
    this.source.close();
  }

  private leave({ subject, reason }: Departure): void {
    const watched = this.watched.get(subject);
    if (!watched) return;
    const snapshot = watched.sample();
    if (snapshot) this.tell('sampled', watched, snapshot);
    if (watched.judge()) this.tell('changed', watched);
    this.watched.delete(subject);
    this.tell('gone', watched, reason);
  }

  private tell<Name extends keyof Listener>(
    name: Name,
    ...args: Parameters<NonNullable<Listener[Name]>>
  ): void {
    for (const listener of this.listeners) {
      (listener[name] as ((...given: typeof args) => void) | undefined)?.call(listener, ...args);
    }
  }
}
