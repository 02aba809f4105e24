import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../src/index.js';
import { zcrx } from './cli-terminal.js';
import { coreOf, type Segment } from './core-bytes.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-check-evidence-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file in the folder of this run. */
function fileOf(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const register = (
  argument: string,
  nrArgs = 1,
  result = '-1 EINVAL (Invalid argument)',
  operation = 'ZCRX_IFQ',
) => `io_uring_register(3, IORING_REGISTER_${operation}, ${argument}, ${nrArgs}) = ${result}`;
const ctrl = (argument: string, nrArgs = 0, result = '0') => register(argument, nrArgs, result, 'ZCRX_CTRL');
const REG =
  '{if_idx=0, if_rxq=0, rq_entries=4096, flags=0x2 /* ZCRX_REG_??? */, area_ptr=0x555a32f37080, region_ptr=0x555a32f370c0, offsets={head=0, tail=0, rqes=0}, zcrx_id=0, rx_buf_len=0, event_desc=0x555a32f37100}';

describe('a line of strace', () => {
  test('that shows what is wrong', async () => {
    const { status, out, err } = await zcrx(['check', register(REG.replace('zcrx_id=0', 'zcrx_id=1'))]);
    expect(status).toBe(1);
    expect(err).toBe('zcrx: the call would be refused: EINVAL (reg-zcrx-id)\n');
    expect(out).toMatch(/\n→ reg\.zcrx_id is 1, but must be 0 on entry: the kernel writes it\n/);
    expect(out).not.toMatch(/which this verdict does not explain/);
  });

  test('that hides it: the structs behind the pointers are assumed, and the answer is not explained', async () => {
    const { status, out } = await zcrx(['check', '-'], register(REG));
    expect(status).toBe(0);
    expect(out).toMatch(/^succeeds {2}IORING_REGISTER_ZCRX_IFQ on Linux 7\.3\n/);
    for (const part of ['area', 'region', 'event_desc'])
      expect(out).toContain(`  assumed: ${part} is not in what was given: a sound one\n`);
    expect(out).toContain(
      "To see it: gdb's x/6xg 0x555a32f37080, x/8xg 0x555a32f370c0, x/12xg 0x555a32f37100",
    );
    expect(out).toMatch(
      /\n! the kernel answered EINVAL, which this verdict does not explain; .*--kernel.*\n$/,
    );
  });

  test('that the kernel took, and so does the verdict', async () => {
    const { status, out } = await zcrx(['check', register(REG, 1, '0')]);
    expect(status).toBe(0);
    expect(out).not.toContain('!');
  });

  test('of an older kernel', async () => {
    const { out } = await zcrx(['check', register(REG), '--kernel', '7.1']);
    expect(out).toMatch(
      /→ reg\.event_desc is 0x555a32f37100, but must be 0 on Linux 7\.1: the field came with Linux 7\.2\n/,
    );
  });

  test('of a control call: the ring is taken to have the instance', async () => {
    const { status, out } = await zcrx(['check', ctrl('{zcrx_id=2, op=ZCRX_CTRL_FLUSH_RQ}')]);
    expect(status).toBe(0);
    expect(out).toContain('  assumed: the ring has the instance 2, and both of its events have fired\n');
  });

  test('of a control call to an instance that the kernel does not know', async () => {
    const { status, out } = await zcrx([
      'check',
      ctrl('{zcrx_id=2, op=ZCRX_CTRL_FLUSH_RQ}', 0, '-1 ENXIO (No such device or address)'),
    ]);
    expect(status).toBe(1);
    expect(out).toMatch(/\n→ ctrl\.zcrx_id is 2, but the ring has no instance\n/);
    expect(out).not.toMatch(/does not explain/);
  });

  test('of an area to be added, which is not shown', async () => {
    const { status, out } = await zcrx([
      'check',
      ctrl('{zcrx_id=0, op=ZCRX_CTRL_ADD_AREA, zc_area={area_ptr=0x7ffe1000}}'),
    ]);
    expect(status).toBe(0);
    expect(out).toContain('  assumed: area is not in what was given: a sound one\n');
  });

  test('of a query', async () => {
    const query = '{next_entry=NULL, query_data=0x7ffe0000, query_op=0x1, size=40, result=0}';
    const { status, out } = await zcrx([
      'check',
      register(query, 1, '-1 EINVAL (Invalid argument)', 'QUERY'),
    ]);
    expect(status).toBe(1);
    expect(out).toMatch(/\n→ nr_args is 1, but must be 0 for IORING_REGISTER_QUERY\n/);
  });

  test('among others: each call is judged where it stands', async () => {
    const trace = [
      'execve("./receiver", ["./receiver"], 0x7ffe /* 20 vars */) = 0',
      register(REG, 2),
      'close(4) = 0',
      register(REG.replace('rq_entries=4096', 'rq_entries=0')),
      ctrl('{zcrx_id=0, op=ZCRX_CTRL_FLUSH_RQ}'),
      '+++ exited with 0 +++',
    ].join('\n');
    const { status, out, err } = await zcrx(['check', '-'], trace);
    expect(status).toBe(1);
    expect(err).toBe('zcrx: 2 of 3 calls would be refused: EINVAL (ifq-nr-args)\n');
    expect(out.match(/^line \d+$/gm)).toEqual(['line 2', 'line 4', 'line 5']);
    expect(out.match(/^→ .*$/gm)).toEqual([
      '→ nr_args is 2, but must be 1 for IORING_REGISTER_ZCRX_IFQ',
      '→ reg.rq_entries is 0, but must lie between 1 and 32768',
    ]);
    const json = await zcrx(['check', '-', '--json'], trace);
    const documents = JSON.parse(json.out) as { rule: string; answered: string | null }[];
    expect(documents.map(({ rule, answered }) => [rule, answered])).toEqual([
      ['ifq-nr-args', 'EINVAL'],
      ['rq-entries-zero', 'EINVAL'],
      ['ok', null],
    ]);
  });

  test.each([
    [
      'of another call',
      'openat(AT_FDCWD, "x", O_RDONLY) = 3',
      /neither JSON nor a call of io_uring_register as strace prints it/,
    ],
    [
      'of another operation',
      register('0x7ffe', 1, '0', 'BUFFERS2'),
      /operation 15 is none of zero-copy receive/,
    ],
    ['that shows only an address', register('0x7ffe0000'), /0x7ffe0000/],
    ['that was cut off', 'io_uring_register(3, IORING_REGISTER_ZCRX_IFQ, {if_idx=0, if_rxq=', /line 1/],
  ])('%s is refused in one line', async (_what, text, said) => {
    const { status, out, err } = await zcrx(['check', '-'], text);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: [^\n]+\n$/);
    expect(err).toMatch(said);
  });
});

