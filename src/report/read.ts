/** Recordings from disk or a stream into a report. */
import { type RecordingResult, readCapture, readRecordingChunks } from '../capture/index.js';
import type { ReportModel } from './model.js';
import type { FileReport, Report } from './report.js';

/** Frames between two reports of progress. */
const PROGRESS_EVERY = 20_000;

/** Is told how far a recording was read, some times a second; reading goes on when it is done. */
export type Progress = (progress: { readonly frames: number; readonly time: number }) => void | Promise<void>;

/**
 * Gives a recording in one or several files to a model, whatever the order in which they are named.
 * @throws RecordingError `read-failed`, `not-a-recording`, `unsupported-version`, `overlap`
 */
export async function readFiles(
  model: ReportModel,
  paths: readonly string[],
  progress: Progress = () => {},
): Promise<Report> {
  let count = 0;
  for await (const item of readCapture(paths)) {
    if (item.type === 'result') {
      return model.finish(item.files.map(({ path, ...result }) => fileReport(path, result)));
    }
    if (item.type === 'break') model.break(item.reason);
    else model.take(item);
    if (++count % PROGRESS_EVERY === 0) await progress(model.progress);
  }
  throw new Error('reading a capture ended without a result');
}

/** As {@link readFiles}, for bytes that come in pieces. @param name what to call them */
export async function readStream(
  model: ReportModel,
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  progress: Progress = () => {},
): Promise<Report> {
  let count = 0;
  for await (const item of readRecordingChunks(pieces, name)) {
    if (item.type === 'result') return model.finish([fileReport(name, item)]);
    model.take(item);
    if (++count % PROGRESS_EVERY === 0) await progress(model.progress);
  }
  throw new Error('reading a recording ended without a result');
}

function fileReport(
  name: string,
  { frames, skipped, bytes, complete, damage }: Omit<RecordingResult, 'type'>,
): FileReport {
  return {
    name,
    frames,
    skipped,
    bytes,
    complete,
    damage: damage && { offset: damage.offset, reason: damage.reason },
  };
}
