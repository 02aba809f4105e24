import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, toJson } from '../../src/index.js';
import { zcrx } from './cli-terminal.js';
import { coreOf } from './core-bytes.js';

let folder: string;
const at = (name: string) => join(folder, name);

const REG =
  'io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, {if_idx=0, if_rxq=0, rq_entries=4096, flags=0x2 /* ZCRX_REG_??? */, area_ptr=0x555a32f37080, region_ptr=0x555a32f370c0, offsets={head=0, tail=0, rqes=0}, zcrx_id=0, rx_buf_len=0, event_desc=0x555a32f37100}, 1) = -1 EINVAL (Invalid argument)';
const REG_BYTES = encode('io_uring_zcrx_ifq_reg', {
  rq_entries: 4096,
  flags: 2,
  area_ptr: 0x555a32f37080n,
  region_ptr: 0x555a32f370c0n,
  event_desc: 0x555a32f37100n,
});
const DESC =
  '$8 = {user_data = 42, type_mask = 2, flags = 1, stats_offset = 65664, __resv2 = {0 <repeats 9 times>}}';
const DESC_BYTES = encode('zcrx_event_desc', { user_data: 42n, type_mask: 2, flags: 1, stats_offset: 65664 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-evidence-'));
  writeFileSync(
    at('trace.txt'),
    `execve("/x", ["x"], 0x1 /* 2 vars */) = 0\n${REG}\n+++ exited with 0 +++\n`,
  );
  writeFileSync(at('colours.txt'), REG.replace('(3,', '(\u001b[35m3\u001b[0m,'));
  writeFileSync(at('gdb.txt'), `(gdb) p desc\n${DESC}\n`);
  writeFileSync(
    at('core'),
    coreOf([
      {
        start: 0x1000n,
        bytes: Uint8Array.from([...DESC_BYTES, ...encode('zcrx_stats', { copy_count: 3n })]),
      },
    ]),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is decoded from the same bytes, with where they came from. */
const expected = (name: string, bytes: Uint8Array, from: string, notes: string[] = []) => ({
  ...(toJson(decode(name, bytes)) as object),
  from,
  notes,
});
const unprinted = ['not printed, so taken as zero: offsets.__resv2, offsets.__resv, __resv'];

describe('JSON', () => {
  const GIVEN: [what: string, args: () => string[], input: string, document: () => object][] = [
    [
      'a trace',
      () => ['io_uring_zcrx_ifq_reg', `@${at('trace.txt')}`],
      '',
      () => expected('io_uring_zcrx_ifq_reg', REG_BYTES, 'strace, line 2', unprinted),
    ],
    [
      'a trace with colours',
      () => ['io_uring_zcrx_ifq_reg', `@${at('colours.txt')}`],
      '',
      () => expected('io_uring_zcrx_ifq_reg', REG_BYTES, 'strace, line 1', unprinted),
    ],
    [
      'a trace on standard input',
      () => ['io_uring_zcrx_ifq_reg', '-'],
      REG,
      () => expected('io_uring_zcrx_ifq_reg', REG_BYTES, 'strace, line 1', unprinted),
    ],
    [
      'a printed struct',
      () => ['zcrx_event_desc', `@${at('gdb.txt')}`],
      '',
      () => expected('zcrx_event_desc', DESC_BYTES, 'printed struct, line 2: $8'),
    ],
    [
      'an argument',
      () => ['zcrx_stats', '{copy_count = 3, copy_bytes = 0x1000}'],
      '',
      () =>
        expected(
          'zcrx_stats',
          encode('zcrx_stats', { copy_count: 3n, copy_bytes: 4096n }),
          'printed struct, line 1',
        ),
    ],
    [
      'a core',
      () => ['zcrx_event_desc', '--core', at('core'), '--address', '0x1000'],
      '',
      () => ({ ...expected('zcrx_event_desc', DESC_BYTES, `core ${JSON.stringify(at('core'))}, at 0x1000`) }),
    ],
    [
      'a core, decimal address',
      () => ['zcrx_stats', '--core', at('core'), '--address', '4192'],
      '',
      () =>
        expected(
          'zcrx_stats',
          encode('zcrx_stats', { copy_count: 3n }),
          `core ${JSON.stringify(at('core'))}, at 0x1060`,
        ),
    ],
    [
      'a size',
      () => ['io_uring_cqe', '--core', at('core'), '--address', '0x1060', '--size', '16'],
      '',
      () =>
        expected(
          'io_uring_cqe',
          encode('zcrx_stats', { copy_count: 3n }),
          `core ${JSON.stringify(at('core'))}, at 0x1060`,
        ),
    ],
  ];

  test.each(GIVEN)('%s', async (_what, args, input, document) => {
    const { out, err, status } = await zcrx(['decode', ...args(), '--json'], input);
    expect([err, status]).toEqual(['', 0]);
    expect(JSON.parse(out)).toEqual(document());
  });

  test('several printed structs are a list', async () => {
    const text =
      'h1 = {next_entry = 16, query_data = 32, query_op = 1, size = 40, result = 0}\nh2 = {next_entry = 0, query_data = 0, query_op = 0, size = 0, result = 0}\nx = {tv_sec = 1, tv_nsec = 2}';
    const { out } = await zcrx(['decode', 'io_uring_query_hdr', '-', '--json'], text);
    expect(JSON.parse(out).map((each: { from: string }) => each.from)).toEqual([
      'printed struct, line 1: h1',
      'printed struct, line 2: h2',
    ]);
  });

  test('an array in a core', async () => {
    const { out } = await zcrx([
      'decode',
      'zcrx_stats',
      '--core',
      at('core'),
      '--address',
      '0x1000',
      '--count',
      '2',
      '--json',
    ]);
    expect(JSON.parse(out).map((each: { from: string }) => each.from.slice(-6))).toEqual([
      '0x1000',
      '0x1010',
    ]);
  });

  test('names of an earlier revision give it', async () => {
    const text = '{zcrx_id = 0, op = ZCRX_CTRL_ARM_NOTIFICATION, zc_arm_notif = {type_mask = 2}}';
    const { out } = await zcrx(['decode', 'zcrx_ctrl', text, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      revision: 'v1',
      names: { zc_arm_notif: { type_mask: ['ZCRX_NOTIF_COPY'] } },
    });
  });
});

test('text ends with what it was taken from, behind the findings', async () => {
  const { out } = await zcrx(['decode', 'zcrx_event_desc', '{user_data = 42, type_mask = 0x10, flags = 0}']);
  expect(out.split('\n').slice(-5)).toEqual([
    expect.stringMatching(/^ {2}16 {2}stats_offset/),
    expect.stringMatching(/^! unknown-bits: zcrx_event_desc\.type_mask is 0x10/),
    'taken from printed struct, line 1',
    'note: not printed, so taken as zero: stats_offset, __resv2',
    '',
  ]);
});

const WRONG: [what: string, args: () => string[], input: string, message: RegExp][] = [
  [
    'only an address in the trace',
    () => ['io_uring_zcrx_ifq_reg', '-'],
    'io_uring_register(3, 0x20 /* IORING_REGISTER_??? */, 0x7ffd0c5a1c40, 1) = -1 EINVAL (Invalid argument)',
    /^zcrx: no io_uring_zcrx_ifq_reg in the strace input, line 1: strace printed only the address 0x7ffd0c5a1c40 .* gdb's x\/12xg 0x7ffd0c5a1c40 .*--core FILE --address 0x7ffd0c5a1c40\)\n$/,
  ],
  [
    'what a struct points to',
    () => ['zcrx_event_desc', '-'],
    REG,
    /^zcrx: no zcrx_event_desc in the strace input, line 1: strace does not print what reg points to/,
  ],
  [
    'NULL',
    () => ['zcrx_ctrl', '-'],
    'io_uring_register(3, 0x24, NULL, 0) = -1 EINVAL (Invalid argument)',
    /line 1: the argument is NULL\n$/,
  ],
  [
    'another struct in the trace',
    () => ['zcrx_stats', '-'],
    REG,
    /^zcrx: the strace input has no zcrx_stats, expected its fields in braces; it has io_uring_zcrx_ifq_reg\n$/,
  ],
  [
    'another printed struct',
    () => ['zcrx_stats', '-'],
    DESC,
    /^zcrx: the text has no zcrx_stats, .*; it has zcrx_event_desc\n$/,
  ],
  [
    'a damaged trace',
    () => ['io_uring_zcrx_ifq_reg', '-'],
    REG.slice(0, 90),
    /^zcrx: strace input, line 1, column 48: the text ends before the "}"/,
  ],
  [
    'a damaged struct',
    () => ['zcrx_stats', '-'],
    '$1 = {\n copy_count = ?}',
    /^zcrx: gdb input, line 2, column 15: found "\?}", expected a number/,
  ],
  [
    'a value that does not fit',
    () => ['zcrx_event_desc', '-'],
    '{user_data = 1, flags = 0x100000000}',
    /^zcrx: zcrx_event_desc\.flags is 4294967296, expected 0 to 4294967295/,
  ],
  [
    'a flag that does not exist',
    () => ['io_uring_zcrx_ifq_reg', '-'],
    '{if_idx = 1, flags = ZCRX_REG_FOO}',
    /^zcrx: io_uring_zcrx_ifq_reg\.flags is "ZCRX_REG_FOO", expected a number or/,
  ],
  ['mixed revisions', () => ['zcrx_event_desc', '-', '-r', 'v1'], DESC, /belong to different revisions/],
  [
    'an array of text',
    () => ['zcrx_event_desc', '-', '--count', '2'],
    DESC,
    /--count is for bytes, not for a struct that was printed/,
  ],
  ['a core without an address', () => ['zcrx_stats', '--core', at('core')], '', /--core needs --address/],
  ['an address without a core', () => ['zcrx_stats', '00', '--address', '1'], '', /--address is for --core/],
  ['a size without a core', () => ['zcrx_stats', '00', '--size', '1'], '', /--size is for --core/],
  ['bytes and a core', () => ['zcrx_stats', '00', '--core', at('core'), '--address', '1'], '', /given twice/],
  [
    'no address',
    () => ['zcrx_stats', '--core', at('core'), '--address', '0x10000000000000000'],
    '',
    /Expected an address, as 0x7ffd0c5a1c40/,
  ],
  [
    'an address that is not there',
    () => ['zcrx_stats', '--core', at('core'), '--address', '0x10'],
    '',
    /^zcrx: 0x10 was no memory of the program; the nearest memory is 0x1000 to 0x1070 \(rw-\)\n$/,
  ],
  [
    'a struct of two sizes',
    () => ['io_uring_cqe', '--core', at('core'), '--address', '0x1000'],
    '',
    /io_uring_cqe has 16 or 32 bytes; expected --size 16 or --size 32/,
  ],
  [
    'another size',
    () => ['zcrx_stats', '--core', at('core'), '--address', '0x1000', '--size', '8'],
    '',
    /zcrx_stats has 16 bytes, got 8; expected --size 16/,
  ],
  [
    'too many',
    () => ['zcrx_stats', '--core', at('core'), '--address', '0x1000', '--count', '9999999'],
    '',
    /159999984 bytes of a core were asked for/,
  ],
  [
    'a text as core',
    () => ['zcrx_stats', '--core', at('gdb.txt'), '--address', '1'],
    '',
    /^zcrx: the file is no ELF file; expected a core file\n$/,
  ],
  [
    'a folder as core',
    () => ['zcrx_stats', '--core', folder, '--address', '1'],
    '',
    /^zcrx: cannot read ".*": illegal operation on a directory\n$/,
  ],
  [
    'no such core',
    () => ['zcrx_stats', '--core', at('none'), '--address', '1'],
    '',
    /no such file or directory\n$/,
  ],
];

test.each(WRONG)('refused with status 2: %s', async (_what, args, input, message) => {
  const { out, err, status } = await zcrx(['decode', ...args()], input);
  expect(err).toMatch(message);
  expect([out, status]).toEqual(['', 2]);
});
