/** The frames of a recording: as the API has them, and their content on disk as typed-binary schemas. */
import {
  type AnySchema,
  type BufferReader,
  type BufferWriter,
  Measurer,
  ObjectSchema,
  object,
} from 'typed-binary';
import type { Counters, RefillIndices, StandstillReason } from '../health/snapshot.js';
import { RecordingError } from './error.js';
import { FieldError, named } from './field-error.js';
import { bytes, choice, maybe, s32, text, varint32, varint53, varint64 } from './fields.js';
import { MAX_ENTRIES, MAX_STRUCT, MAX_WORDS } from './format.js';
import {
  checkSample,
  type SampleChange,
  type SampleSame,
  sampleChangeContent,
  sampleContent,
  sampleSameContent,
} from './sample-fields.js';
import { u64 } from './u64.js';

/** What all frames have. */
interface Timed {
  /** Nanoseconds since the start of the recording, on a clock that never goes back. 0 to 2^64 - 1. */
  readonly time: bigint;
}

/** Always the first frame, and there is only one; its time is 0. */
export interface StartFrame extends Timed {
  readonly type: 'start';
  /** Version of the program that records. At most 255 bytes of UTF-8, as the other texts but the note. */
  readonly toolVersion: string;
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
  /** As `uname -m` says it. */
  readonly architecture: string;
  /** Bytes, 0 to 2^32 - 1. */
  readonly pageSize: number;
  /** The revision of the interface that the kernel spoke, and under which its bytes are to be decoded. */
  readonly revision: 'v1' | 'rc' | 'event';
  /** Nanoseconds since 1970-01-01 UTC at time 0. */
  readonly wallClock: bigint;
  /** Anything, at most 65535 bytes of UTF-8. */
  readonly note: string;
}

/** An instance was registered. The structs are as they stood after the call; one that was not used is empty. */
export interface RegisteredFrame extends Timed {
  readonly type: 'registered';
  /** The recorder's number for the instance, 0 to 2^32 - 1. */
  readonly instance: number;
  /** struct io_uring_zcrx_ifq_reg */
  readonly ifqReg: Uint8Array;
  /** struct zcrx_event_desc, zcrx_notification_desc in the earlier revisions */
  readonly eventDesc: Uint8Array;
  /** struct io_uring_region_desc, of the refill ring */
  readonly regionDesc: Uint8Array;
  /** struct io_uring_zcrx_area_reg */
  readonly areaReg: Uint8Array;
}

/** Completion entries, in the order of the queue. */
export interface CompletionsFrame extends Timed {
  readonly type: 'completions';
  readonly instance: number;
  /** Bytes of one entry: 32 where the ring has IORING_SETUP_CQE32. */
  readonly entrySize: 16 | 32;
  /** struct io_uring_cqe, one after the other: a multiple of `entrySize`, at most 2 MiB. */
  readonly entries: Uint8Array;
}

/** A sample of the statistics. */
export interface StatsFrame extends Timed {
  readonly type: 'stats';
  readonly instance: number;
  /** Bytes received over this instance since it was registered. */
  readonly receivedBytes: bigint;
  /** The statistics block as the kernel laid it out, `stats_size` bytes (at most 4096); empty where it has none. */
  readonly block: Uint8Array;
}

/** A call of IORING_REGISTER_ZCRX_CTRL: an event armed again, the refill ring flushed, and so on. */
export interface ControlFrame extends Timed {
  readonly type: 'control';
  readonly instance: number;
  /** struct zcrx_ctrl, after the call. */
  readonly ctrl: Uint8Array;
  /** What the kernel returned: 0 or more, or a negative errno. -2^31 to 2^31 - 1. */
  readonly result: number;
}

/** The recorder ended on its own terms. Always the last frame; a recording without it was cut short. */
export interface EndFrame extends Timed {
  readonly type: 'end';
  /** Bytes received over all instances. */
  readonly receivedBytes: bigint;
  /** Why, for people. At most 255 bytes of UTF-8. */
  readonly reason: string;
}

/**
 * An instance is watched from here on: in another process, or one of our own. Where it is already watched under
 * this number, a new one takes its place.
 */
export interface WatchedFrame extends Timed {
  readonly type: 'watched';
  /** The recorder's number for the instance, 0 to 2^32 - 1. */
  readonly instance: number;
  /** 0 to 2^32 - 1. */
  readonly pid: number;
  /** When the process began, in clock ticks since boot: field 22 of /proc/PID/stat. With the pid, it names one process. */
  readonly startTime: bigint;
  /** The name of the program. At most 255 bytes of UTF-8. */
  readonly command: string;
  /** Descriptor of the ring in the process. 0 to 2^32 - 1. */
  readonly fd: number;
  /** The kernel's number of the instance in its ring. 0 to 2^32 - 1. */
  readonly zcrxId: number;
  /** Our own instance; its refill region mapped from the ring; or read in the memory of the process. */
  readonly how: 'own' | 'mapped' | 'remote';
  /** Bytes of the refill region, 0 to 2^53 - 1. Absent, as the following three: unknown. */
  readonly regionSize?: number | undefined;
  /** Bytes from the start of the region to the statistics, 0 to 2^53 - 1. */
  readonly statsOffset?: number | undefined;
  /** Entries of the refill ring, 0 to 2^32 - 1. */
  readonly rqEntries?: number | undefined;
  /** Bytes of a buffer, 0 to 2^32 - 1. */
  readonly rxBufLen?: number | undefined;
  /** Anything, at most 65535 bytes of UTF-8. */
  readonly note: string;
}

