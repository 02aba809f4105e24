import { EvidenceError } from './error.js';
import type { Memory } from './evidence.js';

/** Memory of a program, from wherever. */
export interface MemorySource {
  /** @throws EvidenceError `not-in-memory`, `not-in-file`, `truncated` */
  read(address: bigint, length: number): Uint8Array<ArrayBuffer>;
}

const hex = (address: bigint) => `0x${address.toString(16)}`;

/** Blocks that a message names. */
const MOST_SHOWN = 4;

/** Blocks of a dump as one memory. Where they overlap, the later one counts. */
export function memoryOf(blocks: readonly Memory[]): MemorySource {
  return {
    read(address, length) {
      const bytes = new Uint8Array(length);
      const isFilled = new Uint8Array(length);
      for (const block of blocks) {
        const from = block.address > address ? block.address : address;
        const [end, wanted] = [block.address + BigInt(block.bytes.length), address + BigInt(length)];
        const to = end < wanted ? end : wanted;
        if (from >= to) continue;
        bytes.set(
          block.bytes.subarray(Number(from - block.address), Number(to - block.address)),
          Number(from - address),
        );
        isFilled.fill(1, Number(from - address), Number(to - address));
      }
      const missing = isFilled.indexOf(0);
      if (missing < 0) return bytes;
      const at = address + BigInt(missing);
      const dumped = blocks
        .slice(0, MOST_SHOWN)
        .map((block) => `${hex(block.address)} to ${hex(block.address + BigInt(block.bytes.length))}`);
      if (blocks.length > MOST_SHOWN) dumped.push('more');
      throw new EvidenceError(
        'not-in-memory',
        `${hex(at)} is not in the dump, expected it to hold ${length} bytes from ${hex(address)}; it has ${dumped.join(', ') || 'nothing'}`,
        { address: at },
      );
    },
  };
}
