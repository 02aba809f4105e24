import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type uPlot from 'uplot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordingFrame, readRecording } from '../../src/capture/index.js';
import { decode } from '../../src/index.js';
import type { PageData } from '../../src/report/page-data.js';
import { bytesOf, HOSTILE, MS, SECOND, sample, start, watched } from '../unit/report-samples.js';
import { pages } from './page.js';

/** What the page shows of itself. */
declare const zcrxReport: {
  readonly data: PageData;
  readonly charts: { readonly [place: string]: uPlot };
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOUR = join(ROOT, 'test/browser/recordings/nic-tour.zcrx');

// That pixels are read back is this test's doing.
const { open: openPage } = pages(/willReadFrequently/);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-report-page-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the report of a recording, as the built program writes it, from the disk. */
function open(recording: string, options: BrowserContextOptions = {}): Promise<Page> {
  const file = join(folder, 'page.html');
  const args = [join(ROOT, 'dist/src/cli/main.js'), 'report', recording, '-o', file];
  execFileSync(process.execPath, args, { stdio: 'pipe' });
  return openPage(pathToFileURL(file).href, { viewport: { width: 1100, height: 1000 }, ...options });
}

/** A plot's data as uPlot has it: the times, then what is drawn. */
const plotted = (page: Page, place: string) =>
  page.evaluate(
    (id) =>
      (zcrxReport.charts[id] as uPlot).data.map((column) => Array.from(column, (value) => value ?? null)),
    place,
  );

/** The stretch of time that each plot shows. */
const ranges = (page: Page) =>
  page.evaluate(() =>
    Object.values(zcrxReport.charts).map(({ scales }) => [scales.x?.min as number, scales.x?.max as number]),
  );

/** Whether a plot has a colour of the style sheet within two pixels of a value, whatever lies over it in part. */
const hasColor = (page: Page, place: string, name: string, x: number, y: number) =>
  page.evaluate(
    ([id, variable, at, value]) => {
      const chart = zcrxReport.charts[id as string] as uPlot;
      const probe = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${variable}`);
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      const left = Math.round(chart.valToPos(at as number, 'x', true)) - 2;
      const top = Math.round(chart.valToPos(value as number, 'y', true)) - 2;
      const { data } = chart.ctx.getImageData(left, top, 5, 5);
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255 && data[i] === red && data[i + 1] === green && data[i + 2] === blue)
          return true;
      }
      return false;
    },
    [place, name, x, y] as const,
  );

/** The areas under steps, which are the amounts. */
function areas([times, ...columns]: (number | null)[][]): number[] {
  return columns.map((values) =>
    values.slice(0, -1).reduce<number>((sum, value, i) => {
      return sum + (value ?? 0) * ((times![i + 1] as number) - (times![i] as number));
    }, 0),
  );
}

describe('the tour of the simulated card: zero copy, copying, out of buffers', () => {
  const seen = [...readRecording(readFileSync(TOUR))];
  const stats = seen.filter((item) => item.type === 'stats');
  const blocks = stats.map(({ block }) => decode('zcrx_stats', block).fields);
  const seconds = (frame: { time: bigint }) => Number(frame.time) / 1e9;
  const received = Number(stats.at(-1)!.receivedBytes - stats[0]!.receivedBytes);
  const copied = Number(blocks.at(-1)!.copy_bytes - blocks[0]!.copy_bytes);
  const copies = Number(blocks.at(-1)!.copy_count - blocks[0]!.copy_count);

  test('what is plotted is what the recording holds', async () => {
    const page = await open(TOUR);
    // Mean, least and most of each; the areas under the means are the bytes.
    const bytes = await plotted(page, 'bytes');
    const [gotReceived, , , gotCopied] = areas(bytes);
    expect(received).toBeGreaterThan(30_000_000);
    expect(gotReceived).toBeCloseTo(received, 0);
    expect(gotCopied).toBeCloseTo(copied, 0);
    const [gotCopies] = areas(await plotted(page, 'counts'));
    expect(gotCopies).toBeCloseTo(copies, 2);
    // So few samples that each has its own step.
    expect(bytes[0]).toHaveLength(stats.length + 1);
    const at = stats.findIndex((_, i) => i > 0 && blocks[i]!.copy_bytes > blocks[i - 1]!.copy_bytes);
    const took = seconds(stats[at]!) - seconds(stats[at - 1]!);
    expect(bytes[4]![at]).toBeCloseTo(Number(blocks[at]!.copy_bytes - blocks[at - 1]!.copy_bytes) / took, 0);
    expect(bytes[0]![at]).toBeCloseTo(seconds(stats[at - 1]!), 6);
  });

  test('events and states are where they belong', async () => {
    const page = await open(TOUR);
    const data = await page.evaluate(() => zcrxReport.data);
    const [instance] = data.instances;
    const completions = seen.filter((item) => item.type === 'completions');
    const times = (res: number) =>
      completions
        .filter(({ entries }) => decode('io_uring_cqe', entries, { revision: 'event' }).fields.res === res)
        .map(seconds);
    const marks = (type: string) => instance!.events[type]!.map(([from]) => from);
    expect(times(0).length + times(1).length).toBeGreaterThanOrEqual(3);
    expect(marks('copy')).toEqual(times(1));
    expect(marks('alloc_fail')).toEqual(times(0));

    // Each in its lane, by its name at the left; the lane of a type is its place among the types.
    const types = Object.keys(instance!.events);
    for (const type of types) {
      const lane = types.length - types.indexOf(type) - 0.5;
      expect(await hasColor(page, 'events', `event-${type}`, marks(type)[0]!, lane)).toBe(true);
    }
    const lanes = ['zero-copy', 'copying', 'starving', 'stalled', 'unknown'];
    const found = new Set(instance!.states.flatMap(([, , lengths]) => Object.keys(lengths)));
    expect([...found]).toEqual(expect.arrayContaining(['zero-copy', 'copying', 'starving']));
    for (const [from, to, lengths] of instance!.states) {
      const [state] = Object.keys(lengths);
      const lane = lanes.length - lanes.indexOf(state!) - 0.75;
      expect(await hasColor(page, 'states', `state-${state}`, from + (to - from) * 0.9, lane)).toBe(true);
    }
    // No sample, no state.
    expect(await hasColor(page, 'states', 'state-unknown', 0, 0.5)).toBe(false);
  });

  test('lines are drawn where the values are, in the light and in the dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(TOUR, { colorScheme });
      const [times, values] = await plotted(page, 'bytes');
      const at = values!.indexOf(Math.max(...values!.map((value) => value ?? 0)));
      const middle = (times![at]! + times![at + 1]!) / 2;
      expect(await hasColor(page, 'bytes', 'received_bytes', middle, values![at]!)).toBe(true);
      expect(await hasColor(page, 'bytes', 'received_bytes', middle, values![at]! / 2)).toBe(false);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(15, 20, 26)');
    }
  });

  test('one drag zooms all plots; keys and a double click show all again', async () => {
    const page = await open(TOUR);
    const whole = (await ranges(page))[0]!;
    const box = (await page.locator('#bytes .u-over').boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
    await page.mouse.up();
    const zoomed = await ranges(page);
    expect(zoomed).toHaveLength(4);
    for (const [from, to] of zoomed) {
      expect(from! / whole[1]!).toBeCloseTo(0.25, 1);
      expect(to! / whole[1]!).toBeCloseTo(0.5, 1);
      expect([from, to]).toEqual(zoomed[0]);
    }
    await page.mouse.dblclick(box.x + box.width / 2, y);
    expect(await ranges(page)).toEqual(zoomed.map(() => whole));

    await page.focus('#zoom-in');
    await page.keyboard.press('Enter');
    const [half] = await ranges(page);
    expect(half![1]! - half![0]!).toBeCloseTo((whole[1]! - whole[0]!) / 2, 6);
    await page.focus('#later');
    await page.keyboard.press('Space');
    expect((await ranges(page))[0]![0]).toBeGreaterThan(half![0]!);
    await page.focus('#reset');
    await page.keyboard.press('Enter');
    expect(await ranges(page)).toEqual(zoomed.map(() => whole));
  });

  test('the cursor reads out time and state, in all plots at once', async () => {
    const page = await open(TOUR);
    const box = (await page.locator('#bytes .u-over').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
    const readout = page.locator('#readout');
    await expect.poll(() => readout.textContent()).toMatch(/^\d+\.\d+ s · 2026-\S+ \S+ UTC · copying$/);
    const lefts = await page.evaluate(() =>
      Object.values(zcrxReport.charts).map(({ cursor }) => cursor.left),
    );
    expect(new Set(lefts.map((left) => Math.round(left!)))).toHaveProperty('size', 1);
    expect(await page.locator('#bytes .u-legend').textContent()).toMatch(/received:?\s*[\d.]+ MiB\/s/);
    await page.click('#utc');
    expect(await page.getAttribute('#utc', 'aria-pressed')).toBe('true');
  });
});

test('a foreign process: unknown is said, text of the file does nothing, and each instance can be chosen', async () => {
  const frames: RecordingFrame[] = [
    { ...start, note: HOSTILE },
    watched(MS, { command: '<img src=x onerror=alert(3)>' }),
    watched(MS, { instance: 1, zcrxId: 9, command: 'second', note: HOSTILE }),
  ];
  for (let at = 0; at < 50; at++) {
    const time = BigInt(at + 1) * SECOND;
    const copied = BigInt(at) * 10n;
    frames.push(
      sample(time, { counters: { copy_count: copied, copy_bytes: copied }, refill: { head: at, tail: 99 } }),
    );
    frames.push(sample(time + MS, { counters: { copy_count: 2n * copied, copy_bytes: 0n } }, 1));
  }
  frames.push({ type: 'gone', time: 60n * SECOND, instance: 1, reason: HOSTILE });
  const recording = join(folder, 'foreign.zcrx');
  writeFileSync(recording, bytesOf(frames));
  const page = await open(recording);

  expect(await page.locator('header').textContent()).toContain(HOSTILE);
  expect(await page.locator('#problems').textContent()).toContain('has no end');
  expect(await page.locator('#events').textContent()).toContain('Events are unknown');
  expect(await page.locator('#summary').textContent()).toContain('unknown');
  expect(await page.locator('body').textContent()).toContain('How much was received is unknown');
  expect(areas(await plotted(page, 'counts'))[0]).toBeCloseTo(490, 6);
  expect(await page.locator('#ring canvas').isVisible()).toBe(true);

  await page.selectOption('#instance', '1');
  expect(areas(await plotted(page, 'counts'))[0]).toBeCloseTo(980, 6);
  expect(await page.locator('#ring').isVisible()).toBe(false);
  // Its end is an event, though no notification could be seen.
  expect(await page.evaluate(() => Object.keys(zcrxReport.data.instances[1]!.events))).toEqual(['gone']);
});

test('on a phone nothing sticks out, and the plots fit', async () => {
  const page = await open(TOUR, {
    viewport: { width: 390, height: 800 },
    deviceScaleFactor: 2,
    isMobile: true,
  });
  const { width, plot } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    plot: (zcrxReport.charts.bytes as uPlot).width,
  }));
  expect(width).toBeLessThanOrEqual(390);
  expect(plot).toBeLessThanOrEqual(390);
  expect(plot).toBeGreaterThan(300);
});

test('without JavaScript the figures are there', async () => {
  const page = await open(TOUR, { javaScriptEnabled: false });
  expect(await page.locator('noscript').textContent()).toContain('All figures are in the tables below');
  expect(await page.locator('#summary').isVisible()).toBe(true);
  expect(await page.locator('#summary').textContent()).toContain('31.7 MiB');
  expect(await page.locator('#plots').isVisible()).toBe(false);
});