const PRINTED = {
  reg: '{if_idx = 0, if_rxq = 0, rq_entries = 100, flags = 2, area_ptr = 93824992247936, region_ptr = 93824992248000, offsets = {head = 0, tail = 0, rqes = 0, __resv2 = 0, __resv = {0, 0}}, zcrx_id = 0, rx_buf_len = 0, event_desc = 93824992248064, __resv = {0, 0}}',
  area: '{addr = 140737352728576, len = 8192, rq_area_token = 0, flags = 0, dmabuf_fd = 0, __resv2 = {0, 0}}',
  region:
    '{user_addr = 140737352736768, size = 8192, flags = 1, id = 0, mmap_offset = 0, __resv = {0, 0, 0, 0}}',
  event_desc:
    '{user_data = 42, type_mask = 3, flags = 1, stats_offset = 1664, __resv2 = {0 <repeats 9 times>}}',
};

describe('what gdb prints', () => {
  test('of all structs', async () => {
    const text = Object.values(PRINTED)
      .map((struct, i) => `$${i + 1} = ${struct}`)
      .join('\n');
    const { status, out } = await zcrx(['check', '-'], text);
    expect(status).toBe(1);
    expect(out).toMatch(/→ event_desc\.stats_offset 1664 lies inside the refill entries, which end at 2176/);
    expect(out).not.toContain('a sound one');
  });

  test('of the registration alone', async () => {
    const { status, out } = await zcrx(['check', `$1 = ${PRINTED.reg}`]);
    expect(status).toBe(0);
    expect(out.match(/a sound one/g)).toHaveLength(3);
  });

  test('of what does not go with the call is left out', async () => {
    const ctrl =
      '$9 = {zcrx_id = 0, op = 0, __resv = {0, 0}, {zc_export = {zcrx_fd = 0, __resv1 = {0 <repeats 11 times>}}, zc_flush = {__resv = {0, 0, 0, 0, 0, 0}}}}';
    const { status, out } = await zcrx(['check', '-'], `$1 = ${PRINTED.reg}\n${ctrl}`);
    expect(status).toBe(0);
    expect(out).toContain('IORING_REGISTER_ZCRX_IFQ');
    const other = await zcrx(['check', '-', '--call', 'zcrx_ctrl'], `$1 = ${PRINTED.reg}\n${ctrl}`);
    expect(other.out).toContain('IORING_REGISTER_ZCRX_CTRL');
  });

  test('of a descriptor alone is no call', async () => {
    const { status, err } = await zcrx(['check', `$1 = ${PRINTED.event_desc}`]);
    expect([status, err]).toEqual([
      2,
      'zcrx: the bundle is ["event_desc"], expected one with reg, ctrl or query\n',
    ]);
  });
});

