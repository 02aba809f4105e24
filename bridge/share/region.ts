import type { io_uring_zcrx_offsets } from '../../src/generated/structs.js';
import { BridgeError } from '../errors.js';
import { libc } from '../libc.js';
import { REFILL_SIZE, REFILLS } from '../linear.js';
import type { RefillRing } from '../refill.js';
import { statsSizeOf } from '../register.js';
import type { StatsBlock } from '../statistics.js';
import type { SharedLayout } from './layout.js';
import type { LockFile } from './lock.js';

/** The numbers of 32 bits on the page of the parties, by their place there. */
const CONTROL = {
  /** Areas that the kernel has. Written by the creator, who alone adds any. */
  areas: 0,
  /** Grows whenever somebody has put buffers into the ring, so that others see that there is room. */
  returned: 1,
} as const;

const WORD = 4;
const ENTRY_WORDS = REFILL_SIZE / WORD;
/** Milliseconds. Whoever has the lock is through in microseconds, unless he is stopped or was interrupted. */
const LOCK_PATIENCE_MS = 5;
const LOCK_PAUSE_MS = 0.05;
const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Refill ring and statistics in memory that several parties have, each with a ring of its own to receive by. The kernel
 * wants one writer of the refill ring at a time: a lock sees to that. One who dies between taking the lock and telling the
 * kernel has written entries that nobody looks at, and the next one writes over them.
 */
export class SharedRegion implements RefillRing, StatsBlock {
  readonly batch = new Uint32Array(REFILLS * ENTRY_WORDS);
  private readonly layout: SharedLayout;
  private readonly lock: LockFile;
  /** Region and page of the parties. Never handed out: touching it once it is unmapped would end the process. */
  private words: Uint32Array | undefined;
  private counters: BigUint64Array | undefined;
  private head = 0;
  private tail = 0;
  private rqes = 0;
  /** Others may have the instance. */
  private isShared: boolean;
  /** The last time the lock was to be had. Who has it for long is waited for only once. */
  private lockWasFree = true;

  /** @param address of memory that stays mapped until {@link close} */
  constructor(address: bigint, layout: SharedLayout, lock: LockFile, isShared: boolean) {
    this.layout = layout;
    this.lock = lock;
    this.isShared = isShared;
    const bytes = libc().view(address, layout.areas);
    this.words = new Uint32Array(bytes);
    this.counters = new BigUint64Array(bytes);
  }

  private get memory(): Uint32Array {
    if (!this.words) throw new BridgeError('closed', 'the shared region is closed');
    return this.words;
  }

  /** Tells where the kernel has the ring. */
  attachRefill({ head, tail, rqes }: io_uring_zcrx_offsets): void {
    this.head = head / WORD;
    this.tail = tail / WORD;
    this.rqes = rqes / WORD;
  }

  private takeLock(): boolean {
    const end = performance.now() + (this.lockWasFree ? LOCK_PATIENCE_MS : 0);
    while (!this.lock.tryTake('producer')) {
      if (performance.now() >= end) {
        this.lockWasFree = false;
        return false;
      }
      Atomics.wait(clock, 0, 0, LOCK_PAUSE_MS);
    }
    this.lockWasFree = true;
    return true;
  }

  /** As {@link RefillRing.put}; 0 also if another party does not let go of the ring: try later. */
  put(count: number): number {
    const { memory } = this;
    if (!this.takeLock()) return 0;
    try {
      return this.write(memory, count);
    } finally {
      this.lock.release('producer');
    }
  }

  private write(memory: Uint32Array, count: number): number {
    const { rq_entries } = this.layout.plan;
    const tail = Atomics.load(memory, this.tail);
    const taken = Math.min(count, Math.max(0, rq_entries - this.unread));
    for (let i = 0; i < taken; i++) {
      const entry = this.rqes + ((tail + i) & (rq_entries - 1)) * ENTRY_WORDS;
      for (let word = 0; word < ENTRY_WORDS; word++) {
        memory[entry + word] = this.batch[i * ENTRY_WORDS + word] as number;
      }
    }
    if (taken === 0) return 0;
    // Releases what was written above to the kernel, which acquires the tail.
    Atomics.store(memory, this.tail, tail + taken);
    Atomics.add(memory, this.layout.control / WORD + CONTROL.returned, 1);
    return taken;
  }

  get unread(): number {
    const { memory } = this;
    return (Atomics.load(memory, this.tail) - Atomics.load(memory, this.head)) >>> 0;
  }

  /** A number that is another one once any party has given buffers back. */
  get returned(): number {
    return Atomics.load(this.memory, this.layout.control / WORD + CONTROL.returned);
  }

  /** Areas that the kernel has, as the creator told. */
  get areas(): number {
    return Atomics.load(this.memory, this.layout.control / WORD + CONTROL.areas);
  }

  set areas(count: number) {
    Atomics.store(this.memory, this.layout.control / WORD + CONTROL.areas, count);
  }

  load(counter: 0 | 1): bigint {
    const at = (this.layout.plan.stats_offset ?? 0) / BigUint64Array.BYTES_PER_ELEMENT + counter;
    if (!this.counters) throw new BridgeError('closed', 'the shared region is closed');
    return Atomics.load(this.counters, at);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const { plan } = this.layout;
    const { buffer } = this.memory;
    return new Uint8Array(buffer as ArrayBuffer, plan.stats_offset ?? 0, statsSizeOf(plan) ?? 0).slice();
  }

  get exclusive(): boolean {
    return !this.isShared;
  }

  /** From now on others may have it. */
  markShared(): void {
    this.isShared = true;
  }

  /** To be called before the memory is unmapped. */
  close(): void {
    this.words = undefined;
    this.counters = undefined;
  }
}
