import { BridgeError } from '../errors.js';
import { libc, MADV_DONTFORK } from '../libc.js';
import { Mapping } from '../memory.js';
import type { Look, RegionAccess } from './access.js';
import { frameAt } from './frame.js';
import { HEAD_OFFSET, type KernelLayout, tailOffset } from './kernel.js';

const WORD = Uint32Array.BYTES_PER_ELEMENT;
const COUNTER = BigUint64Array.BYTES_PER_ELEMENT;

/**
 * A region mapped into this process, for reading only. What is mapped is there for good: the kernel took every page when it
 * mapped them, and lets none of them go before it is unmapped. For as long, the ring is kept from being freed.
 */
export class MappedRegion implements RegionAccess {
  readonly how = 'mapped';
  private readonly mapping: Mapping;
  private readonly tail: number;
  /** Never handed out: touching them once it is unmapped would end the process. */
  private words: Uint32Array | undefined;
  private counters: BigUint64Array | undefined;

  /**
   * @param fd of the ring; not needed afterwards
   * @param size bytes, exactly as many as the region has
   * @throws SyscallError
   */
  constructor(fd: number, offset: bigint, size: number, kernel: KernelLayout) {
    this.mapping = Mapping.ofRing(fd, offset, size, { writable: false });
    // A child process would keep the ring as well.
    libc().call(
      'madvise',
      'madvise(MADV_DONTFORK)',
      this.mapping.address,
      this.mapping.length,
      MADV_DONTFORK,
    );
    const memory = libc().view(this.mapping.address, size);
    this.words = new Uint32Array(memory);
    this.counters = new BigUint64Array(memory);
    this.tail = tailOffset(kernel) / WORD;
  }

  look(statsOffset: number | undefined): Look {
    const { words, counters } = this;
    if (!words || !counters) throw new BridgeError('closed', 'the region is no longer mapped');
    // The head first: the tail that is read later is then never behind it.
    const head = Atomics.load(words, HEAD_OFFSET / WORD);
    const refill = { head, tail: Atomics.load(words, this.tail) };
    if (statsOffset === undefined) return { refill };
    const copy_count = Atomics.load(counters, statsOffset / COUNTER);
    const copy_bytes = Atomics.load(counters, statsOffset / COUNTER + 1);
    return { refill, counters: { copy_count, copy_bytes } };
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.mapping.read(0, this.mapping.length);
  }

  frame(): bigint | undefined {
    return frameAt('self', this.mapping.address, libc().pageSize);
  }

  close(): void {
    this.words = undefined;
    this.counters = undefined;
    this.mapping.close();
  }
}
