import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cText } from '../../src/cli/layout/c.js';
import { definitionsOf } from '../../src/cli/layout/definitions.js';
import { structsCalled } from '../../src/cli/structs.js';
import {
  ABI_REVISIONS,
  type AbiRevision,
  layouts,
  type StructDescription,
  structNames,
} from '../../src/index.js';
import { zcrx } from './cli-terminal.js';
import { fieldsIn } from './shapes.js';

const has = (name: string, revision: AbiRevision) =>
  layouts.structs.some((struct) => struct.names[revision].includes(name));
const named = ABI_REVISIONS.flatMap((revision) =>
  structNames()
    .filter((name) => has(name, revision))
    .map((name) => [name, revision] as const),
);

test('without a name: every struct of the revision, with its size', async () => {
  const { out, status } = await zcrx(['layout']);
  expect(status).toBe(0);
  for (const struct of layouts.structs) {
    const [name] = struct.names.event;
    if (name) expect(out).toMatch(new RegExp(`^${name} +${struct.size} +${struct.align} +`, 'm'));
  }
  expect(out).toContain('zcrx_event_desc: zcrx_notification_desc (v1, rc)');
  expect((await zcrx(['layout', '-r', 'v1'])).out).toMatch(/^io_uring_query_zcrx_notif +96 /m);
});

test.each(named)(
  'text of %s in %s: every field at its offset, every name with its number',
  async (name, revision) => {
    const { out, status } = await zcrx(['layout', name, '--revision', revision]);
    expect(status).toBe(0);
    for (const struct of structsCalled(name, revision).structs) {
      expect(out).toContain(
        `struct ${name}, ${struct.size} bytes, aligned to ${struct.align}, revision ${revision}\n`,
      );
      for (const field of fieldsIn(struct, revision)) {
        const count = field.count > 1 ? `\\[${field.count}\\]` : '';
        const pattern = `^ *${field.offset} +${field.width * field.count}  .* ${field.names[revision][0]}${count}( |$)`;
        expect(out).toMatch(new RegExp(pattern, 'm'));
        const set = layouts.sets.find((each) => each.name === field.set)?.revisions[revision];
        for (const entry of set?.entries ?? []) {
          const number = set?.kind === 'bits' ? `0x${BigInt(entry.value).toString(16)}` : entry.value;
          expect(out).toMatch(new RegExp(`^ +${number}  ${entry.name}( |$)`, 'm'));
        }
      }
    }
  },
);

test('arms of a union say which value selects them; reserved fields say what they must be', async () => {
  const { out } = await zcrx(['layout', 'zcrx_ctrl']);
  expect(out).toMatch(
    /^ +24 +48 +struct zcrx_ctrl_arm_event +zc_arm_event +7\.2 +if op is 2, ZCRX_CTRL_ARM_EVENT; Which event type to re-arm\.$/m,
  );
  expect(out).toMatch(/^ +28 +44 +__u32 +__resv\[11\] +reserved, must be zero$/m);
  const v1 = (await zcrx(['layout', 'zcrx_ctrl', '-r', 'v1'])).out;
  expect(v1).toMatch(
    / zc_arm_notif .* if op is 2, ZCRX_CTRL_ARM_NOTIFICATION; Which event type to re-arm\.$/m,
  );
  expect(v1).toMatch(/^ +24 +4 +__u32 +type_mask /m);
});

test.each(named)('JSON of %s in %s', async (name, revision) => {
  const { out } = await zcrx(['layout', name, '-r', revision, '--json']);
  const document = JSON.parse(out);
  expect(document).toMatchObject({ name, revision });
  for (const struct of document.structs as StructDescription[]) {
    expect(struct).toEqual(layouts.structs.find((each) => each.id === struct.id));
    for (const field of fieldsIn(struct, revision)) {
      if (field.struct)
        expect(document.structs.map((each: StructDescription) => each.id)).toContain(field.struct);
      if (field.set) expect(document.sets.map((each: { name: string }) => each.name)).toContain(field.set);
    }
  }
});

test('JSON of everything is the description', async () => {
  expect(JSON.parse((await zcrx(['layout', '--json'])).out)).toEqual(JSON.parse(JSON.stringify(layouts)));
  expect((await zcrx(['layout', '--format', 'json'])).out).toBe((await zcrx(['layout', '--json'])).out);
});

