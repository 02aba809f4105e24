import { INTERRUPTIONS, type OpenOptions, type Stall, ZcrxInstance } from '../../../bridge/index.js';
import type { LiveSummary, Output, RunEvent, RunSettings } from './events.js';
import { Recorder } from './recorder.js';
import { roundMs } from './units.js';

/** The options of an instance that every live run has in common. */
export function openOptions({ areaSize, areaKind, rxBufLen, recover, device }: RunSettings): OpenOptions {
  return {
    areaSize,
    area: areaKind,
    ...(device && { device: device.name, queue: device.queue }),
    ...(rxBufLen !== undefined && { rxBufLen }),
    ...(recover && { recovery: true }),
  };
}

function stalledEvent(time_ms: number, { reasons, held, buffers }: Stall): RunEvent {
  return { type: 'stalled', time_ms, reasons, held, buffers };
}

function recoveredEvent(time_ms: number, { ms, reasons, actions, end = 'over' }: Stall): RunEvent {
  return {
    type: 'recovered',
    time_ms,
    ms: roundMs(ms),
    reasons,
    actions: actions.map(({ action, afterMs, buffers, error }) => ({
      action,
      after_ms: roundMs(afterMs),
      ...(buffers !== undefined && { buffers }),
      ...(error !== undefined && { error }),
    })),
    end,
  };
}

/** An instance whose every word is told: what the kernel writes as frames, what the bridge makes of it as events. */
export class LiveInstance {
  readonly zcrx: ZcrxInstance;
  private readonly recorder: Recorder;
  private sampling: NodeJS.Timeout | undefined;
  private heldBack = 0;

  /**
   * @param note what a recording of it says that it is of
   * @throws BridgeError, SyscallError if the kernel, the device or the privileges are not enough
   */
  constructor(options: OpenOptions, note: string, output: Output) {
    const zcrx = ZcrxInstance.open(options);
    this.zcrx = zcrx;
    this.recorder = new Recorder(zcrx, output.frame);
    this.recorder.start(note);
    const { recorder } = this;
    zcrx.on('notification', ({ user_data, res }) => recorder.completion(user_data, res));
    zcrx.on('rearmed', (type) => recorder.rearmed(type));
    zcrx.on('interrupted', ({ reason, id }) => {
      // Of our own making: no completion of the kernel's that would be worth a line, or a place in a recording.
      if (reason === 'slow-consumer') this.heldBack++;
      else recorder.completion(id, -INTERRUPTIONS[reason]);
    });
    zcrx.on('stalled', (stall) => output.event(stalledEvent(this.timeMs, stall)));
    zcrx.on('recovered', (stall) => output.event(recoveredEvent(this.timeMs, stall)));
  }

  /** Milliseconds since the run began. */
  get timeMs(): number {
    return Number(this.recorder.time / 1000n) / 1000;
  }

  /** Takes a sample of the statistics every so often. */
  sampleEvery(intervalMs: number): void {
    this.sampling = setInterval(() => this.recorder.stats(), intervalMs);
  }

  /** Takes the last sample; the recording, if there is one, is then complete. */
  end(reason: string): void {
    clearInterval(this.sampling);
    this.recorder.stats();
    this.recorder.end(reason);
  }

  get summary(): LiveSummary {
    const { count, ms, longestMs } = this.zcrx.stalls;
    return {
      stalls: count,
      stalled_ms: roundMs(ms),
      longest_stall_ms: roundMs(longestMs),
      held_back: this.heldBack,
    };
  }

  close(): void {
    clearInterval(this.sampling);
    this.zcrx.close();
  }
}
