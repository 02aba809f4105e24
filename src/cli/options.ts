import { InvalidArgumentError, Option } from 'commander';
import { ABI_REVISIONS } from '../layout/revision.js';

/** `--revision`, the same in every command that has it. */
export const revisionOption = () =>
  new Option(
    '-r, --revision <name>',
    'revision of the interface: v1 (first public patches), rc (7.2-rc1 to rc4), event (7.2 and later); default: what the names imply',
  ).choices([...ABI_REVISIONS]);

/** `--json`, the same in every command. */
export const jsonOption = () => new Option('--json', 'print one JSON document');

/** Reads an option's whole number, decimal or hexadecimal. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const value = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number, as 128 or 0x80.');
}

/** Reads an option's count of at least one. @throws InvalidArgumentError */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('Expected at least 1.');
}

/** Reads an option's address of 64 bits, decimal or hexadecimal. @throws InvalidArgumentError */
export function addressNumber(text: string): bigint {
  const value = /^(\d{1,20}|0x[\da-f]{1,16})$/i.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value < 1n << 64n) return value;
  throw new InvalidArgumentError('Expected an address, as 0x7ffd0c5a1c40.');
}

const UNITS: { readonly [unit: string]: number } = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Reads an option's count of bytes, as 65536, 64K, 16M or 1G. @throws InvalidArgumentError */
export function byteCount(text: string): number {
  const [, digits, unit] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * (UNITS[(unit ?? '').toUpperCase()] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected bytes, as 65536, 64K or 16M.');
}

/** Reads an option's seconds, with or without a fraction. At most 24 days: timers take no more. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 86_400 * 24) return value;
  throw new InvalidArgumentError('Expected seconds, as 3 or 0.5.');
}
