import { expect, test } from 'vitest';
import { RULES } from '../../src/generated/rules.js';
import type { Bundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { ctrl, INSTANCE, onDevice, REGISTRATION, registration } from './verdict-rows.js';

/** Everything that a registration without a device can have wrong at once, short of what stops the kernel from reading on. */
const ALL_WRONG: Bundle = {
  nr_args: 2,
  capable: false,
  other_task: true,
  restricted: true,
  setup_flags: 'SINGLE_ISSUER',
  reg: {
    rq_entries: 40_000,
    flags: 0x12,
    if_idx: 1,
    if_rxq: 0xffff_ffff,
    zcrx_id: 1,
    rx_buf_len: 3,
    __resv: [1, 1],
  },
  area: { addr: '0x7f0000000001', len: 4097, rq_area_token: 1, flags: 2, dmabuf_fd: 1, __resv2: [0, 1] },
  region: { size: 4097, flags: 2, user_addr: '0x7f0000000003', id: 1, mmap_offset: 1, __resv: [1, 0, 0, 0] },
  event_desc: { type_mask: 7, flags: 3, stats_offset: 1, __resv2: [1, 0, 0, 0, 0, 0, 0, 0, 0] },
};

test('all that is wrong in a registration is told, in the order in which the kernel meets it', () => {
  const { rule, errno, findings } = checkBundle(ALL_WRONG).verdict;
  expect([rule, errno]).toEqual(['other-task', 'EEXIST']);
  expect(findings.map((each) => `${each.rule} ${each.field}`)).toEqual([
    'other-task other_task',
    'restricted restricted',
    'ifq-nr-args nr_args',
    'not-capable capable',
    'ring-not-deferred setup_flags',
    'ring-cqe-size setup_flags',
    'reg-reserved reg.__resv[0]',
    'reg-zcrx-id reg.zcrx_id',
    'reg-flags reg.flags',
    'if-rxq-none reg.if_rxq',
    'nodev-queue reg.if_rxq',
    'nodev-queue reg.if_idx',
    'rq-entries-limit reg.rq_entries',
    'area-token area.rq_area_token',
    'desc-type-mask event_desc.type_mask',
    'desc-flags event_desc.flags',
    'desc-reserved event_desc.__resv2[0]',
    'region-too-small region.size',
    'region-reserved region.__resv[0]',
    'region-flags region.flags',
    'region-user-addr region.user_addr',
    'region-not-zero region.mmap_offset',
    'region-not-zero region.id',
    'region-unaligned region.user_addr',
    'region-unaligned region.size',
    'stats-unaligned event_desc.stats_offset',
    'stats-overlap-ring event_desc.stats_offset',
    'area-buf-len reg.rx_buf_len',
    'area-flags area.flags',
    'area-reserved area.__resv2[1]',
    'area-unaligned area.addr',
    'area-unaligned area.len',
    'area-fd-without-dmabuf area.dmabuf_fd',
  ]);
  const ruleNamed = new Map(RULES.map(({ name, errno }) => [name, errno]));
  for (const each of findings) expect(each.errno).toBe(ruleNamed.get(each.rule));
});

type Pair = [what: string, bundle: Bundle, first: string, errno: string, second: string];

const READ_ONLY = ['0x10000000', 4096, 'ro'] as const;
const AREA = ['0x200000000000', 8192, 'rw'] as const;

// What abi.md calls "beats": measured on real kernels.
const PAIRS: Pair[] = [
  [
    'privilege before anything is read',
    registration({ capable: false, memory: [] }),
    'not-capable',
    'EPERM',
    'reg-unreadable',
  ],
  [
    'the region pointer before the entries',
    { ...registration({ reg: { rq_entries: 0 } }), region: undefined } as Bundle,
    'region-unreadable',
    'EFAULT',
    'rq-entries-zero',
  ],
  [
    'too many entries before a missing area',
    { ...registration({ reg: { rq_entries: 40_000 } }), area: undefined } as Bundle,
    'rq-entries-limit',
    'EINVAL',
    'area-unreadable',
  ],
  [
    'the descriptor before the region',
    registration({ event_desc: { flags: 3 }, region: { size: 64 } }),
    'desc-flags',
    'EINVAL',
    'region-too-small',
  ],
  [
    'the region before the statistics',
    registration({ region: { id: 1 }, event_desc: { stats_offset: 0 } }),
    'region-not-zero',
    'EINVAL',
    'stats-overlap-ring',
  ],
  [
    'the statistics before the area',
    registration({ area: { len: 0 }, event_desc: { stats_offset: 0 } }),
    'stats-overlap-ring',
    'ERANGE',
    'area-empty',
  ],
  [
    'alignment of the statistics before their place',
    registration({ event_desc: { stats_offset: 4 } }),
    'stats-unaligned',
    'EINVAL',
    'stats-overlap-ring',
  ],
  [
    'alignment before the end of 64 bits',
    registration({ event_desc: { stats_offset: '0xffffffffffffffff' } }),
    'stats-unaligned',
    'EINVAL',
    'stats-wrap',
  ],
  [
    'the length of buffers before the length of the area',
    registration({ reg: { rx_buf_len: 8192 }, area: { len: 0 } }),
    'area-buf-len-nodev',
    'EOPNOTSUPP',
    'area-empty',
  ],
  [
    'the region before the area',
    registration({ area: { len: 0, dmabuf_fd: 1 }, memory: [READ_ONLY, AREA] }),
    'region-not-pinned',
    'EFAULT',
    'area-empty',
  ],
  [
    'the interface before the area',
    onDevice({ dma: false }, {}, { area: { len: 0 } }),
    'device-no-dma',
    'EOPNOTSUPP',
    'area-empty',
  ],
  [
    'the area before the queue',
    onDevice({ taken: [1] }, {}, { area: { len: 100 } }),
    'area-unaligned',
    'EINVAL',
    'device-queue-taken',
  ],
  [
    'a queue that is not there before what the driver can do',
    onDevice({ ops_lock: false }, { if_rxq: 9 }),
    'device-not-lockable',
    'EOPNOTSUPP',
    'device-queue-range',
  ],
  [
    'the number of arguments before all of a control call',
    ctrl({ op: 9, __resv: [1, 0] }, { nr_args: 1 }),
    'ctrl-nr-args',
    'EINVAL',
    'ctrl-reserved',
  ],
  [
    'reserved fields, with EFAULT, before the instance',
    ctrl({ op: 9, zcrx_id: 3, __resv: [1, 0] }),
    'ctrl-reserved',
    'EFAULT',
    'ctrl-unknown-id',
  ],
  [
    'the instance before the operation',
    ctrl({ op: 9, zcrx_id: 3 }),
    'ctrl-unknown-id',
    'ENXIO',
    'ctrl-unknown-op',
  ],
  [
    'reserved fields before what has not fired',
    ctrl({ op: 2, zc_arm_event: { event_type: 0, __resv: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } }),
    'arm-reserved',
    'EINVAL',
    'arm-not-fired',
  ],
  [
    'an area to be added that cannot be read before reserved fields',
    ctrl({ op: 3, zc_area: { area_ptr: '0x7f0000000000', __resv: [1, 0, 0, 0, 0] } }),
    'area-unreadable',
    'EFAULT',
    'add-area-reserved',
  ],
  [
    'the token before the room for more areas',
    ctrl(
      { op: 3, zc_area: {} },
      { area: { len: 4096, rq_area_token: 1 }, instances: [{ ...INSTANCE, areas: 1024 }] },
    ),
    'area-token',
    'EINVAL',
    'area-count',
  ],
];

test.each(PAIRS)('%s', (_what, bundle, first, errno, second) => {
  const { verdict } = checkBundle(bundle);
  expect([verdict.rule, verdict.errno, verdict.findings[0]?.rule]).toEqual([first, errno, first]);
  expect(verdict.findings.map(({ rule }) => rule)).toContain(second);
});

test('what is wrong in a call that the kernel does not know is not looked for', () => {
  const { findings } = checkBundle({ ...ctrl({ op: 9 }, { nr_args: 7 }), kernel: '6.18' }).verdict;
  expect(findings.map(({ rule }) => rule)).toEqual(['opcode-unknown']);
});

test('a good registration breaks nothing', () => {
  const { verdict, hints } = checkBundle(REGISTRATION);
  expect(verdict).toMatchObject({ errno: null, rule: 'ok', field: null, findings: [] });
  expect(hints).toEqual([]);
});

test('where the region is too small for the statistics, the region is what has to change', () => {
  const { verdict } = checkBundle(
    registration({ reg: { rq_entries: 256 }, region: { size: 4224 }, event_desc: { stats_offset: 4224 } }),
  );
  expect(verdict.findings.map(({ rule }) => rule)).toEqual(['region-unaligned', 'stats-outside-region']);
  expect(verdict.findings[1]).toMatchObject({
    message:
      'event_desc.stats_offset is 4224, so that the statistics end at 4240, behind the region of 4224 bytes; no offset fits, unless the region has 8192 bytes',
    fix: { field: 'region.size', value: '8192' },
  });
});
