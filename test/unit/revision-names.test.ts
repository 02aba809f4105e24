import { describe, expect, it, test } from 'vitest';
import { type AbiRevision, decode, encode } from '../../src/index.js';
import { refusal } from './refusal.js';

/** A name in use: the revisions that have it, the one it means alone, and the number it puts at an offset. */
type Row = [
  struct: string,
  fields: Record<string, unknown>,
  revisions: AbiRevision[],
  numbers: Partial<Record<AbiRevision, [offset: number, number: number]>>,
];

const both = (number: [number, number]) => ({ v1: number, rc: number });
const all = (number: [number, number]) => ({ ...both(number), event: number });

// the table of names across revisions, row by row
const rows: Row[] = [
  // event types: bits in v1, indices since; in the mask always a bit
  ['zcrx_notification_desc', { type_mask: 'ZCRX_NOTIF_NO_BUFFERS' }, ['v1', 'rc'], both([8, 1])],
  ['zcrx_notification_desc', { type_mask: 'ZCRX_NOTIF_COPY' }, ['v1', 'rc'], both([8, 2])],
  ['zcrx_event_desc', { type_mask: 'ZCRX_EVENT_ALLOC_FAIL' }, ['event'], { event: [8, 1] }],
  ['zcrx_event_desc', { type_mask: 'ZCRX_EVENT_COPY' }, ['event'], { event: [8, 2] }],
  ['io_uring_cqe', { res: 'ZCRX_NOTIF_NO_BUFFERS' }, ['v1', 'rc'], { v1: [8, 1], rc: [8, 0] }],
  ['io_uring_cqe', { res: 'ZCRX_NOTIF_COPY' }, ['v1', 'rc'], { v1: [8, 2], rc: [8, 1] }],
  ['io_uring_cqe', { res: 'ZCRX_NOTIF_NO_BUFFERS|ZCRX_NOTIF_COPY' }, ['v1'], { v1: [8, 3] }],
  ['io_uring_cqe', { res: 'ZCRX_EVENT_ALLOC_FAIL' }, ['event'], { event: [8, 0] }],
  ['io_uring_cqe', { res: 'ZCRX_EVENT_COPY' }, ['event'], { event: [8, 1] }],
  // the descriptor
  ['zcrx_notification_desc', { user_data: 7 }, ['v1', 'rc'], both([0, 7])],
  ['zcrx_event_desc', { user_data: 7 }, ['event'], { event: [0, 7] }],
  ['io_uring_zcrx_ifq_reg', { notif_desc: 7 }, ['v1', 'rc'], both([72, 7])],
  ['io_uring_zcrx_ifq_reg', { event_desc: 7 }, ['event'], { event: [72, 7] }],
  ['zcrx_notification_desc', { flags: 'ZCRX_NOTIF_DESC_FLAG_STATS' }, ['v1', 'rc'], both([12, 1])],
  ['zcrx_event_desc', { flags: 'ZCRX_EVENT_DESC_FLAG_STATS' }, ['event'], { event: [12, 1] }],
  // the statistics
  ['io_uring_zcrx_notif_stats', { copy_bytes: 7 }, ['v1', 'rc'], both([8, 7])],
  ['zcrx_notif_stats', { copy_bytes: 7 }, ['rc'], { rc: [8, 7] }],
  ['zcrx_stats', { copy_bytes: 7 }, ['event'], { event: [8, 7] }],
  // features, operations, arms
  ['io_uring_query_zcrx', { features: 'ZCRX_FEATURE_NOTIFICATION' }, ['v1', 'rc'], both([20, 2])],
  ['io_uring_query_zcrx', { features: 'ZCRX_FEATURE_EVENT' }, ['event'], { event: [20, 2] }],
  ['io_uring_query_zcrx', { features: 'ZCRX_FEATURE_RX_PAGE_SIZE' }, ['v1', 'rc', 'event'], all([20, 1])],
  ['zcrx_ctrl', { op: 'ZCRX_CTRL_ARM_NOTIFICATION' }, ['v1', 'rc'], both([4, 2])],
  ['zcrx_ctrl', { op: 'ZCRX_CTRL_ARM_EVENT' }, ['event'], { event: [4, 2] }],
  ['zcrx_ctrl', { op: 'ZCRX_CTRL_EXPORT' }, ['v1', 'rc', 'event'], all([4, 1])],
  ['zcrx_ctrl', { zc_arm_notif: {} }, ['v1', 'rc'], both([4, 2])],
  ['zcrx_ctrl', { zc_arm_event: {} }, ['event'], { event: [4, 2] }],
  ['zcrx_ctrl', { zc_arm_notif: { type_mask: 'ZCRX_NOTIF_COPY' } }, ['v1'], { v1: [24, 2] }],
  [
    'zcrx_ctrl',
    { zc_arm_notif: { type_mask: ['ZCRX_NOTIF_NO_BUFFERS', 'ZCRX_NOTIF_COPY'] } },
    ['v1'],
    { v1: [24, 3] },
  ],
  ['zcrx_ctrl', { zc_arm_notif: { notif_type: 'ZCRX_NOTIF_COPY' } }, ['rc'], { rc: [24, 1] }],
  ['zcrx_ctrl', { zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } }, ['event'], { event: [24, 1] }],
  ['zcrx_ctrl_arm_notif', { type_mask: 'ZCRX_NOTIF_NO_BUFFERS' }, ['v1'], { v1: [0, 1] }],
  ['zcrx_ctrl_arm_notif', { notif_type: 'ZCRX_NOTIF_NO_BUFFERS' }, ['rc'], { rc: [0, 0] }],
  ['zcrx_ctrl_arm_event', { event_type: 'ZCRX_EVENT_ALLOC_FAIL' }, ['event'], { event: [0, 0] }],
  // queries
  ['io_uring_query_hdr', { query_op: 'IO_URING_QUERY_ZCRX_NOTIF' }, ['v1', 'rc'], both([16, 3])],
  ['io_uring_query_hdr', { query_op: 'IO_URING_QUERY_ZCRX_EVENT' }, ['event'], { event: [16, 3] }],
  ['io_uring_query_zcrx_notif', { notif_flags: 'ZCRX_NOTIF_COPY' }, ['v1', 'rc'], both([0, 2])],
  ['io_uring_query_zcrx_notif', { notif_stats_size: 16 }, ['v1', 'rc'], both([4, 16])],
  ['io_uring_query_zcrx_notif', { notif_stats_off_alignment: 8 }, ['v1', 'rc'], both([8, 8])],
  ['io_uring_query_zcrx_notif', { resv1: 1 }, ['v1'], { v1: [12, 1] }],
  ['io_uring_query_zcrx_notif', { __resv1: 1 }, ['rc'], { rc: [12, 1] }],
  ['io_uring_query_zcrx_event', { event_flags: 'ZCRX_EVENT_COPY' }, ['event'], { event: [0, 2] }],
  ['io_uring_query_zcrx_event', { stats_size: 16 }, ['event'], { event: [4, 16] }],
  ['io_uring_query_zcrx_event', { stats_off_alignment: 8 }, ['event'], { event: [8, 8] }],
];

