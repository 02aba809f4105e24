import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { structsCalled } from '../../src/cli/structs.js';
import { ABI_REVISIONS, decode, layouts, structNames, toJson } from '../../src/index.js';
import { zcrx } from './cli-terminal.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const json = async (...args: string[]) => JSON.parse((await zcrx([...args, '--json'])).out);

/** Every name of a struct in every revision that has it, with each size that it has there. */
const everything = ABI_REVISIONS.flatMap((revision) =>
  structNames().flatMap((name) =>
    layouts.structs
      .filter((struct) => struct.names[revision].includes(name))
      .map((struct) => [name, struct.size, revision] as const),
  ),
);

describe('decode', () => {
  test.each(everything)('JSON of %s with %i bytes in %s', async (name, size, revision) => {
    for (const bytes of [
      new Uint8Array(size),
      new Uint8Array(size).fill(0xff),
      Uint8Array.from({ length: size }, (_, i) => i),
    ]) {
      const { out, status, err } = await zcrx([
        'decode',
        name,
        hexOf(bytes),
        '--json',
        '--revision',
        revision,
      ]);
      expect([status, err]).toEqual([0, '']);
      const document = JSON.parse(out);
      expect(Object.keys(document)).toEqual(['struct', 'revision', 'size', 'fields', 'names', 'findings']);
      expect(document).toEqual(toJson(decode(name as string, bytes, { revision })));
      expect(document).toMatchObject({ revision, size });
      const struct = layouts.structs.find(
        (each) => each.names[revision].includes(name) && each.size === size,
      );
      for (const field of struct?.fields ?? []) {
        if (field.reserved || field.struct) continue;
        const value = document.fields[field.names[revision][0] as string];
        const one = field.count > 1 ? value[0] : value;
        expect(typeof one).toBe(field.width === 8 ? 'string' : 'number');
      }
    }
  });

  test.each(everything)(
    'text of %s with %i bytes in %s: a line for every field, at its offset',
    async (name, size, revision) => {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i + 1);
      const { out } = await zcrx(['decode', name, hexOf(bytes), '-r', revision]);
      const struct = structsCalled(name, revision).structs.find((each) => each.size === size);
      expect(out).toContain(`${size} bytes, revision ${revision}\n`);
      for (const field of struct?.fields ?? []) {
        if (field.struct) continue;
        for (let i = 0; i < field.count; i++) {
          const at = field.offset + i * field.width;
          const number = hexOf(Uint8Array.from(bytes.slice(at, at + field.width)).reverse());
          const label = `${field.names[revision][0]}${field.count > 1 ? `\\[${i}\\]` : ''}`;
          expect(out).toMatch(
            new RegExp(`^ +${at}  ${label} +0x${number} +${BigInt(`0x${number}`)}( |$)`, 'm'),
          );
        }
      }
    },
  );

  const desc = `2a00000000000000 03000000 01000000 0010000000000000 ${'00'.repeat(72)}`;

  test('text: values, names, and nothing about reserved bytes that are zero', async () => {
    expect((await zcrx(['decode', 'zcrx_event_desc', desc])).out).toBe(
      [
        'struct zcrx_event_desc, 96 bytes, revision event',
        '   0  user_data     0x000000000000002a  42',
        '   8  type_mask     0x00000003          3     ZCRX_EVENT_ALLOC_FAIL|ZCRX_EVENT_COPY',
        '  12  flags         0x00000001          1     ZCRX_EVENT_DESC_FLAG_STATS',
        '  16  stats_offset  0x0000000000001000  4096',
        '',
      ].join('\n'),
    );
  });

  test('text: the names of the revision that the struct name means', async () => {
    const { out } = await zcrx(['decode', 'zcrx_notification_desc', desc]);
    expect(out).toContain('revision v1 (the name fits rc too)\n');
    expect(out).toContain('ZCRX_NOTIF_NO_BUFFERS|ZCRX_NOTIF_COPY\n');
  });

  const ctrl = (op: string, rest = '00'.repeat(64)) => `01000000${op}${rest}`;
  const cqe = (res: string, flags: string) => `2a00000000000000${res}${flags}`;
  test.each([
    ['an unknown value', ['zcrx_ctrl', ctrl('09000000')], / 9 +\/\* ZCRX_CTRL_\?\?\? \*\/\n/],
    [
      'bits without a name',
      ['zcrx_event_desc', desc.replace('01000000', '05000000')],
      / 5 +ZCRX_EVENT_DESC_FLAG_STATS\|0x4 \/\* ZCRX_EVENT_DESC_FLAG_\?\?\? \*\/\n/,
    ],
    [
      'only bits without a name',
      ['zcrx_event_desc', desc.replace('03000000', '00000080')],
      / 2147483648 +0x80000000 \/\* ZCRX_EVENT_\?\?\? \*\/\n/,
    ],
    [
      'reserved bytes that are set',
      ['zcrx_ctrl', ctrl('00000000', `07${'00'.repeat(63)}`)],
      /^ +8 +__resv\[0\] +0x0000000000000007 +7 +reserved\n/m,
    ],
    [
      'a finding',
      ['zcrx_ctrl', ctrl('00000000', `07${'00'.repeat(63)}`)],
      /^! reserved-not-zero: zcrx_ctrl\.__resv\[0\] is 0x7/m,
    ],
    [
      'an arm of the union',
      ['zcrx_ctrl', ctrl('02000000', `${'00'.repeat(16)}01${'00'.repeat(47)}`)],
      /^ +24 +zc_arm_event\.event_type +0x00000001 +1 +ZCRX_EVENT_COPY\n/m,
    ],
    [
      'the arm of another revision',
      ['zcrx_ctrl', ctrl('02000000', `${'00'.repeat(16)}01${'00'.repeat(47)}`), '-r', 'v1'],
      /^ +24 +zc_arm_notif\.type_mask +0x00000001 +1 +ZCRX_NOTIF_NO_BUFFERS\n/m,
    ],
    [
      'an event',
      ['io_uring_cqe', cqe('01000000', '00000000')],
      / res +0x00000001 +1 +ZCRX_EVENT_COPY, if this reports an event\n/,
    ],
    [
      'what revisions read differently',
      ['io_uring_cqe', cqe('01000000', '00000000')],
      /^\? ambiguous-revision: io_uring_cqe\.res is 1/m,
    ],
    [
      'the same in v1',
      ['io_uring_cqe', cqe('01000000', '00000000'), '-r', 'v1'],
      / 1 +ZCRX_NOTIF_NO_BUFFERS, if this reports an event\n/,
    ],
    [
      'an errno',
      ['io_uring_cqe', cqe('97ffffff', '00000000')],
      process.platform === 'linux' ? / 0xffffff97 +-105 +-ENOBUFS\n/ : / -105 +a negated errno\n/,
    ],
    [
      'the buffer of a completion',
      ['io_uring_cqe', cqe('00000000', '01000500')],
      / IORING_CQE_F_BUFFER, buffer 5\n/,
    ],
    [
      'flags without a name beside a buffer',
      ['io_uring_cqe', cqe('00000000', '01010500')],
      / IORING_CQE_F_BUFFER\|0x100 \/\* IORING_CQE_F_\?\?\? \*\/, buffer 5\n/,
    ],
    [
      'a place in an area',
      ['io_uring_zcrx_cqe', `0010000000000300${'00'.repeat(8)}`],
      / area 3, byte 4096\n/,
    ],
  ])('text shows %s', async (_what, args, pattern) => {
    const { out, status } = await zcrx(['decode', ...args]);
    expect(status).toBe(0);
    expect(out).toMatch(pattern);
  });

  test('arrays: each struct with its place; JSON is an array', async () => {
    const two = `01${'00'.repeat(15)}02${'00'.repeat(15)}`;
    const { out } = await zcrx(['decode', 'zcrx_stats', two, '--count', '2']);
    expect(out.match(/^\[\d\] at byte \d+: struct zcrx_stats/gm)).toEqual([
      '[0] at byte 0: struct zcrx_stats',
      '[1] at byte 16: struct zcrx_stats',
    ]);
    const documents = await json('decode', 'zcrx_stats', two, '--count', '2');
    expect(documents.map((each: { fields: { copy_count: string } }) => each.fields.copy_count)).toEqual([
      '1',
      '2',
    ]);
    expect(await json('decode', 'zcrx_stats', '00'.repeat(16), '--count', '1')).toHaveLength(1);
  });

  test('a mixed ring: long and short completions, and fillers, which are marked', async () => {
    const long = `${cqe('00100000', '00800000')}00100000000000000000000000000000`;
    const filler = `${'00'.repeat(12)}20000000`;
    const ring = cqe('01000000', '00000000') + long + filler + cqe('02000000', '02000000');
    const { out } = await zcrx(['decode', 'io_uring_cqe', ring, '--mixed']);
    expect(out.match(/^\[.*$/gm)?.map((line) => line.replace(/, revision [^,]*/, ''))).toEqual([
      '[0] at byte 0: struct io_uring_cqe, 16 bytes',
      '[1] at byte 16: struct io_uring_cqe, 32 bytes',
      '[2] at byte 48: struct io_uring_cqe, 16 bytes, filler: to be skipped',
      '[3] at byte 64: struct io_uring_cqe, 16 bytes',
    ]);
    const documents = await json('decode', 'io_uring_cqe', ring, '--mixed', '-r', 'event');
    expect(documents.map((each: { size: number }) => each.size)).toEqual([16, 32, 16, 16]);
    expect(documents[1].fields.big_cqe).toEqual(['4096', '0']);
    expect(documents[2].names.flags).toEqual(['IORING_CQE_F_SKIP']);
  });

  const zeros = (n: number) => '00'.repeat(n);
  test.each([
    ['too few bytes', ['zcrx_event_desc', zeros(95)], /^zcrx: zcrx_event_desc has 96 bytes, got 95\n$/],
    ['a size between two', ['io_uring_cqe', zeros(24)], /^zcrx: io_uring_cqe has 16 or 32 bytes, got 24\n$/],
    ['an array', ['zcrx_stats', zeros(48)], /has 16 bytes, got 48; an array\? --count 3\n$/],
    [
      'an array or a mixed ring',
      ['io_uring_cqe', zeros(96)],
      /got 96; an array\? --count 6 or --count 3, or a run of a mixed ring: --mixed\n$/,
    ],
    [
      'a count that does not divide',
      ['zcrx_stats', zeros(33), '--count', '2'],
      /33 bytes are no array of 2 structs/,
    ],
    [
      'a count of other structs',
      ['zcrx_stats', zeros(48), '--count', '2'],
      /has 16 bytes, got 24 each \(--count 2\)\n$/,
    ],
    ['a count of nothing', ['zcrx_stats', zeros(16), '--count', '0'], /Expected at least 1\.\n$/],
    [
      'a count that is none',
      ['zcrx_stats', zeros(16), '--count', '1e3'],
      /Expected a whole number, as 128 or 0x80\.\n$/,
    ],
    [
      'mixed of another struct',
      ['zcrx_stats', zeros(16), '--mixed'],
      /--mixed is for io_uring_cqe, not zcrx_stats\n$/,
    ],
    [
      'mixed and count',
      ['io_uring_cqe', zeros(32), '--mixed', '--count', '2'],
      /'--mixed' cannot be used with option '--count <n>'\n$/,
    ],
    [
      'half a completion',
      ['io_uring_cqe', zeros(24), '--mixed'],
      /the completion 1 at byte 16 has 16 bytes, but only 8 are left\n$/,
    ],
    [
      'half a long completion',
      ['io_uring_cqe', `${zeros(12)}00800000`, '--mixed'],
      /0 at byte 0 has 32 bytes \(IORING_CQE_F_32\), but only 16 are left\n$/,
    ],
    ['an unknown struct', ['zcrx_statz', zeros(16)], /no struct is called "zcrx_statz"/],
    [
      'an unknown struct in an array',
      ['zcrx_statz', zeros(17), '--count', '2'],
      /no struct is called "zcrx_statz"/,
    ],
    ['a name of another revision', ['zcrx_stats', zeros(16), '-r', 'v1'], /revision/],
    [
      'a revision that is none',
      ['zcrx_stats', zeros(16), '-r', 'v9'],
      /Allowed choices are v1, rc, event\.\n$/,
    ],
    ['no bytes', ['zcrx_stats'], /missing required argument 'hex'\n$/],
    ['empty bytes', ['zcrx_stats', ''], /the hex input is empty/],
    ['no hex', ['zcrx_stats', 'hello'], /hex input, line 1, column 1: "h" is no hex digit/],
    ['no hex in a later argument', ['zcrx_stats', '00', '0x', 'zz'], /column \d+: /],
    [
      'a file that is missing',
      ['zcrx_stats', '@/no/such/file'],
      /^zcrx: cannot read "\/no\/such\/file": no such file or directory\n$/,
    ],
    ['a folder', ['zcrx_stats', '@/'], /^zcrx: cannot read "\/": illegal operation on a directory\n$/],
    ['@ alone', ['zcrx_stats', '@'], /@ needs the path of a file/],
    ['stdin among bytes', ['zcrx_stats', '00', '-'], /- stands among other input/],
    ['raw bytes as argument', ['zcrx_stats', '00', '--raw'], /--raw is for @FILE or -/],
    ['empty stdin', ['zcrx_stats', '-'], /the input is empty, expected bytes/],
  ])('refused: %s', async (_what, args, message) => {
    const { status, out, err } = await zcrx(['decode', ...args]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: [^\n]+\n$/);
    expect(err).toMatch(message);
  });

  test('garbage gives one line and exit status 2', { timeout: 30_000 }, async () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefx-@{}\\:|* \n'.split('')), maxLength: 30 }),
    );
    const name = fc.oneof(
      fc.constantFrom('zcrx_stats', 'io_uring_cqe', 'zcrx_ctrl'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
    );
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.array(argument, { minLength: 1, maxLength: 3 }),
        fc.uint8Array({ maxLength: 40 }),
        async (struct, args, input) => {
          const { status, out, err } = await zcrx(['decode', '--', struct, ...args], input);
          if (status === 0) return expect(out).not.toBe('');
          expect([status, out]).toEqual([2, '']);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get out
          expect(err).toMatch(/^zcrx: [^\u0000-\u001f\u007f-\u009f]+\n$/);
          expect(err).not.toMatch(/unexpected error/);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('files and standard input', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const raw = Buffer.from('03000000000000000010000000000000', 'hex');
  const count = (out: string) => JSON.parse(out).fields.copy_count;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-cli-'));
    writeFileSync(path('raw.bin'), raw);
    writeFileSync(path('dump.txt'), '00000000: 0300 0000 0000 0000 0010 0000 0000 0000  ................\n');
    writeFileSync(path('text.bin'), 'abcdabcdabcdabcd');
    writeFileSync(path('stats.json'), '{"copy_count": 3, "copy_bytes": "0x1000"}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['raw.bin', 'dump.txt'])('decode @%s', async (file) => {
    expect(count((await zcrx(['decode', 'zcrx_stats', `@${path(file)}`, '--json'])).out)).toBe('3');
  });

  test.each([
    ['raw', raw],
    ['a dump', '03 00 00 00 00 00 00 00\n00 10 00 00 00 00 00 00\n'],
  ])('decode - with %s', async (_what, input) => {
    expect(count((await zcrx(['decode', 'zcrx_stats', '-', '--json'], input)).out)).toBe('3');
  });

  test('raw bytes that look like text need --raw', async () => {
    const file = `@${path('text.bin')}`;
    const hex = await zcrx(['decode', 'zcrx_stats', file]);
    expect([hex.status, hex.err]).toEqual([2, 'zcrx: zcrx_stats has 16 bytes, got 8\n']);
    const { out } = await zcrx(['decode', 'zcrx_stats', file, '--raw', '--json']);
    expect(count(out)).toBe(BigInt('0x6463626164636261').toString());
  });

  test('the name of a file without @ is told', async () => {
    const file = path('dump.txt');
    for (const args of [
      ['decode', 'zcrx_stats', file],
      ['encode', 'zcrx_stats', file],
    ]) {
      const { status, err } = await zcrx(args);
      expect([status, err.endsWith(`; to read the file of that name write @${file}\n`)]).toEqual([2, true]);
    }
  });

  test('encode @FILE and -', async () => {
    expect((await zcrx(['encode', 'zcrx_stats', `@${path('stats.json')}`])).out).toBe(`${hexOf(raw)}\n`);
    expect((await zcrx(['encode', 'zcrx_stats', '-'], '{"copy_count":3,"copy_bytes":4096}')).out).toBe(
      `${hexOf(raw)}\n`,
    );
    expect((await zcrx(['encode', 'zcrx_stats', '-'], raw)).err).toBe(
      'zcrx: the input is no text, expected JSON\n',
    );
  });
});

describe('encode', () => {
  const stats = '{"copy_count": 3, "copy_bytes": 4096}';
  const hex = '03000000000000000010000000000000';

  test('each format', async () => {
    expect((await zcrx(['encode', 'zcrx_stats', stats])).out).toBe(`${hex}\n`);
    expect((await zcrx(['encode', 'zcrx_stats', stats, '-f', 'raw'])).stdout.toString('hex')).toBe(hex);
    expect((await zcrx(['encode', 'zcrx_stats', stats, '-f', 'base64'])).out).toBe(
      `${Buffer.from(hex, 'hex').toString('base64')}\n`,
    );
    expect((await zcrx(['encode', 'zcrx_stats', stats, '-f', 'c'])).out).toMatch(
      /^static const unsigned char zcrx_stats\[16\] = \{\n\t0x03, 0x00,/m,
    );
    expect(await json('encode', 'zcrx_stats', stats)).toEqual({
      struct: 'zcrx_stats',
      revision: 'event',
      size: 16,
      hex,
    });
  });

  test.each([
    [
      'names of flags',
      'zcrx_event_desc',
      '{"type_mask":["ZCRX_EVENT_COPY"],"flags":"ZCRX_EVENT_DESC_FLAG_STATS"}',
      'event',
      '0200000001000000',
      8,
    ],
    ['names of v1', 'zcrx_ctrl', '{"zc_arm_notif":{"type_mask":"ZCRX_NOTIF_COPY"}}', 'v1', '02000000', 24],
    [
      'the same index',
      'zcrx_ctrl',
      '{"zc_arm_event":{"event_type":"ZCRX_EVENT_COPY"}}',
      'event',
      '01000000',
      24,
    ],
    ['text of 64 bits', 'zcrx_stats', '{"copy_count":"18446744073709551615"}', 'event', 'f'.repeat(16), 0],
    ['text in hex', 'zcrx_stats', '{"copy_count":"0x2a"}', 'event', '2a', 0],
    ['no fields', 'zcrx_stats', '{}', 'event', '00'.repeat(16), 0],
  ])('takes %s', async (_what, name, fields, revision, bytes, at) => {
    const document = await json('encode', name, fields);
    expect(document.revision).toBe(revision);
    expect(document.hex.slice(at * 2)).toMatch(new RegExp(`^${bytes}`));
  });

  test.each(everything)(
    'bytes of %s with %i bytes in %s come back from what decode prints',
    async (name, size, revision) => {
      // Low numbers, so that a union's selector takes every known value and one more; reserved bytes stay as they are.
      for (const fill of [0, 1, 2, 3, 4, 0xff]) {
        const bytes = new Uint8Array(size).fill(0);
        for (let i = 0; i < size; i += 4) bytes[i] = fill;
        const decoded = await zcrx(['decode', name, '-', '--json', '-r', revision, '--raw'], bytes);
        const encoded = await zcrx(['encode', name, '-'], decoded.out);
        expect([encoded.err, encoded.out]).toEqual(['', `${hexOf(bytes)}\n`]);
      }
    },
  );

  test('raw bytes are kept off a terminal', async () => {
    const { status, err, out } = await zcrx(['encode', 'zcrx_stats', stats, '-f', 'raw'], '', true);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: raw bytes would go to the terminal, expected a pipe or file/);
  });

  test.each([
    [
      'a number that JSON cannot hold',
      ['zcrx_stats', '{"copy_count":18446744073709551615}'],
      /cannot hold 18446744073709551615 exactly; quote it: "18446744073709551615"\n$/,
    ],
    [
      'a number out of range',
      ['zcrx_ctrl', '{"zcrx_id":4294967296}'],
      /zcrx_ctrl\.zcrx_id is 4294967296, expected 0 to 4294967295\n$/,
    ],
    ['a fraction', ['zcrx_ctrl', '{"zcrx_id":1.5}'], /zcrx_ctrl\.zcrx_id is 1\.5, expected a whole number/],
    [
      'a field that is none',
      ['zcrx_stats', '{"count":1}'],
      /zcrx_stats has no field "count", expected copy_count, copy_bytes\n$/,
    ],
    [
      'a name that is none',
      ['zcrx_event_desc', '{"flags":"STATS"}'],
      /zcrx_event_desc\.flags is "STATS", expected a number or .*ZCRX_EVENT_DESC_FLAG_STATS/,
    ],
    ['names of two revisions', ['zcrx_event_desc', '{"type_mask":"ZCRX_NOTIF_COPY"}'], /revision/],
    ['another revision than the names', ['zcrx_event_desc', '{}', '-r', 'v1'], /revision/],
    ['no JSON', ['zcrx_stats', 'copy_count=1'], /"copy_count=1" is no JSON object, expected one as/],
    ['broken JSON', ['zcrx_stats', '{"copy_count":}'], /^zcrx: JSON.*Unexpected token.*\n$/],
    ['an array', ['zcrx_stats', '[1]'], /the JSON is an array, expected an object with fields\n$/],
    [
      'a decoded struct of another revision',
      ['zcrx_ctrl', '{"struct":"zcrx_ctrl","revision":"v1","fields":{}}', '-r', 'event'],
      /the input is of revision v1, but --revision is event\n$/,
    ],
    [
      'a decoded struct of no revision',
      ['zcrx_ctrl', '{"struct":"zcrx_ctrl","revision":7,"fields":{}}'],
      /revision is 7, expected one of v1, rc, event\n$/,
    ],
    [
      'another struct',
      ['zcrx_ctrl', '{"struct":"zcrx_stats","revision":"event","fields":{}}'],
      /the input is a "zcrx_stats", expected a zcrx_ctrl\n$/,
    ],
    ['no fields', ['zcrx_stats'], /missing required argument 'json'\n$/],
  ])('refused: %s', async (_what, args, message) => {
    const { status, out, err } = await zcrx(['encode', ...args]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: [^\n]+\n$/);
    expect(err).toMatch(message);
  });
});
