/** Figures as the words of a reason have them: three digits, with units. */

const BYTES = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

const digits = (value: number): string =>
  value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

/** 1536 is 1.5 KiB. */
export function bytes(count: number | bigint): string {
  let value = Number(count);
  let unit = 0;
  // What is rounded up to 1024 of a unit is 1 of the next.
  while (Math.round(value) >= 1024 && unit < BYTES.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${digits(value)} ${BYTES[unit]}`;
}

/** Numbers of things, with commas from 1000 on; what is not whole is a rate. */
export function count(value: number | bigint): string {
  const number = Number(value);
  if (number < 1000) return digits(number);
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share of 0 to 1, in per cent. What is not all does not become 100 %, what is not nothing does not become 0 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return 'less than 0.01 %';
  if (value < 100 && value > 99.9) return 'more than 99.9 %';
  return `${digits(value)} %`;
}

/** A length of time. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** One thing, or several: `2 entries`. */
export const several = (number: number | bigint, one: string, many = `${one}s`): string =>
  `${count(number)} ${Number(number) === 1 ? one : many}`;
