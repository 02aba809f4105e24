import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openHost } from '../../conformance/hosts/cases.mjs';
import { randomNumbers } from '../../conformance/hosts/fuzz.mjs';
import { layouts } from '../../src/index.js';
import { nameIn } from '../../src/layout/description.js';
import { leavesOf } from '../../src/layout/leaves.js';
import { selectorIn } from '../../src/layout/validate.js';
import { REVISIONS } from './data/case.js';

const host = openHost(readFileSync(new URL('../../build/zcrx.wasm', import.meta.url)));
const decode = host.exports.decode as (...args: number[]) => number;
const view = new DataView(host.bytes.buffer);
const AT = host.base;
const OUT = host.base + 1024;

/** A number of a struct, read by hand. */
function numberAt(at: number, width: number, signed: boolean): bigint {
  const bits = Array.from({ length: width }, (_, i) => BigInt(view.getUint8(at + i)) << BigInt(8 * i));
  const value = bits.reduce((sum, part) => sum | part, 0n);
  return BigInt.asUintN(64, signed ? BigInt.asIntN(8 * width, value) : value);
}

test('what the digests stand for is what the bytes say, read by hand', () => {
  const next = randomNumbers(20_261_201);
  let decoded = 0;
  for (let round = 0; round < 20_000; round++) {
    const index = next() % layouts.structs.length;
    const revision = REVISIONS[next() % 3]!;
    for (let word = 0; word < 32; word++) {
      const number = next();
      view.setUint32(AT + 4 * word, number & 3 ? number : (number >>> 2) & 7, true);
    }
    const struct = layouts.structs[index]!;
    const count = decode(index, REVISIONS.indexOf(revision), AT, OUT);
    if (struct.names[revision].length === 0) {
      expect(count).toBe(0);
      continue;
    }
    const bytes = host.bytes.subarray(AT, AT + struct.size);
    const chosen = { struct, revision, name: nameIn(struct, revision), possible: [revision] };
    const leaves = leavesOf(struct, revision, selectorIn(chosen, bytes));
    const expected = leaves.map(({ field, offset }) => numberAt(AT + offset, field.width, field.signed));
    expect([...new BigUint64Array(host.bytes.buffer, OUT, count)]).toEqual(expected);
    decoded++;
  }
  expect(decoded).toBeGreaterThan(15_000);
});
