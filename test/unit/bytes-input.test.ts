import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { decode, encode, validate, validateRegistration } from '../../src/index.js';
import { refusal } from './refusal.js';

const stats = encode('zcrx_stats', { copy_count: 3, copy_bytes: 2n ** 64n - 1n });
const { fields } = decode('zcrx_stats', stats);

/** The same 16 bytes in every form that is a Uint8Array. */
const forms: [string, () => Uint8Array][] = [
  ['a Uint8Array', () => stats],
  ['a part of a larger one', () => new Uint8Array([9, 9, 9, ...stats, 9, 9]).subarray(3, 19)],
  ['a Buffer', () => Buffer.from(stats)],
  ['a part of a Buffer', () => Buffer.from([7, ...stats, 7]).subarray(1, 17)],
  [
    'shared memory',
    () => {
      const shared = new Uint8Array(new SharedArrayBuffer(64), 5, 16);
      shared.set(stats);
      return shared;
    },
  ],
  [
    'WebAssembly memory',
    () => {
      const view = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 65_520);
      view.set(stats);
      return view;
    },
  ],
  ['one of another realm', () => runInNewContext('Uint8Array.from(bytes)', { bytes: [...stats] })],
  [
    'a subclass that lies about itself',
    () =>
      new (class extends Uint8Array {
        override get length() {
          return 5;
        }
        override get [Symbol.toStringTag]() {
          return 'Nothing' as 'Uint8Array';
        }
      })(stats),
  ],
];

test.each(forms)('decodes and checks %s', (_, make) => {
  expect(decode('zcrx_stats', make()).fields).toEqual(fields);
  expect(validate('zcrx_stats', make())).toEqual([]);
});

const detached = new Uint8Array(16);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const wrong: [string, unknown][] = [
  ['text of as many characters', '0123456789abcdef'],
  ['a list of numbers', Array.from(stats)],
  ['an ArrayBuffer', stats.buffer],
  ['a SharedArrayBuffer', new SharedArrayBuffer(16)],
  ['a DataView', new DataView(stats.buffer)],
  ['an Int8Array', new Int8Array(16)],
  ['a Uint8ClampedArray', new Uint8ClampedArray(16)],
  ['numbers of 16 bits', new Uint16Array(16)],
  ['numbers of 64 bits', new BigUint64Array(16)],
  ['something with a length', { length: 16 }],
  ['a proxy of bytes', new Proxy(stats, {})],
  ['an heir of bytes', Object.create(stats)],
  ['a fake', Object.create(Uint8Array.prototype, { length: { value: 16 } })],
  ['a revoked proxy', revoked.proxy],
  ['null', null],
  ['undefined', undefined],
  ['a number', 16],
];

describe.each(wrong)('%s', (_, given) => {
  it('is no struct', () => {
    const bytes = given as Uint8Array;
    const expected = { code: 'wrong-type', struct: 'zcrx_stats', expected: 'a Uint8Array' };
    expect(refusal(() => decode('zcrx_stats', bytes))).toMatchObject(expected);
    expect(refusal(() => validate('zcrx_stats', bytes))).toMatchObject(expected);
    const reg = bytes;
    expect(refusal(() => validateRegistration({ reg }, { rqes: 64 }))).toMatchObject({
      ...expected,
      struct: 'io_uring_zcrx_ifq_reg',
    });
  });
});

const lengths: [name: string, size: number, expected: string][] = [
  ['zcrx_stats', 0, '16 bytes'],
  ['zcrx_stats', 15, '16 bytes'],
  ['zcrx_stats', 17, '16 bytes'],
  ['zcrx_stats', 65_552, '16 bytes'], // 16 and 2^16
  ['io_uring_cqe', 24, '16 or 32 bytes'],
  ['io_uring_query_zcrx_notif', 64, '48 or 96 bytes'],
  ['io_uring_query_zcrx_event', 96, '48 bytes'],
  ['io_uring_params', 1 << 24, '120 bytes'],
];

test.each(lengths)('%s of %d bytes', (struct, size, expected) => {
  const bytes = new Uint8Array(size);
  for (const call of [() => decode(struct, bytes), () => validate(struct, bytes)]) {
    const error = refusal(call);
    expect(error).toMatchObject({ code: 'wrong-length', struct, got: size });
    expect(error.expected?.split(/\D+/).sort()).toEqual(expected.split(/\D+/).sort());
  }
});

test('detached bytes have none', () => {
  expect(refusal(() => decode('zcrx_stats', detached))).toMatchObject({ code: 'wrong-length', got: 0 });
});

test('bytes that change while they are read are read once', () => {
  // stands for shared memory that another thread writes: each look at the buffer finds another operation
  let op = 0;
  class Changing extends Uint8Array {
    override get buffer(): ArrayBuffer {
      return encode('zcrx_ctrl', { op: op++ }).buffer;
    }
  }
  const bytes = new Changing(encode('zcrx_ctrl', { zc_export: { zcrx_fd: 7 } }));
  expect(decode('zcrx_ctrl', bytes).fields).toEqual({ zcrx_id: 0, op: 1, zc_export: { zcrx_fd: 7 } });
  expect(validate('zcrx_ctrl', bytes).map(({ field }) => field)).toEqual(['zc_export.zcrx_fd']);
});

test('what is decoded or encoded shares no memory with the caller or the module', () => {
  const bytes = encode('zcrx_stats', { copy_count: 1 });
  const before = decode('zcrx_stats', bytes);
  bytes.fill(0xff);
  expect(encode('zcrx_stats', { copy_count: 1 })).not.toEqual(bytes);
  expect(before.fields.copy_count).toBe(1n);
  expect(bytes.buffer.byteLength).toBe(16);
});
