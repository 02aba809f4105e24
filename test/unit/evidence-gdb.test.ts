import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EvidenceError } from '../../src/evidence/error.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import { type GdbOptions, readGdb } from '../../src/evidence/gdb.js';
import { encodePart } from '../../src/evidence/parts.js';
import { readStrace } from '../../src/evidence/strace.js';
import { encode } from '../../src/index.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// What gdb 13 wrote of one registration, and of its memory.
const REG =
  '{if_idx = 3, if_rxq = 0, rq_entries = 4096, flags = 8, area_ptr = 93824992247936, region_ptr = 93824992248000, offsets = {head = 0, tail = 0, rqes = 0, __resv2 = 0, __resv = {1, 0}}, zcrx_id = 0, rx_buf_len = 0, event_desc = 0, __resv = {0, 7}}';
const PRETTY = `$9 = {
  if_idx = 3,
  if_rxq = 0,
  rq_entries = 4096,
  flags = 8,
  area_ptr = 93824992247936,
  region_ptr = 93824992248000,
  offsets = {
    head = 0,
    tail = 0,
    rqes = 0,
    __resv2 = 0,
    __resv = {1, 0}
  },
  zcrx_id = 0,
  rx_buf_len = 0,
  event_desc = 0,
  __resv = {0, 7}
}`;
const GIANTS = `0x555555558160 <reg>:	0x0000000000000003	0x0000000800001000
0x555555558170 <reg+16>:	0x0000555555558080	0x00005555555580c0
0x555555558180 <reg+32>:	0x0000000000000000	0x0000000000000000
0x555555558190 <reg+48>:	0x0000000000000001	0x0000000000000000
0x5555555581a0 <reg+64>:	0x0000000000000000	0x0000000000000000
0x5555555581b0 <reg+80>:	0x0000000000000000	0x0000000000000007`;
const REG_BYTES = encode('io_uring_zcrx_ifq_reg', {
  if_idx: 3,
  rq_entries: 4096,
  flags: 8,
  area_ptr: 0x555555558080n,
  region_ptr: 0x5555555580c0n,
  offsets: { __resv: [1n, 0n] },
  __resv: [0n, 7n],
});

const PRINTED: [what: string, text: string, source: string][] = [
  ['print', `$1 = ${REG}`, '$1 in line 1'],
  ['print/x', `$2 = ${REG.replace(/\b\d+\b/g, (n) => `0x${BigInt(n).toString(16)}`)}`, '$2 in line 1'],
  ['print/o', `$2 = ${REG.replace(/\b[1-9]\d*\b/g, (n) => `0${BigInt(n).toString(8)}`)}`, '$2 in line 1'],
  ['print pretty', PRETTY, '$9 in line 1'],
  ['array-indexes', `$16 = ${REG.replace('{1, 0}', '{[0] = 1, [1] = 0}')}`, '$16 in line 1'],
  ['info locals', `p = 0x10\nreg = ${REG}\nmem = 0x7ffff7cd1000`, 'reg in line 2'],
  ['display', `1: *reg = ${REG}`, '1: *reg in line 1'],
  ['output', REG, 'what was printed in line 1'],
  ['a reference of C++', `$1 = (io_uring_zcrx_ifq_reg &) @0x7ffe0010: ${REG}`, '$1 in line 1'],
  [
    'a copied session',
    `(gdb) p reg\n$1 = ${REG}\n(gdb) up\n#1  0x0000 in main (argc=1) at a.c:3\n3\t  if (a < b) { "`,
    '$1 in line 2',
  ],
  ['the answer behind the prompt', `(gdb) $1 = ${REG}`, '$1 in line 1'],
  [
    'printed again',
    `$1 = {if_idx = 1, if_rxq = 1, rq_entries = 1}\n$2 = ${REG}`,
    '$2 in line 2, the last of 2',
  ],
  [
    'behind a character that looks like a brace',
    `$1 = {opcode = 123 '{', flags = 0 '\\000'}\n  $2 = ${REG}`,
    '$2 in line 2',
  ],
  [
    'an initializer of C',
    `struct io_uring_zcrx_ifq_reg r = { .if_idx = 3, .rq_entries = 4096, .flags = 8, .area_ptr = 0x555555558080,
  .region_ptr = 0x5555555580c0, .offsets = { .__resv = { 1, 0 } }, .__resv = { 0, 7 } };`,
    'struct io_uring_zcrx_ifq_reg r in line 1',
  ],
];

