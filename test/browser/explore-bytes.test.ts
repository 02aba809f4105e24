import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../src/explore/page/bytes/templates.js';
import { decode, encode, toJson, validate } from '../../src/index.js';
import { seededBytes } from '../oracle/samples.js';
import { DUMPS } from '../unit/explore-dumps.js';
import { axeViolations, explorer } from './explorer.js';

const { open: openExplorer } = explorer();

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const text = (page: Page) => page.getByLabel('Hex, a dump, a line of strace, or what gdb prints');
const struct = (page: Page) => page.getByLabel('Struct', { exact: true });
const begin = (page: Page) => page.locator('#panel-bytes').getByLabel('Begin with');
const problem = (page: Page) => page.locator('#panel-bytes [role=alert]');
const byte = (page: Page, at: number) => page.locator(`#panel-bytes [role=gridcell][data-at="${at}"]`);
const value = (page: Page, name: string) => page.getByLabel(`value of ${name}`, { exact: true });
const details = (page: Page) => page.getByRole('region', { name: 'The field' });

/** The bytes as the map shows them. */
const shown = (page: Page) =>
  page
    .locator('#panel-bytes [role=gridcell][data-at]')
    .evaluateAll((cells) => cells.map((cell) => cell.textContent).join(''));

/** Puts a long text in as a paste does: typed, as `fill` does it, browsers take seconds for thousands of lines. */
const paste = (page: Page, content: string) =>
  text(page).evaluate((area, value) => {
    (area as HTMLTextAreaElement).value = value;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }, content);

const settled = (page: Page, bytes: Uint8Array) => expect.poll(() => shown(page)).toBe(hexOf(bytes));

const STATS = encode('zcrx_stats', { copy_count: 3, copy_bytes: 65_536 });
const DESC = encode('zcrx_event_desc', { user_data: 42n, type_mask: 3, flags: 1, stats_offset: 4096 });

/** Another struct by mouse, and by keyboard alone. */
async function chooseStruct(page: Page, label: string, byKeyboard: boolean): Promise<void> {
  if (!byKeyboard) {
    await struct(page).selectOption({ label });
    return;
  }
  await struct(page).focus();
  await page.keyboard.type(label);
  await page.keyboard.press('Enter');
}

