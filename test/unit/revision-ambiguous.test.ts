import { describe, expect, it, test } from 'vitest';
import { type AbiRevision, decode, encode } from '../../src/index.js';

type Readings = Record<AbiRevision, string | string[] | undefined>;

const ALLOC_FAIL = 'ZCRX_EVENT_ALLOC_FAIL';
const COPY = 'ZCRX_EVENT_COPY';
const NO_BUFFERS_NOTIF = 'ZCRX_NOTIF_NO_BUFFERS';
const COPY_NOTIF = 'ZCRX_NOTIF_COPY';

const ambiguous = (findings: readonly { code: string }[]) =>
  findings.filter(({ code }) => code === 'ambiguous-revision');

const completions: [res: number, readings: Readings][] = [
  [0, { v1: undefined, rc: NO_BUFFERS_NOTIF, event: ALLOC_FAIL }],
  [1, { v1: [NO_BUFFERS_NOTIF], rc: COPY_NOTIF, event: COPY }],
  [2, { v1: [COPY_NOTIF], rc: undefined, event: undefined }],
  [3, { v1: [NO_BUFFERS_NOTIF, COPY_NOTIF], rc: undefined, event: undefined }],
];

describe.each([16, 32])('a completion of %d bytes', (size) => {
  const completion = (res: number, flags = 0) => {
    const big = size === 32 ? { big_cqe: [0, 0] } : {};
    return encode('io_uring_cqe', { user_data: 5, res, flags, ...big });
  };

  it.each(completions)('with res %d', (res, readings) => {
    const bytes = completion(res);
    expect(bytes).toHaveLength(size);
    const open = decode('io_uring_cqe', bytes);
    expect(open.revision).toBe('event');
    expect(ambiguous(open.findings)).toMatchObject([
      {
        struct: 'io_uring_cqe',
        field: 'res',
        offset: 8,
        value: BigInt(res),
        expected: 'a revision (v1, rc, event)',
      },
    ]);
    for (const name of [readings.event, readings.v1].flat()) {
      expect(open.findings[0]?.message).toContain(name ?? 'nothing');
    }
    for (const revision of ['v1', 'rc', 'event'] as const) {
      const decoded = decode('io_uring_cqe', bytes, { revision });
      expect(decoded.names.res).toEqual(readings[revision]);
      expect(decoded.findings).toEqual([]);
    }
  });

  it.each([
    ['an error', -12, 0],
    ['all bits', -1, 0],
    ['a length', 4096, 0],
    ['a type that no revision has', 4, 0],
    ['one byte, and more to come', 1, 2],
    ['no bytes of a socket that has more', 0, 4],
    ['a 32-byte completion of a mixed ring', 1, 0x8000],
  ])('with %s is no event', (_, res, flags) => {
    const decoded = decode('io_uring_cqe', completion(res, flags));
    expect(decoded.findings).toEqual([]);
    expect(decoded.names.res).toBeUndefined();
    expect(decoded.fields).toMatchObject({ res, flags });
  });
});

const arms: [type: number, readings: Readings][] = [
  [0, { v1: [], rc: NO_BUFFERS_NOTIF, event: ALLOC_FAIL }],
  [1, { v1: [NO_BUFFERS_NOTIF], rc: COPY_NOTIF, event: COPY }],
  [2, { v1: [COPY_NOTIF], rc: undefined, event: undefined }],
  [3, { v1: [NO_BUFFERS_NOTIF, COPY_NOTIF], rc: undefined, event: undefined }],
];
const ARM = {
  v1: ['zc_arm_notif', 'type_mask'],
  rc: ['zc_arm_notif', 'notif_type'],
  event: ['zc_arm_event', 'event_type'],
} as const;

test.each(arms)('re-arming %d', (type, readings) => {
  const bytes = encode('zcrx_ctrl', { zcrx_id: 3, zc_arm_event: { event_type: type } });
  const open = decode('zcrx_ctrl', bytes);
  expect(ambiguous(open.findings)).toMatchObject([
    { struct: 'zcrx_ctrl', field: 'zc_arm_event.event_type', offset: 24, value: BigInt(type) },
  ]);
  for (const revision of ['v1', 'rc', 'event'] as const) {
    const [arm, field] = ARM[revision];
    const decoded = decode('zcrx_ctrl', bytes, { revision });
    expect((decoded.names[arm] as Record<string, unknown> | undefined)?.[field]).toEqual(readings[revision]);
    expect(ambiguous(decoded.findings)).toEqual([]);
    // what a revision has no type for is found there, and there alone
    expect(decoded.findings.map(({ code }) => code)).toEqual(
      readings[revision] === undefined ? ['unknown-value'] : [],
    );
  }
});

test('the mask of v1 has no other bits', () => {
  const bytes = encode('zcrx_ctrl_arm_notif', { type_mask: 4 });
  expect(decode('zcrx_ctrl_arm_notif', bytes, { revision: 'v1' }).findings).toMatchObject([
    { code: 'unknown-bits', field: 'type_mask', expected: 'bits of 0x3' },
  ]);
});

test('a name that v1 and rc share is ambiguous between them alone', () => {
  const [finding, ...more] = decode(
    'zcrx_ctrl_arm_notif',
    encode('zcrx_ctrl_arm_notif', { type_mask: 1 }),
  ).findings;
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    code: 'ambiguous-revision',
    field: 'type_mask',
    expected: 'a revision (v1, rc)',
  });
});

test.each([
  ['zcrx_ctrl', { op: 0 }],
  ['zcrx_ctrl', { op: 1 }],
  ['zcrx_ctrl', { op: 3 }],
  ['zcrx_ctrl_arm_event', { event_type: 1 }],
  ['io_uring_query_hdr', { query_op: 3 }],
  ['zcrx_notification_desc', { type_mask: 3 }],
  ['zcrx_event_desc', { type_mask: 3 }],
  ['io_uring_sqe', { opcode: 58 }],
])('%s %o reads the same in all revisions that it fits', (name, fields) => {
  expect(ambiguous(decode(name, encode(name, fields)).findings)).toEqual([]);
});
