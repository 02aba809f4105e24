import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/generated/rules.js';
import { isLayoutError } from '../../src/index.js';
import { type Bundle, layOutBundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { fixBundle } from '../../src/verdict/fix.js';
import {
  type Call,
  KNOWN_SERIES,
  RegistrationCheck,
  type RegistrationStructs,
  type Verdict,
  VerdictModel,
} from '../../src/verdict/index.js';
import { ARG, ctrlLine, importLine, type Line, registerLine } from './verdict-lines.js';
import { INSTANCE, REGISTRATION } from './verdict-rows.js';

const errnoOf = new Map(RULES.map(({ name, errno }) => [name, errno]));

/** What holds of every verdict, whatever the call. */
function expectSound(verdict: Verdict): void {
  expect(errnoOf.get(verdict.rule)).toBe(verdict.errno);
  const refusing = verdict.findings.filter(({ entry }) => entry === undefined);
  if (verdict.errno !== null) expect(refusing[0]).toMatchObject({ rule: verdict.rule, field: verdict.field });
  else expect(verdict.field).toBeNull();
  if (verdict.rule === 'ok') expect(refusing).toEqual([]);
  for (const finding of verdict.findings) {
    expect(finding.message).toMatch(/^\S.*[^.]$/);
    expect(finding.message).not.toMatch(/undefined|NaN|\[object/);
    expect(errnoOf.get(finding.rule)).toBe(finding.errno);
    expect(finding.value).toMatch(/^-?\d+$/);
  }
  for (const [address, hex] of Object.entries(verdict.writes)) {
    expect(address).toMatch(/^0x[\da-f]+$/);
    expect(hex).toMatch(/^([\da-f]{2})+$/);
  }
}

/** The verdict, or undefined where the input is refused as it should be. */
function tried<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (isLayoutError(error)) return undefined;
    throw error;
  }
}

const NUMBERS = [
  0,
  1,
  2,
  3,
  7,
  8,
  64,
  100,
  4095,
  4096,
  4097,
  32_768,
  32_769,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  -1,
  0.5,
  '0',
  '4096',
  '0x10000000',
  '0x20000000',
  '0xfffffffffffff000',
  '18446744073709551615',
  '-1',
  '',
];
const number = fc.constantFrom(...NUMBERS);
const junk = fc.oneof(
  number,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, [], {}, '__proto__'),
);

const KEYS = [
  'kernel',
  'ring',
  'nr_args',
  'setup_flags',
  'capable',
  'page_size',
  'memory',
  'bytes',
  'arg',
  'fd',
  'next_fd',
  'files',
  'devices',
  'instances',
  'other_task',
  'restricted',
  'id',
  'type',
  '__proto__',
  'constructor',
];
const range = fc.tuple(number, number, fc.constantFrom('rw', 'ro', 'none', 'x'));
const callName = fc.constantFrom('register_ifq', 'zcrx_ctrl', 'query', 'close', 'event', 'toString', 7);
/** Values of the right kind, mostly, for each key of a call. */
const likely = fc.record(
  {
    call: callName,
    kernel: fc.constantFrom(...KNOWN_SERIES, '7.4', '6.12', 7),
    ring: fc.constantFrom(0, 1, 65_534, 65_535),
    nr_args: fc.constantFrom(0, 1, 2),
    setup_flags: fc.constantFrom(0x3800, 0, 0xffff_ffff),
    page_size: fc.constantFrom(4096, 16_384, 5000),
    memory: fc.array(range, { maxLength: 5 }),
    bytes: fc.dictionary(
      fc.constantFrom(ARG, '0x10000028', '0x20000000', 'x'),
      fc.base64String({ maxLength: 8 }),
    ),
    arg: fc.constantFrom(ARG, 0, '0x20000000'),
    fd: fc.constantFrom(-1, 3, 7),
    files: fc.dictionary(
      fc.constantFrom('3', '7', 'x'),
      fc.constantFrom('zcrx:0', 'zcrx:9', 'dmabuf', 'file', 'y'),
    ),
    devices: fc.array(
      fc.record({ if_idx: fc.nat(3), queues: fc.nat(2), dma: fc.boolean(), taken: fc.array(fc.nat(2)) }),
    ),
    instances: fc.array(
      fc.record(
        { id: fc.nat(2), ring: fc.nat(1), imported: fc.boolean(), areas: fc.nat(1025) },
        { requiredKeys: ['id'] },
      ),
    ),
    id: fc.nat(2),
    type: fc.nat(33),
  },
  { requiredKeys: ['call'] },
);
const messedUp = fc
  .tuple(likely, fc.dictionary(fc.constantFrom(...KEYS), junk, { maxKeys: 2 }))
  .map(([call, more]) => ({ ...call, ...more }));

