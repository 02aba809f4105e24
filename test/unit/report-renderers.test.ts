import { describe, expect, test } from 'vitest';
import { pageAssets } from '../../src/report/assets.js';
import { csvLines } from '../../src/report/csv.js';
import { reportDocument } from '../../src/report/json.js';
import { reportPage } from '../../src/report/page.js';
import type { PageData } from '../../src/report/page-data.js';
import type { FileReport } from '../../src/report/report.js';
import { sparkline, stateLine } from '../../src/report/sparkline.js';
import { reportText } from '../../src/report/text.js';
import { bytesText, countText, dateText, durationText, percentText, wholeText } from '../../src/units.js';
import { end, HOSTILE, MS, ownRun, reportOf, SECOND, sample, start, watched } from './report-samples.js';

const DAMAGED: FileReport = {
  name: 'run.zcrx',
  frames: 5,
  skipped: 2,
  bytes: 100,
  complete: false,
  damage: { offset: 100, reason: 'the checksum is 00000001' },
};

const foreign = (more: object = {}) =>
  reportOf([
    start,
    watched(MS, more),
    sample(2n * MS, { counters: { copy_count: 7n, copy_bytes: 700n } }),
    sample(1002n * MS, { counters: { copy_count: 7n, copy_bytes: 700n } }),
    end(1003n * MS),
  ]);

