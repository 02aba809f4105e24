/** Frames to bytes. Pure: no file, no clock. */
import { crc32 } from 'node:zlib';
import { BufferWriter } from 'typed-binary';
import { RecordingError } from './error.js';
import { show } from './field-error.js';
import { fileHeader, HEADER_CRC_AT, MAX_REMEMBERED_INSTANCE } from './format.js';
import {
  measurePayload,
  type RecordingFrame,
  type StatsFrame,
  WIRE_CODES,
  type WireFrame,
  writePayload,
} from './frames.js';
import { pushVarint, varintSize } from './varint.js';

const FRAME_TYPES: ReadonlySet<string> = new Set([
  'start',
  'registered',
  'completions',
  'stats',
  'control',
  'end',
] satisfies RecordingFrame['type'][]);

/**
 * Turns the frames of one recording, in their order, into its bytes.
 *
 * @example
 * const encoder = new RecordingEncoder();
 * const bytes = Buffer.concat([encoder.header, ...frames.map((frame) => encoder.encode(frame))]);
 */
export class RecordingEncoder {
  /** What the recording begins with. */
  readonly header: Uint8Array<ArrayBuffer> = fileHeader();

  /** The checksum over all frames so far: each frame's goes on from that of the frame before it. */
  #crc = new DataView(this.header.buffer).getUint32(HEADER_CRC_AT, true);
  #time = 0n;
  #state: 'empty' | 'open' | 'ended' = 'empty';
  /** Where frames are put together; kept, since making a writer costs more than a small frame does. */
  #scratch = new Uint8Array(4096);
  #output = writerOf(this.#scratch);
  readonly #lastBlocks = new Map<number, Uint8Array>();

  /**
   * The bytes of `frame`, to follow all that came before.
   *
   * @throws RecordingError `bad-frame` where a field is out of range, the time before that of the last frame,
   * or the frame out of place (`start` first and once, nothing after `end`). The encoder then stands as
   * before the call.
   */
  encode(frame: RecordingFrame): Uint8Array<ArrayBuffer> {
    this.#checkOrder(frame);
    const wire = frame.type === 'stats' ? this.#withoutRepetition(frame) : frame;
    const payloadSize = measurePayload(wire);
    const delta = frame.time - this.#time;
    const size = 5 + varintSize(BigInt(payloadSize)) + varintSize(delta) + payloadSize;

    if (size > this.#scratch.byteLength) {
      this.#scratch = new Uint8Array(2 * size);
      this.#output = writerOf(this.#scratch);
    }
    const output = this.#output;
    output.seekTo(4);
    const push = (byte: number) => output.writeUint8(byte);
    output.writeUint8(WIRE_CODES[wire.type]);
    pushVarint(BigInt(payloadSize), push);
    pushVarint(delta, push);
    writePayload(wire, output);
    const crc = crc32(this.#scratch.subarray(4, size), this.#crc);
    output.seekTo(0);
    output.writeUint32(crc);

    this.#crc = crc;
    this.#time = frame.time;
    this.#state = frame.type === 'end' ? 'ended' : 'open';
    if (wire.type === 'stats' && wire.instance < MAX_REMEMBERED_INSTANCE) {
      this.#lastBlocks.set(wire.instance, new Uint8Array(wire.block));
    }
    return this.#scratch.slice(0, size);
  }

  #checkOrder(frame: RecordingFrame): void {
    const { type, time } = frame;
    if (!FRAME_TYPES.has(type)) {
      throw badFrame(`field 'type': got ${show(type)}, expected one of ${[...FRAME_TYPES].join(', ')}`);
    }
    if (this.#state === 'ended')
      throw badFrame(`got a frame of type ${type} after the end frame, expected none`);
    if ((type === 'start') !== (this.#state === 'empty')) {
      throw badFrame(
        type === 'start'
          ? 'got a second start frame, expected one'
          : `got a frame of type ${type}, expected start first`,
      );
    }
    const last = type === 'start' ? 0n : 2n ** 64n - 1n;
    if (typeof time !== 'bigint' || time < this.#time || time > last) {
      const expected = type === 'start' ? '0n' : `a bigint of ${this.#time} (the frame before) to 2^64-1`;
      throw badFrame(`${type} frame: field 'time': got ${show(time)}, expected ${expected}`);
    }
  }

  /** Counters of fallbacks stand still most of the time: an unchanged block is not written again. */
  #withoutRepetition(frame: StatsFrame): WireFrame {
    const { type: _, block, ...rest } = frame;
    const last = this.#lastBlocks.get(frame.instance);
    const same = last !== undefined && block instanceof Uint8Array && Buffer.compare(last, block) === 0;
    return same ? { type: 'statsSame', ...rest } : frame;
  }
}

function writerOf(bytes: Uint8Array<ArrayBuffer>): BufferWriter {
  return new BufferWriter(bytes.buffer, { endianness: 'little' });
}

function badFrame(message: string): RecordingError {
  return new RecordingError('bad-frame', message);
}