describe.each([
  ['mouse', false],
  ['keyboard', true],
])('by %s', (_, byKeyboard) => {
  test('hex is pasted, and its fields are what the library decodes', async () => {
    const page = await openExplorer('#view=bytes&struct=zcrx_stats&revision=event');
    if (byKeyboard) await text(page).focus();
    else await text(page).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(hexOf(STATS));
    await settled(page, STATS);
    const { fields } = decode('zcrx_stats', STATS);
    await expect.poll(() => value(page, 'copy_count').inputValue()).toBe(String(fields.copy_count));
    expect(await value(page, 'copy_bytes').inputValue()).toBe(String(fields.copy_bytes));
  });

  test('an example is begun with', async () => {
    const page = await openExplorer();
    const rearm = TEMPLATES.find(({ title }) => title === 'Control: re-arm COPY')!;
    const list = begin(page);
    if (byKeyboard) {
      await list.focus();
      await page.keyboard.type('Control: re-arm COPY');
      await page.keyboard.press('Enter');
    } else await list.selectOption({ label: rearm.title });
    await settled(page, rearm.bytes());
    expect(await struct(page).locator('option:checked').textContent()).toBe('zcrx_ctrl');
  });

  test('a byte is edited, and text, field and address follow', async () => {
    const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=event&hex=${hexOf(DESC)}`);
    const expected = Uint8Array.from(DESC);
    expected[8] = 0x01;
    if (byKeyboard) {
      await text(page).focus();
      // from the text over the buttons, the revision and the entries to the map, and there to the second row
      await byte(page, 0).focus();
      await page.keyboard.press('ArrowDown');
    } else await byte(page, 8).click();
    await page.keyboard.type('01');
    await settled(page, expected);
    expect(await value(page, 'type_mask').inputValue()).toBe('0x1');
    expect((await text(page).inputValue()).replace(/\s/g, '')).toBe(hexOf(expected));
    await expect.poll(() => page.evaluate(() => location.hash)).toContain(`hex=${hexOf(expected)}`);
    // the next byte has the focus, one digit is no byte, and Escape takes it back
    expect(await byte(page, 9).evaluate((cell) => cell === document.activeElement)).toBe(true);
    await page.keyboard.type('f');
    expect(await byte(page, 9).textContent()).toBe('f_');
    await page.keyboard.press('Escape');
    await settled(page, expected);
  });

  test('a field is edited: by number, by name, and not by what does not fit', async () => {
    const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=event&hex=${hexOf(DESC)}`);
    const field = value(page, 'stats_offset');
    if (byKeyboard) {
      await field.focus();
      await page.keyboard.press('Control+A');
    } else await field.click({ clickCount: 3 });
    await page.keyboard.insertText('0x2000');
    const moved = encode('zcrx_event_desc', { user_data: 42n, type_mask: 3, flags: 1, stats_offset: 0x2000 });
    await settled(page, moved);
    const bit = page.getByLabel('ZCRX_EVENT_ALLOC_FAIL');
    if (byKeyboard) {
      await bit.focus();
      await page.keyboard.press('Space');
    } else await bit.click();
    const masked = encode('zcrx_event_desc', {
      user_data: 42n,
      type_mask: 2,
      flags: 1,
      stats_offset: 0x2000,
    });
    await settled(page, masked);
    await value(page, 'flags').fill('4294967296');
    const message = page.locator('tr', { has: value(page, 'flags') }).locator('.problem');
    await expect
      .poll(() => message.textContent())
      .toContain('zcrx_event_desc.flags is "4294967296", expected 0 to 4294967295');
    await settled(page, masked);
    await value(page, 'flags').fill('ZCRX_EVENT_DESC_FLAG_STATS');
    await expect.poll(() => message.textContent()).toBe('');
  });

  test('the revision is switched, and what changes meaning is told', async () => {
    const arm = encode('zcrx_ctrl', { op: 2, zc_arm_event: { event_type: 1 } }, { revision: 'event' });
    const page = await openExplorer(`#view=bytes&struct=zcrx_ctrl&revision=event&hex=${hexOf(arm)}`);
    const names = (revision: 'event' | 'v1') => JSON.stringify(decode('zcrx_ctrl', arm, { revision }).names);
    expect(names('event')).toContain('ZCRX_EVENT_COPY');
    expect(await page.getByLabel('name of zc_arm_event.event_type').inputValue()).toBe('ZCRX_EVENT_COPY');
    expect(await page.locator('.differences').textContent()).toContain('means something else');
    if (byKeyboard) {
      await page.getByLabel('event', { exact: true }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
    } else await page.getByLabel('v1', { exact: true }).click();
    await expect.poll(() => value(page, 'zc_arm_notif.type_mask').count()).toBe(1);
    expect(names('v1')).toContain('ZCRX_NOTIF_NO_BUFFERS');
    expect(await page.getByLabel('ZCRX_NOTIF_NO_BUFFERS').isChecked()).toBe(true);
    expect(await page.getByLabel('ZCRX_NOTIF_COPY').isChecked()).toBe(false);
    await settled(page, arm);
  });

  test('what a field is, is told where it is pointed at', async () => {
    const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=event&hex=${hexOf(DESC)}`);
    if (byKeyboard) {
      await byte(page, 0).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
    } else await byte(page, 17).hover();
    const words = details(page);
    await expect.poll(() => words.locator('h2').textContent()).toBe('stats_offset');
    const said = await words.textContent();
    for (const part of ['16 to 23', 'u64', 'since', 'Linux 7.2', 'Bytes from the start of the refill region'])
      expect(said).toContain(part);
    expect(await byte(page, 16).getAttribute('class')).toContain('chosen');
    expect(await byte(page, 15).getAttribute('class')).not.toContain('chosen');
  });

  test('a finding leads to its bytes', async () => {
    const wrong = encode('zcrx_event_desc', { stats_offset: 2177 });
    const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=event&hex=${hexOf(wrong)}`);
    const [finding] = validate('zcrx_event_desc', wrong);
    const button = page.getByRole('button', { name: finding!.message });
    if (byKeyboard) {
      await button.focus();
      await page.keyboard.press('Enter');
    } else await button.click();
    expect(await byte(page, 16).evaluate((cell) => cell === document.activeElement)).toBe(true);
    expect(await byte(page, 16).getAttribute('class')).toContain('mark-error');
    expect(await byte(page, 16).getAttribute('aria-label')).toContain(finding!.message);
  });

  test('another struct is chosen: typed bytes are read as it, or refused with the last ones kept', async () => {
    const page = await openExplorer(`#view=bytes&struct=zcrx_stats&revision=event&hex=${hexOf(STATS)}`);
    await text(page).fill(hexOf(STATS));
    await chooseStruct(page, 'io_uring_zcrx_rqe', byKeyboard);
    await expect.poll(() => value(page, 'off').count()).toBe(1);
    expect(await value(page, 'off').inputValue()).toBe('3');
    await chooseStruct(page, 'zcrx_event_desc', byKeyboard);
    await expect.poll(() => problem(page).textContent()).toContain('zcrx_event_desc has 96 bytes, got 16');
    await settled(page, STATS);
  });
});

