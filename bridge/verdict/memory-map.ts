import { readFileSync } from 'node:fs';
import type { Call, Rights } from '../../src/verdict/call.js';
import type { Extent } from './pieces.js';

/** A stretch of the address space with the same rights all over. */
export interface Mapped {
  readonly start: bigint;
  /** The first byte behind it. */
  readonly end: bigint;
  readonly rights: Rights;
  /** The file that is mapped, shared with whoever else maps it; empty for all other memory. */
  readonly sharedFile: string;
}

// start-end rwxs offset device inode path
const LINE = /^([\da-f]+)-([\da-f]+) (.)(.).(.) \S+ \S+ (\d+) *(.*)$/;

/** Shared memory without a file system behind it is pinned like private memory. */
const MEMORY_FILE = /^\/(memfd:|dev\/shm\/|dev\/zero|SYSV|anon_hugepage)/;

function rightsOf(read: string, write: string): Rights {
  // No machine has memory that can be written and not read.
  if (write === 'w') return 'rw';
  return read === 'r' ? 'ro' : 'none';
}

/** Reads the text of /proc/PID/maps. */
export function parseMemoryMap(text: string): Mapped[] {
  const found: Mapped[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const [, start, end, read, write, sharing, inode, path = ''] = match as unknown as string[];
    const isFile = sharing === 's' && inode !== '0' && !MEMORY_FILE.test(path);
    found.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      rights: rightsOf(read as string, write as string),
      sharedFile: isFile ? path : '',
    });
  }
  return found;
}

/** The address space of this process now. */
export const memoryMap = (): Mapped[] => parseMemoryMap(readFileSync('/proc/self/maps', 'latin1'));

const TOP = 2n ** 64n;
const endOf = ({ address, length }: Extent) => (address + length < TOP ? address + length : TOP);
const touches = ({ start, end }: Mapped, extent: Extent) => start < endOf(extent) && extent.address < end;

/** What of the map a call can meet, neighbours with the same rights as one: start, length, rights. */
export function rangesFor(map: readonly Mapped[], extents: readonly Extent[]): NonNullable<Call['memory']> {
  const joined: { start: bigint; end: bigint; rights: Rights }[] = [];
  for (const each of map) {
    if (!extents.some((extent) => touches(each, extent))) continue;
    const last = joined.at(-1);
    if (last && last.end === each.start && last.rights === each.rights) last.end = each.end;
    else joined.push({ start: each.start, end: each.end, rights: each.rights });
  }
  return joined.map(({ start, end, rights }) => [
    `0x${start.toString(16)}`,
    `0x${(end - start).toString(16)}`,
    rights,
  ]);
}

/** A file that memory to be pinned is a shared mapping of: most file systems allow no pinning of theirs. */
export function sharedFileIn(map: readonly Mapped[], extents: readonly Extent[]): string | undefined {
  const pinned = extents.filter(({ isPinned }) => isPinned);
  return map.find((each) => each.sharedFile !== '' && pinned.some((extent) => touches(each, extent)))
    ?.sharedFile;
}
