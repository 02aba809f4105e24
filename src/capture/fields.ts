/**
 * The kinds of fields that frames are made of, as typed-binary schemas. Each checks its value when it is
 * measured, which happens before the first byte of a frame is written: typed-binary itself wraps numbers that
 * are too large, and replaces what it cannot encode.
 */
import {
  type IMeasurer,
  type ISerialInput,
  type ISerialOutput,
  MaxValue,
  Measurer,
  Schema,
} from 'typed-binary';
import { FieldError } from './field-error.js';
import { checkU64 } from './u64.js';
import {
  decodeNumberVarint,
  decodeVarint,
  MAX_VARINT_SIZE,
  numberVarintSize,
  varintSize,
  writeNumberVarint,
  writeVarint,
} from './varint.js';

const U32_MAX = 0xffff_ffff;

/** The bytes of the varint that is being read: one for all, since none is read inside another. */
const varintBytes = new Uint8Array(MAX_VARINT_SIZE);

/** Moves the bytes of the next varint into {@link varintBytes} and says how many they are. */
function takeVarint(input: ISerialInput): number {
  let size = 0;
  do {
    varintBytes[size++] = input.readUint8();
  } while (varintBytes[size - 1]! >= 0x80 && size < MAX_VARINT_SIZE);
  return size;
}

function noVarint(size: number): FieldError {
  return new FieldError(varintBytes.slice(0, size), 'a varint of at most 64 bits in its shortest form');
}

/** @throws FieldError where the bytes are no varint */
export function readVarint(input: ISerialInput): bigint {
  const size = takeVarint(input);
  const value = decodeVarint(varintBytes, 0, size);
  if (value === undefined) throw noVarint(size);
  return value;
}

/** @throws FieldError where the bytes are no varint of 0 to `max`, which is below 2^53 */
export function readNumberVarint(input: ISerialInput, max: number, expected: string): number {
  const size = takeVarint(input);
  if (size > 7) {
    const value = decodeVarint(varintBytes, 0, size);
    if (value === undefined) throw noVarint(size);
    if (value > BigInt(max)) throw new FieldError(value, expected);
    return Number(value);
  }
  const value = decodeNumberVarint(varintBytes, 0, size);
  if (value === undefined) throw noVarint(size);
  if (value > max) throw new FieldError(value, expected);
  return value;
}

/** Throws a {@link FieldError} unless `value` is an integer of 0 to 2^32 - 1. */
export function checkU32(value: unknown): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > U32_MAX) {
    throw new FieldError(value, 'an integer of 0 to 2^32-1');
  }
}

/** A bigint of 0 to 2^64 - 1 in one to ten bytes. */
export class Varint64Schema extends Schema<bigint> {
  override measure(value: bigint | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value === MaxValue) return measurer.add(MAX_VARINT_SIZE);
    checkU64(value);
    return measurer.add(varintSize(value));
  }

  override write(output: ISerialOutput, value: bigint): void {
    writeVarint(output, value);
  }

  override read(input: ISerialInput): bigint {
    return readVarint(input);
  }
}

/** A number of 0 to 2^32 - 1 in one to five bytes. */
export class Varint32Schema extends Schema<number> {
  override measure(value: number | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value === MaxValue) return measurer.add(5);
    checkU32(value);
    return measurer.add(numberVarintSize(value));
  }

  override write(output: ISerialOutput, value: number): void {
    writeNumberVarint(output, value);
  }

  override read(input: ISerialInput): number {
    return readNumberVarint(input, U32_MAX, 'an integer of 0 to 2^32-1');
  }
}

/** A number of 0 to 2^53 - 1, all of which a Number holds exactly, in one to eight bytes. */
export class Varint53Schema extends Schema<number> {
  override measure(value: number | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value === MaxValue) return measurer.add(8);
    if (!Number.isSafeInteger(value) || value < 0) throw new FieldError(value, 'an integer of 0 to 2^53-1');
    return measurer.add(numberVarintSize(value));
  }

  override write(output: ISerialOutput, value: number): void {
    writeNumberVarint(output, value);
  }

  override read(input: ISerialInput): number {
    return readNumberVarint(input, Number.MAX_SAFE_INTEGER, 'an integer of 0 to 2^53-1');
  }
}

/** A number that may be unknown: 0, or 1 and then the number. */
export class MaybeSchema extends Schema<number | undefined> {
  readonly #known: Schema<number>;

  constructor(known: Schema<number>) {
    super();
    this.#known = known;
  }

  override measure(value: number | undefined | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    measurer.add(1);
    return value === undefined ? measurer : this.#known.measure(value, measurer);
  }

  override write(output: ISerialOutput, value: number | undefined): void {
    output.writeUint8(value === undefined ? 0 : 1);
    if (value !== undefined) this.#known.write(output, value);
  }

  override read(input: ISerialInput): number | undefined {
    const known = input.readUint8();
    if (known > 1) throw new FieldError(known, '0 (unknown) or 1 (a number follows)');
    return known === 0 ? undefined : this.#known.read(input);
  }
}