/** What could be seen of an instance at one moment. What is absent is unknown, not zero. */
export interface SampleFrame extends Timed {
  readonly type: 'sample';
  readonly instance: number;
  /** The counters of the statistics, each 0 to 2^64 - 1. */
  readonly counters?: Counters | undefined;
  /** Head and tail of the refill ring, each 0 to 2^32 - 1. */
  readonly refill?: RefillIndices | undefined;
  /** Bytes received over the instance since it was registered, by its own program's account. */
  readonly receivedBytes?: bigint | undefined;
  /** `rx-alloc-fail` of the device's queue. */
  readonly rxAllocFail?: bigint | undefined;
  /** Bytes that wait in the TCP sockets of the process. */
  readonly waitingBytes?: bigint | undefined;
  /** Why receiving stands still at this moment; only its own program knows. */
  readonly stalled?: StandstillReason | undefined;
}

/** The health of an instance as the recorder judged it, from here on. A reader may judge anew from the samples. */
export interface StateFrame extends Timed {
  readonly type: 'state';
  readonly instance: number;
  /** Such as `copying`. At most 255 bytes of UTF-8. */
  readonly state: string;
  /** At most 4095 bytes of UTF-8. */
  readonly reason: string;
}

/** An instance can no longer be watched. No frame of it follows, unless it is watched again. */
export interface GoneFrame extends Timed {
  readonly type: 'gone';
  readonly instance: number;
  /** Why, for people. At most 4095 bytes of UTF-8. */
  readonly reason: string;
}

/** This file is part of a recording in several files. Where it is there, it comes right after the start frame. */
export interface PartFrame extends Timed {
  readonly type: 'part';
  /** A number drawn at random, 0 to 2^64 - 1: the same in all parts of the recording. */
  readonly sequence: bigint;
  /** Of this part, from 0 on. 0 to 2^32 - 1. */
  readonly number: number;
  /** So many frames after this one repeat what earlier parts said, so that this file can be read alone. */
  readonly repeated: number;
}

/** The recording goes on in its next part. After it only the end frame comes. */
export interface ContinuedFrame extends Timed {
  readonly type: 'continued';
  /** Number of the next part. 0 to 2^32 - 1. */
  readonly number: number;
}

export type RecordingFrame =
  | StartFrame
  | RegisteredFrame
  | CompletionsFrame
  | StatsFrame
  | ControlFrame
  | EndFrame
  | WatchedFrame
  | SampleFrame
  | StateFrame
  | GoneFrame
  | PartFrame
  | ContinuedFrame;

/** The content of each frame on disk, in this order. */
const SCHEMAS = {
  start: object({
    toolVersion: text(255),
    kernelRelease: text(255),
    architecture: text(255),
    pageSize: varint32,
    revision: choice([
      [1, 'v1'],
      [2, 'rc'],
      [3, 'event'],
    ]),
    wallClock: u64,
    note: text(65535),
  }),
  registered: object({
    instance: varint32,
    ifqReg: bytes(MAX_STRUCT),
    eventDesc: bytes(MAX_STRUCT),
    regionDesc: bytes(MAX_STRUCT),
    areaReg: bytes(MAX_STRUCT),
  }),
  completions: object({
    instance: varint32,
    entrySize: choice([
      [16, 16],
      [32, 32],
    ]),
    entries: bytes(MAX_ENTRIES),
  }),
  stats: object({ instance: varint32, receivedBytes: varint64, block: bytes(MAX_STRUCT) }),
  /** A stats frame whose block equals that of the frame before it of the same instance. Not seen by callers. */
  statsSame: object({ instance: varint32, receivedBytes: varint64 }),
  control: object({ instance: varint32, ctrl: bytes(MAX_STRUCT), result: s32 }),
  end: object({ receivedBytes: u64, reason: text(255) }),
  watched: object({
    instance: varint32,
    pid: varint32,
    startTime: varint64,
    command: text(255),
    fd: varint32,
    zcrxId: varint32,
    how: choice([
      [1, 'own'],
      [2, 'mapped'],
      [3, 'remote'],
    ]),
    regionSize: maybe(varint53),
    statsOffset: maybe(varint53),
    rqEntries: maybe(varint32),
    rxBufLen: maybe(varint32),
    note: text(65535),
  }),
  sample: sampleContent,
  /** Of a sample, what is not as in the one before it of the same instance. Not seen by callers. */
  sampleChange: sampleChangeContent,
  /** A sample that equals the one before it of the same instance. Not seen by callers. */
  sampleSame: sampleSameContent,
  state: object({ instance: varint32, state: text(255), reason: text(MAX_WORDS) }),
  gone: object({ instance: varint32, reason: text(MAX_WORDS) }),
  part: object({ sequence: u64, number: varint32, repeated: varint32 }),
  continued: object({ number: varint32 }),
};

