import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../src/explore/page/verdict/templates.js';
import { isLayoutError } from '../../src/index.js';
import type { Bundle } from '../../src/verdict/bundle.js';
import { checkBundle } from '../../src/verdict/check.js';
import { KNOWN_SERIES } from '../../src/verdict/index.js';
import { headlineOf } from '../../src/verdict/summary.js';
import { axeViolations, explorer, settle } from './explorer.js';

const { open } = explorer();
const view = (page: Page) => page.locator('#panel-verdict');
const json = (page: Page) => view(page).locator('textarea');
const headline = (page: Page) => view(page).locator('.headline');
const templates = (page: Page) => view(page).getByLabel('Start from');
const kernel = (page: Page, name: string) => view(page).locator(`.kernels input[value="${name}"]`);
const map = (page: Page, part: string) =>
  view(page).getByRole('grid', { name: `Bytes of ${part}`, exact: true });
const bytesOf = async (page: Page, part: string) =>
  (await map(page, part).locator('.byte').allTextContents()).join('');
const bundleIn = async (page: Page): Promise<Bundle> => JSON.parse(await json(page).inputValue());
const fragment = (bundle: unknown, kernel = '7.3') =>
  `#view=verdict&${new URLSearchParams({ kernel, bundle: JSON.stringify(bundle) })}`;

/** What the library says to what stands in the text. */
async function expectVerdict(page: Page, release = '7.3'): Promise<void> {
  const bundle = { kernel: release, ...(await bundleIn(page)) };
  const checked = checkBundle(bundle);
  const { outcome, what } = headlineOf(checked);
  await expect.poll(() => headline(page).textContent()).toBe(`${outcome}  ${what}`);
  const told = checked.verdict.findings.map(({ message }) => message);
  const shown = await view(page).locator('.findings .finding').allTextContents();
  expect(shown).toEqual(told.filter((message, i) => message !== told[i - 1]));
  for (const series of KNOWN_SERIES) {
    const each = headlineOf(checkBundle({ ...bundle, kernel: series })).outcome;
    const label = view(page).locator('.kernels label', { has: page.locator(`input[value="${series}"]`) });
    await expect.poll(() => label.textContent()).toBe(series + each);
  }
}

test('each template shows the verdict of the library', async () => {
  const page = await open('#view=verdict');
  for (const { id, says, bundle } of TEMPLATES) {
    await templates(page).selectOption(id);
    expect(await bundleIn(page)).toEqual(JSON.parse(JSON.stringify(bundle)));
    expect(await view(page).locator('.says').textContent()).toBe(says);
    await expectVerdict(page);
  }
});

test('by mouse: a finding leads to its field, and a fix mends it', async () => {
  const page = await open('#view=verdict');
  const finding = view(page).locator('button.finding');
  await finding.click();
  const focused = page.locator(':focus');
  expect(await focused.getAttribute('aria-label')).toMatch(
    /^stats_offset byte 0, offset 16: c0; event_desc\.stats_offset 1728 lies inside/,
  );
  expect(await map(page, 'event_desc').locator('.chosen').count()).toBe(8);
  const marked = map(page, 'event_desc').locator('.mark-error');
  expect(await marked.count()).toBe(8);
  await expect
    .poll(() => view(page).locator('section[aria-label="event_desc"] .about').textContent())
    .toContain((await finding.textContent()) as string);

  await view(page).getByRole('button', { name: 'Apply fix: event_desc.stats_offset = 2176' }).click();
  expect((await bundleIn(page)).event_desc).toMatchObject({ stats_offset: 2176 });
  await expectVerdict(page);
  expect(await headline(page).textContent()).toMatch(/^succeeds/);
  expect(await marked.count()).toBe(0);
  // Whoever pressed the button is where it was, not at the top of the page.
  expect(await focused.getAttribute('class')).toBe('result');
  await expect
    .poll(() => view(page).locator('.visually-hidden[role=status]').textContent())
    .toBe('succeeds  IORING_REGISTER_ZCRX_IFQ on Linux 7.3');

  await view(page).getByRole('button', { name: 'Undo' }).click();
  await expectVerdict(page);
  expect(await headline(page).textContent()).toMatch(/^ERANGE/);
});

