import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BtfError, type BtfErrorCode, isBtfError, readBtf } from '../../src/btf/index.js';
import { BtfWriter, type Oddities } from './btf-writer.js';

/** A blob with one of everything that is read. */
function sample(): BtfWriter {
  const btf = new BtfWriter();
  const u32 = btf.int(4);
  const u64 = btf.typedef('__u64', btf.int(8));
  const i16 = btf.const(btf.int(2, true));
  const inner = btf.struct('', 16, [
    { name: 'left', type: u64, offset: 0 },
    { name: 'right', type: i16, offset: 8 },
  ]);
  const union = btf.union('', 16, [
    { name: 'whole', type: btf.array(u64, 2), offset: 0 },
    { name: '', type: inner, offset: 0 },
  ]);
  btf.struct('sample', 48, [
    { name: 'first', type: u32, offset: 0 },
    { name: 'grid', type: btf.array(btf.array(i16, 3), 2), offset: 4 },
    { name: '', type: union, offset: 16 },
    { name: 'self', type: btf.pointer(btf.raw(0, 7, 0, 0)), offset: 32 },
    { name: 'choice', type: btf.enum('choice', { SMALL: -1n, LARGE: 5n }, { signed: true }), offset: 40 },
    { name: 'tail', type: btf.array(u32, 0), offset: 48 },
  ]);
  btf.struct('bits', 4, [
    { name: 'low', type: u32, offset: 0, bit: 0, width: 3 },
    { name: 'high', type: u32, offset: 0, bit: 6, width: 10 },
    { name: 'plain', type: i16, offset: 2 },
  ]);
  btf.enum('', { HUGE: 1n << 40n, ALL: (1n << 64n) - 1n }, { wide: true });
  btf.struct('twice', 4, [{ name: 'a', type: u32, offset: 0 }]);
  btf.struct('twice', 8, [{ name: 'b', type: u64, offset: 0 }]);
  return btf;
}

/** Everything that can be asked of a blob is asked. */
function readAll(blob: Uint8Array): void {
  const btf = readBtf(blob);
  for (const name of btf.structNames()) btf.structs(name);
  for (const name of ['SMALL', 'LARGE', 'HUGE', 'ALL']) {
    btf.enumerator(name);
    btf.enumsWith(name);
  }
}

