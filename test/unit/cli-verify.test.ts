import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBtfError, readBtf } from '../../src/btf/index.js';
import { isReservedName, SELECTION } from '../../src/cli/verify/names.js';
import { verify } from '../../src/cli/verify/verify.js';
import { ABI_REVISIONS, type AbiRevision } from '../../src/layout/revision.js';
import { elfFile } from './btf-elf-writer.js';
import { btfOf, type Kernel, kernelOf, memberIn, structIn } from './btf-kernel.js';
import { BtfWriter } from './btf-writer.js';
import { zcrx } from './cli-terminal.js';

const reportOn = (kernel: Kernel) => verify(readBtf(btfOf(kernel), SELECTION));

/** A kernel of the released revision with something changed. */
function altered(change: (kernel: Kernel) => void, revision: AbiRevision = 'event'): Kernel {
  const kernel = kernelOf(revision);
  change(kernel);
  return kernel;
}

const namesOf = (items: readonly { readonly name?: string; readonly struct?: string }[]) =>
  items.map(({ struct, name }) => [struct, name].filter(Boolean).join('.'));

describe('a kernel that has all', () => {
  test('of the released revision lacks nothing', () => {
    const report = reportOn(kernelOf('event'));
    expect(report).toMatchObject({
      revision: 'event',
      possible: ['event'],
      differs: [],
      lacking: [],
      unknown: [],
    });
    expect(report.agrees.structs.length).toBe(24);
    expect(report.agrees.structs).toContainEqual({ name: 'zcrx_event_desc', size: 96, fields: 5 });
    expect(
      report.agrees.structs.filter(({ name }) => name === 'io_uring_cqe').map(({ size }) => size),
    ).toEqual([16, 32]);
    expect(report.agrees.values).toContainEqual({
      set: 'zcrx_event_type',
      names: ['ZCRX_EVENT_ALLOC_FAIL', 'ZCRX_EVENT_COPY'],
    });
    expect(report.macros).toContain('io_uring_setup_flags');
  });

  test.each(['v1', 'rc'] as const)('of %s lacks only what came after it', (revision) => {
    const report = reportOn(kernelOf(revision));
    expect(report).toMatchObject({ revision, differs: [], unknown: [] });
    expect(namesOf(report.lacking)).toEqual([
      'zcrx_ctrl_add_area',
      'zcrx_ctrl.zc_area',
      ...(revision === 'v1' ? ['io_uring_query_zcrx_event'] : []),
      'ZCRX_CTRL_ADD_AREA',
    ]);
    expect(report.agrees.structs).toContainEqual({ name: 'zcrx_notification_desc', size: 96, fields: 5 });
    expect(report.agrees.structs).toContainEqual({
      name: 'io_uring_query_zcrx_notif',
      size: revision === 'v1' ? 96 : 48,
      fields: 5,
    });
  });
});

describe('an older kernel', () => {
  test.each([
    ['7.2', 'event', ['zcrx_ctrl_add_area 7.3', 'zcrx_ctrl.zc_area 7.3', 'ZCRX_CTRL_ADD_AREA 7.3']],
    [
      '7.1',
      null,
      [
        'io_uring_zcrx_ifq_reg.event_desc 7.2',
        'zcrx_event_desc 7.2',
        'zcrx_stats 7.2',
        'zcrx_ctrl_arm_event 7.2',
        'zcrx_ctrl_add_area 7.3',
        'zcrx_ctrl.zc_arm_event 7.2',
        'zcrx_ctrl.zc_area 7.3',
        'io_uring_query_zcrx_event 7.2',
        'ZCRX_EVENT_ALLOC_FAIL 7.2',
        'ZCRX_EVENT_COPY 7.2',
        'ZCRX_EVENT_DESC_FLAG_STATS 7.2',
        'ZCRX_CTRL_ARM_EVENT 7.2',
        'ZCRX_CTRL_ADD_AREA 7.3',
        'IO_URING_QUERY_ZCRX_EVENT 7.2',
        'ZCRX_FEATURE_EVENT 7.2',
      ],
    ],
  ])('as Linux %s: revision %s, and what it lacks since when', (series, revision, lacking) => {
    const report = reportOn(kernelOf('event', series));
    expect(report).toMatchObject({ revision, differs: [], unknown: [] });
    expect(report.lacking.map((each) => `${namesOf([each])} ${each.since}`)).toEqual(lacking);
  });

  test('without any zero-copy receive is said to be that', async () => {
    const { status, out } = await zcrx(['verify', '--btf', '-'], btfOf(kernelOf('event', '6.14')));
    expect(status).toBe(0);
    expect(out).toContain('no zero-copy receive at all: a kernel before Linux 6.15');
    expect(out).toMatch(/since Linux 6\.15:\n {4}io_uring_zcrx_rqe, io_uring_zcrx_cqe/);
  });

  test('that ends before a field of a later release has no difference in size', () => {
    const report = reportOn(
      altered((kernel) => {
        const struct = structIn(kernel, 'io_uring_query_zcrx');
        struct.members.splice(3);
        struct.size = 20;
      }),
    );
    // features came later; the fields behind it did not, and without them nothing can be read there.
    expect(namesOf(report.lacking)).toContain('io_uring_query_zcrx.features');
    expect(report.differs).toContainEqual(expect.objectContaining({ struct: 'io_uring_query_zcrx' }));
  });
});

