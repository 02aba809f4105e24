import { type Row, registration } from './verdict-rows.js';

const imported = (reg: object): Row['bundle'] => ({
  reg: { if_idx: 7, flags: 'ZCRX_REG_IMPORT', ...reg },
  files: { 7: 'zcrx:0', 8: 'file' },
});

/** What is wrong with the registration and its event descriptor. */
export const REGISTRATION_ROWS: readonly Row[] = [
  {
    rule: 'reg-reserved',
    errno: 'EINVAL',
    field: 'reg.__resv[1]',
    bundle: { ...registration({ reg: { __resv: [0, 7] } }), event_desc: undefined } as Row['bundle'],
    message: 'reg.__resv[1] is 0x7, but is reserved and must be 0',
    fix: ['reg.__resv[1]', '0'],
  },
  {
    rule: 'reg-reserved',
    errno: 'EINVAL',
    field: 'reg.event_desc',
    bundle: registration({ kernel: '7.1' }),
    message: 'reg.event_desc is 0x10000200, but must be 0 on Linux 7.1: the field came with Linux 7.2',
    onlyHere: 'Linux 7.2 knows the field',
    fix: ['reg.event_desc', '0'],
  },
  {
    rule: 'reg-zcrx-id',
    errno: 'EINVAL',
    field: 'reg.zcrx_id',
    bundle: registration({ reg: { zcrx_id: 1 } }),
    message: 'reg.zcrx_id is 1, but must be 0 on entry: the kernel writes it',
    fix: ['reg.zcrx_id', '0'],
  },
  {
    rule: 'reg-flags',
    errno: 'EINVAL',
    field: 'reg.flags',
    bundle: registration({ reg: { flags: 0x12 } }),
    message:
      'reg.flags is 0x12, of which 0x10 means nothing to Linux 7.3; it knows 0x3 (ZCRX_REG_IMPORT|ZCRX_REG_NODEV)',
    fix: ['reg.flags', '2'],
  },
  {
    rule: 'reg-flags',
    errno: 'EINVAL',
    field: 'reg.flags',
    bundle: { ...registration({ kernel: '7.0' }), event_desc: undefined } as Row['bundle'],
    message:
      'reg.flags is 0x2, of which 0x2 (ZCRX_REG_NODEV) means nothing to Linux 7.0; it knows 0x1 (ZCRX_REG_IMPORT)',
    onlyHere: 'Linux 7.1 knows the flag',
    fix: ['reg.flags', '0'],
    also: ['device-missing'],
  },
  {
    rule: 'import-not-zero',
    errno: 'EINVAL',
    field: 'reg.rq_entries',
    bundle: imported({ rq_entries: 128 }),
    message:
      "reg.rq_entries is 128, but must be 0 with ZCRX_REG_IMPORT: queue, entries, area, region and events are the exporter's",
    fix: ['reg.rq_entries', '0'],
  },
  {
    rule: 'import-event-desc',
    errno: 'EINVAL',
    field: 'reg.event_desc',
    bundle: imported({ event_desc: '0x1000' }),
    message:
      "reg.event_desc is 0x1000, but must be 0 with ZCRX_REG_IMPORT: queue, entries, area, region and events are the exporter's",
    fix: ['reg.event_desc', '0'],
  },
  {
    rule: 'import-flags',
    errno: 'EINVAL',
    field: 'reg.flags',
    bundle: imported({ flags: 'ZCRX_REG_IMPORT|ZCRX_REG_NODEV' }),
    message: 'reg.flags is 0x3, but ZCRX_REG_IMPORT goes with no other flag',
    fix: ['reg.flags', '1'],
  },
  {
    rule: 'import-fd-closed',
    errno: 'EBADF',
    field: 'reg.if_idx',
    bundle: imported({ if_idx: 9 }),
    message:
      'reg.if_idx is 9, a descriptor that is not open; with ZCRX_REG_IMPORT it must be one that ZCRX_CTRL_EXPORT gave',
  },
  {
    rule: 'import-fd-kind',
    errno: 'EBADF',
    field: 'reg.if_idx',
    bundle: imported({ if_idx: 8 }),
    message:
      'reg.if_idx is 8, a descriptor of something else; with ZCRX_REG_IMPORT it must be one that ZCRX_CTRL_EXPORT gave',
  },
  {
    rule: 'if-rxq-none',
    errno: 'EINVAL',
    field: 'reg.if_rxq',
    bundle: registration({ reg: { if_rxq: 0xffff_ffff } }),
    message: 'reg.if_rxq is 0xffffffff (-1), but must be the number of a receive queue',
    fix: ['reg.if_rxq', '0'],
    also: ['nodev-queue'],
  },
  {
    rule: 'rq-entries-zero',
    errno: 'EINVAL',
    field: 'reg.rq_entries',
    bundle: registration({ reg: { rq_entries: 0 } }),
    message: 'reg.rq_entries is 0, but must lie between 1 and 32768',
    fix: ['reg.rq_entries', '4096'],
  },
  {
    rule: 'nodev-queue',
    errno: 'EINVAL',
    field: 'reg.if_rxq',
    bundle: registration({ reg: { if_rxq: 3 } }),
    message: 'reg.if_rxq is 3, but must be 0 with ZCRX_REG_NODEV: there is no interface',
    fix: ['reg.if_rxq', '0'],
  },
  {
    rule: 'nodev-queue',
    errno: 'EINVAL',
    field: 'reg.if_idx',
    bundle: registration({ reg: { if_idx: 2 } }),
    message: 'reg.if_idx is 2, but must be 0 with ZCRX_REG_NODEV: there is no interface',
    fix: ['reg.if_idx', '0'],
  },
  {
    rule: 'rq-entries-limit',
    errno: 'EINVAL',
    field: 'reg.rq_entries',
    bundle: registration({
      reg: { rq_entries: 32769 },
      region: { size: 1 << 20 },
      event_desc: { stats_offset: 0x8_1000 },
    }),
    message:
      'reg.rq_entries is 32769, but must lie between 1 and 32768; a ring with IORING_SETUP_CLAMP would have it cut down',
    fix: ['reg.rq_entries', '32768'],
  },
  {
    rule: 'area-unreadable',
    errno: 'EFAULT',
    field: 'reg.area_ptr',
    bundle: { ...registration(), area: undefined } as Row['bundle'],
    message: 'reg.area_ptr is 0, but must be the address of an io_uring_zcrx_area_reg',
  },
  {
    rule: 'region-unreadable',
    errno: 'EFAULT',
    field: 'reg.region_ptr',
    bundle: {
      ...registration({ reg: { region_ptr: '0x7f0000001000' } }),
      region: undefined,
    } as Row['bundle'],
    message:
      'reg.region_ptr is 0x7f0000001000, where an io_uring_region_desc cannot be read: not all of it is mapped and readable',
  },
  {
    rule: 'desc-unreadable',
    errno: 'EFAULT',
    field: 'reg.event_desc',
    bundle: {
      ...registration({ reg: { event_desc: '0x7f0000001000' } }),
      event_desc: undefined,
    } as Row['bundle'],
    message:
      'reg.event_desc is 0x7f0000001000, where a zcrx_event_desc cannot be read: not all of it is mapped and readable',
  },
  {
    rule: 'desc-type-mask',
    errno: 'EINVAL',
    field: 'event_desc.type_mask',
    bundle: registration({ event_desc: { type_mask: 0x8000_0001 } }),
    message:
      'event_desc.type_mask is 0x80000001, of which 0x80000000 means nothing to Linux 7.3; it knows 0x3: 1 << ZCRX_EVENT_ALLOC_FAIL and 1 << ZCRX_EVENT_COPY',
    fix: ['event_desc.type_mask', '1'],
  },
  {
    rule: 'desc-flags',
    errno: 'EINVAL',
    field: 'event_desc.flags',
    bundle: registration({ event_desc: { flags: 3 } }),
    message:
      'event_desc.flags is 0x3, of which 0x2 means nothing to Linux 7.3; it knows 0x1 (ZCRX_EVENT_DESC_FLAG_STATS)',
    fix: ['event_desc.flags', '1'],
  },
  {
    rule: 'desc-stats-offset',
    errno: 'EINVAL',
    field: 'event_desc.stats_offset',
    bundle: registration({ event_desc: { flags: 0 } }),
    message:
      'event_desc.stats_offset is 4096, but must be 0 without ZCRX_EVENT_DESC_FLAG_STATS in event_desc.flags',
    fix: ['event_desc.flags', '1'],
  },
  {
    rule: 'desc-reserved',
    errno: 'EINVAL',
    field: 'event_desc.__resv2[8]',
    bundle: registration({ event_desc: { __resv2: [0, 0, 0, 0, 0, 0, 0, 0, 1] } }),
    message: 'event_desc.__resv2[8] is 0x1, but is reserved and must be 0',
    fix: ['event_desc.__resv2[8]', '0'],
  },
];
