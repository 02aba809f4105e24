/** The content of the frames on disk, as typed-binary schemas. */
import {
  type AnySchema,
  type BufferReader,
  type BufferWriter,
  Measurer,
  ObjectSchema,
  object,
} from 'typed-binary';
import { RecordingError } from './error.js';
import { FieldError, named } from './field-error.js';
import { bytes, choice, maybe, s32, text, varint32, varint53, varint64 } from './fields.js';
import { MAX_ENTRIES, MAX_STRUCT, MAX_WORDS } from './format.js';
import type { RecordingFrame, SampleFrame, StatsFrame } from './frame.js';
import {
  checkSample,
  type SampleChange,
  type SampleSame,
  sampleChangeContent,
  sampleContent,
  sampleSameContent,
} from './sample-fields.js';
import { u64 } from './u64.js';

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
