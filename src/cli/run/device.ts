import { inspectDevice, steeringAdvice } from '../../../bridge/index.js';
import type { LiveSummary, Output, RunSettings } from './events.js';
import { addressOf, isOwnAddress, Listener, type ListenerHost } from './listener.js';
import { LiveInstance, openOptions } from './live.js';
import { Watch } from './watch.js';

const LOOK_MS = 1000;

type DeviceSettings = RunSettings & {
  readonly device: NonNullable<RunSettings['device']>;
  readonly listen: NonNullable<RunSettings['listen']>;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Tells of connections, and once of one that cannot be what is meant. */
function connectionsTo(live: LiveInstance, { event }: Output): ListenerHost {
  let toldLocal = false;
  return {
    connected({ address, name: from }, connections) {
      event({ type: 'connected', time_ms: live.timeMs, from, connections });
      if (toldLocal || !isOwnAddress(address)) return;
      toldLocal = true;
      event({ type: 'advice', time_ms: live.timeMs, topic: 'local', commands: [] });
    },
    disconnected({ name: from }, received, connections, error) {
      const failure = error && { error: error.message };
      const received_bytes = String(received);
      event({
        type: 'disconnected',
        time_ms: live.timeMs,
        from,
        received_bytes,
        connections,
        ...failure,
      });
    },
  };
}

/** Looks after the traffic from time to time. */
function watchOver(
  live: LiveInstance,
  listener: Listener,
  steering: readonly string[],
  { event }: Output,
): NodeJS.Timeout {
  const watch = new Watch();
  return setInterval(() => {
    const { received_bytes, copy_bytes } = live.zcrx.stats();
    const { connections, accepted } = listener;
    const finding = watch.look({ timeMs: live.timeMs, connections, accepted, received_bytes, copy_bytes });
    if (finding) event({ type: 'advice', time_ms: live.timeMs, ...finding, commands: steering });
  }, LOOK_MS);
}

/**
 * Opens an instance on a queue of a device, and receives what other machines send to a port until the signal aborts.
 * @throws BridgeError `device-not-ready` with all that is wrong with the device; SyscallError
 */
export async function runDevice(
  settings: DeviceSettings,
  output: Output,
  signal: AbortSignal,
): Promise<LiveSummary> {
  const { device, listen } = settings;
  const { name, queue } = device;
  const steering = steeringAdvice(inspectDevice(name), queue, listen.port);
  const address = listen.address ?? addressOf(name);
  const options = { ...openOptions(settings), rearm: { minIntervalMs: settings.rearmMs } };
  const live = new LiveInstance(options, `zcrx run: TCP of others to queue ${queue} of ${name}`, output);
  let listener: Listener | undefined;
  let watching: NodeJS.Timeout | undefined;
  try {
    // Not before the instance is there: what comes until then lies in ordinary pages, and would be copied.
    listener = await Listener.open(address, listen.port);
    listener.serve(live.zcrx, connectionsTo(live, output));
    output.event({ type: 'advice', time_ms: live.timeMs, topic: 'steering', commands: steering });
    output.event({
      type: 'listening',
      time_ms: live.timeMs,
      device: name,
      queue,
      address,
      port: listen.port,
    });
    watching = watchOver(live, listener, steering, output);
    live.sampleEvery(settings.intervalMs);
    await aborted(signal);
    await listener.close();
    live.end('the time was over');
    return live.summary;
  } finally {
    clearInterval(watching);
    await listener?.close();
    live.close();
  }
}
