import { expect, test } from 'vitest';
import { parseMemoryMap, rangesFor, sharedFileIn } from '../../bridge/verdict/memory-map.js';

// As the kernel prints them: columns padded, paths with spaces, special areas.
const MAP = parseMemoryMap(`00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/some program
00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/some program
00652000-00655000 rw-p 00052000 08:02 173521      /usr/bin/some program
00655000-00656000 rw-p 00000000 00:00 0           [heap]
00656000-00657000 ---p 00000000 00:00 0 
7f0000000000-7f0000002000 rw-s 00000000 00:0f 42                         anon_inode:[io_uring]
7f0000002000-7f0000004000 rw-s 00000000 00:01 1027                       /memfd:area (deleted)
7f0000004000-7f0000008000 rw-s 00000000 08:02 99                         /srv/data (deleted)
7f0000008000-7f0000009000 -w-p 00000000 00:00 0 
7f0000009000-7f000000a000 --xp 00000000 00:00 0 
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`);

const extent = (address: bigint, length: bigint, isPinned = true) => ({ address, length, isPinned });
const ranges = (address: bigint, length: bigint) => rangesFor(MAP, [extent(address, length)]);

test('every line is read', () => {
  expect(MAP.map(({ rights }) => rights).join(' ')).toBe('ro ro rw rw none rw rw rw rw none none');
});

test('neighbours with the same rights are one, and only what is touched is there', () => {
  expect(ranges(0x652000n, 0x4000n)).toEqual([['0x652000', '0x4000', 'rw']]);
  expect(ranges(0x651fffn, 1n)).toEqual([['0x651000', '0x1000', 'ro']]);
  expect(ranges(0x651fffn, 2n)).toEqual([
    ['0x651000', '0x1000', 'ro'],
    ['0x652000', '0x3000', 'rw'],
  ]);
  expect(ranges(0x655fffn, 2n)).toEqual([
    ['0x655000', '0x1000', 'rw'],
    ['0x656000', '0x1000', 'none'],
  ]);
  expect(ranges(0x1000n, 0x1000n)).toEqual([]);
  expect(ranges(0x652000n, 0n)).toEqual([]);
});

test('several extents give one list, in order', () => {
  const both = [extent(0x7f0000008000n, 1n), extent(0x400000n, 1n), extent(0x400000n, 8n)];
  expect(rangesFor(MAP, both)).toEqual([
    ['0x400000', '0x52000', 'ro'],
    ['0x7f0000008000', '0x1000', 'rw'],
  ]);
});

test('an extent may run past the end of the address space', () => {
  expect(ranges(0xffff_ffff_ff60_0ff8n, 2n ** 63n)).toEqual([['0xffffffffff600000', '0x1000', 'none']]);
  expect(ranges(2n ** 64n - 8n, 96n)).toEqual([]);
});

test('a file that is shared is found where it is to be pinned, and shared memory is none', () => {
  const find = (address: bigint, isPinned: boolean) =>
    sharedFileIn(MAP, [extent(address, 0x1000n, isPinned)]);
  expect(find(0x7f0000004000n, true)).toBe('/srv/data (deleted)');
  expect(find(0x7f0000000000n, true)).toBe('anon_inode:[io_uring]');
  expect(find(0x7f0000004000n, false)).toBeUndefined();
  expect(find(0x7f0000002000n, true)).toBeUndefined();
  expect(find(0x400000n, true)).toBeUndefined();
});
