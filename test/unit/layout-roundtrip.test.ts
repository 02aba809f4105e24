import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decode, encode, layouts, toJson } from '../../src/index.js';
import { bytesOf, fieldsOf, shapes, slotsOf, valuesOf } from './shapes.js';

const RUNS = { numRuns: 15 };

test('every struct, revision, name and arm has a shape', () => {
  expect(new Set(shapes.map(({ struct }) => struct))).toEqual(new Set(layouts.structs));
  const names = layouts.structs.flatMap(({ names }) => Object.values(names).flat());
  expect(new Set(shapes.map(({ name }) => name))).toEqual(new Set(names));
  expect(shapes.filter(({ name }) => name === 'zcrx_ctrl')).toHaveLength(3 * (4 + 3));
});

test('the slots of a shape cover its bytes once', () => {
  for (const shape of shapes) {
    const covered = new Uint8Array(shape.struct.size);
    for (const { offset, width } of slotsOf(shape)) {
      for (let byte = offset; byte < offset + width; byte++) covered[byte] = (covered[byte] as number) + 1;
    }
    expect([...new Set(covered)], shape.title).toEqual([1]);
  }
});

describe.each(shapes)('$title', (shape) => {
  const { name, revision, struct } = shape;

  it('encodes every value at its place and decodes it again', () => {
    fc.assert(
      fc.property(valuesOf(shape), (values) => {
        const fields = fieldsOf(shape, values);
        const bytes = encode(name, fields, { revision });
        expect(bytes).toEqual(bytesOf(shape, values));
        const decoded = decode(name, bytes, { revision });
        expect(decoded.fields).toEqual(fields);
        expect(decoded).toMatchObject({ revision, size: struct.size, struct: struct.names[revision][0] });
      }),
      RUNS,
    );
  });

  it('decodes any bytes to fields that give them back, as JSON too', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: struct.size, maxLength: struct.size }),
        fc.boolean(),
        (bytes, reservedZero) => {
          for (const { selects, rule, offset, width } of slotsOf(shape)) {
            if (selects) new DataView(bytes.buffer).setUint32(offset, shape.selected as number, true);
            else if (reservedZero && rule === 'zero') bytes.fill(0, offset, offset + width);
          }
          const { fields } = decode(name, bytes, { revision });
          expect(encode(name, fields, { revision })).toEqual(bytes);
          const json = JSON.parse(JSON.stringify(toJson(fields)));
          expect(encode(name, json, { revision })).toEqual(bytes);
        },
      ),
      RUNS,
    );
  });
});
