import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definedSets } from '../../src/cli/layout/definitions.js';
import { LANGUAGE_NAMES, type Language } from '../../src/cli/layout/languages.js';
import { ABI_REVISIONS, type AbiRevision, decode, encode, layouts, structNames } from '../../src/index.js';
import { seededBytes, toHex } from '../oracle/samples.js';
import { zcrx } from '../unit/cli-terminal.js';
import { fieldsIn } from '../unit/shapes.js';
import { COMPILERS } from './compilers.js';
import { skipWithout } from './toolchains.js';

/** Ids that are no name of the kernel's, but by which one of two structs of a name can be asked for. */
const IDS = ['io_uring_cqe32', 'io_uring_query_zcrx_notif_v1'];

async function printed(language: Language, revision: AbiRevision, ...name: string[]): Promise<string> {
  const { out, err, status } = await zcrx(['layout', ...name, '-f', language, '-r', revision]);
  expect({ status, err }, name.join()).toEqual({ status: 0, err: '' });
  return out;
}

/** Every name that a struct has in a revision. */
function namesIn(revision: AbiRevision): string[] {
  const isIn = (name: string) =>
    layouts.structs.some(
      ({ id, names }) =>
        names[revision].includes(name) || (IDS.includes(name) && id === name && names[revision].length > 0),
    );
  return [...structNames(), ...IDS].filter(isIn);
}

/** Names of values and constants with their numbers. */
const valuesIn = (revision: AbiRevision): (readonly [string, bigint])[] =>
  [
    ...layouts.constants,
    ...layouts.sets.filter(({ from }) => from !== 'zcrx').flatMap((set) => set.revisions[revision].entries),
  ].map(({ name, value }) => [name, BigInt(value)] as const);

/** That a name stands for a number, as the language can say it. */
const VALUE_CHECK: Readonly<Record<Language, (name: string, value: bigint) => string>> = {
  c: (name, value) => `static_assert((unsigned long long)${name} == ${value}ULL, "${name}");`,
  rust: (name, value) => `const _: () = assert!(${name} as u64 == ${value});`,
  go: (name, value) => `var _ = [1]struct{}{}[${name}-${value}]`,
  python: (name, value) => `if ${name} != ${value}:\n    raise AssertionError("${name}")`,
};

const exported = (name: string) =>
  name.startsWith('_') ? `X${name}` : name[0]!.toUpperCase() + name.slice(1);

/** What the text must say of where a field lies. */
const OFFSET_CHECK: Readonly<
  Record<Language, (struct: string, field: string, offset: number, isArm: boolean) => string | RegExp>
> = {
  c: (struct, field, offset) => `static_assert(offsetof(struct ${struct}, ${field}) == ${offset}, `,
  rust: (struct, field, offset, isArm) =>
    isArm
      ? `assert!(core::mem::offset_of!(${struct}_arms, ${field}) == 0);`
      : `assert!(core::mem::offset_of!(${struct}, ${field}) == ${offset});`,
  go: (struct, field, offset, isArm) =>
    `zero[unsafe.Offsetof(${exported(struct)}{}.${isArm ? 'Arms' : exported(field)})-${offset}]`,
  python: (struct, field, offset) =>
    new RegExp(`^_assert_layout\\(\\s*${struct}, [^)]*\\b${field}=${offset}\\b`, 'm'),
};

/** Where the members of a struct are defined. */
const BODY: Readonly<Record<Language, (struct: string) => RegExp>> = {
  c: (struct) => new RegExp(`struct ${struct} \\{[^}]*\\}`),
  rust: (struct) => new RegExp(`pub struct ${struct} \\{[^}]*\\}`),
  go: (struct) => new RegExp(`type ${exported(struct)} struct \\{[^}]*\\}`),
  python: (struct) => new RegExp(`class ${struct}\\(.*\\):[^\\]]*\\]`),
};

/** Definitions in which something is wrong, by what it is. */
async function mutant(language: Language, struct: string, change: (body: string) => string): Promise<string> {
  const text = await printed(language, 'event', struct);
  const changed = text.replace(BODY[language](struct), change);
  expect(changed).not.toBe(text);
  return changed;
}

const swapped = (body: string) =>
  body.replace(/copy_(count|bytes)/gi, (name) =>
    name.endsWith('count') ? name.replace('count', 'bytes') : name.replace('bytes', 'count'),
  );
const shortened = (body: string) => body.replace(/(\[|; |\* )4(?=[\])])/, '$13');

/** What compilers say of fields that were swapped, and of a struct that is too short. */
const REFUSED: Readonly<Record<Language, readonly [RegExp, RegExp]>> = {
  c: [/"offset of zcrx_stats\.copy_bytes"/, /"size of io_uring_region_desc"/],
  rust: [/offset_of!\(zcrx_stats, copy_count\) == 0/, /size_of::<io_uring_region_desc>\(\) == 64/],
  go: [/Offsetof\(Zcrx_stats\{\}\.Copy_bytes\)/, /Sizeof\(Io_uring_region_desc\{\}\)/],
  python: [
    /AssertionError: zcrx_stats: expected size 16, .*found 16, /,
    /io_uring_region_desc: expected size 64, .*found 56, /,
  ],
};

