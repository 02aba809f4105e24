import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { pagePartsOf } from '../../src/explore/page/plan/geometry.js';
import { planRegion } from '../../src/index.js';
import { type Plan, planDocument } from '../../src/plan/planned.js';
import { axeViolations, explorer, settle } from './explorer.js';

const { open } = explorer();
const view = (page: Page) => page.locator('#panel-plan');
const slider = (page: Page, name: string) =>
  view(page).getByRole('slider', { name: `${name}, slider`, exact: true });
const number = (page: Page, name: string) => view(page).getByRole('textbox', { name, exact: true });
const radio = (page: Page, name: string) => view(page).getByRole('radio', { name, exact: true });
const parts = (page: Page) => view(page).locator('svg .part');
/** What stands in the table of numbers. */
async function figures(page: Page): Promise<Record<string, string>> {
  const rows = view(page).locator('.numbers table').first().locator('tbody tr');
  const texts = await rows.evaluateAll((all) =>
    all.map((row) => [row.children[0]?.textContent ?? '', row.children[1]?.textContent ?? '']),
  );
  return Object.fromEntries(texts);
}

/** The page shows this plan: in numbers, as a table of parts and as a picture of the same parts. */
async function expectPlan(page: Page, options: Parameters<typeof planRegion>[0]): Promise<void> {
  const region = planRegion(options);
  const { rq_entries, rqes, entries_end, stats_offset, stats_end, region_size } = region;
  expect(await figures(page)).toEqual({
    rq_entries: String(rq_entries),
    'offsets.rqes': String(rqes),
    entries_end: String(entries_end),
    stats_offset: String(stats_offset ?? 'none'),
    stats_end: String(stats_end ?? 'none'),
    region_size: String(region_size),
  });
  const expected = pagePartsOf({
    entries: options.entries,
    rqHeaderSize: options.rqHeaderSize ?? 128,
    region,
  } as Plan);
  const rows = view(page).locator('.picture tbody tr');
  const told = await rows.evaluateAll((all) =>
    all.map((row) => Array.from(row.children, (cell) => cell.textContent)),
  );
  expect(told).toEqual(
    expected.map(({ title, from, to, about }) => [title, String(from), String(to), String(to - from), about]),
  );
  const labels = await parts(page).evaluateAll((all) => all.map((part) => part.getAttribute('aria-label')));
  expect(labels).toEqual(
    expected.map(
      ({ title, from, to, about }) => `${title}: from ${from} to ${to}, ${to - from} bytes. ${about}`,
    ),
  );
}

test('by mouse: a slider, a kernel, a placement, and a part that is pointed at', async () => {
  const page = await open('#view=plan');
  await expectPlan(page, { entries: 4096 });
  const box = (await slider(page, 'Refill entries').boundingBox())!;
  await page.mouse.click(box.x + 1, box.y + box.height / 2);
  expect(await number(page, 'Refill entries').inputValue()).toBe('1');
  await expectPlan(page, { entries: 1 });
  await page.mouse.click(box.x + box.width - 1, box.y + box.height / 2);
  await expectPlan(page, { entries: 32_768 });

  await radio(page, 'Linux 7.2 and before').check();
  await radio(page, 'right behind the entries').check();
  await expectPlan(page, { entries: 32_768, rqHeaderSize: 8, placement: 'tight' });
  await radio(page, 'none').check();
  await expectPlan(page, { entries: 32_768, rqHeaderSize: 8, placement: 'none' });

  await parts(page).first().hover();
  expect(await view(page).locator('.about').textContent()).toBe(
    await parts(page).first().getAttribute('aria-label'),
  );
  expect(await view(page).locator('.picture tbody tr.lit').count()).toBe(1);
  await view(page).locator('.picture tbody tr').nth(2).hover();
  expect(await parts(page).nth(2).getAttribute('class')).toContain('lit');
});

test('by keyboard: slider, number, parts, and on to the verdict', async () => {
  const page = await open('#view=plan&entries=127&placement=tight');
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.locator('#tab-plan').focus();
  await press('Tab');
  // The slider stands at the stop next to 127, and goes on from there.
  const range = slider(page, 'Refill entries');
  expect(await range.evaluate((each) => each === document.activeElement)).toBe(true);
  expect(await range.getAttribute('aria-valuetext')).toBe('127 entries');
  await press('ArrowRight');
  expect(await range.getAttribute('aria-valuetext')).toBe('129 entries');
  await expectPlan(page, { entries: 129, placement: 'tight' });
  await press('Tab', 'ArrowDown', 'ArrowDown');
  await expectPlan(page, { entries: 127, placement: 'tight' });
  await press('Control+a');
  await page.keyboard.type('0x64');
  await expectPlan(page, { entries: 100, placement: 'tight' });
  expect(await number(page, 'Refill entries').inputValue()).toBe('0x64');
  expect(await view(page).locator('.choice .dim').nth(1).textContent()).toBe(
    'The kernel makes 100 entries 128.',
  );

  await number(page, 'Alignment of the statistics').focus();
  await press('Tab');
  for (const part of await parts(page).all()) {
    expect(await part.evaluate((each) => each === document.activeElement)).toBe(true);
    expect(await view(page).locator('.about').textContent()).toBe(await part.getAttribute('aria-label'));
    await press('Tab');
  }

  await view(page).getByRole('button', { name: 'Check this registration' }).focus();
  await press('Enter');
  const verdict = page.locator('#panel-verdict');
  await expect.poll(() => verdict.isVisible()).toBe(true);
  const bundle = JSON.parse(await verdict.locator('textarea').inputValue());
  expect(bundle).toMatchObject({ reg: { rq_entries: 100 }, event_desc: { stats_offset: 2176 } });
  expect(await verdict.locator('.headline').textContent()).toBe(
    'succeeds  IORING_REGISTER_ZCRX_IFQ on Linux 7.3',
  );
  await page.goBack();
  await expect.poll(() => view(page).isVisible()).toBe(true);
  await expectPlan(page, { entries: 100, placement: 'tight' });
});