describe('text', () => {
  test('has the figures in lines of at most 80 characters', () => {
    const text = reportText(reportOf(ownRun('a note')));
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('recorded 2026-09-21 14:13:20 UTC on Linux 7.3.4 (x86_64), 10.10 s');
    expect(text).toContain('a note');
    expect(text).toContain('zcrx 0 without a device');
    expect(text).toMatch(/received +39\.1 MiB; 3\.91 MiB\/s/);
    expect(text).toMatch(/copied +31\.3 MiB, 80 % of what was received/);
    expect(text).toMatch(/copies +8000; 800\/s; at most 1000\/s at 2\.102 s\n/);
    expect(text).toMatch(/events +copy 1×\n +2\.101 s {2}copy\n/);
    expect(text).toMatch(/states .*copying .* s \(/s);
    // As it stands at the end, not as it was when the state began.
    expect(text.replace(/\s+/g, ' ')).toContain('at the end copying: 100 % of the data was copied');
    expect(text).toContain('For a time no copies were counted. That alone does not prove zero copy');
  });

  test('says what is not known', () => {
    const text = reportText(foreign());
    expect(text).toContain('zcrx 2 of ingest (pid 4711), ring 7');
    expect(text).toContain('Events are unknown');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'No copies were counted. That alone does not prove zero copy',
    );
    expect(text).not.toMatch(/\n {2}events/);
    expect(text).not.toMatch(/\n {2}received/);
  });

  test('text from a file steers no terminal', () => {
    const text = reportText(foreign({ command: '\u001b[2Jx\n\u202ey', note: 'a\rb' }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('\\u001b[2Jx');
  });

  test('says where a damaged recording stops', () => {
    const text = reportText(reportOf([start], [DAMAGED]));
    expect(text).toContain('! run.zcrx is damaged at byte 100: the checksum is 00000001.');
    expect(text).toContain('There is no instance in it.');
    expect(text).toContain('2 frames of newer kinds');
    expect(reportText(reportOf([start], [{ ...DAMAGED, damage: undefined }]))).toContain(
      '! run.zcrx has no end',
    );
  });
});

describe('sparklines', () => {
  const { buckets, states } = reportOf(ownRun()).instances[0]!;

  test('a bar for each stretch of time; zero is lower than anything else, and blank is unknown', () => {
    // copied bytes: nothing for two seconds, then all
    expect(sparkline(buckets, 1, 10e9, 10)).toBe('▁▁████████');
    // of nearly twice the time, the second half is not known
    expect(sparkline(buckets, 1, 19e9, 10)).toBe('▁█████    ');
  });

  test('letters for the states, the gravest where several share a place', () => {
    const line = stateLine(states.stretches, 10.002e9, 20);
    expect(line).toMatch(/^\?+[.?]*C+$/);
    expect(line).toHaveLength(20);
    expect(stateLine([{ from: 0, to: 10, in: { copying: 1, starving: 9 } }], 10, 3)).toBe('SSS');
  });
});

describe('JSON', () => {
  const document = JSON.parse(JSON.stringify(reportDocument(reportOf(ownRun()))));

  test('has exact sums as decimal text, and its buckets add up to them', () => {
    const [instance] = document.instances;
    expect(document.wall_clock_ns).toBe('1790000000000000000');
    expect(document.to_ns).toBe('10100000000');
    expect(instance.counters.copy_bytes).toMatchObject({
      increase: '32768000',
      first: '0',
      last: '32768000',
    });
    const sum = instance.buckets.reduce(
      (total: bigint, { copy_bytes }: { copy_bytes?: { increase: string } }) =>
        total + BigInt(copy_bytes?.increase ?? 0),
      0n,
    );
    expect(sum).toBe(32_768_000n);
    expect(instance.events).toEqual({
      notifications: 'seen',
      counts: { copy: 1 },
      list: [{ time_ns: '2101000000', type: 'copy' }],
      more: 0,
    });
    expect(instance.states.figures.copying.count).toBe(1);
    expect(instance.copied_share).toBeCloseTo(0.8, 10);
  });

  test('numbers above 2^53 stay exact', () => {
    const most = 2n ** 64n - 1n;
    const { instances } = JSON.parse(
      JSON.stringify(
        reportDocument(
          reportOf([
            start,
            watched(MS),
            sample(2n * MS, { counters: { copy_count: most - 5n, copy_bytes: 1n } }),
            sample(5n * SECOND, { counters: { copy_count: most, copy_bytes: 2n ** 60n + 1n } }),
          ]),
        ),
      ),
    );
    expect(instances[0].counters.copy_count).toMatchObject({ increase: '5', last: '18446744073709551615' });
    expect(instances[0].counters.copy_bytes.increase).toBe('1152921504606846976');
  });

  test('unknown is null or absent, never zero', () => {
    const { instances } = JSON.parse(JSON.stringify(reportDocument(foreign())));
    expect(instances[0].copied_share).toBeNull();
    expect(instances[0].events.notifications).toBe('unknown');
    expect(instances[0].counters.received_bytes).toBeUndefined();
    expect(instances[0].counters.copy_count.increase).toBe('0');
  });
});

/** Lines of CSV as records; no cell of the tests has a line end in it. */
function records(lines: Iterable<string>): { [column: string]: string }[] {
  const [header, ...rows] = [...lines].join('').trimEnd().split('\n');
  const cellsOf = (line: string) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((match) => match[1]!);
  const names = cellsOf(`${header},`);
  return rows.map((row) => Object.fromEntries(cellsOf(`${row},`).map((cell, i) => [names[i]!, cell])));
}

describe('CSV', () => {
  test('one line a bucket; the increases add up', () => {
    const rows = records(csvLines(reportOf(ownRun())));
    expect(rows.length).toBe(101);
    const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
    expect([sum('received_bytes'), sum('copy_bytes'), sum('copy_count'), sum('copy_events')]).toEqual([
      40_960_000, 32_768_000, 8000, 1,
    ]);
    expect(rows.at(-1)).toMatchObject({
      instance: '0',
      from_s: '9.902000000',
      to_s: '10.002000000',
      samples: '1',
      copy_count: '100',
      copy_count_per_second: '1000',
      state: 'copying',
      buffers: '',
      free_entries_min: '',
    });
  });

  test('what is unknown is empty, and a name is no formula', () => {
    const [row] = records(csvLines(foreign({ command: '=1,"2"' })));
    expect(row).toMatchObject({ copy_events: '', alloc_fail_events: '', received_bytes: '' });
    expect(row!.name).toBe('"zcrx 2 of =1,""2"" (pid 4711), ring 7"');
  });
});

describe('the page', () => {
  const assets = pageAssets();
  const page = reportPage(reportOf(ownRun(HOSTILE)), assets);
  const dataOf = (text: string) =>
    JSON.parse(
      /<script type="application\/json" id="zcrx-data">(.*?)<\/script>/s.exec(text)![1]!,
    ) as PageData;

  test('holds all of it in itself', () => {
    expect(page).not.toMatch(/<(?:script|img|iframe|object|embed)[^>]+src=/);
    expect(page.match(/<link[^>]*>/g)).toEqual(['<link rel="icon" href="data:,">']);
    expect(page).not.toMatch(/@import|url\(/);
    expect(page).toContain(assets.uPlot);
  });

  test('its policy names the digest of every script and style in it, and allows nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
      .exec(page)![1]!
      .replaceAll('&#39;', "'");
    const scripts = [...page.matchAll(/<script(?: type="module")?>(.*?)<\/script>/gs)].map(
      (match) => match[1]!,
    );
    const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map((match) => match[1]!);
    const sources = (texts: string[]) => texts.map((text) => `'${assets.digest(text)}'`).join(' ');
    expect([scripts.length, styles.length]).toEqual([2, 2]);
    expect(policy).toBe(
      `default-src 'none'; script-src ${sources(scripts)}; style-src ${sources(styles)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
  });

  test('text of the file stays text', () => {
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
    const evil = reportPage(foreign({ command: HOSTILE.slice(0, 60), note: HOSTILE }), assets);
    expect(evil).not.toContain('<script>alert');
    expect(evil).not.toContain('<img');
    expect(dataOf(evil).instances[0]!.name).toContain('</script>');
  });

  test('its data adds up to what was counted', () => {
    const [instance] = dataOf(page).instances;
    const sum = (name: string) =>
      instance!.counters[name]!.sum.reduce<number>((total, each) => total + (each ?? 0), 0);
    expect([sum('received_bytes'), sum('copy_bytes'), sum('copy_count')]).toEqual([
      40_960_000, 32_768_000, 8000,
    ]);
    expect(instance!.events).toEqual({ copy: [[2.101, 2.101, 1]] });
    expect(instance!.states.at(-1)![1]).toBe(10.002);
  });

  test('has its figures without a script', () => {
    const bare = page.replace(/<script.*?<\/script>/gs, '');
    expect(bare).toContain('<noscript>');
    expect(bare).toContain('39.1 MiB');
    expect(bare).toContain('What is not known');
  });
});

test.each<[string, string]>([
  [bytesText(0), '0 bytes'],
  [bytesText(1023), '1023 bytes'],
  [bytesText(1024), '1.00 KiB'],
  [bytesText(2n ** 64n - 1n), '16.0 EiB'],
  [bytesText(0.25), '0.25 bytes'],
  [countText(9999), '9999'],
  [countText(12_345), '12.3 k'],
  [durationText(0), '0 s'],
  [durationText(1500), '1.5 µs'],
  [durationText(350e6), '350 ms'],
  [durationText(4.75e9), '4.75 s'],
  [durationText(125e9), '2 min 05 s'],
  [durationText(7500e9), '2 h 05 min'],
  [durationText(180_000e9), '2 d 02 h'],
  [percentText(0), '0 %'],
  [percentText(0.0001), 'less than 0.1 %'],
  [percentText(0.99999), 'more than 99.9 %'],
  [percentText(1), '100 %'],
  [dateText(0n), '1970-01-01 00:00:00 UTC'],
  [dateText(2n ** 64n - 1n), '2554-07-21 23:34:33 UTC'],
  [wholeText(2 ** 53 - 1), '9007199254740991'],
  [wholeText(2 ** 60), '1.152922e+18'],
])('%s is %s', (got, expected) => {
  expect(got).toBe(expected);
});
