import { describe, expect, it, test } from 'vitest';
import {
  encode,
  type FieldInput,
  isLayoutError,
  LayoutError,
  type LayoutErrorCode,
} from '../../src/index.js';
import { refusal } from './refusal.js';

type Row = [
  struct: string,
  fields: unknown,
  code: LayoutErrorCode,
  field: string | undefined,
  expected: string,
];

const U32 = '0 to 4294967295';
const U64 = '0 to 18446744073709551615';
const NUMBER = 'a number, a bigint, or text like "42" or "0x2a"';
const WHOLE = 'a whole number up to 2^53, a bigint, or text';
const OBJECT = 'an object with its fields';
const EVENTS = 'a number or ZCRX_EVENT_ALLOC_FAIL, ZCRX_EVENT_COPY';

/** A field of each width, with what does not fit it. */
const numbers: Row[] = (
  [
    ['io_uring_zcrx_rqe', 'len', U32, [2 ** 32, 2n ** 32n, '4294967296', '0x100000000', -1, '-1', 2n ** 64n]],
    [
      'io_uring_zcrx_rqe',
      'off',
      U64,
      [2n ** 64n, '18446744073709551616', '0x10000000000000000', -1, -1n, '-1'],
    ],
    ['io_uring_sqe', 'flags', '0 to 255', [256, -1, '0x100']],
    ['io_uring_sqe', 'ioprio', '0 to 65535', [65536, -1, '65536']],
    ['io_uring_sqe', 'fd', '-2147483648 to 2147483647', [2 ** 31, -(2 ** 31) - 1, '0x80000000', 4294967295]],
    ['io_uring_cqe', 'res', '-2147483648 to 2147483647', [2 ** 31, '0xffffffff']],
    ['io_uring_query_hdr', 'result', '-2147483648 to 2147483647', [-(2n ** 31n) - 1n]],
  ] as const
).flatMap(([struct, field, expected, values]) =>
  values.map((value): Row => [struct, { [field]: value }, 'out-of-range', field, expected]),
);

/** What is no number at all. */
const noNumbers: Row[] = [
  ...[1.5, Number.NaN, Infinity, 2 ** 53, 2 ** 53 + 2, -(2 ** 53)].map(
    (value): Row => ['io_uring_zcrx_rqe', { off: value }, 'wrong-type', 'off', WHOLE],
  ),
  ...[
    '',
    ' ',
    '0x',
    'x',
    '1.5',
    '1e3',
    '+1',
    '-0x1',
    '0b1',
    '1_000',
    '12n',
    '1 2',
    '٣',
    null,
    true,
    {},
    [1],
    () => 1,
  ].map((value): Row => ['io_uring_zcrx_rqe', { off: value }, 'wrong-type', 'off', NUMBER]),
  ['io_uring_zcrx_rqe', { off: Symbol('s') }, 'wrong-type', 'off', NUMBER],
];

const names: Row[] = [
  ['zcrx_event_desc', { type_mask: 'ZCRX_EVENT_OTHER' }, 'unknown-name', 'type_mask', EVENTS],
  ['zcrx_event_desc', { type_mask: ['ZCRX_EVENT_COPY', 'COPY'] }, 'unknown-name', 'type_mask', EVENTS],
  ['zcrx_event_desc', { type_mask: 'ZCRX_EVENT_COPY||1' }, 'unknown-name', 'type_mask', EVENTS],
  ['zcrx_event_desc', { type_mask: '' }, 'unknown-name', 'type_mask', EVENTS],
  ['zcrx_event_desc', { type_mask: [[1]] }, 'wrong-type', 'type_mask', 'a list of numbers or names'],
  ['zcrx_event_desc', { type_mask: [1, null] }, 'wrong-type', 'type_mask', EVENTS],
  ['zcrx_event_desc', { type_mask: [1, 2 ** 32] }, 'out-of-range', 'type_mask', U32],
  // an enumeration takes one value, no list
  ['zcrx_ctrl_arm_event', { event_type: ['ZCRX_EVENT_COPY'] }, 'wrong-type', 'event_type', EVENTS],
  [
    'zcrx_ctrl_arm_event',
    { event_type: 'ZCRX_EVENT_ALLOC_FAIL|ZCRX_EVENT_COPY' },
    'unknown-name',
    'event_type',
    EVENTS,
  ],
  // a name is no value of a field without names
  ['zcrx_event_desc', { user_data: 'ZCRX_EVENT_COPY' }, 'wrong-type', 'user_data', NUMBER],
];

