import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { until } from './process.js';

const POOL = '/proc/sys/vm/nr_hugepages';

const field = (name: string): number =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]);

/** Bytes of a huge page of the default size. */
export const hugePage = (): number => field('Hugepagesize') * 1024;

/** Huge pages that nobody has and nobody was promised. */
export const freeHugePages = (): number => field('HugePages_Free') - field('HugePages_Rsvd');

/** The pool as the administrator would have it, as long as something runs; afterwards all of it has to be free. */
export async function withHugePages<Result>(count: number, run: () => Result): Promise<Awaited<Result>> {
  fillPool(count);
  try {
    return await run();
  } finally {
    // What a ring had pinned comes back when the kernel has time.
    await until('the huge pages are given back', () => freeHugePages() === count);
    writeFileSync(POOL, '0');
  }
}

export function fillPool(count: number): void {
  writeFileSync(POOL, `${count}`);
  assert.equal(Number(readFileSync(POOL, 'latin1')), count, 'the kernel found so many huge pages');
}
