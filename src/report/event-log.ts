import { Buckets } from './buckets.js';

/** Something that happened at one moment. */
export interface LoggedEvent<Type extends string = string> {
  /** Nanoseconds. */
  readonly time: number;
  readonly type: Type;
  /** More about it, for people; may hold anything. */
  readonly text?: string;
}

/** Events of one type in a bucket of time. */
export interface EventMark {
  /** Nanoseconds, from the first to the last of them. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Marks of one type, at most. */
const MOST_MARKS = 1024;
/** Types of which there are marks and counts: the names of unknown ones come from the file. */
const MOST_TYPES = 32;
const OTHER = 'other';

/**
 * Events: the first of them in full, all of them counted by type, and marked on the time axis, where many that lie close
 * together share a mark.
 */
export class EventLog {
  private readonly limit: number;
  private readonly marked = new Map<string, Buckets>();
  /** The first events, in order of time. */
  readonly first: LoggedEvent[] = [];
  readonly counts = new Map<string, number>();
  total = 0;

  /** @param limit how many are kept in full */
  constructor(limit: number) {
    this.limit = limit;
  }

  add(time: number, type: string, text?: string): void {
    this.total++;
    if (this.first.length < this.limit) this.first.push({ time, type, ...(text !== undefined && { text }) });
    const isNew = !this.marked.has(type);
    const name = isNew && this.marked.size >= MOST_TYPES ? OTHER : type;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const marks = this.marked.get(name) ?? new Buckets(0, MOST_MARKS);
    this.marked.set(name, marks);
    marks.at(time, time);
  }

  marks(): { readonly [type: string]: readonly EventMark[] } {
    const entries = [...this.marked].map(([type, marks]) => {
      const list = Array.from({ length: marks.length }, (_, at) => ({
        from: marks.fromOf(at),
        to: marks.toOf(at),
        count: marks.samplesOf(at),
      }));
      return [type, list] as const;
    });
    return Object.fromEntries(entries);
  }
}
