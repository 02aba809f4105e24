/** Encoded frames on their way to where they are kept: how long they may wait, and what happens when it fails. */
import type { RecordingEncoder } from './encoder.js';
import { RecordingError, systemReason } from './error.js';
import type { RecordingFrame } from './frame.js';
import type { Sink } from './sink.js';

/** Milliseconds that a frame may wait in memory unless told otherwise. */
const DEFAULT_FLUSH_INTERVAL = 500;

/** Bytes that may wait for a slow disk before recording is given up: an hour of four instances at 1000 a second. */
const MAX_PENDING = 256 * 1024 * 1024;

/** @throws RecordingError `bad-option` */
export function checkedFlushInterval(flushInterval: number = DEFAULT_FLUSH_INTERVAL): number {
  if (!(flushInterval >= 1 && flushInterval <= 1000)) {
    throw new RecordingError(
      'bad-option',
      `flushInterval: got ${flushInterval}, expected 1 to 1000 milliseconds`,
    );
  }
  return flushInterval;
}

/**
 * Brings the frames of one file to its sink. {@link append} takes a frame at once and into memory; writing goes on
 * beside it, at least once in `flushInterval`. After a failed write it has ended: the same error comes from every
 * call.
 */
export class FrameWriter {
  readonly #sink: Sink;
  readonly #encoder: RecordingEncoder;
  readonly #flushInterval: number;

  /** Bytes that are not with the sink yet. */
  #pending = 0;
  #size: number;

  #timer: NodeJS.Timeout | undefined;
  /** The last write that was asked for; never rejects. Writes go one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #writeAsked = false;
  #closing: Promise<void> | undefined;
  #error: RecordingError | undefined;

  /** @param size bytes that the sink has already */
  constructor(sink: Sink, encoder: RecordingEncoder, size: number, flushInterval: number) {
    this.#sink = sink;
    this.#encoder = encoder;
    this.#size = size;
    this.#flushInterval = flushInterval;
  }

  /** Bytes of the recording so far, those in memory included. */
  get size(): number {
    return this.#size;
  }

  /** What ended the recording before {@link close}, if anything did. */
  get error(): RecordingError | undefined {
    return this.#error;
  }

  /**
   * Adds a frame. Its bytes are copied before this returns.
   *
   * @throws RecordingError `bad-frame`, after which the writer stands as before the call; `closed`; `overrun`;
   * and the error of an earlier write
   */
  append(frame: RecordingFrame): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#closing !== undefined) {
      throw new RecordingError('closed', `cannot record to ${this.#sink.name}: the recording is closed`);
    }
    const size = this.#encoder.add(frame);
    if (this.#pending + size > MAX_PENDING) {
      throw this.#fail(
        new RecordingError(
          'overrun',
          `cannot record to ${this.#sink.name}: ${this.#pending} bytes wait to be written, expected at most ${MAX_PENDING}`,
        ),
      );
    }
    this.#pending += size;
    this.#size += size;
    // A page that is full is written without waiting for the clock.
    if (this.#encoder.hasFullPage) this.#writeSoon();
    else this.#timer ??= setTimeout(() => this.#writeSoon(), this.#flushInterval);
  }

  /**
   * Resolves when all frames appended before are with the operating system (not necessarily on the disk).
   *
   * @throws RecordingError `write-failed`
   */
  async flush(): Promise<void> {
    this.#writeSoon();
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  /**
   * Flushes and closes the file. To end the recording cleanly, append an end frame first. May be called
   * again; must be called also after an error, to let go of the file.
   *
   * @throws RecordingError `write-failed` or `overrun`: whatever ended the recording
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#writeSoon();
    await this.#writing;
    try {
      await this.#sink.close();
    } catch (error) {
      this.#fail(writeFailed(this.#sink.name, error));
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** Asks for one more write, after those under way, of all that is in memory by then. */
  #writeSoon(): void {
    if (this.#writeAsked) return;
    this.#writeAsked = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    this.#writeAsked = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#error !== undefined) return;
    try {
      for (const page of this.#encoder.take()) {
        await this.#sink.write(page);
        this.#pending -= page.byteLength;
      }
    } catch (error) {
      this.#fail(writeFailed(this.#sink.name, error));
    }
  }

  /** Keeps the first error and lets go of what can no longer be written. */
  #fail(error: RecordingError): RecordingError {
    this.#error ??= error;
    this.#encoder.take();
    return this.#error;
  }
}

export function writeFailed(name: string, error: unknown): RecordingError {
  if (error instanceof RecordingError) return error;
  return new RecordingError('write-failed', `cannot record to ${name}: ${systemReason(error)}`, {
    cause: error,
  });
}
