import { describe, expect, test } from 'vitest';
import { withNumber } from '../../src/explore/page/bytes/edit.js';
import { pathIn, sinceOf, stepsTo } from '../../src/explore/page/bytes/field-path.js';
import { fieldRows } from '../../src/explore/page/bytes/field-rows.js';
import { hexText, joined } from '../../src/explore/page/bytes/hex-text.js';
import { MOST_ENTRIES, MOST_TEXT, readEntries } from '../../src/explore/page/bytes/input.js';
import { differences } from '../../src/explore/page/bytes/readings.js';
import { CHOICES, findChoice, keyOf } from '../../src/explore/page/bytes/structs.js';
import { TEMPLATES } from '../../src/explore/page/bytes/templates.js';
import { cellsOf, fieldName } from '../../src/explore/page/map/cells.js';
import { DigitEntry } from '../../src/explore/page/map/digits.js';
import { decode, encode, isLayoutError, structNames, validate } from '../../src/index.js';
import type { Chosen } from '../../src/layout/choose.js';
import { decodeChosen, decodeLeaves } from '../../src/layout/decode.js';
import { layouts } from '../../src/layout/description.js';
import { ABI_REVISIONS } from '../../src/layout/revision.js';
import { DUMPS } from './explore-dumps.js';

const choice = (id: string, revision: 'v1' | 'rc' | 'event' = 'event') => findChoice(id, revision) as Chosen;

describe('structs to choose from', () => {
  const all = CHOICES.flatMap(({ choices }) => choices);

  test('every name that a struct has had is there, each struct under each of its names', () => {
    const usual = layouts.structs.flatMap(({ names }) =>
      ABI_REVISIONS.flatMap((revision) => names[revision][0] ?? []),
    );
    expect(new Set(all.map(({ chosen }) => chosen.name))).toEqual(new Set(usual));
    for (const name of usual) expect(structNames()).toContain(name);
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
    expect(new Set(all.map(({ label }) => label)).size).toBeGreaterThan(all.length - 5);
  });

  test('a choice is found again by its parts, and what there is not is not', () => {
    for (const { key, chosen } of all) expect(keyOf(choice(chosen.struct.id, chosen.revision))).toBe(key);
    expect(findChoice('zcrx_ctrl_add_area', 'v1')).toBeUndefined();
    expect(findChoice('__proto__', 'event')).toBeUndefined();
  });
});

/** Completions of 32 and of 16 bytes. */
const mixed = () => TEMPLATES.find(({ isMixed }) => isMixed)!.bytes();

describe('text to structs', () => {
  test.each(DUMPS)('$form', ({ struct, text, bytes }) => {
    const entries = readEntries(text, choice(struct), false);
    expect(joined(entries.map((each) => each.bytes))).toEqual(bytes);
  });

  test('an array is taken apart, and a run of completions of two sizes', () => {
    const stats = Array.from({ length: 3 }, (_, i) => encode('zcrx_stats', { copy_count: i, copy_bytes: 0 }));
    const entries = readEntries(hexText(joined(stats)), choice('zcrx_stats'), false);
    expect(entries.map(({ bytes, from }) => [from, bytes[0]])).toEqual([
      ['byte 0', 0],
      ['byte 16', 1],
      ['byte 32', 2],
    ]);
    const run = readEntries(hexText(mixed()), choice('io_uring_cqe'), true);
    expect(run.map(({ chosen }) => chosen.struct.size)).toEqual([32, 16]);
  });

  test.each([
    ['a wrong length', '00 11 22', 'zcrx_stats has 16 bytes, got 3'],
    ['no hex', 'hello', 'hex input, line 1, column 1'],
    ['a wrong digit', '00 0g', '"g" is no hex digit'],
    ['nothing', '', 'the hex input is empty'],
    ['too much text', '0'.repeat(MOST_TEXT + 1), `the text has ${MOST_TEXT + 1} characters`],
    ['too many structs', '00'.repeat(16 * (MOST_ENTRIES + 1)), `${MOST_ENTRIES + 1} structs are more than`],
  ])('%s is refused', (_, text, message) => {
    expect(() => readEntries(text, choice('zcrx_stats'), false)).toThrow(message);
  });

  test('a completion that is cut off is told', () => {
    const cut = mixed().subarray(0, 40);
    expect(() => readEntries(hexText(cut), choice('io_uring_cqe'), true)).toThrow(
      'the completion 1 at byte 32 has 16 bytes',
    );
  });
});

