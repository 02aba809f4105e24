import type { Chosen } from './choose.js';
import { toHex } from './hex.js';
import { leavesOf, pathText } from './leaves.js';
import { selectorIn } from './validate.js';

/** Bytes as an array in C, one line a number of the struct. */
export function cArray(chosen: Chosen, bytes: Uint8Array): string {
  const leaves = leavesOf(chosen.struct, chosen.revision, selectorIn(chosen, bytes));
  const lines = leaves.map((leaf) => {
    const part = bytes.subarray(leaf.offset, leaf.offset + leaf.field.width);
    const items = [...part].map((byte) => `0x${toHex([byte])},`).join(' ');
    return `\t${items.padEnd(8 * 6 - 1)} /* ${leaf.offset}: ${pathText(leaf)} */`;
  });
  const head = `/* struct ${chosen.name}, revision ${chosen.revision}, little endian */`;
  return [head, `static const unsigned char ${chosen.name}[${bytes.length}] = {`, ...lines, '};', ''].join(
    '\n',
  );
}
