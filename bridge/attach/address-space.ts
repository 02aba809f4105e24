import { closeSync, openSync } from 'node:fs';
import { isSyscallError } from '../errors.js';
import { libc } from '../libc.js';
import { ofProcess } from './refusal.js';

// struct procmap_query of linux/fs.h (Linux 6.11 and later): __u64 size, query_flags, query_addr, then the answer: vma_start,
// vma_end, vma_flags, vma_page_size, vma_offset, inode, __u32 dev_major, dev_minor, vma_name_size, build_id_size,
// __u64 vma_name_addr, build_id_addr
const QUERY_WORDS = 13;
const QUERY_BYTES = QUERY_WORDS * 8;
const VMA_READABLE = 1n;
/** `_IOWR('f', 17, struct procmap_query)`: reading and writing are both bits together, on every architecture. */
const READ_AND_WRITE = process.arch === 'ppc64' ? 6 * 2 ** 29 : 3 * 2 ** 30;
const PROCMAP_QUERY = READ_AND_WRITE + QUERY_BYTES * 2 ** 16 + 'f'.charCodeAt(0) * 2 ** 8 + 17;

/** A stretch of a process's memory, mapped in one piece. */
export interface Stretch {
  readonly start: bigint;
  /** The first byte behind it. */
  readonly end: bigint;
  readonly readable: boolean;
  /** Of the file that is mapped there; 0 without one. */
  readonly inode: bigint;
  /** In that file. */
  readonly offset: bigint;
}

/**
 * The memory that a process has while it runs the program that it runs now. Holds none of it: when the process ends, or
 * runs another program, there is nothing here any more.
 */
export class AddressSpace {
  private readonly fd: number;
  private readonly query = new BigUint64Array(QUERY_WORDS);

  /** @throws SyscallError with the remedy */
  constructor(pid: number) {
    const path = `/proc/${pid}/maps`;
    this.fd = ofProcess(`open(${path})`, 'see the memory of', pid, () => openSync(path, 'r'));
  }

  /** What is mapped at an address; undefined where nothing is. */
  at(address: bigint): Stretch | undefined {
    const { query } = this;
    query.fill(0n);
    query[0] = BigInt(QUERY_BYTES);
    query[2] = address;
    try {
      libc().call('ioctl_inout', 'ioctl(PROCMAP_QUERY)', this.fd, PROCMAP_QUERY, query);
    } catch (error) {
      if (isSyscallError(error) && (error.errno === 'ENOENT' || error.errno === 'ESRCH')) return undefined;
      throw error;
    }
    const word = (index: number): bigint => query[index] as bigint;
    const readable = (word(5) & VMA_READABLE) !== 0n;
    return { start: word(3), end: word(4), readable, offset: word(7), inode: word(8) };
  }

  close(): void {
    closeSync(this.fd);
  }
}
