import { describe, expect, test } from 'vitest';
import { decode } from '../../src/index.js';
import { type Bundle, layOutBundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { refusal } from './refusal.js';
import { ctrl, INSTANCE, REGISTRATION, registration } from './verdict-rows.js';

const UPPER_HALF = 2n ** 63n;

describe('names', () => {
  const DESCRIPTORS: [revision: string, bundle: Bundle, mask: number][] = [
    ['event', { event_desc: { type_mask: 'ZCRX_EVENT_COPY', flags: 'ZCRX_EVENT_DESC_FLAG_STATS' } }, 2],
    ['event, both', { event_desc: { type_mask: ['ZCRX_EVENT_ALLOC_FAIL', 'ZCRX_EVENT_COPY'], flags: 1 } }, 3],
    ['v1', { notif_desc: { type_mask: 'ZCRX_NOTIF_COPY', flags: 'ZCRX_NOTIF_DESC_FLAG_STATS' } }, 2],
    ['v1, both', { notif_desc: { type_mask: 'ZCRX_NOTIF_NO_BUFFERS|ZCRX_NOTIF_COPY', flags: 1 } }, 3],
    [
      'rc',
      { revision: 'rc', notif_desc: { type_mask: 'ZCRX_NOTIF_COPY', flags: 'ZCRX_NOTIF_DESC_FLAG_STATS' } },
      2,
    ],
  ];

  test.each(DESCRIPTORS)('of the descriptor: %s', (_revision, given, mask) => {
    const { event_desc: _, ...rest } = REGISTRATION;
    const descriptor = { stats_offset: 4096, ...(given.event_desc ?? given.notif_desc) };
    const key = given.event_desc ? 'event_desc' : 'notif_desc';
    const { verdict } = checkBundle({ ...rest, ...given, [key]: descriptor });
    expect(verdict).toMatchObject({ errno: null, rule: 'ok' });
    expect(verdict.instances[0]?.event_mask).toBe(mask);
  });

  const ARMS: [revision: string, bundle: Bundle, outcome: string][] = [
    ['event', { ctrl: { op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } } }, 'ok'],
    [
      'rc',
      {
        revision: 'rc',
        ctrl: { op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { notif_type: 'ZCRX_NOTIF_COPY' } },
      },
      'ok',
    ],
    // The bit of COPY is no index.
    [
      'v1',
      { ctrl: { op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { type_mask: 'ZCRX_NOTIF_COPY' } } },
      'arm-type',
    ],
    // The bit of NO_BUFFERS is the index of COPY: the kernel takes it, and arms the other one.
    [
      'v1',
      { ctrl: { op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { type_mask: 'ZCRX_NOTIF_NO_BUFFERS' } } },
      'ok',
    ],
  ];

  test.each(ARMS)('of what is armed: %s', (_revision, bundle, outcome) => {
    expect(checkBundle({ ...bundle, instances: [INSTANCE] }).verdict.rule).toBe(outcome);
  });

  test('of queries', () => {
    for (const query_op of ['IO_URING_QUERY_ZCRX_NOTIF', 'IO_URING_QUERY_ZCRX_EVENT', 3])
      expect(checkBundle({ query: { query_op, size: 48 } }).verdict).toMatchObject({
        rule: 'ok',
        findings: [],
      });
  });

  test('that mix revisions are refused', () => {
    const mixed = { notif_desc: { type_mask: 'ZCRX_EVENT_COPY' } };
    const { event_desc: _, ...rest } = REGISTRATION;
    expect(refusal(() => checkBundle({ ...rest, ...mixed })).code).toBe('mixed-revisions');
  });

  test.each([
    ['IORING_SETUP_CQE_MIXED|IORING_SETUP_SINGLE_ISSUER|IORING_SETUP_DEFER_TASKRUN', 'ok'],
    ['CQE32 | SINGLE_ISSUER | DEFER_TASKRUN', 'ok'],
    [['CQE32', 'SINGLE_ISSUER', 'DEFER_TASKRUN'], 'ok'],
    [['CQE32', 0x1000, '0x2000'], 'ok'],
    [0x3800, 'ok'],
    ['14336', 'ok'],
    [[], 'ring-not-deferred'],
    [0, 'ring-not-deferred'],
    ['DEFER_TASKRUN', 'ring-cqe-size'],
  ])('of set-up flags: %j', (setup_flags, rule) => {
    expect(checkBundle({ ...REGISTRATION, setup_flags }).verdict.rule).toBe(rule);
  });

  test.each([
    ['CQE33'],
    [''],
    [['']],
    ['CQE32|'],
    [-1],
    [[-1]],
    [2 ** 32],
    ['0x100000000'],
    [1.5],
    [null],
    [{}],
    [[{ toString: 1 }]],
    [[[]]],
    [[null]],
    [true],
  ])('that are no set-up flags: %j', (setup_flags) => {
    const { field, message } = refusal(() => checkBundle({ ...REGISTRATION, setup_flags }));
    expect(field).toBe('setup_flags');
    expect(message).toMatch(/^setup_flags is /);
  });
});

