/**
 * Recordings: what the kernel wrote, with times, in a file that a replay decodes as it decodes live data.
 * The format is described in docs/recording-format.md.
 */
export type { DamageCode, RecordingDamage, RecordingResult } from './decoder.js';
export { RecordingDecoder } from './decoder.js';
export { RecordingEncoder } from './encoder.js';
export type { RecordingErrorCode } from './error.js';
export { isRecordingError, RecordingError } from './error.js';
export { readRecordingFile } from './file.js';
export { FORMAT_VERSION } from './format.js';
export type {
  CompletionsFrame,
  ControlFrame,
  EndFrame,
  RecordingFrame,
  RegisteredFrame,
  StartFrame,
  StatsFrame,
} from './frames.js';
export type { RecordingItem } from './reader.js';
export { readRecording, readRecordingChunks } from './reader.js';
export type { RecordingStart, RecordingWriterOptions } from './writer.js';
export { RecordingWriter } from './writer.js';
