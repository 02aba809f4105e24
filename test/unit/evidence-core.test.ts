import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Core, type CoreSource, openCore, readCore } from '../../src/evidence/core.js';
import { type FileSource, fileSource } from '../../src/evidence/core-file.js';
import { EvidenceError } from '../../src/evidence/error.js';
import { encodePart } from '../../src/evidence/parts.js';
import { coreOf, ENTRY, HEADER, type Segment } from './core-bytes.js';

const sourceOf = (bytes: Uint8Array): CoreSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

const numbered = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i);
const SEGMENTS: Segment[] = [
  { start: 0x2000n, bytes: numbered(16, 16), flags: 4 },
  { start: 0x1000n, bytes: numbered(16) },
  { start: 0x1010n, bytes: numbered(16, 100), flags: 5 },
  { start: 0x5000n, bytes: numbered(8), length: 0x1000n },
  { start: 0n, bytes: numbered(4), type: 4 },
];
const CORE = coreOf(SEGMENTS);
const open = (bytes: Uint8Array) => openCore(sourceOf(bytes));

test('the ranges are sorted, with their rights and what the file holds of them', () => {
  expect(open(CORE).ranges).toEqual([
    { start: 0x1000n, length: 16n, rights: 'rw-', present: 16n },
    { start: 0x1010n, length: 16n, rights: 'r-x', present: 16n },
    { start: 0x2000n, length: 16n, rights: 'r--', present: 16n },
    { start: 0x5000n, length: 0x1000n, rights: 'rw-', present: 8n },
  ]);
});

test('the same with the number of segments in a section header', () => {
  expect(open(coreOf(SEGMENTS, true)).ranges).toEqual(open(CORE).ranges);
});

test.each<[what: string, address: bigint, length: number, first: number[]]>([
  ['the beginning of a segment', 0x1000n, 2, [0, 1]],
  ['its end', 0x100en, 2, [14, 15]],
  ['two that follow on each other', 0x100fn, 3, [15, 100, 101]],
  ['nothing', 0x1000n, 0, []],
  ['what is present of a partial one', 0x5000n, 8, [0, 1, 2, 3, 4, 5, 6, 7]],
])('reads %s', (_what, address, length, expected) => {
  expect([...open(CORE).read(address, length)]).toEqual(expected);
});

const patched = (at: number, ...bytes: number[]) => {
  const copy = CORE.slice();
  copy.set(bytes, at);
  return copy;
};

const UNREADABLE: [what: string, file: Uint8Array, code: string, message: RegExp][] = [
  ['an empty file', new Uint8Array(), 'not-elf', /^the file is no ELF file; expected a core file$/],
  ['text', Buffer.from('hello'), 'not-elf', /no ELF file/],
  [
    'zstd',
    Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0]),
    'not-elf',
    /compressed with zstd: unpack it first \(zstd -d, or coredumpctl/,
  ],
  ['gzip', Uint8Array.from([0x1f, 0x8b, 8]), 'not-elf', /compressed with gzip/],
  ['a program', patched(16, 2), 'not-a-core', /^the ELF file is a program, expected a core file$/],
  ['a library', patched(16, 3), 'not-a-core', /is a program or library/],
  ['an unknown type', patched(16, 9), 'not-a-core', /is a file of type 9/],
  ['32 bits', patched(4, 1), 'unsupported-core', /of a 32-bit program, expected a 64-bit one/],
  ['big endian', patched(5, 2), 'unsupported-core', /of a big-endian machine, expected a little-endian one/],
  ['a cut header', CORE.slice(0, 40), 'truncated', /its header ends at byte 64, but the file has 40 bytes/],
  [
    'a cut table',
    CORE.slice(0, 100),
    'truncated',
    /its table of segments ends at byte 344, but the file has 100 bytes/,
  ],
  ['no segments', patched(56, 0, 0), 'not-a-core', /has no segments/],
  ['entries of another size', patched(54, 32), 'unsupported-core', /in 32 bytes each, expected 56/],
  [
    'a table at the end of the address space',
    patched(32, ...Array(8).fill(0xff)),
    'truncated',
    /table of segments ends at byte 18446744073709551895/,
  ],
  [
    'a section header that is nowhere',
    patched(40, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, ENTRY, 0, 0xff, 0xff),
    'truncated',
    /first section header/,
  ],
  [
    'segments without number',
    patched(40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ENTRY, 0, 0xff, 0xff),
    'truncated',
    /table of segments ends at byte 3670024/,
  ],
  [
    'a segment that runs past the end',
    patched(HEADER + 16, ...Array(8).fill(0xff)),
    'unsupported-core',
    /a segment of 16 bytes at 0xffffffffffffffff, expected it to end inside 64 bits/,
  ],
];

