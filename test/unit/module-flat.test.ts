// The module as another host would use it: numbers and offsets, none of our TypeScript.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { Description, SetDescription, StructDescription } from '../../src/index.js';
import { built } from './wasm-binary.js';

type Call = (...args: number[]) => number;
type Packed = (...args: number[]) => bigint;

const instance = new WebAssembly.Instance(new WebAssembly.Module(built('zcrx.wasm')));
const call = instance.exports as unknown as Record<string, Call>;
const packed = instance.exports as unknown as Record<string, Packed>;
const memory = instance.exports.memory as WebAssembly.Memory;
const view = new DataView(memory.buffer);
const bytes = new Uint8Array(memory.buffer);

/** What callers of the module alone need besides the layouts. */
interface Interface extends Description {
  readonly records: readonly {
    name: string;
    size: number;
    fields: readonly { name: string; offset: number }[];
  }[];
  readonly codes: readonly { name: string; entries: readonly { name: string; value: number }[] }[];
  readonly exports: readonly { name: string; parameters: readonly unknown[]; result?: string }[];
}

const description: Interface = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../build/layout.json'), 'utf8'),
);
const REVISIONS = ['v1', 'rc', 'event'] as const;
const NONE = 255;
const EVENT = REVISIONS.indexOf('event');

const START = call.scratch?.() as number;
const TEXT = START;
const AT = START + 4096;
const VALUES = START + 8192;
const REPORT = START + 16_384;

function put(text: string): [number, number] {
  bytes.set(new TextEncoder().encode(text), TEXT);
  return [TEXT, text.length];
}

function text(of: bigint): string {
  const at = Number(of & 0xffff_ffffn);
  return Buffer.from(memory.buffer, at, Number(of >> 32n)).toString('latin1');
}

const find = (name: string, revision: number, size = 0) => call.struct_find?.(...put(name), revision, size);
const field = (struct: number, name: string, revision: number) =>
  call.field_find?.(struct, ...put(name), revision) as number;

test('the module says where its own memory ends, and there is room behind it', () => {
  expect(call.abi_version?.()).toBe(1);
  expect(START % 16).toBe(0);
  expect(START).toBeLessThan(memory.buffer.byteLength - 32_768);
});

describe.each(description.structs)('$id', (struct: StructDescription) => {
  const index = description.structs.indexOf(struct);

  it('is found by its names', () => {
    for (const [revision, key] of REVISIONS.entries()) {
      const names = struct.names[key];
      expect(text(packed.struct_name?.(index, revision) as bigint)).toBe(names.join('|'));
      for (const name of names) {
        expect(find(name, revision, struct.size)).toBe(index);
        expect(find(name, revision, struct.size + 65_536)).toBe(-1);
        expect(find(`${name}x`, revision)).toBe(-1);
        expect(find(name.slice(0, -1), revision)).toBe(-1);
      }
      if (names.length > 1) expect(find(names.join('|'), revision)).toBe(-1);
    }
    expect(find('', 2)).toBe(-1);
    expect(call.struct_find?.(TEXT, 0xffff_ffff, 2, 0)).toBe(-1);
  });

  it('lists its fields', () => {
    expect([call.struct_size?.(index), call.struct_align?.(index)]).toEqual([struct.size, struct.align]);
    const first = call.struct_first_field?.(index) as number;
    expect(call.struct_field_count?.(index)).toBe(struct.fields.length);
    const kinds = { unsigned: 0, signed: 1, struct: 2 };
    const rules = ['plain', 'zero', 'ignored', 'written', 'zero-on-entry'];
    const uses = [undefined, 'value', 'flags', 'mask', 'event'];
    for (const [position, each] of struct.fields.entries()) {
      const number = first + position;
      for (const [revision, key] of REVISIONS.entries()) {
        expect(text(packed.field_name?.(number, revision) as bigint)).toBe(each.names[key].join('|'));
        for (const name of each.names[key]) expect(field(index, name, revision)).toBe(number);
      }
      const nested = description.structs.findIndex(({ id }) => id === each.struct);
      const set = description.sets.findIndex(({ name }) => name === each.set);
      expect({
        offset: call.field_offset?.(number),
        width: call.field_width?.(number),
        count: call.field_elements?.(number),
        kind: call.field_kind?.(number),
        rule: rules[call.field_rule?.(number) as number],
        use: uses[call.field_use?.(number) as number],
        set: call.field_set?.(number),
        struct: call.field_struct?.(number),
        arm: call.field_arm?.(number),
      }).toEqual({
        offset: each.offset,
        width: each.width,
        count: each.count,
        kind: each.struct ? kinds.struct : each.signed ? kinds.signed : kinds.unsigned,
        rule: each.rule,
        use: each.use,
        set: set < 0 ? NONE : set,
        struct: nested < 0 ? NONE : nested,
        arm: each.arm ?? NONE,
      });
    }
    expect(field(index, 'no_such_field', 2)).toBe(-1);
  });
});

test('there are as many structs as described', () => {
  expect(call.struct_count?.()).toBe(description.structs.length);
});

