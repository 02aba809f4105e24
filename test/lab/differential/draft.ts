import { ARENA_BASE, type Arena } from './arena.js';
import { fieldOf, STRUCTS, type StructKind } from './structs.js';

/** A struct at its place. Fields that are not named are 0. */
export interface Placed {
  readonly kind: StructKind;
  /** May be no address of the arena, or none at all. */
  readonly address: bigint;
  readonly fields?: Readonly<Record<string, bigint>>;
  /** Fields that hold the address of another struct of the call. */
  readonly points?: Readonly<Record<string, string>>;
  /** That many bytes are filled, so that what the kernel zeroes shows. */
  readonly fill?: number;
  /** Its bytes, where it is no struct with fields. */
  readonly bytes?: Uint8Array;
}

/** One thing changed about a valid call. */
export type Mutation =
  | { readonly set: string; readonly field: string; readonly value: bigint }
  | { readonly move: string; readonly to: bigint }
  | { readonly arg: bigint }
  | { readonly nrArgs: number }
  | { readonly fd: number }
  | { readonly caller: 'incapable' | 'other task' };

export type RegisterOperation = 'register_ifq' | 'zcrx_ctrl' | 'query';

/** A valid call and what is changed about it. Later structs overwrite earlier ones where they overlap. */
export interface Draft {
  readonly operation: RegisterOperation;
  readonly ring: number;
  readonly nrArgs: number;
  /** The struct that is the call's argument. */
  readonly arg: string;
  readonly structs: Readonly<Record<string, Placed>>;
  readonly mutations: readonly Mutation[];
}

/** Bytes at an offset in the arena. */
export interface Segment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What is executed: nothing in it is symbolic any more. */
export type Step = RegisterStep | CloseStep | CloseExportStep | FireStep;

export interface RegisterStep {
  readonly operation: RegisterOperation;
  readonly ring: number;
  readonly nrArgs: number;
  readonly arg: bigint;
  /** Instead of the ring's own descriptor. */
  readonly fd?: number;
  /** The caller is not the task that the ring belongs to. */
  readonly otherTask?: boolean;
  /** Whether the caller has CAP_NET_ADMIN. */
  readonly capable: boolean;
  /** Where an exported descriptor goes: {@link exportDescriptor}. */
  readonly slot: number;
  /** In order, not overlapping, not touching; what is not in them is 0. */
  readonly segments: readonly Segment[];
  /** Asked only for the sake of the instances' state. */
  readonly probe?: boolean;
}

export interface CloseStep {
  readonly operation: 'close';
  readonly ring: number;
}

export interface CloseExportStep {
  readonly operation: 'close_export';
  readonly slot: number;
}

/** One byte is really received through an instance of a ring, by its id there. */
export interface FireStep {
  readonly operation: 'fire';
  readonly ring: number;
  readonly id: number;
}

/** Steps on a few new rings. */
export interface Sequence {
  /** Set-up flags of each ring. */
  readonly rings: readonly number[];
  readonly steps: readonly Step[];
}

export function isRegister(step: Step): step is RegisterStep {
  return 'nrArgs' in step;
}

/** The executor gives a successful export the descriptor that goes with its slot, see executor.c. */
export function exportDescriptor(slot: number): number {
  return 100 + slot;
}

/** Descriptors that are always open. */
export const DESCRIPTORS = { file: 250, io_uring: 251 } as const;
/** One that is never open. */
export const CLOSED_DESCRIPTOR = 252;
/** Exports have a slot below this one. */
export const SLOTS = 128;

const FILLER = 0xa5;

/** The call with its changes made. */
export function render(draft: Draft, arena: Arena, slot: number): RegisterStep {
  const places = new Map(Object.entries(draft.structs).map(([name, { address }]) => [name, address]));
  for (const mutation of draft.mutations) if ('move' in mutation) places.set(mutation.move, mutation.to);

  const image = new Image(arena);
  for (const [name, struct] of Object.entries(draft.structs)) {
    const bytes = structBytes(struct, places);
    for (const mutation of draft.mutations) {
      if ('set' in mutation && mutation.set === name)
        setField(bytes, struct.kind, mutation.field, mutation.value);
    }
    image.write(places.get(name)!, bytes);
  }
  let arg = places.get(draft.arg)!;
  let { nrArgs } = draft;
  let fd: number | undefined;
  let capable = true;
  let otherTask = false;
  for (const mutation of draft.mutations) {
    if ('arg' in mutation) arg = mutation.arg;
    else if ('nrArgs' in mutation) nrArgs = mutation.nrArgs;
    else if ('fd' in mutation) fd = mutation.fd;
    else if ('caller' in mutation) {
      if (mutation.caller === 'incapable') capable = false;
      else otherTask = true;
    }
  }
  const { operation, ring } = draft;
  const special = { ...(fd === undefined ? {} : { fd }), ...(otherTask ? { otherTask } : {}) };
  return { operation, ring, nrArgs, arg, ...special, capable, slot, segments: image.segments() };
}

function structBytes(struct: Placed, places: ReadonlyMap<string, bigint>): Uint8Array {
  if (struct.bytes !== undefined) return struct.bytes;
  const bytes = new Uint8Array(struct.fill ?? STRUCTS[struct.kind].size);
  if (struct.fill !== undefined) bytes.fill(FILLER);
  for (const [field, value] of Object.entries(struct.fields ?? {}))
    setField(bytes, struct.kind, field, value);
  for (const [field, target] of Object.entries(struct.points ?? {})) {
    const address = places.get(target);
    if (address === undefined) throw new Error(`${field} points at ${target}, which is not in the call`);
    setField(bytes, struct.kind, field, address);
  }
  return bytes;
}

function setField(bytes: Uint8Array, kind: StructKind, name: string, value: bigint): void {
  const [offset, size] = fieldOf(kind, name);
  const view = new DataView(bytes.buffer);
  if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(offset, BigInt.asUintN(64, value), true);
}

/** The arena's bytes, few of which are not 0. */
class Image {
  readonly #arena: Arena;
  readonly #pieces: Segment[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** What lies outside the arena, or where nobody may read, is left out. */
  write(address: bigint, bytes: Uint8Array): void {
    const { size, pageSize } = this.#arena;
    const from = address - BigInt(ARENA_BASE);
    if (from + BigInt(bytes.length) <= 0n || from >= BigInt(size)) return;
    const start = Number(from);
    const end = Math.min(start + bytes.length, size);
    for (let at = Math.max(start, 0); at < end; ) {
      const next = Math.min(end, (Math.floor(at / pageSize) + 1) * pageSize);
      if (this.#arena.holdsBytes(at)) {
        this.#pieces.push({ offset: at, bytes: bytes.subarray(at - start, next - start) });
      }
      at = next;
    }
  }

  segments(): Segment[] {
    const segments: Segment[] = [];
    for (const { offset, bytes } of [...this.#pieces].sort((a, b) => a.offset - b.offset)) {
      const last = segments.at(-1);
      const end = offset + bytes.length;
      if (last === undefined || offset > last.offset + last.bytes.length) {
        segments.push({ offset, bytes: new Uint8Array(bytes.length) });
      } else if (end > last.offset + last.bytes.length) {
        segments[segments.length - 1] = { offset: last.offset, bytes: new Uint8Array(end - last.offset) };
      }
    }
    // In the order of writing: the later ones overwrite.
    for (const { offset, bytes } of this.#pieces) {
      const around = segments.find((segment) => offset < segment.offset + segment.bytes.length)!;
      around.bytes.set(bytes, offset - around.offset);
    }
    return segments;
  }
}
