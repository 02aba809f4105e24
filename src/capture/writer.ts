/** Writing a recording while it happens. */
import type { Writable } from 'node:stream';
import { RecordingEncoder } from './encoder.js';
import type { StartFrame } from './frame.js';
import { checkedFlushInterval, FrameWriter, writeFailed } from './frame-writer.js';
import { openFile, openStream, type Sink, STREAM_NAME } from './sink.js';

/** What the start frame says; its time is always 0. */
export type RecordingStart = Omit<StartFrame, 'type' | 'time'>;

export interface RecordingWriterOptions {
  /** Whether a file that is at the path may be replaced. Default false: opening fails with `exists`. */
  readonly overwrite?: boolean;
  /** Milliseconds that a frame may wait in memory, 1 to 1000. Default 500. */
  readonly flushInterval?: number;
}

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
export class RecordingWriter extends FrameWriter {
  private constructor(sink: Sink, encoder: RecordingEncoder, size: number, flushInterval: number) {
    super(sink, encoder, size, flushInterval);
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
    const { overwrite = false } = options;
    const flushInterval = checkedFlushInterval(options.flushInterval);
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
}
