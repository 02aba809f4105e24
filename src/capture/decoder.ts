/** Bytes to frames. Pure: no file, no clock; bytes come in pieces of any size. */
import { BufferReader } from 'typed-binary';
import { crc32 } from './checksum.js';
import { RecordingError } from './error.js';
import {
  FILE_HEADER_SIZE,
  FORMAT_VERSION,
  HEADER_CRC_AT,
  MAGIC,
  MAX_PAYLOAD,
  MAX_REMEMBERED_INSTANCE,
  VERSION_AT,
} from './format.js';
import type { RecordingFrame } from './frame.js';
import { readPayload, type WireFrame, type WireType, wireType } from './frames.js';
import { NoSampleError, SampleMemory } from './sample-memory.js';
import { decodeVarint, varintEnd } from './varint.js';

/** Where and why reading stopped before the end of the file. Every frame before the offset is good. */
export interface RecordingDamage {
  /** Bytes from the start of the file to the first one that is not part of a good frame. */
  readonly offset: number;
  readonly code: DamageCode;
  /** In words. */
  readonly reason: string;
}

export type DamageCode =
  /** The file ends inside the file header or a frame: it was cut, or is being written. */
  | 'truncated'
  /** A checksum does not fit the bytes. */
  | 'checksum'
  /** A frame header that no writer makes: the length above the limit, or a number with no end. */
  | 'header'
  /** The checksum fits, and yet the content is not that of a frame of its type. */
  | 'content'
  /** A good frame in a place where it cannot be, or bytes after the end frame. */
  | 'order';

/** The last item of every reading. */
export interface RecordingResult {
  readonly type: 'result';
  /** Frames given out. */
  readonly frames: number;
  /** Frames of types that this version does not know, passed over. */
  readonly skipped: number;
  /** Bytes of the file up to the end of the last good frame. */
  readonly bytes: number;
  /**
   * Whether the end frame was there. Where it was not and there is no damage either, the file ends between two
   * frames: the recorder was killed, or is still at work.
   */
  readonly complete: boolean;
  /** Present where reading stopped before the end of the file. */
  readonly damage?: RecordingDamage;
}

/** Room for about one read of a file before the buffer has to grow. */
const INITIAL_CAPACITY = 128 * 1024;

const LAST_TIME = 2n ** 64n - 1n;

/**
 * Takes the bytes of one recording in pieces and gives out its frames. Keeps no more than one frame (4 MiB)
 * and one piece.
 *
 * @example
 * decoder.push(chunk);
 * for (let frame = decoder.next(); frame; frame = decoder.next()) use(frame);
 */
export class RecordingDecoder {
  readonly #name: string;

  /** Bytes not yet decoded are those from #from to #to; the first of them is at #offset in the file. */
  #buffer = new Uint8Array(INITIAL_CAPACITY);
  #input = readerOf(this.#buffer);
  #from = 0;
  #to = 0;
  #offset = 0;

  #crc = 0;
  #time = 0n;
  #state: 'header' | 'empty' | 'started' | 'open' | 'continued' | 'ended' = 'header';
  #frames = 0;
  #skipped = 0;
  #damage: RecordingDamage | undefined;
  readonly #lastBlocks = new Map<number, Uint8Array>();
  readonly #samples = new SampleMemory();

  /** @param name what to call the recording in errors, such as its path */
  constructor(name = 'recording') {
    this.#name = name;
  }

  /** Whether damage has been found: more bytes change nothing. */
  get stopped(): boolean {
    return this.#damage !== undefined;
  }

