import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zcrx } from './cli-terminal.js';

const OVERLAPPING = {
  reg: { rq_entries: 100, flags: 'ZCRX_REG_NODEV' },
  area: { len: 8192 },
  region: { size: 8192, flags: 1 },
  event_desc: { type_mask: 3, flags: 1, stats_offset: 1664 },
};
const GOOD = { ...OVERLAPPING, event_desc: { ...OVERLAPPING.event_desc, stats_offset: 2176 } };
const INSTANCE = {
  id: 0,
  event_mask: 3,
  fired_mask: 2,
  nodev: true,
  imported: false,
  areas: 1,
  rq_entries: 128,
};

const check = (bundle: unknown, ...options: string[]) => zcrx(['check', JSON.stringify(bundle), ...options]);

describe('the text', () => {
  test('of a call that is taken', async () => {
    const { status, out, err } = await check(GOOD);
    expect([status, err]).toEqual([0, '']);
    expect(out).toBe(`succeeds  IORING_REGISTER_ZCRX_IFQ on Linux 7.3
  instance 0: 128 refill entries from 128 on
  events: ALLOC_FAIL, COPY
  assumed: the kernel is Linux 7.3
  assumed: the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN
`);
  });

  test('of one that is refused', async () => {
    const { status, out, err } = await check(OVERLAPPING);
    expect(status).toBe(1);
    expect(err).toBe('zcrx: the call would be refused: ERANGE (stats-overlap-ring)\n');
    expect(out).toBe(`ERANGE  IORING_REGISTER_ZCRX_IFQ on Linux 7.3 is refused
→ event_desc.stats_offset 1664 lies inside the refill entries, which end at 2176 because rq_entries 100 is rounded up to 128; the first free offset is 2176 (on Linux 7.3 the entries begin at 128, not at 64)
    stats-overlap-ring (ERANGE, since Linux 7.2)
    fix: event_desc.stats_offset = 2176
  assumed: the kernel is Linux 7.3
  assumed: the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN
`);
  });

  test('of one with several things wrong: an arrow at the first alone', async () => {
    const { out } = await check({
      ...OVERLAPPING,
      capable: false,
      nr_args: 0,
      area: { len: 8192, flags: 8 },
    });
    const marked = out.split('\n').filter((line) => /^(→| ) [^ ]/.test(line) && !line.includes('assumed'));
    expect(marked.map((line) => line.slice(0, 40))).toEqual([
      '→ nr_args is 0, but must be 1 for IORING',
      '  the process lacks CAP_NET_ADMIN in the',
      '  event_desc.stats_offset 1664 lies insi',
      '  area.flags is 0x8, of which 0x8 means ',
    ]);
  });

  test('of questions that are refused in a query that is not: no arrow', async () => {
    const { status, out } = await check({ query: [{ query_op: 9 }, { query_op: 1 }] });
    expect(status).toBe(0);
    expect(out).toBe(`succeeds  IORING_REGISTER_QUERY on Linux 7.3
  query.query_op is 9, but Linux 7.3 knows only the questions 0 to 3: result will be -95 (EOPNOTSUPP)
    query-unknown-op (EOPNOTSUPP, since Linux 6.18)
  assumed: the kernel is Linux 7.3
`);
  });

  test('of a pointer that is none: the same is not said twice', async () => {
    const { out } = await check({
      ...GOOD,
      region: { size: 8192, flags: 1, user_addr: '0xffffffffffffffff' },
    });
    expect(out.match(/MAP_FAILED/g)).toHaveLength(1);
  });

  test('of what is not known', async () => {
    const bundle = {
      kernel: '6.17',
      reg: { if_idx: 2, rq_entries: 1 },
      area: { len: 4096 },
      region: { size: 4096 },
    };
    const { status, out } = await check({ ...bundle, devices: [{ if_idx: 2, unknown: true }] });
    expect(status).toBe(0);
    expect(out.split('\n')[0]).toBe(
      'not known  IORING_REGISTER_ZCRX_IFQ on Linux 6.17: passes up to the network device; what follows from the device is not known here',
    );
  });

  test('of an import before Linux 7.1', async () => {
    const { status, out } = await check({
      kernel: '7.0',
      reg: { flags: 1, if_idx: 7 },
      files: { 7: 'zcrx:0' },
    });
    expect(status).toBe(0);
    expect(
      out,
    ).toBe(`not known  IORING_REGISTER_ZCRX_IFQ on Linux 7.0: what an import leads to is not known of this kernel
  assumed: the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN
`);
  });

  test('of an interface of which nothing is said, with more behind it', async () => {
    const { status, out, err } = await check({
      ...GOOD,
      reg: { rq_entries: 1, if_idx: 2 },
      area: { len: 0 },
    });
    expect(status).toBe(1);
    expect(err).toBe('zcrx: the call would be refused: EFAULT (area-empty)\n');
    expect(
      out,
    ).toBe(`not known  IORING_REGISTER_ZCRX_IFQ on Linux 7.3: what follows from the device is not known here
  area.len is 0, but the area needs at least a page (4096)
    area-empty (EFAULT)
    fix: area.len = 4096
  assumed: the kernel is Linux 7.3
  assumed: the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN
  assumed: interface 2 exists; what its driver says is not known
`);
  });

  test('shows what is fixed in an address in hex', async () => {
    const { out } = await check({ ...GOOD, area: { addr: '0x7f0000000001', len: 8192 } });
    expect(out).toContain('fix: area.addr = 0x7f0000000000\n');
  });

  test('marks a hint', async () => {
    const { status, out } = await check({ ...GOOD, event_desc: { type_mask: 1 } });
    expect(status).toBe(0);
    expect(out).toMatch(/\n! event_desc\.type_mask is 1, which asks for ALLOC_FAIL alone/);
  });
});

