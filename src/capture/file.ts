/** Reading a recording from a file. */
import { type FileHandle, open } from 'node:fs/promises';
import { RecordingError, systemReason } from './error.js';
import { type RecordingItem, readRecordingChunks } from './reader.js';

const READ_SIZE = 64 * 1024;

/**
 * The frames of a recording on disk, then one result, as `readRecording` gives them. Memory stays bounded,
 * whatever the size of the file. A file that is still being written is read as far as it goes. The file is
 * closed at the end, and when the loop is left early.
 *
 * @throws RecordingError `read-failed`, `not-a-recording` or `unsupported-version`
 * @example
 * for await (const item of readRecordingFile('run.zcrx')) if (item.type === 'stats') plot(item);
 */
export async function* readRecordingFile(path: string): AsyncGenerator<RecordingItem, void, undefined> {
  yield* readRecordingChunks(chunksOf(path), path);
}

/** The bytes of a file in pieces, each good until the next is asked for. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    // One buffer for all reads: the decoder copies what it is given.
    const buffer = new Uint8Array(READ_SIZE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_SIZE, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw new RecordingError('read-failed', `cannot read recording ${path}: ${systemReason(error)}`, {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}
