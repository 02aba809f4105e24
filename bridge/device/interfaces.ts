// The network interfaces of this machine: one list for whoever asks.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device as CallDevice } from '../../src/verdict/call.js';
import type { Places } from './facts.js';

export interface Interface {
  readonly name: string;
  readonly ifindex: number;
  /** It never has a device. */
  readonly isLoopback: boolean;
}

/** ARPHRD_LOOPBACK. */
const LOOPBACK = '772';

export const sysfsOf = ({ sys = '/sys' }: Places): string => join(sys, 'class/net');

/** A file of one line; undefined where it cannot be read, as some answer only while the interface is up. */
export function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A whole number in a file. */
export function readCount(path: string): number | undefined {
  const text = readLine(path);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function interfaceOf(folder: string, name: string): Interface[] {
  const ifindex = readCount(join(folder, name, 'ifindex'));
  // Gone since, or no interface, as bonding_masters.
  if (ifindex === undefined) return [];
  return [{ name, ifindex, isLoopback: readLine(join(folder, name, 'type')) === LOOPBACK }];
}

/** All interfaces by their numbers; undefined where sysfs does not tell. */
export function interfaces(places: Places = {}): readonly Interface[] | undefined {
  const folder = sysfsOf(places);
  try {
    const found = readdirSync(folder).flatMap((name) => interfaceOf(folder, name));
    return found.sort((a, b) => a.ifindex - b.ifindex);
  } catch {
    return undefined;
  }
}

/** An interface as far as sysfs alone tells what a verdict needs. */
export const forVerdict = ({ name, ifindex, isLoopback }: Interface): CallDevice =>
  isLoopback ? { if_idx: ifindex, name, dma: false } : { if_idx: ifindex, name, unknown: true };

/** Names of the interfaces of this process's network namespace, which may be another than that of sysfs. */
export function namesHere({ proc = '/proc' }: Places = {}): readonly string[] | undefined {
  const table = readLine(join(proc, 'self/net/dev'));
  // Two lines of headings; names are set to the right, and end at the last colon: they hold none themselves.
  return table
    ?.split('\n')
    .slice(2)
    .flatMap((line) => /^\s*([^:]+):/.exec(line)?.[1] ?? []);
}
