import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import * as uapi from 'zcrx';
import { encode } from 'zcrx';
import {
  addressOf,
  type BridgeError,
  type CallVerdict,
  type CheckOptions,
  ctrl,
  type IfqRegistration,
  io_uring_register,
  isBridgeError,
  isSyscallError,
  query,
  registerIfq,
  type SyscallError,
  ZcrxInstance,
} from 'zcrx/bridge';
import type { Context, Scenario, Scenarios } from '../harness.js';
import { Bench, byHand, outcome, planned, RING } from './support/bench.js';
import { notificationsOf, withInstance } from './support/instance.js';
import { koffi, libc } from './support/koffi.js';
import { PAGE } from './support/page.js';
import { runChild, until } from './support/process.js';
import { collect, connection, descriptorOf, payload, send } from './support/traffic.js';

const { IORING_REGISTER_ZCRX_IFQ, IORING_REGISTER_ZCRX_CTRL, IORING_REGISTER_QUERY } = uapi;

/** What a call throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function refusal(run: () => unknown, what = ''): SyscallError & { verdict: CallVerdict } {
  const error = thrown(run);
  assert.ok(isSyscallError(error), `${what}: ${error ?? 'it did not fail'}`);
  assert.ok(error.verdict, `${what}: ${error}`);
  return error as SyscallError & { verdict: CallVerdict };
}

function prevented(run: () => unknown, what = ''): BridgeError & { verdict: CallVerdict } {
  const error = thrown(run);
  assert.ok(isBridgeError(error) && error.code === 'would-be-refused', `${what}: ${error ?? 'no error'}`);
  assert.ok(error.verdict);
  return error as BridgeError & { verdict: CallVerdict };
}

/** A mistake, what the kernel says to it and which finding names it. */
interface Mistake {
  /** Makes the call once, all else being right. */
  readonly call: (bench: Bench, options: CheckOptions) => unknown;
  readonly errno: string;
  readonly rule: string;
  readonly field: string;
  readonly says: RegExp;
  /** Other findings, by rule. */
  readonly also?: readonly string[];
  readonly flags?: number;
}

const good = (bench: Bench, entries = 8): IfqRegistration => {
  const plan = planned(entries, 'own-page');
  const region = bench.memory(plan.region_size);
  return bench.structs(entries, plan.region_size, plan.stats_offset!, region);
};

/** A registration with one struct changed. */
const registering =
  <Part extends keyof IfqRegistration>(
    part: Part,
    change: (bench: Bench, structs: IfqRegistration) => Partial<NonNullable<IfqRegistration[Part]>>,
  ) =>
  (bench: Bench, options: CheckOptions) => {
    const structs = good(bench);
    const changed = { ...structs, [part]: { ...structs[part], ...change(bench, structs) } };
    return registerIfq(bench.fd, changed, options);
  };

const registered = (bench: Bench): number => registerIfq(bench.fd, good(bench)).reg.zcrx_id;

function ctrlBytes(numbers: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of Object.entries(numbers)) view.setUint32(Number(at), value, true);
  return bytes;
}

/** A zcrx_ctrl of an instance that is there, by numbers at their offsets. */
const controlling =
  (numbers: Readonly<Record<number, number>>, nrArgs = 0) =>
  (bench: Bench, options: CheckOptions) => {
    const zcrx_id = registered(bench);
    const bytes = ctrlBytes({ 0: zcrx_id, ...numbers });
    io_uring_register(bench.fd, IORING_REGISTER_ZCRX_CTRL, bytes, nrArgs, options);
  };

const asking =
  (fields: Parameters<typeof encode<'io_uring_query_hdr'>>[1], nrArgs = 0) =>
  (_: Bench, options: CheckOptions) => {
    const room = new Uint8Array(2 * PAGE);
    const header = encode('io_uring_query_hdr', {
      query_op: uapi.IO_URING_QUERY_ZCRX,
      query_data: addressOf(room),
      size: 40,
      ...fields,
    });
    io_uring_register(-1, IORING_REGISTER_QUERY, header, nrArgs, options);
  };

/** Two pages, of which the second has these rights. */
function withRights(bench: Bench, protection: number): bigint {
  const { address } = bench.memory(2 * PAGE);
  const mprotect = libc.func('int mprotect(uintptr_t addr, size_t length, int prot)');
  assert.equal(mprotect(address + BigInt(PAGE), PAGE, protection), 0);
  return address;
}

