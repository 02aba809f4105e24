/** A time of the run, as events begin with it. */
export const clock = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(7)} s`;

/** A length of time. */
export const duration = (ms: number): string =>
  ms < 100 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** Milliseconds as events have them: to the microsecond. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;
