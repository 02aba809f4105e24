/** The constants of the recording format; docs/recording-format.md has the whole of it. */
import { crc32 } from './checksum.js';

/**
 * The first eight bytes. As in PNG, the first is no ASCII, and the line ends break in a transfer that takes
 * the file for text.
 */
export const MAGIC = Uint8Array.of(0x89, 0x5a, 0x43, 0x52, 0x58, 0x0d, 0x0a, 0x1a);

/** The version that is written, and the only one that is read. */
export const FORMAT_VERSION = 1;

/** Bytes of the file header: magic, version (u32), CRC-32 (u32) of the two. */
export const FILE_HEADER_SIZE = 16;

/** The most bytes of content that a frame may have. A greater length is damage. */
export const MAX_PAYLOAD = 4 * 1024 * 1024;

/** The most bytes of one struct or statistics block of the kernel. */
export const MAX_STRUCT = 4096;

/** The most bytes of completion entries in one frame: the largest completion queue (65536) of 32-byte entries. */
export const MAX_ENTRIES = 65536 * 32;

/**
 * Statistics blocks are remembered, so that an unchanged one need not be written again, for instances below
 * this number: a bound on what a reader must keep.
 */
export const MAX_REMEMBERED_INSTANCE = 1024;

/**
 * Last samples are remembered, so that only what changes need be written, of so many instances at a time: a bound
 * on what a reader must keep.
 */
export const MAX_REMEMBERED_SAMPLES = 65_536;

/** The most bytes of a reason that is told at length. */
export const MAX_WORDS = 4095;

/** Offset of the version and of the checksum in the file header. */
export const VERSION_AT = 8;
export const HEADER_CRC_AT = 12;

/** The 16 bytes that every recording begins with. */
export function fileHeader(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FILE_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(VERSION_AT, FORMAT_VERSION, true);
  view.setUint32(HEADER_CRC_AT, crc32(bytes.subarray(0, HEADER_CRC_AT)), true);
  return bytes;
}
