// Commands and advice that mend a device, to be pasted into a root shell.

import { channels } from './ethtool.js';
import type { Device, Places, XdpMode } from './facts.js';
import { shellWord } from './name.js';
import { run } from './tools.js';

const span = (queues: readonly number[]): string =>
  queues.length <= 8 ? queues.join(', ') : `0 to ${Math.max(...queues)}`;

/** Which queues there are beside one. */
export const otherQueues = ({ queues }: Device, queue: number): string => {
  if (queues === 'unknown') return 'take another queue';
  const free = Array.from({ length: queues }, (_, i) => i).filter((each) => each !== queue);
  return free.length === 0 ? 'add queues, and take another' : `take another queue: ${span(free)}`;
};

/** Where nobody knows how many there can be: a larger number is a mistake rather than a wish. */
const MOST_QUEUES = 256;

/** How to get a queue that is not there. */
export function moreQueues({ name, queues }: Device, queue: number, places: Places): string {
  const printed = run('ethtool', ['-l', name], places);
  const found = 'text' in printed ? channels(printed.text) : undefined;
  const range = queues === 'unknown' || queues < 2 ? 'queue 0' : `queue 0 to ${queues - 1}`;
  if (found && found.most <= queue) return `take ${range}: the device can have ${found.most} queues at most`;
  if (!found && queue >= MOST_QUEUES) return `take ${range}`;
  return `ethtool -L ${shellWord(name)} ${found?.kind ?? 'combined'} ${queue + 1}, or take ${range}`;
}

/** A program goes by the way it came. */
const XDP_WORDS: Readonly<Record<XdpMode, readonly string[]>> = {
  native: ['xdp'],
  generic: ['xdpgeneric'],
  offloaded: ['xdpoffload'],
  several: ['xdp', 'xdpgeneric', 'xdpoffload'],
};

export function xdpOff({ name, xdp }: Device): string {
  const ways = xdp === 'none' || xdp === 'unknown' ? ['xdp'] : XDP_WORDS[xdp];
  return ways.map((way) => `ip link set dev ${shellWord(name)} ${way} off`).join('; ');
}
