/** A piece of memory of a core, or another kind of segment. */
export interface Segment {
  start: bigint;
  bytes: Uint8Array;
  /** Bytes in memory, if not those of the file. */
  length?: bigint;
  flags?: number;
  type?: number;
}

/** Bytes of the file's header, and of the header of a segment. */
export const HEADER = 64;
export const ENTRY = 56;

/** A core as the kernel writes it, with tables only as far as they are needed. */
export function coreOf(segments: readonly Segment[], sections = false): Uint8Array {
  const table = HEADER + segments.length * ENTRY + (sections ? 64 : 0);
  const size = segments.reduce((sum, { bytes }) => sum + bytes.length, table);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 4, true);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint16(54, ENTRY, true);
  view.setUint16(56, sections ? 0xffff : segments.length, true);
  if (sections) {
    view.setBigUint64(40, BigInt(table - 64), true);
    view.setUint32(table - 64 + 44, segments.length, true);
  }
  let offset = table;
  segments.forEach(({ start, bytes, length, flags = 6, type = 1 }, i) => {
    const at = HEADER + i * ENTRY;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, start, true);
    view.setBigUint64(at + 32, BigInt(bytes.length), true);
    view.setBigUint64(at + 40, length ?? BigInt(bytes.length), true);
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
}
