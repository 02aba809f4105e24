import type { Chosen } from '../../../layout/choose.js';
import type { Leaf } from '../../../layout/leaves.js';
import { NumberReader } from '../../../layout/numbers.js';

/**
 * The bytes with another number in one field: a number, its text, or names of its values.
 * @throws LayoutError `wrong-type`, `unknown-name`, `out-of-range`
 */
export function withNumber(chosen: Chosen, bytes: Uint8Array, leaf: Leaf, input: unknown): Uint8Array {
  const value = new NumberReader(chosen.name, chosen.revision).read(leaf, input);
  const changed = Uint8Array.from(bytes);
  for (let i = 0, rest = BigInt.asUintN(64, value); i < leaf.field.width; i++, rest >>= 8n)
    changed[leaf.offset + i] = Number(rest & 0xffn);
  return changed;
}
