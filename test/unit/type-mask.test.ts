import { expect, test } from 'vitest';
import {
  decode,
  encode,
  IO_RQ_MAX_ENTRIES,
  ZCRX_EVENT_ALLOC_FAIL,
  ZCRX_EVENT_COPY,
} from '../../src/index.js';

const descriptors = [
  ['v1', 'zcrx_notification_desc', ['ZCRX_NOTIF_NO_BUFFERS', 'ZCRX_NOTIF_COPY']],
  ['rc', 'zcrx_notification_desc', ['ZCRX_NOTIF_NO_BUFFERS', 'ZCRX_NOTIF_COPY']],
  ['event', 'zcrx_event_desc', ['ZCRX_EVENT_ALLOC_FAIL', 'ZCRX_EVENT_COPY']],
] as const;

const mask = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(8, true);

test.each(descriptors)('names give bits in %s', (revision, struct, names) => {
  const [first, second] = names;
  for (const both of [
    names,
    names.join('|'),
    `${second} | ${first}`,
    [first, second, first],
    [first, 2],
    `1|${second}`,
  ]) {
    expect(mask(encode(struct, { type_mask: both }, { revision }))).toBe(3);
  }
  expect(mask(encode(struct, { type_mask: first }, { revision }))).toBe(1);
  expect(mask(encode(struct, { type_mask: [second] }, { revision }))).toBe(2);
  expect(mask(encode(struct, { type_mask: [] }, { revision }))).toBe(0);
});

test.each(descriptors)(
  'numbers are taken as they are in %s, and decode to what they select',
  (revision, struct, names) => {
    const decoded = (type_mask: number) =>
      decode(struct, encode(struct, { type_mask }, { revision }), { revision }).names.type_mask;
    expect(decoded(0)).toEqual([]);
    expect(decoded(1)).toEqual([names[0]]);
    expect(decoded(2)).toEqual([names[1]]);
    expect(decoded(3)).toEqual([...names]);
    expect(decoded(0x80000005)).toEqual([names[0], '0x80000004']);
  },
);

test('indices that are or-ed select the first type alone', () => {
  const bytes = encode('zcrx_event_desc', { type_mask: ZCRX_EVENT_ALLOC_FAIL | ZCRX_EVENT_COPY });
  expect(decode('zcrx_event_desc', bytes).names.type_mask).toEqual(['ZCRX_EVENT_ALLOC_FAIL']);
});

test('constants have the values of the kernel', () => {
  expect({ ZCRX_EVENT_ALLOC_FAIL, ZCRX_EVENT_COPY, IO_RQ_MAX_ENTRIES }).toEqual({
    ZCRX_EVENT_ALLOC_FAIL: 0,
    ZCRX_EVENT_COPY: 1,
    IO_RQ_MAX_ENTRIES: 32768,
  });
});
