import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteSource, elfSection, findElfSection, isBtfError } from '../../src/btf/index.js';
import { elfFile } from './btf-elf-writer.js';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const sections = [
  { name: '.BTF_ids', bytes: Buffer.from('ids') },
  { name: '.BTF', bytes: Buffer.from('types') },
  { name: '.text', bytes: Buffer.from('code') },
];
const good = elfFile(sections);

/** The file with a number of the header, or of the header of the section .BTF, replaced. */
function changed(where: 'file' | 'section', at: number, bytes: 2 | 4 | 8, value: bigint): Uint8Array {
  const file = good.slice();
  const view = new DataView(file.buffer);
  const start = where === 'file' ? 0 : Number(view.getBigUint64(0x28, true)) + 2 * 64;
  for (let i = 0; i < bytes; i++) view.setUint8(start + at + i, Number((value >> BigInt(i * 8)) & 0xffn));
  return file;
}

describe('a section of an ELF file', () => {
  test('is found by its whole name', () => {
    expect(text(elfSection(good, '.BTF'))).toBe('types');
    expect(text(elfSection(good, '.BTF_ids'))).toBe('ids');
    expect(elfSection(good, '.BT')).toBeUndefined();
    expect(elfSection(elfFile([]), '.BTF')).toBeUndefined();
  });

  test('is none where it has no bytes in the file', () => {
    expect(elfSection(elfFile([{ name: '.BTF', bytes: Buffer.from('x'), type: 8 }]), '.BTF')).toBeUndefined();
    expect(elfSection(changed('file', 0x3c, 2, 0n), '.BTF')).toBeUndefined();
  });

  test('is found without reading the rest of a large file', () => {
    const size = 500 << 20;
    let read = 0;
    const tail = Number(new DataView(good.buffer).getBigUint64(0x28, true));
    const head = changed('file', 0x28, 8, BigInt(size - (good.length - tail)));
    const source: ByteSource = {
      size,
      read(start, length) {
        read += length;
        const at = start >= size - (good.length - tail) ? start - (size - good.length) : start;
        return head.subarray(at, at + length);
      },
    };
    expect(findElfSection(source, '.BTF')).toEqual({ start: 64 + 3, bytes: 5 });
    expect(read).toBeLessThan(1000);
  });

  test.each<[string, Uint8Array, string, string]>([
    ['nothing', new Uint8Array(0), 'damaged', 'the ELF header would be at 0 to 64 of 0 bytes'],
    ['something else', new Uint8Array(64), 'not-btf', 'no ELF file'],
    ['32 bits', changed('file', 4, 2, 0x0101n), 'unsupported', '64-bit little-endian'],
    ['big-endian', changed('file', 4, 2, 0x0202n), 'unsupported', '64-bit little-endian'],
    ['headers behind the end', changed('file', 0x28, 8, 1n << 40n), 'damaged', 'section headers would be'],
    ['headers beyond all files', changed('file', 0x28, 8, 1n << 63n), 'damaged', 'is 9223372036854775808'],
    ['too many headers', changed('file', 0x3c, 2, 0xffffn), 'damaged', 'section headers would be'],
    ['headers of no size', changed('file', 0x3a, 2, 0n), 'damaged', 'have 0 bytes, expected 64'],
    ['names nowhere', changed('file', 0x3e, 2, 99n), 'damaged', 'in section 99 of 5'],
    ['a start beyond all files', changed('section', 0x18, 8, 1n << 60n), 'damaged', 'beyond any file'],
    ['compression', changed('section', 8, 8, 0x800n), 'unsupported', '.BTF is compressed'],
  ])('%s is refused', (_what, file, code, message) => {
    expect(() => elfSection(file, '.BTF')).toThrow(
      expect.objectContaining({ name: 'BtfError', code, message: expect.stringContaining(message) }),
    );
  });

  test('whatever is done to the file, a section is found, or none, or it is refused', () => {
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), fc.nat(good.length), (changes, length) => {
        const file = good.slice(0, length);
        for (const { at, byte } of changes) if (at < length) file[at] = byte;
        try {
          expect(elfSection(file, '.BTF')?.length ?? 0).toBeLessThanOrEqual(length);
        } catch (error) {
          if (!isBtfError(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
