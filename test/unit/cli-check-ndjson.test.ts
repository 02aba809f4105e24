import { describe, expect, test } from 'vitest';
import { checkLines } from '../../src/cli/check/ndjson.js';
import { plain, type Terminal } from '../../src/cli/terminal.js';
import { encode } from '../../src/index.js';
import { zcrx } from './cli-terminal.js';
import {
  type Answer,
  ARG,
  answersTo,
  armLine,
  ctrlLine,
  hexOf,
  INSTANCE,
  importLine,
  type Line,
  MEMORY,
  registerLine,
} from './verdict-lines.js';

/** A terminal that keeps what is written. */
function collector(): { terminal: Terminal; written: () => string } {
  const pieces: string[] = [];
  const terminal: Terminal = {
    write: (data) => void pieces.push(String(data)),
    complain: () => {},
    readInput: async () => new Uint8Array(),
    async *input() {},
    drained: async () => {},
    isTerminal: false,
    paint: plain,
  };
  return { terminal, written: () => pieces.join('') };
}

/** The one answer to one line. */
async function answer(line: Line, options: readonly string[] = []) {
  const { status, err, answers } = await answersTo([line], options);
  expect([status, err, answers.length]).toEqual([0, '', 1]);
  return answers[0] as Answer;
}

describe('a verdict', () => {
  test('on a call that is taken: what the kernel writes, and the instance that it makes', async () => {
    const written = encode('io_uring_zcrx_ifq_reg', {
      rq_entries: 128,
      flags: 2,
      area_ptr: 0x1000_0100,
      region_ptr: 0x1000_0200,
      event_desc: 0x1000_0300,
      offsets: { tail: 64, rqes: 128 },
      rx_buf_len: 4096,
    });
    const verdict = await answer(registerLine());
    expect(verdict).toEqual({
      errno: null,
      rule: 'ok',
      field: null,
      findings: [],
      writes: {
        '0x10000000': hexOf(written),
        '0x10000100': hexOf(encode('io_uring_zcrx_area_reg', { addr: 0x2000_0000, len: 8192 })),
        '0x10000200': hexOf(encode('io_uring_region_desc', { user_addr: 0x3000_0000, size: 8192, flags: 1 })),
        // the header of the refill ring, and the statistics
        '0x30000000': '00'.repeat(128),
        '0x30001000': '00'.repeat(16),
      },
      instances: [INSTANCE],
    });
    expect(Object.keys(verdict)).toEqual(['errno', 'rule', 'field', 'findings', 'writes', 'instances']);
    expect(Object.keys(verdict.instances[0] ?? {})).toEqual(Object.keys(INSTANCE));
  });

  test('on one that is refused: the finding that decided, and what was written before it', async () => {
    const line = registerLine();
    const bytes = {
      ...(line.bytes as object),
      '0x10000100': hexOf(encode('io_uring_zcrx_area_reg', { addr: 0x2000_0000 })),
    };
    expect(await answer({ ...line, bytes })).toEqual({
      errno: 'EFAULT',
      rule: 'area-empty',
      field: 'area.len',
      findings: [
        {
          rule: 'area-empty',
          errno: 'EFAULT',
          field: 'area.len',
          value: '0',
          message: 'area.len is 0, but the area needs at least a page (4096)',
          since: '6.16',
          fix: { field: 'area.len', value: '4096' },
        },
      ],
      // Header and statistics are zeroed before the area is looked at.
      writes: { '0x30000000': '00'.repeat(128), '0x30001000': '00'.repeat(16) },
      instances: [],
    });
  });

  test('on a region that the kernel allocates: where to map it', async () => {
    const line = registerLine();
    const region = hexOf(encode('io_uring_region_desc', { size: 8192 }));
    const { writes } = await answer({ ...line, bytes: { ...(line.bytes as object), '0x10000200': region } });
    expect(writes).toMatchObject({
      '0x10000200': hexOf(encode('io_uring_region_desc', { size: 8192, mmap_offset: 0x3000_0000 })),
    });
    expect(Object.keys(writes)).not.toContain('0x30000000');
  });

  test('on a query: the answer, with zeros behind it', async () => {
    const header = { query_op: 'IO_URING_QUERY_ZCRX_EVENT', size: 64, query_data: 0x1000_0100 };
    const verdict = await answer({
      call: 'query',
      kernel: '7.3',
      memory: MEMORY,
      bytes: { [ARG]: hexOf(encode('io_uring_query_hdr', header)), '0x10000100': 'ff'.repeat(64) },
      arg: ARG,
    });
    const told = encode('io_uring_query_zcrx_event', {
      event_flags: 3,
      stats_size: 16,
      stats_off_alignment: 8,
    });
    expect(verdict).toMatchObject({ errno: null, rule: 'ok', findings: [], instances: [] });
    expect(verdict.writes).toEqual({
      [ARG]: hexOf(encode('io_uring_query_hdr', { ...header, size: 48 })),
      '0x10000100': hexOf(told),
      '0x10000130': '00'.repeat(16),
    });
  });

  test('needs nothing but the name of the call', async () => {
    expect(await answer({ call: 'register_ifq' })).toMatchObject({
      errno: 'EINVAL',
      rule: 'ifq-arg-null',
      field: 'arg',
    });
    expect(await answer({ call: 'zcrx_ctrl' })).toMatchObject({
      errno: 'EFAULT',
      rule: 'ctrl-unreadable',
      field: 'arg',
    });
    expect(await answer({ call: 'query' })).toMatchObject({ errno: null, rule: 'ok' });
    expect(await answer({ call: 'close' })).toMatchObject({ errno: null, rule: 'ok' });
  });
});

