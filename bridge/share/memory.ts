import type { Area } from '../areas/area.js';
import { attachArea } from '../areas/attach.js';
import { sharedArea } from '../areas/shared.js';
import { checkBounds } from '../memory.js';
import type { SharedLayout } from './layout.js';
import { LockFile } from './lock.js';
import { SharedRegion } from './region.js';

/**
 * The memory of a shared instance in this thread. The refill region lies in the memfd as the areas do, and not in memory
 * of the kernel's: a mapping of that would keep its ring, and with it the device's queue, from being closed.
 */
export class SharedMemory {
  readonly layout: SharedLayout;
  readonly region: SharedRegion;
  /** The memfd: it belongs to this memory. */
  readonly fd: number;
  private readonly memory: Area;
  private readonly lock: LockFile;
  private readonly isCreator: boolean;

  private constructor(memory: Area, layout: SharedLayout, isCreator: boolean) {
    this.memory = memory;
    this.layout = layout;
    this.isCreator = isCreator;
    this.fd = memory.fd as number;
    try {
      this.lock = new LockFile(this.fd);
    } catch (error) {
      memory.close();
      throw error;
    }
    if (isCreator) this.lock.tryTake('creator');
    this.region = new SharedRegion(this.address, layout, this.lock, !isCreator);
  }

  /** @throws SyscallError, BridgeError */
  static create(layout: SharedLayout): SharedMemory {
    return new SharedMemory(sharedArea(layout.length), layout, true);
  }

  /**
   * The same memory in another thread or process.
   * @param memfd stays the caller's
   * @throws SyscallError, BridgeError
   */
  static attach(memfd: number, layout: SharedLayout): SharedMemory {
    return new SharedMemory(attachArea(memfd, layout.length), layout, false);
  }

  /** Of the refill region, with which the memory begins. */
  get address(): bigint {
    return this.memory.registration.addr as bigint;
  }

  /** The part for payload. Closing it closes all of the memory. */
  get area(): Area {
    const { memory, layout } = this;
    const length = layout.areasLength;
    return {
      kind: 'shared',
      length,
      registration: { addr: this.address + BigInt(layout.areas), len: length },
      copyFallback: memory.copyFallback,
      fd: this.fd,
      read(offset, size) {
        checkBounds('area', offset, size, length);
        return memory.read(layout.areas + offset, size);
      },
      close: () => this.close(),
    };
  }

  /** Whether the creator's ring is open. Without it there are no events any more, and nobody can add areas. */
  get hasCreator(): boolean {
    return this.isCreator || this.lock.isTaken('creator');
  }

  close(): void {
    this.region.close();
    this.lock.close();
    this.memory.close();
  }
}
