/**
 * Recordings: what the kernel wrote, with times, in a file that a replay decodes as it decodes live data.
 * The format is described in docs/recording-format.md.
 */
export type { CaptureBreak, CaptureFile, CaptureItem, CaptureResult } from './capture.js';
export { readCapture } from './capture.js';
export type { DamageCode, RecordingDamage, RecordingResult } from './decoder.js';
export { RecordingDecoder } from './decoder.js';
export { RecordingEncoder } from './encoder.js';
export type { RecordingErrorCode } from './error.js';
export { isRecordingError, RecordingError } from './error.js';
export { readRecordingFile } from './file.js';
export { FORMAT_VERSION } from './format.js';
export type {
  CompletionsFrame,
  ContinuedFrame,
  ControlFrame,
  EndFrame,
  GoneFrame,
  PartFrame,
  RecordingFrame,
  RegisteredFrame,
  SampleFrame,
  StartFrame,
  StateFrame,
  StatsFrame,
  WatchedFrame,
} from './frame.js';
export type { RecordingItem } from './reader.js';
export { readRecording, readRecordingChunks } from './reader.js';
export type { RotationOptions } from './rotating.js';
export { RotatingRecorder } from './rotating.js';
export { captureFiles } from './series.js';
export { snapshotOf } from './snapshot.js';
export type { RecordingStart, RecordingWriterOptions } from './writer.js';
export { RecordingWriter } from './writer.js';
