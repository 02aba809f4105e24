// The page as a whole, whatever its parts are: what it asks for, lets in, makes of any address, and is to those who do not
// see it. Tabs, steps back and forward and colours are in explore-shell.test.ts.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { FRAGMENT_NAMES, readFragment, VIEW_IDS } from '../../src/explore/page/fragment.js';
import type { View } from '../../src/explore/page/view.js';
import { randomOf } from '../unit/capture-mutations.js';
import { HOSTILE_FRAGMENTS, randomFragment } from './explore-fragments.js';
import { axeViolations, explorer, settle } from './explorer.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const WIDTHS = [1440, 768, 375] as const;
const SCHEMES = ['light', 'dark'] as const;
const MODES = ['from a disk', 'served'] as const;
const BACKGROUNDS = { light: 'rgb(255, 255, 255)', dark: 'rgb(15, 20, 26)' } as const;

const { open, takeTroubles } = explorer();
const tab = (page: Page, view: View['id']) => page.locator(`#tab-${view}`);
const hashOf = (page: Page) => new URL(page.url()).hash;
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** That a view is shown and no other, and that the tabs say so. */
async function expectShown(page: Page, view: View['id']): Promise<void> {
  for (const each of VIEW_IDS) {
    await expect.poll(() => tab(page, each).getAttribute('aria-selected')).toBe(String(each === view));
    expect(await tab(page, each).getAttribute('tabindex')).toBe(each === view ? '0' : '-1');
    expect(await page.locator(`#panel-${each}`).evaluate((panel: HTMLElement) => panel.hidden)).toBe(
      each !== view,
    );
  }
}

const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Has the built program serve the page, and tells where. */
async function served(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, 'explore', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(`${chunk}`));
    child.once('close', (status) => reject(new Error(`zcrx explore ended with ${status}`)));
  });
  return JSON.parse(line).url;
}

/** Where the page is had from; undefined for the file. */
const from = async (mode: (typeof MODES)[number]) => (mode === 'served' ? await served() : undefined);

describe.each(MODES)('%s', (mode) => {
  // That nothing is asked for is what open() sees to, in all tests here; this one goes through the page for it.
  test('it asks for nothing', async () => {
    const page = await open('', {}, await from(mode));
    for (const view of VIEW_IDS) {
      await tab(page, view).click();
      await settle(page);
    }
    const all = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(all.filter((name) => !/^(blob|data):/.test(name))).toEqual([]);
    expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual([
      '',
      0,
      0,
    ]);
  });

  test('the first paint comes within 300 ms', async () => {
    const address = await from(mode);
    const paints: number[] = [];
    for (let load = 0; load < 5; load++) {
      const page = await open('', {}, address);
      const paint = () =>
        page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
      await expect.poll(paint).toBeGreaterThan(0);
      paints.push((await paint()) as number);
      await page.context().close();
    }
    paints.sort((a, b) => a - b);
    console.log(`first contentful paint ${mode}: ${paints.map((paint) => paint.toFixed(0)).join(', ')} ms`);
    // What else the machine does in the meantime is not the page's: its fastest showing is its own.
    expect(paints[0]).toBeLessThan(300);
  });
});

test('what the address says is under the names that are given for it', async () => {
  const page = await open();
  for (const view of ['verdict', 'plan', 'bytes'] as const) {
    await tab(page, view).click();
    const names = [...(readFragment(hashOf(page))?.values.keys() ?? [])];
    expect(FRAGMENT_NAMES[view]).toEqual(expect.arrayContaining(names));
  }
});

