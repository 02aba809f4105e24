/** Numbers for people. */

const BINARY = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const DECIMAL = ['', ' k', ' M', ' G', ' T'];

const digits = (value: number) => value.toPrecision(value >= 999.5 ? 4 : 3);

/** Bytes, a number or decimal text, to three digits: `19.5 MiB`. */
export function bytesText(bytes: number | bigint | string): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < BINARY.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return `${plainNumber(value)} bytes`;
  return value < 1e4 ? `${digits(value)} ${BINARY[unit]}` : `${value.toExponential(2)} ${BINARY[unit]}`;
}

/** A count to three digits, in full below ten thousand: `1.25 M`. */
export function countText(count: number | bigint): string {
  let value = Number(count);
  if (value < 10_000) return plainNumber(value);
  let unit = 0;
  while (value >= 1000 && unit < DECIMAL.length - 1) {
    value /= 1000;
    unit++;
  }
  return value < 1e4 ? `${digits(value)}${DECIMAL[unit]}` : `${value.toExponential(2)}${DECIMAL[unit]}`;
}

/** A number without an exponent and with no digits that mean nothing. */
function plainNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/** A length of time in nanoseconds: `350 ms`, `4.75 s`, `2 h 05 min`. */
export function durationText(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  if (seconds === 0) return '0 s';
  if (seconds < 1e-3) return `${Number((seconds * 1e6).toPrecision(3))} µs`;
  if (seconds < 1) return `${Number((seconds * 1e3).toPrecision(3))} ms`;
  if (seconds < 120) return `${seconds.toFixed(2)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`;
  const days = Math.floor(seconds / 86_400);
  return `${days} d ${two((seconds % 86_400) / 3600)} h`;
}

const two = (value: number) => String(Math.floor(value)).padStart(2, '0');

/** A moment, in seconds since the start: `12.345 s`. */
export function momentText(nanoseconds: number): string {
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}

/** A share of 0 to 1; what is not all and not nothing is never rounded to it. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.0005) return 'less than 0.1 %';
  if (share < 1 && share >= 0.9995) return 'more than 99.9 %';
  return `${Number((share * 100).toFixed(1))} %`;
}

/** `2026-09-21 12:00:05 UTC` of nanoseconds since 1970; decimal seconds where no calendar has it. */
export function dateText(wallClock: bigint): string {
  const date = new Date(Number(wallClock / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${wallClock / 1_000_000_000n} s after 1970`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A whole number in decimal; above 2^53, where a sum of doubles has lost its last digits, openly in rounded form. */
export function wholeText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : value.toExponential(6);
}

/** `1 time`, `3 times`. */
export const timesText = (count: number): string => (count === 1 ? 'once' : `${count} times`);
