import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zcrx } from './cli-terminal.js';

const json = async (...args: string[]) => JSON.parse((await zcrx(['plan', ...args, '--json'])).out);

test('numbers of a plan', async () => {
  expect(await json('--entries', '100')).toEqual({
    entries: 100,
    rq_entries: 128,
    page_size: 4096,
    rq_hdr_size: 128,
    rq_hdr_size_from: 'assumed, as of Linux 7.3',
    rqes: 128,
    entries_end: 128 + 128 * 16,
    stats_offset: 4096,
    stats_size: 16,
    stats_end: 4112,
    region_size: 8192,
    mmap_length: 8192,
    pages: 2,
  });
});

test.each([
  [
    ['-n', '100', '--kernel', '7.2'],
    { rq_hdr_size: 8, rqes: 64, entries_end: 2112, rq_hdr_size_from: 'of Linux 7.2' },
  ],
  [['-n', '100', '--kernel', '7.3'], { rq_hdr_size: 128, rqes: 128, rq_hdr_size_from: 'of Linux 7.3' }],
  [['-n', '100', '--rq-header-size', '200'], { rqes: 256, rq_hdr_size_from: 'as given' }],
  [['-n', '100', '--kernel', '7.2', '--rq-header-size', '8'], { rqes: 64 }],
  [
    ['-n', '0x80', '--placement', 'tight'],
    { stats_offset: 2176, stats_end: 2192, region_size: 4096, pages: 1 },
  ],
  [
    ['-n', '128', '--placement', 'tight', '--stats-alignment', '64', '--stats-size', '24'],
    { stats_offset: 2176, stats_end: 2200 },
  ],
  [['-n', '128', '--page-size', '16384'], { stats_offset: 16384, region_size: 32768 }],
  [['-n', '100000', '--clamp'], { entries: 100000, rq_entries: 32768 }],
])('%s', async (args, expected) => {
  expect(await json(...args)).toMatchObject(expected);
});

test('without statistics there is nothing about them', async () => {
  const document = await json('-n', '128', '--placement', 'none');
  expect(Object.keys(document).filter((key) => key.startsWith('stats'))).toEqual([]);
  expect(document.region_size).toBe(4096);
  expect((await zcrx(['plan', '-n', '128', '--placement', 'none'])).out).toMatch(/^statistics +none$/m);
});

test('text: the numbers, and a picture with the borders of pages', async () => {
  expect((await zcrx(['plan', '-n', '100'])).out).toBe(
    `rq_entries       128          the kernel makes 100 so
header           128    0x80  assumed, as of Linux 7.3
entries begin    128    0x80  offsets.rqes
entries end     2176   0x880
stats_offset    4096  0x1000
statistics end  4112  0x1010
region size     8192  0x2000  2 pages of 4096; also the length to map

0x0000 +============================================+ page 0
       | header: head and tail, 128 bytes           |
0x0080 +--------------------------------------------+
       | 128 entries of 16, 2048 bytes              |
0x0880 +--------------------------------------------+
       | unused, 1920 bytes                         |
0x1000 +============================================+ page 1
       | statistics, 16 bytes                       |
0x1010 +--------------------------------------------+
       | unused, 4080 bytes                         |
0x2000 +============================================+
`,
  );
});

test('a picture stays small: of the borders inside a part the first and the last are drawn', async () => {
  const { out } = await zcrx(['plan', '-n', '32768', '--kernel', '7.2', '--placement', 'tight']);
  expect(out).toContain(`0x01000 +${'='.repeat(44)}+ page 1\n        | ... over 126 more page borders`);
  expect(out).toContain(`0x80000 +${'='.repeat(44)}+ page 128\n        | ...  `);
  expect(out.split('\n').length).toBeLessThan(30);
});

test('every picture is in order, has all borders or says how many it leaves out, and ends where the region ends', {
  timeout: 30_000,
}, async () => {
  const placement = fc.constantFrom('own-page', 'tight', 'none');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 32768 }),
      placement,
      fc.constantFrom('7.2', '7.3'),
      async (entries, where, kernel) => {
        const args = ['-n', String(entries), '--placement', where, '--kernel', kernel];
        const [{ out }, { region_size: size, pages }] = await Promise.all([
          zcrx(['plan', ...args]),
          json(...args),
        ]);
        const offsets = Array.from(out.matchAll(/^(0x[\da-f]+) \+/gm), (match) => Number(match[1]));
        expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
        expect([offsets[0], offsets.at(-1)]).toEqual([0, size]);
        const borders = Array.from(out.matchAll(/ page (\d+)$/gm)).length;
        const left = Array.from(out.matchAll(/over (\d+) more/g), (match) => Number(match[1]));
        expect(borders + left.reduce((sum, n) => sum + n, 0)).toBe(pages);
      },
    ),
    { numRuns: 100 },
  );
});

describe('refused', () => {
  test.each([
    [[], /required option '-n, --entries <n>' not specified/],
    [['-n', '0'], /entries is 0, expected a whole number from 1 to 32768/],
    [['-n', '40000'], /entries is 40000, expected a whole number from 1 to 32768/],
    [['-n', 'many'], /argument 'many' is invalid\. Expected a whole number, as 128 or 0x80\./],
    [['-n', '-5'], /'-5' is invalid\. Expected a whole number/],
    [['-n', '1.5'], /Expected a whole number/],
    [['-n', '99999999999999999999'], /Expected a whole number/],
    [['-n', '1', '--page-size', '1000'], /pageSize is 1000, expected a power of two/],
    [['-n', '1', '--stats-alignment', '3'], /statsAlignment is 3, expected a power of two/],
    [['-n', '1', '--placement', 'here'], /Allowed choices are own-page, tight, none\./],
    [['-n', '1', '--kernel', '7.1'], /Allowed choices are 7\.2, 7\.3\./],
    [
      ['-n', '1', '--kernel', '7.2', '--rq-header-size', '128'],
      /--rq-header-size is 128, but Linux 7\.2 has 8/,
    ],
  ])('%s', async (args, message) => {
    const { status, out, err } = await zcrx(['plan', ...args]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^zcrx: [^\n]+\n$/);
    expect(err).toMatch(message);
  });
});