const lists: Row[] = [
  ...[[], [1], [1, 2, 3]].map(
    (value): Row => [
      'io_uring_zcrx_area_reg',
      { __resv2: value },
      'wrong-length',
      '__resv2',
      'an array of 2 numbers',
    ],
  ),
  ...[5, '1,2', null, {}, new BigUint64Array(2), [1, undefined], new Array(2)].map(
    (value): Row => [
      'io_uring_zcrx_area_reg',
      { __resv2: value },
      'wrong-type',
      '__resv2',
      'an array of 2 numbers',
    ],
  ),
  ['io_uring_zcrx_area_reg', { __resv2: [1, -1] }, 'out-of-range', '__resv2[1]', U64],
  ['io_uring_zcrx_area_reg', { __resv2: [[1], 1] }, 'wrong-type', '__resv2[0]', NUMBER],
  ['io_uring_zcrx_ifq_reg', { offsets: { __resv: [0, 'x'] } }, 'wrong-type', 'offsets.__resv[1]', NUMBER],
];

const trees: Row[] = [
  ...[null, 1, 'x', [], [1], new Map(), new Uint8Array(2), new Date(), () => ({})].map(
    (value): Row => ['io_uring_zcrx_ifq_reg', { offsets: value }, 'wrong-type', 'offsets', OBJECT],
  ),
  ...[null, undefined, 1, 'x', [], new Map([['off', 1]]), new Uint8Array(16)].map(
    (value): Row => ['io_uring_zcrx_rqe', value, 'wrong-type', undefined, OBJECT],
  ),
  ['io_uring_zcrx_rqe', { of: 1 }, 'unknown-field', 'of', 'off, len, __pad'],
  ['zcrx_ctrl', { zc_export: { fd: 1 } }, 'unknown-field', 'zc_export.fd', 'zcrx_fd, __resv1'],
  [
    'zcrx_ctrl',
    { zc_export: { __unknown_arm: [] } },
    'unknown-field',
    'zc_export.__unknown_arm',
    'zcrx_fd, __resv1',
  ],
  ['zcrx_ctrl', { op: 1, zc_flush: {} }, 'conflict', 'zc_flush', 'op 0'],
  ['zcrx_ctrl', { zc_export: {}, zc_area: {} }, 'conflict', 'zc_area', 'op 3'],
  ['zcrx_ctrl', { op: 7, zc_export: {} }, 'conflict', 'zc_export', 'op 1'],
  [
    'zcrx_ctrl',
    { op: 2, __unknown_arm: [0, 0, 0, 0, 0, 0] },
    'unknown-field',
    '__unknown_arm',
    'the arm by its name',
  ],
  ['zcrx_ctrl', { op: 4, __unknown_arm: [0] }, 'wrong-length', '__unknown_arm', 'an array of 6 numbers'],
  ['zcrx_stats', { __unknown_arm: [] }, 'unknown-field', '__unknown_arm', 'the arm by its name'],
  ['io_uring_zcrx_ifq_reg', { offsets: { head: 2 ** 32 } }, 'out-of-range', 'offsets.head', U32],
];

describe.each([
  ['a number that does not fit', numbers],
  ['what is no number', noNumbers],
  ['a name or a list of bits', names],
  ['an array', lists],
  ['an object', trees],
])('%s', (_, rows) => {
  it.each(rows)('%s %o: %s of %s', (struct, fields, code, field, expected) => {
    const error = refusal(() => encode(struct, fields as object));
    expect({ code: error.code, struct: error.struct, field: error.field }).toEqual({ code, struct, field });
    expect(error.expected).toContain(expected);
    expect(error.message).toContain(expected);
    expect(error.message).toContain(struct);
    expect(error.message).toContain(field ?? '');
  });
});

test('an error has the offset and the value', () => {
  const error = refusal(() => encode('io_uring_params', { cq_off: { user_addr: -5n } }));
  expect(error).toMatchObject({ field: 'cq_off.user_addr', offset: 112, got: -5n });
  expect(error.message).toBe(`io_uring_params.cq_off.user_addr is -5, expected ${U64}`);
});

const spellings: [FieldInput, bigint][] = [
  [0, 0n],
  [-0, 0n],
  [2 ** 53 - 1, 2n ** 53n - 1n],
  [2n ** 64n - 1n, 2n ** 64n - 1n],
  ['18446744073709551615', 2n ** 64n - 1n],
  ['0xffffffffffffffff', 2n ** 64n - 1n],
  ['0XfF', 255n],
  [' 42 ', 42n],
  ['007', 7n],
  ['-0', 0n],
];

test.each(spellings)('%o means %o', (input, value) => {
  expect(new DataView(encode('io_uring_zcrx_rqe', { off: input }).buffer).getBigUint64(0, true)).toBe(value);
});

test('isLayoutError knows its own, and those of another copy', () => {
  const other = Object.assign(new Error('x'), { name: 'LayoutError', code: 'wrong-type' });
  for (const error of [new LayoutError('wrong-type', 'x'), other]) expect(isLayoutError(error)).toBe(true);
  for (const error of [new Error('x'), { name: 'LayoutError', code: 'x' }, null, undefined, 'x']) {
    expect(isLayoutError(error)).toBe(false);
  }
});
