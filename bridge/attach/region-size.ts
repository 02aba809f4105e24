import { constants } from 'node:os';
import { SyscallError } from '../errors.js';
import { libc, MAP_SHARED, PROT_READ } from '../libc.js';
import { LENGTH_LIMIT } from '../memory.js';

// The kernel tells nobody how long a refill region is, but it refuses to map less than all of it (vm_insert_pages in
// io_region_mmap, io_uring/memmap.c, fails with EFAULT). More is mapped without a word, and touching what is behind the end
// would end the process: so nothing that is mapped here is touched, and what is kept in the end has the very size.

type Answer = 'fits' | 'too short' | 'nothing there';

const { EFAULT, EINVAL, ENOMEM } = constants.errno;
/** The second one up to Linux 6.18 (io_uring_get_unmapped_area). */
const NOTHING_THERE = [EINVAL, ENOMEM];

function tryMap(fd: number, offset: bigint, length: number): Answer {
  const address = libc().attempt('mmap', 0, length, PROT_READ, MAP_SHARED, fd, offset);
  const errno = Number(-address);
  if (errno === EFAULT) return 'too short';
  if (NOTHING_THERE.includes(errno)) return 'nothing there';
  // An address may be any number, but none that an errno is.
  if (errno > 0) throw new SyscallError(`mmap(ring, offset 0x${offset.toString(16)})`, errno);
  libc().call('munmap', 'munmap', address, length);
  return 'fits';
}

/**
 * Bytes of the memory that a ring has at an offset: the least that can be mapped.
 * @param hint what it may well be, whole pages
 * @returns undefined where the ring has no memory there, or has it from its program: that cannot be mapped
 * @throws SyscallError
 */
export function regionSizeOf(fd: number, offset: bigint, hint?: number): number | undefined {
  const { pageSize } = libc();
  const first = tryMap(fd, offset, pageSize);
  if (first === 'nothing there') return undefined;
  if (first === 'fits') return pageSize;
  const fits = (pages: number): boolean => tryMap(fd, offset, pages * pageSize) === 'fits';
  const hinted = Math.ceil((hint ?? 0) / pageSize);
  // The process may have mapped too much of it.
  if (hinted > 1 && fits(hinted) && !fits(hinted - 1)) return hinted * pageSize;
  let short = 1;
  let enough = 2;
  while (!fits(enough)) {
    short = enough;
    enough *= 2;
    if (enough * pageSize > LENGTH_LIMIT) return undefined; // closed and gone, or no region as we know them
  }
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (fits(middle)) enough = middle;
    else short = middle;
  }
  return enough * pageSize;
}