/** Memory as gdb's x/xg shows it. */
function dumpOf(address: bigint, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number) => `0x${view.getBigUint64(at, true).toString(16).padStart(16, '0')}`;
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const words = [16 * i, 16 * i + 8].filter((at) => at < bytes.length).map(word);
    return `0x${(address + BigInt(16 * i)).toString(16)}:\t${words.join('\t')}`;
  });
  return rows.join('\n');
}

const AT = 0x7ffd_0c5a_1c40n;
const AREA_AT = AT + 0x100n;
const REGION_AT = AT + 0x200n;
const DESC_AT = AT + 0x300n;
const BUFFERS = 0x7f00_0000_0000n;
const RING = 0x7f10_0000_0000n;

/** A registration in memory; `event_desc` and `area` may be changed. */
const structs = ({
  event_desc = {},
  area = {},
  reg = {},
}: {
  event_desc?: object;
  area?: object;
  reg?: object;
} = {}) => [
  [
    AT,
    encode('io_uring_zcrx_ifq_reg', {
      rq_entries: 100,
      flags: 2,
      area_ptr: AREA_AT,
      region_ptr: REGION_AT,
      event_desc: DESC_AT,
      ...reg,
    }),
  ] as const,
  [AREA_AT, encode('io_uring_zcrx_area_reg', { addr: BUFFERS, len: 8192, ...area })] as const,
  [REGION_AT, encode('io_uring_region_desc', { user_addr: RING, size: 8192, flags: 1 })] as const,
  [
    DESC_AT,
    encode('zcrx_event_desc', { type_mask: 3, flags: 1, stats_offset: 2176, ...event_desc }),
  ] as const,
];

describe('a dump of gdb', () => {
  const dump = (given: Parameters<typeof structs>[0]) =>
    structs(given)
      .map(([address, bytes]) => dumpOf(address, bytes))
      .join('\n');

  test('of a registration and all that it points to', async () => {
    const args = ['check', '-', '--address', `0x${AT.toString(16)}`, '--call', 'register_ifq'];
    const good = await zcrx(args, dump({}));
    expect([good.status, good.err]).toEqual([0, '']);
    const bad = await zcrx(args, dump({ event_desc: { stats_offset: 2112 } }));
    expect(bad.status).toBe(1);
    expect(bad.out).toMatch(
      /→ event_desc\.stats_offset 2112 lies inside the refill entries, .* \(on Linux 7\.3 the entries begin at 128, not at 64\)/,
    );
  });

  test('of a control call', async () => {
    const bytes = encode('zcrx_ctrl', { op: 2, zc_arm_event: { event_type: 3 } });
    const args = ['check', '-', '--address', '0x1000', '--call', 'zcrx_ctrl'];
    const { status, out } = await zcrx(args, dumpOf(0x1000n, bytes));
    expect(status).toBe(1);
    expect(out).toMatch(/→ ctrl\.zc_arm_event\.event_type is 3, but must be the index of one event type/);
  });

  test('that does not hold the address', async () => {
    const args = ['check', '-', '--address', '0x5000', '--call', 'register_ifq'];
    const { status, out, err } = await zcrx(args, dump({}));
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: .*0x5000.*\n$/);
  });
});

