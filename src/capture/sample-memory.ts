/** What samples said last: the difference between a sample and its form on disk. */
import type { StandstillReason } from '../health/snapshot.js';
import { MAX_REMEMBERED_SAMPLES } from './format.js';
import type { SampleFrame } from './frame.js';
import type { WireFrame } from './frames.js';
import {
  COUNTERS,
  fieldsOf,
  RECEIVED_BYTES,
  REFILL,
  RX_ALLOC_FAIL,
  type SampleChange,
  type SampleSame,
  STALLED,
  WAITING_BYTES,
} from './sample-fields.js';

/** The last sample of an instance. Not the frame itself, which belongs to the caller. */
interface LastSample {
  fields: number;
  copyCount: bigint;
  copyBytes: bigint;
  head: number;
  tail: number;
  receivedBytes: bigint;
  rxAllocFail: bigint;
  waitingBytes: bigint;
  stalled: StandstillReason | undefined;
}

/** A change that has no sample to go on from. */
export class NoSampleError extends Error {}

/**
 * The last sample of each instance that has had one since it appeared. Writer and reader keep the same, by the
 * same rules, and so understand each other: both are told of every frame, in the order of the recording.
 */
export class SampleMemory {
  readonly #last = new Map<number, LastSample>();

  /** The form in which `frame`, whose fields have been checked, is written. Nothing is remembered yet. */
  shorten(frame: SampleFrame): WireFrame {
    const last = this.#last.get(frame.instance);
    // A standstill comes and goes; for the other fields that is rare enough to begin anew.
    if (last === undefined || ((fieldsOf(frame) ^ last.fields) & ~STALLED) !== 0) return frame;
    return changeBetween(last, frame);
  }

  /**
   * The sample that a form on disk stands for.
   *
   * @throws NoSampleError
   */
  restore(wire: SampleChange | SampleSame): SampleFrame {
    const { time, instance } = wire;
    const last = this.#last.get(instance);
    if (last === undefined)
      throw new NoSampleError(`of instance ${instance}, expected a sample frame before it`);
    if (wire.type === 'sampleChange') advance(last, wire);
    return frameOf(last, time, instance);
  }

  /** Keeps in mind what a frame said, once it has been written or read. */
  remember(frame: SampleFrame): void {
    let last = this.#last.get(frame.instance);
    if (last === undefined) {
      if (this.#last.size >= MAX_REMEMBERED_SAMPLES) return;
      last = emptySample();
      this.#last.set(frame.instance, last);
    }
    const { counters, refill } = frame;
    last.fields = fieldsOf(frame);
    last.copyCount = counters?.copy_count ?? 0n;
    last.copyBytes = counters?.copy_bytes ?? 0n;
    last.head = refill?.head ?? 0;
    last.tail = refill?.tail ?? 0;
    last.receivedBytes = frame.receivedBytes ?? 0n;
    last.rxAllocFail = frame.rxAllocFail ?? 0n;
    last.waitingBytes = frame.waitingBytes ?? 0n;
    last.stalled = frame.stalled;
  }

  /** The instance is gone, or another one is watched under its number. */
  forget(instance: number): void {
    this.#last.delete(instance);
  }
}

function emptySample(): LastSample {
  return {
    fields: 0,
    copyCount: 0n,
    copyBytes: 0n,
    head: 0,
    tail: 0,
    receivedBytes: 0n,
    rxAllocFail: 0n,
    waitingBytes: 0n,
    stalled: undefined,
  };
}

function changeBetween(last: LastSample, frame: SampleFrame): WireFrame {
  const { time, instance } = frame;
  const copyCount = distance(last.copyCount, frame.counters?.copy_count ?? 0n);
  const copyBytes = distance(last.copyBytes, frame.counters?.copy_bytes ?? 0n);
  const head = ((frame.refill?.head ?? 0) - last.head) >>> 0;
  const tail = ((frame.refill?.tail ?? 0) - last.tail) >>> 0;
  const receivedBytes = distance(last.receivedBytes, frame.receivedBytes ?? 0n);
  const rxAllocFail = distance(last.rxAllocFail, frame.rxAllocFail ?? 0n);
  const waitingBytes = frame.waitingBytes ?? 0n;
  const { stalled } = frame;
  const changed =
    (copyCount === 0n && copyBytes === 0n ? 0 : COUNTERS) |
    (head === 0 && tail === 0 ? 0 : REFILL) |
    (receivedBytes === 0n ? 0 : RECEIVED_BYTES) |
    (rxAllocFail === 0n ? 0 : RX_ALLOC_FAIL) |
    (waitingBytes === last.waitingBytes ? 0 : WAITING_BYTES) |
    (stalled === last.stalled ? 0 : STALLED);
  if (changed === 0) return { type: 'sampleSame', time, instance };
  return {
    type: 'sampleChange',
    time,
    instance,
    changed,
    copyCount,
    copyBytes,
    head,
    tail,
    receivedBytes,
    rxAllocFail,
    waitingBytes,
    stalled,
  };
}

/** How far a counter of 64 bits went on; one that was set back went around the end of its range. */
function distance(from: bigint, to: bigint): bigint {
  return from === to ? 0n : BigInt.asUintN(64, to - from);
}

function advance(last: LastSample, change: SampleChange): void {
  const { changed } = change;
  const unknown = changed & ~last.fields & ~STALLED;
  if (unknown !== 0) {
    throw new NoSampleError(
      `of instance ${change.instance} changes fields (bits ${unknown}) that its last sample has not`,
    );
  }
  if (changed & COUNTERS) {
    last.copyCount = BigInt.asUintN(64, last.copyCount + change.copyCount);
    last.copyBytes = BigInt.asUintN(64, last.copyBytes + change.copyBytes);
  }
  if (changed & REFILL) {
    last.head = (last.head + change.head) >>> 0;
    last.tail = (last.tail + change.tail) >>> 0;
  }
  if (changed & RECEIVED_BYTES)
    last.receivedBytes = BigInt.asUintN(64, last.receivedBytes + change.receivedBytes);
  if (changed & RX_ALLOC_FAIL) last.rxAllocFail = BigInt.asUintN(64, last.rxAllocFail + change.rxAllocFail);
  if (changed & WAITING_BYTES) last.waitingBytes = change.waitingBytes;
  if (changed & STALLED) {
    last.stalled = change.stalled;
    last.fields = change.stalled === undefined ? last.fields & ~STALLED : last.fields | STALLED;
  }
}

function frameOf(last: LastSample, time: bigint, instance: number): SampleFrame {
  const frame: { -readonly [Name in keyof SampleFrame]: SampleFrame[Name] } = {
    type: 'sample',
    time,
    instance,
  };
  const { fields } = last;
  if (fields & COUNTERS) frame.counters = { copy_count: last.copyCount, copy_bytes: last.copyBytes };
  if (fields & REFILL) frame.refill = { head: last.head, tail: last.tail };
  if (fields & RECEIVED_BYTES) frame.receivedBytes = last.receivedBytes;
  if (fields & RX_ALLOC_FAIL) frame.rxAllocFail = last.rxAllocFail;
  if (fields & WAITING_BYTES) frame.waitingBytes = last.waitingBytes;
  if (last.stalled !== undefined) frame.stalled = last.stalled;
  return frame;
}
