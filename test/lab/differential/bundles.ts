import type { Arena } from './arena.js';
import { type Draft, exportDescriptor, type Placed } from './draft.js';
import type { Random } from './random.js';
import { STRUCTS, type StructKind } from './structs.js';
import { ringHeader, since, type Target } from './target.js';

/** Where things of a valid call lie, in pages of the first zone. */
const STRUCT_PAGES = 4;
const REGION_PAGES = [4, 10] as const;
const AREA_PAGES = [10, 20] as const;
const LARGE_ZONE_PAGE = 32;

const ENTRY_BYTES = 16;
const STATS_BYTES = 16;
const REG_IMPORT = 1n;
const REG_NODEV = 2n;
const REGION_USER = 1n;
const DESC_STATS = 1n;
/** No interface has this number; 1 is the loopback interface. */
export const NO_INTERFACE = 999n;
export const LOOPBACK = 1n;

export interface Surroundings {
  readonly random: Random;
  readonly target: Target;
  readonly arena: Arena;
}

/** Gives each struct of a call its own place, 8-aligned, not touching another. */
export class Places {
  readonly #surroundings: Surroundings;
  readonly #cells: number[];

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const cells = (STRUCT_PAGES * surroundings.arena.pageSize) / 256;
    this.#cells = surroundings.random.shuffle(Array.from({ length: Math.min(cells, 64) }, (_, i) => i));
  }

  next(kind: StructKind): bigint {
    const { random, arena } = this.#surroundings;
    const cell = this.#cells.pop();
    if (cell === undefined) throw new Error('too many structs in one call');
    const slack = (256 - STRUCTS[kind].size) / 8;
    return BigInt(arena.page(0) + cell * 256 + 8 * random.below(slack));
  }
}

/** The kernel's rounding of the number of refill entries. */
export function roundedEntries(entries: number): number {
  return 2 ** Math.ceil(Math.log2(entries));
}

interface RegisterChoice {
  /** Without a device, where the kernel can do that. Default: mostly. */
  readonly nodev?: boolean;
  /** Asks for the COPY event, where the kernel has it. Default: often. */
  readonly copyEvent?: boolean;
}

/** A registration that succeeds, unless it names a device. */
export function registerBundle(around: Surroundings, ring: number, choice: RegisterChoice = {}): Draft {
  const { random, target, arena } = around;
  const places = new Places(around);
  const page = arena.pageSize;
  const nodev = since(target, '7.1') && (choice.nodev ?? random.chance(0.85));
  const withDescriptor = since(target, '7.2') && (choice.copyEvent ?? random.chance(0.75));

  const entries = chooseEntries(random);
  const used = ringHeader(target) + ENTRY_BYTES * roundedEntries(entries);
  const stats = withDescriptor && random.chance(0.6);
  const region = chooseRegion(around, used, stats);

  const structs: Record<string, Placed> = {};
  if (random.chance(0.3) && region.address !== 0) {
    // What the kernel is to zero must not have been zero.
    structs.oldHeader = { kind: 'data', address: BigInt(region.address), fill: ringHeader(target) + 16 };
    if (stats) {
      const at = region.address + region.statsOffset;
      structs.oldStats = { kind: 'data', address: BigInt(at - 8), fill: STATS_BYTES + 16 };
    }
  }
  const offsets = random.chance(0.2)
    ? Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`offsets[${i}]`, BigInt(random.u32())]))
    : {};
  structs.reg = {
    kind: 'reg',
    address: places.next('reg'),
    fields: {
      ...(nodev
        ? { flags: REG_NODEV }
        : {
            if_idx: random.pick([NO_INTERFACE, LOOPBACK]),
            if_rxq: BigInt(random.pick([0, 1, 7])),
          }),
      rq_entries: BigInt(entries),
      rx_buf_len: since(target, '7.0') && random.chance(0.2) ? BigInt(page) : 0n,
      ...offsets,
    },
    points: { area_ptr: 'area', region_ptr: 'region', ...(withDescriptor ? { event_desc: 'desc' } : {}) },
  };
  structs.region = {
    kind: 'region',
    address: places.next('region'),
    fields: {
      user_addr: BigInt(region.address),
      size: BigInt(region.size),
      flags: region.address === 0 ? 0n : REGION_USER,
    },
  };
  const areaPages = random.pick([1, 1, 2, 2, 3, 4]);
  const firstPage = random.between(AREA_PAGES[0], AREA_PAGES[1] - areaPages);
  structs.area = {
    kind: 'area',
    address: places.next('area'),
    fields: { addr: BigInt(arena.page(firstPage)), len: BigInt(areaPages * page) },
  };
  if (withDescriptor) {
    structs.desc = {
      kind: 'desc',
      address: places.next('desc'),
      fields: {
        user_data: random.u64() >> 1n,
        type_mask: BigInt(random.pick(choice.copyEvent ? [2, 3] : [0, 1, 2, 3, 3, 3])),
        flags: stats ? DESC_STATS : 0n,
        stats_offset: stats ? BigInt(region.statsOffset) : 0n,
      },
    };
  }
  return { operation: 'register_ifq', ring, nrArgs: 1, arg: 'reg', structs, mutations: [] };
}