/** An address where nothing is mapped, ever (vm.mmap_min_addr). */
const NOWHERE = BigInt(PAGE);

/** The first free byte behind 100 entries that are not rounded up. */
const behindUnrounded = () => planned(8, 'tight').rqes + 100 * 16;

const MISTAKES: Record<string, Mistake> = {
  'statistics behind 100 entries, which the kernel rounds up to 128': {
    call(bench, options) {
      const { region_size } = planned(100, 'tight');
      const structs = bench.structs(100, region_size, behindUnrounded(), bench.memory(region_size));
      registerIfq(bench.fd, structs, options);
    },
    errno: 'ERANGE',
    rule: 'stats-overlap-ring',
    field: 'event_desc.stats_offset',
    says: /lies inside the refill entries.* rq_entries 100 is rounded up to 128; the first free offset is/,
  },
  'statistics that are not aligned': {
    call: registering('event_desc', () => ({ stats_offset: planned(8, 'tight').stats_offset! + 4 })),
    errno: 'EINVAL',
    rule: 'stats-unaligned',
    field: 'event_desc.stats_offset',
    says: /must be a multiple of 8/,
  },
  'statistics that are not aligned, and lie in the entries: EINVAL goes before ERANGE': {
    call: registering('event_desc', () => ({ stats_offset: 4 })),
    errno: 'EINVAL',
    rule: 'stats-unaligned',
    field: 'event_desc.stats_offset',
    says: /must be a multiple of 8/,
    also: ['stats-overlap-ring'],
  },
  'statistics behind the region': {
    call: registering('event_desc', (_, { region }) => ({ stats_offset: region.size as number })),
    errno: 'ERANGE',
    rule: 'stats-outside-region',
    field: 'event_desc.stats_offset',
    says: /behind the region of \d+ bytes/,
  },
  'an event mask of a type that is not there': {
    call: registering('event_desc', () => ({ type_mask: 4 })),
    errno: 'EINVAL',
    rule: 'desc-type-mask',
    field: 'event_desc.type_mask',
    says: /is 0x4\b/,
  },
  'a region that is too small': {
    call: (bench, options) => {
      const entries = 4096;
      const region = bench.memory(PAGE);
      const { event_desc: _, ...structs } = bench.structs(entries, PAGE, 0, region);
      return registerIfq(bench.fd, structs, options);
    },
    errno: 'EINVAL',
    rule: 'region-too-small',
    field: 'region.size',
    says: /the refill ring ends at \d+/,
  },
  'reserved bytes of the region': {
    call: registering('region', () => ({ __resv: [0n, 5n, 0n, 0n] })),
    errno: 'EINVAL',
    rule: 'region-reserved',
    field: 'region.__resv[1]',
    says: /is (0x)?5, but .*reserved/,
  },
  'reserved bytes of the registration': {
    call: registering('reg', () => ({ __resv: [0n, 1n] })),
    errno: 'EINVAL',
    rule: 'reg-reserved',
    field: 'reg.__resv[1]',
    says: /is (0x)?1, but .*reserved/,
  },
  'an area that is not aligned': {
    call: registering('area', (bench) => ({ addr: bench.memory(2 * PAGE).address + 8n })),
    errno: 'EINVAL',
    rule: 'area-unaligned',
    field: 'area.addr',
    says: /must be a multiple of the page size/,
  },
  'an area of memory that is for reading only': {
    call: registering('area', (bench) => ({ addr: withRights(bench, 1) + BigInt(PAGE) })),
    errno: 'EFAULT',
    rule: 'area-not-pinned',
    field: 'area.addr',
    says: /not all of the \d+ bytes/,
  },
  'an area where nothing is mapped': {
    call: registering('area', () => ({ addr: NOWHERE })),
    errno: 'EFAULT',
    rule: 'area-not-pinned',
    field: 'area.addr',
    says: /not all of the \d+ bytes/,
  },
  'an area without an address': {
    call: registering('area', () => ({ addr: 0n })),
    errno: 'EFAULT',
    rule: 'area-null',
    field: 'area.addr',
    says: /is 0\b/,
  },
  'a pointer to where nothing is mapped': {
    call: registering('reg', () => ({ area_ptr: NOWHERE })),
    errno: 'EFAULT',
    rule: 'area-unreadable',
    field: 'reg.area_ptr',
    says: /io_uring_zcrx_area_reg cannot be read/,
  },
  'a pointer at the very end of the address space': {
    call: registering('reg', () => ({ event_desc: 2n ** 64n - 8n })),
    errno: 'EFAULT',
    rule: 'desc-unreadable',
    field: 'reg.event_desc',
    says: /zcrx_event_desc cannot be read/,
  },
  'a struct that only its first half is there of': {
    call: registering('reg', (bench) => ({ region_ptr: withRights(bench, 0) + BigInt(PAGE - 8) })),
    errno: 'EFAULT',
    rule: 'region-unreadable',
    field: 'reg.region_ptr',
    says: /cannot be read/,
  },
  'an argument that is nowhere': {
    call: (bench, options) => io_uring_register(bench.fd, IORING_REGISTER_ZCRX_IFQ, NOWHERE, 1, options),
    errno: 'EFAULT',
    rule: 'reg-unreadable',
    field: 'arg',
    says: /io_uring_zcrx_ifq_reg cannot be read/,
  },
  'an interface that is not there': {
    call: registering('reg', () => ({ flags: 0, if_idx: 9999 })),
    errno: 'ENODEV',
    rule: 'device-missing',
    field: 'reg.if_idx',
    says: /is 9999\b.*no such interface/,
  },
  'loopback as an interface': {
    call: registering('reg', () => ({ flags: 0, if_idx: 1 })),
    errno: 'EOPNOTSUPP',
    rule: 'device-no-dma',
    field: 'reg.if_idx',
    says: /is 1\b.* DMA/,
    also: ['device-not-lockable', 'device-queue-fixed', 'device-data-split'],
  },
  'a ring without what zero-copy receive needs': {
    call: registering('reg', () => ({})),
    flags: uapi.IORING_SETUP_SINGLE_ISSUER,
    errno: 'EINVAL',
    rule: 'ring-not-deferred',
    field: 'setup_flags',
    says: /IORING_SETUP_DEFER_TASKRUN/,
    also: ['ring-cqe-size'],
  },
  'an import of what is no instance': {
    call(bench, options) {
      const reg = encode('io_uring_zcrx_ifq_reg', { if_idx: bench.fd, flags: uapi.ZCRX_REG_IMPORT });
      io_uring_register(bench.fd, IORING_REGISTER_ZCRX_IFQ, reg, 1, options);
    },
    errno: 'EBADF',
    rule: 'import-fd-kind',
    field: 'reg.if_idx',
    says: /ZCRX_CTRL_EXPORT gave/,
  },
  'an id that the ring does not have': {
    call: (bench, options) => {
      registered(bench);
      return ctrl(bench.fd, { zcrx_id: 9, zc_flush: {} }, undefined, options);
    },
    errno: 'ENXIO',
    rule: 'ctrl-unknown-id',
    field: 'ctrl.zcrx_id',
    says: /is 9\b.* no instance of this id/,
  },
  'an operation that the kernel does not know': {
    call: controlling({ 4: 99 }),
    errno: 'EOPNOTSUPP',
    rule: 'ctrl-unknown-op',
    field: 'ctrl.op',
    says: /is 99\b.* operations 0 to/,
  },
  'arming by mask, both types': {
    call: controlling({ 4: uapi.ZCRX_CTRL_ARM_EVENT, 24: 3 }),
    errno: 'EINVAL',
    rule: 'arm-type',
    field: 'ctrl.zc_arm_event.event_type',
    says: /is 3\b.* index .* not a mask/,
  },
  'arming by mask, the bit of COPY': {
    call: controlling({ 4: uapi.ZCRX_CTRL_ARM_EVENT, 24: 2 }),
    errno: 'EINVAL',
    rule: 'arm-type',
    field: 'ctrl.zc_arm_event.event_type',
    says: /is 2\b.* index .* not a mask/,
  },
  'ctrl with nr_args 1': {
    call: controlling({}, 1),
    errno: 'EINVAL',
    rule: 'ctrl-nr-args',
    field: 'nr_args',
    says: /nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL/,
  },
  'reserved bytes of zcrx_ctrl, to which the kernel says EFAULT': {
    call: controlling({ 16: 1 }),
    errno: 'EFAULT',
    rule: 'ctrl-reserved',
    field: 'ctrl.__resv[1]',
    says: /EFAULT here, not EINVAL/,
  },
  'several mistakes at once': {
    call: controlling({ 4: uapi.ZCRX_CTRL_ARM_EVENT, 24: 2, 28: 1 }, 1),
    errno: 'EINVAL',
    rule: 'ctrl-nr-args',
    field: 'nr_args',
    says: /; also wrong: \S+ \(arm-type\), \S+ \(arm-reserved\)$/,
    also: ['arm-type', 'arm-reserved'],
  },
  'ctrl without an argument': {
    call: (bench, options) => io_uring_register(bench.fd, IORING_REGISTER_ZCRX_CTRL, null, 0, options),
    errno: 'EFAULT',
    rule: 'ctrl-unreadable',
    field: 'arg',
    says: /arg is 0\b.* zcrx_ctrl/,
  },
  'a query with nr_args 1': {
    call: asking({}, 1),
    errno: 'EINVAL',
    rule: 'query-nr-args',
    field: 'nr_args',
    says: /nr_args is 1, but must be 0 for IORING_REGISTER_QUERY/,
  },
  'a query for more than a page': {
    call: asking({ size: PAGE + 1 }),
    errno: 'E2BIG',
    rule: 'query-too-large',
    field: 'query.size',
    says: /at most a page/,
  },
  'a query whose answer has nowhere to go': {
    call: asking({ query_data: NOWHERE }),
    errno: 'EFAULT',
    rule: 'query-data-unreadable',
    field: 'query.query_data',
    says: /cannot be read/,
  },
  'a chain of queries that is broken behind its first': {
    call: asking({ next_entry: NOWHERE }),
    errno: 'EFAULT',
    rule: 'query-unreadable',
    field: 'query.next_entry',
    says: /cannot be read/,
  },
  'no ring': {
    call: (_, options) => io_uring_register(-1, IORING_REGISTER_ZCRX_CTRL, ctrlBytes({}), 0, options),
    errno: 'EINVAL',
    rule: 'no-ring-given',
    field: 'fd',
    says: /fd is -1/,
    also: ['ctrl-unknown-id'],
  },
};

