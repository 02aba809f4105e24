import { toHex } from '../../../layout/hex.js';

/** As many as in a row of the map. */
const PER_LINE = 8;

/** Bytes as the page writes them into its text: eight a line, by fours. */
export function hexText(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; from += PER_LINE) {
    const groups = toHex(bytes.subarray(from, from + PER_LINE)).match(/.{1,8}/g) ?? [];
    lines.push(groups.map((group) => group.match(/../g)?.join(' ')).join('  '));
  }
  return lines.join('\n');
}

/** All bytes of several structs, one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