function errorOf(action: () => unknown): BtfError {
  try {
    action();
  } catch (error) {
    if (isBtfError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('what is read', () => {
  const btf = readBtf(sample().bytes());

  test('structs, with unnamed ones inside them', () => {
    expect(btf.structs('sample')).toEqual([
      {
        name: 'sample',
        size: 48,
        members: [
          { name: 'first', offset: 0, size: 4, type: 'u32', count: 1 },
          { name: 'grid', offset: 4, size: 12, type: 'i16', count: 6 },
          { name: 'whole', offset: 16, size: 16, type: 'u64', count: 2, inUnion: true },
          { name: 'left', offset: 16, size: 8, type: 'u64', count: 1, inUnion: true },
          { name: 'right', offset: 24, size: 2, type: 'i16', count: 1, inUnion: true },
          { name: 'self', offset: 32, size: 8, type: 'pointer', count: 1 },
          { name: 'choice', offset: 40, size: 4, type: 'enum choice', count: 1 },
          { name: 'tail', offset: 48, size: 0, type: 'u32', count: 0 },
        ],
      },
    ]);
  });

  test('bit fields, with the bytes that they touch', () => {
    expect(btf.structs('bits')[0]?.members).toEqual([
      { name: 'low', offset: 0, size: 1, type: 'u32:3', count: 1 },
      { name: 'high', offset: 0, size: 2, type: 'u32:10', count: 1 },
      { name: 'plain', offset: 2, size: 2, type: 'i16', count: 1 },
    ]);
  });

  test('all structs of a name, and all names', () => {
    expect(btf.structs('twice').map(({ size }) => size)).toEqual([4, 8]);
    expect(btf.structs('nowhere')).toEqual([]);
    expect(btf.structNames()).toEqual(['bits', 'sample', 'twice']);
    expect(btf.typeCount).toBe(19);
  });

  test.each([
    ['SMALL', -1n],
    ['LARGE', 5n],
    ['HUGE', 1n << 40n],
    ['ALL', (1n << 64n) - 1n],
  ])('the enumerator %s', (name, value) => {
    expect(btf.enumerator(name)).toEqual([value]);
    expect(btf.enumerator(`NO_${name}`)).toEqual([]);
  });

  test('what else is in the enum of an enumerator', () => {
    expect(btf.enumsWith('LARGE')).toEqual([
      {
        name: 'choice',
        values: [
          { name: 'SMALL', value: -1n },
          { name: 'LARGE', value: 5n },
        ],
      },
    ]);
  });

  test('only what is selected', () => {
    const few = readBtf(sample().bytes(), {
      struct: (name) => name === 'bits',
      enumerator: (name) => name === 'HUGE',
    });
    expect(few.structNames()).toEqual(['bits']);
    expect(few.structs('sample')).toEqual([]);
    expect([few.enumerator('HUGE'), few.enumerator('SMALL')]).toEqual([[1n << 40n], []]);
    expect(few.enumsWith('HUGE')[0]?.values.length).toBe(2);
  });

  test('more members than 16 bits can count, as Linux 7.3 allows', () => {
    const writer = new BtfWriter();
    writer.raw(0, 13, 70_000, 0, new Array(140_000).fill(0));
    writer.struct('behind', 4, [{ name: 'a', type: writer.int(4), offset: 0 }]);
    expect(readBtf(writer.bytes()).structs('behind')[0]?.size).toBe(4);
  });

  test('types of a kind that only the blob itself describes', () => {
    const writer = new BtfWriter();
    writer.raw(0, 21, 2, 0, [1, 2, 3, 4, 5]);
    writer.struct('behind', 4, [{ name: 'a', type: writer.int(4), offset: 0 }]);
    const layouts = Array.from({ length: 22 }, (_, kind): [number, number] =>
      kind === 21 ? [4, 8] : [0, 0],
    );
    expect(readBtf(writer.bytes({ layouts })).structs('behind')[0]?.size).toBe(4);
    expect(errorOf(() => readBtf(writer.bytes()))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('BTF type 1 is of kind 21'),
    });
  });
});

describe('what is refused, and how it is said', () => {
  const good = sample().bytes();

  test.each<[string, Uint8Array, BtfErrorCode, string]>([
    ['nothing', new Uint8Array(0), 'not-btf', 'no BTF'],
    ['zeros', new Uint8Array(64), 'not-btf', 'no BTF'],
    ['text', Buffer.from('this is a text of some length'), 'not-btf', 'no BTF'],
    ['a header that ends', good.subarray(0, 23), 'damaged', 'ends after 23 bytes'],
    ['types without strings', good.subarray(0, good.length - 1), 'damaged', 'strings end at'],
    [
      'more than any kernel has',
      Buffer.concat([good, Buffer.alloc(32 << 20)]),
      'unsupported',
      'at most 33554432',
    ],
  ])('%s', (_what, blob, code, message) => {
    expect(errorOf(() => readBtf(blob))).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test.each<[string, Oddities, BtfErrorCode, string]>([
    ['the other byte order', { bigEndian: true }, 'unsupported', 'big-endian'],
    ['another version', { version: 2 }, 'unsupported', 'BTF version 2, expected 1'],
    ['too short a header', { headerBytes: 20 }, 'damaged', 'header has 20 bytes'],
    ['a header without end', { headerBytes: 0xffffffff }, 'damaged', 'header has 4294967295 bytes'],
    ['types behind the end', { typeOffset: 0xfffffff0 }, 'damaged', 'types end at'],
    ['too many types', { typeBytes: 0xffffffff }, 'damaged', 'types end at'],
    ['half a type', { typeBytes: 20 }, 'damaged', 'BTF type 2: it goes beyond its section'],
    ['too many strings', { stringBytes: 0xffffffff }, 'damaged', 'strings end at'],
    ['too few strings', { stringBytes: 3 }, 'damaged', 'of 3 bytes (BTF of a module'],
  ])('%s', (_what, odd, code, message) => {
    expect(errorOf(() => readBtf(sample().bytes(odd)))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  /** Blobs in which `bad` cannot be read; some are refused at once, others when it is asked for. */
  test.each<[string, (btf: BtfWriter) => void, string]>([
    ['kind 0', (btf) => btf.raw(0, 0, 0, 0), 'kind 0'],
    ['a struct of 16 million members', (btf) => btf.raw(1, 4, 0xffffff, 8), 'goes beyond its section'],
    [
      'a type that is not there',
      (btf) => btf.struct('bad', 8, [{ name: 'a', type: 99, offset: 0 }]),
      'type 99',
    ],
    ['a member of no type', (btf) => btf.struct('bad', 8, [{ name: 'a', type: 0, offset: 0 }]), 'type 0'],
    [
      'a typedef of itself',
      (btf) => btf.struct('bad', 8, [{ name: 'a', type: btf.typedef('t', 1), offset: 0 }]),
      'type 1: it is a name of itself',
    ],
    [
      'two typedefs of each other',
      (btf) => {
        btf.typedef('t', 2);
        btf.struct('bad', 8, [{ name: 'a', type: btf.const(1), offset: 0 }]);
      },
      'a name of itself',
    ],
    [
      'an array of itself',
      (btf) => btf.struct('bad', 8, [{ name: 'a', type: btf.array(1, 2), offset: 0 }]),
      'an array of itself',
    ],
    [
      'an array beyond all numbers',
      (btf) => {
        let type = btf.int(4);
        for (let i = 0; i < 8; i++) type = btf.array(type, 0xffffffff);
        btf.struct('bad', 8, [{ name: 'a', type, offset: 0 }]);
      },
      'an array of 4294967295 times',
    ],
    [
      'a struct inside itself',
      (btf) => btf.struct('bad', 8, [{ name: '', type: 1, offset: 0 }]),
      'contain each other without end',
    ],
    [
      'structs that double at each level',
      (btf) => {
        let type = btf.struct('', 0, []);
        const pair = () => [type, type].map((each) => ({ name: '', type: each, offset: 0 }));
        for (let i = 0; i < 30; i++) type = btf.struct('', 0, pair());
        btf.struct('bad', 0, pair());
      },
      'more than 131072 members',
    ],
    [
      'a member behind the end',
      (btf) => btf.struct('bad', 8, [{ name: 'a', type: btf.int(4), offset: 6 }]),
      'member a of struct bad ends at 10 of its 8 bytes',
    ],
    [
      'a member that is a function',
      (btf) => btf.struct('bad', 8, [{ name: 'a', type: btf.raw(0, 12, 0, 0), offset: 0 }]),
      'kind 12, which has no size',
    ],
    [
      'hundreds of structs of one name',
      (btf) => {
        for (let i = 0; i < 300; i++) btf.struct('bad', 0, []);
      },
      'more than 64 types in the BTF have the name bad',
    ],
    [
      'a name without end',
      (btf) => {
        btf.struct('bad', 0, []);
        btf.openLastString();
      },
      'the name at 1 has no end',
    ],
    ['a name of a kilobyte', (btf) => btf.struct('b'.repeat(1024), 0, []), 'has no end'],
    ['a name behind the strings', (btf) => btf.raw(0xfffffff0, 4, 0, 0), 'a name is at 4294967280'],
  ])('%s', (_what, write, message) => {
    const writer = new BtfWriter();
    write(writer);
    const error = errorOf(() => {
      readBtf(writer.bytes()).structs('bad');
    });
    expect(error.message).toContain(message);
  });
});

describe('whatever is done to a blob', { timeout: 60_000 }, () => {
  const good = sample().bytes();

  /** How long reading may take, on a machine that is busy with other things. */
  const MOST_MS = 2000;

  function expectAnEnd(blob: Uint8Array): void {
    const began = performance.now();
    try {
      readAll(blob);
    } catch (error) {
      expect(error).toBeInstanceOf(BtfError);
    }
    expect(performance.now() - began).toBeLessThan(MOST_MS);
  }

  test('cut off anywhere, it is refused', () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => readAll(good.subarray(0, length)), `${length} bytes`).toThrow(BtfError);
    }
  });

  test('with any word replaced, it is read or refused', () => {
    const words = [0, 1, 2, 7, 12, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
    for (let at = 0; at + 4 <= good.length; at++) {
      for (const word of words) {
        const blob = good.slice();
        new DataView(blob.buffer).setUint32(at, word, true);
        expectAnEnd(blob);
      }
    }
  });

  test('mutated and cut at random, it is read or refused', () => {
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), fc.nat(good.length), (changes, cut) => {
        const blob = good.slice();
        for (const { at, byte } of changes) blob[at] = byte;
        expectAnEnd(blob);
        expectAnEnd(blob.subarray(0, cut));
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes behind a good header are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (bytes, share) => {
        const split = share % (bytes.length + 1);
        const blob = new Uint8Array(24 + bytes.length);
        const view = new DataView(blob.buffer);
        [0x0001eb9f, 24, 0, split, split, bytes.length - split].forEach((word, i) => {
          view.setUint32(i * 4, word, true);
        });
        blob.set(bytes, 24);
        expectAnEnd(blob);
      }),
      { numRuns: 3000 },
    );
  });

  test('as large as may be, and full of names, it is refused before it costs much', () => {
    // One enum for each value, all named by another end of one long string: every name is new.
    const size = 32 << 20;
    const types = 24 << 20;
    const blob = new Uint8Array(size);
    const view = new DataView(blob.buffer);
    [0x0001eb9f, 24, 0, types, types, size - 24 - types].forEach((word, i) => {
      view.setUint32(i * 4, word, true);
    });
    for (let at = 24 + types, seed = 1; at < size; at++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      blob[at] = at % 500 === 0 ? 0 : 97 + ((seed >>> 16) % 26);
    }
    for (let at = 24, i = 0; at + 20 <= 24 + types; at += 20, i++) {
      view.setUint32(at + 4, (6 << 24) | 1, true);
      view.setUint32(at + 12, i % (size - 1024 - types), true);
    }
    view.setUint32(12, types - (types % 20), true);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    expect(errorOf(() => readBtf(blob)).message).toContain('more than 262144 names');
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 << 20);
  });
});