/** A number of -2^31 to 2^31 - 1 in four bytes, two's complement, the lowest first. */
export class S32Schema extends Schema<number> {
  override measure(value: number | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    // `value | 0` would turn -0 and 1.5 into integers without a word.
    if (value !== MaxValue && (!Number.isInteger(value) || value < -0x8000_0000 || value > 0x7fff_ffff)) {
      throw new FieldError(value, 'an integer of -2^31 to 2^31-1');
    }
    return measurer.add(4);
  }

  override write(output: ISerialOutput, value: number): void {
    output.writeInt32(value);
  }

  override read(input: ISerialInput): number {
    return input.readInt32();
  }
}

/** One of a few values, each standing for itself as one byte: its code. */
export class ChoiceSchema<T extends string | number> extends Schema<T> {
  readonly #codes: ReadonlyMap<T, number>;
  readonly #values: ReadonlyMap<number, T>;

  constructor(choices: readonly (readonly [code: number, value: T])[]) {
    super();
    this.#codes = new Map(choices.map(([code, value]) => [value, code]));
    this.#values = new Map(choices);
  }

  override measure(value: unknown, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value !== MaxValue && !this.#codes.has(value as T)) {
      throw new FieldError(value, `one of ${[...this.#codes.keys()].join(', ')}`);
    }
    return measurer.add(1);
  }

  override write(output: ISerialOutput, value: unknown): void {
    output.writeUint8(this.#codes.get(value as T)!);
  }

  // The return type is spelt by the base class, which cannot be resolved for a T that is still open.
  override read(input: ISerialInput): ReturnType<Schema<T>['read']> {
    const code = input.readUint8();
    const value = this.#values.get(code);
    if (value === undefined) throw new FieldError(code, `one of ${[...this.#values.keys()].join(', ')}`);
    return value as ReturnType<Schema<T>['read']>;
  }
}

/** Bytes as they are: their number as a varint, then the bytes. */
export class BytesSchema extends Schema<Uint8Array> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override measure(value: Uint8Array | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value === MaxValue) return measurer.add(varintSize(BigInt(this.#max)) + this.#max);
    if (!(value instanceof Uint8Array) || value.byteLength > this.#max) {
      throw new FieldError(value, `a Uint8Array of at most ${this.#max} bytes`);
    }
    return measurer.add(varintSize(BigInt(value.byteLength)) + value.byteLength);
  }

  override write(output: ISerialOutput, value: Uint8Array): void {
    writeVarint(output, BigInt(value.byteLength));
    output.writeSlice(value);
  }

  override read(input: ISerialInput): Uint8Array {
    const length = readVarint(input);
    // Before anything is allocated: the length is not to be trusted.
    if (length > BigInt(this.#max)) throw new FieldError(length, `a length of at most ${this.#max} bytes`);
    const value = new Uint8Array(Number(length));
    input.readSlice(value, 0, value.byteLength);
    return value;
  }
}

/** Text in UTF-8, without a terminator: the number of bytes as a varint, then the bytes. */
export class TextSchema extends Schema<string> {
  readonly #max: number;
  readonly #bytes: BytesSchema;

  constructor(max: number) {
    super();
    this.#max = max;
    this.#bytes = new BytesSchema(max);
  }

  override measure(value: string | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value === MaxValue) return this.#bytes.measure(value, measurer);
    // A lone surrogate has no UTF-8 form; TextEncoder would put a replacement character in its place.
    if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) {
      throw new FieldError(value, 'a string of whole characters');
    }
    const encoded = encoder.encode(value);
    if (encoded.byteLength > this.#max) throw new FieldError(value, `at most ${this.#max} bytes of UTF-8`);
    return this.#bytes.measure(encoded, measurer);
  }

  override write(output: ISerialOutput, value: string): void {
    this.#bytes.write(output, encoder.encode(value));
  }

  override read(input: ISerialInput): string {
    return decoder.decode(this.#bytes.read(input));
  }
}

const encoder = new TextEncoder();
// ignoreBOM keeps a byte order mark as the character that it is; by default the decoder drops it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** See {@link Varint64Schema}. */
export const varint64 = new Varint64Schema();
/** See {@link Varint32Schema}. */
export const varint32 = new Varint32Schema();
/** See {@link Varint53Schema}. */
export const varint53 = new Varint53Schema();
/** See {@link S32Schema}. */
export const s32 = new S32Schema();

/** See {@link ChoiceSchema}. */
export function choice<const T extends string | number>(
  choices: readonly (readonly [code: number, value: T])[],
): ChoiceSchema<T> {
  return new ChoiceSchema(choices);
}

/** See {@link MaybeSchema}. */
export function maybe(known: Schema<number>): MaybeSchema {
  return new MaybeSchema(known);
}

/** At most `max` bytes; see {@link BytesSchema}. */
export function bytes(max: number): BytesSchema {
  return new BytesSchema(max);
}

/** At most `max` bytes of UTF-8; see {@link TextSchema}. */
export function text(max: number): TextSchema {
  return new TextSchema(max);
}
