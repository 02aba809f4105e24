import { readFileSync } from 'node:fs';

/** What the kernel tells every process it starts (getauxval(3)): pairs of a type and a value. */
function pageSize(): number {
  const AT_PAGESZ = 6n;
  const pairs = readFileSync('/proc/self/auxv');
  for (let at = 0; at < pairs.length; at += 16) {
    if (pairs.readBigUInt64LE(at) === AT_PAGESZ) return Number(pairs.readBigUInt64LE(at + 8));
  }
  throw new Error('the kernel tells no page size');
}

/** Bytes of a page here, which are also those of a buffer: found without the bridge, which is on trial. */
export const PAGE = pageSize();
