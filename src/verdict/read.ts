// Values of a call that came as JSON: each is checked, and an error names its place.

import { LayoutError, show } from '../errors.js';

const U64 = 2n ** 64n;

/** @throws LayoutError */
export function refuse(path: string, got: unknown, expected: string): never {
  throw new LayoutError('out-of-range', `${path} is ${show(got)}, expected ${expected}`, {
    field: path,
    got,
    expected,
  });
}

/** What is given, or else the default. `null` is given, and will be refused. */
export const orElse = <Value>(value: Value | undefined, otherwise: Value): Value =>
  value === undefined ? otherwise : value;

export function readNumber(path: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  refuse(path, value, `a whole number from ${low} to ${high}`);
}

export function readU32(path: string, value: unknown): number {
  return readNumber(path, value, 0, 0xffff_ffff);
}

export function readFlag(path: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  refuse(path, value, 'true or false');
}

const WIDE = /^(\d{1,20}|0x[\da-f]{1,16})$/i;

/** An address or a 64-bit number. */
export function readWide(path: string, value: unknown): bigint {
  if (typeof value === 'string' && WIDE.test(value)) {
    const number = BigInt(value);
    if (number < U64) return number;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'bigint' && value >= 0n && value < U64) return value;
  refuse(path, value, 'a number of 64 bits, as "0x10000000"');
}

export function readList(path: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  refuse(path, value, 'a list');
}

export function readObject(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return value as Record<string, unknown>;
  refuse(path, value, 'an object');
}

const DIGITS = new Uint8Array(128).fill(0xff);
for (const [i, c] of [...'0123456789abcdef'].entries()) {
  DIGITS[c.charCodeAt(0)] = i;
  DIGITS[c.toUpperCase().charCodeAt(0)] = i;
}

/** Writes the bytes that hex stands for; the caller has made room for half its length. */
export function readHex(path: string, hex: string, to: Uint8Array, at: number): void {
  for (let i = 0; i < hex.length; i += 2) {
    const high = DIGITS[hex.charCodeAt(i)] ?? 0xff;
    const low = DIGITS[hex.charCodeAt(i + 1)] ?? 0xff;
    if ((high | low) > 0xf) refuse(path, hex, 'hex, two digits a byte');
    to[at + i / 2] = (high << 4) | low;
  }
}

/** The bytes of hex that was read or written here before. */
export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length >> 1);
  readHex('hex', hex, bytes, 0);
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Of more than so many bytes the digits are written into memory first: text that grows digit by digit costs more. */
const FEW = 1024;
const DIGIT_CODES = new TextEncoder().encode('0123456789abcdef');
const ascii = new TextDecoder('ascii');

export function hexOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > FEW) return hexOfMany(bytes.subarray(from, to));
  let text = '';
  for (let i = from; i < to; i++) text += HEX[bytes[i] as number];
  return text;
}

function hexOfMany(bytes: Uint8Array): string {
  const digits = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    digits[2 * i] = DIGIT_CODES[byte >> 4] as number;
    digits[2 * i + 1] = DIGIT_CODES[byte & 0xf] as number;
  }
  return ascii.decode(digits);
}
