import { type EventType, INTERRUPTIONS, rearmFields, ZcrxInstance } from '../../../bridge/index.js';
import type { RecordingFrame } from '../../capture/index.js';
import { encode } from '../../layout/encode.js';
import { packageVersion } from '../version.js';
import type { RunSettings } from './events.js';
import { Traffic } from './traffic.js';

/** What a live run gives besides its frames. */
export interface LiveResult {
  readonly intact: boolean;
}

/** The structs and completions of an instance as frames, in the kernel's own bytes. */
class Recorder {
  private readonly zcrx: ZcrxInstance;
  private readonly emit: (frame: RecordingFrame) => void;
  private readonly started = process.hrtime.bigint();

  constructor(zcrx: ZcrxInstance, emit: (frame: RecordingFrame) => void) {
    this.zcrx = zcrx;
    this.emit = emit;
  }

  private get time(): bigint {
    return process.hrtime.bigint() - this.started;
  }

  start(): void {
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
      note: 'zcrx run: TCP over loopback to an instance without a device',
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

/**
 * Opens an instance on the running kernel, sends itself traffic until the signal aborts, and gives everything that the
 * kernel wrote as frames.
 * @throws BridgeError, SyscallError if the kernel or the privileges are not enough
 */
export async function runKernel(
  settings: RunSettings,
  emit: (frame: RecordingFrame) => void,
  signal: AbortSignal,
): Promise<LiveResult> {
  const zcrx = ZcrxInstance.open({ areaSize: settings.areaSize, rearm: { minIntervalMs: settings.rearmMs } });
  const recorder = new Recorder(zcrx, emit);
  let traffic: Traffic | undefined;
  let sampling: NodeJS.Timeout | undefined;
  try {
    recorder.start();
    zcrx.on('notification', ({ user_data, res }) => recorder.completion(user_data, res));
    zcrx.on('rearmed', (type) => recorder.rearmed(type));
    zcrx.on('interrupted', ({ reason, id }) => recorder.completion(id, -INTERRUPTIONS[reason]));
    traffic = await Traffic.open();
    sampling = setInterval(() => recorder.stats(), settings.intervalMs);
    const sending = traffic.send(settings.rate, signal);
    for await (const chunk of zcrx.receive(traffic.receiver)) traffic.check(chunk.data);
    await sending;
    clearInterval(sampling);
    recorder.stats();
    recorder.end(signal.aborted ? 'the time was over' : 'the connection ended');
    return { intact: traffic.intact };
  } finally {
    clearInterval(sampling);
    traffic?.close();
    zcrx.close();
  }
}
