import { ctrl, INSTANCE, type Row } from './verdict-rows.js';

const FLUSH = { op: 'ZCRX_CTRL_FLUSH_RQ' };
const arm = (fields: object, instance: object = {}): Row['bundle'] =>
  ctrl({ op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: fields }, { instances: [{ ...INSTANCE, ...instance }] });
const add = (area: object | undefined, fields: object = {}, more: Row['bundle'] = {}): Row['bundle'] =>
  ctrl(
    { op: 'ZCRX_CTRL_ADD_AREA', zc_area: fields },
    { ...(area && { area: { len: 4096, ...area } }), ...more },
  );

/** What is wrong with a control call. */
export const CTRL_ROWS: readonly Row[] = [
  {
    rule: 'ctrl-nr-args',
    errno: 'EINVAL',
    field: 'nr_args',
    bundle: ctrl(FLUSH, { nr_args: 1 }),
    message: 'nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL',
    fix: ['nr_args', '0'],
  },
  {
    rule: 'ctrl-unreadable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: ctrl(FLUSH),
    call: { arg: 0 },
    message: 'arg is 0, but must be the address of a zcrx_ctrl',
  },
  {
    rule: 'ctrl-reserved',
    errno: 'EFAULT',
    field: 'ctrl.__resv[0]',
    bundle: ctrl({ ...FLUSH, __resv: [1, 0] }),
    message:
      'ctrl.__resv[0] is 0x1, but is reserved and must be 0 (the kernel answers EFAULT here, not EINVAL)',
    fix: ['ctrl.__resv[0]', '0'],
  },
  {
    rule: 'ctrl-unknown-id',
    errno: 'ENXIO',
    field: 'ctrl.zcrx_id',
    bundle: ctrl({ ...FLUSH, zcrx_id: 1 }),
    message: 'ctrl.zcrx_id is 1, but the ring has no instance of this id',
  },
  {
    rule: 'ctrl-unknown-id',
    errno: 'ENXIO',
    field: 'ctrl.zcrx_id',
    bundle: { ctrl: FLUSH },
    message: 'ctrl.zcrx_id is 0, but the ring has no instance',
  },
  {
    rule: 'ctrl-unknown-op',
    errno: 'EOPNOTSUPP',
    field: 'ctrl.op',
    bundle: ctrl({ op: 4 }),
    message: 'ctrl.op is 4, but Linux 7.3 knows only the operations 0 to 3',
  },
  {
    rule: 'ctrl-unknown-op',
    errno: 'EOPNOTSUPP',
    field: 'ctrl.op',
    bundle: ctrl({ op: 'ZCRX_CTRL_ADD_AREA', zc_area: {} }, { kernel: '7.2' }),
    message: 'ctrl.op is 3 (ZCRX_CTRL_ADD_AREA), but Linux 7.2 knows only the operations 0 to 2',
    onlyHere: 'the operation came with Linux 7.3',
  },
  {
    rule: 'flush-reserved',
    errno: 'EINVAL',
    field: 'ctrl.zc_flush.__resv[5]',
    bundle: ctrl({ ...FLUSH, zc_flush: { __resv: [0, 0, 0, 0, 0, 1] } }),
    message: 'ctrl.zc_flush.__resv[5] is 0x1, but is reserved and must be 0',
    fix: ['ctrl.zc_flush.__resv[5]', '0'],
  },
  {
    rule: 'export-not-zero',
    errno: 'EINVAL',
    field: 'ctrl.zc_export.zcrx_fd',
    bundle: ctrl({ op: 'ZCRX_CTRL_EXPORT', zc_export: { zcrx_fd: 0xffff_ffff } }),
    message: 'ctrl.zc_export.zcrx_fd is 0xffffffff, but all of zc_export must be 0 on entry',
    fix: ['ctrl.zc_export.zcrx_fd', '0'],
  },
  {
    rule: 'export-unwritable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: ctrl({ op: 'ZCRX_CTRL_EXPORT' }, { memory: [['0x10000000', 4096, 'ro']] }),
    message:
      'arg is 0x10000000, where the zcrx_ctrl with the new descriptor cannot be written back: not all of it is writable',
  },
  {
    rule: 'arm-type',
    errno: 'EINVAL',
    field: 'ctrl.zc_arm_event.event_type',
    bundle: arm({ event_type: 3 }),
    message:
      'ctrl.zc_arm_event.event_type is 3, but must be the index of one event type: 0 (ALLOC_FAIL) or 1 (COPY), not a mask (3 is the mask of both: arm one after the other)',
  },
  {
    rule: 'arm-reserved',
    errno: 'EINVAL',
    field: 'ctrl.zc_arm_event.__resv[10]',
    bundle: arm({ event_type: 1, __resv: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5] }),
    message: 'ctrl.zc_arm_event.__resv[10] is 0x5, but is reserved and must be 0',
    fix: ['ctrl.zc_arm_event.__resv[10]', '0'],
  },
  {
    rule: 'arm-not-fired',
    errno: 'EINVAL',
    field: 'ctrl.zc_arm_event.event_type',
    bundle: arm({ event_type: 'ZCRX_EVENT_ALLOC_FAIL' }),
    message:
      'ctrl.zc_arm_event.event_type is 0, but ALLOC_FAIL has not fired since it was armed: only what has fired can be re-armed',
  },
  {
    rule: 'arm-not-fired',
    errno: 'EINVAL',
    field: 'ctrl.zc_arm_event.event_type',
    bundle: arm({ event_type: 'ZCRX_EVENT_COPY' }, { event_mask: 1, fired_mask: 0 }),
    message:
      'ctrl.zc_arm_event.event_type is 1, but COPY was not asked for when the instance was registered, so it never fires',
  },
  {
    rule: 'add-area-reserved',
    errno: 'EINVAL',
    field: 'ctrl.zc_area.__resv[0]',
    bundle: add({}, { __resv: [1, 0, 0, 0, 0] }),
    message: 'ctrl.zc_area.__resv[0] is 0x1, but is reserved and must be 0',
    fix: ['ctrl.zc_area.__resv[0]', '0'],
  },
  {
    rule: 'area-unreadable',
    errno: 'EFAULT',
    field: 'ctrl.zc_area.area_ptr',
    bundle: add(undefined, { area_ptr: '0x7f0000001000' }),
    message:
      'ctrl.zc_area.area_ptr is 0x7f0000001000, where an io_uring_zcrx_area_reg cannot be read: not all of it is mapped and readable',
    onlyHere: 'no area can be added before Linux 7.3',
  },
  {
    rule: 'area-unwritable',
    errno: 'EFAULT',
    field: 'ctrl.zc_area.area_ptr',
    bundle: add(
      {},
      { area_ptr: '0x40000000' },
      {
        memory: [
          ['0x10000000', 4096, 'rw'],
          ['0x40000000', 4096, 'ro'],
          ['0x200000000000', 4096, 'rw'],
        ],
      },
    ),
    message:
      'ctrl.zc_area.area_ptr is 0x40000000, where the io_uring_zcrx_area_reg cannot be written back: not all of it is writable',
    onlyHere: 'no area can be added before Linux 7.3',
  },
  {
    rule: 'area-count',
    errno: 'EINVAL',
    field: 'ctrl.zc_area.area_ptr',
    bundle: { ...add({}), instances: [{ ...INSTANCE, areas: 1024 }] },
    message: 'ctrl.zc_area.area_ptr: the instance has 1024 areas already, the most that the kernel takes',
  },
];