  /** Takes the next bytes of the recording, of any number. They are copied. */
  push(chunk: Uint8Array): void {
    if (this.stopped) return;
    if (this.#to + chunk.byteLength > this.#buffer.byteLength) this.#makeRoom(chunk.byteLength);
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.byteLength;
  }

  /**
   * The next frame, or undefined where more bytes are needed or damage stops the reading.
   *
   * @throws RecordingError `not-a-recording` or `unsupported-version`
   */
  next(): RecordingFrame | undefined {
    if (this.#state === 'header' && !this.stopped) this.#readFileHeader();
    while (!this.stopped && this.#state !== 'header' && this.#from < this.#to) {
      const frame = this.#readFrame();
      if (frame === 'incomplete') return undefined;
      if (frame !== 'skipped') return frame;
    }
    return undefined;
  }

  /** To be called when there are no more bytes and {@link next} has given out all it has. */
  finish(): RecordingResult {
    if (this.#state === 'header' || this.#from < this.#to) {
      const what = this.#state === 'header' ? 'file header' : 'frame';
      this.#stop('truncated', `the file ends ${this.#to - this.#from} bytes into a ${what}`);
    }
    return {
      type: 'result',
      frames: this.#frames,
      skipped: this.#skipped,
      bytes: this.#offset,
      complete: this.#state === 'ended',
      ...(this.#damage && { damage: this.#damage }),
    };
  }

  #readFileHeader(): void {
    const bytes = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + FILE_HEADER_SIZE));
    const start = bytes.subarray(0, MAGIC.byteLength);
    if (start.some((byte, at) => byte !== MAGIC[at])) {
      throw new RecordingError(
        'not-a-recording',
        `${this.#name} is not a zcrx recording: got ${hex(start)} at its start, expected ${hex(MAGIC)}`,
      );
    }
    if (bytes.byteLength < FILE_HEADER_SIZE) return;

    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Before the checksum: a newer version may have put it elsewhere.
    const version = view.getUint32(VERSION_AT, true);
    if (version !== FORMAT_VERSION) {
      throw new RecordingError(
        'unsupported-version',
        `${this.#name} has recording format version ${version}, expected ${FORMAT_VERSION}`,
      );
    }
    this.#crc = view.getUint32(HEADER_CRC_AT, true);
    const crc = crc32(bytes, 0, HEADER_CRC_AT);
    if (crc !== this.#crc) {
      this.#stop('checksum', `the file header's checksum is ${hex32(this.#crc)}, expected ${hex32(crc)}`);
      return;
    }
    this.#state = 'empty';
    this.#consume(FILE_HEADER_SIZE);
  }

