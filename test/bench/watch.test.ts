import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('watch.mjs', import.meta.url));
const SECONDS = Number(process.env.ZCRX_WATCH_SECONDS ?? 60);

interface Figures {
  readonly samples_per_second: number;
  readonly core_percent: number;
  readonly used_mib_before: number;
  readonly used_mib_after: number;
  readonly rss_mib_most: number;
}

test(`1,000 instances at 10 samples a second for ${SECONDS} seconds: every sample is taken, and memory stays flat`, {
  timeout: SECONDS * 1000 + 120_000,
}, async () => {
  const sizes = ['--instances', '1000', '--rate', '10', '--seconds', String(SECONDS)];
  const args = [BENCH, ...sizes, '--parts', 'lines,record,metrics', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const figures = JSON.parse(stdout) as Figures;
  // What it costs is printed, not judged: this machine may be doing anything beside.
  console.log(figures);
  expect(figures.samples_per_second).toBeGreaterThan(8_000);
  expect(figures.used_mib_after - figures.used_mib_before).toBeLessThan(8);
  expect(figures.rss_mib_most).toBeLessThan(300);
});
