import { readFileSync } from 'node:fs';
import { BridgeError } from '../errors.js';

/** What the machine has left. Pages are huge pages of the default size. */
export interface MemoryInfo {
  /** Bytes that can be had without swapping (MemAvailable), Infinity if the kernel does not say. */
  readonly available: number;
  /** Bytes, or undefined where the kernel has none (CONFIG_HUGETLBFS). */
  readonly hugePageSize: number | undefined;
  readonly hugeTotal: number;
  /** Of these, with those that are promised to somebody. */
  readonly hugeFree: number;
  readonly hugeReserved: number;
  /** Of the total, beyond vm.nr_hugepages. */
  readonly hugeSurplus: number;
}

/** Reads the text of /proc/meminfo. */
export function parseMeminfo(text: string): MemoryInfo {
  const field = (name: string): number | undefined => {
    const value = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  // Linux 7.3 was seen to count what is promised to below zero.
  const count = (name: string) => {
    const pages = field(name) ?? 0;
    return pages < 2 ** 53 ? pages : 0;
  };
  const bytes = (name: string) => {
    const kib = field(name);
    return kib === undefined ? undefined : kib * 1024;
  };
  return {
    available: bytes('MemAvailable') ?? Number.POSITIVE_INFINITY,
    hugePageSize: bytes('Hugepagesize'),
    hugeTotal: count('HugePages_Total'),
    hugeFree: count('HugePages_Free'),
    hugeReserved: count('HugePages_Rsvd'),
    hugeSurplus: count('HugePages_Surp'),
  };
}

export const memoryInfo = (): MemoryInfo => parseMeminfo(readFileSync('/proc/meminfo', 'latin1'));

/**
 * Ordinary memory is promised without limit and taken when it is touched; where there is none then, the kernel ends a
 * process, and possibly this one. (A limit of a cgroup is not looked at.)
 * @throws BridgeError `bad-option`
 */
export function checkAvailable(length: number): void {
  const { available } = memoryInfo();
  if (length <= available) return;
  throw new BridgeError(
    'bad-option',
    `the area is to have ${length} bytes, but this machine has ${available} to give (MemAvailable)`,
  );
}