test.each(description.sets.map((set: { name: string }, i: number) => [set.name, i]))(
  'set %s lists its names',
  (_, i) => {
    const set = i as number;
    for (const [revision, key] of REVISIONS.entries()) {
      const { kind, entries } = (description.sets[set] as SetDescription).revisions[key];
      expect(call.set_is_bits?.(set, revision)).toBe(kind === 'bits' ? 1 : 0);
      const listed = Array.from({ length: call.set_size?.(set, revision) as number }, (_, position) => ({
        name: text(packed.set_name?.(set, revision, position) as bigint),
        value: String(BigInt.asUintN(64, packed.set_value?.(set, revision, position) as bigint)),
      }));
      expect(listed).toEqual(entries.map(({ name, value }) => ({ name, value })));
    }
  },
);

const cqe = find('io_uring_cqe', 2, 16) as number;

test('decodes and encodes', () => {
  view.setBigUint64(AT, 2n ** 64n - 1n, true);
  view.setInt32(AT + 8, -12, true);
  view.setUint32(AT + 12, 0x8000_0001, true);
  expect(call.decode?.(cqe, EVENT, AT, VALUES)).toBe(3);
  expect([0, 8, 16].map((at) => view.getBigInt64(VALUES + at, true))).toEqual([-1n, -12n, 0x8000_0001n]);
  bytes.fill(0xee, AT + 64, AT + 64 + 24);
  expect(call.encode?.(cqe, EVENT, VALUES, 3, AT + 64)).toBe(3);
  expect(bytes.slice(AT + 64, AT + 80)).toEqual(bytes.slice(AT, AT + 16));
  expect(bytes[AT + 80]).toBe(0xee);
});

test.each([
  ['a value is missing', 2, {}, -1 - 2],
  ['all values are missing', 0, {}, -1],
  ['a value is too large', 3, { 1: 2n ** 31n }, -1 - 1],
  ['a value is too small', 3, { 1: -(2n ** 31n) - 1n }, -1 - 1],
  ['a negative value is unsigned', 3, { 2: -1n }, -1 - 2],
  ['the values are the extremes', 3, { 0: -1n, 1: -(2n ** 31n), 2: 2n ** 32n - 1n }, 3],
])('encode says so where %s', (_, count, changed, result) => {
  for (let i = 0; i < 3; i++)
    view.setBigInt64(VALUES + i * 8, (changed as Record<number, bigint>)[i] ?? 0n, true);
  expect(call.encode?.(cqe, EVENT, VALUES, count, AT)).toBe(result);
});

test('encode counts the values of nested structs too', () => {
  const ctrl = find('zcrx_ctrl', 2) as number;
  bytes.fill(0, VALUES, VALUES + 256);
  view.setBigUint64(VALUES + 8, 2n, true); // op: the arm of 1 and 11 numbers follows id, op and two reserved
  expect(call.encode?.(ctrl, EVENT, VALUES, 16, AT)).toBe(16);
  expect(call.encode?.(ctrl, EVENT, VALUES, 15, AT)).toBe(-1 - 15);
  view.setBigUint64(VALUES + 5 * 8, 2n ** 32n, true);
  expect(call.encode?.(ctrl, EVENT, VALUES, 16, AT)).toBe(-1 - 5);
});

test('validates, and counts findings that have no room', () => {
  const area = find('io_uring_zcrx_area_reg', 2) as number;
  bytes.fill(0xff, AT, AT + 48);
  const all = call.validate?.(area, 2, AT, 1, 4096, 8, 0, REPORT, 64) as number;
  const findings = Array.from({ length: all }, (_, i) => {
    const at = REPORT + 16 + i * 48;
    return [view.getUint32(at, true), view.getUint32(at + 16, true), view.getBigUint64(at + 24, true)];
  });
  const ones = 2n ** 64n - 1n;
  expect(findings).toEqual([
    [4, 16, ones], // not zero on entry: rq_area_token
    [2, 24, 2n ** 32n - 1n], // unknown bits: flags
    [1, 32, ones], // reserved
    [1, 40, ones],
    [5, 8, ones], // out of range: len
    [8, 0, ones], // conflict: addr, since the flags say DMA buffer
  ]);
  bytes.fill(0xaa, REPORT, REPORT + 256);
  expect(call.validate?.(area, 2, AT, 1, 4096, 8, 0, REPORT, 2)).toBe(all);
  expect(view.getUint32(REPORT, true)).toBe(all);
  expect(bytes[REPORT + 16 + 2 * 48]).toBe(0xaa);
  expect(call.validate?.(area, 2, AT, 1, 4096, 8, 0, REPORT, 0)).toBe(all);
  // nothing but what always holds is checked of what is no request
  expect(call.validate?.(area, 2, AT, 0, 4096, 8, 0, REPORT, 64)).toBe(3);
});

