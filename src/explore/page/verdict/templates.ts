import type { Bundle } from '../../../verdict/bundle.js';

/** A bundle to start from. */
export interface Template {
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence that names every outcome of it, from the newest kernel on. */
  readonly says: string;
  readonly isMistake: boolean;
  readonly bundle: Bundle;
}

const FLAGS = { reg: 'ZCRX_REG_NODEV', region: 'IORING_MEM_REGION_TYPE_USER' } as const;
const BOTH = 'ZCRX_EVENT_ALLOC_FAIL|ZCRX_EVENT_COPY';
const STATS = 'ZCRX_EVENT_DESC_FLAG_STATS';

/** 4096 entries, and the statistics on a page of their own behind them. */
const registration = {
  reg: { rq_entries: 4096, flags: FLAGS.reg },
  area: { len: 16_777_216 },
  region: { size: 73_728, flags: FLAGS.region },
  event_desc: { user_data: 42, type_mask: BOTH, flags: STATS, stats_offset: 69_632 },
} as const;

/** A small one, whose statistics stand where they are said to. */
const withStatistics = (rq_entries: number, stats_offset: number): Bundle => ({
  reg: { rq_entries, flags: FLAGS.reg },
  area: { len: 1_048_576 },
  region: { size: 8192, flags: FLAGS.region },
  event_desc: { type_mask: BOTH, flags: STATS, stats_offset },
});

/** An instance without a device, of which COPY has fired. */
const instances = [
  { id: 0, event_mask: 3, fired_mask: 2, nodev: true, imported: false, areas: 1, rq_entries: 4096 },
];

const arm = (event_type: string | number): Bundle => ({
  ctrl: { zcrx_id: 0, op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type } },
  instances,
});

const QUESTIONS = [
  { query_op: 'IO_URING_QUERY_OPCODES', size: 48 },
  { query_op: 'IO_URING_QUERY_ZCRX', size: 40 },
  { query_op: 'IO_URING_QUERY_ZCRX_EVENT', size: 48 },
];

/** The import of what the descriptor 7 stands for. */
const imported: Bundle = { reg: { if_idx: 7, flags: 'ZCRX_REG_IMPORT' }, files: { 7: 'zcrx:0' } };

const good = (id: string, title: string, bundle: Bundle, says: string): Template => ({
  id,
  title,
  says,
  isMistake: false,
  bundle,
});
const mistake = (id: string, title: string, bundle: Bundle, says: string): Template => ({
  ...good(id, title, bundle, says),
  isMistake: true,
});

