import { ARENA_BASE } from './arena.js';
import { NO_INTERFACE, roundedEntries, type Surroundings } from './bundles.js';
import { DESCRIPTORS, type Draft, exportDescriptor, type Placed } from './draft.js';
import { STRUCTS, type StructKind } from './structs.js';
import { ringHeader } from './target.js';

const TIB = 1n << 40n;
const U64 = 1n << 64n;

/** Addresses that are not of the arena: user space that is not mapped, its end, what is no address, the kernel's. */
const FOREIGN = [
  0n,
  1n,
  8n,
  4096n,
  BigInt(ARENA_BASE) - 4096n,
  BigInt(ARENA_BASE) - 8n,
  1n << 31n,
  1n << 32n,
  1n << 46n,
  (1n << 47n) - 4096n,
  1n << 47n,
  1n << 48n,
  1n << 55n,
  1n << 63n,
  0xffff888000000000n,
  0xffffffff81000000n,
  U64 - 65536n,
  U64 - 4096n,
  U64 - 8n,
  U64 - 1n,
];

function u32Values({ random }: Surroundings): bigint {
  return random.pick([
    0n,
    1n,
    2n,
    3n,
    4n,
    BigInt(random.below(17)),
    1n << BigInt(random.below(32)),
    (1n << BigInt(random.below(32))) - 1n,
    0x7fffffffn,
    0x80000000n,
    0xfffffffen,
    0xffffffffn,
    BigInt(random.u32()),
  ]);
}

function u64Values(around: Surroundings): bigint {
  const { random, arena } = around;
  const page = BigInt(arena.pageSize);
  return random.pick([
    u32Values(around),
    1n << BigInt(random.below(64)),
    page - 8n,
    page - 1n,
    page,
    page + 1n,
    2n * page,
    1n << 31n,
    (1n << 32n) - 1n,
    1n << 32n,
    TIB - page,
    TIB,
    TIB + page,
    1n << 63n,
    U64 - page,
    U64 - 16n,
    U64 - 8n,
    U64 - 1n,
    random.u64(),
  ]);
}

/** A place for a struct of so many bytes: next to every kind of border, over one, or on top of another struct. */
export function structAddress(around: Surroundings, draft: Draft, size: number): bigint {
  const { random, arena } = around;
  const at = (page: number): bigint => BigInt(arena.page(page));
  const bytes = BigInt(size);
  const borders = [20, 22, 25, 26, 28, 29, 31].map(at);
  const others = Object.values(draft.structs).map(({ address }) => address);
  return random.weighted<() => bigint>([
    [20, () => random.pick(FOREIGN)],
    // Over a border, or exactly up to it.
    [20, () => random.pick(borders) - BigInt(random.below(size / 8 + 2)) * 8n],
    [5, () => random.pick(borders) - BigInt(random.below(size + 2))],
    [10, () => random.pick(borders) - bytes],
    // With a tag in its topmost byte: not canonical, or simply not allowed.
    [1, () => (1n << 56n) + at(0)],
    [10, () => random.pick(borders)],
    [15, () => at(20) + BigInt(random.below(2 * arena.pageSize - size))],
    [5, () => at(23) + BigInt(random.below(arena.pageSize))],
    [10, () => random.pick(others) + BigInt(random.pick([0, 8, 16, 24, 4, 1, -8, -16, 64, 72]))],
    [5, () => random.pick(others) & ~BigInt(arena.pageSize - 1)],
    // In the middle of refill rings and areas.
    [5, () => at(random.between(4, 19)) + 8n * BigInt(random.below(8))],
  ])();
}

/** An address of memory that is to be pinned: whole pages of every kind. */
function pinnedAddress(around: Surroundings, draft: Draft): bigint {
  const { random, arena } = around;
  const page = BigInt(arena.pageSize);
  return random.weighted<() => bigint>([
    [15, () => random.pick(FOREIGN) & -page],
    [10, () => random.pick(FOREIGN)],
    [
      25,
      () => BigInt(arena.page(random.pick([19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 163, 164]))),
    ],
    [10, () => BigInt(arena.page(random.below(4)))],
    [10, () => random.pick(Object.values(draft.structs)).address & -page],
    [
      10,
      () =>
        BigInt(arena.page(random.below(20))) +
        BigInt(random.pick([1, 8, 64, 512, arena.pageSize - 1, arena.pageSize / 2])),
    ],
    [5, () => U64 - page * BigInt(random.below(3))],
  ])();
}

/** A value for a field of a struct that is worth a try, whether or not it is allowed there. */
export function fieldValue(around: Surroundings, draft: Draft, name: string, field: string): bigint {
  const struct = draft.structs[name]!;
  const { random, arena } = around;
  const special = specialValues(around, draft, struct, field);
  if (special !== undefined && random.chance(0.8)) return special();
  const [, size] = (STRUCTS[struct.kind].fields as Record<string, readonly [number, number]>)[field]!;
  if (size === 4) return u32Values(around);
  return random.chance(0.15) ? structAddress(around, draft, arena.pageSize / 8) : u64Values(around);
}

