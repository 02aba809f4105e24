import { ctrl, type Row, registration } from './verdict-rows.js';

const ADDRESS = '0x10000000';

/** What is wrong with the call as such. */
export const CALL_ROWS: readonly Row[] = [
  {
    rule: 'opcode-unknown',
    errno: 'EINVAL',
    field: 'kernel',
    bundle: ctrl({ op: 0 }, { kernel: '6.18' }),
    message:
      'kernel is 6.18, which does not know operation 36 (IORING_REGISTER_ZCRX_CTRL) of io_uring_register: it came with Linux 6.19',
  },
  {
    rule: 'no-ring-given',
    errno: 'EINVAL',
    field: 'fd',
    bundle: registration({ fd: -1 }),
    message: 'fd is -1, but must be a ring: only IORING_REGISTER_QUERY works without one',
  },
  {
    rule: 'fd-closed',
    errno: 'EBADF',
    field: 'fd',
    bundle: registration({ fd: 9 }),
    message: 'fd is 9, which is no open descriptor; expected a ring of io_uring',
  },
  {
    rule: 'fd-no-ring',
    errno: 'EOPNOTSUPP',
    field: 'fd',
    bundle: registration({ fd: 9, files: { 9: 'file' } }),
    message: 'fd is 9, which is no ring of io_uring',
  },
  {
    rule: 'other-task',
    errno: 'EEXIST',
    field: 'other_task',
    bundle: registration({ other_task: true }),
    message:
      'the ring belongs to another task: with IORING_SETUP_SINGLE_ISSUER only the thread that set it up (or enabled it) may register',
  },
  {
    rule: 'restricted',
    errno: 'EACCES',
    field: 'restricted',
    bundle: registration({ restricted: true }),
    message: "the ring's restrictions (IORING_REGISTER_RESTRICTIONS) do not allow this operation",
  },
  {
    rule: 'ifq-arg-null',
    errno: 'EINVAL',
    field: 'arg',
    bundle: registration(),
    call: { arg: 0 },
    message: 'arg is 0, but must be the address of an io_uring_zcrx_ifq_reg',
  },
  {
    rule: 'ifq-nr-args',
    errno: 'EINVAL',
    field: 'nr_args',
    bundle: registration({ nr_args: 0 }),
    message: 'nr_args is 0, but must be 1 for IORING_REGISTER_ZCRX_IFQ',
    fix: ['nr_args', '1'],
  },
  {
    rule: 'not-capable',
    errno: 'EPERM',
    field: 'capable',
    bundle: registration({ capable: false }),
    message:
      'the process lacks CAP_NET_ADMIN in the initial user namespace, which the registration of an instance needs; to be root inside of another user namespace is not enough',
  },
  {
    rule: 'ring-not-deferred',
    errno: 'EINVAL',
    field: 'setup_flags',
    bundle: registration({ setup_flags: ['IORING_SETUP_CQE32', 'IORING_SETUP_SINGLE_ISSUER'] }),
    message:
      'setup_flags is 0x1800, which lacks IORING_SETUP_DEFER_TASKRUN (0x2000; it needs IORING_SETUP_SINGLE_ISSUER)',
    fix: ['setup_flags', String(0x800 | 0x1000 | 0x2000)],
  },
  {
    rule: 'ring-cqe-size',
    errno: 'EINVAL',
    field: 'setup_flags',
    bundle: registration({ setup_flags: 'SINGLE_ISSUER|DEFER_TASKRUN' }),
    message:
      'setup_flags is 0x3000, but completions need 32 bytes: IORING_SETUP_CQE32 (0x800) or, since Linux 6.18, IORING_SETUP_CQE_MIXED',
    fix: ['setup_flags', String(0x800 | 0x1000 | 0x2000)],
  },
  {
    rule: 'reg-unreadable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: registration({ memory: [] }),
    message:
      'arg is 0x10000300, where an io_uring_zcrx_ifq_reg cannot be read: not all of it is mapped and readable',
  },
  {
    rule: 'reg-unwritable',
    errno: 'EFAULT',
    field: 'arg',
    bundle: registration({
      memory: [
        [ADDRESS, 4096, 'ro'],
        ['0x200000000000', 8192, 'rw'],
        ['0x300000000000', 8192, 'rw'],
      ],
    }),
    message:
      'arg is 0x10000300, where the io_uring_zcrx_ifq_reg cannot be written back: not all of it is writable',
    onlyHere: 'nothing is written back by kernels that refuse ZCRX_REG_NODEV',
  },
  {
    rule: 'region-unwritable',
    errno: 'EFAULT',
    field: 'reg.region_ptr',
    bundle: registration({
      reg: { region_ptr: '0x40000000' },
      memory: [
        [ADDRESS, 4096, 'rw'],
        ['0x40000000', 4096, 'ro'],
        ['0x200000000000', 8192, 'rw'],
        ['0x300000000000', 8192, 'rw'],
      ],
    }),
    message:
      'reg.region_ptr is 0x40000000, where the io_uring_region_desc cannot be written back: not all of it is writable',
    onlyHere: 'nothing is written back by kernels that refuse ZCRX_REG_NODEV',
  },
  {
    rule: 'area-unwritable',
    errno: 'EFAULT',
    field: 'reg.area_ptr',
    bundle: registration({
      reg: { area_ptr: '0x40000000' },
      memory: [
        [ADDRESS, 4096, 'rw'],
        ['0x40000000', 4096, 'ro'],
        ['0x200000000000', 8192, 'rw'],
        ['0x300000000000', 8192, 'rw'],
      ],
    }),
    message:
      'reg.area_ptr is 0x40000000, where the io_uring_zcrx_area_reg cannot be written back: not all of it is writable',
    onlyHere: 'nothing is written back by kernels that refuse ZCRX_REG_NODEV',
  },
];
