import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Btf, elfSection, readBtf } from '../../src/btf/index.js';
import { verify } from '../../src/cli/verify/verify.js';
import { fetchKernel, isLabError } from '../../src/lab/index.js';
import { structDifferences, valueDifferences } from './kernel-btf.js';
import { builtLayout } from './layout.js';
import { alteredLayouts } from './mutations.js';

const layout = builtLayout();

/** Debian may drop the older ones, which is no failure of ours. */
const SERIES = ['7.3', '7.2', '7.1', '7.0', '6.19', '6.18', '6.17', '6.16'] as const;
const REQUIRED: readonly string[] = ['7.3', '7.2'];

/** Room that earlier kernels kept, and the field that took it. */
const ROOM: readonly (readonly [
  until: string,
  struct: string,
  room: string,
  offset: number,
  field: string,
])[] = [
  ['6.19', 'io_uring_zcrx_ifq_reg', '__resv2', 68, 'rx_buf_len'],
  ['7.1', 'io_uring_zcrx_ifq_reg', '__resv', 72, 'event_desc'],
  ['6.19', 'io_uring_query_zcrx', '__resv1', 20, 'features'],
];

/** Every kernel since 6.16 has all operations of rings and registration up to then. */
const FEWEST_ENUMERATORS = 100;
const FETCH_MS = 300_000;

/** The blob that a running kernel shows as /sys/kernel/btf/vmlinux is a section of its image. */
async function btfOf(series: string): Promise<Btf> {
  const kernel = await fetchKernel(series);
  if (kernel.vmlinux === undefined) throw new Error(`the image of ${kernel.release} could not be unpacked`);
  const blob = elfSection(await readFile(kernel.vmlinux), '.BTF');
  if (blob === undefined) throw new Error(`${kernel.release} has no BTF`);
  return readBtf(blob);
}

describe.each(SERIES)('the BTF of Linux %s', { timeout: FETCH_MS }, (series) => {
  test('has every layout as it was then', async (context) => {
    const btf = await btfOf(series).catch((error: unknown) => {
      if (isLabError(error, 'not-available') && !REQUIRED.includes(series)) context.skip(error.message);
      throw error;
    });
    expectAgreement(btf, series);
    for (const [until, struct, room, offset, field] of ROOM) {
      const members = btf.structs(struct).flatMap((found) => found.members);
      if (members.length === 0) continue;
      const there = members.find((member) => member.offset === offset)?.name;
      expect(there, `${struct} at ${offset}`).toBe(isUpTo(series, until) ? room : field);
    }
  });
});

test('whatever is changed in the structs, the BTF of Linux 7.3 contradicts', {
  timeout: FETCH_MS,
}, async () => {
  const btf = await btfOf('7.3');
  const names = layout.structs.filter(({ names }) => names.event.length > 0).map(({ id }) => id);
  const unnoticed: string[] = [];
  let changes = 0;
  for (const { what, layout: mutant } of alteredLayouts(layout)) {
    if (!names.some((id) => what.startsWith(`${id} size`) || what.startsWith(`${id}.`))) continue;
    changes++;
    if (structDifferences(btf, mutant, '7.3').length === 0) unnoticed.push(what);
  }
  expect(changes).toBeGreaterThan(500);
  // The kernel's own struct of a completion ends before these; headers.test.ts proves them.
  expect(unnoticed).toEqual([
    'io_uring_cqe32 size',
    'io_uring_cqe32.big_cqe width',
    'io_uring_cqe32.big_cqe count',
  ]);
});

const OWN = '/sys/kernel/btf/vmlinux';

test.skipIf(!existsSync(OWN))('the BTF of the running kernel has every layout as it was then', async () => {
  expectAgreement(readBtf(await readFile(OWN)), /^\d+\.\d+/.exec(release())![0]);
});

function expectAgreement(btf: Btf, series: string): void {
  expect(structDifferences(btf, layout, series)).toEqual([]);
  const { differences, compared } = valueDifferences(btf, layout, series);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThanOrEqual(FEWEST_ENUMERATORS);
  // The command comes to the same without being told which kernel it is.
  const hasEvents = series === '7.3' || series === '7.2';
  const revision = hasEvents ? 'event' : null;
  expect(verify(btf)).toMatchObject({ revision, differs: [], unknown: [] });
}

function isUpTo(series: string, last: string): boolean {
  return SERIES.indexOf(series as (typeof SERIES)[number]) >= SERIES.indexOf(last as (typeof SERIES)[number]);
}
