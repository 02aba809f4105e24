import type { Arena, ZoneKind } from './arena.js';
import { ARENA_BASE } from './arena.js';
import { isRegister, type RegisterStep, type Segment, type Sequence, type Step } from './draft.js';

/*
 * The files that go to executor.c and come back. Little-endian, without padding.
 *
 *   plan     "ZPLN" u32 version  u32 page size
 *            u64 arena's address  u32 its pages  u32 pages that are always compared
 *            u32 zones, of each: u32 pages  u32 kind (0 hole, 1 no rights, 2 read-only, 3 writable)
 *            u32 sequences, of each:
 *              u8 rings  u16 steps, of each ring: u32 set-up flags, of each step:
 *                u8 kind  u8 ring  u8 flags  u8 slot, then by kind
 *                register, ctrl, query: i32 descriptor (-2^31: the ring's)  u32 nr_args  u64 arg
 *                  u16 segments, of each: u32 offset  u16 length  bytes
 *                fire: u32 id
 *   results  "ZRES" u32 version  u32 page size  u32 next descriptor  u16 length  kernel release
 *            of each step but those that close:
 *              register, ctrl, query: i32 result  u32 runs, of each: u32 offset  u16 length  bytes
 *              fire: i32 result  u32 events
 *            u8 255
 */
const PLAN_MAGIC = 0x4e4c505a;
const RESULT_MAGIC = 0x5345525a;
const VERSION = 1;
const KINDS = { register_ifq: 0, zcrx_ctrl: 1, query: 2, close: 3, close_export: 4, fire: 5 } as const;
const ZONE_KINDS: Readonly<Record<ZoneKind, number>> = { hole: 0, none: 1, ro: 2, rw: 3 };
const FLAG_NO_CAPABILITY = 1;
const FLAG_WHOLE_ARENA = 2;
const FLAG_OTHER_TASK = 4;
const DESCRIPTOR_OF_RING = 0x80000000;

/** What the kernel did in one step. */
export type Outcome = RegisterOutcome | FireOutcome | undefined;

export interface RegisterOutcome {
  /** What the system call returned, or minus the errno. */
  readonly result: number;
  /** Bytes that are different now. */
  readonly changes: readonly Segment[];
}

export interface FireOutcome {
  /** Bytes received, or minus the errno. */
  readonly result: number;
  /** Events that were posted, and to which ring. */
  readonly events: readonly { readonly ring: number; readonly type: number }[];
}

export interface Results {
  readonly release: string;
  /** The descriptor that each successful export is given by the kernel. */
  readonly nextDescriptor: number;
  /** Of each sequence, of each step. */
  readonly outcomes: readonly (readonly Outcome[])[];
}

class Writer {
  #bytes = Buffer.alloc(1 << 20);
  #end = 0;

