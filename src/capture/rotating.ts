/** A recording in several files, each of which can be read alone: for days, on a disk that is not endless. */
import { randomBytes } from 'node:crypto';
import { RecordingEncoder } from './encoder.js';
import { RecordingError } from './error.js';
import type { ContinuedFrame, PartFrame, RecordingFrame, StartFrame } from './frame.js';
import { checkedFlushInterval, FrameWriter } from './frame-writer.js';
import { LiveInstances } from './live-instances.js';
import { FileSeries } from './series.js';
import { LateFile } from './sink.js';
import type { RecordingStart } from './writer.js';

export interface RotationOptions {
  /** Bytes: once a file has so many, the next frame begins another. 4096 to 2^53 - 1. */
  readonly maxBytes?: number | undefined;
  /** Seconds: once a file has gone on for so long, the next frame begins another. Above 0. */
  readonly maxSeconds?: number | undefined;
  /** Files that are kept, the newest; older parts of recordings of this name are deleted. 1 or more; default: all. */
  readonly keep?: number | undefined;
  /** Milliseconds that a frame may wait in memory, 1 to 1000. Default 500. */
  readonly flushInterval?: number | undefined;
}

/** The smallest file that may be asked for. */
const LEAST_BYTES = 4096;

const CONTINUED = 'continued in the next file';

/** One that this recorder writes itself. */
type OwnFrame = StartFrame | PartFrame | ContinuedFrame;

/** The file that is being written. */
interface CurrentFile {
  readonly writer: FrameWriter;
  readonly sink: LateFile;
  /** Time at which it began. */
  readonly from: bigint;
  /** Bytes that describe the instances, before anything new. */
  readonly headSize: number;
}

/**
 * Records frames to the files `NAME-000001.EXT`, `NAME-000002.EXT` … for a path `NAME.EXT`, with numbers that go on
 * from the highest that is there; no file is ever overwritten or renamed. Each begins with what is known of all
 * instances. A file that is whole ends with an end frame; the next is created only after that.
 *
 * As {@link RecordingWriter} otherwise: frames are taken at once, written within `flushInterval`, and after a failed
 * write the same error comes from every call.
 *
 * @example
 * const recorder = await RotatingRecorder.open('watch.zcrx', start, { maxBytes: 100 << 20, keep: 20 });
 * recorder.append({ type: 'sample', time, instance: 0, counters });
 * recorder.append({ type: 'end', time, receivedBytes, reason: 'interrupted' });
 * await recorder.close();
 */
export class RotatingRecorder {
  readonly #path: string;
  readonly #series: FileSeries;
  readonly #start: RecordingStart;
  readonly #maxBytes: number;
  readonly #maxTime: bigint | undefined;
  readonly #keep: number | undefined;
  readonly #flushInterval: number;

  readonly #sequence = randomBytes(8).readBigUInt64LE();
  readonly #live = new LiveInstances();
  #number = 0;
  #file: CurrentFile;
  /** Bytes of the files before this one. */
  #sizeBefore = 0;
  /** Whether the file before this one is still being written. */
  #finishing = false;
  #ended = false;
  /** Deletes what is too old, one file after the other; never rejects. */
  #pruning: Promise<void> = Promise.resolve();

  private constructor(path: string, start: RecordingStart, options: RotationOptions) {
    const { maxBytes, maxSeconds, keep } = options;
    this.#flushInterval = checkedFlushInterval(options.flushInterval);
    checkOption(
      'maxBytes',
      maxBytes,
      (value) => Number.isSafeInteger(value) && value >= LEAST_BYTES,
      `${LEAST_BYTES} bytes or more`,
    );
    checkOption(
      'maxSeconds',
      maxSeconds,
      (value) => value > 0 && value <= Number.MAX_SAFE_INTEGER,
      'more than 0 seconds',
    );
    checkOption('keep', keep, (value) => Number.isSafeInteger(value) && value >= 1, '1 file or more');
    if (maxBytes === undefined && maxSeconds === undefined) {
      throw new RecordingError(
        'bad-option',
        'maxBytes, maxSeconds: got neither, expected at least one of them',
      );
    }
    this.#path = path;
    this.#series = new FileSeries(path);
    this.#start = start;
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY;
    this.#maxTime = maxSeconds === undefined ? undefined : BigInt(Math.ceil(maxSeconds * 1e9));
    this.#keep = keep;
    this.#file = this.#begin(0n, Promise.resolve());
  }