describe('the instances', () => {
  test('come with each call, and go with it', async () => {
    const { answers } = await answersTo([
      registerLine(),
      armLine(1),
      armLine(1, { instances: [{ ...INSTANCE, fired_mask: 2 }] }),
    ]);
    expect(answers.map(({ rule }) => rule)).toEqual(['ok', 'ctrl-unknown-id', 'ok']);
    expect(answers.map(({ instances }) => instances)).toEqual([[INSTANCE], [], [INSTANCE]]);
  });

  test('say which ring they are of only where rings are in play', async () => {
    const { answers } = await answersTo([
      registerLine({ ring: 3 }),
      registerLine({ instances: [{ ...INSTANCE, ring: 0 }] }),
      registerLine({ instances: [INSTANCE] }),
    ]);
    const keys = (verdict: Answer) => Object.keys(verdict.instances[0] ?? {});
    const seven = Object.keys(INSTANCE);
    expect(answers.map(keys)).toEqual([[...seven, 'ring', 'box'], [...seven, 'ring', 'box'], seven]);
    expect(answers[1]?.instances).toEqual([
      { ...INSTANCE, ring: 0, box: 0 },
      { ...INSTANCE, id: 1, ring: 0, box: 1 },
    ]);
    // The lowest free id of the ring.
    expect(answers[2]?.instances.map(({ id }) => id)).toEqual([0, 1]);
  });

  test('are what "files" means', async () => {
    const known = [{ ...INSTANCE, id: 0, ring: 1, box: 5, rq_entries: 64 }];
    const { answers } = await answersTo([
      importLine(7, { files: { 7: 'zcrx:5' }, instances: known, ring: 0 }),
      importLine(7, { files: { 7: 'zcrx:6' } }),
      importLine(7, { files: { 7: 'file' } }),
      importLine(7, { files: { 7: 'io_uring' } }),
      importLine(7, { files: { 8: 'zcrx:0' } }),
    ]);
    expect(answers.map(({ rule }) => rule)).toEqual([
      'ok',
      'ok',
      'import-fd-kind',
      'import-fd-kind',
      'import-fd-closed',
    ]);
    expect(answers[0]?.instances).toEqual([
      known[0],
      { ...INSTANCE, rq_entries: 64, imported: true, ring: 0, box: 5 },
    ]);
    // Of an instance of which only the descriptor is known there is nothing else to tell.
    expect(answers[1]?.instances).toEqual([{ ...INSTANCE, event_mask: 0, rq_entries: 0, imported: true }]);
  });
});

