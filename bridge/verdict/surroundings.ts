// What a call meets outside of its own bytes, looked up in /proc and /sys.

import { readlinkSync } from 'node:fs';
import type { Device } from '../../src/verdict/call.js';
import { forVerdict, interfaces } from '../device/interfaces.js';

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

/** The network interface of a number, as far as a call can be judged by it: none where there is no such interface. */
export function interfacesWith(if_idx: number): Device[] {
  const all = interfaces();
  if (!all) return [{ if_idx, unknown: true }];
  return all.filter(({ ifindex }) => ifindex === if_idx).map(forVerdict);
}
