import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EvidenceError } from '../../src/evidence/error.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import { encodePart } from '../../src/evidence/parts.js';
import { readStrace } from '../../src/evidence/strace.js';
import { STAND_IN_ADDRESS } from '../../src/evidence/strace-argument.js';
import { decode } from '../../src/index.js';

const one = (text: string): Evidence => {
  const all = readStrace(text);
  expect(all).toHaveLength(1);
  return all[0] as Evidence;
};

// What strace 7.2 wrote of one call on Linux 6.18.
const REG =
  '{if_idx=0, if_rxq=0, rq_entries=4096, flags=0x2 /* ZCRX_REG_??? */, area_ptr=0x555a32f37080, region_ptr=0x555a32f370c0, offsets={head=0, tail=0, rqes=0}, zcrx_id=0, rx_buf_len=0, event_desc=0x555a32f37100}';
const CALL = `io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, ${REG}, 1) = -1 EINVAL (Invalid argument)`;
const FIELDS = {
  if_idx: 0n,
  if_rxq: 0n,
  rq_entries: 4096n,
  flags: 2n,
  area_ptr: 0x555a32f37080n,
  region_ptr: 0x555a32f370c0n,
  offsets: { head: 0n, tail: 0n, rqes: 0n },
  zcrx_id: 0n,
  rx_buf_len: 0n,
  event_desc: 0x555a32f37100n,
};

/** The same call under every option that changes how it is written. */
const WRITTEN: [option: string, text: string, more?: Partial<Evidence>][] = [
  ['plain', CALL],
  ['-y', CALL.replace('(3,', '(3<anon_inode:[io_uring]>,'), { fd_target: 'anon_inode:[io_uring]' }],
  ['-X raw', CALL.replace('IORING_REGISTER_ZCRX_IFQ', '0x20').replace(' /* ZCRX_REG_??? */', '')],
  ['-X verbose', CALL.replace('IORING_REGISTER_ZCRX_IFQ', '0x20 /* IORING_REGISTER_ZCRX_IFQ */')],
  ['-N', CALL.replace('(3, ', '(fd=3, opcode=').replace(', {', ', arg={').replace('}, 1)', '}, nr_args=1)')],
  ['-t', `16:36:49 ${CALL}`],
  ['-tt -T', `16:36:49.718937 ${CALL} <0.000042>`],
  ['-ttt', `1795365409.735629 ${CALL}`],
  ['-r', `     0.000152 ${CALL}`],
  ['-r -tt', `16:36:49.718937 (+     0.000042) ${CALL}`],
  ['-f', `[pid 22587] ${CALL}`, { pid: 22587 }],
  ['-f -o', `22587 ${CALL}`, { pid: 22587 }],
  ['-f -o -tt', `22587 16:36:49.718937 ${CALL}`, { pid: 22587 }],
  ['-i', `[00007fac48747829] ${CALL}`],
  ['-n', `[ 427] ${CALL}`],
  [
    '-k',
    `${CALL}\n > /usr/lib/x86_64-linux-gnu/libc.so.6(syscall+0x19) [0x101829]\n > /tmp/calls(main+0x1) [0x1]`,
  ],
  ['-a 90', CALL.replace(') = ', ')         = ')],
  [
    '--color=always',
    CALL.replace('(3,', '\u001b[0m(\u001b[35m3\u001b[0m,').replace(
      '-1 EINVAL',
      '\u001b[32m-1\u001b[0m \u001b[31mEINVAL\u001b[0m',
    ),
  ],
  ['wrapped by a mail', CALL.replace(', area_ptr', ',\n area_ptr').replace(', 1)', ',\n1)')],
  [
    'interrupted by what strace says of itself',
    CALL.replace(', 1) ', ', 1/usr/bin/strace: Process 27639 attached\n) '),
  ],
  [
    'interrupted by another thread',
    `[pid 1] ${CALL.replace(') = -1 EINVAL (Invalid argument)', ' <unfinished ...>')}
[pid 2] close(4) = 0
[pid 1] <... io_uring_register resumed>) = -1 EINVAL (Invalid argument)`,
    { pid: 1 },
  ],
];

