import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const STATEMENTS = [
  /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*([^)]*)\)/g,
  /\brequire\(\s*([^)]*)\)/g,
];

/** What a source imports, types too; of a dynamic import the text of its argument. */
const importsOf = (source: string) =>
  STATEMENTS.flatMap((pattern) =>
    [...source.replace(/\/\*.*?\*\//gs, '').matchAll(pattern)].map((match) => match[1] as string),
  );

/** Every file that is reached from one, and everything that is imported without being one of them. */
function reach(entry: string): { files: string[]; foreign: string[] } {
  const files = new Set<string>();
  const foreign = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of importsOf(readFileSync(file, 'utf8'))) {
      const target = resolve(dirname(file), name.replace(/\.js$/, '.ts'));
      if (name.startsWith('.') && existsSync(target)) visit(target);
      else foreign.add(name);
    }
  };
  visit(join(root, entry));
  return { files: [...files].map((file) => relative(root, file)), foreign: [...foreign] };
}

test('the walk sees every way to import', () => {
  const source = `import a from 'a';\nimport 'b';\nimport {\n  c,\n} from "c";\nexport * from 'd';\nexport { e } from 'e';
import type { F } from 'f';\nimport g, { type G } from 'g';\nawait import('h');\nconst i = require('i');\nexport const j = 1;`;
  expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', "'h'", "'i'"]);
});

test('from src/index.ts nothing but the library itself is reached', () => {
  const { files, foreign } = reach('src/index.ts');
  expect(foreign).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['src/layout/decode.ts', 'src/generated/zcrx-wasm.ts', 'src/plan.ts']),
  );
  expect(files.filter((file) => !file.startsWith('src/'))).toEqual([]);
  expect(files.filter((file) => /^src\/(cli|lab)\b/.test(file))).toEqual([]);
});

/** Runs where no package is near, with nothing of Node left but the console: what a browser has too. */
const PROGRAM = `
const { write } = process.stdout;
const out = (text) => write.call(process0.stdout, text);
const process0 = process;
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'clearImmediate']) delete globalThis[name];
const zcrx = await import('./dist/src/index.js');
const bytes = zcrx.encode('zcrx_event_desc', { type_mask: 'ZCRX_EVENT_COPY', flags: 1, stats_offset: 2176 });
const { names, findings } = zcrx.decode('zcrx_event_desc', bytes);
const natives = process0.report.getReport().sharedObjects.filter((path) => /koffi/.test(path));
out(JSON.stringify({
  names,
  findings: [...findings, ...zcrx.validate('zcrx_event_desc', bytes)],
  plan: zcrx.planRegion({ entries: 100 }).stats_offset,
  natives,
}));
`;

test('compiled and without Node it encodes, decodes, checks and plans; koffi is never loaded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-imports-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { rootDir: root, outDir: join(folder, 'dist'), declaration: false, types: [] },
        files: [join(root, 'src/index.ts')],
        include: [],
      }),
    );
    // compiles without the types of Node: whatever is used of it is an error here
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
    const out = execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual({
      names: { type_mask: ['ZCRX_EVENT_COPY'], flags: ['ZCRX_EVENT_DESC_FLAG_STATS'] },
      findings: [],
      plan: 4096,
      natives: [],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