describe('names of every revision', () => {
  const notif = { type_mask: 'ZCRX_NOTIF_COPY|ZCRX_NOTIF_NO_BUFFERS', flags: 'ZCRX_NOTIF_DESC_FLAG_STATS' };
  const { event_desc: _, ...rest } = GOOD;

  test('of the first: the descriptor', async () => {
    const { status, out } = await check({ ...rest, notif_desc: { ...notif, stats_offset: 2176 } });
    expect(status).toBe(0);
    expect(out).toContain('events: ALLOC_FAIL, COPY\n');
  });

  test('of the first: arming by the bit, which no kernel takes', async () => {
    const arm = { op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { type_mask: 'ZCRX_NOTIF_COPY' } };
    const { status, out } = await check({ ctrl: arm, instances: [INSTANCE] });
    expect(status).toBe(1);
    expect(out).toContain(
      '→ ctrl.zc_arm_event.event_type is 2, but must be the index of one event type: 0 (ALLOC_FAIL) or 1 (COPY), not a mask (2 is the bit of COPY, whose index is 1)\n',
    );
    expect(out).toMatch(/\n! ctrl\.zc_arm_notif\.type_mask is a mask in the interface's first revision only/);
  });

  test('of the release candidates: arming by the index', async () => {
    const arm = { op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { notif_type: 'ZCRX_NOTIF_COPY' } };
    const { status } = await check({ revision: 'rc', ctrl: arm, instances: [INSTANCE] });
    expect(status).toBe(0);
  });

  test('of the released one: arming', async () => {
    const arm = { op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } };
    expect((await check({ ctrl: arm, instances: [INSTANCE] })).status).toBe(0);
  });

  test('of queries', async () => {
    expect((await check({ query: { query_op: 'IO_URING_QUERY_ZCRX_NOTIF', size: 48 } })).status).toBe(0);
  });
});

describe('--kernel', () => {
  test('goes before what the bundle says', async () => {
    const { status, out } = await check({ ...GOOD, kernel: '7.3' }, '--kernel', '7.1');
    expect(status).toBe(1);
    expect(out).toMatch(
      /^EINVAL {2}IORING_REGISTER_ZCRX_IFQ on Linux 7\.1 is refused\n→ reg\.event_desc is 0x[\da-f]+, but must be 0 on Linux 7\.1: the field came with Linux 7\.2\n/,
    );
  });

  test('takes what uname -r says', async () => {
    const { status, out } = await check(GOOD, '--kernel', '7.3.4+deb13-cloud-amd64');
    expect(status).toBe(0);
    expect(out).toMatch(/^succeeds {2}IORING_REGISTER_ZCRX_IFQ on Linux 7\.3\.4\+deb13-cloud-amd64\n/);
  });

  test('of a newer one is judged as the newest known, with a note', async () => {
    const { status, out } = await check(OVERLAPPING, '--kernel', '7.4');
    expect(status).toBe(1);
    expect(out).toContain('  assumed: Linux 7.4 is newer than this library knows: it is judged as 7.3\n');
    expect(out).toContain('the first free offset is 2176');
  });

  test('of an old one is refused', async () => {
    const { status, out, err } = await check(GOOD, '--kernel', '6.12');
    expect([status, out]).toEqual([2, '']);
    expect(err).toBe('zcrx: kernel is "6.12", expected a release of Linux 6.16 or later, as "7.3"\n');
  });
});

const hasKoffi =
  spawnSync(process.execPath, ['-e', 'require("koffi")'], { cwd: import.meta.dirname }).status === 0;