test('the picture is the plan, to scale where it says so', async () => {
  const page = await open('#view=plan&entries=1000');
  const drawn = await parts(page)
    .locator('rect')
    .evaluateAll((all) =>
      all.map((rect) => [rect.getAttribute('y'), rect.getAttribute('height')].map(Number)),
    );
  const { region_size, entries_end, rqes } = planRegion({ entries: 1000 });
  const wanted = drawn[1]!;
  expect(wanted[1]! / 300).toBeCloseTo((1000 * 16) / region_size, 5);
  expect(entries_end - rqes).toBe(1024 * 16);
  const caption = await view(page).locator('.picture > .dim').textContent();
  expect(caption).toMatch(
    /but for parts that are too small to read.*the header, the entries added, the statistics\./,
  );
  // Borders of pages, in their places between the parts.
  const pages = await view(page).locator('svg .page text').allTextContents();
  expect(pages).toEqual(['page 1', 'page 2', 'page 3', 'page 4', 'page 5']);
  const lines = await view(page)
    .locator('svg .page line')
    .evaluateAll((all) => all.map((line) => Number(line.getAttribute('y1'))));
  const statistics = drawn.at(-2)!;
  expect(lines.at(-1)).toBeCloseTo(statistics[0]!, 3);
});

test('other kernels: what the same numbers give, and the classic mistake', async () => {
  const page = await open('#view=plan&entries=100&placement=tight');
  const table = view(page).locator('.numbers table').nth(1);
  const rows = await table.locator('tbody tr').allTextContents();
  expect(rows).toEqual([
    'offsets.rqes64128',
    'entries_end21122176',
    'stats_offset21122176',
    'region_size40964096',
    'run on Linux 7.2succeedssucceeds',
    'run on Linux 7.3ERANGEsucceeds',
  ]);
  expect(await view(page).locator('.numbers').textContent()).toMatch(
    /Planned for 7\.2, run on 7\.3: ERANGE\. event_desc\.stats_offset 2112 lies inside/,
  );
  expect(await view(page).locator('.headline').textContent()).toBe(
    'succeeds  this registration on Linux 7.3',
  );
  await number(page, 'Header of the refill ring').fill('64');
  await expect
    .poll(() => view(page).locator('.headline').textContent())
    .toMatch(/^ERANGE {2}this registration on Linux 7\.3: /);
  expect(await radio(page, 'another').isChecked()).toBe(true);
});