describe('a value that is edited', () => {
  const desc = choice('zcrx_event_desc');
  const bytes = encode('zcrx_event_desc', { user_data: 7n });
  const leaf = (name: string) =>
    decodeLeaves(desc, bytes).find((each) => fieldName(each.leaf) === name)?.leaf as NonNullable<
      ReturnType<typeof decodeLeaves>[number]
    >['leaf'];

  test.each([
    ['type_mask', 'ZCRX_EVENT_COPY', { type_mask: 2 }],
    ['type_mask', '0x3', { type_mask: 3 }],
    ['type_mask', 'ZCRX_EVENT_COPY | ZCRX_EVENT_ALLOC_FAIL', { type_mask: 3 }],
    ['stats_offset', '18446744073709551615', { stats_offset: 2n ** 64n - 1n }],
    ['user_data', 5n, { user_data: 5n }],
  ])('%s = %s is what encode makes of it', (name, input, expected) => {
    const changed = withNumber(desc, bytes, leaf(name), input);
    expect(decode('zcrx_event_desc', changed).fields).toMatchObject(expected);
    expect(bytes).toEqual(encode('zcrx_event_desc', { user_data: 7n }));
  });

  test('a negative number is stored as two’s complement', () => {
    const cqe = choice('io_uring_cqe');
    const [, res] = decodeLeaves(cqe, new Uint8Array(16));
    const changed = withNumber(cqe, new Uint8Array(16), res!.leaf, '-105');
    expect(changed).toEqual(
      encode('io_uring_cqe', { user_data: 0n, res: -105, flags: 0 }, { revision: 'event' }),
    );
  });

  test.each(['4294967296', '-1', 'NOPE', '', '1.5'])('%j does not fit and says so', (input) => {
    try {
      withNumber(desc, bytes, leaf('type_mask'), input);
      expect.unreachable();
    } catch (error) {
      expect(isLayoutError(error)).toBe(true);
      expect((error as Error).message).toContain('zcrx_event_desc.type_mask is');
    }
  });
});

describe('what revisions make of the same bytes', () => {
  const arm = (type: number) =>
    encode('zcrx_ctrl', { op: 2, zc_arm_event: { event_type: type } }, { revision: 'event' });
  const at24 = (type: number) =>
    differences(choice('zcrx_ctrl'), arm(type)).find(({ offset }) => offset === 24);

  test('the number that arms COPY arms NO_BUFFERS in the first patches', () => {
    expect(at24(1)).toMatchObject({
      isMeaning: true,
      readings: [
        { revision: 'v1', field: 'zc_arm_notif.type_mask', meaning: 'ZCRX_NOTIF_NO_BUFFERS' },
        { revision: 'rc', field: 'zc_arm_notif.notif_type', meaning: 'ZCRX_NOTIF_COPY' },
        { revision: 'event', field: 'zc_arm_event.event_type', meaning: 'ZCRX_EVENT_COPY' },
      ],
    });
    expect(at24(3)).toMatchObject({ isMeaning: true });
  });

  test('a mask of types has other names, and means the same', () => {
    const found = differences(
      choice('zcrx_event_desc'),
      encode('zcrx_event_desc', { type_mask: 3, flags: 1 }),
    );
    expect(found.map(({ offset, isMeaning }) => [offset, isMeaning])).toEqual([
      [8, false],
      [12, false],
    ]);
  });

  test('adding an area is nothing in revisions before', () => {
    const bytes = encode('zcrx_ctrl', { zc_area: { area_ptr: 4096n } });
    const op = differences(choice('zcrx_ctrl'), bytes).find(({ offset }) => offset === 4);
    expect(op?.readings.map(({ meaning }) => meaning)).toEqual(['nothing', 'nothing', 'ZCRX_CTRL_ADD_AREA']);
  });

  test('statistics are read alike by all', () => {
    expect(differences(choice('zcrx_stats'), new Uint8Array(16).fill(1))).toEqual([]);
  });
});

test('every template is the struct that it says, and only what is meant to be wrong is', () => {
  for (const { title, struct, revision, isMixed, bytes } of TEMPLATES) {
    const chosen = choice(struct, revision);
    const entries = readEntries(hexText(bytes()), chosen, isMixed === true);
    expect(entries.length, title).toBe(isMixed ? 2 : 1);
    for (const entry of entries)
      expect(
        validate(entry.chosen.name, entry.bytes, { revision, request: !/^Completion/.test(title) }),
        title,
      ).toEqual([]);
  }
});

