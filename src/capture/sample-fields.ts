/**
 * The content of samples on disk, in three forms: all that was seen, what has changed since the sample before,
 * and nothing where nothing has. A recording is mostly samples, so each field is dealt with by name here and
 * not by a list of schemas: it takes a third of the time.
 */
import {
  type IMeasurer,
  type ISerialInput,
  type ISerialOutput,
  MaxValue,
  Measurer,
  Schema,
} from 'typed-binary';
import type { StandstillReason } from '../health/snapshot.js';
import { FieldError, named } from './field-error.js';
import { checkU32, readNumberVarint, readVarint, varint32, varint64 } from './fields.js';
import type { SampleFrame } from './frame.js';
import { checkU64 } from './u64.js';
import { numberVarintSize, varintSize, writeNumberVarint, writeVarint } from './varint.js';

/** The fields of a sample, as bits of the byte that says which are there or which have changed. */
export const COUNTERS = 1;
export const REFILL = 2;
export const RECEIVED_BYTES = 4;
export const RX_ALLOC_FAIL = 8;
export const WAITING_BYTES = 16;
export const STALLED = 32;
const ALL = 63;

/** The code of each reason on disk; 0: does not stand still. */
const STANDSTILLS: readonly (StandstillReason | undefined)[] = [
  undefined,
  'alloc-fail',
  'area-exhausted',
  'completions-full',
  'slow-consumer',
];

/** What a sample says but its time and instance. */
export type SampleContent = Omit<SampleFrame, 'type' | 'time' | 'instance'>;

/**
 * What has changed in an instance since the sample before. Counters and indices are how far they went on, from 0
 * to 2^64 - 1 or 2^32 - 1 and so around the end of their range; `waitingBytes` and `stalled` are the values
 * themselves. Fields that have not changed are 0 or undefined.
 */
export interface SampleChange {
  readonly type: 'sampleChange';
  readonly time: bigint;
  readonly instance: number;
  /** Bits of the fields that have changed. */
  readonly changed: number;
  readonly copyCount: bigint;
  readonly copyBytes: bigint;
  readonly head: number;
  readonly tail: number;
  readonly receivedBytes: bigint;
  readonly rxAllocFail: bigint;
  readonly waitingBytes: bigint;
  readonly stalled: StandstillReason | undefined;
}

/** Nothing has changed in an instance since the sample before. */
export interface SampleSame {
  readonly type: 'sampleSame';
  readonly time: bigint;
  readonly instance: number;
}

/** Which fields a sample has. */
export function fieldsOf(sample: SampleContent): number {
  return (
    (sample.counters === undefined ? 0 : COUNTERS) |
    (sample.refill === undefined ? 0 : REFILL) |
    (sample.receivedBytes === undefined ? 0 : RECEIVED_BYTES) |
    (sample.rxAllocFail === undefined ? 0 : RX_ALLOC_FAIL) |
    (sample.waitingBytes === undefined ? 0 : WAITING_BYTES) |
    (sample.stalled === undefined ? 0 : STALLED)
  );
}

/** Throws a {@link FieldError} that names the field unless every field of the frame is in range. */
export function checkSample(frame: SampleFrame): void {
  let name = 'instance';
  try {
    checkU32(frame.instance);
    const { counters, refill } = frame;
    if (counters !== undefined) {
      name = 'counters';
      checkObject(counters);
      name = 'counters.copy_count';
      checkU64(counters.copy_count);
      name = 'counters.copy_bytes';
      checkU64(counters.copy_bytes);
    }
    if (refill !== undefined) {
      name = 'refill';
      checkObject(refill);
      name = 'refill.head';
      checkU32(refill.head);
      name = 'refill.tail';
      checkU32(refill.tail);
    }
    name = 'receivedBytes';
    if (frame.receivedBytes !== undefined) checkU64(frame.receivedBytes);
    name = 'rxAllocFail';
    if (frame.rxAllocFail !== undefined) checkU64(frame.rxAllocFail);
    name = 'waitingBytes';
    if (frame.waitingBytes !== undefined) checkU64(frame.waitingBytes);
    name = 'stalled';
    if (frame.stalled !== undefined && !STANDSTILLS.includes(frame.stalled)) {
      throw new FieldError(frame.stalled, `one of ${STANDSTILLS.slice(1).join(', ')}`);
    }
  } catch (error) {
    throw named(error, name);
  }
}

function checkObject(value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new FieldError(value, 'an object');
}

/** A whole sample. */
class SampleSchema extends Schema<SampleFrame> {
  override measure(frame: SampleFrame | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (frame === MaxValue) return measurer.unbounded;
    checkSample(frame);
    const { counters, refill, receivedBytes, rxAllocFail, waitingBytes, stalled } = frame;
    let size = numberVarintSize(frame.instance) + 1;
    if (counters !== undefined) size += varintSize(counters.copy_count) + varintSize(counters.copy_bytes);
    if (refill !== undefined) size += numberVarintSize(refill.head) + numberVarintSize(refill.tail);
    if (receivedBytes !== undefined) size += varintSize(receivedBytes);
    if (rxAllocFail !== undefined) size += varintSize(rxAllocFail);
    if (waitingBytes !== undefined) size += varintSize(waitingBytes);
    if (stalled !== undefined) size += 1;
    return measurer.add(size);
  }

