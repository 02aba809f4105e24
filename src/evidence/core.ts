import type { AbiRevision } from '../layout/revision.js';
import { type CoreSource, readSegments, type Segment } from './elf.js';
import { EvidenceError } from './error.js';
import type { CallName, Evidence, Range } from './evidence.js';
import { follow } from './follow.js';
import type { MemorySource } from './memory.js';
import { CALLS } from './parts.js';

export type { CoreSource } from './elf.js';

/** A range of the memory of a program that dumped core. */
export interface CoreRange extends Range {
  /** Bytes from the start that the file holds. What lies behind was left out when it was written: unknown, not zero. */
  readonly present: bigint;
}

/** A core file. */
export interface Core extends MemorySource {
  /** Sorted by address. The rights are those of the mapping, as the program had it. */
  readonly ranges: readonly CoreRange[];
}

/** More is never needed of a core at once. */
const MOST_BYTES = 1 << 24;

const hex = (address: bigint) => `0x${address.toString(16)}`;

/**
 * Opens a core file of a 64-bit, little-endian machine. Only its tables are read; memory when it is asked for.
 *
 * ```ts
 * const core = openCore(fileSource('core.1234'));
 * core.read(0x7ffd0c5a1c40n, 96);
 * ```
 *
 * @throws EvidenceError `not-elf`, `not-a-core`, `unsupported-core`, `truncated`, `too-large`
 */
export function openCore(source: CoreSource): Core {
  const segments = readSegments(source);
  const ranges = segments.map(({ start, length, rights, present }) => ({ start, length, rights, present }));
  return { ranges, read: (address, length) => readMemory(source, segments, address, length) };
}

/** @throws EvidenceError `not-in-memory`, `not-in-file`, `truncated`, `too-large` */
function readMemory(
  source: CoreSource,
  segments: readonly Segment[],
  address: bigint,
  length: number,
): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(length) || length < 0 || length > MOST_BYTES) {
    throw new EvidenceError(
      'too-large',
      `${length} bytes of a core were asked for, expected 0 to ${MOST_BYTES}`,
    );
  }
  const end = address + BigInt(length);
  const pieces: { segment: Segment; at: bigint; length: number }[] = [];
  for (let at = address; at < end; ) {
    const segment = segmentAt(segments, at);
    if (!segment) throw notInMemory(segments, at);
    const inside = segment.start + segment.length;
    const to = inside < end ? inside : end;
    if (to > segment.start + segment.present) throw notInFile(segment, at);
    pieces.push({ segment, at, length: Number(to - at) });
    at = to;
  }
  const bytes = new Uint8Array(length);
  for (const piece of pieces) {
    const from = piece.segment.offset + (piece.at - piece.segment.start);
    const read = source.read(Number(from), piece.length);
    if (read.length !== piece.length) {
      throw new EvidenceError(
        'truncated',
        `the core ends at byte ${Number(from) + read.length}, before ${hex(piece.at)}`,
        {
          address: piece.at,
        },
      );
    }
    bytes.set(read, Number(piece.at - address));
  }
  return bytes;
}

/** The segments are sorted. */
function segmentAt(segments: readonly Segment[], address: bigint): Segment | undefined {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle] as Segment).start <= address) low = middle + 1;
    else high = middle;
  }
  const found = segments[low - 1];
  return found && address < found.start + found.length ? found : undefined;
}

const describe = (segment: Segment) =>
  `${hex(segment.start)} to ${hex(segment.start + segment.length)} (${segment.rights})`;

function notInMemory(segments: readonly Segment[], address: bigint): EvidenceError {
  const distance = (segment: Segment) =>
    address < segment.start ? segment.start - address : address - (segment.start + segment.length) + 1n;
  let nearest: Segment | undefined;
  for (const segment of segments) if (!nearest || distance(segment) < distance(nearest)) nearest = segment;
  const expected = nearest
    ? `; the nearest memory is ${describe(nearest)}`
    : '; the core has no memory at all';
  return new EvidenceError('not-in-memory', `${hex(address)} was no memory of the program${expected}`, {
    address,
  });
}

function notInFile(segment: Segment, address: bigint): EvidenceError {
  if (segment.cutOff) {
    return new EvidenceError(
      'truncated',
      `the file ends before the memory at ${hex(address)}, expected all of ${describe(segment)}: the core was cut off (ulimit -c, a full disk)`,
      { address },
    );
  }
  const held = segment.present === 0n ? 'nothing' : `only the first ${segment.present} bytes`;
  return new EvidenceError(
    'not-in-file',
    `the memory at ${hex(address)} is not in the core, which holds ${held} of ${describe(segment)}; expected it to be written (see /proc/PID/coredump_filter)`,
    { address },
  );
}

/**
 * What a core tells of a call whose argument lies at an address: its structs, all that they point to, and the memory map.
 * @param revision in which the structs are read; default `event`
 * @throws EvidenceError if the argument itself cannot be read; what it points to is only noted
 */
export function readCore(core: Core, call: CallName, address: bigint, revision?: AbiRevision): Evidence {
  const followed = follow(core, call, address, revision);
  const { unknown, ...found } = followed;
  return {
    source: 'core',
    call,
    opcode: CALLS.find(({ name }) => name === call)?.opcode as number,
    ...found,
    ...(unknown.length > 0 ? { unknown } : {}),
    ranges: core.ranges,
  };
}
