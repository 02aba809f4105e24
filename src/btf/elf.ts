import { BtfError } from './error.js';
import { type ByteSource, memorySource } from './source.js';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
/** SHT_NOBITS: a section that has a size but no bytes in the file. */
const NO_BITS = 8;
const COMPRESSED = 0x800n;

/** Bytes of a file, from its start. */
export interface Extent {
  readonly start: number;
  readonly bytes: number;
}

/** Whether these are the first bytes of an ELF file, of any class and byte order. */
export function isElf(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/**
 * Where a section of a 64-bit little-endian ELF file is (elf(5)), or undefined where it has none of that name.
 * @throws BtfError
 */
export function findElfSection(source: ByteSource, wanted: string): Extent | undefined {
  const header = viewOf(source, 0, HEADER_BYTES, 'the ELF header');
  if (MAGIC.some((byte, i) => header.getUint8(i) !== byte))
    throw new BtfError('not-btf', 'this is no ELF file');
  if (header.getUint8(4) !== CLASS_64 || header.getUint8(5) !== LITTLE_ENDIAN)
    throw new BtfError('unsupported', 'this ELF file is not of the 64-bit little-endian kind');
  const table = offsetAt(header, 0x28);
  const count = header.getUint16(0x3c, true);
  if (count === 0) return undefined;
  const entryBytes = header.getUint16(0x3a, true);
  if (entryBytes !== SECTION_BYTES)
    throw new BtfError('damaged', `ELF section headers have ${entryBytes} bytes, expected ${SECTION_BYTES}`);
  const headers = viewOf(source, table, count * SECTION_BYTES, 'the ELF section headers');

  const namesIndex = header.getUint16(0x3e, true);
  if (namesIndex >= count)
    throw new BtfError('damaged', `ELF section names are in section ${namesIndex} of ${count}`);
  const names = offsetAt(headers, namesIndex * SECTION_BYTES + 0x18);
  const spelt = new TextEncoder().encode(`${wanted}\0`);

  for (let index = 0; index < count; index++) {
    const at = index * SECTION_BYTES;
    const name = source.read(names + headers.getUint32(at, true), spelt.length);
    if (spelt.some((byte, i) => name[i] !== byte) || headers.getUint32(at + 4, true) === NO_BITS) continue;
    if ((headers.getBigUint64(at + 8, true) & COMPRESSED) !== 0n)
      throw new BtfError('unsupported', `the section ${wanted} is compressed`);
    return { start: offsetAt(headers, at + 0x18), bytes: offsetAt(headers, at + 0x20) };
  }
  return undefined;
}

/**
 * The bytes of a section, or undefined where the file has none of that name.
 * @throws BtfError
 */
export function elfSection(file: Uint8Array, wanted: string): Uint8Array | undefined {
  const found = findElfSection(memorySource(file), wanted);
  return found && file.subarray(found.start, found.start + found.bytes);
}

function viewOf(source: ByteSource, start: number, length: number, what: string): DataView {
  const bytes = source.read(start, length);
  if (bytes.length < length)
    throw new BtfError(
      'damaged',
      `${what} would be at ${start} to ${start + length} of ${source.size} bytes`,
    );
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

function offsetAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new BtfError('damaged', `an ELF file offset is ${value}, beyond any file`);
  return Number(value);
}
