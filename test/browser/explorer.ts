import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type Pages, pages } from './page.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The explorer as it was built. */
export const EXPLORER_FILE = join(ROOT, 'dist/explore.html');
const EXPLORER = pathToFileURL(EXPLORER_FILE).href;

export interface ExplorerPages extends Pick<Pages, 'troubles'> {
  /**
   * Opens the explorer from the disk and waits until it can be used. See {@link Pages.open} for what fails the test.
   *
   * @param fragment `#view=bytes&…`
   * @param from where else it is had from: the address of a server
   */
  open(fragment?: string, options?: BrowserContextOptions, from?: string): Promise<Page>;
}

/** The explorer in a browser, for the tests of a file. */
export function explorer(): ExplorerPages {
  const all = pages();
  return {
    get troubles() {
      return all.troubles;
    },
    async open(fragment = '', options = {}, from = EXPLORER) {
      const page = await all.open(from + fragment, { viewport: { width: 1440, height: 900 }, ...options });
      page.setDefaultTimeout(10_000);
      await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
      return page;
    },
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe has against a page as it is now: a line for each element. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Through the debugger, as what is typed into the console is: an element with this script, as addScriptTag makes one,
  // would be stopped by the page's own policy, and to test the page without its policy would be to test another page.
  await page.evaluate(`${AXE};void 0`);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** Milliseconds until the page has done what it has begun, and answers. */
export const settle = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const start = performance.now();
    for (let i = 0; i < 3; i++) await new Promise((done) => setTimeout(done));
    return performance.now() - start;
  });
