import type { RecordingFrame } from '../../capture/index.js';
import type { Snapshot } from '../../health/index.js';
import type { Watched } from './watched.js';
import type { Listener } from './watcher.js';

/** What is written of a watch: who was watched, every sample, what was judged, and who went. */
export class WatchRecorder implements Listener {
  private readonly append: (frame: RecordingFrame) => void;
  private readonly origin: bigint;
  private readonly numbers = new Map<Watched, number>();
  /** Frames never go back in time. */
  private latest = 0n;
  private next = 0;

  /**
   * @param append takes a frame
   * @param origin when the recording began, on the clock of the snapshots: `process.hrtime.bigint()`
   */
  constructor(append: (frame: RecordingFrame) => void, origin: bigint) {
    this.append = append;
    this.origin = origin;
  }

  appeared(watched: Watched): void {
    const { subject } = watched;
    const instance = this.next++;
    this.numbers.set(watched, instance);
    this.append({
      type: 'watched',
      time: this.now(),
      instance,
      pid: subject.pid,
      startTime: subject.start_time,
      command: subject.process,
      fd: subject.ring,
      zcrxId: subject.zcrx_id,
      how: subject.how,
      regionSize: subject.region_size || undefined,
      statsOffset: subject.stats_offset,
      rqEntries: subject.rq_entries,
      rxBufLen: subject.rx_buf_len,
      note: '',
    });
  }

  sampled(watched: Watched, snapshot: Snapshot): void {
    const { time, counters, refill, received_bytes, rx_alloc_fail, waiting_bytes, stalled } = snapshot;
    this.append({
      type: 'sample',
      time: this.inOrder(time),
      instance: this.numberOf(watched),
      counters,
      refill,
      receivedBytes: received_bytes,
      rxAllocFail: rx_alloc_fail,
      waitingBytes: waiting_bytes,
      stalled,
    });
  }

  changed(watched: Watched): void {
    const { state, words } = watched.health;
    this.append({ type: 'state', time: this.now(), instance: this.numberOf(watched), state, reason: words });
  }

  gone(watched: Watched, reason: string): void {
    this.append({ type: 'gone', time: this.now(), instance: this.numberOf(watched), reason });
    this.numbers.delete(watched);
  }

  private now(): bigint {
    return this.inOrder(process.hrtime.bigint());
  }

  private inOrder(time: bigint): bigint {
    const since = time - this.origin;
    if (since > this.latest) this.latest = since;
    return this.latest;
  }

  private numberOf(watched: Watched): number {
    return this.numbers.get(watched) as number;
  }
}
