// Figures as narrow columns have them: at most 8 characters. What is not known is `-`, never 0.

export const UNKNOWN = '-';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A value with a unit, in so many digits or as many as it needs; a whole number below the first unit stays whole. */
function scaled(value: number, step: number, units: readonly string[], digits = 3): string {
  let unit = 0;
  // What would be rounded up to the step already has the next unit.
  while (value >= step - 0.5 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  if (value >= step - 0.5) return `>${step - 1}${units[unit]}`;
  const least = 10 ** (1 - digits);
  return `${value > 0 && value < least ? `<${least}` : digitsOf(value, unit, digits)}${units[unit]}`;
}

function digitsOf(value: number, unit: number, digits: number): string {
  const isWhole = value >= 10 ** digits - 0.5 || (unit === 0 && (value >= 100 || Number.isInteger(value)));
  if (isWhole) return value.toFixed(0);
  return value < 1 ? value.toFixed(digits - 1) : value.toPrecision(digits);
}

/** Whether a rate can be told at all. */
const isKnown = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value >= 0;

/** Bytes: `1.23GiB`. */
export const bytesText = (bytes: number | bigint | undefined): string => {
  const value = bytes === undefined ? undefined : Number(bytes);
  return isKnown(value) ? scaled(value, 1024, BINARY) : UNKNOWN;
};

/** A number of things: `12.3k`. */
export const countText = (count: number | bigint | undefined): string => {
  const value = count === undefined ? undefined : Number(count);
  return isKnown(value) ? scaled(value, 1000, DECIMAL) : UNKNOWN;
};

/** Buffers, as a column has them in place of bytes: `3.1k buf`. */
export const buffersText = (count: number | undefined): string =>
  isKnown(count) ? `${scaled(count, 1000, DECIMAL, 2)} buf` : UNKNOWN;

/** A whole number, exact where there is room for it. */
export const wholeText = (count: number | undefined): string =>
  count !== undefined && count >= 0 && count < 1e6 ? String(count) : countText(count);

/** A share of 0 to 1 in per cent: nothing and all are said only where they are so. */
export function shareText(share: number | undefined): string {
  if (!isKnown(share)) return UNKNOWN;
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.1) return '<0.1%';
  if (percent >= 100) return '100%';
  if (percent > 99.9) return '>99%';
  return `${percent.toFixed(1)}%`;
}

/** A length of time in at most 6 characters: `12s`, `12m05s`, `3h05m`, `12d3h`, `123d`. */
export function spanText(ns: bigint | undefined): string {
  if (ns === undefined || ns < 0n) return UNKNOWN;
  const seconds = Number(ns / 1_000_000_000n);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return `${minutes}m${two(seconds % 60)}s`;
  if (days === 0) return `${hours}h${two(minutes % 60)}m`;
  if (days < 100) return `${days}d${hours % 24}h`;
  return days < 100_000 ? `${days}d` : '>99999';
}

/** A length of time with its fractions, for sentences: `0.25 s`, `12m05s`. */
export function preciseSpanText(ns: bigint): string {
  const seconds = Number(ns) / 1e9;
  return seconds < 60 ? `${seconds.toFixed(seconds < 1 ? 3 : 2)} s` : spanText(ns);
}