describe('pointers', () => {
  const fieldsOf = (bundle: Bundle) => {
    const { structs } = layOutBundle(bundle);
    return decode('io_uring_zcrx_ifq_reg', structs.reg as Uint8Array).fields;
  };

  test('are laid out to structs that are there', () => {
    const { area_ptr, region_ptr, event_desc } = fieldsOf(REGISTRATION);
    expect(new Set([area_ptr, region_ptr, event_desc]).size).toBe(3);
    expect([area_ptr, region_ptr, event_desc].every((pointer) => pointer !== 0n)).toBe(true);
  });

  test('stay null where a struct is not there', () => {
    const { area_ptr, region_ptr, event_desc } = fieldsOf({ reg: { rq_entries: 1 } });
    expect([area_ptr, region_ptr, event_desc]).toEqual([0n, 0n, 0n]);
  });

  test('that are given lead to the struct all the same', () => {
    const bundle = registration({
      reg: { area_ptr: '0x7ffc00000fe0', region_ptr: 1n << 40n, event_desc: '4096' },
    });
    expect(fieldsOf(bundle)).toMatchObject({
      area_ptr: 0x7ffc_0000_0fe0n,
      region_ptr: 1n << 40n,
      event_desc: 4096n,
    });
    expect(checkBundle(bundle).verdict).toMatchObject({ errno: null });
  });

  test('that are given as null are null', () => {
    expect(checkBundle(registration({ reg: { area_ptr: 0 } })).verdict).toMatchObject({
      rule: 'area-unreadable',
    });
  });

  test('that are given without their struct lead nowhere', () => {
    const { area: _, ...rest } = registration({ reg: { area_ptr: '0x7f0000001000' } });
    expect(checkBundle(rest).verdict).toMatchObject({ errno: 'EFAULT', rule: 'area-unreadable' });
  });

  test('into memory that the bundle maps itself', () => {
    const memory = [['0x10000000', 4096, 'rw']] as const;
    expect(checkBundle({ ...REGISTRATION, memory }).verdict.rule).toBe('region-not-pinned');
  });

  test('with all 64 bits', () => {
    const { verdict } = checkBundle(
      registration({
        area: { addr: `${UPPER_HALF + 4096n}`, len: 1 << 20 },
        region: { user_addr: '0xffffffffffff0000', size: 0xf000 },
      }),
    );
    expect(verdict).toMatchObject({ errno: null });
    expect(Object.keys(verdict.writes)).toContain('0xffffffffffff0000');
    expect(Object.keys(verdict.writes)).toContain('0xffffffffffff1000');
  });
});

test('what was not given and is assumed is said', () => {
  const bundle = registration({ area: { addr: '0x7f0000000000' }, region: { user_addr: '0x7f1000000000' } });
  expect(checkBundle(bundle).assumed).toEqual([
    'the kernel is Linux 7.3',
    "the area's 8192 bytes from 0x7f0000000000 are mapped and writable",
    "the region's 8192 bytes from 0x7f1000000000 are mapped and writable",
    'the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN',
  ]);
  expect(checkBundle({ ...ctrl({ op: 0 }), kernel: '7.2' }).assumed).toEqual([]);
});

