import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { KNOWN_SERIES, VerdictModel } from '../../src/verdict/index.js';
import { refusal } from './refusal.js';
import { REGISTRATION, registration } from './verdict-rows.js';

const overlapping = registration({ event_desc: { stats_offset: 0 } });

test.each([
  ['7.3', 2176],
  ['7.3.4+deb13-cloud-amd64', 2176],
  ['7.3-rc1', 2176],
  ['7.3.0', 2176],
  ['7.2', 2112],
  ['7.2.12+deb13-amd64', 2112],
  ['7.2.0-rc5-dirty', 2112],
  ['7.4', 2176],
  ['7.10', 2176],
  ['8.0.1', 2176],
])('kernel %s: the first free offset is %d', (kernel, offset) => {
  const { verdict } = checkBundle({ ...overlapping, kernel });
  expect(verdict.findings[0]?.fix).toEqual({ field: 'event_desc.stats_offset', value: `${offset}` });
});

test.each(['7.4', '7.4.0-rc2', '8.0', '10.1'])(
  '%s is judged as the newest known, and this is said',
  (kernel) => {
    const { verdict, assumed } = checkBundle({ ...REGISTRATION, kernel });
    expect(verdict.errno).toBeNull();
    expect(assumed[0]).toBe(`Linux ${kernel} is newer than this library knows: it is judged as 7.3`);
  },
);

test.each(KNOWN_SERIES)('of %s nothing is said beyond what was assumed', (kernel) => {
  const { assumed } = checkBundle({ ...REGISTRATION, kernel });
  expect(assumed).toEqual(['the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN']);
});

test.each([
  ['6.12'],
  ['6.15.9'],
  ['5.10'],
  ['0.0'],
  ['7'],
  ['7.'],
  ['7.123'],
  [''],
  ['running'],
  ['v7.3'],
  ['Linux 7.3'],
  [' 7.3'],
  [7.3],
  [null],
  [[]],
  [{}],
  [true],
])('kernel %j is refused', (kernel) => {
  const call = { call: 'query', kernel } as never;
  const { field, code, message } = refusal(() => new VerdictModel().judge(call));
  expect([field, code]).toEqual(['kernel', 'out-of-range']);
  expect(message).toMatch(/^kernel is .+, expected a release of Linux 6\.16 or later, as "7\.3"$/);
});

test('the message for an old one', () => {
  expect(refusal(() => checkBundle({ ...REGISTRATION, kernel: '6.12' })).message).toBe(
    'kernel is "6.12", expected a release of Linux 6.16 or later, as "7.3"',
  );
});

describe('before Linux 7.1 an instance needs a device, of which nothing was proved', () => {
  const bundle = {
    reg: { if_idx: 2, rq_entries: 128 },
    area: { len: 8192 },
    region: { size: 4096, flags: 1 },
    devices: [{ if_idx: 2, unknown: true }],
  };

  test.each(['6.16', '6.17', '6.18', '6.19', '7.0'])('%s', (kernel) => {
    const { verdict } = checkBundle({ ...bundle, kernel });
    expect(verdict).toMatchObject({
      errno: null,
      rule: 'unproved',
      field: null,
      findings: [],
      instances: [],
    });
  });

  test('what is wrong before is told even so', () => {
    const { verdict } = checkBundle({ ...bundle, kernel: '6.19', region: { size: 64 } });
    expect(verdict).toMatchObject({ errno: 'EINVAL', rule: 'region-too-small' });
  });

  test('an interface that is not there is known to be refused', () => {
    const { verdict } = checkBundle({ ...bundle, kernel: '6.16', devices: [] });
    expect(verdict).toMatchObject({ errno: 'ENODEV', rule: 'device-missing' });
  });
});

describe('with pages of 16 KiB', () => {
  const page_size = 16_384;
  const good = registration({ page_size, area: { len: 32_768 }, region: { size: 16_384 } });

  test('what is whole pages of them passes', () => {
    const { verdict } = checkBundle(good);
    expect(verdict).toMatchObject({ errno: null, rule: 'ok' });
    expect(verdict.instances).toHaveLength(1);
  });

  test.each([
    ['area.len', { area: { len: 8192 } }, 'area-unaligned', '16384'],
    ['region.size', { region: { size: 8192 } }, 'region-unaligned', '16384'],
    [
      'region.user_addr',
      { region: { user_addr: '0x7f0000001000' } },
      'region-unaligned',
      `${0x7f0000000000}`,
    ],
    ['area.addr', { area: { addr: '0x7f0000003000' } }, 'area-unaligned', `${0x7f0000000000}`],
    ['reg.rx_buf_len', { reg: { rx_buf_len: 4096 } }, 'area-buf-len', '0'],
  ])('%s in pages of 4 KiB is refused', (field, changed, rule, value) => {
    const { verdict } = checkBundle(changedIn(good, changed));
    expect(verdict).toMatchObject({ errno: 'EINVAL', rule, field });
    expect(verdict.findings[0]?.fix).toEqual({ field, value });
  });

  test.each([4095, 4097, 2048, 131_072, 0, -4096, 6144, '4096', null, 1.5, 2 ** 40])(
    'page_size %j is refused',
    (given) => {
      const { field, message } = refusal(() => checkBundle({ ...REGISTRATION, page_size: given }));
      expect(field).toBe('page_size');
      expect(message).toMatch(
        /^page_size is .+, expected (a whole number from 4096 to 65536|a power of two)$/,
      );
    },
  );
});

/** A bundle with some fields of its structs changed. */
function changedIn(bundle: Bundle, changed: Bundle): Bundle {
  const structs = Object.entries(changed).map(([part, fields]) => [
    part,
    { ...(bundle[part as 'reg'] as object), ...fields },
  ]);
  return { ...bundle, ...Object.fromEntries(structs) };
}