test.each(DUMPS)('$form is read as zcrx decode reads it', async ({ struct: name, text: dump, bytes }) => {
  const page = await openExplorer(`#view=bytes&struct=${name}&revision=event`);
  await text(page).fill(dump);
  await settled(page, bytes);
  expect(await problem(page).textContent()).toBe('');
});

test('text that is wrong is told in place, and the last good bytes stay', async () => {
  const page = await openExplorer(`#view=bytes&struct=zcrx_stats&revision=event&hex=${hexOf(STATS)}`);
  await text(page).fill('00 1g');
  await expect
    .poll(() => problem(page).textContent())
    .toMatch(/line 1, column 5: "g" is no hex digit.*last bytes/);
  expect(await text(page).getAttribute('aria-invalid')).toBe('true');
  await settled(page, STATS);
});

test('several structs in one text are chosen among', async () => {
  const both = encode('zcrx_stats', { copy_count: 9, copy_bytes: 1 });
  const page = await openExplorer(`#view=bytes&struct=zcrx_stats&revision=event`);
  await text(page).fill(hexOf(STATS) + hexOf(both));
  const entries = page.getByLabel('Entry', { exact: true });
  await entries.selectOption({ index: 1 });
  await settled(page, both);
  await value(page, 'copy_count').fill('10');
  const changed = encode('zcrx_stats', { copy_count: 10, copy_bytes: 1 });
  await settled(page, changed);
  expect((await text(page).inputValue()).replace(/\s/g, '')).toBe(hexOf(STATS) + hexOf(changed));
});

test('completions of a mixed ring are told apart by their flag', async () => {
  const page = await openExplorer();
  await begin(page).selectOption({ label: 'Completions of a mixed ring: data, then an event' });
  await expect.poll(() => page.locator('#panel-bytes [role=gridcell][data-at]').count()).toBe(32);
  await page.getByLabel('Entry', { exact: true }).selectOption({ index: 1 });
  await expect.poll(() => page.locator('#panel-bytes [role=gridcell][data-at]').count()).toBe(16);
  await expect
    .poll(() => page.locator('.fields').textContent())
    .toContain('ZCRX_EVENT_COPY, if this reports an event');
});

