// The conformance data in a browser: node chromium.mjs path/to/zcrx.wasm path/to/conformance
// Serves browser.html with the module and the data on 127.0.0.1, and reads what the page found.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [wasm, folder] = process.argv.slice(2);
const TYPES = {
  html: 'text/html',
  mjs: 'text/javascript',
  json: 'application/json',
  wasm: 'application/wasm',
};
const data = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** What the page asks for, by its path. */
function contentOf(path) {
  if (path === 'files') return JSON.stringify(data.sort());
  if (path === 'zcrx.wasm') return readFileSync(wasm);
  if (data.includes(path)) return readFileSync(join(folder, path));
  return /^[a-z]+\.(html|mjs)$/.test(path) ? readFileSync(new URL(path, import.meta.url)) : undefined;
}

const server = createServer(({ url }, response) => {
  const path = url.slice(1);
  const content = contentOf(path);
  response.writeHead(content === undefined ? 404 : 200, {
    'content-type': TYPES[path.split('.').pop()] ?? 'text/plain',
  });
  response.end(content);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage();
  const broken = new Promise((_, reject) => page.on('pageerror', reject));
  await page.goto(`http://127.0.0.1:${server.address().port}/browser.html`);
  await Promise.race([
    page.waitForFunction('globalThis.conformance', undefined, { timeout: 300_000 }),
    broken,
  ]);
  const { passed, failed, problems } = await page.evaluate('globalThis.conformance');
  for (const problem of problems) console.error(`chromium: ${problem}`);
  console.log(`chromium: ${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} catch (error) {
  console.error(`chromium: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}