describe('the map', () => {
  test('every byte of every struct belongs to the field at its place', () => {
    for (const { chosen } of CHOICES.flatMap(({ choices }) => choices)) {
      const cells = cellsOf(chosen, new Uint8Array(chosen.struct.size));
      expect(cells).toHaveLength(chosen.struct.size);
      for (const [at, { leaf, isFirst }] of cells.entries()) {
        expect(leaf, `${chosen.name} byte ${at}`).toBeDefined();
        expect(at).toBeGreaterThanOrEqual(leaf!.offset);
        expect(at).toBeLessThan(leaf!.offset + leaf!.field.width);
        if (at > 0) expect(isFirst).toBe(fieldName(leaf!) !== fieldName(cells[at - 1]!.leaf!));
      }
    }
  });

  test('two digits make a byte; one alone makes none', () => {
    const digits = new DigitEntry();
    expect(digits.type(3, 'A')).toBeUndefined();
    expect(digits.shown).toBe('a_');
    expect(digits.type(3, '5')).toBe(0xa5);
    expect(digits.type(3, '1')).toBeUndefined();
    expect(digits.type(4, '2')).toBeUndefined();
    digits.drop();
    expect(digits.type(4, '7')).toBeUndefined();
  });
});

test('rows of the list: arrays of zeros are one, others one a number', () => {
  const chosen = choice('zcrx_event_desc');
  const rows = (bytes: Uint8Array) =>
    fieldRows(decodeChosen(chosen, bytes), decodeLeaves(chosen, bytes)).map(
      ({ name, type }) => `${type} ${name}`,
    );
  expect(rows(new Uint8Array(96))).toEqual([
    'u64 user_data',
    'u32 type_mask',
    'u32 flags',
    'u64 stats_offset',
    'u64[9] __resv2',
  ]);
  const dirty = new Uint8Array(96);
  dirty[95] = 1;
  expect(rows(dirty)).toHaveLength(4 + 9);
});

describe('the way to a field', () => {
  const leafAt = (chosen: Chosen, bytes: Uint8Array, offset: number) =>
    decodeLeaves(chosen, bytes).find(({ leaf }) => leaf.offset === offset)!.leaf;
  const stepsAt = (id: string, offset: number, bytes: Uint8Array, revision: 'event' | 'v1' = 'event') =>
    stepsTo(choice(id, revision), leafAt(choice(id, revision), bytes, offset));
  const op = (number: number) => {
    const bytes = new Uint8Array(72);
    bytes[4] = number;
    return bytes;
  };

  test('its names are those of each revision, from the outermost struct on', () => {
    const steps = stepsAt('zcrx_ctrl', 24, op(2));
    expect(ABI_REVISIONS.map((revision) => pathIn(steps, revision))).toEqual([
      'zc_arm_notif.type_mask',
      'zc_arm_notif.notif_type',
      'zc_arm_event.event_type',
    ]);
    const area = stepsAt('zcrx_ctrl', 24, op(3));
    expect(ABI_REVISIONS.map((revision) => pathIn(area, revision))).toEqual([
      undefined,
      undefined,
      'zc_area.area_ptr',
    ]);
  });

  test('it is as old as its youngest part', () => {
    expect(sinceOf(stepsAt('zcrx_ctrl', 4, op(2)))).toBe('6.19');
    expect(sinceOf(stepsAt('zcrx_ctrl', 24, op(2)))).toBe('7.2');
    expect(sinceOf(stepsAt('zcrx_ctrl', 24, op(3)))).toBe('7.3');
    expect(sinceOf(stepsAt('io_uring_zcrx_ifq_reg', 72, new Uint8Array(96)))).toBe('7.2');
    expect(sinceOf(stepsAt('io_uring_zcrx_ifq_reg', 68, new Uint8Array(96)))).toBe('7.0');
    expect(sinceOf(stepsAt('io_uring_zcrx_ifq_reg', 32, new Uint8Array(96)))).toBe('6.15');
  });

  test('the bytes of an operation that is not known belong to no field', () => {
    expect(stepsAt('zcrx_ctrl', 24, op(9))).toEqual([]);
  });
});