export const TEMPLATES: readonly Template[] = [
  good(
    'nodev',
    'Registration without a device',
    registration,
    'It succeeds on Linux 7.3 and 7.2, whose headers differ: statistics on a page of their own suit both. Before, there are no events (EINVAL).',
  ),
  good(
    'device',
    'Registration on a device',
    {
      reg: { ...registration.reg, flags: 0, if_idx: 2, if_rxq: 7 },
      area: registration.area,
      region: registration.region,
      event_desc: registration.event_desc,
      devices: [{ if_idx: 2, dma: true, ops_lock: true, queue_ops: true, queues: 8, tcp_data_split: true }],
    },
    'It succeeds on Linux 7.3 and 7.2 if all that the bundle says of interface 2 holds. Before, there are no events (EINVAL).',
  ),
  good(
    'import',
    'Import of an instance',
    imported,
    'It succeeds on Linux 7.3 to 7.1: the descriptor came from ZCRX_CTRL_EXPORT, and all else is the exporter’s. On 7.0 and 6.19 the outcome is not known; older kernels know no imports, and look for a region (EFAULT).',
  ),
  good(
    'arm',
    'Re-arming an event',
    arm('ZCRX_EVENT_COPY'),
    'It succeeds on Linux 7.3 and 7.2, because COPY has fired; it can fire again then. Older kernels do not know the operation (EOPNOTSUPP, and EINVAL before 6.19).',
  ),
  good(
    'export',
    'Export of an instance',
    { ctrl: { zcrx_id: 0, op: 'ZCRX_CTRL_EXPORT' }, instances },
    'It succeeds from Linux 6.19 on, and the kernel writes a new descriptor into the struct; before, there are no control calls (EINVAL).',
  ),
  good(
    'flush',
    'Flush of the refill ring',
    { ctrl: { zcrx_id: 0, op: 'ZCRX_CTRL_FLUSH_RQ' }, instances },
    'It succeeds from Linux 6.19 on; before, there are no control calls (EINVAL).',
  ),
  good(
    'add-area',
    'Adding an area',
    { ctrl: { zcrx_id: 0, op: 'ZCRX_CTRL_ADD_AREA', zc_area: {} }, area: { len: 1_048_576 }, instances },
    'It succeeds on Linux 7.3 alone: the operation is younger than 7.2 (EOPNOTSUPP); before 6.19 there are no control calls (EINVAL).',
  ),
  good(
    'query',
    'Chain of questions',
    { query: QUESTIONS },
    'It succeeds from Linux 6.18 on; a kernel that does not know one of the questions says so in its result. Before, there are no queries (EINVAL).',
  ),
  mistake(
    'unrounded',
    'Statistics behind the entries as asked for',
    withStatistics(100, 1728),
    'ERANGE on Linux 7.3 and 7.2: the kernel makes 100 entries 128 first, and the offset lies inside them. Before, there are no events (EINVAL).',
  ),
  mistake(
    'other-header',
    'Statistics behind the header of another kernel',
    withStatistics(128, 2112),
    'ERANGE on Linux 7.3, where entries begin at 128. It succeeds on 7.2, where they begin at 64. Before, there are no events (EINVAL).',
  ),
  mistake(
    'small-region',
    'Region for the entries as asked for',
    {
      ...registration,
      reg: { ...registration.reg, rq_entries: 5000 },
      region: { size: 81_920, flags: FLAGS.region },
    },
    'EINVAL on every kernel: the region holds 5000 entries, and the kernel makes them 8192.',
  ),
  mistake(
    'indices',
    'Mask made of indices',
    {
      ...registration,
      reg: { ...registration.reg, flags: 0, if_idx: 2, if_rxq: 7 },
      event_desc: { type_mask: 1 },
      devices: [{ if_idx: 2, dma: true, ops_lock: true, queue_ops: true, queues: 8, tcp_data_split: true }],
    },
    'It succeeds on Linux 7.3 and 7.2, and COPY never fires: ALLOC_FAIL | COPY is 0 | 1, the bit of ALLOC_FAIL alone. Before, there are no events (EINVAL).',
  ),
  mistake(
    'arm-mask',
    'Re-arming with a mask',
    arm(3),
    'EINVAL on Linux 7.3 and 7.2: one type is armed, by its index. Older kernels do not know the operation (EOPNOTSUPP, and EINVAL before 6.19).',
  ),
  mistake(
    'arm-early',
    'Re-arming what has not fired',
    arm('ZCRX_EVENT_ALLOC_FAIL'),
    'EINVAL on Linux 7.3 and 7.2: of this instance only COPY has fired. Older kernels do not know the operation (EOPNOTSUPP, and EINVAL before 6.19).',
  ),
  mistake(
    'query-args',
    'Query with nr_args 1',
    { query: QUESTIONS, nr_args: 1 },
    'EINVAL on every kernel: nr_args must be 0, however many questions are linked.',
  ),
  mistake(
    'import-events',
    'Import with an event descriptor',
    { ...imported, event_desc: { type_mask: BOTH } },
    'EINVAL from Linux 6.19 on: who imports has no events of its own. Older kernels know no imports, and look for a region (EFAULT).',
  ),
  mistake(
    'map-failed',
    'Area that mmap did not give',
    { ...registration, area: { addr: '0xffffffffffffffff', len: 16_777_216 } },
    'EOVERFLOW on Linux 7.3 and 7.2: the address is MAP_FAILED, which is not NULL. Before, there are no events (EINVAL).',
  ),
  mistake(
    'cqe-size',
    'Ring with small completions',
    { ...registration, setup_flags: ['IORING_SETUP_SINGLE_ISSUER', 'IORING_SETUP_DEFER_TASKRUN'] },
    'EINVAL on every kernel: completions of 16 bytes have no room for where data lies.',
  ),
  mistake(
    'not-root',
    'No CAP_NET_ADMIN',
    { ...registration, capable: false },
    'EPERM on every kernel: only a process with CAP_NET_ADMIN in the initial user namespace may register.',
  ),
];
