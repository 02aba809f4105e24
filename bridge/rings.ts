import * as uapi from '../src/generated/constants.js';
import type { io_uring_params, io_uring_sqe, io_uring_zcrx_offsets } from '../src/generated/structs.js';
import { encode, type Fields } from '../src/layout/encode.js';
import { isSyscallError } from './errors.js';
import { HARVEST, type LinearMemory, REFILL_SIZE, REFILLS, ROW, SQE_SIZE } from './linear.js';
import type { RefillRing } from './refill.js';
import { io_uring_enter } from './ring.js';

/** A completion as the module harvests it. */
export interface Completion {
  /** `user_data`, exact below 2^53, where the numbers of our requests are. */
  readonly request: number;
  readonly res: number;
  readonly flags: number;
  /** For received data the byte offset in its area, and the area's number. */
  readonly off: number;
  readonly area: number;
}

/** The set-up flags of an instance's ring: what zcrx demands, and memory that we give. */
export const SETUP_FLAGS =
  uapi.IORING_SETUP_CQE32 |
  uapi.IORING_SETUP_SINGLE_ISSUER |
  uapi.IORING_SETUP_DEFER_TASKRUN |
  uapi.IORING_SETUP_NO_MMAP |
  uapi.IORING_SETUP_NO_SQARRAY |
  uapi.IORING_SETUP_CQSIZE |
  uapi.IORING_SETUP_SUBMIT_ALL |
  uapi.IORING_SETUP_TASKRUN_FLAG;

/** Of the low half of a 64-bit number, when the high half is one more. */
const HIGH = 2 ** 32;

/** The submission, completion and refill rings of one instance, worked by the module in place. */
export class Rings implements RefillRing {
  readonly batch: Uint32Array<ArrayBuffer>;
  private readonly fd: number;
  private readonly memory: LinearMemory;
  private readonly words: Uint32Array<ArrayBuffer>;

  constructor(fd: number, memory: LinearMemory, params: io_uring_params) {
    this.fd = fd;
    this.memory = memory;
    this.words = new Uint32Array(memory.buffer, memory.rows, (HARVEST * ROW) / 4);
    this.batch = new Uint32Array(memory.buffer, memory.refills, (REFILLS * REFILL_SIZE) / 4);
    const { sq_off, cq_off } = params;
    const u32 = (at: number) => memory.view.getUint32(at, true);
    this.place(0, [
      memory.cq + sq_off.head,
      memory.cq + sq_off.tail,
      u32(memory.cq + sq_off.ring_mask),
      u32(memory.cq + sq_off.ring_entries),
      memory.cq + sq_off.flags,
      memory.sqes,
      memory.cq + cq_off.head,
      memory.cq + cq_off.tail,
      u32(memory.cq + cq_off.ring_mask),
      memory.cq + cq_off.cqes,
    ]);
  }

  /** Completes the rings by the refill ring, once the kernel has told where it lies. */
  attachRefill(offsets: io_uring_zcrx_offsets, entries: number): void {
    const { region } = this.memory;
    this.place(10, [
      region + offsets.head,
      region + offsets.tail,
      entries - 1,
      entries,
      region + offsets.rqes,
    ]);
  }

  /** Writes numbers of the module's struct `rings` (assembly/live/rings.ts), in its order. */
  private place(first: number, numbers: readonly number[]): void {
    numbers.forEach((number, i) => {
      this.memory.view.setUint32(this.memory.rings + (first + i) * 4, number, true);
    });
  }

  /** Puts a submission into the ring and has the kernel take it. */
  submit(fields: Fields<io_uring_sqe>): void {
    const { exports, rings, sqe } = this.memory;
    this.memory.bytes(sqe, SQE_SIZE).set(encode('io_uring_sqe', fields));
    while (!exports.submit(rings, sqe)) this.enter();
    this.enter();
  }

  /**
   * Enters the kernel: it takes submissions, runs the task work of this ring and posts completions. With a full
   * completion ring it answers EBUSY, which the next harvest mends.
   */
  enter(): void {
    try {
      const { exports, rings } = this.memory;
      io_uring_enter(this.fd, exports.pending_submissions(rings), 0, uapi.IORING_ENTER_GETEVENTS);
    } catch (error) {
      if (!isSyscallError(error) || (error.errno !== 'EBUSY' && error.errno !== 'EINTR')) throw error;
    }
  }

  private hasFlags(flags: number): boolean {
    return (this.memory.exports.submission_flags(this.memory.rings) & flags) !== 0;
  }

  /** Whether the kernel holds completions or task work that only entering it brings out. */
  get kernelHolds(): boolean {
    return this.hasFlags(uapi.IORING_SQ_CQ_OVERFLOW | uapi.IORING_SQ_TASKRUN);
  }

  /** Whether completions overflowed the ring and wait in the kernel. */
  get overflowed(): boolean {
    return this.hasFlags(uapi.IORING_SQ_CQ_OVERFLOW);
  }

  /** Takes the next completions out of the ring, at most {@link HARVEST}. */
  harvest(): Completion[] {
    const { memory, words } = this;
    const count = memory.exports.harvest(memory.rings, memory.rows, HARVEST);
    const completions = new Array<Completion>(count);
    for (let i = 0; i < count; i++) {
      // the fields of the module's class `completion` (assembly/live/harvest.ts)
      const at = (i * ROW) / 4;
      completions[i] = {
        request: (words[at] as number) + (words[at + 1] as number) * HIGH,
        off: (words[at + 2] as number) + (words[at + 3] as number) * HIGH,
        res: (words[at + 4] as number) | 0,
        flags: words[at + 5] as number,
        area: words[at + 6] as number,
      };
    }
    return completions;
  }

  put(count: number): number {
    const { exports, rings, refills } = this.memory;
    return exports.refill(rings, refills, count);
  }

  get unread(): number {
    return this.memory.exports.pending_refills(this.memory.rings);
  }
}