test('by keyboard: template, kernel, finding, byte, fix', async () => {
  const page = await open('#view=verdict');
  const press = (...keys: string[]) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  /** Tab until something has the focus. */
  const tabTo = async (selector: string) => {
    for (let i = 0; i < 80; i++) {
      await press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    }
    throw new Error(`Tab does not lead to ${selector}`);
  };
  await page.locator('#tab-verdict').focus();
  await tabTo('#panel-verdict select');
  await page.keyboard.type('Statistics behind the header');
  await expectVerdict(page);
  expect(await bundleIn(page)).toMatchObject({ event_desc: { stats_offset: 2112 } });

  await tabTo('.kernels input');
  await press('ArrowRight');
  expect(await kernel(page, '7.2').isChecked()).toBe(true);
  await expectVerdict(page, '7.2');
  expect(await headline(page).textContent()).toMatch(/^succeeds {2}IORING_REGISTER_ZCRX_IFQ on Linux 7\.2/);
  await press('ArrowLeft');

  await tabTo('button.finding');
  await press('Enter');
  expect(await page.locator(':focus').getAttribute('aria-label')).toMatch(/^stats_offset byte 0/);
  // 2112 is 0x840: made 0x880 it is 2176.
  await press('8', '0');
  expect((await bundleIn(page)).event_desc).toMatchObject({ stats_offset: 2176 });
  await press('ArrowLeft', '8', '8', '0', '8');
  expect((await bundleIn(page)).event_desc).toMatchObject({ stats_offset: 2184 });
  await expectVerdict(page);
  expect(await page.locator(':focus').getAttribute('aria-label')).toMatch(/^stats_offset byte 2/);

  await json(page).focus();
  await press('Control+a');
  await page.keyboard.type('{"ctrl":{"op":0,"__resv":[1,0]},"nr_args":1}');
  await expectVerdict(page);
  await tabTo('.result .controls button');
  await press('Enter');
  await expectVerdict(page);
  expect(await bundleIn(page)).toEqual({ ctrl: { op: 0, __resv: [0, 0] }, nr_args: 0 });
});

test('the text changes the maps, and the maps change the text', async () => {
  const page = await open('#view=verdict');
  await json(page).fill(
    '{"reg":{"rq_entries":256,"flags":2},"area":{"len":4096},"region":{"size":8192,"flags":1}}',
  );
  await expect.poll(() => map(page, 'event_desc').count()).toBe(0);
  expect((await bytesOf(page, 'reg')).slice(0, 32)).toBe('00000000000000000001000002000000');
  await map(page, 'reg').locator('.byte').nth(9).click();
  await page.keyboard.type('02');
  expect(await bundleIn(page)).toEqual({
    reg: { rq_entries: 512, flags: 2 },
    area: { len: 4096 },
    region: { size: 8192, flags: 1 },
  });
  // The focus went on to the next byte, though everything was drawn anew.
  expect(await page.locator(':focus').getAttribute('data-at')).toBe('10');
  await expectVerdict(page);
});

test('what decides besides the structs stands in the bundle', async () => {
  const page = await open('#view=verdict');
  await templates(page).selectOption('nodev');
  await view(page).getByLabel('CAP_NET_ADMIN').uncheck();
  await view(page).getByRole('combobox', { name: 'Page size' }).selectOption('65536');
  await view(page).getByLabel('CQE32').uncheck();
  await view(page).getByLabel('CLAMP').check();
  await view(page).getByLabel('Names').selectOption('event');
  expect(await bundleIn(page)).toMatchObject({
    capable: false,
    page_size: 65536,
    setup_flags: ['IORING_SETUP_SINGLE_ISSUER', 'IORING_SETUP_DEFER_TASKRUN', 'IORING_SETUP_CLAMP'],
    revision: 'event',
  });
  await expectVerdict(page);
  const finding = (rule: RegExp) =>
    view(page).locator('.findings li', { hasText: rule }).locator('button.finding');
  await finding(/not-capable/).click();
  expect(
    await view(page)
      .getByLabel('CAP_NET_ADMIN')
      .evaluate((box) => box === document.activeElement),
  ).toBe(true);
  await finding(/ring-cqe-size/).click();
  expect(
    await view(page)
      .getByLabel('DEFER_TASKRUN')
      .evaluate((box) => box === document.activeElement),
  ).toBe(true);

  // Back to what is assumed anyway, nothing of it is left.
  await view(page).getByLabel('CAP_NET_ADMIN').check();
  await view(page).getByRole('combobox', { name: 'Page size' }).selectOption('4096');
  await view(page).getByLabel('CQE32').check();
  await view(page).getByLabel('CLAMP').uncheck();
  await view(page).getByLabel('Names').selectOption('');
  expect(Object.keys(await bundleIn(page))).toEqual(['reg', 'area', 'region', 'event_desc']);

  // Names of another revision are an error that says so.
  await view(page).getByLabel('Names').selectOption('v1');
  expect(await view(page).locator('.problem').nth(1).textContent()).toMatch(/belong to different revisions/);
});

