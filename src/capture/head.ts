/** What a file says of itself at its beginning. */
import { RecordingDecoder } from './decoder.js';
import { chunksOf } from './file.js';
import type { PartFrame, StartFrame } from './frame.js';

export interface FileHead {
  /** Absent where the file is damaged or ends before its end: there is nothing in such a file. */
  readonly start?: StartFrame;
  /** Absent where the file is not part of a rotated recording. */
  readonly part?: PartFrame;
}

/**
 * Reads no more of the file than its first frames take.
 *
 * @throws RecordingError `read-failed`, `not-a-recording` or `unsupported-version`
 */
export async function readHead(path: string): Promise<FileHead> {
  const decoder = new RecordingDecoder(path);
  let start: StartFrame | undefined;
  for await (const chunk of chunksOf(path)) {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      if (frame.type === 'start') start = frame;
      else return { ...(start && { start }), ...(frame.type === 'part' && { part: frame }) };
    }
    if (decoder.stopped) break;
  }
  // Of a file without a byte nothing has been asked yet.
  decoder.next();
  return start === undefined ? {} : { start };
}
