import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encode,
  type PlanOptions,
  planRegion,
  type RegionPlan,
  validateRegistration,
} from '../../src/index.js';
import { refusal } from './refusal.js';

const plans: [PlanOptions, RegionPlan][] = [
  // header of 128 bytes, entries rounded up
  [
    { entries: 100, placement: 'tight' },
    { rq_entries: 128, rqes: 128, entries_end: 2176, stats_offset: 2176, stats_end: 2192, region_size: 4096 },
  ],
  [
    { entries: 100, placement: 'tight', rqHeaderSize: 8 },
    { rq_entries: 128, rqes: 64, entries_end: 2112, stats_offset: 2112, stats_end: 2128, region_size: 4096 },
  ],
  [
    { entries: 100 },
    { rq_entries: 128, rqes: 128, entries_end: 2176, stats_offset: 4096, stats_end: 4112, region_size: 8192 },
  ],
  [
    { entries: 100, placement: 'none' },
    { rq_entries: 128, rqes: 128, entries_end: 2176, region_size: 4096 },
  ],
  [
    { entries: 1, placement: 'none' },
    { rq_entries: 1, rqes: 128, entries_end: 144, region_size: 4096 },
  ],
  [
    { entries: 32768, placement: 'tight' },
    {
      rq_entries: 32768,
      rqes: 128,
      entries_end: 524416,
      stats_offset: 524416,
      stats_end: 524432,
      region_size: 528384,
    },
  ],
  [
    { entries: 4_000_000_000, clamp: true, placement: 'none' },
    { rq_entries: 32768, rqes: 128, entries_end: 524416, region_size: 528384 },
  ],
  // larger pages, statistics and alignment than today's
  [
    {
      entries: 129,
      pageSize: 65536,
      statsSize: 40,
      statsAlignment: 64,
      rqHeaderSize: 65,
      placement: 'tight',
    },
    {
      rq_entries: 256,
      rqes: 128,
      entries_end: 4224,
      stats_offset: 4224,
      stats_end: 4264,
      region_size: 65536,
    },
  ],
  [
    { entries: 128, rqHeaderSize: 1, statsSize: 1985, placement: 'tight' },
    { rq_entries: 128, rqes: 64, entries_end: 2112, stats_offset: 2112, stats_end: 4097, region_size: 8192 },
  ],
];

test.each(plans)('%o', (options, plan) => {
  expect(planRegion(options)).toEqual(plan);
});

const sizes = fc.record({
  entries: fc.integer({ min: 1, max: 32768 }),
  pageSize: fc.constantFrom(4096, 16384, 65536),
  rqHeaderSize: fc.integer({ min: 1, max: 512 }),
  statsSize: fc.integer({ min: 1, max: 256 }),
  statsAlignment: fc.constantFrom(4, 8, 16, 64),
});

test('a plan is what the kernel takes, and nothing smaller would be', () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom<'tight' | 'own-page'>('tight', 'own-page'), (options, placement) => {
      const plan = planRegion({ ...options, placement });
      const { entries, pageSize, statsSize, statsAlignment } = options;
      const rqes = Math.ceil(options.rqHeaderSize / 64) * 64;
      const rounded = 2 ** Math.ceil(Math.log2(entries));
      expect(plan).toMatchObject({ rq_entries: rounded, rqes, entries_end: rqes + 16 * rounded });
      const registration = (size: number, stats_offset: number) => ({
        reg: encode('io_uring_zcrx_ifq_reg', { rq_entries: entries, flags: 2, area_ptr: 1, region_ptr: 1 }),
        region: encode('io_uring_region_desc', { size }),
        event_desc: encode('zcrx_event_desc', { flags: 1, stats_offset }),
      });
      const check = (size: number, offset: number) =>
        validateRegistration(registration(size, offset), { rqes, pageSize, statsSize, statsAlignment });
      const offset = plan.stats_offset as number;
      expect(check(plan.region_size, offset)).toEqual([]);
      expect(check(plan.region_size - pageSize, offset)).not.toEqual([]);
      expect(
        check(plan.region_size, offset - (placement === 'tight' ? statsAlignment : pageSize)),
      ).not.toEqual([]);
      if (placement === 'own-page') expect(offset % pageSize).toBe(0);
    }),
    { numRuns: 150 },
  );
});

const refused: [string, object][] = [
  ['entries', {}],
  ['entries', { entries: 0 }],
  ['entries', { entries: 32769 }],
  ['entries', { entries: 2 ** 32, clamp: true }],
  ['entries', { entries: 1.5 }],
  ['entries', { entries: '100' }],
  ['entries', { entries: 100n }],
  ['pageSize', { entries: 1, pageSize: 4095 }],
  ['pageSize', { entries: 1, pageSize: 2 ** 32 }],
  ['rqHeaderSize', { entries: 1, rqHeaderSize: 0 }],
  ['rqHeaderSize', { entries: 1, rqHeaderSize: NaN }],
  ['statsSize', { entries: 1, statsSize: 0 }],
  ['statsSize', { entries: 1, statsSize: 2 ** 32 + 16 }],
  ['statsAlignment', { entries: 1, statsAlignment: 0 }],
  ['statsAlignment', { entries: 1, statsAlignment: 12 }],
  ['placement', { entries: 1, placement: '' }],
  ['placement', { entries: 1, placement: 'Tight' }],
  ['placement', { entries: 1, placement: null }],
];

test.each(refused)('%s of %o is refused', (field, options) => {
  const error = refusal(() => planRegion(options as PlanOptions));
  expect(error).toMatchObject({ code: 'out-of-range', field });
  expect(error.message).toContain(`${field} is `);
});

test.each([null, undefined, 5, 'tight'])('options that are %o', (options) => {
  expect(refusal(() => planRegion(options as unknown as PlanOptions))).toMatchObject({
    code: 'wrong-type',
    field: 'options',
  });
});