describe('any JSON', () => {
  const inTurn = new VerdictModel({ stateful: true });

  test('is judged, or refused with an error that names a field', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), messedUp, likely), (input) => {
        const verdict = tried(() => new VerdictModel().judge(input as never));
        if (verdict) expectSound(verdict);
        const next = tried(() => inTurn.judge(input as never));
        if (next) expectSound(next);
      }),
      { numRuns: 2000 },
    );
  });

  test('as a bundle: likewise', () => {
    const part = fc.dictionary(
      fc.constantFrom(
        'rq_entries',
        'flags',
        'len',
        'addr',
        'size',
        'op',
        'zcrx_id',
        'area_ptr',
        '__resv',
        'type_mask',
        'query_op',
      ),
      junk,
      { maxKeys: 4 },
    );
    const bundle = fc
      .tuple(
        fc.record(
          { reg: part, area: part, region: part, event_desc: part, ctrl: part, query: part },
          { requiredKeys: [] },
        ),
        fc.dictionary(fc.constantFrom(...KEYS, 'call', 'reg', 'revision', 'notif_desc'), junk, {
          maxKeys: 2,
        }),
      )
      .map(([structs, more]) => ({ ...structs, ...more }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), bundle), (input) => {
        const checked = tried(() => checkBundle(input));
        if (checked) expectSound(checked.verdict);
        tried(() => fixBundle(input));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no more memory the more of it there is', () => {
    const model = new VerdictModel({ stateful: true });
    const lines: Line[] = [
      registerLine({ ring: 1 }),
      ctrlLine({ op: 'ZCRX_CTRL_EXPORT' }, { ring: 1, next_fd: 9 }),
      importLine(9, { ring: 2, files: { 8: 'zcrx:70000' } }),
      { call: 'query', bytes: { '0x1': '00'.repeat(1 << 18) } },
      { call: 'close', ring: 1 },
      { call: 'close', ring: 2 },
    ];
    const run = (times: number) => {
      for (let i = 0; i < times; i++) for (const line of lines) model.judge(line as unknown as Call);
      return process.memoryUsage();
    };
    const first = run(20);
    const last = run(200);
    expect(last.arrayBuffers - first.arrayBuffers).toBeLessThan(32 << 20);
    expect(last.external - first.external).toBeLessThan(32 << 20);
  });
});

const field = (...values: unknown[]) => fc.constantFrom(...values);
/** Bundles of which each field is right, or wrong in a way of its own. */
const registrations: fc.Arbitrary<Bundle> = fc
  .record({
    kernel: field(...KNOWN_SERIES, '7.3', '7.3', '7.2', '7.2'),
    nr_args: field(1, 1, 1, 0),
    setup_flags: field(0x3800, 0x3800, 0x1000, 0x2000, 0x2810),
    page_size: field(4096, 4096, 16_384, 65_536),
    reg: fc.record(
      {
        rq_entries: field(1, 100, 128, 4096, 32_768, 40_000, 0),
        flags: field('ZCRX_REG_NODEV', 2, 2, 2, 3, 0x12, 0),
        if_rxq: field(0, 0, 0, 1, 0xffff_ffff),
        zcrx_id: field(0, 0, 0, 5),
        rx_buf_len: field(0, 0, 4096, 16_384, 100),
        __resv: field([0, 0], [1, 0], [0, 1]),
      },
      { requiredKeys: ['rq_entries', 'flags'] },
    ),
    area: fc.record(
      {
        addr: field('0x7f0000000000', '0x7f0000000800', 0, '18446744073709551615'),
        len: field(65_536, 8192, 8193, 0, 2 ** 31, 2 ** 41),
        flags: field(0, 0, 1, 2),
        rq_area_token: field(0, 0, '0x1000000000000'),
        dmabuf_fd: field(0, 0, 3),
        __resv2: field([0, 0], [0, 9]),
      },
      { requiredKeys: ['len'] },
    ),
    region: fc.record(
      {
        user_addr: field('0x7f1000000000', '0x7f1000000010', 0),
        size: field(65_536, 1 << 20, 4096, 100, 0, 2 ** 40, 2 ** 43),
        flags: field(1, 1, 1, 0, 5),
        id: field(0, 0, 1),
        mmap_offset: field(0, 0, 4096),
        __resv: field([0, 0, 0, 0], [0, 0, 1, 0]),
      },
      { requiredKeys: ['size', 'flags'] },
    ),
    event_desc: fc.record(
      {
        type_mask: field(0, 1, 2, 3, 7, 'ZCRX_EVENT_COPY'),
        flags: field(1, 1, 0, 3),
        stats_offset: field(0, 64, 2112, 2176, 2177, 4096, 65_520, 65_536, '18446744073709551608'),
        __resv2: field(Array(9).fill(0), [1, ...Array(8).fill(0)]),
      },
      { requiredKeys: [] },
    ),
  })
  .map((bundle) => bundle as Bundle);

