import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Choice,
  DEFAULT_CHOICE,
  loadChoice,
  NUMBERS,
  nearestStop,
  numberIn,
  planOf,
  STOPS,
  saveChoice,
} from '../../src/explore/page/plan/choice.js';
import { planCode } from '../../src/explore/page/plan/code.js';
import { compare, planBundle, verdictOn } from '../../src/explore/page/plan/compare.js';
import { pagePartsOf, pictureOf } from '../../src/explore/page/plan/geometry.js';
import { planRegion } from '../../src/index.js';
import { checkBundle } from '../../src/verdict/check.js';
import { refusal } from './refusal.js';

const chosen = (changed: Partial<Choice> = {}): Choice => ({ ...DEFAULT_CHOICE, ...changed });

/** What the sliders reach, and what lies between. */
const choices = fc.record<Choice>({
  entries: fc.integer({ min: 1, max: 32_768 }),
  page: fc.constantFrom(4096, 16_384, 65_536),
  header: fc.oneof(fc.constantFrom(8, 128), fc.integer({ min: 1, max: 4096 })),
  stats: fc.integer({ min: 1, max: 4096 }),
  align: fc.constantFrom(1, 8, 64, 4096),
  placement: fc.constantFrom('tight', 'own-page', 'none'),
  clamp: fc.boolean(),
});

describe('a choice', () => {
  test('is the plan of the library', () => {
    fc.assert(
      fc.property(choices, (choice) => {
        const { entries, page, header, stats, align, placement, clamp } = choice;
        expect(planOf(choice).region).toEqual(
          planRegion({
            entries,
            pageSize: page,
            rqHeaderSize: header,
            statsSize: stats,
            statsAlignment: align,
            placement,
            clamp,
          }),
        );
      }),
    );
  });

  test('comes back from a fragment', () => {
    fc.assert(
      fc.property(choices, (choice) => {
        expect(loadChoice(new URLSearchParams(saveChoice(choice).toString()))).toEqual(choice);
      }),
    );
    expect(saveChoice(DEFAULT_CHOICE).toString()).toBe('entries=4096');
    expect(loadChoice(new URLSearchParams())).toEqual(DEFAULT_CHOICE);
  });

  test.each([
    ['entries=0', 'entries', /^entries is 0, expected a whole number from 1 to 32768$/],
    ['entries=32769', 'entries', /from 1 to 32768/],
    ['entries=ten', 'entries', /^entries is "ten", expected a whole number$/],
    ['entries=1e3', 'entries', /"1e3"/],
    ['entries=-1', 'entries', /"-1"/],
    ['entries=', 'entries', /entries is ""/],
    [`entries=${'9'.repeat(400)}`, 'entries', /expected a whole number/],
    ['page=4097', 'pageSize', /^pageSize is 4097, expected a power of two/],
    ['header=0', 'rqHeaderSize', /rqHeaderSize is 0/],
    ['align=3', 'statsAlignment', /power of two/],
    ['stats=2000000', 'statsSize', /from 1 to 1048576/],
    ['placement=__proto__', 'placement', /placement is "__proto__", expected one of none, tight, own-page/],
    ['clamp=yes', 'clamp', /clamp is "yes", expected 0 or 1/],
  ])('that is none: %s', (text, field, message) => {
    const error = refusal(() => loadChoice(new URLSearchParams(text)));
    expect(error.field).toBe(field);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(200);
  });

  test('numbers as people type them', () => {
    expect([' 100 ', '0x80', '0'].map(numberIn)).toEqual([100, 128, 0]);
    expect(['', '1.5', '1e9', '-1', 'x', '0x'].map(numberIn)).toEqual(Array(6).fill(Number.NaN));
  });
});