test.each(WRITTEN)('a call with %s', (_option, text, more = {}) => {
  const { notes, addresses, unknown, ...rest } = one(text);
  expect(rest).toEqual({
    source: 'strace',
    call: 'register_ifq',
    opcode: 32,
    registered_ring: false,
    fd: 3,
    nr_args: 1,
    line: 1,
    outcome: { errno: 'EINVAL' },
    structs: { reg: FIELDS },
    ...more,
  });
  expect(addresses).toEqual({ area: 0x555a32f37080n, region: 0x555a32f370c0n, event_desc: 0x555a32f37100n });
  expect(unknown).toEqual(['area', 'region', 'event_desc']);
  expect(notes).toEqual([
    'reg: not printed, so taken as zero: offsets.__resv2, offsets.__resv, __resv',
    "strace does not print what reg points to: area at 0x555a32f37080, region at 0x555a32f370c0, event_desc at 0x555a32f37100. To see it: gdb's x/6xg 0x555a32f37080, x/8xg 0x555a32f370c0, x/12xg 0x555a32f37100 while the program stops there, or a core file (--core FILE)",
  ]);
});

test('what was printed is encoded to the bytes that the program gave', () => {
  const bytes = encodePart('reg', FIELDS);
  expect(decode('io_uring_zcrx_ifq_reg', bytes).fields).toMatchObject({
    rq_entries: 4096,
    area_ptr: 0x555a32f37080n,
  });
});

const register = (operation: string, argument: string, nrArgs = 1, result = '-1 EINVAL (Invalid argument)') =>
  `io_uring_register(3, ${operation}, ${argument}, ${nrArgs}) = ${result}`;
const ctrl = (argument: string) => register('IORING_REGISTER_ZCRX_CTRL', argument);

const STRUCTS: [what: string, text: string, structs: Evidence['structs'], unknown?: string[]][] = [
  [
    'reserved fields',
    register(
      'IORING_REGISTER_ZCRX_IFQ',
      REG.replace('rqes=0}', 'rqes=0, __resv2=0x5, __resv=[0x1, 0]}')
        .replace(/0x555a32f37[\da-f]{3}/g, 'NULL')
        .replace('NULL}', 'NULL, __resv=[0, 0x7]}'),
    ),
    {
      reg: {
        ...FIELDS,
        area_ptr: 0n,
        region_ptr: 0n,
        event_desc: 0n,
        offsets: { head: 0n, tail: 0n, rqes: 0n, __resv2: 5n, __resv: [1n, 0n] },
        __resv: [0n, 7n],
      },
    },
  ],
  [
    'names of flags',
    register('IORING_REGISTER_ZCRX_IFQ', '{flags=ZCRX_REG_IMPORT|0x4, area_ptr=NULL}'),
    { reg: { flags: 'ZCRX_REG_IMPORT|0x4', area_ptr: 0n } },
  ],
  [
    'names of an earlier revision',
    register('IORING_REGISTER_ZCRX_IFQ', '{if_idx=1, notif_desc=NULL}'),
    { reg: { if_idx: 1n, notif_desc: 0n } },
  ],
  [
    'fields of an older header',
    register('IORING_REGISTER_ZCRX_IFQ', '{if_idx=1, zcrx_id=0, __resv2=0x1000, __resv=[0x55, 0, 0x7]}'),
    { reg: { if_idx: 1n, zcrx_id: 0n, rx_buf_len: 4096n, event_desc: 0x55n, __resv: [0n, 7n] } },
    ['event_desc'],
  ],
  [
    'structs in the place of their addresses',
    register(
      'IORING_REGISTER_ZCRX_IFQ',
      '{if_idx=2, area_ptr={addr=0x1000, len=4096, flags=0}, region_ptr={user_addr=NULL, size=8192, flags=IORING_MEM_REGION_TYPE_USER}, event_desc=NULL}',
    ),
    {
      reg: { if_idx: 2n, area_ptr: STAND_IN_ADDRESS, region_ptr: STAND_IN_ADDRESS, event_desc: 0n },
      area: { addr: 0x1000n, len: 4096n, flags: 0n },
      region: { user_addr: 0n, size: 8192n, flags: 'IORING_MEM_REGION_TYPE_USER' },
    },
  ],
  [
    'an event to arm',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_ARM_EVENT, zc_arm_event={event_type=ZCRX_EVENT_COPY}}'),
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } } },
  ],
  [
    'an event of no name',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_ARM_EVENT, zc_arm_event={event_type=0x5 /* ZCRX_EVENT_??? */}}'),
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type: 5n } } },
  ],
  [
    'an event of v1',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_ARM_NOTIFICATION, zc_arm_notif={type_mask=0x2}}'),
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { type_mask: 2n } } },
  ],
  [
    'an empty flush',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_FLUSH_RQ, zc_flush={}}'),
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_FLUSH_RQ', zc_flush: {} } },
  ],
  [
    'a flush with reserved fields',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_FLUSH_RQ, __resv=[0x1, 0], zc_flush={__resv=[0x1, 0, 0x9, 0, 0, 0]}}'),
    {
      ctrl: {
        zcrx_id: 0n,
        op: 'ZCRX_CTRL_FLUSH_RQ',
        __resv: [1n, 0n],
        zc_flush: { __resv: [1n, 0n, 9n, 0n, 0n, 0n] },
      },
    },
  ],
  [
    'an export that failed',
    ctrl('{zcrx_id=0, op=ZCRX_CTRL_EXPORT}'),
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_EXPORT' } },
    ['ctrl.zc_export'],
  ],
  [
    'an export that worked',
    `[pid 7] ${ctrl('{zcrx_id=0, op=ZCRX_CTRL_EXPORT').replace(/, 1\).*/, ' <unfinished ...>')}
[pid 7] <... io_uring_register resumed>, zc_export={zcrx_fd=5<anon_inode:[zcrx]>}}, 1) = 0`,
    { ctrl: { zcrx_id: 0n, op: 'ZCRX_CTRL_EXPORT', zc_export: { zcrx_fd: 5n } } },
  ],
  [
    'a descriptor that is none',
    ctrl('{op=ZCRX_CTRL_EXPORT, zc_export={zcrx_fd=-1}}'),
    { ctrl: { op: 'ZCRX_CTRL_EXPORT', zc_export: { zcrx_fd: 0xffff_ffffn } } },
  ],
  [
    'an operation that strace does not know',
    ctrl('{zcrx_id=0, op=0x3 /* ZCRX_CTRL_??? */}'),
    { ctrl: { zcrx_id: 0n, op: 3n } },
    ['ctrl.zc_area'],
  ],
  [
    'an operation that nobody knows',
    ctrl('{zcrx_id=0, op=0x63 /* ZCRX_CTRL_??? */}'),
    { ctrl: { zcrx_id: 0n, op: 99n } },
    ['ctrl.__unknown_arm'],
  ],
];