/** Four structs, of which the second is a re-arming, in hexadecimal. */
function samples(): { line: string; structs: readonly (readonly [string, Uint8Array])[] }[] {
  const next = seededBytes(0x7a637278);
  const arm = encode('zcrx_ctrl', { zcrx_id: 7, zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } });
  const random = next(72);
  random.set(arm.subarray(4, 8), 4);
  const written = [
    encode('zcrx_event_desc', {
      user_data: 2n ** 64n - 2n,
      type_mask: ['ZCRX_EVENT_COPY'],
      flags: 1,
      stats_offset: 69632n,
    }),
    arm,
    encode('io_uring_cqe', { user_data: 5n, res: -105, flags: 3, big_cqe: [1n, 2n ** 63n] }),
    encode('io_uring_sqe', { opcode: 'IORING_OP_RECV_ZC', ioprio: 2, fd: -1, zcrx_ifq_idx: 9 }),
  ];
  const names = ['zcrx_event_desc', 'zcrx_ctrl', 'io_uring_cqe', 'io_uring_sqe'];
  return [written, [next(96), random, next(32), next(64)]].map((all) => ({
    line: `${all.map(toHex).join(' ')}\n`,
    structs: all.map((bytes, i) => [names[i]!, bytes] as const),
  }));
}

/** What `programs/values` prints of each line. */
const PLACES = [
  ...['user_data', 'type_mask', 'flags', 'stats_offset'].map((field) => `desc->${field}`),
  ...['zcrx_id', 'op', 'zc_arm_event.event_type'].map((field) => `ctrl->${field}`),
  ...['user_data', 'res', 'flags', 'big_cqe[1]'].map((field) => `cqe->${field}`),
  ...['opcode', 'ioprio', 'fd', 'zcrx_ifq_idx'].map((field) => `sqe->${field}`),
];

/** The same by the library. */
function expectedLines(structs: readonly (readonly [string, Uint8Array])[]): string {
  const [desc, ctrl, cqe, sqe] = structs.map(
    ([name, bytes]) => decode(name, bytes, { revision: 'event' }).fields,
  );
  const valueAt = (place: string) =>
    place
      .split(/->|[.[\]]+/)
      .filter(Boolean)
      .reduce((at: unknown, key) => (at as Record<string, unknown>)[key], { desc, ctrl, cqe, sqe });
  return PLACES.map((place) => `${place} ${valueAt(place)}\n`).join('');
}

describe.each(LANGUAGE_NAMES)('%s', (language) => {
  test.each(ABI_REVISIONS)(
    'in %s every field of every struct is asserted, under its name',
    async (revision) => {
      const text = await printed(language, revision);
      for (const struct of layouts.structs.filter(({ names }) => names[revision].length > 0)) {
        // In C the longer completion is the shorter one with a tail.
        const name =
          struct.id === 'io_uring_cqe32' && language !== 'c' ? struct.id : struct.names[revision][0]!;
        for (const field of fieldsIn(struct, revision)) {
          const { offset, arm } = field;
          expect(text).toMatch(
            OFFSET_CHECK[language](name, field.names[revision][0]!, offset, arm !== undefined),
          );
        }
      }
    },
  );

  describe.skipIf(skipWithout(language))('as its compiler sees it', () => {
    const compiler = COMPILERS[language];
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), `zcrx-${language}-`));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('everything, and each struct under each of its names, compiles in all revisions', async () => {
      const texts: Record<string, string> = {};
      for (const revision of ABI_REVISIONS) {
        const values = valuesIn(revision).map((pair) => VALUE_CHECK[language](...pair));
        expect(values.length).toBeGreaterThan(150);
        texts[`${revision}_all`] = `${await printed(language, revision)}\n${values.join('\n\n')}\n`;
        for (const name of namesIn(revision))
          texts[`${revision}_${name}`] = await printed(language, revision, name);
      }
      expect(Object.keys(texts).length).toBeGreaterThan(70);
      expect(compiler.complaints(join(folder, 'all'), texts)).toBe('');
    });

    test('a name that is one of several in a revision is the one that is defined', async () => {
      expect(await printed(language, 'rc', 'io_uring_zcrx_notif_stats')).toMatch(
        /\bio_uring_zcrx_notif_stats\b/i,
      );
    });

    test('what is not where it belongs is refused', async () => {
      const [swap, short] = REFUSED[language];
      const stats = await mutant(language, 'zcrx_stats', swapped);
      expect(compiler.complaints(join(folder, 'swapped'), { stats })).toMatch(swap);
      const region = await mutant(language, 'io_uring_region_desc', shortened);
      expect(compiler.complaints(join(folder, 'shortened'), { region })).toMatch(short);
    });

    test('a program reads the same values as the library', async () => {
      const all = samples();
      const constants = [
        'ZCRX_EVENT_COPY',
        'ZCRX_CTRL_ARM_EVENT',
        'IORING_REGISTER_ZCRX_IFQ',
        'IORING_ZCRX_AREA_MASK',
      ];
      const numbers = new Map(valuesIn('event'));
      const text = await printed(language, 'event');
      expect(compiler.values(join(folder, 'values'), text, all.map(({ line }) => line).join(''))).toBe(
        constants.map((name) => `${name} ${numbers.get(name)}\n`).join('') +
          all.map(({ structs }) => expectedLines(structs)).join(''),
      );
    });
  });
});

test('a name that two sets share is defined once, and never with two values', () => {
  const set = (name: string, value: string) => ({
    ...layouts.sets[0]!,
    name,
    revisions: {
      ...layouts.sets[0]!.revisions,
      v1: { kind: 'values' as const, entries: [{ name: 'SHARED', value, doc: '' }] },
    },
  });
  expect(definedSets([set('one', '1'), set('two', '1')], 'v1').map((each) => each.set.name)).toEqual(['one']);
  expect(() => definedSets([set('one', '1'), set('two', '2')], 'v1')).toThrow('SHARED is 1 and 2 in v1');
});
