import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchHeaders } from '../../src/lab/index.js';
import { zcrx } from '../unit/cli-terminal.js';
import { parseHeader } from './c-header.js';
import { probeProgram } from './c-probe.js';
import { parseFacts, runC } from './compiler.js';
import { type Dialect, layoutFacts } from './facts.js';
import { builtLayout } from './layout.js';

const layout = builtLayout();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-header-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DIALECTS: readonly Dialect[] = [
  { revision: 'event', series: '7.3' },
  { revision: 'rc', series: '7.2' },
  { revision: 'v1', series: '7.2' },
];

/** Of names that a revision has for one struct, the header defines the usual one. */
function usualFacts(dialect: Dialect) {
  const spare = layout.structs.flatMap(({ names }) => names[dialect.revision].slice(1));
  return Object.fromEntries(
    Object.entries(layoutFacts(layout, dialect)).filter(
      ([fact]) => !spare.some((name) => fact.startsWith(`${name} `)),
    ),
  );
}

test.each(DIALECTS)(
  'the printed header of $revision takes the place of the kernel’s: every size, offset, type and value',
  { timeout: 300_000 },
  async (dialect) => {
    const { out } = await zcrx(['layout', '--format', 'c', '--revision', dialect.revision]);
    const file = join(folder, `${dialect.revision}.h`);
    writeFileSync(file, out);
    const { include } = await fetchHeaders(dialect.series);
    const program = probeProgram(layout, dialect, parseHeader(out), [`"${file}"`]);
    const facts = parseFacts(await runC(program, include));
    expect(facts).toEqual({ series: dialect.series, ...usualFacts(dialect) });
  },
);
