// Structs to begin with, made as a program would make them.

import { IORING_CQE_F_32, IORING_CQE_F_MORE, ZCRX_REG_NODEV } from '../../../generated/constants.js';
import { encode } from '../../../layout/encode.js';
import type { AbiRevision } from '../../../layout/revision.js';
import { planRegion } from '../../../plan.js';
import { joined } from './hex-text.js';

export interface Template {
  readonly title: string;
  /** The struct's id. */
  readonly struct: string;
  readonly revision: AbiRevision;
  readonly isMixed?: boolean;
  bytes(): Uint8Array;
}

const USER_DATA = 0x7a63_7278n;
const PAYLOAD = 0x5001n;

const event = (title: string, struct: string, fields: object, name = struct): Template => ({
  title,
  struct,
  revision: 'event',
  bytes: () => encode(name, fields, { revision: 'event' }),
});

export const TEMPLATES: readonly Template[] = [
  event('Descriptor: both events and statistics, on Linux 7.3', 'zcrx_event_desc', {
    user_data: USER_DATA,
    type_mask: ['ZCRX_EVENT_ALLOC_FAIL', 'ZCRX_EVENT_COPY'],
    flags: 'ZCRX_EVENT_DESC_FLAG_STATS',
    stats_offset: planRegion({ entries: 4096 }).stats_offset as number,
  }),
  {
    title: 'The same as the first patches had it (v1)',
    struct: 'zcrx_event_desc',
    revision: 'v1',
    bytes: () =>
      encode('zcrx_notification_desc', {
        user_data: USER_DATA,
        type_mask: ['ZCRX_NOTIF_NO_BUFFERS', 'ZCRX_NOTIF_COPY'],
        flags: 'ZCRX_NOTIF_DESC_FLAG_STATS',
        stats_offset: planRegion({ entries: 4096, rqHeaderSize: 8 }).stats_offset as number,
      }),
  },
  event('Statistics: three copies, 64 KiB', 'zcrx_stats', { copy_count: 3, copy_bytes: 65_536 }),
  event('Control: re-arm COPY', 'zcrx_ctrl', { zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } }),
  {
    title: 'Control: re-arm both, as the first patches had it (v1)',
    struct: 'zcrx_ctrl',
    revision: 'v1',
    bytes: () =>
      encode('zcrx_ctrl', { zc_arm_notif: { type_mask: ['ZCRX_NOTIF_NO_BUFFERS', 'ZCRX_NOTIF_COPY'] } }),
  },
  event('Control: export', 'zcrx_ctrl', { op: 'ZCRX_CTRL_EXPORT' }),
  event('Control: add an area (Linux 7.3)', 'zcrx_ctrl', { zc_area: { area_ptr: 0x7f00_0000_3000n } }),
  event('Registration without a device', 'io_uring_zcrx_ifq_reg', {
    rq_entries: 4096,
    flags: ZCRX_REG_NODEV,
    area_ptr: 0x7f00_0000_1000n,
    region_ptr: 0x7f00_0000_2000n,
    event_desc: 0x7f00_0000_4000n,
  }),
  event('Completion: an event, COPY', 'io_uring_cqe', { user_data: USER_DATA, res: 1, flags: 0 }),
  {
    title: 'Completions of a mixed ring: data, then an event',
    struct: 'io_uring_cqe',
    revision: 'event',
    isMixed: true,
    bytes: () =>
      joined([
        encode('io_uring_cqe', {
          user_data: PAYLOAD,
          res: 4096,
          flags: IORING_CQE_F_32 | IORING_CQE_F_MORE,
          big_cqe: [8192n, 0n],
        }),
        encode('io_uring_cqe', { user_data: USER_DATA, res: 1, flags: 0 }, { revision: 'event' }),
      ]),
  },
  event('Query: what is known of events', 'io_uring_query_hdr', {
    query_data: 0x7f00_0000_5000n,
    query_op: 'IO_URING_QUERY_ZCRX_EVENT',
    size: 96,
  }),
];
