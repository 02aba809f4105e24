import type { ListenErrorCode } from '../web/listen.js';

/** Why metrics cannot be served, as a stable code; the message of a {@link MetricsError} has the words. */
export type MetricsErrorCode = ListenErrorCode;

/** The one error of metrics. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether something thrown is a {@link MetricsError}, even one of another copy of this package. */
export function isMetricsError(error: unknown, code?: MetricsErrorCode): error is MetricsError {
  if (!(error instanceof Error) || error.name !== 'MetricsError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