test.each(PRINTED)('%s', (_what, text, source) => {
  const { structs, call, opcode, notes } = readGdb(text);
  expect(Object.keys(structs ?? {})).toEqual(['reg']);
  expect(hex(encodePart('reg', structs?.reg ?? {}))).toBe(hex(REG_BYTES));
  expect([call, opcode]).toEqual(['register_ifq', 32]);
  expect(notes[0]).toBe(`reg is ${source}`);
});

const UNION =
  '{zc_export = {zcrx_fd = 5, __resv1 = {0 <repeats 11 times>}}, zc_flush = {__resv = {5, 0, 0, 0, 0, 0}}, zc_arm_event = {event_type = 5, __resv = {0 <repeats 11 times>}}, zc_area = {area_ptr = 5, __resv = {0, 0, 0, 0, 0}}}';

const STRUCTS: [what: string, text: string, structs: Evidence['structs'], unknown?: string[]][] = [
  [
    'of a union the arm that the operation names',
    `$5 = {zcrx_id = 0, op = 2, __resv = {0, 0}, ${UNION}}`,
    {
      ctrl: {
        zcrx_id: 0n,
        op: 2n,
        __resv: [0n, 0n],
        zc_arm_event: { event_type: 5n, __resv: Array(11).fill(0n) },
      },
    },
  ],
  [
    'by its name',
    `$5 = {zcrx_id = 0, op = ZCRX_CTRL_ADD_AREA, __resv = {0, 0}, ${UNION}}`,
    {
      ctrl: {
        zcrx_id: 0n,
        op: 'ZCRX_CTRL_ADD_AREA',
        __resv: [0n, 0n],
        zc_area: { area_ptr: 5n, __resv: Array(5).fill(0n) },
      },
    },
  ],
  [
    'of an operation that nobody knows the words',
    `$5 = {zcrx_id = 0, op = 99, __resv = {0, 0}, ${UNION}}`,
    { ctrl: { zcrx_id: 0n, op: 99n, __resv: [0n, 0n], __unknown_arm: [5n, 0n, 0n, 0n, 0n, 0n] } },
  ],
  [
    'a union that was not shown',
    '$17 = {zcrx_id = 0, op = 2, __resv = {0, 0}, {...}}',
    { ctrl: { zcrx_id: 0n, op: 2n, __resv: [0n, 0n] } },
    ['ctrl.zc_arm_event'],
  ],
  [
    'a list that was cut short',
    '$19 = {user_data = 42, type_mask = 3, flags = 1, stats_offset = 65664, __resv2 = {0, 0, 0, 0...}}',
    {
      event_desc: {
        user_data: 42n,
        type_mask: 3n,
        flags: 1n,
        stats_offset: 65664n,
        __resv2: Array(9).fill(0n),
      },
    },
    ['event_desc.__resv2'],
  ],
  [
    'what was optimized out',
    '$1 = {user_data = <optimized out>, type_mask = 3, flags = 1, stats_offset = 8}',
    { event_desc: { type_mask: 3n, flags: 1n, stats_offset: 8n } },
    ['event_desc.user_data'],
  ],
  [
    'the descriptor of the first patch',
    '$1 = {user_data = 42, type_mask = 3, __resv1 = 0, __resv2 = {7, 0 <repeats 8 times>, 9}}',
    {
      event_desc: {
        user_data: 42n,
        type_mask: 3n,
        flags: 0n,
        stats_offset: 7n,
        __resv2: [...Array(8).fill(0n), 9n],
      },
    },
  ],
  [
    'enumerations',
    '$1 = {user_addr = 0, size = 8192, flags = IORING_MEM_REGION_TYPE_USER, id = 0, mmap_offset = 0, __resv = {0, 0, 0, 0}}',
    {
      region: {
        user_addr: 0n,
        size: 8192n,
        flags: 'IORING_MEM_REGION_TYPE_USER',
        id: 0n,
        mmap_offset: 0n,
        __resv: [0n, 0n, 0n, 0n],
      },
    },
  ],
  [
    'p/d, which shows unsigned fields as signed ones',
    '$1 = {addr = -4096, len = 4096, rq_area_token = 0, flags = 0, dmabuf_fd = -1, __resv2 = {0, 0}}',
    {
      area: {
        addr: 0xffff_ffff_ffff_f000n,
        len: 4096n,
        rq_area_token: 0n,
        flags: 0n,
        dmabuf_fd: 0xffff_ffffn,
        __resv2: [0n, 0n],
      },
    },
  ],
  [
    'p/x, which shows signed fields as unsigned ones',
    '$1 = {next_entry = 0x0, query_data = 0x0, query_op = 0x63, size = 0x0, result = 0xffffffa1, __resv = {0x0, 0x0, 0x0}}',
    {
      query: { next_entry: 0n, query_data: 0n, query_op: 99n, size: 0n, result: -95n, __resv: [0n, 0n, 0n] },
    },
  ],
];

