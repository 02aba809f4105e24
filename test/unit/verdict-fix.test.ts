import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { fixBundle } from '../../src/verdict/fix.js';
import { refusal } from './refusal.js';
import { ctrl, INSTANCE, REGISTRATION, registration } from './verdict-rows.js';

const isGood = ({ verdict }: ReturnType<typeof checkBundle>) =>
  verdict.errno === null && verdict.findings.length === 0;

describe('a bundle', () => {
  test('that is good stays as it is', () => {
    const { bundle, applied, checked } = fixBundle(REGISTRATION);
    expect(bundle).toEqual(REGISTRATION);
    expect(applied).toEqual([]);
    expect(isGood(checked)).toBe(true);
  });

  test('is not changed itself', () => {
    const given = registration({ reg: { zcrx_id: 1, __resv: [1, 1] } });
    const copy = structuredClone(given);
    fixBundle(given);
    expect(given).toEqual(copy);
  });

  test('with much wrong in it passes in the end, and keeps what is right as it was written', () => {
    const { bundle, applied, checked } = fixBundle({
      kernel: '7.3',
      nr_args: 0,
      setup_flags: ['CQE32', 'IORING_SETUP_R_DISABLED'],
      reg: { rq_entries: '0x64', flags: 'ZCRX_REG_NODEV', __resv: [0, '0x5'], zcrx_id: 3 },
      area: { len: '8192', rq_area_token: '0x1000000000000' },
      region: { size: 2048, flags: 'IORING_MEM_REGION_TYPE_USER', id: 7 },
      event_desc: {
        user_data: '18446744073709551615',
        type_mask: ['ZCRX_EVENT_COPY'],
        flags: 1,
        stats_offset: 1664,
      },
    });
    expect(isGood(checked)).toBe(true);
    expect(bundle).toEqual({
      kernel: '7.3',
      nr_args: 1,
      setup_flags: 0x3840,
      reg: { rq_entries: '0x64', flags: 'ZCRX_REG_NODEV', __resv: [0, 0], zcrx_id: 0 },
      area: { len: '8192', rq_area_token: 0 },
      region: { size: 4096, flags: 'IORING_MEM_REGION_TYPE_USER', id: 0 },
      event_desc: {
        user_data: '18446744073709551615',
        type_mask: ['ZCRX_EVENT_COPY'],
        flags: 1,
        stats_offset: 2176,
      },
    });
    expect(applied.map(({ field, from, to }) => `${field}: ${from} -> ${to}`)).toEqual([
      'nr_args: 0 -> 1',
      'setup_flags: 2112 -> 14400',
      'reg.__resv[1]: 5 -> 0',
      'reg.zcrx_id: 3 -> 0',
      'area.rq_area_token: 281474976710656 -> 0',
      'region.size: 2048 -> 4096',
      'region.id: 7 -> 0',
      'event_desc.stats_offset: 1664 -> 2176',
    ]);
  });

  test('under names of an earlier revision keeps them', () => {
    const { event_desc: _, ...rest } = REGISTRATION;
    const notif_desc = {
      type_mask: 'ZCRX_NOTIF_COPY',
      flags: 'ZCRX_NOTIF_DESC_FLAG_STATS',
      stats_offset: 64,
    };
    const { bundle, checked } = fixBundle({ ...rest, notif_desc });
    expect(isGood(checked)).toBe(true);
    expect(bundle).toEqual({ ...rest, notif_desc: { ...notif_desc, stats_offset: 2176 } });
  });

  test('that arms under the names of an earlier revision keeps them', () => {
    const __resv = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    const arm = { revision: 'rc', ctrl: { op: 2, zc_arm_notif: { notif_type: 1, __resv } } } as const;
    const { bundle, checked } = fixBundle({ ...arm, instances: [INSTANCE] });
    expect(isGood(checked)).toBe(true);
    expect(bundle.ctrl).toEqual({ op: 2, zc_arm_notif: { notif_type: 1, __resv: Array(11).fill(0) } });
  });

  test('on a kernel before events loses its descriptor, and the device that cannot be left out is what is left', () => {
    const { applied, checked } = fixBundle({ ...REGISTRATION, kernel: '7.0' });
    expect(applied.map(({ field, to }) => `${field} = ${to}`)).toEqual([
      'reg.event_desc = 0',
      'reg.flags = 0',
    ]);
    expect(checked.verdict).toMatchObject({ errno: 'ENODEV', rule: 'device-missing' });
  });

  test('gets addresses in hex', () => {
    const { bundle } = fixBundle(registration({ area: { addr: '0x7f0000000800' } }));
    expect(bundle.area?.addr).toBe('0x7f0000000000');
  });
});

describe('in a chain of queries', () => {
  test('each question is mended where it stands', () => {
    const { bundle, checked } = fixBundle({
      query: [
        { query_op: 1, size: 8192 },
        { query_op: 0, result: -95, __resv: [0, 1, 0] },
        { query_op: 3, size: 0 },
      ],
    });
    expect(isGood(checked)).toBe(true);
    expect(bundle.query).toEqual([
      { query_op: 1, size: 48 },
      { query_op: 0, result: 0, __resv: [0, 0, 0] },
      { query_op: 3, size: 48 },
    ]);
  });

  test('so is a single one', () => {
    const { bundle, checked } = fixBundle({ nr_args: 1, query: { size: 0, __resv: [1, 2, 3], result: 5 } });
    expect(isGood(checked)).toBe(true);
    expect(bundle).toEqual({ nr_args: 0, query: { size: 48, __resv: [0, 0, 0], result: 0 } });
  });
});

const HOPELESS: [what: string, bundle: Bundle, left: string][] = [
  ['no instance', { ctrl: { op: 0 } }, 'ctrl-unknown-id'],
  ['an unknown operation', ctrl({ op: 77 }), 'ctrl-unknown-op'],
  ['what has not fired', ctrl({ op: 2, zc_arm_event: { event_type: 0 } }), 'arm-not-fired'],
  ['no structs at all', { reg: {} }, 'region-unreadable'],
  ['no privilege', registration({ capable: false }), 'not-capable'],
  ['a failed mmap', registration({ area: { addr: '0xffffffffffffffff' } }), 'area-wraps'],
  [
    'a failed mmap of the region',
    registration({ region: { user_addr: '0xffffffffffffffff' } }),
    'region-unaligned',
  ],
  ['nothing mapped', { ...REGISTRATION, memory: [] }, 'reg-unreadable'],
  ['an area of two terabytes', registration({ area: { len: 2 ** 41 } }), 'area-limit'],
  ['a circle of questions', { query: { next_entry: '0x10000000' } }, 'query-endless'],
];

test.each(HOPELESS)('%s cannot be mended, and this ends', (_what, bundle, left) => {
  const { checked, applied } = fixBundle(bundle);
  expect(checked.verdict.rule).toBe(left);
  expect(applied.length).toBeLessThan(10);
});

test('what is no bundle is refused as it is by a check', () => {
  expect(refusal(() => fixBundle({ reg: { bogus: 1 } })).message).toBe(
    refusal(() => checkBundle({ reg: { bogus: 1 } })).message,
  );
  const deep = JSON.parse(`{"reg":{"__resv":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`);
  expect(refusal(() => fixBundle(deep)).field).toBe('__resv');
});