describe('what differs', () => {
  const NARROWER: Readonly<Record<string, string>> = { u64: 'u32', u32: 'u16', u16: 'u8', i32: 'i16' };

  /** Every field of every struct, each change of it in a kernel of its own. */
  const changes = kernelOf('event').structs.flatMap((struct) =>
    struct.members
      .filter(({ name, count }) => !isReservedName(name) && count !== 0)
      .flatMap(({ name, type }) => {
        const isNumber = /^[iu]\d+$/.test(type);
        return [
          { struct: struct.name, name, what: 'moved' },
          { struct: struct.name, name, what: 'renamed' },
          ...(isNumber ? [{ struct: struct.name, name, what: 'with or without a sign' }] : []),
          ...(type in NARROWER ? [{ struct: struct.name, name, what: 'narrower' }] : []),
        ];
      }),
  );

  test('every field that is moved, renamed, narrower or of another sign', () => {
    const unnoticed: string[] = [];
    for (const { struct, name, what } of changes) {
      const kernel = kernelOf('event');
      const member = memberIn(kernel, struct, name);
      if (what === 'moved') member.offset += member.offset >= 4 ? -4 : 4;
      else if (what === 'renamed') member.name = 'renamed';
      else if (what === 'narrower') member.type = NARROWER[member.type] as string;
      else member.type = (member.type.startsWith('u') ? 'i' : 'u') + member.type.slice(1);
      const report = reportOn(kernel);
      // An arm of a union that has another name may be another arm.
      const isNoticed =
        member.inUnion && what === 'renamed' ? report.lacking.length > 0 : report.differs.length > 0;
      const told = [...report.differs, ...report.lacking].some(
        (each) => namesOf([each])[0] === `${struct}.${name}`,
      );
      if (!isNoticed || !told) unnoticed.push(`${struct}.${name} ${what}`);
    }
    expect(changes.length).toBeGreaterThan(250);
    expect(unnoticed).toEqual([]);
  }, 60_000);

  test('every size', () => {
    const { structs } = kernelOf('event');
    for (const [index, { name }] of structs.entries()) {
      const kernel = altered(({ structs: copy }) => {
        (copy[index] as { size: number }).size += 8;
        // Or it would not fit into those that nest it.
        for (const outer of copy) if (outer.members.some(({ type }) => type === name)) outer.size += 8;
      });
      expect(reportOn(kernel).differs, name).toContainEqual(
        expect.objectContaining({ kind: 'size', struct: name }),
      );
    }
  });

  test('every value', () => {
    const { enums } = kernelOf('event');
    let count = 0;
    for (const [index, { name: set, values }] of enums.entries()) {
      for (const [name, value] of Object.entries(values)) {
        const kernel = altered((copy) => {
          (copy.enums[index] as { values: Record<string, bigint> }).values[name] = value + 64n;
        });
        const told = { kind: 'value', set, name, ours: String(value), kernel: String(value + 64n) };
        expect(reportOn(kernel).differs).toEqual([told]);
        count++;
      }
    }
    expect(count).toBeGreaterThan(100);
  }, 60_000);

  test('is told with both places', () => {
    const kernel = altered((each) => {
      memberIn(each, 'zcrx_event_desc', 'stats_offset').offset = 24;
      memberIn(each, 'zcrx_event_desc', '__resv2').offset = 16;
      memberIn(each, 'zcrx_event_desc', '__resv2').count = 1;
    });
    expect(reportOn(kernel).differs).toEqual([
      {
        kind: 'field',
        struct: 'zcrx_event_desc',
        name: 'stats_offset',
        ours: { offset: 16, size: 8, type: 'u64' },
        kernel: { offset: 24, size: 8, type: 'u64' },
      },
      {
        kind: 'field',
        struct: 'zcrx_event_desc',
        name: '__resv2',
        ours: { offset: 24, size: 72, type: 'u64[9]' },
        kernel: { offset: 16, size: 8, type: 'u64' },
        instead: ['stats_offset'],
      },
    ]);
  });

  test('is no struct of the same name that another file of the kernel has', () => {
    const kernel = altered(({ structs }) => {
      structs.unshift({
        name: 'zcrx_stats',
        size: 8,
        members: [{ name: 'rx', offset: 0, type: 'u64', count: 1 }],
      });
    });
    expect(reportOn(kernel)).toMatchObject({ differs: [], unknown: [] });
  });
});

