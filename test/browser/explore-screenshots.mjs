// Makes docs/images/explore-{1440,768,375}.png: the explorer's three parts, each at one width. Not a test; needs Chromium
// and a build.
//
//   node test/browser/explore-screenshots.mjs [light|dark]

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { encode } from '../../dist/src/index.js';
import { findProgram } from '../../dist/src/lab/command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [, , colorScheme = 'light'] = argv;
/** A picture in a README is no download. */
const MOST_BYTES = 250_000;

// What re-arms COPY from Linux 7.2 on, and something else before.
const arm = encode('zcrx_ctrl', { zcrx_id: 1, zc_arm_event: { event_type: 'ZCRX_EVENT_COPY' } });
const hex = Buffer.from(arm).toString('hex');

const PICTURES = [
  {
    width: 1440,
    height: 900,
    fragment: `#view=bytes&struct=zcrx_ctrl&revision=event&hex=${hex}`,
    prepare: (page) => page.locator('#panel-bytes [data-at="24"]').hover(),
  },
  { width: 768, height: 1100, fragment: '#view=verdict', prepare: async () => {} },
  { width: 375, height: 1000, fragment: '#view=plan', prepare: async () => {} },
];

const browser = await chromium.launch({ executablePath: findProgram('chromium'), args: ['--no-sandbox'] });
try {
  mkdirSync(join(ROOT, 'docs/images'), { recursive: true });
  for (const { width, height, fragment, prepare } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(pathToFileURL(join(ROOT, 'dist/explore.html')).href + fragment);
    await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
    await prepare(page);
    // What follows an input follows a little later.
    await page.waitForTimeout(500);
    const target = join(ROOT, `docs/images/explore-${width}.png`);
    await page.screenshot({ path: target });
    const { size } = statSync(target);
    console.log(`${target}: ${size} bytes`);
    if (size > MOST_BYTES) throw new Error(`the picture has ${size} bytes, expected at most ${MOST_BYTES}`);
  }
} finally {
  await browser.close();
}
