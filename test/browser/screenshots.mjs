// Makes docs/images/report.png: the page of a recording, as a browser shows it. Not a test; needs Chromium and a build.
//
//   node test/browser/screenshots.mjs [RECORDING] [light|dark]

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, execPath } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findProgram } from '../../dist/src/lab/command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [recording = join(ROOT, 'test/browser/recordings/nic-tour.zcrx'), colorScheme = 'light'] =
  argv.slice(2);
const target = join(ROOT, 'docs/images/report.png');
/** A picture in a README is no download. */
const MOST_BYTES = 150_000;

const folder = mkdtempSync(join(tmpdir(), 'zcrx-screenshot-'));
const browser = await chromium.launch({ executablePath: findProgram('chromium'), args: ['--no-sandbox'] });
try {
  const file = join(folder, 'report.html');
  execFileSync(execPath, [join(ROOT, 'dist/src/cli/main.js'), 'report', recording, '--output', file]);
  const page = await browser.newPage({ viewport: { width: 960, height: 1130 }, colorScheme });
  await page.goto(pathToFileURL(file).href);
  await page.locator('#states canvas').waitFor();
  // Where the cursor stands, the legends show values.
  const box = await page.locator('#bytes .u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.36, box.y + box.height / 3);
  mkdirSync(join(ROOT, 'docs/images'), { recursive: true });
  await page.screenshot({ path: target });
  const { size } = statSync(target);
  console.log(`${target}: ${size} bytes`);
  if (size > MOST_BYTES) throw new Error(`the picture has ${size} bytes, expected at most ${MOST_BYTES}`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