test('a finding about the text leads to its key', async () => {
  const page = await open(fragment({ query: { size: 48 }, nr_args: 1 }));
  await view(page).locator('button.finding').click();
  const selected = await json(page).evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  );
  expect(selected).toBe('"nr_args"');
});

test('all kernels in one table, with their reasons', async () => {
  const page = await open('#view=verdict');
  await templates(page).selectOption('other-header');
  await kernel(page, 'all').check();
  expect(await headline(page).textContent()).toBe('7.3: ERANGE; 7.2: succeeds; 7.1 to 6.16: EINVAL');
  const rows = view(page).locator('.result tbody tr');
  expect(await rows.count()).toBe(KNOWN_SERIES.length);
  expect(await rows.first().textContent()).toMatch(/^7\.3ERANGEevent_desc\.stats_offset 2112 lies inside/);
  expect(await rows.nth(1).textContent()).toBe('7.2succeeds');
  await expect.poll(() => page.url()).toContain('kernel=all');
});

test('what the kernel writes back', async () => {
  const page = await open('#view=verdict&kernel=7.2');
  await templates(page).selectOption('nodev');
  const rows = view(page).getByRole('region', { name: 'What the kernel writes back' }).locator('tbody tr');
  expect(await rows.allTextContents()).toEqual([
    'reg.offsets.tail04',
    'reg.offsets.rqes064',
    'reg.rx_buf_len04096',
  ]);
  expect(await view(page).locator('.outcome').textContent()).toContain(
    'instance 0: 4096 refill entries from 64 on',
  );
  await templates(page).selectOption('arm');
  expect(await view(page).locator('.outcome').textContent()).toContain(
    'fired and not armed again: none; before: COPY',
  );
  await templates(page).selectOption('query');
  await expect.poll(() => rows.filter({ hasText: 'answer[1].rq_hdr_size' }).textContent()).toMatch(/8$/);
});