test.each([
  [['layout', 'zcrx_stat'], /^zcrx: no struct is called "zcrx_stat"; did you mean .*zcrx_stats.*\?\n$/],
  [
    ['layout', 'zcrx_stats', '-r', 'v1'],
    /^zcrx: .*zcrx_stats \(event\) and revision v1 \(v1\) belong to different revisions.*\n$/,
  ],
  [['layout', 'zcrx_stats', '-r', 'v2'], /^zcrx: .*v2.* Allowed choices are v1, rc, event\.\n$/],
  [
    ['layout', 'zcrx_stats', '-f', 'xml'],
    /^zcrx: .*xml.* Allowed choices are text, json, c, rust, go, python\.\n$/,
  ],
  [['layout', 'zcrx_stats', '-f', 'c', '--json'], /^zcrx: .*--json.* cannot be used with .*--format.*\n$/],
  [['layout', 'a', 'b'], /^zcrx: too many arguments/],
])('refused: %s', async (args, message) => {
  const { status, out, err } = await zcrx(args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(message);
  expect(err.trimEnd()).not.toContain('\n');
});

const hasCompiler = spawnSync('gcc', ['--version']).status === 0 && process.platform === 'linux';

describe.skipIf(!hasCompiler && !process.env.CI)('C that a compiler agrees with', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-c-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What must hold of a struct, as assertions of C. */
  function assertions(struct: StructDescription, name: string, revision: AbiRevision): string[] {
    const flexible = (field: { offset: number }) => field.offset >= 16 && name === 'io_uring_cqe';
    const size = name === 'io_uring_cqe' ? 16 : struct.size;
    const fields = fieldsIn(struct, revision);
    return [
      `sizeof(struct ${name}) == ${size}`,
      `_Alignof(struct ${name}) == ${struct.align}`,
      ...fields.map((field) => `offsetof(struct ${name}, ${field.names[revision][0]}) == ${field.offset}`),
      ...fields
        .filter((field) => !flexible(field))
        .map(
          (field) =>
            `sizeof(((struct ${name} *)0)->${field.names[revision][0]}) == ${field.width * field.count}`,
        ),
      ...fields
        .filter((field) => !field.struct && !flexible(field))
        .map((field) => {
          const element = `((struct ${name} *)0)->${field.names[revision][0]}${field.count > 1 ? '[0]' : ''}`;
          return `__builtin_types_compatible_p(__typeof__(${element}), __${field.signed ? 's' : 'u'}${field.width * 8})`;
        }),
      ...fields.flatMap(
        (field) =>
          layouts.sets
            .find((set) => set.name === field.set)
            ?.revisions[revision].entries.map((entry) => `${entry.name} == ${entry.value}`) ?? [],
      ),
    ];
  }

  const asserted = (code: string, conditions: readonly string[]) =>
    `#include <stddef.h>\n${code}\n${conditions.map((each) => `_Static_assert(${each}, "${each}");`).join('\n')}\n`;

  /** What the compiler says of files; warnings are errors. */
  function compile(sources: readonly string[]): string {
    const files = sources.map((source, i) => {
      const file = join(folder, `${i}.c`);
      writeFileSync(file, source);
      return file;
    });
    const result = spawnSync('gcc', ['-std=c11', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', ...files]);
    return result.stderr.toString();
  }

  test.each(ABI_REVISIONS)('all structs of %s in one header', async (revision) => {
    const { out } = await zcrx(['layout', '-f', 'c', '-r', revision]);
    const conditions = layouts.structs.flatMap((struct) =>
      struct.names[revision].slice(0, 1).flatMap((name) => assertions(struct, name, revision)),
    );
    expect(conditions.length).toBeGreaterThan(200);
    expect(compile([asserted(out, conditions)])).toBe('');
  });

  test.each(ABI_REVISIONS)('each struct of %s on its own', async (revision) => {
    const sources = layouts.structs
      .filter((struct) => struct.names[revision].length > 0)
      .map((struct) => {
        const name = struct.names[revision][0] as string;
        const code = cText(definitionsOf(structsCalled(name, revision).structs, revision, name));
        return asserted(code, assertions(struct, name, revision));
      });
    expect(compile(sources)).toBe('');
  });

  test('the 32-byte completion has a name of its own where it is asked for by that', async () => {
    const { out } = await zcrx(['layout', 'io_uring_cqe32', '-f', 'c']);
    expect(
      compile([
        asserted(out, [
          'sizeof(struct io_uring_cqe32) == 32',
          'offsetof(struct io_uring_cqe32, big_cqe[1]) == 24',
        ]),
      ]),
    ).toBe('');
  });

  test('a wrong size would be noticed', async () => {
    const { out } = await zcrx(['layout', 'zcrx_stats', '-f', 'c']);
    expect(compile([asserted(out, ['sizeof(struct zcrx_stats) == 24'])])).toContain(
      'static assertion failed',
    );
  });

  test('what encode prints as C compiles to the same bytes', async () => {
    const fields = '{"user_data": "0x1122334455667788", "type_mask": 3, "flags": 1, "stats_offset": 4096}';
    const { out } = await zcrx(['encode', 'zcrx_event_desc', fields, '-f', 'c']);
    const bytes = (await zcrx(['encode', 'zcrx_event_desc', fields])).out.trim();
    const file = join(folder, 'print.c');
    const main =
      'int main(void) { for (unsigned i = 0; i < sizeof(zcrx_event_desc); i++) printf("%02x", zcrx_event_desc[i]); return 0; }';
    writeFileSync(file, `#include <stdio.h>\n${out}\n${main}\n`);
    const program = join(folder, 'print');
    execFileSync('gcc', ['-Wall', '-Werror', '-o', program, file]);
    expect(execFileSync(program).toString()).toBe(bytes);
    expect((await zcrx(['decode', 'zcrx_event_desc', '-', '--json'], out)).out).toContain(
      '"1234605616436508552"',
    );
  });
});
