import { wholeBigint, wholeNumber } from './check.js';
import { BridgeError } from './errors.js';
import { copyInByKernel, copyOutByKernel } from './kernel-copy.js';
import {
  libc,
  MADV_DONTFORK,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MAP_ANONYMOUS,
  MAP_HUGETLB,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from './libc.js';
import { isLasting } from './memfd.js';

/** Most that one mapping may have: 1 TiB, as much as the kernel takes for an area. */
export const LENGTH_LIMIT = 2 ** 40;

const FD_LIMIT = 2 ** 31 - 1;
const READ_WRITE = PROT_READ | PROT_WRITE;

/** What is mapped, and how. */
interface Wanted {
  /** For errors. */
  what: string;
  length: number;
  protection: number;
  flags: number;
  fd?: number;
  offset?: bigint;
  /** Whether a page may be missing when it is touched. Default false. */
  uncertain?: boolean;
}

/** @throws BridgeError `out-of-bounds` unless `length` bytes from `offset` lie in the `whole` bytes of `what` */
export function checkBounds(what: string, offset: number, length: number, whole: number): void {
  wholeNumber('length', length, 0, Number.MAX_SAFE_INTEGER);
  if (Number.isInteger(offset) && offset >= 0 && offset + length <= whole) return;
  throw new BridgeError(
    'out-of-bounds',
    `${length} bytes at offset ${offset} reach outside of the ${what} of ${whole} bytes`,
  );
}

/**
 * Memory outside of JavaScript. It is read and written by copying, in bounds: a view could outlive the mapping, and
 * touching it then would end the process.
 */
export class Mapping {
  /** Page aligned. */
  readonly address: bigint;
  /** Bytes, whole pages. */
  readonly length: number;
  readonly writable: boolean;
  /** Has the kernel copy, which fails where touching would end the process. */
  private uncertain: boolean;
  private readonly shared: boolean;
  private mapped = true;

  private constructor(address: bigint, length: number, { protection, flags, uncertain = false }: Wanted) {
    this.address = address;
    this.length = length;
    this.writable = (protection & PROT_WRITE) !== 0;
    this.uncertain = uncertain;
    this.shared = (flags & MAP_SHARED) !== 0;
  }

  /**
   * Private memory, zeroed, present.
   * @param length bytes, rounded up to whole pages
   * @throws SyscallError `ENOMEM`
   */
  static anonymous(length: number): Mapping {
    return Mapping.map({
      what: 'mmap(anonymous)',
      length,
      protection: READ_WRITE,
      flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
    });
  }

  /**
   * Private memory, zeroed, for the kernel to pin; {@link populate} makes it present. Child processes do not inherit it:
   * they would get a copy of all that is pinned.
   * @param length bytes, rounded up to whole pages; of huge pages, a multiple of their size
   * @param options.huge made of huge pages of the default size
   * @throws SyscallError `ENOMEM`, also where the pool has not enough huge pages
   */
  static pinnable(length: number, { huge = false }: { huge?: boolean } = {}): Mapping {
    const what = huge ? 'mmap(MAP_HUGETLB)' : 'mmap(anonymous)';
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_HUGETLB : 0);
    // Huge pages that are promised may still be denied when they are touched, by a limit of a cgroup.
    const mapping = Mapping.map({ what, length, protection: READ_WRITE, flags, uncertain: huge });
    return mapping.advised('madvise(MADV_DONTFORK)', MADV_DONTFORK);
  }

  /**
   * Memory behind a descriptor, shared with whoever has it too: a memfd, or a dma-buf.
   * @param length bytes, whole pages
   * @param options.writable default true
   * @throws SyscallError
   */
  static shared(fd: number, length: number, { writable = true }: { writable?: boolean } = {}): Mapping {
    wholeNumber('fd', fd, 0, FD_LIMIT);
    wholeNumber('length', length, 1, LENGTH_LIMIT);
    const protection = writable ? READ_WRITE : PROT_READ;
    // The others may shorten it, or a driver have nothing there that the processor reaches.
    const uncertain = !isLasting(fd, length);
    return Mapping.map({ what: 'mmap(MAP_SHARED)', length, protection, flags: MAP_SHARED, fd, uncertain });
  }

  /**
   * Memory that the kernel allocated for a ring: the refill region at its `mmap_offset`, or the rings themselves.
   * @param length bytes; the kernel wants a refill region mapped whole
   * @param options.writable default true
   * @throws SyscallError `EINVAL` where the ring has nothing at this offset, `EFAULT` where it has more or less of it
   */
  static ofRing(fd: number, offset: bigint, length: number, options: { writable?: boolean } = {}): Mapping {
    wholeNumber('fd', fd, 0, FD_LIMIT);
    wholeBigint('offset', offset, 2n ** 63n - 1n);
    const protection = options.writable === false ? PROT_READ : READ_WRITE;
    const what = `mmap(ring, offset 0x${offset.toString(16)})`;
    const flags = MAP_SHARED | MAP_POPULATE;
    // The kernel maps more than there is without a word, and touching what is not there would end the process.
    return Mapping.map({ what, length, protection, flags, fd, offset }).advised(what, MADV_POPULATE_READ);
  }

  private static map(wanted: Wanted): Mapping {
    const { what, length, protection, flags, fd = -1, offset = 0n } = wanted;
    wholeNumber('length', length, 1, LENGTH_LIMIT);
    const { pageSize } = libc();
    const rounded = Math.ceil(length / pageSize) * pageSize;
    const address = libc().call('mmap', what, 0, rounded, protection, flags, fd, offset);
    return new Mapping(address, rounded, wanted);
  }

  /** Tells the kernel something about all of it; unmaps if that fails. */
  private advised(what: string, advice: number): this {
    try {
      libc().call('madvise', what, this.address, this.length, advice);
      return this;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Has every page allocated now, instead of when it is touched or pinned; if that fails, the mapping is closed.
   * @throws SyscallError `ENOMEM`, or `EFAULT` where touching would have ended the process
   */
  populate(): this {
    this.check(0, this.length);
    const advice = this.writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    this.advised(`madvise(MADV_POPULATE_${this.writable ? 'WRITE' : 'READ'})`, advice);
    // What is private nobody can take away again.
    if (!this.shared) this.uncertain = false;
    return this;
  }

  private check(offset: number, length: number): void {
    if (!this.mapped) throw new BridgeError('closed', 'the mapping is closed');
    checkBounds('mapping', offset, length, this.length);
  }

  /** A copy of `length` bytes from `offset`. @throws SyscallError `EFAULT` where shared memory is not there */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    wholeNumber('length', length, 0, this.length);
    this.check(offset, length);
    const bytes = new Uint8Array(length);
    const copy = this.uncertain ? copyOutByKernel : libc().copyOut;
    if (length > 0) copy(bytes, this.address + BigInt(offset));
    return bytes;
  }

  /** @throws SyscallError `EFAULT` where shared memory is not there */
  write(offset: number, bytes: Uint8Array): void {
    if (!this.writable) throw new BridgeError('bad-option', 'the mapping was made for reading only');
    this.check(offset, bytes.length);
    const copy = this.uncertain ? copyInByKernel : libc().copyIn;
    if (bytes.length > 0) copy(this.address + BigInt(offset), bytes);
  }

  get closed(): boolean {
    return !this.mapped;
  }

  /** Unmaps; a second time does nothing. What the kernel has pinned stays until the ring is closed. */
  close(): void {
    if (!this.mapped) return;
    this.mapped = false;
    libc().call('munmap', 'munmap', this.address, this.length);
  }
}
