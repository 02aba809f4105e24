import { encode, type FindingCode } from '../../src/index.js';

type Found = [code: FindingCode, field: string, value: bigint, expected: string];
export interface Case {
  entries?: number;
  rqes?: number;
  size?: number | bigint;
  /** Absent: no statistics are asked for. */
  stats?: number | bigint;
  statsSize?: number;
  statsAlignment?: number;
  clamp?: boolean;
}
export type Row = [what: string, given: Case, findings: Found[]];

const TOP = 2n ** 64n;
export const PAGE = 4096;

export const reg = (entries: number, more: object = {}) =>
  encode('io_uring_zcrx_ifq_reg', {
    rq_entries: entries,
    flags: 2,
    area_ptr: 1,
    region_ptr: 1,
    event_desc: 1,
    ...more,
  });
export const region = (size: number | bigint) => encode('io_uring_region_desc', { size });
const area = encode('io_uring_zcrx_area_reg', { addr: PAGE, len: PAGE });
export const descriptor = (stats: number | bigint | undefined) =>
  encode(
    'zcrx_event_desc',
    stats === undefined ? { type_mask: 3 } : { type_mask: 3, flags: 1, stats_offset: stats },
  );

/** The structs of a case; what is left of it are options. */
export function structsOf({ entries = 100, rqes = 128, size = PAGE, stats, ...options }: Case) {
  const structs = { reg: reg(entries), region: region(size), area, event_desc: descriptor(stats) };
  return { structs, options: { rqes, ...options } };
}

const overlaps = (value: number | bigint, used: number): Found => [
  'overlaps-ring',
  'stats_offset',
  BigInt(value),
  `at least ${used}`,
];
const outside = (value: number | bigint, last: number | bigint): Found => [
  'outside-region',
  'stats_offset',
  BigInt(value),
  `at most ${last}`,
];
const tooSmall = (size: number, used: number | bigint): Found => [
  'too-small',
  'size',
  BigInt(size),
  `at least ${used}`,
];
const misaligned = (value: number | bigint): Found => [
  'misaligned',
  'stats_offset',
  BigInt(value),
  'a multiple of 8',
];

// 100 entries are rounded up to 128: 2048 bytes behind the header
export const REGISTRATION_ROWS: Row[] = [
  ['right behind the entries', { stats: 2176 }, []],
  ['right behind the entries of a smaller header', { rqes: 64, stats: 2112 }, []],
  ['where a smaller header would have them', { stats: 2112 }, [overlaps(2112, 2176)]],
  ['behind entries that are not rounded up', { stats: 128 + 1600 }, [overlaps(1728, 2176)]],
  ['behind 64 and entries that are not rounded up', { rqes: 64, stats: 64 + 1600 }, [overlaps(1664, 2112)]],
  ['8 bytes into the entries', { stats: 2168 }, [overlaps(2168, 2176)]],
  ['8 bytes behind them', { stats: 2184 }, []],
  ['at the start', { stats: 0 }, [overlaps(0, 2176)]],
  ['4 bytes into the entries', { stats: 2172 }, [misaligned(2172), overlaps(2172, 2176)]],
  ['in the last 16 bytes', { stats: PAGE - 16 }, []],
  ['in the last 8 bytes', { stats: PAGE - 8 }, [outside(PAGE - 8, PAGE - 16)]],
  ['at the end', { stats: PAGE }, [outside(PAGE, PAGE - 16)]],
  ['far behind the end', { stats: 1n << 40n }, [outside(1n << 40n, PAGE - 16)]],
  ['at 2^64 - 8', { stats: TOP - 8n }, [outside(TOP - 8n, PAGE - 16)]],
  ['at 2^64 - 16', { stats: TOP - 16n }, [outside(TOP - 16n, PAGE - 16)]],
  ['at 2^64 - 1', { stats: TOP - 1n }, [misaligned(TOP - 1n), outside(TOP - 1n, PAGE - 16)]],
  ['larger statistics at the end', { stats: PAGE - 64, statsSize: 64 }, []],
  ['larger statistics past the end', { stats: PAGE - 56, statsSize: 64 }, [outside(PAGE - 56, PAGE - 64)]],
  ['statistics larger than the region', { stats: 2176, statsSize: 8192 }, [outside(2176, 0)]],
  ['no statistics', {}, []],
  // the ring itself
  ['128 entries', { entries: 128, stats: 2176 }, []],
  ['129 entries, rounded up to 256', { entries: 129, size: 2 * PAGE, stats: 2176 }, [overlaps(2176, 4224)]],
  ['129 entries in one page', { entries: 129 }, [tooSmall(PAGE, 4224)]],
  ['252 entries in one page', { entries: 252 }, [tooSmall(PAGE, 4224)]],
  ['1 entry', { entries: 1, stats: 144 }, []],
  ['2 entries', { entries: 2, stats: 152 }, [overlaps(152, 160)]],
  ['3 entries, rounded up to 4', { entries: 3, stats: 184 }, [overlaps(184, 192)]],
  ['as many entries as a region holds', { entries: 32768, size: 0x81000, stats: 0x80080 }, []],
  ['the same, a page too small', { entries: 32768, size: 0x80000 }, [tooSmall(0x80000, 0x80080)]],
  [
    'the same and statistics',
    { entries: 32768, size: 0x80000, stats: 0x7fff8 },
    [tooSmall(0x80000, 0x80080), overlaps(0x7fff8, 0x80080)],
  ],
  ['clamped entries', { entries: 40000, clamp: true, size: 0x81000, stats: 0x80080 }, []],
  [
    'clamped entries, too small',
    { entries: 2 ** 32 - 1, clamp: true, size: PAGE },
    [tooSmall(PAGE, 0x80080)],
  ],
  [
    'entries beyond all measure',
    { entries: 2 ** 32 - 1 },
    [['out-of-range', 'rq_entries', 2n ** 32n - 1n, '1 to 32768'], tooSmall(PAGE, 2n ** 36n + 128n)],
  ],
  [
    '2^31 entries and one more',
    { entries: 2 ** 31 + 1 },
    [['out-of-range', 'rq_entries', 2n ** 31n + 1n, '1 to 32768'], tooSmall(PAGE, 2n ** 36n + 128n)],
  ],
  ['no entries', { entries: 0, stats: 128 }, [['out-of-range', 'rq_entries', 0n, '1 to 32768']]],
];
