import { runDevice } from './device.js';
import type { LiveSummary, Output, RunSettings } from './events.js';
import { runLoopback } from './loopback.js';
import { runTour } from './tour.js';

/**
 * A live run on the running kernel: without a device, on a device, or the tour on the simulated one.
 * @throws BridgeError, SyscallError, OperationError
 */
export async function runKernel(
  settings: RunSettings,
  output: Output,
  signal: AbortSignal,
): Promise<LiveSummary> {
  const { device, listen, tour } = settings;
  if (device && tour) return runTour({ ...settings, device }, output, signal);
  if (device && listen) return runDevice({ ...settings, device, listen }, output, signal);
  return runLoopback(settings, output, signal);
}
