import { closeSync, fstatSync } from 'node:fs';
import { IORING_ZCRX_AREA_DMABUF } from '../../src/generated/constants.js';
import { wholeNumber } from '../check.js';
import { BridgeError, isSyscallError } from '../errors.js';
import { DMA_BUF_MAGIC, duplicate, fileSystemOf, fromNode } from '../files.js';
import { libc } from '../libc.js';
import { checkBounds, LENGTH_LIMIT, Mapping } from '../memory.js';
import type { Area, AreaRegistration } from './area.js';
import { iow } from './ioctl.js';

// struct dma_buf_sync of linux/dma-buf.h: one __u64
const DMA_BUF_IOCTL_SYNC = iow('b', 0, 8);
const DMA_BUF_SYNC_READ = 1n;
const DMA_BUF_SYNC_START = 0n;
const DMA_BUF_SYNC_END = 4n;

/** The kernel asks for another try when a driver was interrupted; one that never gets through must not hold us for good. */
const SYNC_ATTEMPTS = 100;

function sync(fd: number, what: 'START' | 'END'): void {
  const flags = DMA_BUF_SYNC_READ | (what === 'START' ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END);
  for (let attempt = 1; ; attempt++) {
    try {
      const name = `ioctl(DMA_BUF_IOCTL_SYNC, ${what})`;
      libc().call('ioctl', name, fd, DMA_BUF_IOCTL_SYNC, new BigUint64Array([flags]));
      return;
    } catch (error) {
      const again = isSyscallError(error) && (error.errno === 'EINTR' || error.errno === 'EAGAIN');
      if (!again || attempt === SYNC_ATTEMPTS) throw error;
    }
  }
}

function checkDmabuf(fd: number, length: number): void {
  if (fileSystemOf(fd) !== DMA_BUF_MAGIC) {
    throw new BridgeError('bad-option', 'the descriptor given as dma-buf is of something else');
  }
  const { size } = fromNode('fstat', () => fstatSync(fd));
  if (size === length) return;
  throw new BridgeError('bad-option', `the dma-buf has ${size} bytes, expected ${length}: it is taken whole`);
}

/** The dma-buf for the processor to read; where its driver does not allow that, the refusal. */
function mapForReading(fd: number, length: number): Mapping | string {
  try {
    return Mapping.shared(fd, length, { writable: false });
  } catch (error) {
    if (!isSyscallError(error) || error.errno === 'ENOMEM') throw error;
    return error.message;
  }
}

class DmabufArea implements Area {
  readonly kind = 'dmabuf';
  readonly length: number;
  readonly registration: AreaRegistration;
  readonly copyFallback = false;
  readonly fd: number;
  private readonly memory: Mapping | string;
  private open = true;

  constructor(fd: number, length: number, memory: Mapping | string) {
    this.fd = fd;
    this.length = length;
    this.memory = memory;
    this.registration = { len: length, flags: IORING_ZCRX_AREA_DMABUF, dmabuf_fd: fd };
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (!this.open) throw new BridgeError('closed', 'the area is closed');
    checkBounds('area', offset, length, this.length);
    if (typeof this.memory === 'string') throw this.notReadable(this.memory);
    sync(this.fd, 'START');
    try {
      return this.memory.read(offset, length);
    } catch (error) {
      // Its driver mapped it, and then had nothing to show there.
      if (isSyscallError(error) && error.errno === 'EFAULT') throw this.notReadable(error.message);
      throw error;
    } finally {
      sync(this.fd, 'END');
    }
  }

  private notReadable(why: string): BridgeError {
    return new BridgeError('not-readable', `the processor cannot read this dma-buf: ${why}`);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    if (typeof this.memory !== 'string') this.memory.close();
    closeSync(this.fd);
  }
}

export interface Dmabuf {
  /** Stays the caller's. */
  fd: number;
  /** Bytes of the whole dma-buf, whole pages. */
  length: number;
}

/**
 * Memory of another device, as of a GPU, into which the network device writes. It can be registered only with a device,
 * and the kernel cannot write into it: what a device did not put there cannot be received. The processor may not be able
 * to read it either.
 * @throws BridgeError `bad-option`, SyscallError
 */
export function dmabufArea({ fd, length }: Dmabuf): Area {
  wholeNumber('fd', fd, 0, 2 ** 31 - 1);
  wholeNumber('length', length, 1, LENGTH_LIMIT);
  const own = duplicate(fd);
  try {
    checkDmabuf(own, length);
    return new DmabufArea(own, length, mapForReading(own, length));
  } catch (error) {
    closeSync(own);
    throw error;
  }
}