test.each(STRUCTS)('%s', (_what, text, structs, unknown) => {
  const evidence = readGdb(text);
  expect(evidence.structs).toEqual(structs);
  expect(evidence.unknown).toEqual(unknown);
  for (const [part, fields] of Object.entries(structs ?? {}))
    expect(encodePart(part as 'reg', fields ?? {}).length).toBeGreaterThan(0);
});

const block = (address: bigint, bytes: Uint8Array) => ({ address, bytes: hex(bytes) });
const bytesOf = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'));

const DUMPS: [what: string, text: string, blocks: { address: bigint; bytes: string }[]][] = [
  ['x/12xg', GIANTS, [block(0x555555558160n, REG_BYTES)]],
  [
    'x/24xw',
    GIANTS.replace(/0x([\da-f]{8})([\da-f]{8})\b/g, '0x$2\t0x$1'),
    [block(0x555555558160n, REG_BYTES)],
  ],
  [
    'x/8xh',
    '0x100 <desc>:\t0x002a\t0x0000\t0x0000\t0x0000\t0x0003\t0x0000\t0x0001\t0x0000',
    [{ address: 0x100n, bytes: '2a000000000000000300000001000000' }],
  ],
  ['x/xb', '0x100 <desc>:\t0x2a\t0x00\n0x102 <desc+2>:\t0x01', [{ address: 0x100n, bytes: '2a0001' }]],
  ['x/a', '0x100:\t0x555555558080 <area>', []],
  ['x/c', "0x100 <d>:\t42 '*'\t0 '\\000'\n0x102 <d+2>:\t-1 '\\377'", [{ address: 0x100n, bytes: '2a00ff' }]],
  [
    'x/dw over two rows',
    '0x100:\t42\t0\t3\t-1\n0x110:\t7',
    [{ address: 0x100n, bytes: '2a0000000000000003000000ffffffff07000000' }],
  ],
  [
    'x/dg over two rows',
    '0x100:\t42\t-1\n0x110:\t7',
    [{ address: 0x100n, bytes: '2a00000000000000ffffffffffffffff0700000000000000' }],
  ],
  [
    'bytes of lldb',
    '0x00000100: 2a 00 00 00\n0x00000104: 03 00',
    [{ address: 0x100n, bytes: '2a0000000300' }],
  ],
  [
    'blocks at several addresses, of several sizes',
    '(gdb) x/1xg 0x100\n0x100:\t0x000000000000002a\n(gdb) x/2xw 0x108\n0x108:\t0x00000003\t0x00000001\n(gdb) x/1xb 0x50\n0x50:\t0x07\nhello',
    [
      { address: 0x100n, bytes: '2a00000000000000' },
      { address: 0x108n, bytes: '0300000001000000' },
      { address: 0x50n, bytes: '07' },
    ],
  ],
];

