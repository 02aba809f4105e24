import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findProgram } from '../../src/lab/command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = pathToFileURL(join(ROOT, 'dist/explore.html')).href;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Explorer {
  /** Opens the page from the disk, with nothing else let through; what goes wrong on it fails the test. */
  open(fragment: string, options?: BrowserContextOptions): Promise<Page>;
}

/** A browser for the tests of a file. */
export function explorer(): Explorer {
  let browser: Browser;
  let troubles: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findProgram('chromium') as string,
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    const found = troubles;
    troubles = [];
    expect(found).toEqual([]);
  });
  return {
    async open(fragment, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(PAGE) && !/^(data|blob):/.test(url)) troubles.push(`asked for ${url}`);
      });
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
      });
      page.on('pageerror', (error) => troubles.push(error.message));
      page.on('dialog', (dialog) => {
        troubles.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(PAGE + fragment);
      await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
      return page;
    },
  };
}

/** What axe finds on a page as it is, one line each. */
export async function axe(page: Page): Promise<string[]> {
  // Not as an element: the page lets no script in.
  await page.evaluate(`${AXE};void 0`);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
    }
    const { violations } = (await (
      globalThis as unknown as { axe: { run(): Promise<Found> } }
    ).axe.run()) as Found;
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  });
}

/** Milliseconds until the page has done all that it has begun. */
export const settle = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const start = performance.now();
    for (let i = 0; i < 3; i++) await new Promise((done) => setTimeout(done));
    return performance.now() - start;
  });