describe('queries', () => {
  test('of a list are linked, and each has room for its answer', () => {
    const query = Array.from({ length: 999 }, (_, i) => ({ query_op: i % 5 }));
    const { verdict } = checkBundle({ query });
    expect(verdict.errno).toBeNull();
    expect(verdict.findings.map(({ rule, entry }) => `${rule} ${entry}`).slice(0, 2)).toEqual([
      'query-unknown-op 4',
      'query-unknown-op 9',
    ]);
    expect(Object.keys(verdict.writes).length).toBeGreaterThan(999);
  });

  test('of any size have room for their answers, apart from each other', () => {
    const { verdict } = checkBundle({
      kernel: '7.1',
      query: [{ size: 10_000 }, { size: 5000 }, { size: 0x10_0000 }, {}],
    });
    expect(verdict).toMatchObject({ errno: null, findings: [] });
    const answers = Object.entries(verdict.writes).map(([address, hex]) => [Number(address), hex.length / 2]);
    const sorted = answers.toSorted(([a = 0], [b = 0]) => a - b);
    const ends = sorted.map(([address = 0, length = 0]) => address + length);
    for (const [i, [address = 0]] of sorted.slice(1).entries())
      expect(address).toBeGreaterThanOrEqual(ends[i] ?? 0);
    // Four headers, and of each answer what is told and the zeros behind it.
    expect(sorted).toHaveLength(12);
  });

  test('of more than the kernel takes are refused by it, of far more by us', () => {
    expect(checkBundle({ query: Array(1000).fill({}) }).verdict.rule).toBe('query-endless');
    const { message } = refusal(() => checkBundle({ query: Array(2001).fill({}) }));
    expect(message).toBe('query is "a list of 2001", expected at most 2000');
  });

  test('may link themselves', () => {
    const { verdict } = checkBundle({ query: [{ query_op: 0, next_entry: 0 }, { query_op: 9 }] });
    expect(verdict.findings).toEqual([]);
  });
});

const BAD: [what: string, bundle: unknown, field: string | undefined, message: RegExp][] = [
  ['no object', 7, 'the bundle', /^the bundle is 7, expected an object$/],
  ['a list', [], 'the bundle', /^the bundle is \[\], expected an object$/],
  ['nothing', {}, 'the bundle', /expected one with reg, ctrl or query$/],
  ['an unknown key', { reg: {}, regs: {} }, 'regs', /^a bundle has no "regs", expected call, kernel, /],
  [
    'a prototype',
    JSON.parse('{"reg":{},"__proto__":{"kernel":"7.2"}}'),
    '__proto__',
    /^a bundle has no "__proto__"/,
  ],
  ['a registration of text', { reg: 'x' }, 'reg', /^reg is "x", expected an object$/],
  ['a registration of null', { reg: null }, 'reg', /^reg is null, expected an object$/],
  ['an area of a list', { reg: {}, area: [] }, 'area', /^area is \[\], expected an object$/],
  ['an unknown field', { reg: { entries: 1 } }, 'entries', /has no field "entries"/],
  ['an unknown name', { reg: { flags: 'NODEV' } }, 'flags', /NODEV/],
  [
    'too large a number',
    { reg: { rq_entries: 2 ** 32 } },
    'rq_entries',
    /rq_entries is 4294967296, expected 0 to 4294967295/,
  ],
  ['less than nothing', { reg: {}, area: { len: -1 } }, 'len', /len is -1/],
  ['text for a number', { reg: {}, region: { size: 'all' } }, 'size', /"all"/],
  ['too few reserved words', { reg: { __resv: [0] } }, '__resv', /__resv/],
  [
    'another arm than the operation’s',
    { ctrl: { op: 0, zc_export: {} } },
    'zc_export',
    /zc_export goes with op 1, but op is 0/,
  ],
  ['two descriptors', { reg: {}, event_desc: {}, notif_desc: {} }, 'notif_desc', /one of the two/],
  [
    'a registration and a control call',
    { reg: {}, ctrl: {} },
    'reg',
    /^reg does not go with zcrx_ctrl, expected ctrl, area$/,
  ],
  [
    'a region beside a control call',
    { ctrl: {}, region: {} },
    'region',
    /^region does not go with zcrx_ctrl/,
  ],
  [
    'a query beside a registration',
    { call: 'register_ifq', reg: {}, query: {} },
    'query',
    /does not go with register_ifq/,
  ],
  [
    'a call that is no bundle',
    { call: 'close' },
    'call',
    /^call is "close", expected register_ifq, zcrx_ctrl or query$/,
  ],
  ['an unknown revision', { reg: {}, revision: 'v2' }, undefined, /v2/],
  ['arguments of text', { reg: {}, nr_args: '1' }, 'nr_args', /^nr_args is "1"/],
  ['arguments of null', { reg: {}, nr_args: null }, 'nr_args', /^nr_args is null/],
  ['privilege of null', { reg: {}, capable: null }, 'capable', /^capable is null/],
  ['memory of null', { reg: {}, memory: null }, 'memory', /^memory is null/],
  ['a page of text', { reg: {}, page_size: 'x' }, 'page_size', /^page_size is "x"/],
  ['a query of a number', { query: 7 }, 'query', /^query is 7, expected an object$/],
  ['a list of queries with a number', { query: [{}, 7] }, 'query[1]', /^query\[1\] is 7/],
  ['instances of text', { ctrl: {}, instances: 'x' }, 'instances', /^instances is "x"/],
  [
    'lists in lists',
    { reg: JSON.parse(`{"rq_entries":${'['.repeat(50_000)}${']'.repeat(50_000)}}`) },
    'rq_entries',
    /rq_entries/,
  ],
];

