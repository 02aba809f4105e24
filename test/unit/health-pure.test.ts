import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'src/health');

test('health imports nothing but itself', () => {
  const files = readdirSync(folder);
  const imported = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(
      ([, name]) => name,
    ),
  );
  expect(imported.length).toBeGreaterThan(files.length);
  expect(imported.filter((name) => !files.includes(name!.replace(/^\.\/(.*)\.js$/, '$1.ts')))).toEqual([]);
});

/** With nothing of Node left but the console and the clock: what a browser has too. */
const PROGRAM = `
const { write } = process.stdout;
const process0 = process;
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'clearImmediate']) delete globalThis[name];
const { HealthMonitor } = await import('./dist/index.js');
const monitor = new HealthMonitor({ events: false });
for (let i = 0n; i < 30n; i++) {
  const tail = Number(i) * 50;
  monitor.push({
    time: i * 100_000_000n,
    counters: { copy_count: i * 5n, copy_bytes: i * 20_480n },
    refill: { head: tail, tail: tail + 7 },
  });
}
const { state, copy_bytes, free_entries } = monitor.health();
write.call(process0.stdout, JSON.stringify([state, String(copy_bytes), free_entries]));
`;

test('compiled and run without Node it judges', () => {
  const place = mkdtempSync(join(tmpdir(), 'zcrx-health-'));
  try {
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(place, 'program.js'), PROGRAM);
    writeFileSync(
      join(place, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { rootDir: folder, outDir: join(place, 'dist'), declaration: false, types: [] },
        files: [join(folder, 'index.ts')],
        include: [],
      }),
    );
    // compiles without the types of Node: whatever is used of it is an error here
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', place], { encoding: 'utf8' });
    const out = execFileSync(process.execPath, ['program.js'], { cwd: place, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual(['copying', '593920', 7]);
  } finally {
    rmSync(place, { recursive: true });
  }
}, 60_000);
