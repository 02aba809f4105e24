import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pages } from './page.js';

const { open, takeTroubles } = pages(/^harmless/);

// A server that counts: what is asked for must not only be seen, it must not arrive.
let asked = 0;
const server = createServer((_request, response) => {
  asked++;
  response.end('<!doctype html><title>x</title>');
});
let elsewhere: string;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-page-'));
  file = join(folder, 'page.html');
  writeFileSync(
    file,
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>page</title>',
  );
  writeFileSync(join(folder, 'other.html'), '');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('of a page, nothing goes unseen', () => {
  test.each<[string, string, RegExp]>([
    ['fetch', 'fetch(elsewhere).catch(() => {})', /^asked for http:/],
    ['a picture', 'new Image().src = elsewhere', /^asked for http:/],
    ['a beacon', 'navigator.sendBeacon(elsewhere, "x")', /^asked for http:/],
    ['a script', 'document.head.append(made("script", { src: elsewhere }))', /^asked for http:/],
    ['a style', 'document.head.append(made("link", { rel: "stylesheet", href: elsewhere }))', /^asked for/],
    ['a frame', 'document.body.append(made("iframe", { src: elsewhere }))', /^asked for http:/],
    ['another page', 'location.href = elsewhere', /^asked for http:/],
    ['another file', 'document.body.append(made("iframe", { src: "other.html" }))', /^asked for file:/],
    ['a socket', 'new WebSocket("ws://127.0.0.1:9")', /^connected to ws:/],
    ['a window', 'open("about:blank")', /^opened /],
    ['a dialog', 'alert("boo")', /^dialog boo$/],
    ['an error of the console', 'console.error("oh")', /^oh$/],
    ['a warning', 'console.warn("hm")', /^hm$/],
    ['an error', 'setTimeout(() => { throw new Error("thrown") })', /^thrown$/],
    ['a broken promise', 'void Promise.reject(new Error("broken"))', /^broken$/],
  ])('%s', async (_what, code, expected) => {
    const page = await open(pathToFileURL(file).href);
    const script = `const elsewhere = ${JSON.stringify(elsewhere)};
      const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
      setTimeout(() => { ${code} });`;
    await page.evaluate(`{ ${script} }`);
    await expect.poll(takeTroubles).toContainEqual(expect.stringMatching(expected));
    await page.waitForTimeout(100);
    takeTroubles();
    expect(asked).toBe(0);
  });
});

test('what a page makes itself, and what the test is the reason of, is no trouble', async () => {
  const page = await open(`${pathToFileURL(file).href}#a?b`);
  await page.evaluate(`(async () => {
    const script = new Blob(['globalThis.ran = true'], { type: 'text/javascript' });
    await import(URL.createObjectURL(script));
    await fetch('data:,x');
    location.hash = '#c';
    console.warn('harmless');
    console.log('said');
  })()`);
  expect(await page.evaluate('ran')).toBe(true);
  expect(takeTroubles()).toEqual([]);
});