describe.skipIf(!hasKoffi || process.platform !== 'linux')('"kernel": "running"', () => {
  const [, major, minor] = (/^(\d+)\.(\d+)/.exec(release()) ?? []).map(Number);
  const isKnown = 100 * (major ?? 0) + (minor ?? 0) >= 616;

  test.each([
    ['in the bundle', { ...GOOD, kernel: 'running' }, []],
    ['as an option', GOOD, ['--kernel', 'running']],
  ])('%s asks this machine', async (_where, bundle, options) => {
    const { status, out, err } = await check(bundle, '--json', ...options);
    if (!isKnown) {
      expect([status, err]).toEqual([2, expect.stringContaining(`kernel is "${release()}", expected`)]);
      return;
    }
    const { kernel, rule, findings } = JSON.parse(out);
    expect(kernel).toBe(release());
    expect(status).toBe(rule === 'ok' ? 0 : 1);
    if (minor !== undefined && (major ?? 0) * 100 + minor < 701) {
      expect(findings.map((each: { rule: string }) => each.rule)).toContain('reg-flags');
    }
  });

  test.runIf(isKnown)('knows that lo can do no DMA', async () => {
    const { out } = await check(
      { ...GOOD, kernel: 'running', reg: { rq_entries: 100, if_idx: 1 } },
      '--json',
    );
    const { findings } = JSON.parse(out);
    expect(findings.map((each: { rule: string }) => each.rule)).toContain('device-no-dma');
  });

  test.runIf(isKnown)('leaves what the bundle says as it says it', async () => {
    const { out } = await check({ ...GOOD, kernel: 'running', capable: false, page_size: 65_536 }, '--json');
    const { findings } = JSON.parse(out) as { findings: { rule: string; message: string }[] };
    expect(findings[0]).toMatchObject({ rule: 'not-capable' });
    expect(findings.find(({ rule }) => rule === 'area-unaligned')?.message).toContain('the page size 65536');
  });
});

describe('--json', () => {
  test('prints one document', async () => {
    const { status, out, err } = await check(OVERLAPPING, '--json', '--kernel', '7.2');
    expect(status).toBe(1);
    expect(err).toBe('zcrx: the call would be refused: ERANGE (stats-overlap-ring)\n');
    expect(JSON.parse(out)).toEqual({
      kernel: '7.2',
      call: 'register_ifq',
      errno: 'ERANGE',
      rule: 'stats-overlap-ring',
      field: 'event_desc.stats_offset',
      findings: [
        {
          rule: 'stats-overlap-ring',
          errno: 'ERANGE',
          field: 'event_desc.stats_offset',
          value: '1664',
          message:
            'event_desc.stats_offset 1664 lies inside the refill entries, which end at 2112 because rq_entries 100 is rounded up to 128; the first free offset is 2112',
          since: '7.2',
          fix: { field: 'event_desc.stats_offset', value: '2112' },
        },
      ],
      hints: [],
      assumed: ['the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN'],
      writes: { '0x300000000000': '00'.repeat(8) },
      instances: [],
    });
  });
});

describe('--fix', () => {
  test('prints a bundle that passes, and what it changed on stderr', async () => {
    const given = { kernel: '7.2', nr_args: 2, ...OVERLAPPING };
    const { status, out, err } = await check(given, '--fix');
    expect(status).toBe(0);
    expect(err).toBe(
      'zcrx: nr_args = 1 (ifq-nr-args)\nzcrx: event_desc.stats_offset = 2112 (stats-overlap-ring)\n',
    );
    const fixed = JSON.parse(out);
    expect(fixed).toEqual({ ...given, nr_args: 1, event_desc: { ...given.event_desc, stats_offset: 2112 } });
    expect(Object.keys(fixed)).toEqual(Object.keys(given));
    const again = await zcrx(['check', '-', '--fix'], out);
    expect([again.status, again.err, again.out]).toEqual([0, '', out]);
  });

  test('of what cannot be mended prints what it could do, and what is left', async () => {
    const { status, out, err } = await check({ ctrl: { op: 4, __resv: [0, 1] }, nr_args: 1 }, '--fix');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toEqual({ ctrl: { op: 4, __resv: [0, 0] }, nr_args: 0 });
    expect(err.split('\n')).toEqual([
      'zcrx: nr_args = 0 (ctrl-nr-args)',
      'zcrx: ctrl.__resv[1] = 0 (ctrl-reserved)',
      'zcrx: what is left: ctrl.zcrx_id is 0, but the ring has no instance (ENXIO)',
      '',
    ]);
  });

  test('of what was not proved says so', async () => {
    const bundle = {
      kernel: '6.17',
      reg: { if_idx: 2, rq_entries: 1 },
      area: { len: 4096 },
      region: { size: 4096 },
    };
    const { status, out } = await check({ ...bundle, devices: [{ if_idx: 2, unknown: true }] }, '--fix');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject(bundle);
  });

  test('is for JSON', async () => {
    const { status, err } = await zcrx(['check', '$1 = {if_idx = 0, if_rxq = 0, rq_entries = 1}', '--fix']);
    expect([status, err]).toEqual([2, 'zcrx: --fix works on JSON\n']);
  });
});

