import { machine, release } from 'node:os';
import { packageVersion } from '../../version.js';
import { openRecordingSink, type RecordRequest } from '../recording.js';
import { WatchRecorder } from './recorder.js';
import type { Listener } from './watcher.js';

/** A watch that is being recorded. */
export interface Recording {
  readonly listener: Listener;
  /** Ends the recording. @throws RecordingError whatever ended it before */
  close(): Promise<void>;
}

/**
 * Begins to record a watch.
 * @param note what is recorded, for people
 * @throws RecordingError, also where the file is there already
 */
export async function openRecording(request: RecordRequest, note: string): Promise<Recording> {
  const origin = process.hrtime.bigint();
  const sink = await openRecordingSink(request, {
    toolVersion: packageVersion(),
    kernelRelease: release(),
    architecture: machine(),
    // Not known here and of no use: nothing of the kernel's own bytes is recorded.
    pageSize: 0,
    revision: 'event',
    wallClock: BigInt(Date.now()) * 1_000_000n,
    note,
  });
  return {
    listener: new WatchRecorder((frame) => sink.append(frame), origin),
    async close() {
      const time = process.hrtime.bigint() - origin;
      if (!sink.error) sink.append({ type: 'end', time, receivedBytes: 0n, reason: 'the watch was ended' });
      await sink.close();
    },
  };
}
