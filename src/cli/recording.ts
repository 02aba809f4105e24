import type { Command } from 'commander';
import {
  type RecordingFrame,
  type RecordingStart,
  RecordingWriter,
  RotatingRecorder,
} from '../capture/index.js';
import { UsageError } from './errors.js';
import { byteCount, positiveNumber, seconds } from './options.js';

/** The options of a command that records, as they were read. */
export interface RecordOptions {
  readonly record?: string;
  readonly rotateSize?: number;
  readonly rotateAfter?: number;
  readonly keep?: number;
}

/** Where to record to, and how the recording is divided into files. */
export interface RecordRequest {
  readonly path: string;
  /** Bytes. */
  readonly rotateSize: number | undefined;
  readonly rotateSeconds: number | undefined;
  readonly keep: number | undefined;
}

/** A recording that is being written. */
export interface RecordingSink {
  /** What ended it early, if anything did. */
  readonly error: Error | undefined;
  append(frame: RecordingFrame): void;
  close(): Promise<void>;
}

/** Adds `--record` and what belongs to it. @param what is recorded */
export const addRecordOptions = (command: Command, what: string): Command =>
  command
    .option('--record <file>', `record ${what}`)
    .option(
      '--rotate-size <bytes>',
      'begin another file at this size (K, M, G): FILE-000001, FILE-000002 …',
      byteCount,
    )
    .option('--rotate-after <seconds>', 'begin another file after so long', seconds)
    .option(
      '--keep <n>',
      'the newest of these files to keep; the others are deleted (default: all)',
      positiveNumber,
    );

/** @throws UsageError for options that do not go together */
export function recordOf({
  record,
  rotateSize,
  rotateAfter,
  keep,
}: RecordOptions): RecordRequest | undefined {
  const rotates = rotateSize !== undefined || rotateAfter !== undefined;
  if (record === undefined && (rotates || keep !== undefined))
    throw new UsageError(
      '--rotate-size, --rotate-after and --keep are for recordings: give --record FILE too',
    );
  if (keep !== undefined && !rotates)
    throw new UsageError(
      '--keep is for recordings in several files: give --rotate-size or --rotate-after too',
    );
  return record === undefined ? undefined : { path: record, rotateSize, rotateSeconds: rotateAfter, keep };
}

/** Begins a recording. @throws RecordingError, also where the file is there already */
export async function openRecordingSink(
  { path, rotateSize: maxBytes, rotateSeconds: maxSeconds, keep }: RecordRequest,
  start: RecordingStart,
): Promise<RecordingSink> {
  const rotates = maxBytes !== undefined || maxSeconds !== undefined;
  if (!rotates) return RecordingWriter.open(path, start);
  const recorder = await RotatingRecorder.open(path, start, { maxBytes, maxSeconds, keep });
  return {
    get error() {
      return recorder.error;
    },
    append: (frame) => recorder.append(frame as Parameters<RotatingRecorder['append']>[0]),
    close: () => recorder.close(),
  };
}