test('--stateful: what one call does the next one meets', async () => {
  const { status, answers } = await answersTo(
    [
      registerLine({ ring: 0 }),
      armLine(1, { ring: 0 }),
      { call: 'event', ring: 0, id: 0, type: 1 },
      armLine(0, { ring: 0 }),
      armLine(1, { ring: 0 }),
      armLine(1, { ring: 0 }),
      { call: 'event', ring: 0, id: 0, type: 0 },
      ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 0, next_fd: 9 }),
      importLine(9, { ring: 1 }),
      armLine(0, { ring: 1 }),
      registerLine({ ring: 1 }, { entries: 1000 }),
      { call: 'close', ring: 0 },
      { call: 'event', ring: 1, id: 0, type: 0 },
      armLine(0, { ring: 1 }),
      armLine(0, { ring: 0 }),
      importLine(9, { ring: 2 }),
      { call: 'close', ring: 1 },
    ],
    ['--stateful'],
  );
  expect(status).toBe(0);
  expect(answers.map(({ rule }) => rule)).toEqual([
    'ok',
    'arm-not-fired',
    'ok',
    'arm-not-fired',
    'ok',
    'arm-not-fired',
    'ok',
    'ok',
    'ok',
    'ok',
    // 1000 entries do not fit into the region
    'region-too-small',
    'ok',
    'ok',
    // Nobody is left to whom an event could be reported.
    'arm-not-fired',
    'ctrl-unknown-id',
    'ok',
    'ok',
  ]);
  const masks = answers.map(({ instances }) =>
    instances.map(({ ring, id, box, imported, fired_mask }) => [ring, id, box, imported, fired_mask]),
  );
  expect(masks[2]).toEqual([[0, 0, 0, false, 2]]);
  expect(masks[4]).toEqual([[0, 0, 0, false, 0]]);
  expect(masks[6]).toEqual([[0, 0, 0, false, 1]]);
  expect(masks[8]).toEqual([
    [0, 0, 0, false, 1],
    [1, 0, 0, true, 1],
  ]);
  // Armed by the importer, under its own id.
  expect(masks[9]).toEqual([
    [0, 0, 0, false, 0],
    [1, 0, 0, true, 0],
  ]);
  expect(masks[11]).toEqual([[1, 0, 0, true, 0]]);
  expect(masks[12]).toEqual([[1, 0, 0, true, 0]]);
  expect(masks[16]).toEqual([[2, 0, 0, true, 0]]);
  const exported = answers[7]?.writes[ARG] ?? '';
  expect(Buffer.from(exported, 'hex').readUInt32LE(24)).toBe(9);
});

test('--stateful: "instances" given are a new beginning', async () => {
  const { answers } = await answersTo(
    [registerLine(), registerLine({ instances: [{ ...INSTANCE, id: 4 }] }), ctrlLine({ zcrx_id: 4, op: 0 })],
    ['--stateful'],
  );
  expect(answers.map(({ instances }) => instances.map(({ id }) => id))).toEqual([[0], [4, 0], [4, 0]]);
  expect(answers[2]?.errno).toBeNull();
});