/** What was thrown. */
function failure(run: () => unknown): EvidenceError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(EvidenceError);
    return error as EvidenceError;
  }
  throw new Error('nothing was thrown');
}

test.each(UNREADABLE)('refused: %s', (_what, file, code, message) => {
  const error = failure(() => open(file));
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
});

test('a number of segments beyond all measure is refused before anything is allocated', () => {
  const file = coreOf(SEGMENTS, true);
  new DataView(file.buffer).setUint32(HEADER + SEGMENTS.length * ENTRY + 44, 0xffff_ffff, true);
  expect(failure(() => open(file)).code).toBe('too-large');
});

test.each<[what: string, file: Uint8Array, address: bigint, length: number, code: string, message: RegExp]>([
  [
    'below all',
    CORE,
    0x10n,
    1,
    'not-in-memory',
    /^0x10 was no memory of the program; the nearest memory is 0x1000 to 0x1010 \(rw-\)$/,
  ],
  ['between', CORE, 0x1f00n, 1, 'not-in-memory', /nearest memory is 0x2000 to 0x2010 \(r--\)/],
  ['above all', CORE, 0xffff_ffff_ffff_ffffn, 1, 'not-in-memory', /nearest memory is 0x5000 to 0x6000/],
  ['across an end', CORE, 0x200en, 4, 'not-in-memory', /^0x2010 was no memory/],
  [
    'across the end of the address space',
    coreOf([{ start: 0xffff_ffff_ffff_fff0n, bytes: numbered(16) }]),
    0xffff_ffff_ffff_fff8n,
    16,
    'not-in-memory',
    /^0x10000000000000000 was no memory/,
  ],
  [
    'what was not written',
    CORE,
    0x5008n,
    1,
    'not-in-file',
    /holds only the first 8 bytes of 0x5000 to 0x6000 \(rw-\); expected it to be written \(see \/proc\/PID\/coredump_filter\)/,
  ],
  [
    'what was not written at all',
    coreOf([{ start: 0x1000n, bytes: numbered(0), length: 16n }]),
    0x1000n,
    1,
    'not-in-file',
    /holds nothing of/,
  ],
  [
    'a cut file',
    CORE.slice(0, -20),
    0x5000n,
    8,
    'truncated',
    /the core was cut off \(ulimit -c, a full disk\)/,
  ],
  [
    'too much',
    CORE,
    0x1000n,
    1 << 25,
    'too-large',
    /33554432 bytes of a core were asked for, expected 0 to 16777216/,
  ],
  ['less than nothing', CORE, 0x1000n, -1, 'too-large', /-1 bytes/],
  [
    'no memory at all',
    coreOf([{ start: 0n, bytes: numbered(4), type: 4 }]),
    0x1000n,
    1,
    'not-in-memory',
    /the core has no memory at all/,
  ],
])('refused to read: %s', (_what, file, address, length, code, message) => {
  const error = failure(() => open(file).read(address, length));
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
});

test('a source that gives less than its size promised', () => {
  const core = openCore({
    size: CORE.length,
    read: (offset, length) => CORE.subarray(offset, Math.min(offset + length, CORE.length - 8)),
  });
  expect(failure(() => core.read(0x5000n, 8)).code).toBe('truncated');
});

test('hostile headers are read or refused, never anything else', () => {
  const damage = fc.array(fc.tuple(fc.nat(HEADER + 6 * ENTRY), fc.constantFrom(0, 1, 0x7f, 0xff)), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(damage, fc.boolean(), fc.bigInt({ min: 0n, max: 0x6000n }), (changes, sections, address) => {
      const file = coreOf(SEGMENTS, sections);
      for (const [at, byte] of changes) file[at] = byte;
      try {
        const core = open(file);
        expect(core.ranges.length).toBeLessThanOrEqual(file.length / ENTRY);
        core.read(address, 16);
      } catch (error) {
        expect(error).toBeInstanceOf(EvidenceError);
      }
    }),
    { numRuns: 3000 },
  );
});