/** Both before and after the call the same finding comes first. */
function isNamed(mistake: Mistake): Scenario {
  const { call, errno, rule, field, says, also = [], flags } = mistake;
  const rules = ({ findings }: CallVerdict) => findings.map((finding) => finding.rule);
  return () => {
    using bench = new Bench(flags ?? RING);
    const error = refusal(() => call(bench, {}));
    assert.equal(error.errno, errno, error.message);
    const { explanation = '' } = error;
    assert.ok(explanation.startsWith(error.verdict.findings[0]?.message as string), explanation);
    assert.match(explanation, says);
    assert.ok(error.message.endsWith(error.explanation as string), error.message);
    assert.equal(error.field, field);
    assert.equal(error.verdict.contradicted, false, error.message);
    assert.deepEqual(error.verdict.unknown, []);
    assert.deepEqual(rules(error.verdict), [rule, ...also]);
    assert.equal(error.verdict.errno, errno);

    using other = new Bench(flags ?? RING);
    const foreseen = prevented(() => call(other, { check: 'before' }));
    const others =
      also.length === 0 ? '' : ` (and ${also.length} other problem${also.length > 1 ? 's' : ''})`;
    const sentence = foreseen.verdict.findings[0]!.message;
    assert.ok(
      foreseen.message.endsWith(`would refuse it with ${errno}: ${sentence}${others}`),
      foreseen.message,
    );
    assert.equal(foreseen.verdict.errno, errno);
    assert.equal(foreseen.verdict.field, field);
    assert.deepEqual(rules(foreseen.verdict), [rule, ...also]);
  };
}

