import { type Health, HealthMonitor, type Snapshot } from '../../health/index.js';
import type { Subject } from './source.js';

/** Points of the curve that is drawn of an instance. */
const HISTORY = 60;
/** A clock costs as much as some reads do. */
const TIMED_ONE_IN = 10;

/** An instance under watch: what is made of its figures. */
export class Watched {
  readonly subject: Subject;
  private readonly monitor: HealthMonitor;
  private readonly points: number[] = [];
  private latest: Health;
  /** Times that it could not be read. */
  readErrors = 0;
  /** What it cost to read it, in seconds; measured once in a while. */
  readSeconds = 0;
  private untimed = 0;

  constructor(subject: Subject) {
    this.subject = subject;
    const { rq_entries, rx_buf_len, events } = subject;
    this.monitor = new HealthMonitor({
      events: events !== undefined,
      ...(rq_entries !== undefined && { rq_entries }),
      ...(rx_buf_len !== undefined && { rx_buf_len }),
    });
    this.latest = this.monitor.health();
  }

  /** Takes a sample. @returns it, if there was one */
  sample(): Snapshot | undefined {
    const snapshot = this.read();
    if (snapshot) this.monitor.push(snapshot);
    const events = this.subject.events?.();
    if (events) for (const { type, time } of events) this.monitor.event(type, time);
    return snapshot;
  }

  private read(): Snapshot | undefined {
    try {
      if (++this.untimed < TIMED_ONE_IN) return this.subject.snapshot();
      this.untimed = 0;
      const began = performance.now();
      const snapshot = this.subject.snapshot();
      this.readSeconds = (performance.now() - began) / 1000;
      return snapshot;
    } catch {
      // Whether it is gone is for the source to find out; until then there is just nothing to be seen.
      this.readErrors++;
      return undefined;
    }
  }

  /** Judges what was sampled. @returns whether the state is another one now */
  judge(): boolean {
    const { state } = this.latest;
    this.latest = this.monitor.health();
    const { received_bytes_per_second, buffers_per_second, copies_per_second } = this.latest;
    this.points.push(received_bytes_per_second ?? buffers_per_second ?? copies_per_second ?? Number.NaN);
    if (this.points.length > HISTORY) this.points.shift();
    return this.latest.state !== state;
  }

  get health(): Health {
    return this.latest;
  }

  /** Received bytes, or where they are not known buffers or copies, per second; oldest first. NaN where nothing was known. */
  get history(): readonly number[] {
    return this.points;
  }
}
