import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  countersNow,
  layoutsFor,
  type Seen,
  weighCandidates,
} from '../../bridge/attach/candidates.js';
import { type KernelLayout, tailOffset } from '../../bridge/attach/kernel.js';
import { locate, planFor } from '../../bridge/attach/locate.js';

const common = { pageSize: 4096, statsSize: 16, statsAlignment: 8 };
const KERNELS: Readonly<Record<string, KernelLayout>> = {
  '7.2': { ...common, rqHeaderSize: 8 },
  '7.3': { ...common, rqHeaderSize: 128 },
};
const V73 = KERNELS['7.3'] as KernelLayout;

const exact = (size: number) => ({ size, exact: true });

describe('where the statistics are, by what the user knows', () => {
  test('nothing known, nothing guessed', () => {
    expect(locate({}, exact(8192), V73)).toEqual({
      unlocated: expect.stringMatching(/give stats_offset, or entries, or choose one of the candidates/),
    });
  });

  test('the offset', () => {
    expect(locate({ stats_offset: 4096 }, exact(8192), V73)).toEqual({ stats_offset: 4096 });
    expect(locate({ stats_offset: 8176 }, exact(8192), V73)).toEqual({ stats_offset: 8176 });
    expect(locate({ stats_offset: 4096, entries: 100 }, exact(8192), V73)).toEqual({
      stats_offset: 4096,
      rq_entries: 128,
    });
  });

  test.for(Object.entries(KERNELS))(
    'the number of entries, by the size of the region, in Linux %s',
    ([, kernel]) => {
      for (let power = 0; power <= 15; power++) {
        const entries = 2 ** power;
        const sizes = new Set<number>();
        for (const placement of ['own-page', 'tight'] as const) {
          const { region_size, stats_offset } = planFor(entries, placement, kernel);
          sizes.add(region_size);
          expect(locate({ entries }, exact(region_size), kernel)).toEqual({
            stats_offset,
            rq_entries: entries,
          });
          expect(locate({ entries, placement }, exact(region_size + 4096), kernel)).toEqual({
            stats_offset,
            rq_entries: entries,
          });
        }
        expect(sizes.size).toBe(2);
        const { unlocated } = locate({ entries }, exact(Math.max(...sizes) + 4096), kernel);
        expect(unlocated).toMatch(/give placement or stats_offset/);
        expect(locate({ entries }, { size: 1 << 20, exact: false }, kernel).unlocated).toMatch(
          /size .* is not known/,
        );
      }
    },
  );

  test.for([
    [{ stats_offset: 4097 }, 'stats_offset is 4097, expected a multiple of 8 from 128 to 8176'],
    [{ stats_offset: 8184 }, 'stats_offset is 8184, expected'],
    [{ stats_offset: 64 }, 'stats_offset is 64, expected'],
    [{ stats_offset: 0 }, 'stats_offset is 0, expected'],
    [{ stats_offset: 2 ** 40 }, 'stats_offset is 1099511627776, expected'],
    [
      { stats_offset: 1024, entries: 64 },
      'stats_offset is 1024, expected at least 1152, where 64 entries end',
    ],
    [{ entries: 1024 }, 'entries is 1024, which takes 16512 bytes, expected fewer: the region has 8192'],
    [{ entries: 400, placement: 'own-page' }, 'entries is 400'],
    [
      { entries: 256, placement: 'own-page' },
      'placement is own-page, which takes 12288 bytes, expected at most 8192',
    ],
    [{ entries: 0 }, 'entries is 0'],
    [{ placement: 'tight' }, 'placement is given, expected entries with it'],
  ] as const)('what cannot be is refused: %j', ([place, message]) => {
    expect(() => locate(place, exact(8192), V73)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(message) }),
    );
  });

  test('a kernel without statistics has none', () => {
    const kernel = { ...V73, statsSize: 0 };
    expect(locate({ stats_offset: 4096 }, exact(8192), kernel)).toEqual({
      unlocated: expect.stringMatching(/no statistics, Linux 7\.2/),
    });
    expect(layoutsFor(exact(8192), kernel).every(({ placement }) => placement === 'none')).toBe(true);
  });
});

interface Picture {
  readonly kernel?: KernelLayout;
  readonly entries: number;
  readonly placement: 'own-page' | 'tight';
  /** Buffers that were ever given back. */
  readonly given: number;
  readonly counters: readonly [bigint, bigint];
  readonly zeroed?: boolean;
}

/** A region as an ordinary program leaves it behind. */
function picture({ kernel = V73, entries, placement, given, counters, zeroed = true }: Picture): Seen {
  const plan = planFor(entries, placement, kernel);
  const bytes = new Uint8Array(plan.region_size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.max(0, given - 3), true);
  view.setUint32(tailOffset(kernel), given, true);
  for (let i = 0; i < Math.min(given, plan.rq_entries); i++) {
    view.setBigUint64(plan.rqes + i * 16, BigInt(((i * 7) % 256) * 4096), true);
    view.setUint32(plan.rqes + i * 16 + 8, 1448, true);
  }
  view.setBigUint64(plan.stats_offset ?? 0, counters[0], true);
  view.setBigUint64((plan.stats_offset ?? 0) + 8, counters[1], true);
  return { bytes, size: plan.region_size, exact: true, zeroed };
}

const best = (seen: Seen, earlier?: Seen, kernel = V73): Candidate[] => {
  const all = weighCandidates(seen, earlier ? countersNow(earlier, kernel) : new Map(), kernel);
  return all.filter(({ speaks_against }) => speaks_against.length === 0);
};
const brief = ({ rq_entries, placement }: Candidate) => `${rq_entries} ${placement}`;

