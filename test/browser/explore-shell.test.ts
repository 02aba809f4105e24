// What all parts of the explorer have in common: the file, tabs, the address, colours, and what it is when it goes wrong.

import { readFileSync, statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { explorerPage } from '../../src/cli/explore/page.js';
import { LONGEST } from '../../src/explore/page/fragment.js';
import { encode } from '../../src/index.js';
import { serveSite, type WebServer } from '../../src/web/server.js';
import { seededBytes } from '../oracle/samples.js';
import { EXPLORER_FILE, explorer, settle } from './explorer.js';
import { pages } from './page.js';

/** Bytes that the page may have. */
const MOST_BYTES = 150_000;
/** Milliseconds in which a page that has been given anything answers. */
const MOST_ANSWER_MS = 1_000;

const { open } = explorer();

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const STATS = encode('zcrx_stats', { copy_count: 3, copy_bytes: 65_536 });
const DESC = encode('zcrx_event_desc', { user_data: 42n, type_mask: 3 });
const bytesAddress = (struct: string, bytes: Uint8Array) =>
  `#view=bytes&struct=${struct}&revision=event&hex=${hexOf(bytes)}`;

const chosenTab = (page: Page) => page.locator('[role=tab][aria-selected=true]').textContent();
const visiblePanel = (page: Page) => page.locator('[role=tabpanel]:not([hidden])').getAttribute('id');
const hash = (page: Page) => page.evaluate(() => location.hash);
const text = (page: Page) => page.locator('#panel-bytes textarea').first();
const struct = (page: Page) => page.getByLabel('Struct', { exact: true });
const begin = (page: Page) => page.locator('#panel-bytes').getByLabel('Begin with');
const structName = (page: Page) => struct(page).locator('option:checked').textContent();
const problem = (page: Page) => page.locator('#panel-bytes [role=alert]');
const addressProblem = (page: Page) => page.locator('header [role=alert]');
const shown = (page: Page) =>
  page
    .locator('#panel-bytes [role=gridcell][data-at]')
    .evaluateAll((cells) => cells.map((cell) => cell.textContent).join(''));
const settled = (page: Page, bytes: Uint8Array) => expect.poll(() => shown(page)).toBe(hexOf(bytes));

describe('the file', () => {
  test('is small, and holds all that it needs', () => {
    expect(statSync(EXPLORER_FILE).size).toBeLessThan(MOST_BYTES);
    const html = readFileSync(EXPLORER_FILE, 'utf8');
    expect(html).not.toMatch(/<(?:link[^>]+href="(?!data:)|img|iframe|script[^>]+src)/);
  });
});

describe('tabs', () => {
  test('are chosen by mouse', async () => {
    const page = await open();
    for (const name of ['Verdict', 'Plan', 'Bytes']) {
      await page.getByRole('tab', { name }).click();
      expect([await chosenTab(page), await visiblePanel(page)]).toEqual([
        name,
        `panel-${name.toLowerCase()}`,
      ]);
    }
  });

  test('and by keyboard: one stop, arrows, Home and End', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'Bytes' }).focus();
    for (const [key, name] of [
      ['ArrowRight', 'Verdict'],
      ['ArrowRight', 'Plan'],
      ['ArrowRight', 'Bytes'],
      ['ArrowLeft', 'Plan'],
      ['Home', 'Bytes'],
      ['End', 'Plan'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await chosenTab(page)).toBe(name);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
    }
    expect(await page.locator('[role=tab][tabindex="0"], [role=tab]:not([tabindex])').count()).toBe(1);
  });
});

test('colours are those of the system until others are chosen', async () => {
  const page = await open('', { colorScheme: 'dark' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const button = page.getByRole('button', { name: 'Colours' });
  const dark = await background();
  await button.click();
  expect(await button.textContent()).toContain('light');
  const light = await background();
  expect(light).not.toBe(dark);
  await button.focus();
  await page.keyboard.press('Enter');
  expect([await button.textContent(), await background()]).toEqual(['Colours: dark', dark]);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await background()).toBe(dark);
  await page.keyboard.press('Enter');
  expect([await button.textContent(), await background()]).toEqual(['Colours: auto', light]);
});

describe('the address', () => {
  test('back and forward lead over tabs, and show what was there', async () => {
    const address = bytesAddress('zcrx_stats', STATS);
    const page = await open(address);
    await page.getByRole('tab', { name: 'Verdict' }).click();
    await page.getByRole('tab', { name: 'Plan' }).click();
    for (const [go, name] of [
      ['goBack', 'Verdict'],
      ['goBack', 'Bytes'],
      ['goForward', 'Verdict'],
      ['goForward', 'Plan'],
      ['goBack', 'Verdict'],
      ['goBack', 'Bytes'],
    ] as const) {
      await page[go]();
      await expect.poll(() => chosenTab(page)).toBe(name);
      expect(await hash(page)).toContain(`view=${name.toLowerCase()}`);
    }
    expect(await hash(page)).toBe(address);
    await settled(page, STATS);
  });

  test('another struct is a step, a byte is none; back to where no address was, too', async () => {
    const page = await open();
    const first = await shown(page);
    const before = await page.evaluate(() => history.length);
    await struct(page).selectOption({ label: 'zcrx_stats' });
    await text(page).fill(hexOf(STATS));
    await expect.poll(() => hash(page)).toContain(hexOf(STATS));
    await page.getByLabel('value of copy_count', { exact: true }).fill('4');
    await expect.poll(() => hash(page)).toContain('hex=04');
    expect(await page.evaluate(() => history.length)).toBe(before + 1);
    await page.goBack();
    await expect.poll(() => structName(page)).toBe('zcrx_event_desc');
    expect(await shown(page)).toBe(first);
    await page.goForward();
    await expect.poll(() => structName(page)).toBe('zcrx_stats');
    await settled(page, Uint8Array.from(STATS).fill(4, 0, 1));
  });

  test.each([
    ['#view=nope', 'names the view "nope", expected one of bytes, verdict, plan'],
    ['#struct=zcrx_stats', 'names no view'],
    [`#view=bytes&hex=${'00'.repeat(LONGEST)}`, `more than the ${LONGEST} that are read`],
    ['#view=%3Cscript%3Ealert(1)%3C/script%3E', 'names the view "<script>alert(1)</script>"'],
  ] as const)(
    'an address that says nothing is told, and goes when something is done: %#',
    async (fragment, words) => {
      const page = await open(fragment);
      expect(await addressProblem(page).textContent()).toContain(words);
      await page.getByLabel('value of user_data', { exact: true }).fill('7');
      await expect.poll(() => addressProblem(page).textContent()).toBe('');
    },
  );

  test.each([
    ['struct=nope&revision=event', 'names "nope" in revision "event", which there is not'],
    ['struct=zcrx_ctrl_add_area&revision=v1', 'which there is not'],
    ['struct=zcrx_stats&revision=v9', 'in revision "v9"'],
    ['struct=zcrx_stats&revision=event&hex=0g', '"g" is no hex digit'],
    ['struct=zcrx_stats&revision=event&hex=00', 'zcrx_stats has 16 bytes, got 1'],
  ])('what the bytes view does not know is told there: %s', async (values, words) => {
    const page = await open(bytesAddress('zcrx_event_desc', DESC));
    await page.evaluate((fragment) => {
      location.hash = fragment;
    }, `#view=bytes&${values}`);
    await expect.poll(() => problem(page).textContent()).toContain(words);
    await settled(page, DESC);
  });

  test('of more than it holds, it holds the struct that is shown, and the page says so', async () => {
    const page = await open('#view=bytes&struct=zcrx_stats&revision=event');
    const many = Buffer.alloc(16 * 4000, 1);
    STATS.forEach((value, at) => {
      many[at] = value;
    });
    await text(page).fill(many.toString('hex'));
    await settled(page, STATS);
    await expect.poll(() => hash(page)).toBe(bytesAddress('zcrx_stats', STATS));
    expect(await page.locator('#panel-bytes').textContent()).toContain('too much for the address');
  });

  test('whatever stands in it: no script runs, and the page answers', async () => {
    const page = await open();
    const next = seededBytes(0xadd7e55);
    const noise = () => encodeURIComponent(Buffer.from(next(40)).toString('latin1'));
    const names = ['struct', 'revision', 'hex', 'entry', 'mixed', 'kernel', 'bundle', 'entries', 'view'];
    const fragments = [
      '#view=bytes&struct=__proto__&revision=constructor',
      '#view=bytes&struct=zcrx_stats&revision=event&hex=%3Cimg%20src=x%20onerror=alert(1)%3E',
      '#view=bytes&struct=zcrx_stats&revision=event&entry=-1&hex=00',
      '#view=bytes&struct=zcrx_stats&revision=event&entry=1e99&hex=00000000000000000000000000000000',
      '#view=bytes&%ff%fe=%00&&&===',
      `#view=verdict&bundle=${'['.repeat(20_000)}`,
      '#view=verdict&bundle={"__proto__":{"x":1}}',
      `#view=plan&entries=${'9'.repeat(5000)}`,
      '#javascript:alert(1)',
    ];
    for (let i = 0; i < 60; i++)
      fragments.push(
        `#view=${['bytes', 'verdict', 'plan'][i % 3]}&${names.map((name, n) => `${name === 'view' ? 'x' : name}=${(i >> n) & 1 ? noise() : ''}`).join('&')}`,
      );
    for (const fragment of fragments) {
      const began = Date.now();
      await page.evaluate((wanted) => {
        location.hash = wanted;
      }, fragment);
      await settle(page);
      expect([fragment.slice(0, 80), Date.now() - began < MOST_ANSWER_MS]).toEqual([
        fragment.slice(0, 80),
        true,
      ]);
    }
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('img, iframe, object').count()).toBe(0);
    await page.evaluate(
      (wanted) => {
        location.hash = wanted;
      },
      bytesAddress('zcrx_stats', STATS),
    );
    await settled(page, STATS);
  });
});

describe('the struct that is chosen', () => {
  test('is what the next text is read as, also after one that did not fit', async () => {
    const page = await open(bytesAddress('zcrx_stats', STATS));
    await struct(page).selectOption({ label: 'zcrx_event_desc' });
    await expect.poll(() => problem(page).textContent()).toContain('zcrx_event_desc has 96 bytes, got 16');
    expect(await structName(page)).toBe('zcrx_event_desc');
    // what is shown is shared as what it is
    expect(await hash(page)).toBe(bytesAddress('zcrx_stats', STATS));
    await text(page).fill(hexOf(DESC));
    await settled(page, DESC);
    expect([await structName(page), await problem(page).textContent()]).toEqual(['zcrx_event_desc', '']);
  });

  test('is zeros when that is wanted, and after an example', async () => {
    const page = await open(bytesAddress('zcrx_stats', STATS));
    const examples = begin(page);
    await examples.selectOption({ label: 'Zeros of the struct that is chosen' });
    await settled(page, new Uint8Array(16));
    await examples.selectOption({ label: 'Control: export' });
    await struct(page).selectOption({ label: 'zcrx_stats' });
    await settled(page, new Uint8Array(16));
    expect(await problem(page).textContent()).toBe('');
  });

  test('in another revision does not hide that the text is wrong', async () => {
    const page = await open(bytesAddress('zcrx_event_desc', DESC));
    await text(page).fill('0g');
    await expect.poll(() => problem(page).textContent()).toContain('"g" is no hex digit');
    await page.getByLabel('v1', { exact: true }).check();
    expect(await page.getByRole('radio', { name: 'v1' }).isChecked()).toBe(true);
    expect(await problem(page).textContent()).toContain('"g" is no hex digit');
    expect(await text(page).getAttribute('aria-invalid')).toBe('true');
    // a byte that is changed puts that right: the text is what is shown
    await page.locator('#panel-bytes [data-at="0"]').click();
    await page.keyboard.type('05');
    await expect.poll(() => problem(page).textContent()).toBe('');
    const changed = Uint8Array.from(DESC).fill(5, 0, 1);
    expect((await text(page).inputValue()).replace(/\s/g, '')).toBe(hexOf(changed));
  });
});

describe('elsewhere', () => {
  const { open: openAny } = pages();
  let server: WebServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  test('without JavaScript it says what it needs', async () => {
    const page = await openAny(`file://${EXPLORER_FILE}`, { javaScriptEnabled: false });
    expect(await page.locator('noscript').textContent()).toContain('needs JavaScript');
    expect(await page.locator('h1').isVisible()).toBe(true);
  });

  test('served with its policy in the headers it is the same', async () => {
    const { html, policy } = explorerPage();
    const body = Buffer.from(html);
    const answer = { status: 200, type: 'text/html; charset=utf-8', body, policy };
    const site = { what: 'x', pages: new Map([['/', () => answer]]), notFound: '', failed: '' };
    server = await serveSite(site, { port: 0 });
    const page = await open(bytesAddress('zcrx_stats', STATS), {}, `${server.origin}/`);
    await settled(page, STATS);
  });
});
