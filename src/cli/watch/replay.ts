import { replay } from '../run/replay.js';
import { RecordedSource } from './recorded.js';

/** The instances of a recording, played back at the pace at which it was recorded. */
export function openReplay(path: string, signal: AbortSignal): RecordedSource {
  const source = new RecordedSource(path);
  replay(path, (frame) => source.take(frame), signal).then(
    (problem) => source.end(problem),
    (error: unknown) => source.fail(error),
  );
  return source;
}
