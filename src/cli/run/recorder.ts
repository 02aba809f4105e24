import { type EventType, rearmFields, type ZcrxInstance } from '../../../bridge/index.js';
import type { RecordingFrame } from '../../capture/index.js';
import { encode } from '../../layout/encode.js';
import { packageVersion } from '../version.js';

/** The structs and completions of an instance as frames, in the kernel's own bytes. */
export class Recorder {
  private readonly zcrx: ZcrxInstance;
  private readonly emit: (frame: RecordingFrame) => void;
  private readonly started = process.hrtime.bigint();

  constructor(zcrx: ZcrxInstance, emit: (frame: RecordingFrame) => void) {
    this.zcrx = zcrx;
    this.emit = emit;
  }

  /** Nanoseconds since the run began. */
  get time(): bigint {
    return process.hrtime.bigint() - this.started;
  }

  /** @param note what the recording is of */
  start(note: string): void {
    const { probe, revision, registration } = this.zcrx;
    const { reg, region, area, event_desc } = registration.bytes;
    this.emit({
      type: 'start',
      time: 0n,
      toolVersion: packageVersion(),
      kernelRelease: probe.kernel,
      architecture: probe.arch,
      pageSize: probe.pageSize,
      revision,
      wallClock: BigInt(Date.now()) * 1_000_000n,
      note,
    });
    this.emit({
      type: 'registered',
      time: this.time,
      instance: 0,
      ifqReg: reg,
      eventDesc: event_desc ?? new Uint8Array(0),
      regionDesc: region,
      areaReg: area,
    });
  }

  stats(): void {
    const { zcrx } = this;
    this.emit({
      type: 'stats',
      time: this.time,
      instance: 0,
      receivedBytes: zcrx.received_bytes,
      block: zcrx.statsBytes(),
    });
  }

  completion(user_data: bigint, res: number): void {
    const entries = encode('io_uring_cqe', { user_data, res });
    this.emit({ type: 'completions', time: this.time, instance: 0, entrySize: 16, entries });
  }

  rearmed(type: EventType): void {
    const { id, revision } = this.zcrx;
    const ctrl = encode('zcrx_ctrl', rearmFields(id, type, revision), { revision });
    this.emit({ type: 'control', time: this.time, instance: 0, ctrl, result: 0 });
  }

  end(reason: string): void {
    this.emit({ type: 'end', time: this.time, receivedBytes: this.zcrx.received_bytes, reason });
  }
}