const numberAt = (bytes: Uint8Array, offset: number) => new DataView(bytes.buffer).getUint32(offset, true);

describe.each(rows)('%s %o', (struct, fields, revisions, numbers) => {
  const usual = revisions.includes('event') ? 'event' : (revisions[0] as AbiRevision);

  it(`means ${usual} by itself`, () => {
    expect(encode(struct, fields)).toEqual(encode(struct, fields, { revision: usual }));
  });

  it.each(['v1', 'rc', 'event'] as const)('in %s', (revision) => {
    const number = numbers[revision];
    if (!number) {
      const error = refusal(() => encode(struct, fields, { revision }));
      expect(['mixed-revisions', 'unknown-name', 'wrong-type']).toContain(error.code);
      return;
    }
    const bytes = encode(struct, fields, { revision });
    expect(numberAt(bytes, number[0])).toBe(number[1]);
    // and back, under the revision's own names
    const decoded = decode(struct, bytes, { revision });
    expect(decoded.revision).toBe(revision);
    expect(JSON.stringify(decoded.names)).toContain(
      String(
        Object.values(fields)
          .flat()
          .find((value) => typeof value === 'string') ?? '',
      ).split('|')[0],
    );
  });
});

const sizes: [name: string, size: number, revision: AbiRevision, struct: string][] = [
  ['io_uring_query_zcrx_notif', 96, 'v1', 'io_uring_query_zcrx_notif'],
  ['io_uring_query_zcrx_notif', 48, 'rc', 'io_uring_query_zcrx_notif'],
  ['io_uring_query_zcrx_event', 48, 'event', 'io_uring_query_zcrx_event'],
  ['zcrx_notification_desc', 96, 'v1', 'zcrx_notification_desc'],
  ['zcrx_notif_stats', 16, 'rc', 'zcrx_notif_stats'],
  ['io_uring_zcrx_notif_stats', 16, 'v1', 'io_uring_zcrx_notif_stats'],
  ['zcrx_stats', 16, 'event', 'zcrx_stats'],
  ['zcrx_ctrl', 72, 'event', 'zcrx_ctrl'],
  ['io_uring_cqe', 16, 'event', 'io_uring_cqe'],
  ['io_uring_cqe', 32, 'event', 'io_uring_cqe'],
];

test.each(sizes)('%s of %d bytes is %s', (name, size, revision, struct) => {
  expect(decode(name, new Uint8Array(size))).toMatchObject({ revision, size, struct });
});

test('the size of the answer to a query tells v1 from rc, whatever revision is claimed', () => {
  const name = 'io_uring_query_zcrx_notif';
  expect(refusal(() => decode(name, new Uint8Array(96), { revision: 'rc' }))).toMatchObject({
    code: 'wrong-length',
  });
  expect(refusal(() => decode(name, new Uint8Array(48), { revision: 'v1' }))).toMatchObject({
    code: 'wrong-length',
  });
});

test('fields keep their names in each revision', () => {
  const bytes = encode('zcrx_ctrl', { op: 2 });
  expect(Object.keys(decode('zcrx_ctrl', bytes, { revision: 'v1' }).fields.zc_arm_notif ?? {})).toEqual([
    'type_mask',
  ]);
  expect(Object.keys(decode('zcrx_ctrl', bytes, { revision: 'rc' }).fields.zc_arm_notif ?? {})).toEqual([
    'notif_type',
  ]);
  expect(Object.keys(decode('zcrx_ctrl', bytes, { revision: 'event' }).fields.zc_arm_event ?? {})).toEqual([
    'event_type',
  ]);
});