describe('a newer kernel', () => {
  test.each<[string, (kernel: Kernel) => void, object]>([
    [
      'a field in reserved room',
      (kernel) => {
        const room = memberIn(kernel, 'io_uring_zcrx_ifq_reg', '__resv');
        Object.assign(room, { offset: 88, count: 1 });
        structIn(kernel, 'io_uring_zcrx_ifq_reg').members.push({
          name: 'limits',
          offset: 80,
          type: 'u64',
          count: 1,
        });
      },
      {
        kind: 'field',
        struct: 'io_uring_zcrx_ifq_reg',
        name: 'limits',
        kernel: { offset: 80, size: 8, type: 'u64' },
      },
    ],
    [
      'a field behind the end',
      (kernel) => {
        const struct = structIn(kernel, 'zcrx_stats');
        struct.members.push({ name: 'alloc_fail_count', offset: 16, type: 'u64', count: 1 });
        struct.size = 24;
      },
      {
        kind: 'field',
        struct: 'zcrx_stats',
        name: 'alloc_fail_count',
        kernel: { offset: 16, size: 8, type: 'u64' },
      },
    ],
    [
      'an arm of a union',
      (kernel) => {
        structIn(kernel, 'zcrx_ctrl').members.push({
          name: 'zc_new',
          offset: 24,
          type: 'u64',
          count: 6,
          inUnion: true,
        });
      },
      {
        kind: 'field',
        struct: 'zcrx_ctrl',
        name: 'zc_new',
        kernel: { offset: 24, size: 48, type: 'u64[6]' },
      },
    ],
    [
      'a struct',
      ({ structs }) => structs.push({ name: 'zcrx_ctrl_new', size: 48, members: [] }),
      { kind: 'struct', name: 'zcrx_ctrl_new', size: 48 },
    ],
    [
      'a value',
      ({ enums }) => {
        const types = enums.find(({ name }) => name === 'zcrx_event_type');
        Object.assign(types?.values ?? {}, { ZCRX_EVENT_NEW: 2n, __ZCRX_EVENT_TYPE_LAST: 3n });
      },
      { kind: 'value', set: 'zcrx_event_type', name: 'ZCRX_EVENT_NEW', kernel: '2' },
    ],
  ])('has %s: unknown to us, and no difference', async (_what, change, unknown) => {
    const blob = btfOf(altered(change));
    const { status, out } = await zcrx(['verify', '--btf', '-', '--json'], blob);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      revision: 'event',
      differs: [],
      lacking: [],
      unknown: [unknown],
    });
    expect((await zcrx(['verify', '--btf', '-'], blob)).out).toMatch(
      /1 unknown to us\n(.*\n)*unknown to us:\n {2}\w/,
    );
  });

  test('keeps structs of its own beside those of the interface', () => {
    const kernel = altered(({ structs }) => {
      for (const name of ['zcrx_rq', 'zcrx_rq_hdr', 'io_zcrx_ifq', 'io_uring_task'])
        structs.push({ name, size: 8, members: [] });
    });
    expect(reportOn(kernel).unknown).toEqual([]);
  });
});

describe('the revision', () => {
  test.each(ABI_REVISIONS)('%s is told by any one sign of it', (revision) => {
    const { evidence } = reportOn(kernelOf(revision));
    expect(evidence.length).toBeGreaterThan(5);
    for (const { revisions } of evidence) expect(revisions).toContain(revision);
  });

  test('of names that v1 and rc share is one of the two', async () => {
    const kernel = kernelOf('event', '7.1');
    kernel.structs.push(structIn(kernelOf('v1'), 'zcrx_notification_desc'));
    expect(reportOn(kernel)).toMatchObject({ revision: null, possible: ['v1', 'rc'], differs: [] });
    const { out } = await zcrx(['verify', '--btf', '-'], btfOf(kernel));
    expect(out).toContain('interface revision v1 or rc: what is there fits both');
  });

  test('is none where names of several are mixed, and which is said', async () => {
    const kernel = kernelOf('event');
    kernel.structs.push({ ...structIn(kernelOf('rc'), 'zcrx_notif_stats') });
    expect(reportOn(kernel)).toMatchObject({ revision: null, possible: [], differs: [] });
    const { out } = await zcrx(['verify', '--btf', '-'], btfOf(kernel));
    expect(out).toMatch(
      /no interface revision: there are names of event \(.* …\) and of rc \(zcrx_notif_stats\)/,
    );
  });
});