  #readFrame(): RecordingFrame | 'incomplete' | 'skipped' | undefined {
    if (this.#state === 'ended') return this.#stop('order', 'bytes after the end frame');
    const buffer = this.#buffer;
    const typeAt = this.#from + 4;
    const lengthAt = typeAt + 1;
    const lengthEnd = varintEnd(buffer, lengthAt, this.#to);
    if (lengthEnd === undefined) return 'incomplete';
    const length = decodeVarint(buffer, lengthAt, lengthEnd);
    // Before waiting for so many bytes: the length is not to be trusted yet.
    if (length === undefined || length > MAX_PAYLOAD) {
      return this.#stop(
        'header',
        `got length ${length ?? 'without an end'}, expected at most ${MAX_PAYLOAD} bytes`,
      );
    }
    const deltaEnd = varintEnd(buffer, lengthEnd, this.#to);
    if (deltaEnd === undefined) return 'incomplete';
    const end = deltaEnd + Number(length);
    if (end > this.#to) return 'incomplete';

    const crc = crc32(buffer, typeAt, end, this.#crc);
    const found = readU32(buffer, this.#from);
    if (found !== crc) {
      return this.#stop('checksum', `the frame's checksum is ${hex32(found)}, expected ${hex32(crc)}`);
    }

    const delta = decodeVarint(buffer, lengthEnd, deltaEnd);
    const time = this.#time + (delta ?? 0n);
    if (delta === undefined || time > LAST_TIME) {
      return this.#stop('header', 'the time of the frame does not fit 64 bits');
    }
    const frame = this.#readContent(buffer[typeAt]!, time, deltaEnd, Number(length));
    if (frame === undefined) return undefined;
    this.#crc = crc;
    this.#time = time;
    this.#consume(end - this.#from);
    return frame;
  }

  /** Undefined where the content is not good; reading has then stopped. */
  #readContent(code: number, time: bigint, at: number, size: number): RecordingFrame | 'skipped' | undefined {
    const type = wireType(code);
    const outOfPlace = this.#expectedInstead(type);
    if (outOfPlace !== undefined) {
      return this.#stop('order', `got a frame of type ${type ?? code}, expected ${outOfPlace}`);
    }
    if (type === undefined) {
      if (this.#state === 'started') this.#state = 'open';
      this.#skipped++;
      return 'skipped';
    }
    let wire: WireFrame;
    try {
      this.#input.seekTo(at);
      wire = readPayload(type, time, this.#input, size);
    } catch (error) {
      return this.#stop('content', `${type} frame: ${error instanceof Error ? error.message : error}`);
    }
    const frame = this.#filledIn(wire);
    if (frame === undefined) return undefined;
    this.#state = STATES[frame.type] ?? 'open';
    this.#frames++;
    return frame;
  }

  /** What should be here instead of a frame of this type; undefined where it is in its place. */
  #expectedInstead(type: WireType | undefined): string | undefined {
    const state = this.#state;
    if (state === 'empty') return type === 'start' ? undefined : 'start first';
    if (type === 'start') return 'one start frame';
    if (type === 'part' && state !== 'started') return 'it right after the start frame';
    if (state === 'continued' && type !== 'end' && type !== undefined) return 'end after a continued frame';
    return undefined;
  }

  /** The frame with what was left out because an earlier one said it, which is remembered for this. */
  #filledIn(wire: WireFrame): RecordingFrame | undefined {
    switch (wire.type) {
      case 'sampleChange':
      case 'sampleSame':
        return this.#withLastSample(wire);
      case 'sample':
        this.#samples.remember(wire);
        return wire;
      case 'watched':
      case 'gone':
        this.#samples.forget(wire.instance);
        return wire;
      case 'statsSame':
        return this.#withBlock(wire);
      case 'stats':
        // A copy, since the frame now belongs to the caller.
        if (wire.instance < MAX_REMEMBERED_INSTANCE) this.#lastBlocks.set(wire.instance, wire.block.slice());
        return wire;
      default:
        return wire;
    }
  }

  #withLastSample(
    wire: Extract<WireFrame, { type: 'sampleChange' | 'sampleSame' }>,
  ): RecordingFrame | undefined {
    try {
      return this.#samples.restore(wire);
    } catch (error) {
      if (!(error instanceof NoSampleError)) throw error;
      return this.#stop('order', `a ${wire.type} frame ${error.message}`);
    }
  }

  #withBlock(wire: Extract<WireFrame, { type: 'statsSame' }>): RecordingFrame | undefined {
    const block = this.#lastBlocks.get(wire.instance);
    if (block === undefined) {
      return this.#stop(
        'order',
        `a statsSame frame of instance ${wire.instance}, expected a stats frame before it`,
      );
    }
    const { time, instance, receivedBytes } = wire;
    return { type: 'stats', time, instance, receivedBytes, block: block.slice() };
  }

  #consume(size: number): void {
    this.#from += size;
    this.#offset += size;
  }

  /** The first damage is the one that counts. */
  #stop(code: DamageCode, reason: string): undefined {
    this.#damage ??= { offset: this.#offset, code, reason };
  }

  /** Moves what is left to the front, into a larger buffer where it and `size` more bytes need one. */
  #makeRoom(size: number): void {
    const left = this.#buffer.subarray(this.#from, this.#to);
    const needed = left.byteLength + size;
    if (needed > this.#buffer.byteLength) {
      // At least twice as large, so that a frame in many small pieces is not copied again for each of them.
      const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.byteLength));
      larger.set(left);
      this.#buffer = larger;
      this.#input = readerOf(larger);
    } else {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    }
    this.#from = 0;
    this.#to = left.byteLength;
  }
}

/** Where the recording stands after a frame of these types. */
const STATES: { readonly [type: string]: 'started' | 'continued' | 'ended' | undefined } = {
  start: 'started',
  continued: 'continued',
  end: 'ended',
};

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function readerOf(buffer: Uint8Array<ArrayBuffer>): BufferReader {
  return new BufferReader(buffer.buffer, { endianness: 'little' });
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