test.each(BAD)('%s is refused, and the field is named', (_what, bundle, field, message) => {
  const error = refusal(() => checkBundle(bundle));
  expect(error.message).toMatch(message);
  if (field !== undefined) expect(error.field).toBe(field);
});

describe('hints', () => {
  const hintsOf = (bundle: Bundle) => checkBundle(bundle).hints;
  const asking = (type_mask: unknown, more: Bundle = {}) =>
    registration({ ...more, event_desc: { type_mask } });

  test('a mask of an index asks for the other type', () => {
    // ZCRX_EVENT_ALLOC_FAIL | ZCRX_EVENT_COPY, as C has them
    expect(hintsOf(asking(0 | 1))).toEqual([
      'event_desc.type_mask is 1, which asks for ALLOC_FAIL alone, which never fires without a device: COPY is bit 2, both are 3. The constants ZCRX_EVENT_ALLOC_FAIL (0) and ZCRX_EVENT_COPY (1) are indices: a mask of them is 1 << index, not the index',
    ]);
  });

  test('by its name ALLOC_FAIL is what was meant', () => {
    expect(hintsOf(asking('ZCRX_EVENT_ALLOC_FAIL'))).toEqual([
      'event_desc.type_mask is 1, which asks for ALLOC_FAIL alone, which never fires without a device',
    ]);
    expect(hintsOf(asking(['ZCRX_EVENT_ALLOC_FAIL']))).toHaveLength(1);
    const onDevice = {
      ...registration({ reg: { flags: 0 }, event_desc: { type_mask: 'ZCRX_EVENT_ALLOC_FAIL' } }),
    };
    expect(hintsOf(onDevice)).toEqual([]);
  });

  test.each([0, 2, 3])('a mask of %d needs none', (mask) => {
    expect(hintsOf(asking(mask))).toEqual([]);
  });

  test('a type that is armed as a mask', () => {
    const bundle = { ctrl: { op: 2, zc_arm_notif: { type_mask: 1 } }, instances: [INSTANCE] };
    expect(hintsOf(bundle)).toEqual([
      "ctrl.zc_arm_notif.type_mask is a mask in the interface's first revision only, which was never released: Linux 7.2 and later have an index there, 0 for ALLOC_FAIL and 1 for COPY, and take 1 for COPY",
    ]);
  });

  test('a type that has not fired, where the other has', () => {
    const bundle = ctrl({ op: 2, zc_arm_event: { event_type: 0 } });
    expect(hintsOf(bundle)).toEqual(['of instance 0 COPY (1) has fired']);
    expect(hintsOf({ ...bundle, instances: [{ ...INSTANCE, fired_mask: 0 }] })).toEqual([]);
    expect(hintsOf(ctrl({ op: 2, zc_arm_event: { event_type: 1 } }))).toEqual([]);
  });
});
