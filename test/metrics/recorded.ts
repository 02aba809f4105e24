import { join } from 'node:path';
import { type RecordingFrame, readRecordingFile } from '../../src/capture/index.js';
import { type EventType, HealthMonitor } from '../../src/health/index.js';
import { decode } from '../../src/index.js';
import type { MeteredInstance } from '../../src/metrics/index.js';

/** A run of a real kernel, 7.3.4, of some four seconds: everything was copied. */
const RECORDING = join(import.meta.dirname, '../../src/recordings/linux-7.3.zcrx');

/** What the kernel and the program had counted at a moment of the recording, taken from its bytes. */
export interface Counted {
  readonly copy_count: bigint;
  readonly copy_bytes: bigint;
  readonly received_bytes: bigint;
  readonly copy_events: number;
}

const NOTHING: Counted = { copy_count: 0n, copy_bytes: 0n, received_bytes: 0n, copy_events: 0 };

const EVENTS: Readonly<Record<string, EventType>> = {
  ZCRX_EVENT_COPY: 'copy',
  ZCRX_EVENT_ALLOC_FAIL: 'alloc_fail',
};

/** The instance of the recording, as its own program would tell of it: frame by frame. */
export class RecordedInstance implements MeteredInstance {
  readonly labels = { process: 'recorded', ring: '12', zcrx_id: '0' };
  readonly process_key = '4711:1';
  /** By the bytes of the recording, with no code of health or metrics between. */
  counted = NOTHING;
  readonly #frames: readonly RecordingFrame[];
  readonly #monitor = new HealthMonitor({ events: true });
  #next = 0;
  #userData = 0n;

  private constructor(frames: readonly RecordingFrame[]) {
    this.#frames = frames;
  }

  static async load(): Promise<RecordedInstance> {
    const frames: RecordingFrame[] = [];
    for await (const item of readRecordingFile(RECORDING)) if (item.type !== 'result') frames.push(item);
    return new RecordedInstance(frames);
  }

  get health() {
    return this.#monitor.health();
  }

  /** Nanoseconds of recording that have been played, and that there are. */
  get played(): bigint {
    return this.#frames[this.#next - 1]?.time ?? 0n;
  }
  get length(): bigint {
    return this.#frames.at(-1)?.time ?? 0n;
  }

  /** Plays all frames up to a time, in nanoseconds. */
  play(until: bigint): void {
    for (
      let frame = this.#frames[this.#next];
      frame && frame.time <= until;
      frame = this.#frames[this.#next]
    ) {
      this.#take(frame);
      this.#next++;
    }
  }

  #take(frame: RecordingFrame): void {
    if (frame.type === 'registered') {
      this.#userData = decode('zcrx_event_desc', frame.eventDesc).fields.user_data;
      // The statistics of an instance that was just registered are zero.
      this.#monitor.push({
        time: frame.time,
        counters: { copy_count: 0n, copy_bytes: 0n },
        received_bytes: 0n,
      });
    } else if (frame.type === 'stats') {
      const { copy_count, copy_bytes } = decode('zcrx_stats', frame.block).fields;
      this.counted = { ...this.counted, copy_count, copy_bytes, received_bytes: frame.receivedBytes };
      this.#monitor.push({
        time: frame.time,
        counters: { copy_count, copy_bytes },
        received_bytes: frame.receivedBytes,
      });
    } else if (frame.type === 'completions') {
      for (let at = 0; at < frame.entries.length; at += frame.entrySize) {
        this.#complete(frame.entries.slice(at, at + frame.entrySize), frame.time);
      }
    }
  }

  #complete(entry: Uint8Array, time: bigint): void {
    const { fields, names } = decode('io_uring_cqe', entry);
    const event = EVENTS[String([names.res].flat()[0])];
    if (fields.user_data !== this.#userData || event === undefined) return;
    if (event === 'copy') this.counted = { ...this.counted, copy_events: this.counted.copy_events + 1 };
    this.#monitor.event(event, time);
  }
}