describe('input that cannot be understood', () => {
  test.each([
    ['{"reg":', /^JSON/],
    ['{"reg":{"rq_entries":100,}}', /^JSON/],
    ['', /empty/],
    ['[1]', /no object/],
    ['{"reg":{"nonsense":1}}', /io_uring_zcrx_ifq_reg has no field "nonsense"/],
    ['{"reg":{"rq_entries":"-1"}}', /rq_entries/],
    ['{"reg":{"area_ptr":18446744073709551616}}', /cannot hold 18446744073709551616 exactly/],
    ['{"reg":{},"kernel":"2.6"}', /kernel is "2\.6"/],
    [`{"reg":{},"files":{"1":"${'x'.repeat(70_000)}"}}`, /at most 65536/],
  ])('is told in one line, and the last verdict stays: %#', async (text, message) => {
    const page = await open('#view=verdict');
    const before = await headline(page).textContent();
    await json(page).fill(text);
    const problem = view(page).locator('.problem').nth(1);
    await expect.poll(() => problem.textContent()).toMatch(message);
    expect((await problem.textContent())?.includes('\n')).toBe(false);
    expect(await json(page).getAttribute('aria-invalid')).toBe('true');
    expect(await json(page).getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
    expect(await headline(page).textContent()).toBe(before);
    expect(await view(page).locator('.result.old').count()).toBe(1);
    expect(await view(page).locator('.note').textContent()).toMatch(/last input that could be understood/);
    await json(page).fill('{"ctrl":{"op":0}}');
    await expect.poll(() => problem.textContent()).toBe('');
    expect(await view(page).locator('.result.old').count()).toBe(0);
    await expectVerdict(page);
  });
});

describe('the fragment', () => {
  test('follows, and leads back', async () => {
    const page = await open('#view=verdict');
    await templates(page).selectOption('arm-mask');
    await kernel(page, '7.2').check();
    await expect.poll(() => page.url()).toContain('kernel=7.2');
    const again = await open(new URL(page.url()).hash);
    expect(await bundleIn(again)).toEqual(await bundleIn(page));
    expect(await kernel(again, '7.2').isChecked()).toBe(true);
    expect(await headline(again).textContent()).toBe(await headline(page).textContent());
  });

  test('of a release that is in no list', async () => {
    const page = await open(fragment({ ctrl: { op: 0 } }, '6.18.5-cloud'));
    expect(await kernel(page, '6.18').isChecked()).toBe(true);
    const newer = await open(fragment({ ctrl: { op: 0 } }, '7.9'));
    expect(await headline(newer).textContent()).toContain('on Linux 7.9');
    expect(await view(newer).locator('.result').textContent()).toContain('newer than this library knows');
  });

  const DEEP = 20_000;
  test.each([
    ['a script', 'bundle=<script>alert(1)</script>'],
    ['a script in JSON', `bundle=${encodeURIComponent('{"reg":{"<img src=x onerror=alert(1)>":1}}')}`],
    ['a script as a kernel', `kernel=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`],
    ['a prototype', `bundle=${encodeURIComponent('{"__proto__":{"reg":{}},"reg":{"__proto__":1}}')}`],
    ['deep lists', `bundle=${encodeURIComponent('[')}`.repeat(1) + '%5B'.repeat(DEEP)],
    [
      'deep objects',
      `bundle=${encodeURIComponent(`{"instances":[{"x":${'['.repeat(9000)}${']'.repeat(9000)}}]}`)}`,
    ],
    ['a huge number', `bundle=${encodeURIComponent('{"reg":{"rq_entries":1e400}}')}`],
    ['a huge integer', `bundle=${encodeURIComponent(`{"reg":{"rq_entries":"${'9'.repeat(4000)}"}}`)}`],
    ['an old kernel', 'kernel=1.0'],
    ['nothing as JSON', 'bundle='],
    ['a null', 'bundle=null'],
    ['signs of control', `bundle=${encodeURIComponent('{"\u0000\u202e":1}')}`],
    ['a huge page', `bundle=${encodeURIComponent('{"reg":{},"page_size":1e9}')}`],
  ])('that is hostile is said in one line, and nothing else changes: %s', async (_what, text) => {
    const page = await open(`#view=verdict&${text}`);
    expect(await settle(page)).toBeLessThan(1000);
    expect(await view(page).locator('.problem').first().textContent()).toMatch(
      /^The link was not understood: /,
    );
    expect(await bundleIn(page)).toMatchObject({ reg: { rq_entries: 100 } });
    await templates(page).selectOption('flush');
    await expectVerdict(page);
    expect(await view(page).locator('.problem').first().textContent()).toBe('');
  });
});

const NUMBERS = [0, 1, 2, 3, 128, 4096, 2 ** 31, '0xffffffffffffffff', '18446744073709551615'];

/** Templates with a field of another value: most of them can be understood. */
const changedTemplates = fc
  .record({
    template: fc.constantFrom(...TEMPLATES),
    part: fc.nat(),
    field: fc.constantFrom(
      'rq_entries',
      'flags',
      'len',
      'size',
      'op',
      'area_ptr',
      'type_mask',
      'stats_offset',
    ),
    value: fc.oneof(fc.constantFrom(...NUMBERS), fc.nat()),
  })
  .map(({ template: { bundle }, part, field, value }) => {
    const parts = Object.entries(bundle).filter(
      ([, each]) => typeof each === 'object' && !Array.isArray(each),
    );
    const [name, fields] = parts[part % parts.length] ?? ['reg', {}];
    const own = Object.keys(fields as object);
    return { ...bundle, [name]: { ...(fields as object), [own[part % own.length] ?? field]: value } };
  });

/** What no kernel has seen, and much that is no call at all. */
const wildBundles = (() => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(...NUMBERS, -1, 2 ** 32, 'ZCRX_NOTIF_COPY', '', '<img src=x onerror=alert(1)>'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const keys = [
    'reg',
    'area',
    'region',
    'event_desc',
    'notif_desc',
    'ctrl',
    'query',
    'devices',
    'files',
    'memory',
  ];
  const fields = fc.dictionary(
    fc.constantFrom('flags', 'size', 'op', 'zc_area', '__resv', '__proto__'),
    value,
  );
  return fc.dictionary(fc.constantFrom(...keys), fc.oneof(fields, value), { maxKeys: 4 });
})();

test('random bundles are answered as the library does, or told why not', async () => {
  const page = await open('#view=verdict');
  const given = fc.sample(fc.oneof(changedTemplates, wildBundles), { numRuns: 120, seed: 7 });
  let understood = 0;
  for (const [i, bundle] of given.entries()) {
    // Numbered, since the same address twice is no change.
    const hash = `${fragment(bundle)}&number=${i}`;
    const [problem, said] = await page.evaluate(async (text) => {
      const moved = new Promise((done) => addEventListener('hashchange', done, { once: true }));
      location.hash = text;
      await moved;
      const panel = document.querySelector('#panel-verdict')!;
      return [panel.querySelector('.problem')?.textContent, panel.querySelector('.headline')?.textContent];
    }, hash);
    let expected: string | undefined;
    try {
      const { outcome, what } = headlineOf(checkBundle({ ...bundle, kernel: '7.3' }));
      expected = `${outcome}  ${what}`;
    } catch (error) {
      if (!isLayoutError(error)) throw error;
      expect(problem).toMatch(/^The link was not understood: [^\n]+$/);
    }
    if (expected === undefined) continue;
    understood++;
    expect([problem, said]).toEqual(['', expected]);
  }
  expect(understood).toBeGreaterThan(30);
  expect(given.length - understood).toBeGreaterThan(30);
  expect(await settle(page)).toBeLessThan(1000);
});

describe('large input', () => {
  const many = (count: number, question: object) => JSON.stringify({ query: Array(count).fill(question) });
  test.each([
    ['two thousand questions', many(2000, {}), /^ERANGE/],
    ['as many findings as there are questions', many(900, { size: 0 }), /^succeeds/],
    ['answers of megabytes on old kernels', many(3, { size: 1_000_000_000 }), /^E2BIG/],
    [
      'an area of all memory',
      '{"reg":{"rq_entries":1,"flags":2},"area":{"len":"0xfffffffffffff000"},"region":{"size":"0xfffffffffffff000","flags":1}}',
      /^E/,
    ],
  ])('leaves the page alive: %s', async (_what, text, outcome) => {
    const page = await open('#view=verdict');
    await json(page).fill(text);
    const start = performance.now();
    await expect.poll(() => headline(page).textContent(), { interval: 20 }).toMatch(outcome);
    // It answers while the other kernels are asked.
    let longest = 0;
    while (performance.now() - start < 3000) longest = Math.max(longest, await settle(page));
    expect(longest).toBeLessThan(1000);
    await templates(page).selectOption('flush');
    await expectVerdict(page);
  });

  test('of many findings and structs the first are shown, and how many there are', async () => {
    const page = await open('#view=verdict');
    await json(page).fill(many(900, { size: 0, query_op: 1 }));
    await expect.poll(() => view(page).locator('.findings li').count()).toBe(50);
    expect(await view(page).locator('.result').textContent()).toContain('and 850 more');
    expect(await view(page).locator('.structs').textContent()).toContain('and 888 more structs');
  });
});

test.each(['light', 'dark'] as const)('axe finds nothing in the %s', async (colorScheme) => {
  const page = await open('#view=verdict', { colorScheme });
  expect(await axeViolations(page)).toEqual([]);
  await view(page).locator('button.finding').click();
  expect(await axeViolations(page)).toEqual([]);
  for (const id of ['query', 'nodev', 'arm-early', 'indices', 'import']) {
    await templates(page).selectOption(id);
    expect(await axeViolations(page)).toEqual([]);
  }
  await kernel(page, 'all').check();
  expect(await axeViolations(page)).toEqual([]);
  await json(page).fill('{');
  await expect.poll(() => view(page).locator('.result.old').count()).toBe(1);
  expect(await axeViolations(page)).toEqual([]);
});

test.each([1440, 768, 375])('at a width of %i nothing sticks out', async (width) => {
  const page = await open('#view=verdict', { viewport: { width, height: 900 } });
  for (const { id } of TEMPLATES) {
    await templates(page).selectOption(id);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('a template is a step that the browser goes back from', async () => {
  const page = await open('#view=verdict');
  await templates(page).selectOption('flush');
  await templates(page).selectOption('query');
  await page.goBack();
  await expect.poll(() => bundleIn(page)).toMatchObject({ ctrl: { op: 'ZCRX_CTRL_FLUSH_RQ' } });
  await page.goBack();
  await expect.poll(() => bundleIn(page)).toMatchObject({ reg: { rq_entries: 100 } });
  await expectVerdict(page);
});