  number(value: number | bigint, size: 1 | 2 | 4 | 8): void {
    const at = this.#reserve(size);
    if (size === 8) this.#bytes.writeBigUInt64LE(BigInt(value), at);
    else this.#bytes.writeUIntLE(Number(value), at, size);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #reserve(size: number): number {
    if (this.#end + size > this.#bytes.length) {
      const larger = Buffer.alloc(2 * this.#bytes.length + size);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const at = this.#end;
    this.#end += size;
    return at;
  }
}

export function encodePlan(arena: Arena, sequences: readonly Sequence[]): Buffer {
  const out = new Writer();
  for (const value of [PLAN_MAGIC, VERSION, arena.pageSize]) out.number(value, 4);
  out.number(ARENA_BASE, 8);
  out.number(arena.size / arena.pageSize, 4);
  out.number(arena.coreSize / arena.pageSize, 4);
  out.number(arena.zones.length, 4);
  for (const { pages, kind } of arena.zones) {
    out.number(pages, 4);
    out.number(ZONE_KINDS[kind], 4);
  }
  out.number(sequences.length, 4);
  for (const { rings, steps } of sequences) {
    out.number(rings.length, 1);
    out.number(steps.length, 2);
    for (const flags of rings) out.number(flags >>> 0, 4);
    for (const step of steps) encodeStep(out, arena, step);
  }
  return out.done();
}

function encodeStep(out: Writer, arena: Arena, step: Step): void {
  out.number(KINDS[step.operation], 1);
  out.number('ring' in step ? step.ring : 0, 1);
  out.number(isRegister(step) ? stepFlags(step, arena) : 0, 1);
  out.number('slot' in step ? step.slot : 0, 1);
  if (step.operation === 'fire') out.number(step.id, 4);
  if (!isRegister(step)) return;
  out.number(step.fd === undefined ? DESCRIPTOR_OF_RING : step.fd >>> 0, 4);
  out.number(step.nrArgs, 4);
  out.number(step.arg, 8);
  // Longer ones are cut: a length has 16 bits.
  const pieces = step.segments.flatMap(({ offset, bytes }) => {
    const cut: Segment[] = [];
    for (let at = 0; at < bytes.length; at += 0x8000) {
      cut.push({ offset: offset + at, bytes: bytes.subarray(at, at + 0x8000) });
    }
    return cut;
  });
  out.number(pieces.length, 2);
  for (const { offset, bytes } of pieces) {
    out.number(offset, 4);
    out.number(bytes.length, 2);
    out.bytes(bytes);
  }
}

function stepFlags(step: RegisterStep, arena: Arena): number {
  let flags = 0;
  if (!step.capable) flags |= FLAG_NO_CAPABILITY;
  if (step.otherTask) flags |= FLAG_OTHER_TASK;
  if (mayReachLargeZone(step, arena)) flags |= FLAG_WHOLE_ARENA;
  return flags;
}

/** Whether the step has bytes in the large zone, or any word that could be an address there. */
function mayReachLargeZone(step: RegisterStep, arena: Arena): boolean {
  const from = ARENA_BASE + arena.coreSize;
  const to = ARENA_BASE + arena.size;
  // A query that is asked for more than a page may run from the core into it, through no hole.
  const inside = (address: number): boolean => address >= from - arena.pageSize && address < to;
  if (step.arg < BigInt(to) && inside(Number(step.arg))) return true;
  return step.segments.some(({ offset, bytes }) => {
    if (offset + bytes.length > arena.coreSize) return true;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 8 <= bytes.length; at++) {
      if (view.getUint32(at + 4, true) === 0 && inside(view.getUint32(at, true))) return true;
    }
    return false;
  });
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u(size: 1 | 2 | 4): number {
    const value = this.#bytes.readUIntLE(this.#at, size);
    this.#at += size;
    return value;
  }

  i32(): number {
    return this.u(4) | 0;
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the results end early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** @throws when the results are not those of these sequences */
export function decodeResults(bytes: Buffer, sequences: readonly Sequence[]): Results {
  const input = new Reader(bytes);
  if (input.u(4) !== RESULT_MAGIC || input.u(4) !== VERSION) throw new Error('not a file of results');
  input.u(4);
  const nextDescriptor = input.u(4);
  const release = input.bytes(input.u(2)).toString();
  const outcomes = sequences.map(({ steps }) => steps.map((step) => decodeOutcome(input, step)));
  if (input.u(1) !== 255) throw new Error('the results go on where they should end');
  return { release, nextDescriptor, outcomes };
}

function decodeOutcome(input: Reader, step: Step): Outcome {
  if (step.operation === 'fire') {
    const result = input.i32();
    const bits = input.u(4);
    const events: { ring: number; type: number }[] = [];
    for (let i = 0; i < 32; i++) if ((bits >>> i) & 1) events.push({ ring: i >> 3, type: i & 7 });
    return { result, events };
  }
  if (!isRegister(step)) return undefined;
  const result = input.i32();
  const changes: Segment[] = [];
  for (let runs = input.u(4); runs > 0; runs--) {
    const offset = input.u(4);
    changes.push({ offset, bytes: input.bytes(input.u(2)) });
  }
  return { result, changes };
}