  /**
   * Begins a recording: the first file is there, with its start frame, before this resolves.
   *
   * @param path what the names of the files are made of
   * @throws RecordingError `write-failed`, `bad-frame`, `bad-option`
   */
  static async open(
    path: string,
    start: RecordingStart,
    options: RotationOptions,
  ): Promise<RotatingRecorder> {
    const recorder = new RotatingRecorder(path, start, options);
    try {
      await recorder.flush();
      await recorder.#pruning;
    } catch (error) {
      await recorder.close().catch(() => {});
      throw error;
    }
    return recorder;
  }

  /** The path of the file that is being written. */
  get path(): string {
    return this.#file.sink.name;
  }

  /** Bytes of all files so far, those in memory and of files deleted since included. */
  get size(): number {
    return this.#sizeBefore + this.#file.writer.size;
  }

  /** What ended the recording before {@link close}, if anything did. */
  get error(): RecordingError | undefined {
    return this.#file.writer.error;
  }

  /**
   * Adds a frame; its time counts from the start of the recording, whatever file it goes to. Its bytes are copied
   * before this returns.
   *
   * @throws RecordingError as {@link RecordingWriter.append}
   */
  append(frame: Exclude<RecordingFrame, OwnFrame>): void {
    const { type } = frame as RecordingFrame;
    if (type === 'start' || type === 'part' || type === 'continued') {
      throw new RecordingError(
        'bad-frame',
        `got a frame of type ${type}, expected one that the caller may add`,
      );
    }
    if (this.#isDue(frame)) this.#rotate(frame.time);
    this.#file.writer.append(frame);
    this.#live.take(frame);
    this.#ended ||= type === 'end';
  }

  /**
   * Resolves when all frames appended before are with the operating system (not necessarily on the disk).
   *
   * @throws RecordingError `write-failed`
   */
  flush(): Promise<void> {
    return this.#file.writer.flush();
  }

  /**
   * Flushes and closes the file. To end the recording cleanly, append an end frame first. May be called
   * again; must be called also after an error.
   *
   * @throws RecordingError `write-failed` or `overrun`: whatever ended the recording
   */
  async close(): Promise<void> {
    await this.#file.writer.close();
    await this.#pruning;
  }

  #isDue(frame: RecordingFrame): boolean {
    const { writer, from, headSize } = this.#file;
    if (this.#ended || frame.type === 'end' || writer.error !== undefined) return false;
    // On a disk that is too slow the file grows, and not what waits in memory for files to come.
    if (this.#finishing) return false;
    // With very many instances, at least half of a file is news.
    if (writer.size >= this.#maxBytes && writer.size >= 2 * headSize) return true;
    const { time } = frame;
    return this.#maxTime !== undefined && typeof time === 'bigint' && time - from >= this.#maxTime;
  }

  #rotate(time: bigint): void {
    const { writer } = this.#file;
    // Whatever is wrong with the frame or the recorder is thrown here, before the file has ended.
    writer.append({ type: 'continued', time, number: this.#number + 1 });
    writer.append({ type: 'end', time, receivedBytes: this.#live.receivedBytes, reason: CONTINUED });
    this.#sizeBefore += writer.size;
    this.#number++;
    this.#finishing = true;
    const finished = writer.close();
    this.#file = this.#begin(time, finished);
  }

  /** @param finished settles when the file before is whole, or it and so the recording has failed */
  #begin(from: bigint, finished: Promise<void>): CurrentFile {
    const encoder = new RecordingEncoder(from);
    const repeated = this.#live.repeat(from);
    const part = {
      type: 'part',
      sequence: this.#sequence,
      number: this.#number,
      repeated: repeated.length,
    } as const;
    const start = {
      ...this.#start,
      type: 'start',
      time: from,
      wallClock: this.#start.wallClock + from,
    } as const;
    let headSize = encoder.header.byteLength;
    for (const frame of [start, { ...part, time: from }, ...repeated]) headSize += encoder.add(frame);

    const sink = new LateFile(this.#path, encoder.header, async () => {
      await finished;
      this.#finishing = false;
      return this.#series.create();
    });
    const writer = new FrameWriter(sink, encoder, headSize, this.#flushInterval);
    const begun = writer.flush();
    // Where it fails, the caller gets the same error from the next call; what stays is tried again with the next file.
    this.#pruning = this.#pruning
      .then(() => begun)
      .then(() => (this.#keep === undefined ? undefined : this.#series.prune(this.#keep)))
      .catch(() => {});
    return { writer, sink, from, headSize };
  }
}

function checkOption(
  name: string,
  value: number | undefined,
  fits: (value: number) => boolean,
  expected: string,
): void {
  if (value !== undefined && !fits(value)) {
    throw new RecordingError('bad-option', `${name}: got ${value}, expected ${expected}`);
  }
}
