import { describe, expect, it } from 'vitest';
import { decode, type Finding, validate } from '../../src/index.js';
import { type Shape, type Slot, shapes, slotsOf, zeros } from './shapes.js';

const CODES = { zero: 'reserved-not-zero', 'zero-on-entry': 'not-zero-on-entry' } as const;

/** The struct of zeros with one byte set, for each byte of a slot and two values of it. */
function* variants(shape: Shape, slot: Slot) {
  for (let byte = 0; byte < slot.width; byte++) {
    for (const set of [0x01, 0x80]) {
      const bytes = zeros(shape);
      bytes[slot.offset + byte] = set;
      const raw = BigInt(set) << BigInt(8 * byte);
      yield { bytes, value: slot.signed ? BigInt.asIntN(8 * slot.width, raw) : raw };
    }
  }
}

const facts = ({ code, struct, field, offset, value, expected }: Finding) => ({
  code,
  struct,
  field,
  offset,
  value,
  expected,
});

describe.each(shapes)('$title', (shape) => {
  const { name, revision, struct } = shape;
  const slots = slotsOf(shape);
  const key = ({ code, field }: Finding) => `${code} ${field}`;
  const anyway = new Set(validate(name, zeros(shape), { revision }).map(key));
  const added = (findings: readonly Finding[]) =>
    findings.filter((each) => !anyway.has(key(each))).map(facts);
  const request = (bytes: Uint8Array) => added(validate(name, bytes, { revision }));
  const whenever = (bytes: Uint8Array) => added(validate(name, bytes, { revision, request: false }));
  const decoded = (bytes: Uint8Array) => added(decode(name, bytes, { revision }).findings);
  const finding = (slot: Slot, rule: keyof typeof CODES, value: bigint) => ({
    code: CODES[rule],
    struct: struct.names[revision][0],
    field: slot.text,
    offset: slot.offset,
    value,
    expected: '0',
  });

  it('finds every byte that must be zero, alone', () => {
    for (const slot of slots.filter(({ rule }) => rule === 'zero')) {
      for (const { bytes, value } of variants(shape, slot)) {
        const only = [finding(slot, 'zero', value)];
        expect(request(bytes)).toEqual(only);
        expect(whenever(bytes)).toEqual(only);
        expect(decoded(bytes)).toEqual(only);
      }
    }
  });

  it('finds every byte that must be zero on entry, in requests only', () => {
    for (const slot of slots.filter(({ rule }) => rule === 'zero-on-entry')) {
      for (const { bytes, value } of variants(shape, slot)) {
        expect(request(bytes)).toEqual([finding(slot, 'zero-on-entry', value)]);
        expect(whenever(bytes)).toEqual([]);
        expect(decoded(bytes)).toEqual([]);
      }
    }
  });

  it('finds nothing in bytes that are ignored or written by the kernel', () => {
    for (const slot of slots.filter(({ rule }) => rule === 'ignored' || rule === 'written')) {
      for (const { bytes } of variants(shape, slot)) {
        expect(request(bytes), slot.text).toEqual([]);
        expect(whenever(bytes), slot.text).toEqual([]);
        expect(decoded(bytes), slot.text).toEqual([]);
      }
    }
  });
});
