/** The checksum of recordings: CRC-32 as in zlib, gzip and PNG. */
import { crc32 as zlibCrc32 } from 'node:zlib';

/** From so many bytes on zlib is faster; below, its call costs more than the sum. */
const ZLIB_PAYS_FROM = 128;

const POLYNOMIAL = 0xedb8_8320;

/** What the eight bits of each byte come to. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  return sum;
});

/** The checksum of `bytes[from, to)`, going on from `sum`, that of what came before. 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.byteLength, sum = 0): number {
  if (to - from >= ZLIB_PAYS_FROM) return zlibCrc32(bytes.subarray(from, to), sum);
  let rest = ~sum;
  for (let at = from; at < to; at++) rest = TABLE[(rest ^ bytes[at]!) & 0xff]! ^ (rest >>> 8);
  return ~rest >>> 0;
}
