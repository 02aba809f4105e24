import { isSyscallError } from '../errors.js';
import { libc } from '../libc.js';
import { type Look, type RegionAccess, RegionLost } from './access.js';
import type { AddressSpace } from './address-space.js';
import { frameAt } from './frame.js';
import { HEAD_OFFSET, type KernelLayout, tailOffset } from './kernel.js';
import type { ProcessHandle } from './pidfd.js';
import { mayNot } from './refusal.js';

/** The two counters. */
const COUNTERS = 16;
/** Looks until two in a row agree; one is enough unless the numbers change within a tenth of a microsecond. */
const ATTEMPTS = 16;

/** Copies bytes of a process from several places, one behind the other; fewer where it meets what is not there. */
function readMemory(pid: number, into: ArrayBuffer, pieces: BigUint64Array): number {
  const local = new BigUint64Array([libc().address(into), BigInt(into.byteLength)]);
  const count = pieces.length / 2;
  return Number(libc().call('process_vm_readv', 'process_vm_readv', pid, local, 1, pieces, count, 0));
}

const WHY_LOST: { readonly [errno: string]: (pid: number) => string } = {
  ESRCH: () => 'the process has ended',
  EFAULT: () => 'the process has nothing mapped there any more',
  EPERM: (pid) => mayNot('read the memory of', pid),
};

/**
 * A region read by the kernel out of the process's memory, at the address where the process itself has it. Nothing is held:
 * the process and its ring are as free as without us.
 */
export class RemoteRegion implements RegionAccess {
  readonly how = 'remote';
  private readonly process: ProcessHandle;
  private readonly space: AddressSpace;
  private readonly address: bigint;
  private readonly size: number;
  private readonly kernel: KernelLayout;
  /** What has to be mapped there for it to be the region still: a ring's memory, or anything. */
  private readonly inode: bigint | undefined;
  private readonly header: number;
  /** Of one look twice over: the kernel copies in units of its choice, so one number may be of two moments. */
  private readonly twice: DataView<ArrayBuffer>;
  private pieces = new BigUint64Array(0);
  private piecesFor: number | undefined | null = null;

  /**
   * @param space of the process, ours from now on
   * @param inode of the ring whose memory lies there; undefined: the process's own memory
   */
  constructor(
    process: ProcessHandle,
    space: AddressSpace,
    place: { address: bigint; size: number; inode?: bigint | undefined },
    kernel: KernelLayout,
  ) {
    this.process = process;
    this.space = space;
    this.address = place.address;
    this.size = place.size;
    this.inode = place.inode;
    this.kernel = kernel;
    this.header = tailOffset(kernel) + Uint32Array.BYTES_PER_ELEMENT;
    this.twice = new DataView(new ArrayBuffer(2 * (this.header + COUNTERS)));
  }

  /** Reads, and makes sure that it was the region that was read. */
  private read(into: ArrayBuffer, pieces: BigUint64Array): void {
    const { pid } = this.process;
    try {
      this.readAndCheck(into, pieces);
    } catch (error) {
      if (!isSyscallError(error)) throw error;
      throw new RegionLost(WHY_LOST[error.errno]?.(pid) ?? error.message, { cause: error });
    }
  }

  private readAndCheck(into: ArrayBuffer, pieces: BigUint64Array): void {
    const length = readMemory(this.process.pid, into, pieces);
    if (length < into.byteLength) throw new RegionLost('the process has only a part of it mapped');
    // Asked afterwards: had the number been another process's by then, this one would have ended.
    if (this.process.ended) throw new RegionLost('the process has ended');
    const stretch = this.space.at(this.address);
    if (!stretch?.readable || (this.inode !== undefined && stretch.inode !== this.inode)) {
      throw new RegionLost('the process has unmapped it, or runs another program now');
    }
  }

  private prepare(statsOffset: number | undefined): BigUint64Array {
    if (this.piecesFor === statsOffset) return this.pieces;
    const header = [this.address, BigInt(this.header)];
    const counters = [this.address + BigInt(statsOffset ?? 0), BigInt(COUNTERS)];
    this.pieces = new BigUint64Array([...header, ...counters, ...header, ...counters]);
    this.piecesFor = statsOffset;
    return this.pieces;
  }

  look(statsOffset: number | undefined): Look {
    const { twice, header } = this;
    const pieces = this.prepare(statsOffset);
    const tail = tailOffset(this.kernel);
    const second = header + COUNTERS;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.read(twice.buffer, pieces);
      const same =
        twice.getUint32(HEAD_OFFSET, true) === twice.getUint32(second + HEAD_OFFSET, true) &&
        twice.getUint32(tail, true) === twice.getUint32(second + tail, true) &&
        twice.getBigUint64(header, true) === twice.getBigUint64(second + header, true) &&
        twice.getBigUint64(header + 8, true) === twice.getBigUint64(second + header + 8, true);
      if (!same) continue;
      const refill = { head: twice.getUint32(HEAD_OFFSET, true), tail: twice.getUint32(tail, true) };
      if (statsOffset === undefined) return { refill };
      const copy_count = twice.getBigUint64(header, true);
      return { refill, counters: { copy_count, copy_bytes: twice.getBigUint64(header + 8, true) } };
    }
    return {};
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    this.read(bytes.buffer, new BigUint64Array([this.address, BigInt(this.size)]));
    return bytes;
  }

  frame(): bigint | undefined {
    return frameAt(this.process.pid, this.address, this.kernel.pageSize);
  }

  close(): void {
    this.space.close();
  }
}

/** How many bytes of `most` can be read from an address of a process, in whole pages: it may have mapped too much. */
export function readableSize(pid: number, address: bigint, most: number, pageSize: number): number {
  const one = new ArrayBuffer(1);
  const isThere = (page: number): boolean => {
    try {
      return readMemory(pid, one, new BigUint64Array([address + BigInt(page * pageSize), 1n])) === 1;
    } catch (error) {
      if (isSyscallError(error) && error.errno === 'EFAULT') return false;
      throw error;
    }
  };
  const pages = Math.floor(most / pageSize);
  if (pages > 0 && isThere(pages - 1)) return pages * pageSize;
  let there = 0;
  let missing = pages;
  while (missing - there > 1) {
    const middle = Math.floor((there + missing) / 2);
    if (isThere(middle - 1)) there = middle;
    else missing = middle;
  }
  return there * pageSize;
}