const controls: fc.Arbitrary<Bundle> = fc
  .record({
    kernel: field('6.18', '6.19', '7.1', '7.2', '7.3', '7.3'),
    nr_args: field(0, 0, 0, 1),
    ctrl: fc.oneof(
      fc.record({ op: field(0, 1, 2, 3, 4, 9), zcrx_id: field(0, 0, 1), __resv: field([0, 0], [0, 3]) }),
      fc.record({
        op: field(2),
        zc_arm_event: fc.record({
          event_type: field(0, 1, 2, 3),
          __resv: field(Array(11).fill(0), [...Array(10).fill(0), 1]),
        }),
      }),
      fc.record({
        op: field(1),
        zc_export: fc.record({ zcrx_fd: field(0, 3), __resv1: field(Array(11).fill(0), Array(11).fill(1)) }),
      }),
      fc.record({ op: field(3), zc_area: fc.record({ __resv: field([0, 0, 0, 0, 0], [0, 0, 0, 1, 0]) }) }),
    ),
    instances: field([INSTANCE], [INSTANCE], []),
  })
  .map((bundle) => bundle as Bundle);

const queries: fc.Arbitrary<Bundle> = fc
  .record({
    kernel: field('6.17', '6.18', '7.1', '7.2', '7.3'),
    nr_args: field(0, 0, 1),
    query: fc.array(
      fc.record({
        query_op: fc.nat(5),
        size: field(0, 8, 48, 64, 4097),
        result: field(0, -95),
        __resv: field([0, 0, 0], [0, 7, 0]),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map((bundle) => bundle as Bundle);

const bundles = fc.oneof(registrations, registrations, controls, queries);

describe('any bundle', () => {
  test('has a sound verdict, the same each time', () => {
    fc.assert(
      fc.property(bundles, (bundle) => {
        const { verdict } = checkBundle(bundle);
        expectSound(verdict);
        checkBundle(REGISTRATION);
        expect(checkBundle(bundle).verdict).toEqual(verdict);
      }),
      { numRuns: 400 },
    );
  });

  test('has the verdict that a RegistrationCheck gives of its structs', () => {
    const memory = [['0x1000', (2n ** 64n - 0x1000n).toString(), 'rw']] as const;
    fc.assert(
      fc.property(registrations, ({ nr_args: _, ...bundle }) => {
        const { call, structs } = layOutBundle({ ...bundle, memory, devices: [] });
        const { kernel = '', setup_flags = 0, page_size = 0 } = call;
        const check = new RegistrationCheck({ kernel, setup_flags, page_size });
        const { rule, findings } = new VerdictModel().judge(call);
        expect(check.judge(structs as RegistrationStructs).name).toBe(rule);
        const found = check.findings().map((each) => [each.rule.name, each.field]);
        expect(found).toEqual(findings.map((each) => [each.rule, each.field]));
      }),
      { numRuns: 400 },
    );
  });

  test('is mended as far as it can be: no fix is left that was not tried, and none is for nothing', () => {
    fc.assert(
      fc.property(bundles, (bundle) => {
        const { applied, checked, bundle: fixed } = fixBundle(bundle);
        expect(applied.length).toBeLessThan(60);
        for (const { fix, rule } of checked.verdict.findings) {
          if (!fix) continue;
          expect(applied).toContainEqual(expect.objectContaining({ field: fix.field, to: fix.value, rule }));
        }
        if (checkBundle(bundle).verdict.findings.length === 0) expect(fixed).toEqual(bundle);
        expect(checkBundle(fixed).verdict).toEqual(checked.verdict);
      }),
      { numRuns: 400 },
    );
  });

  test('without what cannot be mended passes in the end', () => {
    const lost = new Set([
      'area-limit',
      'area-limit-1g',
      'area-null',
      'area-wraps',
      'area-dmabuf-nodev',
      'area-dmabuf-fd',
      'area-not-pinned',
      'region-user-addr',
      'region-pages',
      'region-page-list',
      'region-pin-limit',
      'region-cut',
      'region-cut-empty',
      'region-not-pinned',
      'import-fd-closed',
      'device-missing',
      'area-pin-limit',
      'opcode-unknown',
      'ctrl-unknown-id',
      'ctrl-unknown-op',
      'arm-type',
      'arm-not-fired',
      'area-unreadable',
      'query-unknown-op',
    ]);
    fc.assert(
      fc.property(bundles, (bundle) => {
        const { checked } = fixBundle(bundle);
        const left = checked.verdict.findings.filter(({ rule }) => !lost.has(rule));
        expect(left.map(({ message }) => message)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
