/** Frames to bytes. Pure: no file, no clock. */
import { BufferWriter } from 'typed-binary';
import { crc32 } from './checksum.js';
import { RecordingError } from './error.js';
import { show } from './field-error.js';
import { fileHeader, HEADER_CRC_AT, MAX_REMEMBERED_INSTANCE } from './format.js';
import type { RecordingFrame, StatsFrame } from './frame.js';
import { checkSampleFrame, measurePayload, WIRE_CODES, type WireFrame, writePayload } from './frames.js';
import { SampleMemory } from './sample-memory.js';
import { numberVarintSize, varintSize, writeNumberVarint, writeVarint } from './varint.js';

const FRAME_TYPES: ReadonlySet<string> = new Set([
  'start',
  'registered',
  'completions',
  'stats',
  'control',
  'end',
  'watched',
  'sample',
  'state',
  'gone',
  'part',
  'continued',
] satisfies RecordingFrame['type'][]);

/** Bytes that are gathered in one piece. */
const PAGE_SIZE = 64 * 1024;

const LAST_TIME = 2n ** 64n - 1n;

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
  #time: bigint;
  readonly #origin: bigint;
  #state: 'empty' | 'started' | 'open' | 'continued' | 'ended' = 'empty';
  readonly #lastBlocks = new Map<number, Uint8Array>();
  readonly #samples = new SampleMemory();

  /** Full pages, and one that is being filled: frames are put together in their place. */
  #full: Uint8Array<ArrayBuffer>[] = [];
  #page = new Uint8Array(4096);
  #output = writerOf(this.#page);
  #used = 0;

  /** @param origin what the times of the frames count from: the time of the start frame, 0 on disk */
  constructor(origin = 0n) {
    this.#time = origin;
    this.#origin = origin;
  }

  /**
   * The bytes of `frame`, to follow all that came before.
   *
   * @throws RecordingError `bad-frame` where a field is out of range, the time before that of the last frame,
   * or the frame out of place (`start` first and once, `part` only after it, nothing but `end` after `continued`
   * and nothing after `end`). The encoder then stands as before the call.
   */
  encode(frame: RecordingFrame): Uint8Array<ArrayBuffer> {
    const size = this.add(frame);
    const bytes = this.#page.slice(this.#used - size, this.#used);
    this.#used -= size;
    return bytes;
  }

  /**
   * As {@link encode}, but keeps the bytes until {@link take}: many frames in one piece, without a copy of each.
   *
   * @returns how many bytes they are
   */
  add(frame: RecordingFrame): number {
    const state = this.#stateAfter(frame);
    const wire = this.#withoutRepetition(frame);
    const payloadSize = measurePayload(wire);
    const delta = frame.time - this.#time;
    const size = 5 + numberVarintSize(payloadSize) + varintSize(delta) + payloadSize;

    if (this.#used + size > this.#page.byteLength) this.#turnPage(size);
    const from = this.#used;
    const output = this.#output;
    output.seekTo(from + 4);
    output.writeUint8(WIRE_CODES[wire.type]);
    writeNumberVarint(output, payloadSize);
    writeVarint(output, delta);
    writePayload(wire, output);
    const crc = crc32(this.#page, from + 4, from + size, this.#crc);
    output.seekTo(from);
    output.writeUint32(crc);

    this.#used += size;
    this.#crc = crc;
    this.#time = frame.time;
    this.#state = state;
    this.#remember(frame, wire);
    return size;
  }

  /** Whether {@link take} would give a piece that is full. */
  get hasFullPage(): boolean {
    return this.#full.length > 0;
  }

  /** What was added since the last call, in pieces of some 64 KiB. They belong to the caller. */
  take(): Uint8Array<ArrayBuffer>[] {
    const pages = this.#full;
    if (this.#used > 0) pages.push(this.#page.slice(0, this.#used));
    this.#full = [];
    this.#used = 0;
    return pages;
  }

  #turnPage(size: number): void {
    if (this.#used > 0) this.#full.push(this.#page.subarray(0, this.#used));
    this.#page = new Uint8Array(Math.max(PAGE_SIZE, size));
    this.#output = writerOf(this.#page);
    this.#used = 0;
  }

  /** Where the recording stands once `frame` is in it. */
  #stateAfter(frame: RecordingFrame): 'started' | 'open' | 'continued' | 'ended' {
    const { type, time } = frame;
    if (!FRAME_TYPES.has(type)) {
      throw badFrame(`field 'type': got ${show(type)}, expected one of ${[...FRAME_TYPES].join(', ')}`);
    }
    const state = this.#state;
    if (state === 'ended') throw badFrame(`got a frame of type ${type} after the end frame, expected none`);
    if ((type === 'start') !== (state === 'empty')) {
      throw badFrame(
        type === 'start'
          ? 'got a second start frame, expected one'
          : `got a frame of type ${type}, expected start first`,
      );
    }
    if (state === 'continued' && type !== 'end') {
      throw badFrame(`got a frame of type ${type} after a continued frame, expected end`);
    }
    if (type === 'part' && state !== 'started') {
      throw badFrame('got a part frame after others, expected it right after the start frame');
    }
    const last = type === 'start' ? this.#origin : LAST_TIME;
    if (typeof time !== 'bigint' || time < this.#time || time > last) {
      const expected =
        type === 'start' ? show(this.#origin) : `a bigint of ${this.#time} (the frame before) to 2^64-1`;
      throw badFrame(`${type} frame: field 'time': got ${show(time)}, expected ${expected}`);
    }
    if (type === 'start') return 'started';
    if (type === 'continued') return 'continued';
    return type === 'end' ? 'ended' : 'open';
  }

  /** The frame in its shortest form: most of what is sampled stands still, or moves a little. */
  #withoutRepetition(frame: RecordingFrame): WireFrame {
    if (frame.type === 'stats') return this.#withoutBlock(frame);
    if (frame.type !== 'sample') return frame;
    checkSampleFrame(frame);
    return this.#samples.shorten(frame);
  }

  #withoutBlock(frame: StatsFrame): WireFrame {
    const { type: _, block, ...rest } = frame;
    const last = this.#lastBlocks.get(frame.instance);
    const same = last !== undefined && block instanceof Uint8Array && Buffer.compare(last, block) === 0;
    return same ? { type: 'statsSame', ...rest } : frame;
  }

  #remember(frame: RecordingFrame, wire: WireFrame): void {
    if (frame.type === 'sample') {
      this.#samples.remember(frame);
    } else if (frame.type === 'watched' || frame.type === 'gone') {
      this.#samples.forget(frame.instance);
    } else if (wire.type === 'stats' && wire.instance < MAX_REMEMBERED_INSTANCE) {
      this.#lastBlocks.set(wire.instance, new Uint8Array(wire.block));
    }
  }
}

function writerOf(bytes: Uint8Array<ArrayBuffer>): BufferWriter {
  return new BufferWriter(bytes.buffer, { endianness: 'little' });
}

function badFrame(message: string): RecordingError {
  return new RecordingError('bad-frame', message);
}