describe('candidates, each with its evidence', () => {
  for (const [series, kernel] of Object.entries(KERNELS)) {
    test(`after a while nothing speaks against the true layout alone, in Linux ${series}`, () => {
      for (let power = 2; power <= 15; power++) {
        for (const placement of ['own-page', 'tight'] as const) {
          const about = { kernel, entries: 2 ** power, placement };
          const earlier = picture({ ...about, given: 5 * 2 ** power, counters: [1000n, 1_448_000n] });
          const seen = picture({ ...about, given: 9 * 2 ** power, counters: [3000n, 4_344_000n] });
          const [first, ...rest] = best(seen, earlier, kernel);
          expect(first && brief(first)).toBe(`${2 ** power} ${placement}`);
          expect(rest.map(brief)).toEqual([]);
          expect(first?.counters).toEqual({ copy_count: 3000n, copy_bytes: 4_344_000n });
          expect(first?.speaks_for).toContain(
            'the counters rose by 2000 copies and 2896000 bytes between two looks',
          );
        }
      }
    });
  }

  test('before anything has happened many are possible, and none is preferred without a reason', () => {
    const seen = picture({ entries: 64, placement: 'own-page', given: 0, counters: [0n, 0n] });
    const possible = best(seen);
    expect(possible.map(brief)).toEqual(expect.arrayContaining(['64 own-page', '128 own-page', '256 tight']));
    expect(new Set(possible.map(({ speaks_for }) => speaks_for.join()))).toEqual(
      new Set(['such a region has 8192 bytes, and this one has']),
    );
  });

  test('every layout that the region has room for is listed', () => {
    const seen = picture({ entries: 64, placement: 'own-page', given: 0, counters: [0n, 0n] });
    const all = weighCandidates(seen, new Map(), V73);
    expect(all.length).toBe(layoutsFor(seen, V73).length);
    const most = (placement: string) =>
      Math.max(...all.filter((each) => each.placement === placement).map(({ rq_entries }) => rq_entries));
    // 128 + 16 * 256 bytes end on the second page
    expect([most('own-page'), most('tight'), most('none')]).toEqual([128, 256, 256]);
    expect(all.every(({ stats_offset = 0 }) => stats_offset + 16 <= seen.size)).toBe(true);
  });

  const against = (seen: Seen, wanted: string, earlier?: Seen): string => {
    const all = weighCandidates(seen, earlier ? countersNow(earlier, V73) : new Map(), V73);
    return all.find((each) => brief(each) === wanted)?.speaks_against.join('; ') ?? 'not listed';
  };
  const base = { entries: 64, placement: 'own-page', given: 100, counters: [10n, 20n] } as const;

  test('more entries waiting than there are', () => {
    const seen = picture(base);
    new DataView(seen.bytes.buffer).setUint32(0, 60, true);
    expect(against(seen, '32 own-page')).toContain('the refill ring holds 40 entries (head 60, tail 100)');
    expect(against(seen, '64 own-page')).toBe('');
  });

  test('indices that have wrapped are no large difference', () => {
    const seen = picture(base);
    const view = new DataView(seen.bytes.buffer);
    view.setUint32(0, 0xffff_fff0, true);
    view.setUint32(64, 0x10, true);
    expect(against(seen, '64 own-page')).toBe('');
    expect(against(seen, '16 own-page')).toContain('holds 32 entries');
  });

  test('entries that were never written', () => {
    expect(against(picture(base), '128 own-page')).toContain(
      'tail is 100, yet 36 of the first 100 entries were never written',
    );
  });

  test('something where nothing should be', () => {
    expect(against(picture(base), '32 own-page')).toContain('written between the entries and the statistics');
    expect(against(picture(base), '64 none')).toContain('written behind the entries');
    // of the process's own memory nobody knows what was there before
    expect(against(picture({ ...base, zeroed: false }), '32 own-page')).toBe('');
  });

  test.for([
    [[5n, 4n], '5 copies of 4 bytes: every copy has a byte at least'],
    [[0n, 4n], '4 bytes in no copy at all'],
    [[1n, 1n << 40n], 'more than a packet has'],
    [[4096n, 4096n], 'look like a refill entry'],
    [[1n, 1n], ''],
    [[0n, 0n], ''],
    [[2n ** 63n, 2n ** 64n - 1n], ''],
  ] as const)('counters that cannot be: %s', ([counters, message]) => {
    const told = against(picture({ ...base, counters }), '64 own-page');
    if (message === '') expect(told).toBe('');
    else expect(told).toContain(message);
  });

  test('counters that fell, or moved apart', () => {
    const earlier = picture(base);
    expect(against(picture({ ...base, counters: [9n, 20n] }), '64 own-page', earlier)).toContain('fell');
    expect(against(picture({ ...base, counters: [15n, 22n] }), '64 own-page', earlier)).toContain(
      'changed by 5 copies and 2 bytes',
    );
    expect(against(picture(base), '64 own-page', earlier)).toBe('');
  });

  test('a size that is not known speaks neither for nor against', () => {
    const seen = { ...picture({ ...base, placement: 'tight' }), exact: false };
    const told = weighCandidates(seen, new Map(), V73).flatMap(({ speaks_for, speaks_against }) => [
      ...speaks_for,
      ...speaks_against,
    ]);
    expect(told.filter((text) => text.startsWith('such a region'))).toEqual([]);
    expect(told.length).toBeGreaterThan(0);
  });
});