test.each(STRUCTS)('%s', (_what, text, structs, unknown) => {
  const evidence = one(text);
  expect(evidence.structs).toEqual(structs);
  expect(evidence.unknown).toEqual(unknown);
  for (const [part, fields] of Object.entries(structs ?? {}))
    expect(encodePart(part as 'reg', fields ?? {}).length).toBeGreaterThan(0);
});

test('a chain of queries, as strace nests it', () => {
  const { structs, call, nr_args, outcome } = one(
    'io_uring_register(3, IORING_REGISTER_QUERY, {query_data=0x7fff532ddb00, query_op=IO_URING_QUERY_OPCODES, size=48, result=0, query_data={nr_request_opcodes=0, feature_flags=IORING_FEAT_NODROP}, next_entry={query_data=0x7fff532ddad0, query_op=IO_URING_QUERY_ZCRX, size=40, result=0, query_data={register_flags=0}, next_entry={query_data=NULL, query_op=0x63 /* IO_URING_QUERY_??? */, size=0, result=-95, next_entry=NULL}}}, 0) = 0',
  );
  expect({ call, nr_args, outcome }).toEqual({ call: 'query', nr_args: 0, outcome: { value: 0n } });
  expect(structs).toEqual({
    query: {
      query_data: 0x7fff532ddb00n,
      query_op: 'IO_URING_QUERY_OPCODES',
      size: 48n,
      result: 0n,
      next_entry: STAND_IN_ADDRESS,
    },
    answer: { nr_request_opcodes: 0n, feature_flags: 'IORING_FEAT_NODROP' },
    'query[1]': {
      query_data: 0x7fff532ddad0n,
      query_op: 'IO_URING_QUERY_ZCRX',
      size: 40n,
      result: 0n,
      next_entry: STAND_IN_ADDRESS,
    },
    'answer[1]': { register_flags: 0n },
    'query[2]': { query_data: 0n, query_op: 99n, size: 0n, result: -95n, next_entry: 0n },
  });
});