describe('a core file', () => {
  const page = (address: bigint) => address & ~0xfffn;
  /** The memory of a program with a registration on its stack. */
  function coreWith(given: Parameters<typeof structs>[0], more: readonly Segment[] = []): Uint8Array {
    const stack = new Uint8Array(8192);
    for (const [address, bytes] of structs(given)) stack.set(bytes, Number(address - page(AT)));
    return coreOf([
      { start: page(AT), bytes: stack },
      { start: BUFFERS, bytes: new Uint8Array(), length: 8192n },
      { start: RING, bytes: new Uint8Array(), length: 8192n },
      ...more,
    ]);
  }
  const check = (name: string, bytes: Uint8Array, ...options: string[]) =>
    zcrx(['check', '--core', fileOf(name, bytes), '--address', `0x${AT.toString(16)}`, ...options]);

  test('of a good call', async () => {
    const { status, out, err } = await check('good', coreWith({}));
    expect([status, err]).toEqual([0, '']);
    expect(out).toBe(`succeeds  IORING_REGISTER_ZCRX_IFQ on Linux 7.3
  instance 0: 128 refill entries from 128 on
  events: ALLOC_FAIL, COPY
  assumed: the kernel is Linux 7.3
  assumed: the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN, and the caller CAP_NET_ADMIN
`);
  });

  test('of a bad one, on another kernel', async () => {
    const { status, out } = await check(
      'bad',
      coreWith({ event_desc: { stats_offset: 2104 } }),
      '--kernel',
      '7.2',
    );
    expect(status).toBe(1);
    expect(out).toMatch(
      /^ERANGE {2}IORING_REGISTER_ZCRX_IFQ on Linux 7\.2 is refused\n→ event_desc\.stats_offset 2104 /,
    );
    expect(out).not.toContain('assumed: the kernel');
  });

  test('whose memory map says what could not be pinned', async () => {
    const readOnly: Segment = { start: 0x7f20_0000_0000n, bytes: new Uint8Array(), length: 8192n, flags: 4 };
    const { out } = await check('read-only', coreWith({ area: { addr: readOnly.start } }, [readOnly]));
    expect(out).toMatch(
      /→ area\.addr is 0x7f2000000000, but not all of the 8192 bytes from there are mapped and writable\n/,
    );
    const nowhere = await check('nowhere', coreWith({ area: { addr: 0x7f30_0000_0000n } }));
    expect(nowhere.out).toMatch(/→ area\.addr is 0x7f3000000000, but not all/);
  });

  test('with a pointer to nowhere', async () => {
    const { status, out } = await check('pointer', coreWith({ reg: { area_ptr: 0x1234 } }));
    expect(status).toBe(1);
    expect(out).toMatch(/→ reg\.area_ptr is 0x1234, where an io_uring_zcrx_area_reg cannot be read/);
  });

  test('from which a struct was left out when it was written: a sound one is assumed', async () => {
    const left: Segment = { start: 0x7f40_0000_0000n, bytes: new Uint8Array(), length: 4096n };
    const { status, out } = await check('left-out', coreWith({ reg: { area_ptr: left.start } }, [left]));
    expect(status).toBe(0);
    expect(out).toContain('  assumed: area is not in what was given: a sound one\n');
  });

  test('gives hints too', async () => {
    const { status, out } = await check('hint', coreWith({ event_desc: { type_mask: 1 } }));
    expect(status).toBe(0);
    expect(out).toMatch(/\n! event_desc\.type_mask is 1, which asks for ALLOC_FAIL alone/);
  });

  test('of a control call', async () => {
    const bytes = encode('zcrx_ctrl', { zcrx_id: 1, op: 2, zc_arm_event: { event_type: 2 } });
    const core = coreOf([{ start: AT, bytes }]);
    const { status, out } = await check('ctrl', core, '--call', 'zcrx_ctrl');
    expect(status).toBe(1);
    expect(out).toMatch(/→ ctrl\.zc_arm_event\.event_type is 2, but must be the index of one event type/);
  });

  test.each([
    ['text', Buffer.from('hello'), /no ELF file/],
    [
      'nothing at the address',
      coreOf([{ start: 0x1000n, bytes: new Uint8Array(16) }]),
      /0x7ffd0c5a1c40 was no memory of the program/,
    ],
  ])('%s is refused in one line', async (what, bytes, said) => {
    const { status, out, err } = await check(what.replaceAll(' ', '-'), bytes);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: [^\n]+\n$/);
    expect(err).toMatch(said);
  });

  test('that is not there is refused in one line', async () => {
    const { status, err } = await zcrx(['check', '--core', join(folder, 'none'), '--address', '0x1000']);
    expect(status).not.toBe(0);
    expect(err).toMatch(/^zcrx: [^\n]*(ENOENT|no such file)[^\n]*\n$/);
  });
});