describe('sliders', () => {
  test.each(NUMBERS)('stop only where a plan can be: %s', (name) => {
    const stops = STOPS[name];
    expect([...stops]).toEqual([...new Set(stops)].sort((a, b) => a - b));
    for (const stop of stops) expect(() => planOf(chosen({ [name]: stop }))).not.toThrow();
    for (const [i, stop] of stops.entries()) expect(nearestStop(stops, stop)).toBe(i);
    expect(stops).toContain(DEFAULT_CHOICE[name]);
  });

  test('reach all entries that the kernel takes, and stop behind each power of two', () => {
    expect(STOPS.entries[0]).toBe(1);
    expect(STOPS.entries.at(-1)).toBe(32_768);
    expect(STOPS.entries).toEqual(expect.arrayContaining([128, 129, 160, 192, 224, 16_385, 28_672]));
    expect(nearestStop(STOPS.entries, 100)).toBe(STOPS.entries.indexOf(96));
    expect(nearestStop(STOPS.entries, 4_000_000)).toBe(STOPS.entries.length - 1);
  });
});

describe('the picture', () => {
  test('has every byte of the region once, in order', () => {
    fc.assert(
      fc.property(choices, (choice) => {
        const plan = planOf(choice);
        const parts = pagePartsOf(plan);
        let at = 0;
        for (const { from, to } of parts) {
          expect(from).toBe(at);
          expect(to).toBeGreaterThan(from);
          at = to;
        }
        expect(at).toBe(plan.region.region_size);
        const sizes = (kind: string) =>
          parts.filter((each) => each.kind === kind).reduce((sum, { from, to }) => sum + to - from, 0);
        expect(sizes('entries') + sizes('added')).toBe(plan.region.rq_entries * 16);
        expect(sizes('entries')).toBe(Math.min(choice.entries, plan.region.rq_entries) * 16);
        expect(sizes('statistics')).toBe(choice.placement === 'none' ? 0 : choice.stats);
        expect(sizes('header')).toBe(choice.header);
      }),
    );
  });

  test('is to scale where it does not say that it is not, and large enough to read', () => {
    fc.assert(
      fc.property(choices, (choice) => {
        const plan = planOf(choice);
        const { blocks, borders, step, height } = pictureOf(plan);
        const { region_size } = plan.region;
        let top = 0;
        for (const block of blocks) {
          expect(block.top).toBeCloseTo(top, 6);
          top += block.height;
          expect(block.height).toBeGreaterThanOrEqual(26);
          const own = ((block.part.to - block.part.from) / region_size) * 300;
          if (block.isEnlarged) expect(own).toBeLessThan(26);
          else expect(block.height).toBeCloseTo(own, 6);
        }
        expect(height).toBeCloseTo(top, 6);
        expect(height).toBeLessThanOrEqual(300 + 7 * 26);
        // Borders of pages: where pages are, inside the region, and not on top of each other.
        for (const [i, border] of borders.entries()) {
          expect(border.at).toBe(border.page * choice.page);
          expect(border.page).toBe((i + 1) * step);
          const block = blocks.find(({ part }) => border.at >= part.from && border.at < part.to)!;
          expect(border.top).toBeGreaterThanOrEqual(block.top - 1e-6);
          expect(border.top).toBeLessThanOrEqual(block.top + block.height + 1e-6);
          if (i > 0) expect(border.top - borders[i - 1]!.top).toBeGreaterThan(17.9);
        }
        expect((borders.length + 1) * step * choice.page).toBeGreaterThanOrEqual(region_size);
      }),
    );
  });

  test('of a hundred entries', () => {
    const { blocks, borders } = pictureOf(planOf(chosen({ entries: 100 })));
    expect(blocks.map(({ part: { kind, from, to, title } }) => [kind, from, to, title])).toEqual([
      ['header', 0, 128, 'header: head and tail'],
      ['entries', 128, 1728, '100 entries of 16'],
      ['added', 1728, 2176, '28 entries added'],
      ['unused', 2176, 4096, 'unused'],
      ['statistics', 4096, 4112, 'statistics'],
      ['unused', 4112, 8192, 'unused'],
    ]);
    expect(borders.map(({ at, page }) => [at, page])).toEqual([[4096, 1]]);
  });

  test('of entries that are cut down, and of a region of many pages', () => {
    const clamped = planOf(chosen({ entries: 100_000, clamp: true, placement: 'none' }));
    expect(pagePartsOf(clamped).map(({ kind }) => kind)).toEqual(['header', 'entries', 'unused']);
    const { borders, step } = pictureOf(clamped);
    expect(step).toBe(8);
    expect(borders).toHaveLength(16);
  });
});

