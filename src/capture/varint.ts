/**
 * Unsigned integers of up to 64 bits in as few bytes as they need (LEB128): seven bits a byte, the lowest
 * first, bit 7 set in every byte but the last. Small numbers are what a recording is full of: the time
 * between two samples, instance numbers, lengths.
 */

/** The most bytes that a 64-bit value takes. */
export const MAX_VARINT_SIZE = 10;

const U64_MAX = 2n ** 64n - 1n;

/** Up to here a Number is exact; and it is much faster than a BigInt, which is why both have a way of their own. */
const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** Where bytes go one by one, such as a writer of typed-binary. */
interface ByteOutput {
  writeUint8(byte: number): void;
}

/** Bytes that {@link writeVarint} writes for `value`, 1 to 10. */
export function varintSize(value: bigint): number {
  if (value <= EXACT) return numberVarintSize(Number(value));
  let size = 8;
  for (let rest = value >> 56n; rest > 0n; rest >>= 7n) size++;
  return size;
}

/** As {@link varintSize}, for an integer of 0 to 2^53 - 1. */
export function numberVarintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes `value`, 0 to 2^64 - 1, in the shortest form. */
export function writeVarint(output: ByteOutput, value: bigint): void {
  let rest = value;
  while (rest > EXACT) {
    output.writeUint8(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writeNumberVarint(output, Number(rest));
}

/** As {@link writeVarint}, for an integer of 0 to 2^53 - 1. */
export function writeNumberVarint(output: ByteOutput, value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    output.writeUint8((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  output.writeUint8(rest);
}

/**
 * Where the varint that starts at `from` ends: the index after its last byte, or undefined where `limit` comes
 * before that. A tenth byte is always taken as the last; {@link decodeVarint} refuses it if it is not.
 */
export function varintEnd(bytes: Uint8Array, from: number, limit: number): number | undefined {
  for (let at = from; at < limit; at++) {
    if (bytes[at]! < 0x80 || at - from === MAX_VARINT_SIZE - 1) return at + 1;
  }
  return undefined;
}

/**
 * The value of the varint in `bytes[from, to)`, or undefined where it is not one: longer than the value needs
 * (so that each value has one form), above 2^64 - 1, or without an end.
 */
export function decodeVarint(bytes: Uint8Array, from: number, to: number): bigint | undefined {
  if (to - from <= 7) {
    const value = decodeNumberVarint(bytes, from, to);
    return value === undefined ? undefined : BigInt(value);
  }
  const last = bytes[to - 1]!;
  if (last >= 0x80 || last === 0) return undefined;
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt(bytes[at]! & 0x7f);
  return value > U64_MAX ? undefined : value;
}

/** As {@link decodeVarint}, for one of at most seven bytes: values below 2^49. */
export function decodeNumberVarint(bytes: Uint8Array, from: number, to: number): number | undefined {
  const last = bytes[to - 1]!;
  if (last >= 0x80 || (last === 0 && to - from > 1)) return undefined;
  let value = 0;
  for (let at = to - 1; at >= from; at--) value = value * 128 + (bytes[at]! & 0x7f);
  return value;
}
