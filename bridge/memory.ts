import { wholeBigint, wholeNumber } from './check.js';
import { BridgeError } from './errors.js';
import {
  libc,
  MADV_POPULATE_READ,
  MAP_ANONYMOUS,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from './libc.js';

/** Most that one mapping may have: 1 TiB, as much as the kernel takes for an area. */
const LENGTH_LIMIT = 2 ** 40;

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
  private mapped = true;

  private constructor(address: bigint, length: number, writable: boolean) {
    this.address = address;
    this.length = length;
    this.writable = writable;
  }

  /**
   * Private memory, zeroed, present.
   * @param length bytes, rounded up to whole pages
   * @throws SyscallError `ENOMEM`
   */
  static anonymous(length: number): Mapping {
    return Mapping.map(
      'mmap(anonymous)',
      length,
      PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
      -1,
      0n,
    );
  }

  /**
   * Memory that the kernel allocated for a ring: the refill region at its `mmap_offset`, or the rings themselves.
   * @param length bytes; the kernel wants a refill region mapped whole
   * @param options.writable default true
   * @throws SyscallError `EINVAL` where the ring has nothing at this offset, `EFAULT` where it has more or less of it
   */
  static ofRing(fd: number, offset: bigint, length: number, options: { writable?: boolean } = {}): Mapping {
    wholeNumber('fd', fd, 0, 2 ** 31 - 1);
    wholeBigint('offset', offset, 2n ** 63n - 1n);
    const protection = options.writable === false ? PROT_READ : PROT_READ | PROT_WRITE;
    const what = `mmap(ring, offset 0x${offset.toString(16)})`;
    const mapping = Mapping.map(what, length, protection, MAP_SHARED | MAP_POPULATE, fd, offset);
    try {
      // The kernel maps more than there is without a word, and touching what is not there would end the process.
      libc().call('madvise', what, mapping.address, mapping.length, MADV_POPULATE_READ);
    } catch (error) {
      mapping.close();
      throw error;
    }
    return mapping;
  }

  private static map(
    what: string,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: bigint,
  ): Mapping {
    wholeNumber('length', length, 1, LENGTH_LIMIT);
    const { pageSize } = libc();
    const rounded = Math.ceil(length / pageSize) * pageSize;
    const address = libc().call('mmap', what, 0, rounded, protection, flags, fd, offset);
    return new Mapping(address, rounded, (protection & PROT_WRITE) !== 0);
  }

  private check(offset: number, length: number): void {
    if (!this.mapped) throw new BridgeError('closed', 'the mapping is closed');
    if (Number.isInteger(offset) && offset >= 0 && offset + length <= this.length) return;
    throw new BridgeError(
      'out-of-bounds',
      `${length} bytes at offset ${offset} reach outside of the mapping of ${this.length} bytes`,
    );
  }

  /** A copy of `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    wholeNumber('length', length, 0, this.length);
    this.check(offset, length);
    const bytes = new Uint8Array(length);
    if (length > 0) libc().copyOut(bytes, this.address + BigInt(offset));
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (!this.writable) throw new BridgeError('bad-option', 'the mapping was made for reading only');
    this.check(offset, bytes.length);
    if (bytes.length > 0) libc().copyIn(this.address + BigInt(offset), bytes);
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
