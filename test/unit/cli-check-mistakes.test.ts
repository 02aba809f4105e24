import { describe, expect, test } from 'vitest';
import { zcrx } from './cli-terminal.js';
import { INSTANCE } from './verdict-lines.js';

const FAILED = '18446744073709551615';

/** A registration as a program makes it, with the offset of its statistics. */
const registering = (stats_offset: number, { entries = 100, kernel = '7.3', more = {} } = {}) => ({
  kernel,
  reg: { rq_entries: entries, flags: 'ZCRX_REG_NODEV' },
  area: { len: 1 << 20 },
  region: { size: 1 << 20, flags: 'IORING_MEM_REGION_TYPE_USER' },
  event_desc: { type_mask: 3, flags: 'ZCRX_EVENT_DESC_FLAG_STATS', stats_offset },
  ...more,
});
const arming = (event_type: number, fired_mask = 0) => ({
  ctrl: { op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type } },
  instances: [{ ...INSTANCE, fired_mask }],
});

/** Mistakes that public code on this interface makes, and the line that names their cause. */
const MISTAKES: [mistake: string, bundle: object, errno: string | null, line: RegExp][] = [
  [
    'a mask made of indices: ALLOC_FAIL | COPY is 0 | 1',
    registering(2176, { more: { event_desc: { type_mask: 0 | 1 } } }),
    null,
    /^! event_desc\.type_mask is 1, which asks for ALLOC_FAIL alone.* are indices: a mask of them is 1 << index, not the index$/m,
  ],
  [
    'a mask of both, where one type is armed',
    arming(3, 3),
    'EINVAL',
    /^→ ctrl\.zc_arm_event\.event_type is 3, but must be the index of one event type: 0 \(ALLOC_FAIL\) or 1 \(COPY\), not a mask/m,
  ],
  [
    'the bit of COPY, where its index is wanted',
    arming(2, 3),
    'EINVAL',
    /^→ ctrl\.zc_arm_event\.event_type is 2, .* not a mask \(2 is the bit of COPY, whose index is 1\)$/m,
  ],
  [
    'cqe->res read as a mask: 1 (COPY) taken for the bit of ALLOC_FAIL, whose index is armed',
    arming(0, 2),
    'EINVAL',
    /^! of instance 0 COPY \(1\) has fired\n→ ctrl\.zc_arm_event\.event_type is 0, but ALLOC_FAIL has not fired since it was armed/m,
  ],
  [
    'statistics behind the entries as asked for, not as rounded up',
    registering(128 + 16 * 100),
    'ERANGE',
    /^→ event_desc\.stats_offset 1728 lies inside the refill entries, which end at 2176 because rq_entries 100 is rounded up to 128; the first free offset is 2176$/m,
  ],
  [
    'statistics behind a header of 64 bytes, as Linux 7.2 has it',
    registering(64 + 16 * 128, { entries: 128 }),
    'ERANGE',
    /^→ event_desc\.stats_offset 2112 lies inside the refill entries, which end at 2176; the first free offset is 2176 \(on Linux 7\.3 the entries begin at 128, not at 64\)$/m,
  ],
  [
    'both of them',
    registering(64 + 16 * 100),
    'ERANGE',
    /rq_entries 100 is rounded up to 128; the first free offset is 2176 \(on Linux 7\.3 the entries begin at 128, not at 64\)$/m,
  ],
  [
    'statistics behind rq_hdr_size of Linux 7.2, which is not where the entries begin',
    registering(8 + 16 * 128, { entries: 128, kernel: '7.2' }),
    'ERANGE',
    /which end at 2112; the first free offset is 2112 \(on Linux 7\.2 the entries begin at 64, not at 8\)$/m,
  ],
  [
    'a region for the entries as asked for',
    registering(0, { entries: 5000, more: { region: { size: 81_920 }, event_desc: undefined } }),
    'EINVAL',
    /^→ region\.size is 81920, but the refill ring ends at 131200 because rq_entries 5000 is rounded up to 8192; whole pages that hold it are 135168 bytes$/m,
  ],
  [
    'a query with nr_args 1',
    { query: { query_op: 'IO_URING_QUERY_ZCRX', size: 40 }, nr_args: 1 },
    'EINVAL',
    /^→ nr_args is 1, but must be 0 for IORING_REGISTER_QUERY$/m,
  ],
  [
    'a control call with nr_args 1',
    { ...arming(1, 2), nr_args: 1 },
    'EINVAL',
    /^→ nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL$/m,
  ],
  [
    'an area that mmap did not give',
    registering(2176, { more: { area: { addr: FAILED, len: 1 << 20 } } }),
    'EOVERFLOW',
    /^→ area\.addr is 0xffffffffffffffff: that is MAP_FAILED, which mmap returns when it fails \(test for it, not for NULL\)$/m,
  ],
  [
    'a region that mmap did not give',
    registering(2176, { more: { region: { size: 1 << 20, flags: 1, user_addr: FAILED } } }),
    'EINVAL',
    /^→ region\.user_addr is 0xffffffffffffffff: that is MAP_FAILED, /m,
  ],
  [
    'structs in memory that mmap did not give',
    registering(2176, { more: { reg: { rq_entries: 100, flags: 2, area_ptr: FAILED }, area: undefined } }),
    'EFAULT',
    /^→ reg\.area_ptr is 0xffffffffffffffff: that is MAP_FAILED, /m,
  ],
  [
    'an area of the program that was not mapped, which is another mistake',
    registering(2176, {
      more: {
        memory: [
          ['0x10000000', 4096, 'rw'],
          ['0x300000000000', 1 << 20, 'rw'],
        ],
      },
    }),
    'EFAULT',
    /^→ area\.addr is 0x200000000000, but not all of the 1048576 bytes from there are mapped and writable$/m,
  ],
];