describe('what it lets in', () => {
  /** The policy; and whether it stands before all that it is for, as nothing before it is under it. */
  const policyOf = (page: Page) =>
    page.evaluate(() => {
      const [meta] = document.querySelectorAll('meta[http-equiv="Content-Security-Policy"]');
      const [first] = document.querySelectorAll('meta[http-equiv], style, script, link');
      return { content: (meta as HTMLMetaElement).content, isFirst: meta === first };
    });

  test('is what its policy says, which is little', async () => {
    const { content, isFirst } = await policyOf(await open());
    expect(isFirst).toBe(true);
    const directives = new Map(
      content.split(';').map((each) => {
        const [name = '', ...sources] = each.trim().split(/\s+/);
        return [name, sources] as const;
      }),
    );
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('base-uri')).toEqual(["'none'"]);
    expect(directives.get('form-action')).toEqual(["'none'"]);
    const allowed = [...directives.values()].flat();
    expect(allowed).not.toContain("'unsafe-inline'");
    expect(allowed).not.toContain("'unsafe-eval'");
    for (const source of allowed)
      expect(source).toMatch(/^('none'|'sha256-[\w+/]{43}='|blob:|data:|'wasm-unsafe-eval')$/);
  });

  test.each([
    [
      'an element with a script',
      'document.body.append(Object.assign(document.createElement("script"), { textContent: "ran = 1" }))',
    ],
    [
      'a listener in markup',
      'document.body.insertAdjacentHTML("beforeend", "<button id=bad onclick=\'ran = 1\'>"); bad.click()',
    ],
    [
      'a picture that fails',
      'document.body.insertAdjacentHTML("beforeend", "<img src=data: onerror=\'ran = 1\'>")',
    ],
    [
      'an address with a script',
      'document.body.insertAdjacentHTML("beforeend", "<a id=bad href=\'javascript:ran = 1\'>"); bad.click()',
    ],
    ['a style in an element', 'document.body.insertAdjacentHTML("beforeend", "<p style=\'color: red\'>")'],
    ['a text that is made a function', 'setTimeout("ran = 1")'],
  ])('is stopped if it gets in all the same: %s', async (_what, code) => {
    const page = await open();
    await page.evaluate(`setTimeout(() => { ${code} })`);
    await expect.poll(takeTroubles).toContainEqual(expect.stringContaining('Content Security Policy'));
    await settle(page);
    expect(await page.evaluate('typeof ran')).toBe('undefined');
    takeTroubles();
  });
});

describe('an address that is hostile', () => {
  /** Milliseconds until the page, with another fragment, has what it makes of it in place, and answers. */
  const answered = (page: Page, fragment: string) =>
    page.evaluate(async (hash) => {
      const start = performance.now();
      history.replaceState(null, '', '#view=plan');
      const changed = new Promise((done) => addEventListener('hashchange', done, { once: true }));
      location.hash = hash;
      if (location.hash !== '#view=plan') await changed;
      // Laid out by asking for it: a browser that nobody looks at may leave out frames for a second.
      document.body.getBoundingClientRect();
      await new Promise((done) => setTimeout(done));
      return performance.now() - start;
    }, fragment);

  /**
   * That an address takes less than a second, and is no trouble. Where it took longer it is asked again: a machine that is
   * busy with other things is slow at any time, a page that is slow each time.
   *
   * @returns milliseconds
   */
  async function expectSoon(what: string, ask: () => Promise<number>): Promise<number> {
    let took = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3 && took >= 1000; attempt++) took = await ask();
    expect({ what, troubles: takeTroubles() }).toEqual({ what, troubles: [] });
    expect({ what, took: Math.min(took, 1000) }).toEqual({ what, took });
    return took;
  }

  /** That the page is as it was: nothing of an address became a part of it, and it can be used. */
  async function expectSound(page: Page): Promise<void> {
    const elements = () =>
      page.evaluate(() => document.querySelectorAll('script, img, iframe, a[href^="javascript:"]').length);
    expect(await elements()).toBe(2);
    expect(await page.title()).toBe('zcrx explorer');
    await tab(page, 'plan').click();
    await expectShown(page, 'plan');
    await tab(page, 'bytes').click();
    await expectShown(page, 'bytes');
  }

  test('changes nothing and takes no time, in a page that is open', async () => {
    const page = await open();
    for (const [what, fragment] of HOSTILE_FRAGMENTS) {
      await expectSoon(what, () => answered(page, fragment));
    }
    await expectSound(page);
  });

  test('nor in one that is opened by it', async () => {
    const page = await open();
    // Every third: each page that is opened takes its time, and the kinds stand in turn.
    for (const [what, fragment] of HOSTILE_FRAGMENTS.filter((_, n) => n % 3 === 0)) {
      await page.evaluate((hash) => history.replaceState(null, '', hash), fragment);
      await page.reload();
      await page.waitForFunction(() => 'ready' in document.documentElement.dataset);
      await expectSoon(what, () => settle(page));
    }
    await expectSound(page);
  });

  test('of any kind: 200 at random', async () => {
    const random = randomOf(20_261_201);
    const page = await open();
    let longest = 0;
    for (let n = 0; n < 200; n++) {
      const fragment = randomFragment(random);
      const took = await expectSoon(fragment, () => answered(page, fragment));
      longest = Math.max(longest, took);
    }
    console.log(`200 addresses at random: answered within ${longest.toFixed(0)} ms`);
    await expectSound(page);
  });
});