describe('zcrx verify', () => {
  let folder: string;
  const write = (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-verify-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads BTF, ELF and standard input alike', async () => {
    const blob = btfOf(kernelOf('event'));
    const raw = write('raw', blob);
    const elf = write(
      'elf',
      elfFile([
        { name: '.text', bytes: Buffer.alloc(99) },
        { name: '.BTF', bytes: blob },
      ]),
    );
    const [first, second, third] = await Promise.all([
      zcrx(['verify', '--json', '--btf', raw]),
      zcrx(['verify', '--json', '--btf', elf]),
      zcrx(['verify', '--json', '--btf', '-'], blob),
    ]);
    const { source, ...rest } = JSON.parse(first.out);
    expect([source, rest.kernel]).toEqual([raw, null]);
    expect(JSON.parse(second.out)).toEqual({ source: elf, ...rest });
    expect(JSON.parse(third.out)).toEqual({ source: 'standard input', ...rest });
    expect([first, second, third].map(({ status, err }) => [status, err])).toEqual(
      new Array(3).fill([0, '']),
    );
  });

  test('puts the outcome first, then what differs, is lacking, agrees', async () => {
    const kernel = kernelOf('event', '7.2');
    memberIn(kernel, 'zcrx_ctrl_arm_event', 'event_type').type = 'i32';
    (kernel.enums.find(({ name }) => name === 'zcrx_features')?.values ?? {}).ZCRX_FEATURE_EVENT = 4n;
    const { status, out, err } = await zcrx(['verify', '--btf', write('differs', btfOf(kernel))]);
    expect(status).toBe(1);
    expect(err).toMatch(/^zcrx: 2 things differ between the layouts and .*differs\n$/);
    expect(out.split('\n').slice(0, 12).join('\n')).toMatch(
      new RegExp(
        [
          '^.*/differs: 2 things differ, 22 structs and 118 values agree, 3 lacking',
          'interface revision event, by \\d+ names and values',
          '',
          'differs:',
          '  zcrx_ctrl_arm_event.event_type  ours: u32 at 0, 4 bytes  kernel: i32 at 0, 4 bytes',
          '  ZCRX_FEATURE_EVENT              ours: 2                  kernel: 4',
          '',
          'lacking in this kernel:',
          '  since Linux 7.3:',
          '    zcrx_ctrl_add_area, zcrx_ctrl.zc_area, ZCRX_CTRL_ADD_AREA',
          '',
          'agrees:$',
        ].join('\n'),
      ),
    );
    for (const line of out.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(110);
  });

  test('helps, by example', async () => {
    const { status, out } = await zcrx(['verify', '--help']);
    expect(status).toBe(0);
    expect(out).toMatch(/\nExamples:\n( {2}zcrx (verify|lab) .*\n| {2}zcrx verify\n){5}\n/);
  });

  test('lets no name steer the terminal', async () => {
    const kernel = altered(({ enums }) => {
      const types = enums.find(({ name }) => name === 'zcrx_event_type');
      Object.assign(types?.values ?? {}, { '\u001b[2J\n': 2n });
    });
    const { out } = await zcrx(['verify', '--btf', '-'], btfOf(kernel));
    expect(out).toContain('\\u001b[2J');
    expect(out).not.toContain('\u001b');
  });

  const blob = btfOf(kernelOf('event'));
  const EXPECTED = 'expected BTF, as /sys/kernel/btf/vmlinux has it, or an ELF file with a .BTF section';

  test.each<[string, () => string, string]>([
    ['no file', () => join(folder, 'none'), `no such file or directory; ${EXPECTED}`],
    ['a folder', () => folder, `illegal operation on a directory; ${EXPECTED}`],
    ['an empty file', () => write('empty', new Uint8Array(0)), `this is neither BTF nor ELF; ${EXPECTED}`],
    ['text', () => write('text', Buffer.from('hello\n')), `this is neither BTF nor ELF; ${EXPECTED}`],
    ['a device without end', () => '/dev/zero', `this is neither BTF nor ELF; ${EXPECTED}`],
    ['ELF without BTF', () => write('bare', elfFile([])), `this ELF file has no section .BTF; ${EXPECTED}`],
    ['half of it', () => write('half', blob.subarray(0, blob.length / 2)), 'the BTF is cut off: its '],
    [
      'half of an ELF file',
      () => write('half-elf', elfFile([{ name: '.BTF', bytes: blob }]).subarray(0, 5000)),
      'the ELF section headers would be at ',
    ],
    [
      'BTF of another byte order',
      () => write('big', Buffer.from(blob).swap16()),
      `this BTF is of a big-endian machine, expected a little-endian one; ${EXPECTED}`,
    ],
  ])('%s: one line, exit status 2', async (_what, path, message) => {
    const { status, out, err } = await zcrx(['verify', '--btf', path()]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: cannot read ".*": [^\n]*\n$/);
    expect(err).toContain(message);
  });

  test('a file of 200 MB is not read: of ELF only the section, of BTF nothing', async () => {
    // With holes: the disk need not have them.
    const large = 200 << 20;
    const elf = write('large-elf', elfFile([{ name: '.BTF', bytes: blob }]));
    const raw = write('large-raw', blob);
    for (const path of [elf, raw]) truncateSync(path, large);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    expect((await zcrx(['verify', '--btf', elf])).status).toBe(0);
    const { status, err } = await zcrx(['verify', '--btf', raw]);
    expect(status).toBe(2);
    expect(err).toContain('its BTF has 209715200 bytes, expected at most 33554432');
    expect(performance.now() - began).toBeLessThan(5000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });

  test('damage that shows only when a struct is looked at is told like any other', async () => {
    const kernel = altered((each) => {
      structIn(each, 'zcrx_stats').size = 8;
    });
    const { status, out, err } = await zcrx(['verify', '--btf', '-'], btfOf(kernel));
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^zcrx: cannot read standard input: BTF type \d+: the member copy_bytes of struct zcrx_stats /,
    );
  });

  test('whatever is done to the type information, there is a report or one kind of error', () => {
    const change = fc.record({ at: fc.nat(blob.length - 1), byte: fc.nat(255) });
    let reports = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = blob.slice();
        for (const { at, byte } of changes) damaged[at] = byte;
        const began = performance.now();
        try {
          verify(readBtf(damaged, SELECTION));
          reports++;
        } catch (error) {
          if (!isBtfError(error)) throw error;
        }
        expect(performance.now() - began).toBeLessThan(2000);
      }),
      { numRuns: 500 },
    );
    expect(reports).toBeGreaterThan(10);
  }, 60_000);

  test.each<[string, (btf: BtfWriter, u32: number) => void, number, RegExp]>([
    [
      'structs that nobody knows',
      (btf) => {
        for (let i = 0; i < 130_000; i++) btf.struct(`zcrx_ctrl_${i}`, 8, []);
      },
      0,
      /and 129800 more/,
    ],
    [
      'namesakes of a struct',
      (btf, u32) => {
        const members = Array.from({ length: 2000 }, (_, i) => ({
          name: `m${i % 50}`,
          type: u32,
          offset: 0,
        }));
        for (let i = 0; i < 64; i++) btf.struct('zcrx_ctrl', 100_000, members);
      },
      1,
      /zcrx_ctrl\.zcrx_id +ours: u32 at 0, 4 bytes +kernel: nothing of this name; m0/,
    ],
    [
      'members of a struct',
      (btf, u32) => {
        const members = Array.from({ length: 65_000 }, (_, i) => ({
          name: `m${i}`,
          type: u32,
          offset: i * 4,
        }));
        for (const name of ['zcrx_stats', 'zcrx_ctrl']) btf.struct(name, 65_000 * 4, members);
      },
      1,
      /and \d+ more/,
    ],
    [
      'values beside one that is known',
      (btf) => {
        const names = Array.from({ length: 120_000 }, (_, i): [string, bigint] => [`V${i}`, BigInt(i)]);
        btf.enum('e', { ZCRX_EVENT_COPY: 1n, ...Object.fromEntries(names) });
      },
      0,
      /V0 +0, in zcrx_event_type/,
    ],
  ])(
    'very many %s are told of in little time',
    async (_what, write, expected, said) => {
      const btf = new BtfWriter();
      write(btf, btf.int(4));
      const input = btf.bytes();
      const began = performance.now();
      const { status, out } = await zcrx(['verify', '--btf', '-'], input);
      expect(status).toBe(expected);
      expect(out).toMatch(said);
      expect(performance.now() - began).toBeLessThan(10_000);
    },
    60_000,
  );

  test.skipIf(!existsSync('/sys/kernel/btf/vmlinux'))(
    'agrees with the kernel that runs these tests',
    async () => {
      const { status, out, err } = await zcrx(['verify', '--json']);
      expect([status, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject({ source: '/sys/kernel/btf/vmlinux', differs: [] });
    },
  );
});
