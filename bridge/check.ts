import { BridgeError } from './errors.js';

/** A whole number in a range, before it reaches native code (which would wrap it). */
export function wholeNumber(what: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new BridgeError(
    'bad-option',
    `${what} is ${String(value)}, expected a whole number from ${low} to ${high}`,
  );
}

/** The same for a bigint, from 0. */
export function wholeBigint(what: string, value: unknown, high: bigint): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= high) return value;
  throw new BridgeError('bad-option', `${what} is ${String(value)}, expected a bigint from 0 to ${high}`);
}

export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
