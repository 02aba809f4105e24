import type { Device } from './facts.js';
import { shellWord } from './name.js';

/** How to spread other traffic over the other queues; undefined where it takes another queue first. */
function spread({ name, queues }: Pick<Device, 'name' | 'queues'>, queue: number): string | undefined {
  const word = shellWord(name);
  const last = queues === 'unknown' ? queue : queues - 1;
  if (last < 1) return undefined;
  if (queue === last) return `ethtool -X ${word} equal ${queue}`;
  if (queue === 0) return `ethtool -X ${word} start 1 equal ${last}`;
  const weights = Array.from({ length: last + 1 }, (_, i) => (i === queue ? 0 : 1));
  return `ethtool -X ${word} weight ${weights.join(' ')}`;
}

/**
 * The commands that bring the traffic of a port, and no other, to a queue, for a root shell, in their order. Without them
 * what arrives on other queues is copied.
 * @param port of the listening socket; without it the text has PORT in its place
 */
export function steeringAdvice(
  device: Pick<Device, 'name' | 'queues'>,
  queue: number,
  port?: number,
): readonly string[] {
  const word = shellWord(device.name);
  const others = spread(device, queue);
  const rule = (flow: string) =>
    `ethtool -N ${word} flow-type ${flow} dst-port ${port ?? 'PORT'} action ${queue}`;
  return [...(others ? [others] : []), `ethtool -K ${word} ntuple on`, rule('tcp4'), rule('tcp6')];
}
