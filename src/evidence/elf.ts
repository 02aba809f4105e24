import { EvidenceError } from './error.js';

/** Where the bytes of a core come from. */
export interface CoreSource {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes from an offset on; fewer where the file ends. */
  read(offset: number, length: number): Uint8Array;
}

/** A piece of memory in a core. */
export interface Segment {
  readonly start: bigint;
  /** Bytes in memory. */
  readonly length: bigint;
  readonly rights: string;
  /** Bytes from the start that the file holds. */
  readonly present: bigint;
  /** Where in the file. */
  readonly offset: bigint;
  /** The file ends before what this segment should have in it. */
  readonly cutOff: boolean;
}

const HEADER = 64;
const ENTRY = 56;
const SECTION = 64;
const ET_CORE = 4;
const PT_LOAD = 1;
/** With more segments their number stands elsewhere: in the first section's header. */
const PN_XNUM = 0xffff;
/** vm.max_map_count is 65530 unless raised. */
const MOST_SEGMENTS = 1 << 20;
/** Entries of the table that are read at once. */
const CHUNK = 1024;
const TOP = 1n << 64n;

const COMPRESSED: readonly (readonly [string, readonly number[], string])[] = [
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd], 'zstd -d, or coredumpctl dump -o core'],
  ['gzip', [0x1f, 0x8b], 'gunzip'],
  ['lz4', [0x04, 0x22, 0x4d, 0x18], 'lz4 -d, or coredumpctl dump -o core'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58], 'xz -d'],
];

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function truncated(source: CoreSource, what: string, needed: number | bigint): EvidenceError {
  return new EvidenceError(
    'truncated',
    `the core is cut off: its ${what} ends at byte ${needed}, but the file has ${source.size} bytes`,
  );
}

/** Reads all of a table, or says that the file ends before. */
function readWhole(source: CoreSource, offset: bigint, length: number, what: string): DataView {
  const end = offset + BigInt(length);
  if (end > BigInt(source.size)) throw truncated(source, what, end);
  const bytes = source.read(Number(offset), length);
  if (bytes.length !== length) throw truncated(source, what, end);
  return viewOf(bytes);
}

/** Checks the header of the file. */
function readHeader(source: CoreSource): DataView {
  const start = source.read(0, HEADER);
  const isElf = [0x7f, 0x45, 0x4c, 0x46].every((byte, i) => start[i] === byte);
  if (!isElf) {
    const packed = COMPRESSED.find(([, magic]) => magic.every((byte, i) => start[i] === byte));
    const advice = packed
      ? `it is compressed with ${packed[0]}: unpack it first (${packed[2]})`
      : 'expected a core file';
    throw new EvidenceError('not-elf', `the file is no ELF file; ${advice}`);
  }
  if (start[4] !== undefined && start[4] !== 2)
    throw new EvidenceError('unsupported-core', 'the core is of a 32-bit program, expected a 64-bit one');
  if (start[5] !== undefined && start[5] !== 1)
    throw new EvidenceError(
      'unsupported-core',
      'the core is of a big-endian machine, expected a little-endian one',
    );
  if (start.length < HEADER) throw truncated(source, 'header', HEADER);
  const header = viewOf(start);
  const type = header.getUint16(16, true);
  if (type !== ET_CORE) {
    const kind =
      ['file without a type', 'object file', 'program', 'program or library'][type] ?? `file of type ${type}`;
    throw new EvidenceError('not-a-core', `the ELF file is a ${kind}, expected a core file`);
  }
  return header;
}

/**
 * The segments of memory that a core describes, sorted by address. Nothing but tables is read.
 * @throws EvidenceError `not-elf`, `not-a-core`, `unsupported-core`, `truncated`, `too-large`
 */
export function readSegments(source: CoreSource): Segment[] {
  const header = readHeader(source);
  const offset = header.getBigUint64(32, true);
  const size = header.getUint16(54, true);
  const count = segmentCount(source, header);
  if (count === 0) throw new EvidenceError('not-a-core', 'the core has no segments, expected its memory');
  if (size !== ENTRY)
    throw new EvidenceError(
      'unsupported-core',
      `the core's segments are described in ${size} bytes each, expected ${ENTRY}`,
    );
  const end = offset + BigInt(count) * BigInt(ENTRY);
  if (end > BigInt(source.size)) throw truncated(source, 'table of segments', end);
  const segments: Segment[] = [];
  for (let first = 0; first < count; first += CHUNK) {
    const entries = Math.min(CHUNK, count - first);
    const table = readWhole(source, offset + BigInt(first * ENTRY), entries * ENTRY, 'table of segments');
    for (let i = 0; i < entries; i++) {
      const segment = readSegment(source, table, i * ENTRY);
      if (segment) segments.push(segment);
    }
  }
  return segments.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

function segmentCount(source: CoreSource, header: DataView): number {
  const count = header.getUint16(56, true);
  if (count !== PN_XNUM) return count;
  const sections = header.getBigUint64(40, true);
  if (sections === 0n) return count;
  const real = readWhole(source, sections, SECTION, 'first section header').getUint32(44, true);
  if (real <= MOST_SEGMENTS) return real;
  throw new EvidenceError(
    'too-large',
    `the core says that it has ${real} segments, expected at most ${MOST_SEGMENTS}`,
  );
}

function readSegment(source: CoreSource, table: DataView, at: number): Segment | undefined {
  if (table.getUint32(at, true) !== PT_LOAD) return undefined;
  const flags = table.getUint32(at + 4, true);
  const [offset, start] = [table.getBigUint64(at + 8, true), table.getBigUint64(at + 16, true)];
  const [held, length] = [table.getBigUint64(at + 32, true), table.getBigUint64(at + 40, true)];
  if (length === 0n) return undefined;
  if (start + length > TOP) {
    const problem = `the core has a segment of ${length} bytes at 0x${start.toString(16)}, expected it to end inside 64 bits`;
    throw new EvidenceError('unsupported-core', problem, { address: start });
  }
  const left = BigInt(source.size) - offset;
  const wanted = held < length ? held : length;
  const present = left <= 0n ? 0n : left < wanted ? left : wanted;
  const rights = `${flags & 4 ? 'r' : '-'}${flags & 2 ? 'w' : '-'}${flags & 1 ? 'x' : '-'}`;
  return { start, length, rights, present, offset, cutOff: present < wanted };
}
