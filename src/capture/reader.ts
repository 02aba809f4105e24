/** Reading a recording that is in memory, or comes in pieces from anywhere. */
import { RecordingDecoder, type RecordingResult } from './decoder.js';
import type { RecordingFrame } from './frame.js';

/** Frames, and as the last item, and only there, the result. */
export type RecordingItem = RecordingFrame | RecordingResult;

/** Bytes handed to the decoder at a time, so that it copies little of a recording that is all in memory. */
const PIECE = 64 * 1024;

/**
 * The frames of a recording in memory, then one {@link RecordingResult}, which tells of damage.
 *
 * @param name what to call the recording in errors
 * @throws RecordingError `not-a-recording` or `unsupported-version`, from the first step of the iteration
 * @example
 * for (const item of readRecording(bytes)) {
 *   if (item.type === 'result') console.log(item.complete, item.damage?.reason);
 * }
 */
export function* readRecording(bytes: Uint8Array, name?: string): Generator<RecordingItem, void, undefined> {
  const decoder = new RecordingDecoder(name);
  for (let at = 0; at < bytes.byteLength && !decoder.stopped; at += PIECE) {
    decoder.push(bytes.subarray(at, at + PIECE));
    yield* framesOf(decoder);
  }
  yield decoder.finish();
}

/**
 * As {@link readRecording}, for bytes that come in pieces: standard input, a socket, a response body. Keeps
 * one frame and one piece in memory. Errors of the source pass through.
 */
export async function* readRecordingChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name?: string,
): AsyncGenerator<RecordingItem, void, undefined> {
  const decoder = new RecordingDecoder(name);
  for await (const chunk of chunks) {
    decoder.push(chunk);
    yield* framesOf(decoder);
    if (decoder.stopped) break;
  }
  yield decoder.finish();
}

function* framesOf(decoder: RecordingDecoder): Generator<RecordingFrame, void, undefined> {
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) yield frame;
}
