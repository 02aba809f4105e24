import {
  type IMeasurer,
  type ISerialInput,
  type ISerialOutput,
  MaxValue,
  Measurer,
  Schema,
} from 'typed-binary';
import { FieldError } from './field-error.js';

const U64_MAX = 2n ** 64n - 1n;

/** Throws a {@link FieldError} unless `value` is a bigint of 0 to 2^64 - 1. */
export function checkU64(value: unknown): asserts value is bigint {
  if (typeof value !== 'bigint' || value < 0n || value > U64_MAX) {
    throw new FieldError(value, 'a bigint of 0 to 2^64-1');
  }
}

/**
 * An unsigned 64-bit integer as a bigint, in eight bytes, the lowest first, whatever the byte order of the
 * stream it is part of. typed-binary has no 64-bit integers of its own.
 */
export class U64Schema extends Schema<bigint> {
  override measure(value: bigint | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value !== MaxValue) checkU64(value);
    return measurer.add(8);
  }

  override write(output: ISerialOutput, value: bigint): void {
    for (let shift = 0n; shift < 64n; shift += 8n) output.writeUint8(Number((value >> shift) & 0xffn));
  }

  override read(input: ISerialInput): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 8n) value |= BigInt(input.readUint8()) << shift;
    return value;
  }
}

export const u64 = new U64Schema();
