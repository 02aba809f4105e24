import type { Surroundings } from './bundles.js';
import { CLOSED_DESCRIPTOR, DESCRIPTORS, type Draft, exportDescriptor, type Mutation } from './draft.js';
import { STRUCTS } from './structs.js';
import { fieldValue, structAddress } from './values.js';

/** A valid call with so many things changed about it. */
export function mutate(around: Surroundings, draft: Draft, count: number): Draft {
  const isImport = draft.operation === 'register_ifq' && draft.structs.region === undefined;
  if (count === 1 && around.random.chance(isImport ? 0.5 : 0.4)) {
    return { ...draft, mutations: around.random.pick(rareMistakes(around, draft)) };
  }
  const mutations = [...draft.mutations];
  for (let i = 0; i < count; i++) mutations.push(mutation(around, draft));
  return { ...draft, mutations };
}

function mutation(around: Surroundings, draft: Draft): Mutation {
  const { random } = around;
  return random.weighted<() => Mutation>([
    [70, () => changedField(around, draft)],
    [20, () => movedStruct(around, draft)],
    [3, () => ({ arg: structAddress(around, draft, 64) })],
    [3, () => ({ nrArgs: random.pick([0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff]) })],
    [3, () => ({ fd: random.pick([-1, -1, CLOSED_DESCRIPTOR, DESCRIPTORS.file, exportDescriptor(0)]) })],
    [2, () => ({ caller: 'incapable' })],
    [1, () => ({ caller: 'other task' })],
  ])();
}

function withFields(draft: Draft): string[] {
  return Object.keys(draft.structs).filter((name) => STRUCTS[draft.structs[name]!.kind].size > 0);
}

function changedField(around: Surroundings, draft: Draft): Mutation {
  const { random } = around;
  const set = random.pick(withFields(draft));
  const names = Object.keys(STRUCTS[draft.structs[set]!.kind].fields);
  // Reserved fields are many, and all alike.
  const plain = names.filter((name) => !name.includes('['));
  const field = random.chance(0.85) ? random.pick(plain) : random.pick(names);
  return { set, field, value: fieldValue(around, draft, set, field) };
}

function movedStruct(around: Surroundings, draft: Draft): Mutation {
  const { random } = around;
  const move = random.pick(
    Object.keys(draft.structs).filter((name) => !name.startsWith('old') && name !== 'refillRing'),
  );
  const { kind, fill } = draft.structs[move]!;
  return { move, to: structAddress(around, draft, fill ?? STRUCTS[kind].size) };
}

/** Changes that chance would hit too seldom: each makes the kernel refuse for a reason that little else leads to. */
function rareMistakes(around: Surroundings, draft: Draft): Mutation[][] {
  const { random, arena } = around;
  const page = BigInt(arena.pageSize);
  const end = 1n << 64n;
  const readOnly = BigInt(arena.page(20) + 8 * random.below(arena.pageSize / 8));
  const halfReadOnly = BigInt(arena.page(20) - 8 * random.between(1, 5));
  const unwritable = (struct: string): Mutation[] => [
    { move: struct, to: random.pick([readOnly, halfReadOnly]) },
  ];
  const set = (struct: string, field: string, ...values: bigint[]): Mutation[] => [
    { set: struct, field, value: random.pick(values) },
  ];
  if (draft.operation === 'query') return [[{ fd: -1 }], [{ arg: 0n }], set('hdr0', 'size', 0n)];
  if (draft.operation === 'zcrx_ctrl') {
    return [
      unwritable('ctrl'),
      unwritable('ctrl'),
      set('ctrl', `arm[${random.between(2, 11)}]`, 1n, 1n << 31n),
      set('ctrl', `arm[${random.between(2, 11)}]`, 1n, 1n << 31n),
      set('ctrl', `arm[${random.between(2, 11)}]`, 1n, 1n << 31n),
      set('ctrl', `__resv[${random.below(2)}]`, 1n, 1n << 63n),
    ];
  }
  const call = [[{ arg: 0n }]];
  if (draft.structs.region === undefined) {
    return [
      ...call,
      set('reg', 'flags', 3n),
      set('reg', 'event_desc', 1n, BigInt(arena.page(0))),
      set('reg', 'if_idx', BigInt(DESCRIPTORS.file), BigInt(DESCRIPTORS.io_uring)),
      set('reg', random.pick(['if_rxq', 'rq_entries', 'area_ptr', 'region_ptr']), 1n),
    ];
  }
  const mistakes = [
    ...call,
    unwritable('reg'),
    unwritable('region'),
    unwritable('area'),
    set('reg', `__resv[${random.below(2)}]`, 1n, 1n << 63n),
    set('area', 'len', page + 8n, page - 1n),
    set('area', 'len', (1n << 40n) + page, 1n << 63n),
    set('region', 'size', page << 31n, 1n << 63n),
    set('region', 'size', (page << 8n) + 8n, (page << 8n) + 1n),
    set('reg', 'rq_entries', 0n),
    set('reg', 'if_rxq', 0xffffffffn),
    set('reg', 'rq_entries', 32769n, 0xffffffffn),
    set('reg', 'rx_buf_len', 2n * page, 0x80000000n),
    set('area', `__resv2[${random.below(2)}]`, 1n, 1n << 63n),
    set('area', 'addr', 0n),
    set('area', 'addr', end - page),
    set('area', 'len', 1n << 40n),
    set('area', 'flags', 1n),
    [
      ...set('region', 'size', page << 28n, (page << 31n) - page),
      ...set('region', 'user_addr', 0n),
      ...set('region', 'flags', 0n),
    ],
    set('region', 'size', page << 28n, (page << 31n) - page),
    set('area', 'len', 0n),
    [...set('region', 'user_addr', end - page), ...set('region', 'flags', 1n)],
  ];
  if (draft.structs.desc !== undefined) {
    mistakes.push(
      [...set('desc', 'flags', 1n), ...set('desc', 'stats_offset', end - 8n, end - 16n)],
      [
        ...set('desc', 'flags', 1n),
        ...set('desc', 'stats_offset', fieldValue(around, draft, 'desc', 'stats_offset'), page << 20n),
      ],
      // Aligned, twice as often as not.
      ...[0n, 0n, BigInt(random.between(1, 7))].map((more): Mutation[] => [
        ...set('desc', 'flags', 1n),
        ...set('desc', 'stats_offset', (fieldValue(around, draft, 'desc', 'stats_offset') & -8n) + more),
      ]),
    );
  }
  return mistakes;
}
