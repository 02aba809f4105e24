import type { LinearMemory } from './linear.js';
import { Mapping } from './memory.js';

/** Memory for payload. */
export interface Area {
  readonly address: bigint;
  /** Bytes. */
  readonly length: number;
  /** Received bytes: a view where that is safe, else a copy. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** In the linear memory: views, which stay valid memory whatever happens to the instance. */
export function linearArea(memory: LinearMemory, length: number): Area {
  return {
    address: memory.addressOf(memory.area),
    length,
    read: (offset, size) => memory.bytes(memory.area + offset, size),
    close: () => {},
  };
}

/** Outside of it: copies, since a view could outlive the mapping. */
export function mappedArea(length: number): Area {
  const mapping = Mapping.anonymous(length);
  return {
    address: mapping.address,
    length,
    read: (offset, size) => mapping.read(offset, size),
    close: () => mapping.close(),
  };
}
