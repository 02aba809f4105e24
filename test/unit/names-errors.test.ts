import { expect, test } from 'vitest';
import {
  type AbiRevision,
  decode,
  encode,
  type LayoutErrorCode,
  validate,
  validateRegistration,
} from '../../src/index.js';
import { refusal } from './refusal.js';

const strangeNames: [unknown, string][] = [
  ['', 'known are io_cqring_offsets'],
  ['nothing', 'known are'],
  ['event_desc', 'did you mean zcrx_event_desc?'],
  ['struct zcrx_stats', 'did you mean'],
  ['ZCRX_STATS', 'did you mean'],
  ['zcrx_stats ', 'did you mean zcrx_stats?'],
  ['__proto__', 'known are'],
  ['constructor', 'known are'],
  ['toString', 'known are'],
  ['finding_code', 'known are'],
  ['io_uring_zcrx_notif_stats|zcrx_notif_stats', 'did you mean'],
  [null, 'known are'],
  [undefined, 'called undefined'],
  [1n, 'called 1;'],
  [Symbol('zcrx_stats'), 'called Symbol(zcrx_stats)'],
  [['zcrx_stats'], 'called ["zcrx_stats"]'],
  [{ toString: () => 'zcrx_stats' }, 'called an object'],
];

test.each(strangeNames)('no struct is called %o', (name, words) => {
  const calls = [
    () => encode(name as string, {}),
    () => decode(name as string, new Uint8Array(16)),
    () => validate(name as string, new Uint8Array(16)),
  ];
  for (const call of calls) {
    const error = refusal(call);
    expect(error.code).toBe('unknown-struct');
    expect(error.message).toContain(words);
  }
});

const revisions: unknown[] = ['V1', 'v2', '', 'events', 'toString', '__proto__', null, 0, {}, ['v1']];

test.each(revisions)('no revision is called %o', (revision) => {
  const options = { revision: revision as AbiRevision };
  const registration = { reg: new Uint8Array(96) };
  const calls = [
    () => encode('zcrx_ctrl', {}, options),
    () => decode('zcrx_ctrl', new Uint8Array(72), options),
    () => validate('zcrx_ctrl', new Uint8Array(72), options),
    ...(revision === null ? [] : [() => validateRegistration(registration, { ...options, rqes: 64 })]),
  ];
  for (const call of calls) {
    expect(refusal(call)).toMatchObject({
      code: 'unknown-revision',
      field: 'revision',
      expected: 'v1, rc, event',
    });
  }
});

const options: unknown[] = [null, 1, 'event', true, () => 1];

test.each(options)('options that are %o', (given) => {
  const expected: { code: LayoutErrorCode; field: string } = { code: 'wrong-type', field: 'options' };
  const none = given as object;
  expect(refusal(() => encode('zcrx_ctrl', {}, none))).toMatchObject(expected);
  expect(refusal(() => decode('zcrx_ctrl', new Uint8Array(72), none))).toMatchObject(expected);
  expect(refusal(() => validate('zcrx_ctrl', new Uint8Array(72), none))).toMatchObject(expected);
});

test.each([0, -4096, 3, 4097, 2 ** 32, 1.5, NaN, '4096', 4096n, Symbol('x')])('page size %o', (pageSize) => {
  const call = () => validate('io_uring_region_desc', new Uint8Array(64), { pageSize: pageSize as number });
  expect(refusal(call)).toMatchObject({ code: 'out-of-range', field: 'pageSize' });
});
