/** What a zone of the arena allows; a hole is not mapped at all. */
export type ZoneKind = 'hole' | 'none' | 'ro' | 'rw';

interface Zone {
  readonly pages: number;
  readonly kind: ZoneKind;
}

/** Below 2^31, so that addresses are exact as numbers; nothing else of the executor is near. */
export const ARENA_BASE = 0x10000000;

/**
 * The memory that calls refer to: few pages, but every kind of border between rights. The structs, refill
 * rings and areas of an ordinary call lie in the first zone; the last one is for the largest refill rings.
 */
const ZONES: readonly Zone[] = [
  { pages: 20, kind: 'rw' },
  { pages: 2, kind: 'ro' },
  { pages: 3, kind: 'rw' },
  { pages: 1, kind: 'hole' },
  { pages: 2, kind: 'rw' },
  { pages: 1, kind: 'none' },
  { pages: 2, kind: 'rw' },
  { pages: 1, kind: 'hole' },
  { pages: 132, kind: 'rw' },
];

/** Pages in front of the large zone: they are compared after every call, those behind only where a call may reach. */
const CORE_PAGES = 32;

/** The arena with pages of one size. Offsets are from {@link ARENA_BASE}. */
export class Arena {
  readonly pageSize: number;
  readonly size: number;
  readonly coreSize: number;
  readonly zones: readonly Zone[] = ZONES;
  /** As a call of the model has it. */
  readonly memory: [start: string, length: string, rights: 'rw' | 'ro' | 'none'][] = [];
  readonly #kinds: ZoneKind[] = [];

  constructor(pageSize: number) {
    this.pageSize = pageSize;
    for (const { pages, kind } of ZONES) {
      const start = ARENA_BASE + this.#kinds.length * pageSize;
      if (kind !== 'hole') this.memory.push([hex(start), hex(pages * pageSize), kind]);
      for (let i = 0; i < pages; i++) this.#kinds.push(kind);
    }
    this.size = this.#kinds.length * pageSize;
    this.coreSize = CORE_PAGES * pageSize;
  }

  /** The address of a page, counted from the start. */
  page(index: number): number {
    return ARENA_BASE + index * this.pageSize;
  }

  /** Whether the byte at an offset can hold a value that the kernel may come to see. */
  holdsBytes(offset: number): boolean {
    const kind = this.#kinds[Math.floor(offset / this.pageSize)];
    return kind === 'rw' || kind === 'ro';
  }
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
