// What a call meets outside of its own bytes, looked up in /proc and /sys.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Device } from '../../src/verdict/call.js';

const KINDS: readonly (readonly [prefix: string, kind: DescriptorKind])[] = [
  ['anon_inode:[io_uring]', 'io_uring'],
  ['anon_inode:[zcrx]', 'zcrx'],
  ['/dmabuf:', 'dmabuf'],
];

export type DescriptorKind = 'io_uring' | 'zcrx' | 'dmabuf' | 'file';

/** What a descriptor is; undefined where it is not open. */
export function descriptorKind(fd: number): DescriptorKind | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return KINDS.find(([prefix]) => target.startsWith(prefix))?.[1] ?? 'file';
  } catch {
    return undefined;
  }
}

const NETWORK = '/sys/class/net';

/** The loopback interface: it never has a device. */
const LOOPBACK = 'lo';

/** The network interface of a number, as far as a call can be judged by it: none where there is no such interface. */
export function interfacesWith(if_idx: number): Device[] {
  if (!existsSync(NETWORK)) return [{ if_idx, unknown: true }];
  for (const name of readdirSync(NETWORK)) {
    if (indexOf(name) !== if_idx) continue;
    return [name === LOOPBACK ? { if_idx, name, dma: false } : { if_idx, name, unknown: true }];
  }
  return [];
}

function indexOf(name: string): number | undefined {
  try {
    return Number(readFileSync(`${NETWORK}/${name}/ifindex`, 'latin1'));
  } catch {
    return undefined; // gone since, or no interface, as bonding_masters
  }
}