/** A program whose statistics lie where another kernel has room for them. */
const PROGRAM = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
static struct { uint64_t addr, len, token; uint32_t flags, fd; uint64_t resv[2]; } area = { .len = 8192 };
static struct { uint64_t addr, size; uint32_t flags, id; uint64_t offset, resv[4]; } region = { .size = 8192, .flags = 1 };
static struct { uint64_t user_data; uint32_t mask, flags; uint64_t offset, resv[9]; } desc = { 42, 3, 1, 64 + 16 * 128 };
static struct {
  uint32_t if_idx, if_rxq, entries, flags; uint64_t area, region; uint32_t offsets[8];
  uint32_t id, len; uint64_t desc, resv[2];
} reg = { 0, 0, 128, 2 };
int main(void) {
  area.addr = (uint64_t)mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  region.addr = (uint64_t)mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  reg.area = (uint64_t)&area; reg.region = (uint64_t)&region; reg.desc = (uint64_t)&desc;
  printf("%p\\n", (void *)&reg);
  fflush(stdout);
  abort();
}
`;

const has = (command: string) => spawnSync(command, ['--version']).status === 0;
describe.skipIf(process.platform !== 'linux' || !has('gcc') || !has('gdb'))('a program under gdb', () => {
  let address: string;
  let printed: string;

  beforeAll(() => {
    fileOf('dump.c', PROGRAM);
    execFileSync('gcc', ['-g', '-o', 'dump', 'dump.c'], { cwd: folder });
    const commands = [
      'run',
      'generate-core-file core.gdb',
      'x/12xg &reg',
      'x/6xg &area',
      'x/8xg &region',
      'x/12xg &desc',
    ];
    const options = commands.flatMap((command) => ['-ex', command]);
    printed = spawnSync('gdb', ['-q', '-batch', ...options, './dump'], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout;
    address = /^0x[\da-f]+$/m.exec(printed)?.[0] ?? '';
  }, 60_000);

  const CAUSE =
    /→ event_desc\.stats_offset 2112 lies inside the refill entries, which end at 2176; the first free offset is 2176 \(on Linux 7\.3 the entries begin at 128, not at 64\)\n/;

  test('its core says why the kernel refuses', async () => {
    const args = ['check', '--core', join(folder, 'core.gdb'), '--address', address];
    const { status, out } = await zcrx([...args, '--kernel', '7.3']);
    expect(status).toBe(1);
    expect(out).toMatch(CAUSE);
    expect((await zcrx([...args, '--kernel', '7.2'])).status).toBe(0);
  });

  test('so does what gdb shows of its memory', async () => {
    const { status, out } = await zcrx(
      ['check', '-', '--address', address, '--call', 'register_ifq'],
      printed,
    );
    expect(status).toBe(1);
    expect(out).toMatch(CAUSE);
  });
});
