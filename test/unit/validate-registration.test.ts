import { describe, expect, it, test } from 'vitest';
import { encode, validateRegistration } from '../../src/index.js';
import { refusal } from './refusal.js';
import {
  type Case,
  descriptor,
  PAGE,
  REGISTRATION_ROWS,
  reg,
  region,
  structsOf,
} from './validate-registration-rows.js';

function check(given: Case) {
  const { structs, options } = structsOf(given);
  return validateRegistration(structs, options);
}

describe('the statistics lie', () => {
  it.each(REGISTRATION_ROWS)('%s', (_, given, findings) => {
    expect(check(given).map(({ code, field, value, expected }) => [code, field, value, expected])).toEqual(
      findings,
    );
  });
});

test('findings of all structs at once, each under its struct', () => {
  const found = validateRegistration(
    {
      reg: reg(129, { __resv: [1, 0] }),
      region: encode('io_uring_region_desc', { size: PAGE, id: 5 }),
      area: encode('io_uring_zcrx_area_reg', { addr: PAGE, len: 5 }),
      event_desc: encode('zcrx_event_desc', { type_mask: 4, flags: 1, stats_offset: 100 }),
    },
    { rqes: 128 },
  );
  expect(found.map(({ struct, field, code }) => `${struct}.${field} ${code}`)).toEqual([
    'io_uring_zcrx_ifq_reg.__resv[0] reserved-not-zero',
    'io_uring_region_desc.id not-zero-on-entry',
    'io_uring_zcrx_area_reg.len misaligned',
    'zcrx_event_desc.type_mask unknown-bits',
    'zcrx_event_desc.stats_offset misaligned',
    'io_uring_region_desc.size too-small',
    'zcrx_event_desc.stats_offset overlaps-ring',
  ]);
});

test('each revision gives its own names', () => {
  for (const [revision, struct] of [
    ['v1', 'zcrx_notification_desc'],
    ['rc', 'zcrx_notification_desc'],
    ['event', 'zcrx_event_desc'],
  ] as const) {
    const found = validateRegistration(
      { reg: reg(100), region: region(PAGE), event_desc: descriptor(8) },
      { rqes: 128, revision },
    );
    expect(found.map((each) => each.struct)).toEqual([struct]);
  }
});

test('an import has no region, and what holds between structs does not concern it', () => {
  const importing = encode('io_uring_zcrx_ifq_reg', { if_idx: 5, flags: 'ZCRX_REG_IMPORT' });
  expect(validateRegistration({ reg: importing }, { rqes: 128 })).toEqual([]);
  expect(
    validateRegistration({ reg: importing, region: region(PAGE), event_desc: descriptor(8) }, { rqes: 128 }),
  ).toEqual([]);
});

test.each([
  ['rqes', { rqes: undefined }],
  ['rqes', { rqes: 0 }],
  ['rqes', { rqes: -64 }],
  ['rqes', { rqes: 64.5 }],
  ['rqes', { rqes: 2 ** 32 }],
  ['statsSize', { rqes: 64, statsSize: 0 }],
  ['statsSize', { rqes: 64, statsSize: 2 ** 32 + 16 }],
  ['statsAlignment', { rqes: 64, statsAlignment: 12 }],
  ['pageSize', { rqes: 64, pageSize: 0 }],
])('option %s of %o', (field, options) => {
  const structs = { reg: reg(100), region: region(PAGE) };
  expect(refusal(() => validateRegistration(structs, options as never))).toMatchObject({
    code: 'out-of-range',
    field,
  });
});