/** The names of the frames on disk. */
export type WireType = keyof typeof SCHEMAS;

/** The number of each on disk. 0 is never used: it is what a hole in a file reads as. */
export const WIRE_CODES: Readonly<Record<WireType, number>> = {
  start: 1,
  registered: 2,
  completions: 3,
  stats: 4,
  statsSame: 5,
  control: 6,
  end: 7,
  watched: 8,
  sample: 9,
  sampleChange: 10,
  sampleSame: 11,
  state: 12,
  gone: 13,
  part: 14,
  continued: 15,
};

/** By number. */
const WIRE_TYPES: readonly (WireType | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (Object.keys(WIRE_CODES) as WireType[]).find((type) => WIRE_CODES[type] === code),
);

/** The fields of each content that is made of fields by name. */
const FIELDS: ReadonlyMap<WireType, readonly (readonly [name: string, schema: AnySchema])[]> = new Map(
  Object.entries<AnySchema>(SCHEMAS)
    .filter(([, schema]) => schema instanceof ObjectSchema)
    .map(([type, schema]) => [
      type as WireType,
      Object.entries<AnySchema>((schema as ObjectSchema<never>).properties),
    ]),
);

/** A frame as it stands on disk, before what is not repeated is filled in. */
export type WireFrame =
  | RecordingFrame
  | (Omit<StatsFrame, 'type' | 'block'> & { readonly type: 'statsSame' })
  | SampleChange
  | SampleSame;

/** The name for a number on disk; undefined where this version knows none. */
export function wireType(code: number): WireType | undefined {
  return WIRE_TYPES[code];
}

/**
 * Checks every field and says how many bytes the content takes.
 *
 * @throws RecordingError `bad-frame`, naming the field, its value and what was expected
 */
export function measurePayload(frame: WireFrame): number {
  try {
    const fields = FIELDS.get(frame.type);
    const size =
      fields === undefined ? schemaOf(frame.type).measure(frame).size : measureFields(frame, fields);
    checkEntries(frame);
    return size;
  } catch (error) {
    throw badField(frame, error);
  }
}

/**
 * Checks every field of a sample, before it is compared with the one before it.
 *
 * @throws RecordingError as {@link measurePayload}
 */
export function checkSampleFrame(frame: SampleFrame): void {
  try {
    checkSample(frame);
  } catch (error) {
    throw badField(frame, error);
  }
}

function badField(frame: WireFrame, error: unknown): unknown {
  if (!(error instanceof FieldError)) return error;
  return new RecordingError('bad-frame', `${frame.type} frame: ${error.message}`);
}

function measureFields(
  frame: WireFrame,
  fields: readonly (readonly [name: string, schema: AnySchema])[],
): number {
  const measurer = new Measurer();
  for (const [name, schema] of fields) {
    try {
      schema.measure((frame as unknown as Readonly<Record<string, unknown>>)[name], measurer);
    } catch (error) {
      throw named(error, name);
    }
  }
  return measurer.size;
}

/** Writes the content of a frame that {@link measurePayload} has passed. */
export function writePayload(frame: WireFrame, output: BufferWriter): void {
  schemaOf(frame.type).write(output, frame);
}

/**
 * The frame whose content is the `size` bytes at which `input` stands. The bytes are copied.
 *
 * @throws Error of any kind where the content is not that of such a frame; the message says why
 */
export function readPayload(type: WireType, time: bigint, input: BufferReader, size: number): WireFrame {
  const from = input.currentByteOffset;
  const content = schemaOf(type).read(input);
  // Fields with lengths of their own may also have led past the end, into bytes that are not this frame's.
  const taken = input.currentByteOffset - from;
  if (taken !== size) throw new Error(`the fields take ${taken} bytes, expected ${size}`);
  if (type === 'sample' || type === 'sampleChange' || type === 'sampleSame') {
    // These have a type and a place for the time: taking all fields over into another object is too slow for them.
    (content as { time: bigint }).time = time;
    return content as WireFrame;
  }
  if (type === 'watched') removeUnknown(content as Record<string, unknown>);
  const frame = { type, time, ...content } as WireFrame;
  checkEntries(frame);
  return frame;
}

interface ContentSchema {
  measure(value: unknown): { readonly size: number };
  write(output: BufferWriter, value: unknown): void;
  read(input: BufferReader): object;
}

/** The schemas differ in what they take; which of them fits a frame, its type says. */
function schemaOf(type: WireType): ContentSchema {
  return SCHEMAS[type] as unknown as ContentSchema;
}

/** Fields that may be unknown are absent then, and not there with nothing in them. */
function removeUnknown(content: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(content)) if (value === undefined) delete content[name];
}

function checkEntries(frame: WireFrame): void {
  if (frame.type !== 'completions') return;
  const { entries, entrySize } = frame;
  if (entries.byteLength % entrySize !== 0) {
    throw named(new FieldError(entries, `whole entries of ${entrySize} bytes`), 'entries');
  }
}