describe('the first line names the cause of', () => {
  test.each(MISTAKES)('%s', async (_mistake, bundle, errno, line) => {
    const { status, out } = await zcrx(['check', JSON.stringify(bundle)]);
    expect(out).toMatch(line);
    expect(status).toBe(errno === null ? 0 : 1);
    expect(out.split(' ')[0]).toBe(errno ?? 'succeeds');
  });
});

describe('EINVAL and ERANGE stand for different mistakes', () => {
  test.each([
    [2177, 'EINVAL', 'stats-unaligned'],
    [2172, 'EINVAL', 'stats-unaligned'],
    [2168, 'ERANGE', 'stats-overlap-ring'],
    [(1 << 20) - 8, 'ERANGE', 'stats-outside-region'],
  ])('statistics at %d: %s', async (offset, errno, rule) => {
    const { out } = await zcrx(['check', '--json', JSON.stringify(registering(offset))]);
    expect(JSON.parse(out)).toMatchObject({ errno, rule });
  });
});

describe('the same in what strace shows', () => {
  const register = (operation: string, argument: string, nrArgs: number) =>
    `io_uring_register(3, IORING_REGISTER_${operation}, ${argument}, ${nrArgs}) = -1 EINVAL (Invalid argument)`;

  test.each([
    [
      'a query with nr_args 1',
      register('QUERY', '{query_op=0x1, size=40}', 1),
      '→ nr_args is 1, but must be 0 for IORING_REGISTER_QUERY',
    ],
    [
      'a control call with nr_args 1',
      register('ZCRX_CTRL', '{zcrx_id=0, op=ZCRX_CTRL_FLUSH_RQ}', 1),
      '→ nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL',
    ],
    [
      'a mask that is armed',
      register('ZCRX_CTRL', '{zcrx_id=0, op=0x2, zc_arm_event={event_type=3}}', 0),
      '→ ctrl.zc_arm_event.event_type is 3, but must be the index of one event type: 0 (ALLOC_FAIL) or 1 (COPY), not a mask (3 is the mask of both: arm one after the other)',
    ],
  ])('%s', async (_what, line, said) => {
    const { status, out } = await zcrx(['check', line]);
    expect(status).toBe(1);
    expect(out.split('\n')[1]).toBe(said);
    expect(out).not.toContain('does not explain');
  });
});