test('to take away: as C, as JSON', async () => {
  const page = await open('#view=plan&entries=100&placement=tight', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await view(page).getByRole('button', { name: 'Copy as JSON' }).click();
  await expect.poll(() => view(page).locator('p.dim[role=status]').textContent()).toBe('Copied as JSON.');
  const region = planRegion({ entries: 100, placement: 'tight' });
  expect(JSON.parse(await copied())).toEqual(
    planDocument({
      entries: 100,
      pageSize: 4096,
      rqHeaderSize: 128,
      header: 'of Linux 7.3',
      statsSize: 16,
      placement: 'tight',
      region,
    }),
  );
  await view(page).getByRole('button', { name: 'Copy as C' }).click();
  await expect.poll(copied).toBe(await view(page).locator('pre').textContent());
  expect(await copied()).toContain('.stats_offset = 2176,');
});

describe('a number that cannot be', () => {
  test.each([
    ['Refill entries', '0', /^entries is 0, expected a whole number from 1 to 32768$/],
    ['Refill entries', '40000', /^entries is 40000, expected a whole number from 1 to 32768$/],
    ['Refill entries', 'many', /^entries is "many", expected a whole number/],
    ['Refill entries', '', /^entries is "", expected a whole number/],
    ['Refill entries', '9'.repeat(500), /^entries is "9{40}…", expected a whole number/],
    ['Page size', '5000', /^pageSize is 5000, expected a power of two/],
    ['Header of the refill ring', '-1', /^rqHeaderSize is "-1", expected/],
    ['Statistics', '<img src=x onerror=alert(1)>', /^statsSize is "<img/],
    ['Alignment of the statistics', '3', /^statsAlignment is 3, expected a power of two/],
  ])('is told at its field, and nothing else changes: %s %s', async (name, text, message) => {
    const page = await open('#view=plan&entries=100');
    await number(page, name).fill(text);
    const problem = view(page).locator(`#${await number(page, name).getAttribute('aria-describedby')}`);
    expect(await problem.textContent()).toMatch(message);
    expect(await number(page, name).getAttribute('aria-invalid')).toBe('true');
    expect(await view(page).locator('[aria-invalid]').count()).toBe(1);
    await expectPlan(page, { entries: 100 });
    // And goes when the number can be.
    await slider(page, name).press('End');
    expect(await problem.textContent()).toBe('');
    expect(await number(page, name).getAttribute('aria-invalid')).toBeNull();
  });

  test('more entries than the kernel takes, and the clamp', async () => {
    const page = await open('#view=plan');
    const clamp = view(page).getByRole('checkbox');
    await clamp.check();
    await number(page, 'Refill entries').fill('100000');
    await expectPlan(page, { entries: 100_000, clamp: true });
    expect(await view(page).locator('.headline').textContent()).toMatch(/^succeeds/);
    // Without it the entries could not stay.
    await clamp.click();
    expect(await clamp.isChecked()).toBe(true);
    expect(await view(page).locator('.choice .problem').first().textContent()).toMatch(
      /^entries is 100000, expected/,
    );
  });
});

describe('the fragment', () => {
  test('follows, and leads back', async () => {
    const page = await open('#view=plan');
    await number(page, 'Refill entries').fill('300');
    await radio(page, 'right behind the entries').check();
    await radio(page, 'Linux 7.2 and before').check();
    await expect.poll(() => new URL(page.url()).hash).toBe('#view=plan&entries=300&header=8&placement=tight');
    const again = await open(new URL(page.url()).hash);
    await expectPlan(again, { entries: 300, rqHeaderSize: 8, placement: 'tight' });
  });

  test.each([
    'entries=<script>alert(1)</script>',
    'entries=-5',
    'entries=1e300',
    `entries=${'9'.repeat(20_000)}`,
    'entries=100&page=3',
    'entries=100&placement=constructor',
    'entries=100&placement=<img src=x onerror=alert(1)>',
    'entries=100&header=99999999999',
    'entries=100&clamp=perhaps',
    'entries=NaN',
    'entries=%00',
  ])('that is hostile is said in one line, and nothing else changes: %#', async (text) => {
    const page = await open(`#view=plan&${text}`);
    expect(await settle(page)).toBeLessThan(1000);
    expect(await view(page).locator('.problem').first().textContent()).toMatch(
      /^The link was not understood: [^\n]+$/,
    );
    await expectPlan(page, { entries: 4096 });
    await number(page, 'Refill entries').fill('7');
    await expectPlan(page, { entries: 7 });
    expect(await view(page).locator('.problem').first().textContent()).toBe('');
  });
});

test.each(['light', 'dark'] as const)('axe finds nothing in the %s', async (colorScheme) => {
  const page = await open('#view=plan&entries=100', { colorScheme });
  expect(await axeViolations(page)).toEqual([]);
  await number(page, 'Refill entries').fill('none');
  await radio(page, 'none').check();
  expect(await axeViolations(page)).toEqual([]);
  await number(page, 'Refill entries').fill('30000');
  await radio(page, 'right behind the entries').check();
  await parts(page).nth(1).focus();
  expect(await axeViolations(page)).toEqual([]);
});

test.each([1440, 768, 375])('at a width of %i nothing sticks out, and the picture fits', async (width) => {
  const page = await open('#view=plan&entries=30000', { viewport: { width, height: 900 } });
  const sizes = () =>
    page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      picture: document.querySelector('#panel-plan svg')!.getBoundingClientRect().width,
      room: document.querySelector('#panel-plan .picture')!.clientWidth,
    }));
  await expect.poll(async () => (await sizes()).picture).toBe((await sizes()).room);
  expect((await sizes()).page).toBeLessThanOrEqual(width);
  // Names are inside their parts.
  const overhang = await view(page).evaluate((panel) => {
    const names = [...panel.querySelectorAll('svg .name text:first-child')];
    const rects = [...panel.querySelectorAll('svg .part rect')];
    return names.map(
      (name, i) => name.getBoundingClientRect().right - rects[i]!.getBoundingClientRect().right,
    );
  });
  expect(Math.max(...overhang)).toBeLessThan(0);
  // Turned, the picture is drawn anew, and what had the focus keeps it.
  await parts(page).nth(1).focus();
  await page.setViewportSize({ width: Math.max(360, width - 100), height: 900 });
  await expect.poll(async () => (await sizes()).picture).toBe((await sizes()).room);
  expect(
    await parts(page)
      .nth(1)
      .evaluate((part) => part === document.activeElement),
  ).toBe(true);
});
