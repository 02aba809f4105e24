import { describe, expect, test } from 'vitest';
import { decode, encode, toJson } from '../../src/index.js';
import { type Definition, earlierDefinition, releasedDefinition } from './headers.js';
import { builtLayout } from './layout.js';
import { LayoutModule } from './module.js';
import { toHex } from './samples.js';
import { meantFields, numbersOf, samplesSeenByC, shownFields } from './seen-by-c.js';

const layout = builtLayout();
const module = new LayoutModule();

const DEFINITIONS: readonly [string, () => Promise<Definition>][] = [
  ['event', () => releasedDefinition('7.3')],
  ['v1', () => earlierDefinition('v1')],
  ['rc', () => earlierDefinition('rc')],
];

/** Random samples of each struct, beside the few regular ones. */
const PER_STRUCT = 50;
const FETCH_MS = 300_000;

describe.each(DEFINITIONS)('revision %s', { timeout: FETCH_MS }, (_revision, load) => {
  test('the module decodes what C reads and encodes what C writes', async () => {
    for (const sample of await samplesSeenByC(layout, await load(), PER_STRUCT)) {
      const { struct, revision, bytes, seen } = sample;
      const index = module.find(struct.name, revision, bytes.length);
      const where = `${struct.label} ${toHex(bytes)}`;
      const expected = numbersOf(meantFields(sample)).map((value) => BigInt.asIntN(64, value));
      expect(module.decode(index, revision, bytes), where).toEqual(expected);
      expect(seen.bytes, where).toBe(toHex(bytes));
      expect(toHex(module.encode(index, revision, expected, bytes.length)), where).toBe(seen.bytes);
    }
  });

  test('the library decodes what C reads and encodes what C writes', async () => {
    for (const sample of await samplesSeenByC(layout, await load(), PER_STRUCT)) {
      const { struct, revision, bytes, seen } = sample;
      const where = `${struct.label} ${toHex(bytes)}`;
      const decoded = decode(struct.name, bytes, { revision });
      expect(toJson(decoded.fields), where).toEqual(shownFields(sample));
      expect(toHex(encode(struct.name, meantFields(sample), { revision })), where).toBe(seen.bytes);
      expect(toHex(encode(struct.name, decoded.fields, { revision })), where).toBe(seen.bytes);
    }
  });
});
