const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes for people, to three digits. */
export function humanBytes(bytes: number | bigint | string): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(value >= 1000 ? 4 : 3)} ${UNITS[unit]}`;
}

/** A time of the run, as events begin with it. */
export const clock = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(7)} s`;

/** A length of time. */
export const duration = (ms: number): string =>
  ms < 100 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** Milliseconds as events have them: to the microsecond. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;