test('the address is enough to show the same on another page', async () => {
  const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=rc&hex=${hexOf(DESC)}`);
  await value(page, 'user_data').fill('77');
  const expected = encode('zcrx_event_desc', { user_data: 77n, type_mask: 3, flags: 1, stats_offset: 4096 });
  await expect.poll(() => page.evaluate(() => location.hash)).toContain(hexOf(expected));
  const other = await openExplorer(await page.evaluate(() => location.hash));
  await settled(other, expected);
  expect(await other.getByLabel('rc', { exact: true }).isChecked()).toBe(true);
});

test('copied as JSON it is what the library decodes', async () => {
  const page = await openExplorer(`#view=bytes&struct=zcrx_event_desc&revision=event&hex=${hexOf(DESC)}`);
  await page.getByRole('button', { name: 'Copy as JSON' }).click();
  await expect.poll(() => page.locator('#panel-bytes [role=status]').textContent()).toMatch(/cop/);
  const copied = await page.getByLabel('To be copied').inputValue();
  expect(JSON.parse(copied)).toEqual(toJson(decode('zcrx_event_desc', DESC, { revision: 'event' })));
});

test('random bytes of every struct are shown, edited and shared as the library has them', async () => {
  const next = seededBytes(0x5eed);
  const page = await openExplorer();
  const options = await struct(page)
    .locator('option')
    .evaluateAll((all) => all.map((each) => (each as HTMLOptionElement).value));
  for (const key of options) {
    const [revision = '', id = ''] = key.split(' ');
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#view=bytes&struct=${id}&revision=${revision}`);
    await expect.poll(() => struct(page).inputValue()).toBe(key);
    const size = await page.locator('#panel-bytes [role=gridcell][data-at]').count();
    const bytes = next(size);
    await text(page).fill(hexOf(bytes));
    await settled(page, bytes);
  }
});

test('whatever is written into any field of text: no script runs and the page answers', async () => {
  const page = await openExplorer();
  const next = seededBytes(7);
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '\u202e\u0000\uffff',
    '9'.repeat(199),
    "'; alert(1)//",
    '-0x',
  ];
  const noise = () => Buffer.from(next(60)).toString('latin1');
  for (const content of [
    ...hostile,
    '0'.repeat(300_000),
    `${hostile[0]}\n`.repeat(2000),
    ...Array.from({ length: 40 }, noise),
  ]) {
    await paste(page, content);
    const fields = await page.locator('#panel-bytes input.value').all();
    for (const field of fields.slice(0, 3)) await field.fill(content.slice(0, 200));
    const began = Date.now();
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
    expect(Date.now() - began).toBeLessThan(1000);
  }
  expect(await page.locator('#panel-bytes script, #panel-bytes img').count()).toBe(0);
});

test('Tab alone leads to everything, in the order in which it is read, and out again', async () => {
  const page = await openExplorer(`#view=bytes&struct=zcrx_stats&revision=event&hex=${hexOf(STATS)}`);
  const reached: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const at = document.activeElement as HTMLInputElement;
      if (at === document.body) return undefined;
      return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? '';
    });
    if (name === undefined) break;
    reached.push(name);
  }
  const places = [
    'Bytes',
    'Struct',
    'Begin with',
    'Hex, a dump, a line of strace, or what gdb prints',
    'Copy as hex',
    'event',
    'copy_count byte 0, offset 0: 03',
    'value of copy_count',
    'value of copy_bytes',
    ' as a request: what the kernel asks of what it is given',
  ].map((name) => reached.indexOf(name));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  // the map is one stop, and the last one is not a trap
  expect(reached.filter((name) => /, offset \d+: /.test(name))).toHaveLength(1);
  expect(reached.length).toBeLessThan(60);
});

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  test.each([1440, 768, 375])(
    'at %i pixels axe finds nothing, with findings and an unknown arm shown',
    async (width) => {
      const bytes = Uint8Array.from({ length: 72 }, (_, at) => (at === 4 ? 9 : at));
      const page = await openExplorer(`#view=bytes&struct=zcrx_ctrl&revision=event&hex=${hexOf(bytes)}`, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      await byte(page, 30).focus();
      expect(await page.locator('.findings li').count()).toBeGreaterThan(1);
      expect(await axeViolations(page)).toEqual([]);
      // nothing is wider than the screen but what scrolls by itself
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    },
  );
});
