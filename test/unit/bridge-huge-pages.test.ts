import { expect, test } from 'vitest';
import { whyNoHugePages } from '../../bridge/areas/huge-pages.js';
import { parseMeminfo } from '../../bridge/areas/meminfo.js';

const meminfo = (pool: { Total?: bigint; Free?: bigint; Rsvd?: bigint; Surp?: bigint }): string =>
  [
    'MemTotal:         981428 kB',
    'MemAvailable:     755540 kB',
    ...Object.entries(pool).map(([name, value]) => `HugePages_${name}:    ${value}`),
    'Hugepagesize:       2048 kB',
    'Hugetlb:               0 kB',
  ].join('\n');

const PAGE = 2 ** 21;

test.for<[string, Parameters<typeof meminfo>[0], string, string]>([
  ['an empty pool', {}, 'ENOMEM', '0 are to be had (HugePages_Free 0): sysctl vm.nr_hugepages=3'],
  [
    'pages that others have',
    { Total: 8n, Free: 2n },
    'ENOMEM',
    '2 are to be had (HugePages_Free 2): sysctl vm.nr_hugepages=9',
  ],
  [
    'pages that others were promised',
    { Total: 8n, Free: 4n, Rsvd: 3n },
    'ENOMEM',
    '1 are to be had (HugePages_Free 4 less 3 promised to others): sysctl vm.nr_hugepages=10',
  ],
  [
    'pages beyond the pool, which do not come back',
    { Total: 8n, Surp: 2n },
    'ENOMEM',
    '0 are to be had (HugePages_Free 0): sysctl vm.nr_hugepages=9',
  ],
  [
    'a kernel that counted below zero',
    { Total: 2n, Free: 1n, Rsvd: 2n ** 64n - 1n },
    'ENOMEM',
    '1 are to be had (HugePages_Free 1): sysctl vm.nr_hugepages=4',
  ],
])('what to do about %s', ([, pool, errno, words]) => {
  const why = whyNoHugePages(2 * PAGE + 1, errno, parseMeminfo(meminfo(pool)));
  expect(why).toBe(`3 huge pages of 2048 KiB are needed, ${words}`);
});

test.for<[string, Parameters<typeof meminfo>[0]]>([
  ['ENOMEM', { Total: 8n, Free: 3n }],
  ['EFAULT', { Total: 3n, Free: 0n }],
])('a limit is to blame for %s when the pool has enough', ([errno, pool]) => {
  const why = whyNoHugePages(3 * PAGE, errno, parseMeminfo(meminfo(pool)));
  expect(why).toMatch(/^3 huge pages of 2048 KiB are needed, and the pool has them: a limit of a cgroup/);
});

test('a kernel without huge pages is told from one that has none left', () => {
  const info = parseMeminfo('MemTotal: 981428 kB\n');
  expect(info).toMatchObject({ hugePageSize: undefined, available: Number.POSITIVE_INFINITY });
  expect(() => whyNoHugePages(PAGE, 'ENOMEM', info)).toThrow('built without huge pages');
});