/** A ring that the bridge has not seen being set up. */
function foreignRing(flags: number): number {
  const params = encode('io_uring_params', { flags });
  const syscall = libc.func('int64_t syscall(int64_t nr, int64_t a, int64_t b)');
  return Number(syscall(425, 8, koffi.address(params.buffer)));
}

const only73 = (t: Context) => t.series === '7.2' && t.skip('ZCRX_CTRL_ADD_AREA came with 7.3');

const addArea = (bench: Bench, zcrx_id: number, area: Uint8Array, options: CheckOptions = {}) =>
  ctrl(bench.fd, { zcrx_id, zc_area: { area_ptr: addressOf(area) } }, undefined, options);

export default {
  ...Object.fromEntries(
    Object.entries(MISTAKES).map(([what, mistake]) => [`a mistake is named: ${what}`, isNamed(mistake)]),
  ),

  'a mask of indices instead of bits is legal, and arms one type only: arming the other says so': () => {
    using bench = new Bench();
    const structs = good(bench);
    const type_mask = uapi.ZCRX_EVENT_ALLOC_FAIL | uapi.ZCRX_EVENT_COPY;
    assert.equal(type_mask, 1, 'the bit of ALLOC_FAIL');
    const event_desc = { ...structs.event_desc, type_mask };
    const { reg } = registerIfq(bench.fd, { ...structs, event_desc }, { check: 'before' });
    const arm = (options: CheckOptions) =>
      ctrl(bench.fd, { zcrx_id: reg.zcrx_id, zc_arm_event: { event_type: 1 } }, undefined, options);
    const says = /COPY was not asked for/;
    assert.match(refusal(() => arm({})).explanation ?? '', says);
    assert.match(prevented(() => arm({ check: 'before' })).message, says);
  },

  'statistics behind a header of 64 bytes: lost on 7.3, a gap on 7.2'(t) {
    using bench = new Bench();
    const { region_size } = planned(128, 'tight');
    const size = Math.max(region_size, PAGE);
    const structs = bench.structs(128, size, 64 + 128 * 16, bench.memory(size));
    if (t.series === '7.2') {
      registerIfq(bench.fd, structs, { check: 'before' });
      return;
    }
    const error = refusal(() => registerIfq(bench.fd, structs));
    assert.equal(error.errno, 'ERANGE');
    assert.equal(error.verdict.findings[0]?.rule, 'stats-overlap-ring');
    assert.match(error.explanation ?? '', /refill entries, which end at 2176/);
  },

  'what the findings propose is taken': () => {
    using bench = new Bench();
    const { region_size } = planned(100, 'tight');
    const structs = bench.structs(100, region_size, behindUnrounded(), bench.memory(region_size));
    const { fixes } = refusal(() => registerIfq(bench.fd, structs)).verdict;
    assert.equal(fixes.length, 1);
    const { field, value } = fixes[0]!;
    assert.equal(field, 'event_desc.stats_offset');
    registerIfq(bench.fd, { ...structs, event_desc: { ...structs.event_desc, stats_offset: value } });
  },

  'all that is wrong in a registration is told, in the kernel’s order'(t) {
    using bench = new Bench();
    const structs = good(bench);
    const error = refusal(() =>
      registerIfq(bench.fd, {
        ...structs,
        reg: { ...structs.reg, rq_entries: 40_000, zcrx_id: 1 },
        area: { ...structs.area, len: 0n, rq_area_token: 1n },
        region: { ...structs.region, mmap_offset: 4096n },
        event_desc: { ...structs.event_desc, flags: 3 },
      }),
    );
    const rules = [...new Set(error.verdict.findings.map(({ rule }) => rule))];
    // 7.2 looks at the token together with the rest of the area, 7.3 as soon as it has read it.
    const [early, late] = t.series === '7.2' ? [[], ['area-token']] : [['area-token'], []];
    assert.deepEqual(rules, [
      ...['reg-zcrx-id', 'rq-entries-limit', ...early, 'desc-flags'],
      ...['region-too-small', 'region-not-zero', 'stats-overlap-ring', ...late, 'area-empty'],
    ]);
    assert.match(
      error.explanation ?? '',
      /^reg.zcrx_id is .*; also wrong: reg.rq_entries \(rq-entries-limit\), /,
    );
  },

  'checked before, a call that is right is made, and its state is kept': () => {
    using bench = new Bench();
    const check = { check: 'before' } as const;
    const { reg } = registerIfq(bench.fd, good(bench), check);
    ctrl(bench.fd, { zcrx_id: reg.zcrx_id, zc_flush: {} }, undefined, check);
    assert.equal(registerIfq(bench.fd, good(bench), check).reg.zcrx_id, 1);
    ctrl(bench.fd, { zcrx_id: 1, zc_flush: {} }, undefined, check);
    const { fields } = ctrl(bench.fd, { zcrx_id: 1, op: uapi.ZCRX_CTRL_EXPORT }, undefined, check);
    const shared = fields.zc_export!.zcrx_fd;
    using importer = new Bench();
    const bytes = encode('io_uring_zcrx_ifq_reg', { if_idx: shared, flags: uapi.ZCRX_REG_IMPORT });
    io_uring_register(importer.fd, IORING_REGISTER_ZCRX_IFQ, bytes, 1, check);
    closeSync(shared);
    ctrl(importer.fd, { zcrx_id: 0, zc_flush: {} }, undefined, check);
    assert.equal(query(uapi.IO_URING_QUERY_ZCRX, 40, check)?.result, 0);
    assert.equal(
      prevented(() => query(uapi.IO_URING_QUERY_ZCRX, 2 * PAGE, check)).verdict.rule,
      'query-too-large',
    );
  },

  'checked before, a call that would be refused is not made: no byte has changed': () => {
    using bench = new Bench();
    const region = bench.memory(2 * PAGE, 0xff);
    const structs = bench.structs(8, 2 * PAGE, PAGE, region);
    const wrong = { ...structs, area: { ...structs.area, len: 1n } };
    prevented(() => registerIfq(bench.fd, wrong, { check: 'before' }));
    assert.ok(region.read(0, 2 * PAGE).every((byte) => byte === 0xff));
    refusal(() => registerIfq(bench.fd, wrong));
    assert.ok(!region.read(0, 2 * PAGE).every((byte) => byte === 0xff), 'the kernel does write');
  },

  'check is before, or nothing': () => {
    const check = 'after' as 'before';
    assert.throws(() => query(1, 40, { check }), { code: 'bad-option', message: /check is after/ });
    assert.throws(() => ZcrxInstance.open({ check }), { code: 'bad-option', message: /check is after/ });
  },

  'an area that is refused leaves its token: the first try is explained as it was, the second by the token'(
    t,
  ) {
    only73(t);
    using bench = new Bench();
    const zcrx_id = registered(bench);
    const memory = bench.memory(2 * PAGE);
    const area = encode('io_uring_zcrx_area_reg', { addr: memory.address, len: PAGE + 1 });
    const token = () => new DataView(area.buffer, area.byteOffset).getBigUint64(16, true);
    const first = refusal(() => addArea(bench, zcrx_id, area));
    assert.deepEqual(
      first.verdict.findings.map(({ rule }) => rule),
      ['area-unaligned'],
    );
    assert.match(first.explanation ?? '', /^area.len is \d+, but .*page size/);
    assert.equal(token(), 1n << 48n, 'the kernel wrote it');
    const second = refusal(() => addArea(bench, zcrx_id, area));
    assert.deepEqual(
      second.verdict.findings.map(({ rule }) => rule),
      ['area-token', 'area-unaligned'],
    );
    assert.match(second.explanation ?? '', /^area.rq_area_token is 0x1000000000000\b/);
    const third = prevented(() => addArea(bench, zcrx_id, area, { check: 'before' }));
    assert.equal(third.verdict.rule, 'area-token');
    const whole = encode('io_uring_zcrx_area_reg', { addr: memory.address, len: PAGE });
    addArea(bench, zcrx_id, whole, { check: 'before' });
  },

  'a descriptor’s number used again is another ring, a file, nothing': () => {
    const first = new Bench();
    const { fd } = first;
    assert.equal(registered(first), 0);
    first[Symbol.dispose]();
    const flush = () => ctrl(fd, { zcrx_id: 0, zc_flush: {} });
    const closed = refusal(flush);
    assert.deepEqual([closed.errno, closed.verdict.rule, closed.field], ['EBADF', 'fd-closed', 'fd']);
    const file = openSync('/dev/null', 'r');
    assert.equal(file, fd);
    const noRing = refusal(flush);
    assert.deepEqual([noRing.errno, noRing.verdict.rule], ['EOPNOTSUPP', 'fd-no-ring']);
    closeSync(file);
    using second = new Bench();
    assert.equal(second.fd, fd);
    const empty = refusal(flush);
    assert.deepEqual([empty.errno, empty.verdict.rule], ['ENXIO', 'ctrl-unknown-id']);
    assert.match(empty.explanation ?? '', /no instance/);
  },

  'of a ring that was set up elsewhere it is told what is not known': () => {
    const fd = foreignRing(RING);
    try {
      const flush = () => ctrl(fd, { zcrx_id: 3, zc_flush: {} }, undefined, { check: 'before' });
      const missing = refusal(flush);
      assert.deepEqual([missing.errno, missing.verdict.rule], ['ENXIO', 'ctrl-unknown-id']);
      assert.match(missing.verdict.unknown[0] ?? '', /was not set up by this thread through this library/);
      using bench = new Bench();
      assert.equal(registerIfq(fd, good(bench), { check: 'before' }).reg.zcrx_id, 0);
      ctrl(fd, { zcrx_id: 0, zc_flush: {} }, undefined, { check: 'before' });
      assert.equal(
        outcome(() => ctrl(fd, { zcrx_id: 0, zc_arm_event: { event_type: 0 } })),
        'EINVAL',
      );
    } finally {
      closeSync(fd);
    }
    const plain = foreignRing(0);
    try {
      using bench = new Bench();
      const error = refusal(() => registerIfq(plain, good(bench), { check: 'before' }));
      assert.equal(error.errno, 'EINVAL');
      assert.equal(error.verdict.contradicted, false);
      assert.match(
        error.explanation ?? '',
        /^the kernel says EINVAL where this library expected success, but does not know all: ring \d+ was not set up/,
      );
    } finally {
      closeSync(plain);
    }
  },

  'from another thread: the ring belongs to another task': async () => {
    using bench = new Bench();
    registered(bench);
    const program = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { ctrl } = await import(workerData.bridge);
      try { ctrl(workerData.fd, { zcrx_id: 0, zc_flush: {} }); }
      catch ({ errno, explanation, verdict }) { parentPort.postMessage({ errno, explanation, rule: verdict.rule }); }`;
    const workerData = { fd: bench.fd, bridge: import.meta.resolve('zcrx/bridge') };
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), { workerData });
    const { errno, explanation, rule } = await new Promise<Record<string, string>>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.deepEqual([errno, rule], ['EEXIST', 'other-task']);
    assert.match(explanation ?? '', /the ring belongs to another task/);
  },

  'a verdict that the kernel contradicts is reported as such, with the call to replay it': () => {
    using bench = new Bench();
    const structs = good(bench);
    const madvise = libc.func('int madvise(uintptr_t addr, size_t length, int advice)');
    const MADV_GUARD_INSTALL = 102;
    // What the memory map does not show: the page is there and writable, and whoever touches it faults.
    assert.equal(madvise(structs.area.addr, PAGE, MADV_GUARD_INSTALL), 0);
    for (const check of [undefined, 'before'] as const) {
      const error = refusal(() => registerIfq(bench.fd, structs, { check }));
      assert.equal(error.errno, 'EFAULT');
      const { contradicted, call, rule, errno } = error.verdict;
      assert.deepEqual({ contradicted, rule, errno }, { contradicted: true, rule: 'ok', errno: null });
      const [, text] =
        /^the kernel says EFAULT where this library expected success; please report this call: (\{.*\})$/.exec(
          error.explanation ?? '',
        ) ?? [];
      assert.deepEqual(JSON.parse(text ?? ''), call);
      assert.equal(call.call, 'register_ifq');
      assert.equal(call.setup_flags, RING);
      const bytes = Object.values(call.bytes ?? {}).map((hex) => hex.length / 2);
      assert.deepEqual(bytes.sort(), [48, 64, 96, 96]);
    }
  },

  'an event that is seen may be armed, one that is not seen is left to the kernel': () =>
    withInstance({ areaSize: 256 * 1024, check: 'before', events: ['copy'] }, async (zcrx) => {
      const seen = notificationsOf(zcrx);
      const early = refusal(() => zcrx.rearm('copy'));
      assert.match(early.message, /'copy' has not fired yet/);
      assert.deepEqual([early.verdict.rule, early.verdict.contradicted], ['arm-not-fired', false]);
      assert.match(prevented(() => zcrx.rearm('alloc_fail')).message, /ALLOC_FAIL was not asked for/);
      const wire = await connection();
      const bytes = payload(300_000);
      const received = collect(zcrx.receive(wire.accepted), bytes.length);
      await send(wire.client, bytes);
      await until('it fired', () => seen.length === 1);
      zcrx.rearm('copy');
      await received;
      wire.close();
    }),

  'armed twice, the second time is explained': () =>
    withInstance({ areaSize: 256 * 1024 }, async (zcrx) => {
      const seen = notificationsOf(zcrx);
      const wire = await connection();
      const received = collect(zcrx.receive(wire.accepted), 1000);
      await send(wire.client, payload(1000));
      await received;
      await until('it fired', () => seen.length === 1);
      zcrx.rearm('copy');
      const error = refusal(() => zcrx.rearm('copy'));
      assert.match(error.message, /'copy' was re-armed already, and has not fired since/);
      assert.deepEqual([error.verdict.rule, error.verdict.contradicted], ['arm-not-fired', false]);
      wire.close();
    }),

  'an event that only the program saw may be armed, checked before': async () => {
    using bench = new Bench(RING, 64);
    const memory = bench.memory(16 * PAGE);
    const structs = { ...good(bench, 16), area: { addr: memory.address, len: memory.length } };
    const { zcrx_id } = registerIfq(bench.fd, structs).reg;
    const arm = () =>
      ctrl(bench.fd, { zcrx_id, zc_arm_event: { event_type: 1 } }, undefined, { check: 'before' });
    assert.equal(refusal(arm).verdict.rule, 'arm-not-fired', 'it has not fired yet');
    const rings = byHand(bench);
    const wire = await connection();
    rings.submit(
      encode('io_uring_sqe', {
        opcode: uapi.IORING_OP_RECV_ZC,
        ioprio: uapi.IORING_RECV_MULTISHOT,
        fd: descriptorOf(wire.accepted),
        zcrx_ifq_idx: zcrx_id,
        user_data: 5n,
      }),
    );
    await send(wire.client, payload(1000));
    await until('it fired', () => rings.completions().some(({ user_data }) => user_data === 77n));
    arm();
    const error = refusal(arm);
    assert.deepEqual([error.errno, error.verdict.rule], ['EINVAL', 'arm-not-fired']);
    assert.equal(error.verdict.contradicted, false);
    wire.close();
  },

  'without CAP_NET_ADMIN it is named first, and what else is wrong behind it': async () => {
    const { status, stdout, stderr } = await runChild('verdict', ['drop:12']);
    assert.equal(status, 0, stderr);
    const { errno, explanation, rules, code, message } = JSON.parse(stdout) as {
      errno: string;
      explanation: string;
      rules: string[];
      code: string;
      message: string;
    };
    assert.equal(errno, 'EPERM');
    assert.deepEqual(rules, ['not-capable', 'rq-entries-zero']);
    assert.match(
      explanation,
      /^it needs CAP_NET_ADMIN: run as root.*; also wrong: reg.rq_entries \(rq-entries-zero\)/,
    );
    assert.equal(code, 'would-be-refused');
    assert.match(
      message,
      /would refuse it with EPERM: the process lacks CAP_NET_ADMIN.*\(and 1 other problem\)/,
    );
  },

  'where memory cannot be looked at the call is made all the same, and the error says so': async () => {
    const { status, stdout, stderr } = await runChild('verdict', ['blind:1']);
    assert.equal(status, 0, stderr);
    const { errno, explanation, code } = JSON.parse(stdout) as Record<string, string>;
    assert.equal(errno, 'EINVAL');
    assert.match(
      explanation ?? '',
      /its structs cannot be looked at here: process_vm_readv failed with EPERM/,
    );
    assert.equal(code, undefined, 'it was refused by the kernel, not before');
    const checked = await runChild('checked', ['blind:1']);
    assert.equal(checked.stdout, '"fine"\n', checked.stderr);
  },

  'a filter that refuses the call is told of, and is no contradiction': async () => {
    const { status, stdout, stderr } = await runChild('verdict', ['seccomp:1']);
    assert.equal(status, 0, stderr);
    const { errno, explanation } = JSON.parse(stdout) as { errno: string; explanation: string };
    assert.equal(errno, 'EPERM');
    assert.match(explanation, /^a seccomp filter/);
  },
} satisfies Scenarios;
