import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Case, REVISIONS } from './data/case.js';
import { checkCases } from './data/check.js';
import { codecCases } from './data/codec.js';
import { layout } from './data/definitions.js';
import { describeCases } from './data/describe.js';
import { fuzzFile } from './data/fuzz.js';
import { nameCases } from './data/names.js';
import { verdictCases } from './data/verdict.js';

const ABI_VERSION = 1;
const folder = fileURLToPath(new URL('../../conformance/', import.meta.url));

/** A file of data, one case a line: what changes shows in a diff. */
function fileText(about: string, content: { cases: readonly Case[] } | object): string {
  const { cases, ...rest } = content as { cases?: readonly Case[] };
  const head = JSON.stringify({ format: 1, abi_version: ABI_VERSION, about, ...rest });
  if (!cases) return `${head}\n`;
  return `${head.slice(0, -1)},"cases":[\n${cases.map((each) => JSON.stringify(each)).join(',\n')}\n]}\n`;
}

const FILES: readonly [name: string, about: string, make: () => object | Promise<object>][] = [
  [
    'describe',
    'Structs, fields and names: sizes, offsets and values as a C compiler has them.',
    async () => ({ cases: await describeCases() }),
  ],
  [
    'codec',
    'Structs decoded to the numbers that C reads in them, and encoded to the bytes that C writes.',
    async () => ({ cases: await codecCases() }),
  ],
  ['names', 'Names of the values of fields.', () => ({ cases: nameCases() })],
  ['check', 'Findings in structs and registrations, and plans of regions.', () => ({ cases: checkCases() })],
  ['verdict', 'What kernels say to calls.', () => ({ cases: verdictCases() })],
  ['fuzz', 'Digests of what becomes of random bytes.', fuzzFile],
];

// Written anew by `npm run conformance:write`; here it must be what is committed.
test.each(FILES)(
  'conformance/%s.json is what tables, compiler and module give',
  async (name, about, make) => {
    await expect(fileText(about, await make())).toMatchFileSnapshot(`${folder}${name}.json`);
  },
);

test('every struct is there in every revision that has it', async () => {
  const names = (await codecCases()).map(({ name }) => name);
  for (const { id, names: byRevision, since } of layout.structs) {
    if (!/^[\d]/.test(since) && byRevision.event.length > 0) throw new Error(`${id}: since ${since}`);
    for (const revision of REVISIONS) {
      const [name] = byRevision[revision];
      if (name)
        expect(
          names.some((each) => each.startsWith(`codec ${name}`) && each.includes(` in ${revision}`)),
        ).toBe(true);
    }
  }
});
