import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bundleText, LONGEST_TEXT, readBundleText } from '../../src/explore/page/verdict/bundle-text.js';
import { editStruct } from '../../src/explore/page/verdict/edit.js';
import { check, rowOf, SERIES } from '../../src/explore/page/verdict/kernels.js';
import { CONTROLS, placeOf } from '../../src/explore/page/verdict/place.js';
import { type ShownStruct, structsOf } from '../../src/explore/page/verdict/structs.js';
import { TEMPLATES } from '../../src/explore/page/verdict/templates.js';
import { writtenBack } from '../../src/explore/page/verdict/written.js';
import { decode } from '../../src/index.js';
import { STRUCT_OF } from '../../src/layout/call-structs.js';
import type { Bundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { fixOne } from '../../src/verdict/fix.js';
import { VerdictModel } from '../../src/verdict/index.js';
import { decidingFinding } from '../../src/verdict/summary.js';
import { callOf, ctrl, registration } from './verdict-rows.js';
import { ROWS } from './verdict-tables.js';

/** The names of all numbers of a struct that differ between two states of its bytes. */
function differing(struct: ShownStruct, other: Uint8Array): string[] {
  const flat = (value: unknown, path: string): [string, unknown][] =>
    value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, each]) =>
          flat(each, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key),
        )
      : [[path, value]];
  const of = (bytes: Uint8Array) =>
    new Map(flat(decode(STRUCT_OF[struct.part], bytes, { revision: 'event' }).fields, ''));
  const [a, b] = [of(struct.bytes), of(other)];
  const isZero = (value: unknown) => value === undefined || BigInt(value as number) === 0n;
  return [...new Set([...a.keys(), ...b.keys()])].filter(
    (path) => a.get(path) !== b.get(path) && !(isZero(a.get(path)) && isZero(b.get(path))),
  );
}

describe('a finding leads to', () => {
  const model = new VerdictModel();
  test.each(ROWS.map((row) => [`${row.rule}: ${row.field}`, row] as const))('%s', (_title, row) => {
    const { structs, laidOut } = structsOf(row.bundle);
    for (const { field } of model.judge(callOf(row)).findings) {
      const place = placeOf(field, structs);
      // A chain that runs in a circle has a thousand questions and one struct.
      if (field === 'query[999].next_entry') {
        expect(place).toBeUndefined();
      } else if (place?.kind === 'struct' && place.offset !== undefined) {
        // What lies at the offset is the field: other bytes there change it, and nothing else.
        const bytes = Uint8Array.from(place.struct.bytes);
        bytes[place.offset] = (bytes[place.offset] as number) ^ 0x40;
        expect(differing(place.struct, bytes)).toEqual([field.replace(/^[^.]*\./, '')]);
        expect(place.struct.key).toBe(field.split('.')[0]);
      } else if (place?.kind === 'struct') {
        expect(field).toBe('arg');
        expect(['reg', 'ctrl', 'query']).toContain(place.struct.key);
      } else if (place?.kind === 'control') {
        expect(CONTROLS).toContain(field);
      } else {
        expect(place).toEqual({ kind: 'text', key: field });
        expect(Object.keys(laidOut.call)).toContain(field);
      }
    }
  });

  test('the question of a list that it is about', () => {
    const query = [{ size: 48 }, { size: 48, __resv: [0, 0, 1] }];
    const { structs } = structsOf({ query });
    const [finding] = check({ query }).verdict.findings;
    expect(placeOf(finding!.field, structs)).toEqual({ kind: 'struct', struct: structs[1], offset: 36 });
  });

  test('nothing where the struct is not in the bundle', () => {
    const { structs } = structsOf({ reg: { rq_entries: 1 } });
    expect(placeOf('area.len', structs)).toBeUndefined();
  });
});

/** What each template leads to on the kernels from 7.3 back to 6.16. */
const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  nodev: ['succeeds', 'succeeds', ...Array(6).fill('EINVAL')],
  device: ['succeeds', 'succeeds', ...Array(6).fill('EINVAL')],
  import: ['succeeds', 'succeeds', 'succeeds', 'not known', 'not known', ...Array(3).fill('EFAULT')],
  arm: ['succeeds', 'succeeds', ...Array(3).fill('EOPNOTSUPP'), ...Array(3).fill('EINVAL')],
  export: [...Array(5).fill('succeeds'), ...Array(3).fill('EINVAL')],
  flush: [...Array(5).fill('succeeds'), ...Array(3).fill('EINVAL')],
  'add-area': ['succeeds', ...Array(4).fill('EOPNOTSUPP'), ...Array(3).fill('EINVAL')],
  query: [...Array(6).fill('succeeds'), 'EINVAL', 'EINVAL'],
  unrounded: ['ERANGE', 'ERANGE', ...Array(6).fill('EINVAL')],
  'other-header': ['ERANGE', 'succeeds', ...Array(6).fill('EINVAL')],
  'small-region': Array(8).fill('EINVAL'),
  indices: ['succeeds', 'succeeds', ...Array(6).fill('EINVAL')],
  'arm-mask': ['EINVAL', 'EINVAL', ...Array(3).fill('EOPNOTSUPP'), ...Array(3).fill('EINVAL')],
  'arm-early': ['EINVAL', 'EINVAL', ...Array(3).fill('EOPNOTSUPP'), ...Array(3).fill('EINVAL')],
  'query-args': Array(8).fill('EINVAL'),
  'import-events': [...Array(5).fill('EINVAL'), ...Array(3).fill('EFAULT')],
  'map-failed': ['EOVERFLOW', 'EOVERFLOW', ...Array(6).fill('EINVAL')],
  'cqe-size': Array(8).fill('EINVAL'),
  'not-root': Array(8).fill('EPERM'),
};

