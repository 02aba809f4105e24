import { afterEach, describe, expect, it, test } from 'vitest';
import { decode, encode, planRegion, toJson } from '../../src/index.js';
import { refusal } from './refusal.js';

afterEach(() => {
  expect(Reflect.ownKeys(Object.prototype).filter((key) => !(key in base))).toEqual([]);
});
const base = Object.fromEntries(Reflect.ownKeys(Object.prototype).map((key) => [key, true]));

const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

describe.each(inherited)('the name %s', (name) => {
  const own = (value: unknown) => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as object;

  it('is no field', () => {
    for (const value of [1, { polluted: true }, null]) {
      expect(refusal(() => encode('zcrx_ctrl', own(value)))).toMatchObject({
        code: 'unknown-field',
        field: name,
      });
      expect(refusal(() => encode('zcrx_ctrl', { zc_export: own(value) }))).toMatchObject({
        code: 'unknown-field',
        field: `zc_export.${name}`,
      });
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is no value', () => {
    const error = refusal(() => encode('zcrx_event_desc', { type_mask: name }));
    expect(error).toMatchObject({ code: 'unknown-name', field: 'type_mask' });
  });

  it('is no placement', () => {
    const error = refusal(() => planRegion({ entries: 1, placement: name as 'tight' }));
    expect(error).toMatchObject({
      code: 'out-of-range',
      field: 'placement',
      expected: 'one of none, tight, own-page',
    });
  });
});

test('fields of an object without a prototype, of a class, of a proxy', () => {
  const expected = encode('zcrx_stats', { copy_count: 5 });
  const bare = Object.assign(Object.create(null), { copy_count: 5 });
  class Stats {
    copy_count = 5;
  }
  for (const given of [
    bare,
    new Stats(),
    new Proxy({ copy_count: 5 }, {}),
    Object.freeze({ copy_count: 5 }),
  ]) {
    expect(encode('zcrx_stats', given)).toEqual(expected);
  }
});

test('only own, enumerable fields with text for a name count, and undefined is as good as absent', () => {
  const zero = encode('io_uring_zcrx_ifq_reg', {});
  const hidden = Object.defineProperty({}, 'if_idx', { value: 1, enumerable: false });
  const given = [Object.create({ if_idx: 1 }), hidden, { [Symbol('if_idx')]: 1 }, { nothing: undefined }];
  for (const each of given) expect(encode('io_uring_zcrx_ifq_reg', each)).toEqual(zero);
  // a field of another revision that is undefined mixes nothing
  const one = { event_desc: 1n };
  expect(encode('io_uring_zcrx_ifq_reg', { ...one, notif_desc: undefined })).toEqual(
    encode('io_uring_zcrx_ifq_reg', one),
  );
});

test('getters run once, and may call the library', () => {
  let runs = 0;
  const fields = {
    copy_count: 1n,
    get copy_bytes() {
      encode('io_uring_params', { sq_entries: 0xffff_ffff, flags: 0xffff_ffff });
      return BigInt(++runs);
    },
  };
  expect(decode('zcrx_stats', encode('zcrx_stats', fields)).fields).toEqual({
    copy_count: 1n,
    copy_bytes: 1n,
  });
  expect(runs).toBe(1);
});

const throws = () => {
  throw new TypeError('from within');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const unreadable: [string, unknown][] = [
  ['a getter that throws', Object.defineProperty({}, 'off', { get: throws, enumerable: true })],
  ['a proxy that throws', new Proxy({}, { ownKeys: throws })],
  ['a revoked proxy', revoked.proxy],
  ['a revoked proxy as a value', { off: revoked.proxy }],
  ['a revoked proxy in a list', { off: [revoked.proxy] }],
];

test.each(unreadable)('%s', (_, fields) => {
  const error = refusal(() => encode('io_uring_zcrx_rqe', fields as object));
  expect(error).toMatchObject({ code: 'wrong-type', struct: 'io_uring_zcrx_rqe' });
  expect(error.cause).toBeInstanceOf(TypeError);
});

const circle: unknown[] = [];
circle.push(circle);
const ring: { offsets?: unknown } = {};
ring.offsets = ring;
const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);

const enormous: [string, unknown, string, string][] = [
  ['a long text', { flags: '9'.repeat(10_000_000) }, 'wrong-length', 'flags'],
  ['a long list', { flags: new Array(2 ** 32 - 1) }, 'wrong-length', 'flags'],
  ['a long number', { flags: 1n << 2_000_000n }, 'out-of-range', 'flags'],
  ['a long number as text', { flags: '9'.repeat(4000) }, 'out-of-range', 'flags'],
  ['a list that holds itself', { flags: circle }, 'wrong-type', 'flags'],
  ['a deep list', { flags: deep }, 'wrong-type', 'flags'],
  ['an object that holds itself', ring, 'unknown-field', 'offsets.offsets'],
  ['a long name', { ['x'.repeat(1_000_000)]: 1 }, 'unknown-field', 'x'.repeat(1_000_000)],
  [
    'a function with code for a name',
    { flags: Object.assign(() => 1, { toString: throws }) },
    'wrong-type',
    'flags',
  ],
];

test.each(enormous)('%s', (_, fields, code, field) => {
  const error = refusal(() => encode('io_uring_zcrx_ifq_reg', fields as object));
  expect(error).toMatchObject({ code, field, struct: 'io_uring_zcrx_ifq_reg' });
  expect(error.message.length).toBeLessThan(1000);
});

test('decoded trees hold no inherited names', () => {
  const decoded = decode('zcrx_ctrl', new Uint8Array(72));
  expect(JSON.parse(JSON.stringify(toJson(decoded)))).toMatchObject({
    fields: { zcrx_id: 0, op: 0, zc_flush: {} },
  });
  expect(Object.keys(decoded.fields)).toEqual(['zcrx_id', 'op', 'zc_flush']);
});