const OLD = '0x20 /* IORING_REGISTER_??? */';
const POINTERS: [what: string, text: string, note: RegExp][] = [
  [
    'strace 6.1',
    register(OLD, '0x7ffd0c5a1c40'),
    /^strace printed only the address 0x7ffd0c5a1c40 of the argument: it is older than 6\.19 .* To see it: strace 6\.19 or later, or gdb's x\/12xg 0x7ffd0c5a1c40 .* \(--core FILE --address 0x7ffd0c5a1c40\)$/,
  ],
  ['strace 6.17', register('IORING_REGISTER_ZCRX_IFQ', '0x7ffd0c5a1c40'), /it is older than 6\.19/],
  [
    '-e raw',
    'io_uring_register(0x3, 0x20, 0x7ffd0c5a1c40, 0x1) = -1 EINVAL (Invalid argument)',
    /it is older than 6\.19/,
  ],
  [
    'two arguments',
    register('IORING_REGISTER_ZCRX_IFQ', '0x10', 2),
    /only if nr_args is 1, as the kernel wants it too/,
  ],
  [
    'a right ctrl call',
    register('IORING_REGISTER_ZCRX_CTRL', '0x10', 0),
    /no version shows a right call\. To see it: gdb's x\/9xg 0x10/,
  ],
  [
    'a query with an argument',
    register('IORING_REGISTER_QUERY', '0x10', 1),
    /only if nr_args is 0.*x\/5xg 0x10/,
  ],
  ['no argument', register('IORING_REGISTER_ZCRX_IFQ', 'NULL'), /^the argument is NULL$/],
];

test.each(POINTERS)('only an address: %s', (_what, text, note) => {
  const { structs, notes } = one(text);
  expect(structs).toBeUndefined();
  expect(notes).toEqual([expect.stringMatching(note)]);
});

const CALLS: [what: string, text: string, expected: Partial<Evidence>][] = [
  [
    'registered ring by name',
    register('IORING_REGISTER_ZCRX_IFQ|IORING_REGISTER_USE_REGISTERED_RING', 'NULL'),
    { opcode: 32, registered_ring: true },
  ],
  [
    'registered ring, old',
    register('0x80000020 /* IORING_REGISTER_??? */', 'NULL'),
    { opcode: 32, registered_ring: true, call: 'register_ifq' },
  ],
  [
    'registered ring, middle-aged',
    register('0x20 /* IORING_REGISTER_??? */|IORING_REGISTER_USE_REGISTERED_RING', 'NULL'),
    { opcode: 32, registered_ring: true },
  ],
  ['descriptor -1', register('0x20', 'NULL').replace('(3', '(-1'), { fd: -1 }],
  [
    'another file',
    register('0x20', 'NULL').replace('(3', '(3</dev/null>'),
    { fd: 3, fd_target: '/dev/null' },
  ],
  [
    'a descriptor as result',
    register('IORING_REGISTER_ZCRX_CTRL', 'NULL', 0, '5<anon_inode:[zcrx]>'),
    { outcome: { value: 5n } },
  ],
  [
    'an injected error',
    register('0x20', 'NULL', 1, '-1 EPERM (Operation not permitted) (INJECTED)'),
    { outcome: { errno: 'EPERM' } },
  ],
  [
    'an error that strace has no name of',
    register('0x20', 'NULL', 1, '-1 (errno 524)'),
    { outcome: { value: -1n } },
  ],
  ['the end of the process', register('0x20', 'NULL', 1, '?'), { outcome: {} }],
  [
    'another operation',
    'io_uring_register(3, IORING_REGISTER_BUFFERS, [{iov_base=0x1, iov_len=1 /* … */ "], 1) = -1 EFAULT (Bad address)',
    { opcode: 0, outcome: { errno: 'EFAULT' } },
  ],
  [
    'a call that does not end',
    '[pid 1] io_uring_register(3, 0x20, 0x10, 1 <unfinished ...>',
    { fd: 3, nr_args: 1, outcome: {} },
  ],
  [
    'a call that breaks off',
    '[pid 1] io_uring_register(3, 0x20 <unfinished ...>',
    { fd: 3, opcode: 32, outcome: {} },
  ],
];

test.each(CALLS)('%s', (_what, text, expected) => {
  expect(one(text)).toMatchObject(expected);
});