/** The rule by which Linux 7.3 refuses each mistake; null where it takes it. */
const RULES: Readonly<Record<string, string | null>> = {
  unrounded: 'stats-overlap-ring',
  'other-header': 'stats-overlap-ring',
  'small-region': 'region-too-small',
  indices: null,
  'arm-mask': 'arm-type',
  'arm-early': 'arm-not-fired',
  'query-args': 'query-nr-args',
  'import-events': 'import-event-desc',
  'map-failed': 'area-wraps',
  'cqe-size': 'ring-cqe-size',
  'not-root': 'not-capable',
};

describe('a template', () => {
  test.each(TEMPLATES.map((template) => [template.id, template] as const))(
    'shows what it says: %s',
    (id, { bundle, says, isMistake }) => {
      const outcomes = SERIES.map((series) => rowOf(bundle, series).outcome);
      expect(outcomes).toEqual(OUTCOMES[id]);
      const errnos = new Set(says.match(/\bE[A-Z]{3,}\b/g));
      expect(errnos).toEqual(new Set(outcomes.filter((each) => /^E/.test(each))));
      expect(/succeeds/.test(says)).toBe(outcomes.includes('succeeds'));
      expect(/not known/.test(says)).toBe(outcomes.includes('not known'));
      const checked = check(bundle);
      expect(isMistake).toBe(id in RULES);
      if (isMistake) expect(decidingFinding(checked.verdict)?.rule ?? null).toBe(RULES[id]);
      else expect(checked.verdict.findings).toEqual([]);
      // What is taken, and is a mistake all the same, is hinted at.
      expect(checked.hints.length > 0).toBe(id === 'indices' || id === 'arm-early');
      expect(says.length).toBeLessThan(230);
    },
  );

  test('has a name of its own', () => {
    expect(new Set(TEMPLATES.map(({ id }) => id)).size).toBe(TEMPLATES.length);
    expect(new Set(TEMPLATES.map(({ title }) => title)).size).toBe(TEMPLATES.length);
    expect(Object.keys(OUTCOMES)).toEqual(TEMPLATES.map(({ id }) => id));
  });
});