test('keeps no state: two instances and repeated calls agree', () => {
  const other = new WebAssembly.Instance(new WebAssembly.Module(built('zcrx.wasm')))
    .exports as unknown as Record<string, Call>;
  const plan = (exports: Record<string, Call>, of: WebAssembly.Memory) => {
    exports.plan?.(100, 0, 4096, 128, 16, 8, 1, REPORT);
    return Array.from(new BigUint64Array(of.buffer, REPORT, 5));
  };
  expect(plan(call, memory)).toEqual([128n | (128n << 32n), 2176n, 2176n, 2192n, 4096n]);
  expect(plan(other, other.memory as unknown as WebAssembly.Memory)).toEqual(plan(call, memory));
});

test('what there is not has no numbers and no name, and is no trap', () => {
  const structs = description.structs.length;
  const ifq = find('io_uring_zcrx_ifq_reg', 2) as number;
  for (const index of [structs, 0xffff_ffff]) {
    expect(call.struct_size?.(index)).toBe(0);
    expect(packed.struct_name?.(index, 2)).toBe(0n);
    expect(call.decode?.(index, 2, AT, VALUES)).toBe(0);
    expect(call.encode?.(index, 2, VALUES, 8, AT)).toBe(0);
    expect((call.validate?.(index, 2, AT, 1, 4096, 8, 0, REPORT, 64) as number) >>> 0).toBe(0xffff_ffff);
  }
  expect(packed.struct_name?.(ifq, 3)).toBe(0n);
  expect(call.field_offset?.(0xffff)).toBe(0);
  expect(packed.set_name?.(description.sets.length, 2, 0)).toBe(0n);
  expect(packed.set_name?.(0, 2, 10_000)).toBe(0n);
  // a struct that came later is none in a revision before: nothing is read or written under its name
  const addArea = find('zcrx_ctrl_add_area', 2) as number;
  expect(call.decode?.(addArea, 0, AT, VALUES)).toBe(0);
});

test('names of values: of a mask one a bit, of an enumeration one, and what is left', () => {
  const desc = find('zcrx_event_desc', 2) as number;
  const mask = field(desc, 'type_mask', 2);
  const name = (number: number, revision: number, value: bigint, position: number) =>
    text((call.value_name as unknown as (...args: unknown[]) => bigint)(number, revision, value, position));
  const rest = (number: number, revision: number, value: bigint) =>
    BigInt.asUintN(
      64,
      (call.value_rest as unknown as (...args: unknown[]) => bigint)(number, revision, value),
    );
  expect([0, 1, 2].map((position) => name(mask, 2, 7n, position))).toEqual([
    'ZCRX_EVENT_ALLOC_FAIL',
    'ZCRX_EVENT_COPY',
    '',
  ]);
  expect(rest(mask, 2, 7n)).toBe(4n);
  expect(name(mask, 0, 2n, 0)).toBe('ZCRX_NOTIF_COPY');
  const arm = field(find('zcrx_ctrl_arm_event', 2) as number, 'event_type', 2);
  // one value: a bit in the first revision, an index since
  expect([0, 1, 2].map((revision) => name(arm, revision, 1n, 0))).toEqual([
    'ZCRX_NOTIF_NO_BUFFERS',
    'ZCRX_NOTIF_COPY',
    'ZCRX_EVENT_COPY',
  ]);
  expect([rest(arm, 2, 1n), rest(arm, 2, 9n)]).toEqual([0n, 9n]);
  expect(name(field(desc, 'user_data', 2), 2, 1n, 0)).toBe('');
});

test('two users of one instance do not disturb each other', () => {
  const size = call.call_size?.() as number;
  memory.grow(1);
  const fresh = new DataView(memory.buffer);
  const [one, other] = [memory.buffer.byteLength - 65_536, memory.buffer.byteLength - 32_768] as const;
  expect(size).toBeLessThan(32_768);
  // begun in turns, judged in turns: each finds what it would have found alone
  call.call_begin?.(one, 703, 1);
  call.call_begin?.(other, 703, 2);
  const nrArgs = description.records
    .find(({ name }) => name === 'kernel_call')
    ?.fields.find(({ name }) => name === 'nr_args');
  fresh.setUint32(other + (nrArgs?.offset as number), 1, true);
  const rule = (name: string) =>
    description.codes.find((each) => each.name === 'rule')?.entries.find((entry) => entry.name === name)
      ?.value;
  expect(call.judge?.(one)).toBe(rule('ctrl_unreadable'));
  expect(call.judge?.(other)).toBe(rule('query_nr_args'));
  expect(call.judge?.(one)).toBe(rule('ctrl_unreadable'));
});

test('a composed call has room for an ordinary one, and says where it has none', () => {
  const at = memory.buffer.byteLength - 65_536;
  call.call_begin?.(at, 703, 0);
  const add = call.call_queue as Call;
  const given = Array.from({ length: 40 }, (_, queue) => add(at, 2, queue, 0));
  expect(given.slice(0, 3)).toEqual([0, 1, 2]);
  expect(given.at(-1)).toBe(-1);
  // an instance of a box that there is not
  expect(call.call_instance?.(at, 0, 0, 5)).toBe(-1);
  expect(call.call_box?.(at, 1, 1, 3, 2, 64, 1)).toBe(0);
  expect(call.call_instance?.(at, 0, 7, 0)).toBe(0);
});