test.each(DUMPS)('memory: %s', (_what, text, blocks) => {
  const padding = '\n0x1:\t0x00'; // text without any memory would be refused
  const { memory = [] } = readGdb(text + padding);
  expect(memory.slice(0, -1).map(({ address, bytes }) => block(address, bytes))).toEqual(blocks);
});

describe('structs in dumped memory', () => {
  const area = encode('io_uring_zcrx_area_reg', { addr: 0x1000n, len: 4096n });
  const dump = (address: bigint, bytes: Uint8Array) =>
    Array.from(
      { length: bytes.length / 8 },
      (_, i) =>
        `0x${(address + BigInt(i * 8)).toString(16)}:\t0x${hex(bytes.slice(i * 8, i * 8 + 8).reverse())}`,
    ).join('\n');
  const AREA = dump(0x555555558080n, area);

  const READ: [what: string, text: string, options: GdbOptions, parts: string[], unknown: string[]][] = [
    [
      'at an address',
      `${AREA}\n${GIANTS}`,
      { call: 'register_ifq', address: 0x555555558160n },
      ['reg', 'area'],
      ['region'],
    ],
    [
      'where gdb said that it is',
      `${AREA}\n${GIANTS}\n$4 = (struct io_uring_zcrx_ifq_reg *) 0x555555558160 <reg>`,
      { call: 'register_ifq' },
      ['reg', 'area'],
      ['region'],
    ],
    ['in the first block', GIANTS, { call: 'register_ifq' }, ['reg'], ['region', 'area']],
    ['where a printed struct points to', `$1 = ${REG}\n${AREA}`, {}, ['reg', 'area'], ['region']],
  ];

  test.each(READ)('%s', (_what, text, options, parts, unknown) => {
    const evidence = readGdb(text, options);
    expect(Object.keys(evidence.structs ?? {}).sort()).toEqual([...parts].sort());
    expect(evidence.unknown?.toSorted()).toEqual(unknown.toSorted());
    expect(hex(encodePart('reg', evidence.structs?.reg ?? {}))).toBe(hex(REG_BYTES));
    if (parts.includes('area')) expect(hex(encodePart('area', evidence.structs?.area ?? {}))).toBe(hex(area));
    expect(evidence.notes.join('\n')).toContain('region: 0x5555555580c0 is not in the dump');
  });

  test('the later of two dumps of one place counts', () => {
    const text = `${dump(0x100n, bytesOf('01'.repeat(48)))}\n\n${dump(0x100n, area)}`;
    expect(readGdb(`${text}\n$1 = {if_idx = 1, if_rxq = 0, area_ptr = 256}`).structs?.area).toMatchObject({
      addr: 0x1000n,
      len: 4096n,
    });
  });

  test('a revision changes what the fields are called', () => {
    const text = dump(0x100n, encode('zcrx_ctrl', { op: 2, zc_arm_event: { event_type: 1 } }));
    const arm = (options: GdbOptions) =>
      Object.keys(readGdb(text, { call: 'zcrx_ctrl', ...options }).structs?.ctrl ?? {});
    expect(arm({})).toContain('zc_arm_event');
    expect(arm({ revision: 'v1' })).toContain('zc_arm_notif');
  });

  test('a chain of queries, and one that runs in a circle', () => {
    const header = (next: bigint) =>
      encode('io_uring_query_hdr', { next_entry: next, query_data: 0x500n, query_op: 2, size: 16 });
    const text = (last: bigint) =>
      [
        dump(0x100n, header(0x200n)),
        dump(0x200n, header(last)),
        dump(0x500n, encode('io_uring_query_scq', { hdr_size: 64n })),
      ].join('\n');
    const straight = readGdb(text(0n), { call: 'query' });
    expect(Object.keys(straight.structs ?? {})).toEqual(['query', 'answer', 'query[1]', 'answer[1]']);
    expect(straight.structs?.['answer[1]']).toEqual({ hdr_size: 64n, hdr_alignment: 0n });
    expect(readGdb(text(0x200n), { call: 'query' }).notes.join()).toContain('runs in a circle');
  });
});

