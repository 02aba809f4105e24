import type { LiveSummary, Output, RunSettings } from './events.js';
import { LiveInstance, openOptions } from './live.js';
import { LOOPBACK, Traffic } from './traffic.js';

const NOTE = 'zcrx run: TCP over loopback to an instance without a device';

/**
 * Opens an instance without a device, and sends itself traffic until the signal aborts.
 * @throws BridgeError, SyscallError if the kernel or the privileges are not enough
 */
export async function runLoopback(
  settings: RunSettings,
  output: Output,
  signal: AbortSignal,
): Promise<LiveSummary> {
  const options = { ...openOptions(settings), rearm: { minIntervalMs: settings.rearmMs } };
  const live = new LiveInstance(options, NOTE, output);
  let traffic: Traffic | undefined;
  try {
    traffic = await Traffic.open(LOOPBACK);
    live.sampleEvery(settings.intervalMs);
    const { sender } = traffic;
    const sending = sender.send(settings.rate, signal).then(() => sender.end());
    for await (const chunk of live.zcrx.receive(traffic.receiver)) traffic.check(chunk.data);
    await sending;
    live.end(signal.aborted ? 'the time was over' : 'the connection ended');
    return { ...live.summary, intact: traffic.intact };
  } finally {
    traffic?.close();
    live.close();
  }
}