/** What is wrong, and the field that the answer has to name. */
const BAD: [what: string, line: Line | string, field: string | null, error: RegExp][] = [
  ['no JSON', '{"call":', null, /JSON/],
  ['words', 'hello', null, /JSON|Unexpected token/],
  ['a list', '[]', null, /expected an object/],
  ['null', 'null', null, /expected an object/],
  ['a number', '7', null, /expected an object/],
  [
    'a call without a name',
    {},
    'call',
    /^call is undefined, expected register_ifq, zcrx_ctrl, query, close, event$/,
  ],
  ['an unknown call', { call: 'open' }, 'call', /^call is "open"/],
  ['a call that is every object’s', { call: 'constructor' }, 'call', /^call is "constructor"/],
  ['a number for a call', { call: 0 }, 'call', /^call is 0/],
  ['an old kernel', { kernel: '6.12' }, 'kernel', /6\.16 or later/],
  ['no kernel', { kernel: null }, 'kernel', /^kernel is null/],
  ['a ring of text', { ring: '0' }, 'ring', /^ring is "0", expected a whole number from 0 to 65534$/],
  ['too many rings', { ring: 65_535 }, 'ring', /^ring is 65535/],
  ['half an argument', { nr_args: 0.5 }, 'nr_args', /^nr_args is 0\.5/],
  ['less than none', { nr_args: -1 }, 'nr_args', /^nr_args is -1/],
  ['more than 32 bits', { nr_args: 2 ** 32 }, 'nr_args', /^nr_args is 4294967296/],
  ['a null of arguments', { nr_args: null }, 'nr_args', /^nr_args is null/],
  ['an argument of 1e400', '{"call":"query","nr_args":1e400}', 'nr_args', /^nr_args is Infinity/],
  ['named flags', { setup_flags: 'CQE32' }, 'setup_flags', /^setup_flags is "CQE32"/],
  ['flags of 33 bits', { setup_flags: 2 ** 32 }, 'setup_flags', /^setup_flags is/],
  ['privilege by a number', { capable: 1 }, 'capable', /^capable is 1, expected true or false$/],
  ['another task by text', { other_task: 'no' }, 'other_task', /^other_task is "no"/],
  ['restrictions by null', { restricted: null }, 'restricted', /^restricted is null/],
  ['a page of 5000', { page_size: 5000 }, 'page_size', /a power of two/],
  ['a page of a gigabyte', { page_size: 2 ** 30 }, 'page_size', /4096 to 65536/],
  [
    'memory of one range',
    { memory: ['0x1000', 4096, 'rw'] },
    'memory[0]',
    /^memory\[0\] is "0x1000", expected a list$/,
  ],
  ['memory by an object', { memory: {} }, 'memory', /expected a list/],
  [
    'memory without rights',
    { memory: [['0x1000', 4096]] },
    'memory[0][2]',
    /^memory\[0\]\[2\] is undefined, expected rw, ro or none$/,
  ],
  [
    'memory with rights of every object',
    { memory: [['0x1000', 4096, 'toString']] },
    'memory[0][2]',
    /"toString"/,
  ],
  ['memory with rights in a list', { memory: [['0x1000', 4096, ['rw']]] }, 'memory[0][2]', /expected rw/],
  [
    'memory at a name',
    { memory: [['main', 4096, 'rw']] },
    'memory[0][0]',
    /^memory\[0\]\[0\] is "main", expected a number of 64 bits/,
  ],
  ['memory of 65 bits', { memory: [[0, '0x10000000000000000', 'rw']] }, 'memory[0][1]', /64 bits/],
  ['memory of less than nothing', { memory: [[0, -1, 'rw']] }, 'memory[0][1]', /^memory\[0\]\[1\] is -1/],
  ['memory at a number that JSON cannot hold', { memory: [[2 ** 60, 1, 'rw']] }, 'memory[0][0]', /64 bits/],
  ['too much memory', { memory: Array(65_537).fill([0, 1, 'rw']) }, 'memory', /at most 65536 ranges/],
  ['bytes in a list', { bytes: [] }, 'bytes', /^bytes is \[\], expected an object$/],
  ['bytes at a name', { bytes: { main: '00' } }, 'an address in bytes', /"main"/],
  ['no bytes at a name', { bytes: { main: '' } }, 'an address in bytes', /"main"/],
  ['bytes at __proto__', '{"call":"query","bytes":{"__proto__":"00"}}', 'an address in bytes', /"__proto__"/],
  [
    'half a byte',
    { bytes: { '0x1': '000' } },
    'bytes[0x1]',
    /^bytes\[0x1\] is "000", expected hex, two digits a byte$/,
  ],
  ['bytes that are no hex', { bytes: { '0x1': '0g' } }, 'bytes[0x1]', /two digits a byte/],
  ['bytes beyond ASCII', { bytes: { '0x1': '０0' } }, 'bytes[0x1]', /two digits a byte/],
  ['bytes with 0x', { bytes: { '0x1': '0x00' } }, 'bytes[0x1]', /"0x00"/],
  ['bytes in numbers', { bytes: { '0x1': [0] } }, 'bytes[0x1]', /two digits a byte/],
  ['an argument at a name', { arg: 'main' }, 'arg', /^arg is "main"/],
  ['an argument of null', { arg: null }, 'arg', /^arg is null/],
  ['an argument of a fraction', { arg: 1.5 }, 'arg', /^arg is 1\.5/],
  ['a descriptor of text', { fd: '3' }, 'fd', /^fd is "3", expected a whole number from -1 to 2147483647$/],
  ['a descriptor of -2', { fd: -2 }, 'fd', /^fd is -2/],
  ['a next descriptor of -1', { next_fd: -1 }, 'next_fd', /^next_fd is -1/],
  ['files in a list', { files: [] }, 'files', /expected an object/],
  ['no files', { files: null }, 'files', /^files is null/],
  [
    'a file of another kind',
    { files: { 7: 'socket' } },
    'files[7]',
    /^files\[7\] is "socket", expected zcrx:N, io_uring, dmabuf or file$/,
  ],
  ['a file that is every object’s', { files: { 7: 'toString' } }, 'files[7]', /"toString"/],
  ['a file of no number', { files: { 7: 'zcrx:' } }, 'files[7]', /"zcrx:"/],
  ['a file in a list', { files: { 7: ['dmabuf'] } }, 'files[7]', /expected zcrx:N/],
  ['a file by name', { files: { stdin: 'file' } }, 'a descriptor in files', /"stdin"/],
  ['a file of 32 bits', { files: { 4294967295: 'file' } }, 'a descriptor in files', /4294967295/],
  [
    'files of __proto__',
    '{"call":"query","files":{"__proto__":"file"}}',
    'a descriptor in files',
    /"__proto__"/,
  ],
  ['one device', { devices: {} }, 'devices', /expected a list/],
  ['a device of null', { devices: [null] }, 'devices[0]', /^devices\[0\] is null, expected an object$/],
  ['a device without a number', { devices: [{}] }, 'devices[0].if_idx', /^devices\[0\]\.if_idx is undefined/],
  [
    'a device with a flag of text',
    { devices: [{ if_idx: 1, dma: 'yes' }] },
    'devices[0].dma',
    /true or false/,
  ],
  ['a device of queues of text', { devices: [{ if_idx: 1, queues: '4' }] }, 'devices[0].queues', /"4"/],
  [
    'a device with one taken queue',
    { devices: [{ if_idx: 1, taken: 0 }] },
    'devices[0].taken',
    /expected a list/,
  ],
  [
    'a device with a leased queue of text',
    { devices: [{ if_idx: 1, leased: ['0'] }] },
    'devices[0].leased',
    /"0"/,
  ],
  [
    'a device with half a threshold',
    { devices: [{ if_idx: 1, hds_thresh: 0.5 }] },
    'devices[0].hds_thresh',
    /0\.5/,
  ],
  ['instances in an object', { instances: {} }, 'instances', /expected a list/],
  ['no instances', { instances: null }, 'instances', /^instances is null/],
  ['an instance of null', { instances: [null] }, 'instances[0]', /^instances\[0\] is null/],
  ['an instance without an id', { instances: [{}] }, 'instances[0].id', /^instances\[0\]\.id is undefined/],
  [
    'an instance of a mask of text',
    { instances: [{ ...INSTANCE, event_mask: '3' }] },
    'instances[0].event_mask',
    /"3"/,
  ],
  [
    'an instance of a mask of null',
    { instances: [{ ...INSTANCE, fired_mask: null }] },
    'instances[0].fired_mask',
    /null/,
  ],
  [
    'an instance without a device by a number',
    { instances: [{ ...INSTANCE, nodev: 1 }] },
    'instances[0].nodev',
    /true or false/,
  ],
  [
    'an instance imported by text',
    { instances: [{ ...INSTANCE, imported: 'no' }] },
    'instances[0].imported',
    /true or false/,
  ],
  [
    'an instance of 1025 areas',
    { instances: [{ ...INSTANCE, areas: 1025 }] },
    'instances[0].areas',
    /0 to 1024/,
  ],
  [
    'an instance of -1 entries',
    { instances: [{ ...INSTANCE, rq_entries: -1 }] },
    'instances[0].rq_entries',
    /-1/,
  ],
  ['an instance of a ring of text', { instances: [{ ...INSTANCE, ring: 'a' }] }, 'instances[0].ring', /"a"/],
  ['an instance of a box of text', { instances: [{ ...INSTANCE, box: 'a' }] }, 'instances[0].box', /"a"/],
  [
    'the same id twice in a ring',
    { instances: [INSTANCE, INSTANCE] },
    'instances[1].id',
    /^instances\[1\]\.id is 0, expected one that the ring has not yet$/,
  ],
  [
    'the same instance of two rings, imported by neither',
    { instances: [INSTANCE, { ...INSTANCE, ring: 1 }] },
    'instances[1].box',
    /^instances\[1\]\.box is 0, expected a number of its own/,
  ],
  [
    'a wrong field of an import that is known',
    { instances: [INSTANCE, { ...INSTANCE, ring: 1, imported: true, areas: 'x' }] },
    'instances[1].areas',
    /"x"/,
  ],
  [
    '65 instances',
    { instances: Array.from({ length: 65 }, (_, id) => ({ ...INSTANCE, id })) },
    'instances',
    /^instances is 65, expected at most 64 of them$/,
  ],
  [
    'an event of no type',
    { call: 'event', id: 0 },
    'type',
    /^type is undefined, expected a whole number from 0 to 31$/,
  ],
  ['an event of type 32', { call: 'event', id: 0, type: 32 }, 'type', /^type is 32/],
  ['an event of no instance', { call: 'event', type: 0 }, 'id', /^id is undefined/],
  [
    'lists in lists',
    `{"call":"query","memory":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    'memory[0][2]',
    /expected rw/,
  ],
  [
    'objects in objects',
    `{"call":"query","bytes":{"0x1":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`,
    'bytes[0x1]',
    /hex/,
  ],
];

test.each(BAD)('a bad line, %s: an answer that names the field', async (_what, line, field, error) => {
  const bad =
    typeof line === 'string'
      ? line
      : { ...(line.call === undefined && Object.keys(line).length > 0 && { call: 'query' }), ...line };
  const { status, err, answers } = await answersTo([bad, registerLine()]);
  expect(answers).toHaveLength(2);
  expect(answers[0]).toEqual({ error: expect.stringMatching(error), field });
  expect(answers[0]?.error?.length).toBeLessThan(400);
  expect(answers[1]).toMatchObject({ errno: null, rule: 'ok' });
  expect(status).toBe(2);
  expect(err).toBe('zcrx: a line is no call, the first is line 1: see "error" in the answer\n');
});

const STATEFUL_BAD = BAD.filter(([, line]) => typeof line !== 'string' && Object.keys(line).length > 0);
test.each(STATEFUL_BAD)('--stateful: nothing changes by a bad line, %s', async (_what, line) => {
  const changes = { ...(line as Line) };
  const { answers } = await answersTo(
    [
      registerLine({ ring: 2 }),
      ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 2, next_fd: 5 }),
      { call: 'event', ring: 2, id: 0, type: 1 },
      // With everything that could change the state even so.
      { files: { 6: 'zcrx:40' }, instances: [], ring: 1, ...registerLine(), ...changes },
      importLine(5, { ring: 3 }),
    ],
    ['--stateful'],
  );
  expect(answers[3]).toHaveProperty('error');
  expect(answers[4]).toMatchObject({ errno: null, rule: 'ok' });
  expect(answers[4]?.instances).toEqual([
    { ...INSTANCE, fired_mask: 2, ring: 2, box: 0 },
    { ...INSTANCE, fired_mask: 2, ring: 3, box: 0, imported: true },
  ]);
});

test('bad lines are counted', async () => {
  const { status, err, answers } = await answersTo([registerLine(), 'x', registerLine(), '', 'y', '{}']);
  expect(answers.map((each) => 'error' in each)).toEqual([false, true, false, true, true]);
  expect(status).toBe(2);
  expect(err).toBe('zcrx: 3 lines are no calls, the first is line 2: see "error" in the answer\n');
});

describe('lines', () => {
  const line = JSON.stringify(registerLine());

  test.each([
    ['without an end', line, 1],
    ['that end as Windows ends them', `${line}\r\n${line}\r\n`, 2],
    ['with empty ones between', `\n\n${line}\n \n\t\n${line}\n\n`, 2],
    ['behind a byte order mark', `\ufeff${line}\n`, 1],
    ['that are none', '', 0],
    ['that are empty', '\n\n', 0],
  ])('%s', async (_what, text, count) => {
    const { status, out, err } = await zcrx(['check', '--ndjson'], text);
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n').filter(Boolean)).toHaveLength(count);
  });

  test('of unknown keys are read without them', async () => {
    expect(await answer(registerLine({ comment: 'seed 7', __proto__: null }))).toMatchObject({ rule: 'ok' });
    const { out } = await zcrx(['check', '--ndjson'], `${line.slice(0, -1)},"__proto__":{"nr_args":7}}\n`);
    expect(JSON.parse(out)).toMatchObject({ rule: 'ok' });
  });

  test('in many pieces of a byte each', async () => {
    const bytes = Buffer.from(`${line}\n${line}\n`);
    const { terminal, written } = collector();
    async function* input() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    await checkLines(input(), false, terminal);
    expect(written().trimEnd().split('\n')).toHaveLength(2);
  });

  test('that do not end are given up, and what came before is answered', async () => {
    const { terminal, written } = collector();
    let given = 0;
    async function* input() {
      yield Buffer.from(`${line}\n`);
      for (;;) {
        given++;
        yield new Uint8Array(1 << 20).fill(0x20);
      }
    }
    await expect(checkLines(input(), false, terminal)).rejects.toThrow(
      'a line has more than 201326592 characters',
    );
    expect(given).toBe(193);
    expect(JSON.parse(written())).toMatchObject({ rule: 'ok' });
  });
});

describe('the options', () => {
  test.each([
    [['--stateful'], '--stateful goes with --ndjson'],
    [['--ndjson', '{}'], '--ndjson reads standard input or @FILE'],
    [['--ndjson', '--kernel', '7.2'], "option '--ndjson' cannot be used with option '--kernel <release>'"],
    [['--ndjson', '--fix'], "option '--fix' cannot be used with option '--ndjson'"],
    [['--ndjson', '--json'], "option '--ndjson' cannot be used with option '--json'"],
  ])('%j is refused', async (options, said) => {
    const { status, out, err } = await zcrx(['check', ...options], '');
    expect([status, out, err]).toEqual([2, '', `zcrx: ${said}\n`]);
  });

  test('@FILE is read', async () => {
    const { status, err } = await zcrx(['check', '--ndjson', '@/nowhere/at/all']);
    expect([status, err]).toEqual([2, 'zcrx: cannot read "/nowhere/at/all": no such file or directory\n']);
  });
});