/** A program that holds a registration, says where, and dumps core. */
const PROGRAM = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
static struct { uint64_t addr, len, token; uint32_t flags, fd; uint64_t resv[2]; } area = { .len = 524288 };
static struct { uint64_t addr, size; uint32_t flags, id; uint64_t offset, resv[4]; } region = { .size = 73728, .flags = 1 };
static struct { uint64_t user_data; uint32_t mask, flags; uint64_t offset, resv[9]; } desc = { 42, 3, 1, 65664 };
static struct {
  uint32_t if_idx, if_rxq, entries, flags; uint64_t area, region; uint32_t offsets[8];
  uint32_t id, len; uint64_t desc, resv[2];
} reg = { 0, 0, 4096, 2 };
int main(void) {
  area.addr = (uint64_t)mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  region.addr = area.addr + (1 << 19);
  reg.area = (uint64_t)&area; reg.region = (uint64_t)&region; reg.desc = (uint64_t)&desc;
  printf("%p %p %p\\n", (void *)&reg, (void *)area.addr, (void *)main);
  fflush(stdout);
  abort();
}
`;

const has = (command: string) => spawnSync(command, ['--version']).status === 0;
const corePattern = () => {
  try {
    return readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  } catch {
    return '|'; // not Linux
  }
};
// A pattern with | or a folder sends cores elsewhere; this test changes no setting of the machine.
const WRITERS: [writer: string, isThere: boolean, command: string][] = [
  ['the kernel', !/[|/]/.test(corePattern()), 'ulimit -c unlimited; exec ./dump'],
  ['gdb', has('gdb'), "exec gdb -q -batch -ex run -ex 'generate-core-file core.gdb' ./dump"],
];

describe.each(WRITERS)('a real core, written by %s', (_writer, isThere, command) => {
  const isPossible = process.platform === 'linux' && isThere && has('gcc');
  let folder: string;
  let source: FileSource;
  let core: Core;
  let addresses: bigint[];

  beforeAll(() => {
    if (!isPossible) return;
    folder = mkdtempSync(join(tmpdir(), 'zcrx-core-'));
    writeFileSync(join(folder, 'dump.c'), PROGRAM);
    execFileSync('gcc', ['-o', 'dump', 'dump.c'], { cwd: folder });
    const { stdout } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    addresses = (/(0x\w+) (0x\w+) (0x\w+)/.exec(stdout) ?? []).slice(1).map(BigInt);
    const name = readdirSync(folder).find((file) => file.startsWith('core')) as string;
    source = fileSource(join(folder, name));
    core = openCore(source);
  }, 60_000);

  afterAll(() => {
    source?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  test.skipIf(!isPossible)('its registration is found, with all that it points to', () => {
    const [reg, area] = addresses as [bigint, bigint];
    const evidence = readCore(core, 'register_ifq', reg);
    expect(evidence).toMatchObject({ source: 'core', call: 'register_ifq', opcode: 32, notes: [] });
    expect(evidence.unknown).toBeUndefined();
    expect(evidence.addresses?.reg).toBe(reg);
    expect(evidence.structs).toMatchObject({
      reg: {
        rq_entries: 4096n,
        flags: 2n,
        area_ptr: evidence.addresses?.area,
        event_desc: evidence.addresses?.event_desc,
      },
      area: { addr: area, len: 524288n },
      region: { user_addr: area + 524288n, size: 73728n, flags: 1n },
      event_desc: { user_data: 42n, type_mask: 3n, flags: 1n, stats_offset: 65664n },
    });
    expect(encodePart('reg', evidence.structs?.reg ?? {})).toEqual(core.read(reg, 96));
  });

  test.skipIf(!isPossible)('its memory map tells what could be written', () => {
    const [reg, area, main] = addresses as [bigint, bigint, bigint];
    const rightsOf = (address: bigint) =>
      core.ranges.find(({ start, length }) => address >= start && address < start + length)?.rights;
    expect([rightsOf(reg), rightsOf(area), rightsOf(main)]).toEqual(['rw-', 'rw-', 'r-x']);
  });

  test.skipIf(!isPossible)('an address of nothing is refused', () => {
    expect(failure(() => readCore(core, 'register_ifq', 0x10n)).code).toBe('not-in-memory');
  });
});