function chooseEntries(random: Random): number {
  return random.weighted<() => number>([
    [70, () => random.between(1, 120)],
    [10, () => random.pick([1, 2, 3, 4, 5, 64, 100, 127, 128, 129])],
    [12, () => random.between(121, 1024)],
    [2, () => random.between(1025, 32768)],
    [1, () => 32768],
  ])();
}

interface RegionChoice {
  /** 0: the kernel allocates it. */
  readonly address: number;
  readonly size: number;
  readonly statsOffset: number;
}

function chooseRegion(around: Surroundings, used: number, stats: boolean): RegionChoice {
  const { random, arena } = around;
  const page = arena.pageSize;
  const needed = stats ? used + STATS_BYTES : used;
  let pages = Math.ceil(needed / page);
  if (random.chance(0.3)) pages += random.between(1, 2);
  const size = pages * page;
  const statsOffset = random.pick([
    used,
    size - STATS_BYTES,
    used + 8 * random.below((size - STATS_BYTES - used) / 8 + 1),
  ]);
  const [first, end] = REGION_PAGES;
  const small = pages <= end - first;
  if (!random.chance(small ? 0.7 : 0.2)) return { address: 0, size, statsOffset };
  const address = arena.page(small ? random.between(first, end - pages) : LARGE_ZONE_PAGE);
  return { address, size, statsOffset };
}

/** An import of what a step with this slot exported. */
export function importBundle(around: Surroundings, ring: number, slot: number): Draft {
  const fields = {
    flags: REG_IMPORT,
    if_idx: BigInt(exportDescriptor(slot)),
    rx_buf_len: BigInt(around.random.pick([0, 0, 0, 123, around.arena.pageSize])),
  };
  const structs = { reg: { kind: 'reg', address: new Places(around).next('reg'), fields } } as const;
  return { operation: 'register_ifq', ring, nrArgs: 1, arg: 'reg', structs, mutations: [] };
}

export const CTRL_FLUSH = 0;
export const CTRL_EXPORT = 1;
export const CTRL_ARM = 2;
export const CTRL_ADD_AREA = 3;

export function ctrlBundle(around: Surroundings, ring: number, id: number, op: number, eventType = 0): Draft {
  const { random, arena } = around;
  const places = new Places(around);
  const structs: Record<string, Placed> = {
    ctrl: {
      kind: 'ctrl',
      address: places.next('ctrl'),
      fields: {
        zcrx_id: BigInt(id),
        op: BigInt(op),
        ...(op === CTRL_ARM ? { event_type: BigInt(eventType) } : {}),
      },
      points: op === CTRL_ADD_AREA ? { area_ptr: 'area' } : {},
    },
  };
  if (op === CTRL_ADD_AREA) {
    const pages = random.between(1, 2);
    const first = random.between(AREA_PAGES[0], AREA_PAGES[1] - pages);
    structs.area = {
      kind: 'area',
      address: places.next('area'),
      fields: { addr: BigInt(arena.page(first)), len: BigInt(pages * arena.pageSize) },
    };
  }
  return { operation: 'zcrx_ctrl', ring, nrArgs: 0, arg: 'ctrl', structs, mutations: [] };
}

