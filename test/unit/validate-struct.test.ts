import { describe, expect, it } from 'vitest';
import { encode, validate } from '../../src/index.js';
import { STRUCT_TABLES } from './validate-struct-rows.js';

describe.each(Object.entries(STRUCT_TABLES))('%s', (name, { passes, rows }) => {
  it('passes', () => {
    expect(validate(name, encode(name, passes))).toEqual([]);
  });

  it.each(rows)('%s', (_, changed, findings, options) => {
    const bytes = encode(name, { ...passes, ...changed });
    const found = validate(name, bytes, options);
    expect(found.map(({ code, field, expected }) => [code, field, expected])).toEqual(findings);
    // a finding tells its value and says all of it in its message
    for (const { struct, field, message, offset, value } of found) {
      expect(struct).toBe(name);
      expect(message.startsWith(`${name}.${field} is `)).toBe(true);
      const low = bytes[offset] as number;
      expect(BigInt.asUintN(8, value)).toBe(BigInt(low));
    }
  });
});
