import { expect, test } from 'vitest';
import { type AbiRevision, decode, encode, validate } from '../../src/index.js';
import { refusal } from './refusal.js';

type Row = [kind: string, struct: string, fields: object, revision: AbiRevision | undefined, names: string[]];

const rows: Row[] = [
  [
    'struct and constant',
    'zcrx_event_desc',
    { type_mask: 'ZCRX_NOTIF_COPY' },
    undefined,
    ['zcrx_event_desc', 'ZCRX_NOTIF_COPY'],
  ],
  [
    'struct and constant',
    'zcrx_notification_desc',
    { flags: 'ZCRX_EVENT_DESC_FLAG_STATS' },
    undefined,
    ['zcrx_notification_desc', 'ZCRX_EVENT_DESC_FLAG_STATS'],
  ],
  [
    'struct and field',
    'zcrx_ctrl_arm_event',
    { type_mask: 1 },
    undefined,
    ['type_mask', 'zcrx_ctrl_arm_event'],
  ],
  [
    'struct and field',
    'zcrx_ctrl_arm_notif',
    { event_type: 1 },
    undefined,
    ['event_type', 'zcrx_ctrl_arm_notif'],
  ],
  ['struct and revision', 'zcrx_event_desc', {}, 'v1', ['zcrx_event_desc', 'revision v1']],
  [
    'struct and revision',
    'zcrx_notification_desc',
    {},
    'event',
    ['zcrx_notification_desc', 'revision event'],
  ],
  ['struct and revision', 'zcrx_notif_stats', {}, 'v1', ['zcrx_notif_stats', 'revision v1']],
  [
    'field and field',
    'io_uring_zcrx_ifq_reg',
    { event_desc: 0, notif_desc: 0 },
    undefined,
    ['event_desc', 'notif_desc'],
  ],
  [
    'field and field',
    'zcrx_ctrl_arm_notif',
    { type_mask: 1, notif_type: 1 },
    undefined,
    ['type_mask', 'notif_type'],
  ],
  [
    'field and field',
    'zcrx_ctrl',
    { zc_arm_notif: {}, zc_arm_event: {} },
    undefined,
    ['zc_arm_event', 'zc_arm_notif'],
  ],
  [
    'arm and its field',
    'zcrx_ctrl',
    { zc_arm_notif: { event_type: 1 } },
    undefined,
    ['zc_arm_notif.event_type', 'zc_arm_notif'],
  ],
  [
    'field and revision',
    'io_uring_zcrx_ifq_reg',
    { notif_desc: 1 },
    'event',
    ['notif_desc', 'revision event'],
  ],
  ['field and revision', 'zcrx_ctrl', { zc_arm_notif: { type_mask: 1 } }, 'rc', ['type_mask', 'revision rc']],
  [
    'field and constant',
    'zcrx_ctrl',
    { zc_arm_notif: { notif_type: 'ZCRX_EVENT_COPY' } },
    undefined,
    ['notif_type', 'ZCRX_EVENT_COPY'],
  ],
  [
    'field and constant',
    'io_uring_zcrx_ifq_reg',
    { notif_desc: 1, flags: 'ZCRX_REG_NODEV' },
    'event',
    ['notif_desc'],
  ],
  [
    'constant and constant',
    'zcrx_ctrl',
    { op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_notif: {} },
    undefined,
    ['ZCRX_CTRL_ARM_EVENT', 'zc_arm_notif'],
  ],
  [
    'constant and constant',
    'io_uring_cqe',
    { res: 'ZCRX_NOTIF_COPY|ZCRX_EVENT_COPY' },
    undefined,
    ['ZCRX_NOTIF_COPY', 'ZCRX_EVENT_COPY'],
  ],
  [
    'constant and revision',
    'io_uring_cqe',
    { res: 'ZCRX_EVENT_COPY' },
    'rc',
    ['ZCRX_EVENT_COPY', 'revision rc'],
  ],
  [
    'constant in a list',
    'io_uring_query_zcrx',
    { features: ['ZCRX_FEATURE_EVENT', 'ZCRX_FEATURE_NOTIFICATION'] },
    undefined,
    ['ZCRX_FEATURE_EVENT', 'ZCRX_FEATURE_NOTIFICATION'],
  ],
  [
    'fields of two sizes',
    'io_uring_query_zcrx_notif',
    { resv1: 1, __resv1: 1 },
    undefined,
    ['resv1', '__resv1'],
  ],
];

test.each(rows)('%s: %s %o (%s)', (_, struct, fields, revision, names) => {
  const error = refusal(() => encode(struct, fields, revision ? { revision } : {}));
  expect(error).toMatchObject({ code: 'mixed-revisions', struct });
  for (const name of names) expect(error.message).toContain(name);
  expect(error.expected).toMatch(/^names of revision (v1|rc|event)/);
});

test.each([
  ['zcrx_event_desc', 96, 'v1'],
  ['zcrx_notification_desc', 96, 'event'],
  ['io_uring_query_zcrx_event', 48, 'rc'],
  ['io_uring_query_zcrx_notif', 48, 'event'],
  ['zcrx_stats', 16, 'v1'],
] as const)('bytes of %s (%d) are not of %s', (name, size, revision) => {
  const bytes = new Uint8Array(size);
  expect(refusal(() => decode(name, bytes, { revision })).code).toBe('mixed-revisions');
  expect(refusal(() => validate(name, bytes, { revision })).code).toBe('mixed-revisions');
});
