import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkBundle } from '../../src/verdict/index.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test('the verdict that is composed by hand is that of the library', () => {
  const args = [file('conformance/examples/verdict.mjs'), file('dist/zcrx.wasm')];
  const lines = execFileSync(process.execPath, args, { encoding: 'utf8' }).trimEnd().split('\n');
  const { verdict } = checkBundle({
    kernel: '7.3',
    reg: { rq_entries: 100, flags: 2 },
    area: { len: 0x4000 },
    region: { size: 0x2000, flags: 1 },
    event_desc: { type_mask: 3, flags: 1, stats_offset: 1728 },
  });
  const [finding] = verdict.findings;
  expect(lines[0]).toBe(verdict.errno);
  expect(lines[2]).toBe(`${finding?.value} is wrong,`);
  expect(lines[3]).toBe(`${finding?.fix?.value} would pass`);
});
