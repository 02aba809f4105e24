import { type Health, HealthMonitor } from '../../health/index.js';
import type { Subject } from './source.js';

/** Points of the curve that is drawn of an instance. */
const HISTORY = 60;

/** An instance under watch: what is made of its figures. */
export class Watched {
  readonly subject: Subject;
  private readonly monitor: HealthMonitor;
  private readonly points: number[] = [];
  private latest: Health;
  /** Times that it could not be read. */
  readErrors = 0;
  /** What it cost to read it last, in seconds. */
  readSeconds = 0;

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
  sample(): ReturnType<Subject['snapshot']> {
    const began = performance.now();
    try {
      const snapshot = this.subject.snapshot();
      if (snapshot) this.monitor.push(snapshot);
      for (const { type, time } of this.subject.events?.() ?? []) this.monitor.event(type, time);
      return snapshot;
    } catch {
      // Whether it is gone is for the source to find out; until then there is just nothing to be seen.
      this.readErrors++;
      return undefined;
    } finally {
      this.readSeconds = (performance.now() - began) / 1000;
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
