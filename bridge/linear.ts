import { ZCRX_LIVE_WASM } from '../src/generated/zcrx-live-wasm.js';
import { sizeOf } from '../src/layout/description.js';
import { fromBase64, type LayoutExports } from '../src/layout/module.js';
import { alignUp } from './check.js';
import { BridgeError } from './errors.js';
import { libc, MADV_DONTFORK, MADV_DONTNEED } from './libc.js';

/** What `zcrx-live.wasm` exports beyond `zcrx.wasm`; see assembly/live.ts. */
export interface LiveExports extends LayoutExports {
  harvest(rings: number, out: number, capacity: number): number;
  submit(rings: number, sqe: number): number;
  pending_submissions(rings: number): number;
  submission_flags(rings: number): number;
  refill(rings: number, from: number, count: number): number;
  pending_refills(rings: number): number;
  load_counter(at: number): bigint;
}

const WASM_PAGE = 65536;
/** A linear memory has 32-bit offsets. */
const MEMORY_LIMIT = 2 ** 32 - WASM_PAGE;
const CQE_SIZE = sizeOf('io_uring_cqe32');
export const SQE_SIZE = sizeOf('io_uring_sqe');
/** More than the kernel's header of the rings has on any architecture. */
const RINGS_HEADER = 4096;

/** Rows of completions that one harvest can take. */
export const HARVEST = 256;
/** Bytes of a row; see assembly/live/harvest.ts. */
export const ROW = 32;
/** Buffers that can be given back at once. */
export const REFILLS = 256;
/** Bytes of an entry of the refill ring. */
export const REFILL_SIZE = sizeOf('io_uring_zcrx_rqe');

export interface LinearSizes {
  sqEntries: number;
  cqEntries: number;
  /** Bytes of the refill region, whole pages. */
  region: number;
  /** Bytes of the area and of those that may be added, whole pages, or 0 if they lie outside. */
  area: number;
}

/** Compiled once for all instances. */
let compiled: WebAssembly.Module | undefined;

/**
 * One WebAssembly memory that holds all that one instance shares with the kernel. It is grown once, before anything in it
 * is given an address, and never again: growing would detach every view. All numbers are byte offsets in it.
 */
export class LinearMemory {
  readonly exports: LiveExports;
  readonly buffer: ArrayBuffer;
  readonly view: DataView<ArrayBuffer>;
  /** Address of the first byte, page aligned. */
  readonly base: bigint;
  /** The module's struct `rings`. */
  readonly rings: number;
  /** Room for one submission. */
  readonly sqe: number;
  /** Rows of harvested completions. */
  readonly rows: number;
  /** Entries to be put into the refill ring. */
  readonly refills: number;
  readonly sqes: number;
  readonly cq: number;
  readonly region: number;
  readonly area: number;
  /** Bytes from the rings to the end, what the kernel shares. */
  private readonly shared: number;

  constructor(sizes: LinearSizes) {
    compiled ??= new WebAssembly.Module(fromBase64(ZCRX_LIVE_WASM));
    this.exports = new WebAssembly.Instance(compiled).exports as unknown as LiveExports;
    const { pageSize } = libc();
    const scratch = this.exports.scratch();
    this.rings = scratch;
    this.sqe = scratch + 64;
    this.rows = scratch + 128;
    this.refills = this.rows + HARVEST * ROW;
    this.sqes = alignUp(this.refills + REFILLS * REFILL_SIZE, Math.max(pageSize, 4096));
    this.cq = this.sqes + alignUp(sizes.sqEntries * SQE_SIZE, pageSize);
    this.region = this.cq + alignUp(RINGS_HEADER + sizes.cqEntries * CQE_SIZE, pageSize);
    this.area = this.region + alignUp(sizes.region, pageSize);
    const end = this.area + sizes.area;
    this.shared = end - this.sqes;
    if (end > MEMORY_LIMIT) {
      throw new BridgeError(
        'bad-option',
        `areaSize is ${sizes.area}, expected at most ${MEMORY_LIMIT - this.area} in linear memory, spare areas included; larger areas go outside (area: 'mapped')`,
      );
    }
    const { memory } = this.exports;
    const missing = Math.ceil(end / WASM_PAGE) - memory.buffer.byteLength / WASM_PAGE;
    if (missing > 0) memory.grow(missing);
    this.buffer = memory.buffer as ArrayBuffer;
    this.view = new DataView(this.buffer);
    this.base = libc().address(this.buffer);
    // Pages that the kernel has pinned would be copied for each child process, only to be dropped at its exec.
    libc().call('madvise', 'madvise(MADV_DONTFORK)', this.addressOf(this.sqes), this.shared, MADV_DONTFORK);
  }

  /** Bytes that the kernel pins of rings and refill region. */
  get ringBytes(): number {
    return this.area - this.sqes;
  }

  addressOf(offset: number): bigint {
    return this.base + BigInt(offset);
  }

  /** A view of bytes; it never goes stale, since the memory stays as it is. */
  bytes(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, offset, length);
  }

  /**
   * Gives the pages of rings and area back to the system: the memory itself goes when it is collected, which may take
   * long. What lay there reads as zero then.
   */
  discard(): void {
    libc().call('madvise', 'madvise(MADV_DONTNEED)', this.addressOf(this.sqes), this.shared, MADV_DONTNEED);
  }
}