describe('bytes that are edited', () => {
  const edit = (bundle: Bundle, key: string, change: (view: DataView) => void): Bundle => {
    const { structs } = structsOf(bundle);
    const shown = structs.find((each) => each.key === key) as ShownStruct;
    const bytes = Uint8Array.from(shown.bytes);
    change(new DataView(bytes.buffer));
    const edited = editStruct(bundle, shown, bytes);
    // The bundle has these bytes now, and the other structs as they were.
    const after = structsOf(edited).structs;
    expect(after.find((each) => each.key === key)?.bytes).toEqual(bytes);
    for (const other of structs.filter((each) => each.key !== key))
      expect(after.find((each) => each.key === other.key)?.bytes).toEqual(other.bytes);
    return edited;
  };

  test('change the field, and leave the others as they are given', () => {
    const bundle = registration({ event_desc: { type_mask: 'ZCRX_EVENT_COPY', stats_offset: '0x1000' } });
    const edited = edit(bundle, 'event_desc', (view) => view.setUint32(16, 2176, true));
    expect(edited).toEqual(
      registration({ event_desc: { type_mask: 'ZCRX_EVENT_COPY', stats_offset: 2176 } }),
    );
  });

  test.each<[names: string, bundle: Bundle, key: string, offset: number, value: number, expected: object]>([
    [
      'by a name',
      registration({ reg: { flags: 'ZCRX_REG_NODEV' } }),
      'reg',
      8,
      1,
      { flags: 'ZCRX_REG_IMPORT' },
    ],
    [
      'by names, one without a name',
      registration({ reg: { flags: ['ZCRX_REG_NODEV'] } }),
      'reg',
      8,
      0x12,
      { flags: 'ZCRX_REG_NODEV|0x10' },
    ],
    ['by a number', registration(), 'reg', 8, 1, { flags: 1 }],
    [
      'by a name that it loses',
      registration({ reg: { flags: 'ZCRX_REG_NODEV' } }),
      'reg',
      8,
      0,
      { flags: 0 },
    ],
  ])('a flag %s', (_by, bundle, key, offset, value, expected) => {
    // flags: behind if_idx, if_rxq and rq_entries
    const edited = edit(bundle, key, (view) => view.setUint32(offset + 4, value, true));
    expect(edited.reg).toMatchObject(expected);
  });

  test('pointers that were laid out are left out until they are changed', () => {
    const edited = edit(registration(), 'reg', (view) => view.setUint32(8, 256, true));
    expect(edited.reg).toEqual({ rq_entries: 256, flags: 2 });
    const { structs } = structsOf(registration());
    const reg = structs[0] as ShownStruct;
    const bytes = Uint8Array.from(reg.bytes);
    new DataView(bytes.buffer).setBigUint64(16, 0n, true);
    expect(editStruct(registration(), reg, bytes).reg).toEqual({ rq_entries: 128, flags: 2, area_ptr: 0 });
  });

  test('an element of an array that was not given', () => {
    const edited = edit(registration(), 'area', (view) => view.setBigUint64(40, 7n, true));
    expect(edited.area).toEqual({ len: 8192, __resv2: [0, 7] });
  });

  test('64 bits', () => {
    const edited = edit(registration(), 'event_desc', (view) => view.setBigUint64(0, 2n ** 63n + 1n, true));
    expect(edited.event_desc).toMatchObject({ user_data: `${2n ** 63n + 1n}` });
  });

  test('one of several questions', () => {
    const bundle: Bundle = { query: [{ size: 48 }, { query_op: 'IO_URING_QUERY_ZCRX', size: 40 }] };
    const edited = edit(bundle, 'query[1]', (view) => view.setUint32(16, 0, true));
    expect(edited.query).toEqual([{ size: 48 }, { query_op: 'IO_URING_QUERY_OPCODES', size: 40 }]);
  });

  test('another operation, and what its arm means then', () => {
    const armed = ctrl({ op: 'ZCRX_CTRL_ARM_EVENT', zc_arm_event: { event_type: 1 } });
    const edited = edit(armed, 'ctrl', (view) => view.setUint32(4, 1, true));
    expect(edited.ctrl).toEqual({ op: 'ZCRX_CTRL_EXPORT', zc_export: { zcrx_fd: 1 } });
    const unknown = edit(edited, 'ctrl', (view) => view.setUint32(4, 9, true));
    expect(unknown.ctrl).toEqual({ op: 9, __unknown_arm: [1, 0, 0, 0, 0, 0] });
    const back = edit(unknown, 'ctrl', (view) => view.setUint32(4, 2, true));
    expect(back.ctrl).toEqual({ op: 2, zc_arm_event: { event_type: 1 } });
  });

  test.each<[revision: string, bundle: Bundle]>([
    ['v1', { notif_desc: { type_mask: 'ZCRX_NOTIF_COPY', flags: 'ZCRX_NOTIF_DESC_FLAG_STATS' } }],
    ['rc', { revision: 'rc', notif_desc: { type_mask: 'ZCRX_NOTIF_COPY' } }],
  ])('of the revision %s keep its names', (_revision, more) => {
    const { event_desc: _, ...rest } = registration();
    const edited = edit({ ...rest, ...more }, 'event_desc', (view) => view.setUint32(8, 1, true));
    expect(edited.notif_desc).toMatchObject({ type_mask: 'ZCRX_NOTIF_NO_BUFFERS' });
  });

  test('an arm by the name of its revision', () => {
    const bundle = ctrl({ op: 'ZCRX_CTRL_ARM_NOTIFICATION', zc_arm_notif: { type_mask: 'ZCRX_NOTIF_COPY' } });
    const edited = edit(bundle, 'ctrl', (view) => view.setUint32(24, 1, true));
    expect(edited.ctrl).toMatchObject({ zc_arm_notif: { type_mask: 'ZCRX_NOTIF_NO_BUFFERS' } });
  });

  test('any bytes of any template come back as they are', () => {
    const cases = TEMPLATES.flatMap(({ bundle }) =>
      structsOf(bundle).structs.map((shown) => ({ bundle, shown })),
    );
    // Bytes that lead elsewhere move the structs that they led to; what the struct itself holds stays.
    const given = fc.record({
      which: fc.constantFrom(...cases),
      changes: fc.array(fc.tuple(fc.nat(95), fc.nat(255)), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(given, ({ which: { bundle, shown }, changes }) => {
        const bytes = Uint8Array.from(shown.bytes);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const edited = editStruct(bundle, shown, bytes);
        const again = structsOf(readBundleText(bundleText(edited))).structs;
        expect(again.find(({ key }) => key === shown.key)?.bytes).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what the kernel writes back', () => {
  const told = (bundle: Bundle) =>
    writtenBack(structsOf(bundle), checkBundle(bundle).verdict).map(({ field, from, to }) => [
      field,
      from,
      to,
    ]);

  test('into a registration', () => {
    expect(told(registration({ reg: { rq_entries: 100 } }))).toEqual([
      ['reg.rq_entries', '100', '128'],
      ['reg.offsets.tail', '0', '64'],
      ['reg.offsets.rqes', '0', '128'],
      ['reg.rx_buf_len', '0', '4096'],
    ]);
    expect(told(registration({ kernel: '7.2' }))).toContainEqual(['reg.offsets.rqes', '0', '64']);
  });

  test('into an area that is added', () => {
    const bundle = ctrl({ op: 'ZCRX_CTRL_ADD_AREA', zc_area: {} }, { area: { len: 4096 } });
    expect(told(bundle)).toEqual([['area.rq_area_token', '0', '0x1000000000000']]);
  });

  test('as answers, of which a kernel may know only a part', () => {
    const query = [{ query_op: 1, size: 40 }, { query_op: 9 }, { query_op: 1, size: 16 }];
    const answers = told({ query });
    expect(answers).toContainEqual(['answer[0].rq_hdr_size', undefined, '128']);
    expect(answers).toContainEqual(['query[1].result', '0', '-95']);
    expect(answers.filter(([field]) => field?.startsWith('answer[1]'))).toEqual([]);
    expect(answers.filter(([field]) => field?.startsWith('answer[2]')).map(([field]) => field)).toEqual([
      'answer[2].register_flags',
      'answer[2].area_flags',
    ]);
  });
});

describe('text', () => {
  test.each(TEMPLATES.map(({ id, bundle }) => [id, bundle] as const))('of %s is read back', (_id, bundle) => {
    const text = bundleText(bundle);
    expect(readBundleText(text)).toEqual(JSON.parse(JSON.stringify(bundle)));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(80);
  });

  test.each([
    ['', /is empty/],
    ['  \n', /is empty/],
    ['[]', /is no object/],
    ['null', /is no object/],
    ['{"reg":{"area_ptr":18446744073709551615}}', /line 1, column 20: .*cannot hold/],
    ['{"reg"', /JSON/],
    [`{"reg":"${'x'.repeat(LONGEST_TEXT)}"}`, /has 65546 characters, expected at most 65536/],
  ])('that is no bundle: %#', (text, message) => {
    expect(() => readBundleText(text)).toThrow(SyntaxError);
    expect(() => readBundleText(text)).toThrow(message);
  });

  test('of any JSON is read back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (value) => {
        const exact = JSON.parse(JSON.stringify(value), (_key, each) =>
          typeof each === 'number' ? Math.trunc(each % 2 ** 40) : each,
        );
        expect(readBundleText(bundleText(exact))).toEqual(JSON.parse(JSON.stringify(exact)));
      }),
    );
  });
});

describe('what is asked too much', () => {
  test('is told of the kernel that would do it', () => {
    const bundle: Bundle = { query: { query_op: 1, size: 0xffff_ffff } };
    expect(rowOf(bundle, '7.3')).toMatchObject({ outcome: 'E2BIG' });
    expect(rowOf(bundle, '7.1')).toMatchObject({ outcome: 'not told', because: /expected at most 1048576/ });
  });
});

test('a fix that leads into a struct that the bundle does not have is none', () => {
  // The kernel reads the registration where the bundle has no area.
  const { area: _, ...rest } = registration({ reg: { area_ptr: '0x10000200' } });
  const { verdict } = checkBundle(rest);
  const hanging = verdict.findings.filter(({ field, fix }) => field.startsWith('area.') && fix);
  expect(hanging.length).toBeGreaterThan(0);
  expect(fixOne(rest, hanging[0]!)).toBeUndefined();
});

test('one fix is applied alone, and nothing else is changed', () => {
  const bundle = registration({ reg: { __resv: [0, 7] }, event_desc: { stats_offset: 1664 } });
  const findings = checkBundle(bundle).verdict.findings;
  expect(findings.map(({ rule }) => rule)).toEqual(['reg-reserved', 'stats-overlap-ring']);
  expect(fixOne(bundle, findings[1]!)).toEqual(
    registration({ reg: { __resv: [0, 7] }, event_desc: { stats_offset: 2176 } }),
  );
  expect(bundle.event_desc).toMatchObject({ stats_offset: 1664 });
});

test('an area that goes with another operation leaves the bytes of that alone', () => {
  const bundle = ctrl({ op: 2, zc_arm_event: { event_type: 1 } }, { area: { len: 4096 } });
  expect(checkBundle(bundle).verdict).toMatchObject({ rule: 'ok' });
});