const BAD: [what: string, input: string, said: RegExp][] = [
  ['nothing', '', /^the input is empty, expected JSON, or what strace or gdb print$/],
  ['blanks', ' \n\t', /^the input is empty/],
  ['cut JSON', '{"reg":', /^JSON: Unexpected end of JSON input$/],
  ['JSON without quotes', '{reg: {}}', /^JSON, line 1, column 2: /],
  ['JSON with single quotes', "{'reg': {}}", /^JSON, line 1, column 2: /],
  ['a list', '[1, 2]', /^the JSON is no object, expected one with reg, ctrl or query$/],
  ['a list of bundles', '[{"reg": {}}]', /^the JSON is no object/],
  ['null', 'null', /^the JSON is no object/],
  ['a number', ' -1e3 ', /^the JSON is no object/],
  ['text', '"reg"', /^the JSON is no object/],
  ['an object of nothing', '{}', /^the bundle is \[\], expected one with reg, ctrl or query$/],
  ['an unknown struct', '{"register": {}}', /^a bundle has no "register", expected call, kernel, revision, /],
  [
    'an unknown field',
    '{"reg": {"entries": 1}}',
    /^io_uring_zcrx_ifq_reg has no field "entries", expected if_idx, /,
  ],
  ['an unknown name', '{"reg": {"flags": "ZCRX_REG_NODEVICE"}}', /"ZCRX_REG_NODEVICE"/],
  [
    'a number that JSON cannot hold',
    '{"area": {"len": 9007199254740993}, "reg": {}}',
    /cannot hold 9007199254740993 exactly; quote it/,
  ],
  ['words', 'reg', /^the input is neither JSON nor a call of io_uring_register as strace prints it, nor /],
];

test.each(BAD)('bad input, %s: one line, and status 2', async (_what, input, said) => {
  const { status, out, err } = await zcrx(['check', '-'], input);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(/^zcrx: [^\n]+\n$/);
  expect(err.slice(6, -1)).toMatch(said);
});

describe('input', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-check-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is an argument, standard input, or a file', async () => {
    const text = JSON.stringify(GOOD, null, 2);
    const path = join(folder, 'bundle.json');
    writeFileSync(path, `\ufeff${text}`);
    const outcomes = [
      await zcrx(['check', text]),
      await zcrx(['check', '-'], text),
      await zcrx(['check'], text),
      await zcrx(['check', `@${path}`]),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(new Set(outcomes.map(({ out }) => out)).size).toBe(1);
  });

  test('that is the name of a file gets advice', async () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{}');
    const { status, err } = await zcrx(['check', path]);
    expect(status).toBe(2);
    expect(err).toContain(`to read the file of that name write @${path}\n`);
  });

  test('that is no text is refused', async () => {
    const { status, err } = await zcrx(['check', '-'], new Uint8Array(96));
    expect([status, err]).toEqual([
      2,
      'zcrx: the input is no text, expected JSON, or what strace or gdb print\n',
    ]);
  });

  test('that is not there is refused', async () => {
    const { status, err } = await zcrx(['check', `@${join(folder, 'none')}`]);
    expect([status, err]).toEqual([
      2,
      `zcrx: cannot read "${join(folder, 'none')}": no such file or directory\n`,
    ]);
  });
});

test.each([
  [['--core', 'x'], '--core needs --address, where the argument of the call lies'],
  [['{}', '--core', 'x', '--address', '0x1000'], '--core is an input of its own, expected no other'],
  [
    ['{}', '--address', 'main'],
    "option '--address <address>' argument 'main' is invalid. Expected an address, as 0x7ffd0c5a1c40.",
  ],
  [
    ['{}', '--address', '0x10000000000000000'],
    "option '--address <address>' argument '0x10000000000000000' is invalid. Expected an address, as 0x7ffd0c5a1c40.",
  ],
  [
    ['{}', '--call', 'open'],
    "option '--call <name>' argument 'open' is invalid. Allowed choices are register_ifq, zcrx_ctrl, query.",
  ],
  [['{}', '{}'], "too many arguments for 'check'. Expected 1 argument but got 2."],
])('the options %j are refused', async (options, said) => {
  const { status, out, err } = await zcrx(['check', ...options]);
  expect([status, out]).toEqual([2, '']);
  expect(err).toBe(`zcrx: ${said}\n`);
});