  override write(output: ISerialOutput, frame: SampleFrame): void {
    const { counters, refill, receivedBytes, rxAllocFail, waitingBytes, stalled } = frame;
    writeNumberVarint(output, frame.instance);
    output.writeUint8(fieldsOf(frame));
    if (counters !== undefined) {
      writeVarint(output, counters.copy_count);
      writeVarint(output, counters.copy_bytes);
    }
    if (refill !== undefined) {
      writeNumberVarint(output, refill.head);
      writeNumberVarint(output, refill.tail);
    }
    if (receivedBytes !== undefined) writeVarint(output, receivedBytes);
    if (rxAllocFail !== undefined) writeVarint(output, rxAllocFail);
    if (waitingBytes !== undefined) writeVarint(output, waitingBytes);
    if (stalled !== undefined) output.writeUint8(STANDSTILLS.indexOf(stalled));
  }

  /** Its time is that of the frame, to be put in by the caller. */
  override read(input: ISerialInput): SampleFrame {
    const frame: { -readonly [Name in keyof SampleFrame]: SampleFrame[Name] } = {
      type: 'sample',
      time: 0n,
      instance: varint32.read(input),
    };
    const fields = readBits(input);
    if (fields & COUNTERS) {
      frame.counters = { copy_count: varint64.read(input), copy_bytes: varint64.read(input) };
    }
    if (fields & REFILL) frame.refill = { head: varint32.read(input), tail: varint32.read(input) };
    if (fields & RECEIVED_BYTES) frame.receivedBytes = varint64.read(input);
    if (fields & RX_ALLOC_FAIL) frame.rxAllocFail = varint64.read(input);
    if (fields & WAITING_BYTES) frame.waitingBytes = varint64.read(input);
    if (fields & STALLED) {
      const stalled = readStandstill(input);
      if (stalled === undefined)
        throw new FieldError(0, `the code of a reason, 1 to ${STANDSTILLS.length - 1}`);
      frame.stalled = stalled;
    }
    return frame;
  }
}

/** What has changed. Made from checked samples, so that there is nothing left to check. */
class SampleChangeSchema extends Schema<SampleChange> {
  override measure(change: SampleChange | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (change === MaxValue) return measurer.unbounded;
    const { changed } = change;
    let size = numberVarintSize(change.instance) + 1;
    if (changed & COUNTERS) size += varintSize(change.copyCount) + varintSize(change.copyBytes);
    if (changed & REFILL) size += numberVarintSize(change.head) + numberVarintSize(change.tail);
    if (changed & RECEIVED_BYTES) size += varintSize(change.receivedBytes);
    if (changed & RX_ALLOC_FAIL) size += varintSize(change.rxAllocFail);
    if (changed & WAITING_BYTES) size += varintSize(change.waitingBytes);
    if (changed & STALLED) size += 1;
    return measurer.add(size);
  }

  override write(output: ISerialOutput, change: SampleChange): void {
    const { changed } = change;
    writeNumberVarint(output, change.instance);
    output.writeUint8(changed);
    if (changed & COUNTERS) {
      writeVarint(output, change.copyCount);
      writeVarint(output, change.copyBytes);
    }
    if (changed & REFILL) {
      writeNumberVarint(output, change.head);
      writeNumberVarint(output, change.tail);
    }
    if (changed & RECEIVED_BYTES) writeVarint(output, change.receivedBytes);
    if (changed & RX_ALLOC_FAIL) writeVarint(output, change.rxAllocFail);
    if (changed & WAITING_BYTES) writeVarint(output, change.waitingBytes);
    if (changed & STALLED) output.writeUint8(STANDSTILLS.indexOf(change.stalled));
  }

  /** Its time is that of the frame, to be put in by the caller. */
  override read(input: ISerialInput): SampleChange {
    const instance = varint32.read(input);
    const changed = readBits(input);
    const counters = (changed & COUNTERS) !== 0;
    const refill = (changed & REFILL) !== 0;
    return {
      type: 'sampleChange',
      time: 0n,
      instance,
      changed,
      copyCount: counters ? readVarint(input) : 0n,
      copyBytes: counters ? readVarint(input) : 0n,
      head: refill ? readIndex(input) : 0,
      tail: refill ? readIndex(input) : 0,
      receivedBytes: changed & RECEIVED_BYTES ? readVarint(input) : 0n,
      rxAllocFail: changed & RX_ALLOC_FAIL ? readVarint(input) : 0n,
      waitingBytes: changed & WAITING_BYTES ? readVarint(input) : 0n,
      stalled: changed & STALLED ? readStandstill(input) : undefined,
    };
  }
}

/** Nothing but the instance. */
class SampleSameSchema extends Schema<SampleSame> {
  override measure(same: SampleSame | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    return measurer.add(same === MaxValue ? 5 : numberVarintSize(same.instance));
  }

  override write(output: ISerialOutput, same: SampleSame): void {
    writeNumberVarint(output, same.instance);
  }

  /** Its time is that of the frame, to be put in by the caller. */
  override read(input: ISerialInput): SampleSame {
    return { type: 'sampleSame', time: 0n, instance: varint32.read(input) };
  }
}

function readIndex(input: ISerialInput): number {
  return readNumberVarint(input, 0xffff_ffff, 'an integer of 0 to 2^32-1');
}

function readBits(input: ISerialInput): number {
  const bits = input.readUint8();
  if (bits > ALL) throw new FieldError(bits, `bits of the fields of a sample, 0 to ${ALL}`);
  return bits;
}

function readStandstill(input: ISerialInput): StandstillReason | undefined {
  const code = input.readUint8();
  if (code >= STANDSTILLS.length) throw new FieldError(code, `a code of 0 to ${STANDSTILLS.length - 1}`);
  return STANDSTILLS[code];
}

/** See {@link SampleSchema}. */
export const sampleContent = new SampleSchema();
/** See {@link SampleChangeSchema}. */
export const sampleChangeContent = new SampleChangeSchema();
/** See {@link SampleSameSchema}. */
export const sampleSameContent = new SampleSameSchema();
