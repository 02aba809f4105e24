import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findProgram } from '../../src/lab/command.js';

/** Pages of the package in a browser. */
export interface Pages {
  /**
   * Opens a page that is to need nothing but itself. Nothing else is let through, and what goes wrong on it or leaves it
   * fails the test: a request, an error or warning in the console, an error that nobody catches, a dialog, a window.
   *
   * @param url of a file or of a server, with or without a fragment
   */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** What went wrong up to now, for a test that wants to know when. */
  readonly troubles: readonly string[];
}

/** Whether an address is the page itself, or something that the page has made and holds itself. */
function isOwn(address: string, page: string): boolean {
  const { protocol, origin } = new URL(page);
  // A page from a disk has no origin, and says so: null.
  const own = `blob:${protocol === 'file:' ? 'null' : origin}/`;
  return withoutFragment(address) === page || address.startsWith('data:') || address.startsWith(own);
}

const withoutFragment = (url: string) => url.replace(/#.*$/s, '');

/**
 * Debian's Chromium for the tests of a file.
 *
 * @param harmless what the console may say, where the test itself is why
 */
export function pages(harmless?: RegExp): Pages {
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
    for (const context of browser?.contexts() ?? []) await context.close();
    const found = troubles;
    troubles = [];
    expect(found).toEqual([]);
  });

  return {
    get troubles() {
      return troubles;
    },
    async open(url, options = {}) {
      const own = withoutFragment(url);
      const context = await browser.newContext(options);
      // Of the context, not of the page: so nothing is missed that a window or a worker of the page would do.
      await context.route('**/*', (route) =>
        isOwn(route.request().url(), own) ? route.continue() : route.abort(),
      );
      context.on('request', (request) => {
        if (!isOwn(request.url(), own)) troubles.push(`asked for ${request.url()}`);
      });
      context.on('console', (message) => {
        if (message.type() !== 'error' && message.type() !== 'warning') return;
        if (!harmless?.test(message.text())) troubles.push(message.text());
      });
      context.on('weberror', (error) => troubles.push(error.error().message));
      context.on('dialog', (dialog) => {
        troubles.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      const page = await context.newPage();
      context.on('page', (other) => troubles.push(`opened ${other.url()}`));
      page.on('websocket', (socket) => troubles.push(`connected to ${socket.url()}`));
      page.on('download', (download) => troubles.push(`downloads ${download.url()}`));
      await page.goto(url);
      return page;
    },
  };
}