function specialValues(
  around: Surroundings,
  draft: Draft,
  struct: Placed,
  field: string,
): (() => bigint) | undefined {
  const { random, arena, target } = around;
  const page = BigInt(arena.pageSize);
  const pick = (...values: (number | bigint)[]): bigint => BigInt(random.pick(values));
  const bit = (): bigint => 1n << BigInt(random.below(32));
  const entries = Number(draft.structs.reg?.fields?.rq_entries ?? 1n) || 1;
  const used = BigInt(ringHeader(target) + 16 * roundedEntries(entries));
  const regionSize = draft.structs.region?.fields?.size ?? 0n;
  const key = `${struct.kind}.${field}`;
  const pointer = (kind: StructKind): bigint => structAddress(around, draft, STRUCTS[kind].size || 64);
  switch (key) {
    case 'reg.if_idx':
      return () =>
        pick(
          0,
          1,
          2,
          NO_INTERFACE,
          0xffffffffn,
          DESCRIPTORS.file,
          DESCRIPTORS.io_uring,
          exportDescriptor(random.below(8)),
        );
    case 'reg.if_rxq':
      return () => pick(0, 1, 0xffffffffn, 0xfffffffen, 0x80000000n);
    case 'reg.rq_entries':
      return () =>
        random.pick([
          pick(0, 1, 2, 3, 100, 32767, 32768, 32769, 65535, 65536, 0x80000000n, 0x80000001n, 0xffffffffn),
          BigInt(entries + random.pick([-1, 1])),
          BigInt(roundedEntries(entries) + random.pick([-1, 0, 1])),
          BigInt(2 * roundedEntries(entries)),
        ]);
    case 'reg.flags':
      return () => random.pick([BigInt(random.below(8)), bit(), bit() | 2n]);
    case 'reg.rx_buf_len':
      return () =>
        random.pick([page, page - 1n, page / 2n, 2n * page, 3n * page, 1n, 0x80000000n, page + 1n]);
    case 'reg.area_ptr':
      return () => pointer('area');
    case 'reg.region_ptr':
      return () => pointer('region');
    case 'reg.event_desc':
      return () => pointer('desc');
    case 'region.user_addr':
    case 'area.addr':
      return () => pinnedAddress(around, draft);
    case 'region.size':
      return () =>
        random.pick([
          used,
          used - 8n,
          used + 8n,
          used - 1n,
          used & -page,
          (used + page - 1n) & -page,
          ((used + page - 1n) & -page) - page,
          regionSize - page,
          regionSize + page,
          regionSize + 8n,
          regionSize + BigInt(random.below(4)) * page,
          20n * page,
          // Around the most pages that are possible at all.
          (1n << 31n) * page,
          (1n << 31n) * page - page,
          (1n << 31n) * page + page,
          (1n << 28n) * page,
          1n << 63n,
          U64 - page,
          U64 - 8n,
        ]);
    case 'region.flags':
    case 'area.flags':
      return () => random.pick([0n, 1n, 2n, 3n, bit(), bit() | 1n]);
    case 'area.len':
      return () =>
        random.pick([
          0n,
          1n,
          page - 1n,
          page,
          page + 1n,
          page / 2n,
          BigInt(random.between(1, 24)) * page,
          TIB - 1n,
          TIB,
          TIB + 1n,
          TIB + page,
          TIB - page,
          U64 - 1n,
          U64 - page,
        ]);
    case 'area.dmabuf_fd':
      return () => pick(0, 1, 3, DESCRIPTORS.file, 0xffffffffn);
    case 'desc.type_mask':
      return () => random.pick([BigInt(random.below(9)), bit(), bit() | 3n, 0xffffffffn]);
    case 'desc.flags':
      return () => random.pick([0n, 1n, 2n, 3n, bit()]);
    case 'desc.stats_offset': {
      const around8 = (base: bigint): bigint =>
        base + BigInt(random.pick([-16, -9, -8, -7, -4, -1, 0, 1, 4, 7, 8, 9, 16]));
      return () =>
        random.pick([
          0n,
          8n,
          around8(used),
          around8(BigInt(ringHeader(target) + 16 * entries)),
          around8(regionSize),
          around8(regionSize - 16n),
          U64 - 8n,
          U64 - 16n,
          U64 - 24n,
          U64 - 1n,
          (U64 - 8n) & -page,
        ]);
    }
    case 'ctrl.zcrx_id':
      return () => pick(0, 1, 2, 3, 4, 0x7fffffff, 0x80000000n, 0xffffffffn);
    case 'ctrl.op':
      return () => random.pick([BigInt(random.below(6)), 255n, 0x80000000n, 0xffffffffn]);
    case 'ctrl.event_type':
      return () => pick(0, 1, 2, 3, 4, 32, 33, 0x80000000n, 0xffffffffn);
    case 'ctrl.area_ptr':
      return () => pointer('area');
    case 'hdr.next_entry':
      return () => pointer('hdr');
    case 'hdr.query_data':
      return () => pointer('data');
    case 'hdr.query_op':
      return () => random.pick([BigInt(random.below(6)), 100n, 0x80000000n, 0xffffffffn]);
    case 'hdr.size':
      return () =>
        random.pick([
          BigInt(random.pick([0, 1, 3, 4, 7, 8, 15, 16, 17, 39, 40, 41, 47, 48, 49, 95, 96, 97])),
          page - 1n,
          page,
          page + 1n,
          2n * page,
          20n * page,
          0x80000000n,
          0xffffffffn,
        ]);
    case 'hdr.result':
      return () => pick(1, 0xffffffffn, 0xffffffean, 0x80000000n);
    default:
      return undefined;
  }
}