/** What the generator knows of a refill ring in the program's memory. */
export interface RefillRing {
  readonly address: number;
  readonly entries: number;
  /** Buffers of each area. */
  readonly areas: readonly number[];
}

/** A flush that finds entries in the refill ring, most of which name buffers. */
export function flushBundle(around: Surroundings, ring: number, id: number, refill: RefillRing): Draft {
  const { random, target, arena } = around;
  const header = ringHeader(target);
  const bytes = new Uint8Array(header + ENTRY_BYTES * refill.entries);
  const view = new DataView(bytes.buffer);
  const tail = random.weighted<() => number>([
    [60, () => random.below(refill.entries + 1)],
    [20, () => random.below(3 * refill.entries)],
    [10, () => random.pick([31, 32, 33, 64, 0x7fffffff, 0x80000000, 0xffffffff])],
  ])();
  view.setUint32(since(target, '7.3') ? 64 : 4, tail, true);
  // The kernel's own index: it does not look at this one, and overwrites it.
  if (random.chance(0.3)) view.setUint32(0, random.u32(), true);
  const wrong = random.pick([0, 0, 0.02, 0.2]);
  for (let i = 0; i < refill.entries; i++) {
    const at = header + ENTRY_BYTES * i;
    const area = random.below(refill.areas.length);
    const buffer = random.below(refill.areas[area]!);
    let offset = (BigInt(area) << 48n) + BigInt(buffer * arena.pageSize + random.below(arena.pageSize));
    if (random.chance(wrong)) {
      offset += random.pick([
        1n << 48n,
        1n << 63n,
        BigInt(refill.areas[area]!) * BigInt(arena.pageSize),
        1n << 47n,
      ]);
    }
    view.setBigUint64(at, BigInt.asUintN(64, offset), true);
    view.setUint32(at + 8, random.pick([0, arena.pageSize]), true);
    if (random.chance(wrong / 2)) view.setUint32(at + 12, random.pick([1, 0x80000000]), true);
  }
  const draft = ctrlBundle(around, ring, id, CTRL_FLUSH);
  const refillRing: Placed = { kind: 'data', address: BigInt(refill.address), bytes };
  return { ...draft, structs: { refillRing, ...draft.structs } };
}

/** A chain of queries; now and then one that never ends. */
export function queryBundle(around: Surroundings, ring: number): Draft {
  const { random } = around;
  const places = new Places(around);
  const length = random.weighted([
    [60, 1],
    [20, 2],
    [10, 3],
    [10, 4],
  ]);
  const cyclic = random.chance(0.06);
  const structs: Record<string, Placed> = {};
  for (let i = 0; i < length; i++) {
    const size = random.weighted<() => number>([
      [40, () => random.pick([48, 40, 16, 96])],
      [30, () => random.between(1, 64)],
      [10, () => random.between(65, 160)],
    ])();
    structs[`data${i}`] = { kind: 'data', address: places.next('data'), fill: Math.min(size, 160) + 8 };
    const next = i + 1 < length ? `hdr${i + 1}` : cyclic ? `hdr${random.below(length)}` : undefined;
    structs[`hdr${i}`] = {
      kind: 'hdr',
      address: places.next('hdr'),
      // On a second round the result is no longer 0, unless it was.
      fields: { query_op: BigInt(random.below(4)), size: BigInt(size) },
      points: { query_data: `data${i}`, ...(next === undefined ? {} : { next_entry: next }) },
    };
  }
  return { operation: 'query', ring, nrArgs: 0, arg: 'hdr0', structs, mutations: [] };
}