describe('the comparison of kernels', () => {
  const outcomes = (choice: Choice) =>
    compare(choice).map(({ kernel, plan, said }) => [
      kernel,
      plan.region.stats_offset,
      said['7.2'].outcome,
      said['7.3'].outcome,
    ]);

  test('the classic mistake: an offset planned for one, on the other', () => {
    expect(outcomes(chosen({ entries: 100, placement: 'tight' }))).toEqual([
      ['7.2', 2112, 'succeeds', 'ERANGE'],
      ['7.3', 2176, 'succeeds', 'succeeds'],
    ]);
    const [old] = compare(chosen({ entries: 100, placement: 'tight' }));
    expect(old!.said['7.3'].because).toMatch(
      /first free offset is 2176 \(on Linux 7\.3 the entries begin at 128, not at 64\)/,
    );
    // On a page of its own it suits both.
    expect(outcomes(chosen({ entries: 100 }))).toEqual([
      ['7.2', 4096, 'succeeds', 'succeeds'],
      ['7.3', 4096, 'succeeds', 'succeeds'],
    ]);
  });

  test('a region that is planned for a kernel is taken by it', () => {
    fc.assert(
      fc.property(choices, (choice) => {
        // The kernel's statistics have 16 bytes and are aligned to 8.
        const fitting = { ...choice, stats: 16, align: 8 };
        for (const { kernel, said } of compare(fitting)) {
          expect(said[kernel]).toEqual({ kind: 'succeeds', outcome: 'succeeds', because: '' });
        }
      }),
      { numRuns: 50 },
    );
  });

  test('what is no registration is said, and nothing thrown', () => {
    const choice = chosen({ page: 2048 });
    expect(verdictOn(choice, planOf(choice), '7.3')).toMatchObject({
      outcome: 'not known',
      because: /^page_size is 2048, expected/,
    });
    const crooked = chosen({ align: 4, entries: 1, header: 1, placement: 'tight' });
    expect(verdictOn(crooked, planOf(crooked), '7.3')).toMatchObject({ outcome: 'ERANGE' });
  });

  test('the registration that is checked is the plan', () => {
    const choice = chosen({ entries: 100, page: 16_384, placement: 'tight', clamp: true });
    const bundle = planBundle(choice, planOf(choice), '7.3');
    expect(bundle).toMatchObject({
      kernel: '7.3',
      page_size: 16_384,
      reg: { rq_entries: 100 },
      region: { size: 16_384 },
      event_desc: { stats_offset: 2176 },
    });
    const { verdict } = checkBundle(bundle);
    expect(verdict).toMatchObject({ rule: 'ok', instances: [{ rq_entries: 128, event_mask: 3 }] });
    const without = planBundle(chosen({ placement: 'none' }), planOf(chosen({ placement: 'none' })), '7.3');
    expect(checkBundle(without).verdict.rule).toBe('ok');
  });
});

describe('C', () => {
  test('has the numbers of the plan', () => {
    const code = planCode(planOf(chosen({ entries: 100, placement: 'tight', header: 8 })));
    expect(code).toContain('100 entries, which the kernel makes 128; the header has 8 bytes (of Linux 7.2).');
    expect(code).toContain('.stats_offset = 2112,');
    expect(code).toContain('size_t region_size = 4096;');
    expect(code).toContain('reg.offsets.rqes must be 64');
  });

  test('of a region without statistics says nothing about them', () => {
    const code = planCode(planOf(chosen({ entries: 128, placement: 'none' })));
    expect(code).not.toMatch(/stat/i);
    expect(code).toContain('128 entries; the header has 128 bytes');
  });
});
