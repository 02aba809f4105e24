/** Writing a recording while it happens. */
import type { Writable } from 'node:stream';
import { RecordingEncoder } from './encoder.js';
import { RecordingError, systemReason } from './error.js';
import type { RecordingFrame, StartFrame } from './frames.js';
import { openFile, openStream, type Sink, STREAM_NAME } from './sink.js';

/** What the start frame says; its time is always 0. */
export type RecordingStart = Omit<StartFrame, 'type' | 'time'>;

export interface RecordingWriterOptions {
  /** Whether a file that is at the path may be replaced. Default false: opening fails with `exists`. */
  readonly overwrite?: boolean;
  /** Milliseconds that a frame may wait in memory, 1 to 1000. Default 500. */
  readonly flushInterval?: number;
}

const DEFAULT_FLUSH_INTERVAL = 500;

/** Bytes written at a time; a page that is full is written without waiting for the clock. */
const PAGE_SIZE = 64 * 1024;

/** Bytes that may wait for a slow disk before recording is given up: an hour of four instances at 1000 a second. */
const MAX_PENDING = 256 * 1024 * 1024;

/**
 * Records frames to a file or a stream.
 *
 * {@link append} takes a frame at once and into memory; writing goes on beside it, at least once in
 * `flushInterval`, so that a recorder that is killed loses no more than that, and the file can be read while
 * it grows. After a failed write the recording has ended: the same error comes from every call.
 *
 * @example
 * const writer = await RecordingWriter.open('run.zcrx', start);
 * writer.append({ type: 'stats', time, instance: 0, receivedBytes, block });
 * writer.append({ type: 'end', time, receivedBytes, reason: 'interrupted' });
 * await writer.close();
 */
export class RecordingWriter {
  readonly #sink: Sink;
  readonly #encoder: RecordingEncoder;
  readonly #flushInterval: number;

  /** Full pages, and one that is being filled. */
  #pages: Uint8Array[] = [];
  #page = new Uint8Array(PAGE_SIZE);
  #used = 0;
  #pending = 0;
  #size: number;

  #timer: NodeJS.Timeout | undefined;
  /** The last write that was asked for; never rejects. Writes go one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #writeAsked = false;
  #closing: Promise<void> | undefined;
  #error: RecordingError | undefined;

  private constructor(sink: Sink, encoder: RecordingEncoder, size: number, flushInterval: number) {
    this.#sink = sink;
    this.#encoder = encoder;
    this.#size = size;
    this.#flushInterval = flushInterval;
  }

  /**
   * Begins a recording: the file header and the start frame are written before this resolves. A path is
   * created, and where that fails nothing is left behind; a stream is written to and never ended.
   *
   * @throws RecordingError `exists`, `write-failed`, `bad-frame`, `bad-option`
   */
  static async open(
    target: string | Writable,
    start: RecordingStart,
    options: RecordingWriterOptions = {},
  ): Promise<RecordingWriter> {
    const { overwrite = false, flushInterval = DEFAULT_FLUSH_INTERVAL } = options;
    if (!(flushInterval >= 1 && flushInterval <= 1000)) {
      throw new RecordingError(
        'bad-option',
        `flushInterval: got ${flushInterval}, expected 1 to 1000 milliseconds`,
      );
    }
    const encoder = new RecordingEncoder();
    const first = encoder.encode({ ...start, type: 'start', time: 0n });
    const head = Buffer.concat([encoder.header, first]);
    try {
      const sink =
        typeof target === 'string' ? await openFile(target, head, overwrite) : await openStream(target, head);
      return new RecordingWriter(sink, encoder, head.byteLength, flushInterval);
    } catch (error) {
      throw writeFailed(typeof target === 'string' ? target : STREAM_NAME, error);
    }
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
    const bytes = this.#encoder.encode(frame);
    if (this.#pending + bytes.byteLength > MAX_PENDING) {
      throw this.#fail(
        new RecordingError(
          'overrun',
          `cannot record to ${this.#sink.name}: ${this.#pending} bytes wait to be written, expected at most ${MAX_PENDING}`,
        ),
      );
    }
    this.#buffer(bytes);
    if (this.#pages.length > 0) this.#writeSoon();
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

  #buffer(bytes: Uint8Array): void {
    if (this.#used + bytes.byteLength > PAGE_SIZE) {
      this.#turnPage();
    }
    if (bytes.byteLength > PAGE_SIZE) {
      this.#pages.push(bytes);
    } else {
      this.#page.set(bytes, this.#used);
      this.#used += bytes.byteLength;
    }
    this.#pending += bytes.byteLength;
    this.#size += bytes.byteLength;
  }

  #turnPage(): void {
    if (this.#used === 0) return;
    this.#pages.push(this.#page.subarray(0, this.#used));
    this.#page = new Uint8Array(PAGE_SIZE);
    this.#used = 0;
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
    this.#turnPage();
    const pages = this.#pages;
    this.#pages = [];
    try {
      for (const page of pages) {
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
    this.#pages = [];
    this.#used = 0;
    return this.#error;
  }
}

function writeFailed(name: string, error: unknown): RecordingError {
  if (error instanceof RecordingError) return error;
  return new RecordingError('write-failed', `cannot record to ${name}: ${systemReason(error)}`, {
    cause: error,
  });
}