describe('a whole trace', () => {
  test('calls of several threads, each joined with its own end', () => {
    const trace = `strace: Process 12 attached
[pid 11] io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, 0x1000, 1 <unfinished ...>
[pid 12] io_uring_register(4, IORING_REGISTER_ZCRX_IFQ, 0x2000, 1 <unfinished ...>
[pid 12] <... io_uring_register resumed>) = -1 EBADF (Bad file descriptor)
[pid 12] write(1, "io_uring_register(9, 0x20, NULL, 1) = 0", 39) = 39
[pid 11] <... io_uring_register resumed>) = -1 EFAULT (Bad address)
[pid 12] +++ exited with 0 +++`;
    expect(readStrace(trace).map(({ pid, fd, line, outcome }) => [pid, fd, line, outcome?.errno])).toEqual([
      [11, 3, 2, 'EFAULT'],
      [12, 4, 3, 'EBADF'],
    ]);
  });

  test('a line that was cut off does not spoil the others', () => {
    const [cut, whole] = readStrace(`${CALL.slice(0, 120)}\n${CALL}`);
    expect(cut).toEqual({
      source: 'strace',
      line: 1,
      notes: [
        expect.stringMatching(/^strace input, line 1, column 48: the text ends before the "}" of this "{"$/),
      ],
    });
    expect(whole).toMatchObject({ line: 2, structs: { reg: FIELDS } });
  });
});

const WRONG: [what: string, text: string, message: RegExp | string][] = [
  [
    'nothing of strace',
    'hello',
    /^the strace input has no io_uring_register\(…\), expected a line as strace -f -e trace=/,
  ],
  [
    'a text of somebody else',
    'write(1, "io_uring_register(3", 19) = 19',
    /^the strace input has no io_uring_register/,
  ],
  ['no descriptor', 'io_uring_register() = 0', 'line 1, column 19: found ")", expected a number'],
  ['no operation', 'io_uring_register(3) = 0', 'line 1, column 20: found ") = 0", expected ","'],
  [
    'an operation of no name',
    'x\nio_uring_register(3, IORING_REGISTER_FOO, NULL, 1) = 0',
    'line 2, column 22: no operation of io_uring_register is called IORING_REGISTER_FOO',
  ],
  [
    'an operation of 33 bits',
    'io_uring_register(3, 0x100000000, NULL, 1) = 0',
    'no operation, expected a name or a number of 32 bits',
  ],
  [
    'no argument',
    'io_uring_register(3, 0x20) = 0',
    'line 1, column 26: found ") = 0", expected "," and the argument',
  ],
  ['no nr_args', 'io_uring_register(3, 0x20, NULL) = 0', 'expected nr_args as a number'],
  ['more arguments', 'io_uring_register(3, 0x20, NULL, 1, 2) = 0', 'expected ")" behind four arguments'],
  ['a list', register('0x20', '[1]'), 'the argument is a list, expected a struct in braces or its address'],
  [
    'a struct for a number',
    register('0x20', '{if_idx={a=1}}'),
    'column 36: if_idx is a struct, expected a number',
  ],
  [
    'a number for a struct',
    register('0x20', '{offsets=1}'),
    'offsets is a number, expected the struct io_uring_zcrx_offsets',
  ],
  ['too long a list', register('0x20', '{__resv=[0, 0, 0, 0]}'), '__resv has 4 elements, expected 2'],
  [
    'a list of names',
    register('0x20', '{__resv=[A, B]}'),
    '__resv holds a name, expected a list of 2 numbers',
  ],
];

test.each(WRONG)('refused: %s', (_what, text, message) => {
  expect(() => readStrace(text)).toThrow(EvidenceError);
  expect(() => readStrace(text)).toThrow(message);
});

test('garbage is read or refused, never anything else', () => {
  const piece = fc.constantFrom(
    ...[
      'io_uring_register(',
      '3',
      ', ',
      '0x20',
      '0x23',
      '0x24',
      'IORING_REGISTER_QUERY',
      '{',
      '}',
      '[',
      ']',
      ') = ',
      '0',
      '-1 EINVAL',
    ],
    ...[
      'if_idx=',
      'area_ptr=',
      'event_desc=',
      'offsets=',
      '__resv=',
      'op=',
      'zc_flush=',
      'zcrx_id=',
      'query_op=',
      'next_entry=',
    ],
    ...[
      'query_data=',
      '<... io_uring_register resumed>',
      ' <unfinished ...>',
      '\n',
      '[pid 1] ',
      '"',
      '/*',
      '*/',
      '=>',
      '|',
      '99999999999999999999',
    ],
  );
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 40 }), (garbage) => {
      try {
        readStrace(`io_uring_register(3, 0x2${garbage}`);
      } catch (error) {
        expect(error).toBeInstanceOf(EvidenceError);
      }
    }),
    { numRuns: 5000 },
  );
});
