import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RecordingFrame, readRecordingFile } from '../../capture/index.js';

/** A run on Linux 7.3 that the package ships. */
export const SHIPPED_RECORDING = fileURLToPath(
  new URL('../../../recordings/linux-7.3.zcrx', import.meta.url),
);

/**
 * Gives the frames of a recording at the pace at which they were recorded.
 * @returns why it ended early, or undefined
 * @throws RecordingError if the file cannot be read as a recording at all
 */
export async function replay(
  path: string,
  emit: (frame: RecordingFrame) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const started = performance.now();
  for await (const item of readRecordingFile(path)) {
    if (item.type === 'result')
      return item.damage && `the recording is damaged at byte ${item.damage.offset}: ${item.damage.reason}`;
    const due = Number(item.time) / 1e6 - (performance.now() - started);
    if (due > 1) await sleep(due, undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    emit(item);
  }
  return undefined;
}
