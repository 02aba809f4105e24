import { isAddressed, readAddressed } from './addressed.js';
import { assemble } from './assemble.js';
import { isColumns, readColumns } from './columns.js';
import type { Line } from './source.js';

/** Whether the input has an address or offset at the beginning of its lines. */
export function isDump(lines: readonly Line[]): boolean {
  return isAddressed(lines) || isColumns(lines);
}

/** Bytes of a dump. */
export function parseDump(lines: readonly Line[]): Uint8Array {
  return isAddressed(lines) ? assemble(readAddressed(lines)) : readColumns(lines);
}
