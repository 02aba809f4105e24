import { beforeAll, describe, expect, test } from 'vitest';
import { type Btf, BtfError, elfSection, readBtf } from '../../src/btf/index.js';
import { compileObject } from './compiler.js';
import { releasedDefinition } from './headers.js';
import { structDifferences } from './kernel-btf.js';
import { builtLayout } from './layout.js';
import { seededBytes } from './samples.js';

// gcc writes BTF too: the reader is tried on what the compiler says of headers and of odd types.

const layout = builtLayout();

const ODD = `
struct odd {
	const volatile int scalar;
	unsigned char bytes[3][5];
	struct { short inner; union { long long left; char right; }; };
	enum { SMALL = -1, LARGE = 5 } choice;
	void *pointer;
	struct odd *self;
	unsigned low : 3, high : 7;
	int tail[];
};
enum { HUGE_VALUE = 1ULL << 40 } huge;
struct odd odd;
`;

describe('the BTF reader', () => {
  let blob: Uint8Array;
  let btf: Btf;

  beforeAll(async () => {
    const { includes, folders } = await releasedDefinition('7.3');
    const names = layout.structs.flatMap((struct) => struct.names.event);
    const source = `${includes.map((file) => `#include ${file}\n`).join('')}${[...new Set(names)]
      .map((name) => `struct ${name} variable_${name};\n`)
      .join('')}${ODD}`;
    blob = elfSection(await compileObject(source, folders, ['-gbtf']), '.BTF')!;
    btf = readBtf(blob);
  }, 300_000);

  test('agrees with the compiler on every struct of the headers', () => {
    expect(structDifferences(btf, layout, '7.3')).toEqual([]);
  });

  test('knows arrays of arrays, unnamed members, qualifiers, pointers, bit fields and enums', () => {
    expect(btf.structs('odd')).toEqual([
      {
        name: 'odd',
        size: 72,
        members: [
          { name: 'scalar', offset: 0, size: 4, type: 'i32', count: 1 },
          { name: 'bytes', offset: 4, size: 15, type: 'u8', count: 15 },
          { name: 'inner', offset: 24, size: 2, type: 'i16', count: 1 },
          { name: 'left', offset: 32, size: 8, type: 'i64', count: 1, inUnion: true },
          { name: 'right', offset: 32, size: 1, type: 'i8', count: 1, inUnion: true },
          { name: 'choice', offset: 40, size: 4, type: 'enum', count: 1 },
          { name: 'pointer', offset: 48, size: 8, type: 'pointer', count: 1 },
          { name: 'self', offset: 56, size: 8, type: 'pointer', count: 1 },
          { name: 'low', offset: 64, size: 1, type: 'u32:3', count: 1 },
          { name: 'high', offset: 64, size: 2, type: 'u32:7', count: 1 },
          { name: 'tail', offset: 68, size: 0, type: 'i32', count: 0 },
        ],
      },
    ]);
    expect(btf.enumerator('LARGE')).toEqual([5n]);
    expect(btf.structs('nowhere')).toEqual([]);
    expect(btf.enumerator('NOWHERE')).toEqual([]);
  });

  test('refuses what is no BTF, or is cut off', () => {
    expect(() => readBtf(new Uint8Array(0))).toThrow('no BTF');
    expect(() => readBtf(new Uint8Array(64))).toThrow('no BTF');
    for (let length = 0; length < blob.length; length += 7) {
      expect(() => readBtf(blob.subarray(0, length)), `${length} bytes`).toThrow(BtfError);
    }
  });

  test('reads damaged BTF to an end, and only inside it', () => {
    const next = seededBytes(1);
    for (let round = 0; round < 300; round++) {
      const damaged = Buffer.from(blob);
      for (const byte of next(8)) damaged[(byte * 257 + round * 31) % damaged.length] = next(1)[0]!;
      try {
        const read = readBtf(damaged);
        for (const { names } of layout.structs) for (const name of names.event) read.structs(name);
      } catch (error) {
        expect(error).toBeInstanceOf(BtfError);
      }
    }
  });
});