test('axe would find something', async () => {
  const page = await open();
  await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
  expect(await axeViolations(page)).toEqual([expect.stringMatching(/^button-name: <button><\/button>/)]);
});

describe.each(SCHEMES)('in the %s', (colorScheme) => {
  test.each(WIDTHS)('at a width of %i axe finds nothing, and nothing sticks out', async (width) => {
    const page = await open('', { colorScheme, viewport: { width, height: 900 } });
    for (const view of VIEW_IDS) {
      await tab(page, view).click();
      await settle(page);
      expect({ view, violations: await axeViolations(page) }).toEqual({ view, violations: [] });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect({ view, wide }).toEqual({ view, wide: Math.min(wide, width) });
    }
  });
});

test('axe finds nothing in colours that were chosen against the system', async () => {
  for (const [colorScheme, clicks] of [
    ['light', 2],
    ['dark', 1],
  ] as const) {
    const page = await open('', { colorScheme });
    for (let n = 0; n < clicks; n++) await page.locator('#scheme button').click();
    expect(await background(page)).toBe(BACKGROUNDS[colorScheme === 'light' ? 'dark' : 'light']);
    for (const view of VIEW_IDS) {
      await tab(page, view).click();
      expect({ view, violations: await axeViolations(page) }).toEqual({ view, violations: [] });
    }
  }
});

describe('the address that zcrx explore prints', () => {
  /** What the page itself would have its address say. */
  async function said(page: Page, view: View['id']): Promise<Record<string, string>> {
    await tab(page, view).click();
    return Object.fromEntries(readFragment(hashOf(page))?.values ?? []);
  }

  test('leads to the bytes', async () => {
    const url = new URL(await served('zcrx_notification_desc', '2a'.padEnd(192, '0')));
    const page = await open(url.hash, {}, `${url.origin}/`);
    await expectShown(page, 'bytes');
    expect(await said(page, 'bytes')).toEqual({
      struct: 'zcrx_event_desc',
      revision: 'v1',
      hex: '2a'.padEnd(192, '0'),
    });
  });

  test('leads to the call', async () => {
    const url = new URL(await served('--check', '{"ctrl": {"op": 0}, "nr_args": 1}', '--kernel', '7.2'));
    const page = await open(url.hash, {}, `${url.origin}/`);
    await expectShown(page, 'verdict');
    const { kernel, bundle = '' } = await said(page, 'verdict');
    expect([kernel, JSON.parse(bundle)]).toEqual(['7.2', { ctrl: { op: 0 }, nr_args: 1 }]);
    expect(await page.locator('#panel-verdict').textContent()).toContain('Linux 7.2');
  });
});