const WRONG: [what: string, text: string, options: GdbOptions, message: RegExp | string][] = [
  ['nothing', 'hello', {}, /^the gdb input has no struct of zero-copy receive, expected output of print/],
  [
    'an other struct',
    '$1 = {st_dev = 1, st_ino = 2}',
    {},
    /^the gdb input has no struct of zero-copy receive/,
  ],
  [
    'a lost line',
    '$1 = {if_idx = 3,\n  if_rxq = 0,\n',
    {},
    'gdb input, line 1, column 6: the text ends before the "}" of this "{"',
  ],
  ['a damaged line', PRETTY.replace('head = 0', 'head = ;'), {}, 'gdb input, line 9, column 12: found ";'],
  ['a damaged word', '0x100:\t0x0000002a\t0x00z0', {}, 'hex input, line 1, column 23: "z" is no hex digit'],
  [
    'words of several sizes',
    '0x100:\t0x0000002a\t0x00',
    {},
    'hex input, line 1, column 19: "0x00" is of another size',
  ],
  ['a row of decimals', '0x100:\t42\t0\t3\t1', {}, 'decimal words of a size that one row does not tell'],
  [
    'decimals that do not fit',
    '0x100:\t42\t70000\n0x104:\t1',
    {},
    '70000 does not fit into words of 2 bytes',
  ],
  [
    'another address',
    GIANTS,
    { call: 'register_ifq', address: 0x100n },
    '0x100 is not in the dump, expected it to hold 96 bytes from 0x100; it has 0x555555558160 to 0x5555555581c0',
  ],
  [
    'too little memory',
    GIANTS,
    { call: 'register_ifq', address: 0x555555558170n },
    '0x5555555581c0 is not in the dump',
  ],
];

test.each(WRONG)('refused: %s', (_what, text, options, message) => {
  expect(() => readGdb(text, options)).toThrow(EvidenceError);
  expect(() => readGdb(text, options)).toThrow(message);
});

test.each([
  ['casts', `$1 = ${'()'.repeat(5000)}`],
  ['numbers', `io_uring_register(1, 0x20\n${'1 '.repeat(5000)}x`],
  ['spaces', `$1 = (${' '.repeat(20_000)}`],
  ['commas', `{${','.repeat(20_000)}`],
])('a long line of %s takes no time', (_what, text) => {
  const start = performance.now();
  for (const read of [readGdb, readStrace]) {
    try {
      read(text);
    } catch (error) {
      expect(error).toBeInstanceOf(EvidenceError);
    }
  }
  expect(performance.now() - start).toBeLessThan(2000);
});

test('garbage is read or refused, never anything else', () => {
  const piece = fc.constantFrom(
    ...[
      '$1 = ',
      '{',
      '}',
      ', ',
      '\n',
      'if_idx = ',
      'if_rxq = ',
      'op = ',
      'zcrx_id = ',
      'offsets = ',
      '__resv = ',
      'area_ptr = ',
      '1',
      '0x100',
    ],
    ...[
      '0x100:\t',
      '0x108 <a+8>:\t',
      '0x00',
      '0x00000001',
      '\t',
      "1 'a'",
      '-5',
      '<repeats 9 times>',
      '<optimized out>',
      '...',
      '(struct x *) ',
      '"',
      '{...}',
    ],
  );
  fc.assert(
    fc.property(
      fc.string({ unit: piece, maxLength: 40 }),
      fc.option(fc.constantFrom('register_ifq' as const, 'zcrx_ctrl' as const, 'query' as const), {
        nil: undefined,
      }),
      (garbage, call) => {
        try {
          readGdb(garbage, call ? { call } : {});
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceError);
        }
      },
    ),
    { numRuns: 5000 },
  );
});
