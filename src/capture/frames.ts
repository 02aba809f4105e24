/** The frames of a recording: as the API has them, and their content on disk as typed-binary schemas. */
import { type AnySchema, type BufferReader, type BufferWriter, object } from 'typed-binary';
import { RecordingError } from './error.js';
import { FieldError } from './field-error.js';
import { bytes, choice, s32, text, varint32, varint64 } from './fields.js';
import { MAX_ENTRIES, MAX_STRUCT } from './format.js';
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

export type RecordingFrame =
  | StartFrame
  | RegisteredFrame
  | CompletionsFrame
  | StatsFrame
  | ControlFrame
  | EndFrame;

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
};

const WIRE_TYPES: ReadonlyMap<number, WireType> = new Map(
  Object.entries(WIRE_CODES).map(([type, code]) => [code, type as WireType]),
);

/** A frame as it stands on disk, before repeated statistics are filled in. */
export type WireFrame =
  | RecordingFrame
  | (Omit<StatsFrame, 'type' | 'block'> & { readonly type: 'statsSame' });

/** The name for a number on disk; undefined where this version knows none. */
export function wireType(code: number): WireType | undefined {
  return WIRE_TYPES.get(code);
}

/**
 * Checks every field and says how many bytes the content takes.
 *
 * @throws RecordingError `bad-frame`, naming the field, its value and what was expected
 */
export function measurePayload(frame: WireFrame): number {
  const values: Readonly<Record<string, unknown>> = { ...frame };
  let size = 0;
  try {
    for (const [name, schema] of Object.entries<AnySchema>(SCHEMAS[frame.type].properties)) {
      size += inField(name, () => schema.measure(values[name]).size);
    }
    checkEntries(frame);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new RecordingError('bad-frame', `${frame.type} frame: ${error.message}`);
  }
  return size;
}

/** Writes the content of a frame that {@link measurePayload} has passed. */
export function writePayload(frame: WireFrame, output: BufferWriter): void {
  const schema: { write(output: BufferWriter, value: unknown): void } = SCHEMAS[frame.type];
  schema.write(output, frame);
}

/**
 * The frame whose content is the `size` bytes at which `input` stands. The bytes are copied.
 *
 * @throws Error of any kind where the content is not that of such a frame; the message says why
 */
export function readPayload(type: WireType, time: bigint, input: BufferReader, size: number): WireFrame {
  const from = input.currentByteOffset;
  const frame = { type, time, ...SCHEMAS[type].read(input) } as WireFrame;
  // Fields with lengths of their own may also have led past the end, into bytes that are not this frame's.
  const taken = input.currentByteOffset - from;
  if (taken !== size) throw new Error(`the fields take ${taken} bytes, expected ${size}`);
  checkEntries(frame);
  return frame;
}

function checkEntries(frame: WireFrame): void {
  if (frame.type !== 'completions') return;
  const { entries, entrySize } = frame;
  inField('entries', () => {
    if (entries.byteLength % entrySize !== 0) {
      throw new FieldError(entries, `whole entries of ${entrySize} bytes`);
    }
  });
}

function inField<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FieldError) error.message = `field '${name}': ${error.message}`;
    throw error;
  }
}
