import { BtfError } from './error.js';

/** Kinds of type: include/uapi/linux/btf.h of Linux 7.3. */
export const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  functionProto: 13,
  variable: 14,
  dataSection: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** Bytes that every type has. */
export const TYPE_BYTES = 12;
/** Bytes of a member of a struct or union. */
export const MEMBER_BYTES = 12;

/** More than any kernel's: that of a distribution has 5 to 10 MB. */
export const MOST_BTF_BYTES = 32 << 20;

const MAGIC = 0xeb9f;
const VERSION = 1;
/** Up to and with `str_len`. Headers with a section of layouts have eight more. */
const HEADER_BYTES = 24;
const LAYOUT_HEADER_BYTES = 32;
/** struct btf_layout. */
const LAYOUT_BYTES = 4;

/** Bytes behind the twelve that every type has: fixed, and for each of its `vlen` members. */
interface Extra {
  readonly fixed: number;
  readonly each: number;
}

const NOTHING: Extra = { fixed: 0, each: 0 };

/** By kind. */
const EXTRA: readonly (Extra | undefined)[] = Object.assign(
  Array.from({ length: KIND.enum64 + 1 }, (_, kind) => (kind === 0 ? undefined : NOTHING)),
  {
    [KIND.int]: { fixed: 4, each: 0 },
    [KIND.array]: { fixed: 12, each: 0 },
    [KIND.struct]: { fixed: 0, each: MEMBER_BYTES },
    [KIND.union]: { fixed: 0, each: MEMBER_BYTES },
    [KIND.enum]: { fixed: 0, each: 8 },
    [KIND.functionProto]: { fixed: 0, each: 8 },
    [KIND.variable]: { fixed: 4, each: 0 },
    [KIND.dataSection]: { fixed: 0, each: 12 },
    [KIND.declTag]: { fixed: 4, each: 0 },
    [KIND.enum64]: { fixed: 0, each: 12 },
  },
);

/** The parts of a blob. */
export interface Sections {
  readonly types: DataView;
  readonly strings: Uint8Array;
  /** Bytes that a type of this kind has behind its twelve, or undefined where nothing tells. */
  extraOf(kind: number, vlen: number): number | undefined;
}

/** Whether these are the first bytes of BTF, of either byte order. */
export function isBtf(head: Uint8Array): boolean {
  return (head[0] === 0x9f && head[1] === 0xeb) || (head[0] === 0xeb && head[1] === 0x9f);
}

/** @throws BtfError */
export function sectionsOf(blob: Uint8Array): Sections {
  if (!isBtf(blob)) throw new BtfError('not-btf', 'this is no BTF: it does not begin with 9f eb');
  if (blob.length > MOST_BTF_BYTES)
    throw new BtfError(
      'unsupported',
      `this BTF has ${blob.length} bytes, expected at most ${MOST_BTF_BYTES}`,
    );
  const header = new DataView(blob.buffer, blob.byteOffset, blob.length);
  if (blob.length < HEADER_BYTES) throw new BtfError('damaged', `the BTF ends after ${blob.length} bytes`);
  if (header.getUint16(0, true) !== MAGIC)
    throw new BtfError('unsupported', 'this BTF is of a big-endian machine, expected a little-endian one');
  if (header.getUint8(2) !== VERSION)
    throw new BtfError('unsupported', `this is BTF version ${header.getUint8(2)}, expected ${VERSION}`);
  const base = header.getUint32(4, true);
  if (base < HEADER_BYTES || base > blob.length)
    throw new BtfError('damaged', `the BTF header has ${base} bytes, expected ${HEADER_BYTES} or more`);

  const section = (at: number, what: string): DataView => {
    const start = base + header.getUint32(at, true);
    const length = header.getUint32(at + 4, true);
    if (start + length > blob.length)
      throw new BtfError(
        'damaged',
        `the BTF is cut off: its ${what} end at ${start + length} of ${blob.length} bytes`,
      );
    return new DataView(blob.buffer, blob.byteOffset + start, length);
  };
  const types = section(8, 'types');
  const strings = section(16, 'strings');
  const layouts = base >= LAYOUT_HEADER_BYTES ? section(24, 'layouts of kinds') : undefined;
  return {
    types,
    strings: new Uint8Array(strings.buffer, strings.byteOffset, strings.byteLength),
    extraOf(kind, vlen) {
      const extra = EXTRA[kind] ?? layoutOf(layouts, kind);
      return extra && extra.fixed + extra.each * vlen;
    },
  };
}

/** What the blob itself says of a kind that is younger than this reader (struct btf_layout). */
function layoutOf(layouts: DataView | undefined, kind: number): Extra | undefined {
  const at = kind * LAYOUT_BYTES;
  if (kind === 0 || layouts === undefined || at + LAYOUT_BYTES > layouts.byteLength) return undefined;
  return { fixed: layouts.getUint8(at), each: layouts.getUint8(at + 1) };
}
