import { BridgeError } from './errors.js';

/** A whole number in a range, before it reaches native code (which would wrap it). */
export function wholeNumber(what: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new BridgeError(
    'bad-option',
    `${what} is ${String(value)}, expected a whole number from ${low} to ${high}`,
  );
}

export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
