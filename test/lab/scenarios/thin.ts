import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import * as uapi from 'zcrx';
import { decode, encode, planRegion, type RegionPlan, validateRegistration } from 'zcrx';
import {
  addressOf,
  ctrl,
  type IfqRegistration,
  io_uring_enter,
  io_uring_register,
  Mapping,
  probe,
  query,
  type RegisteredIfq,
  registerEventfd,
  registerIfq,
  setup,
} from 'zcrx/bridge';
import type { Scenarios } from '../harness.js';
import { Bench, byHand, outcome, planned, RING } from './support/bench.js';
import { PAGE } from './support/page.js';
import { mappings, until } from './support/process.js';
import { connection, descriptorOf, payload, same, send } from './support/traffic.js';

const MAPPED_AT = BigInt(uapi.IORING_MAP_OFF_ZCRX_REGION);

const MEMORY = ['user', 'kernel'] as const;
const ENTRIES = [1, 100, 129, 4096, 32768];

/** What an offset of the statistics leads to, for each plan. */
function offsetsOf(plan: RegionPlan): [string, number | bigint, string | undefined][] {
  const { entries_end: used, region_size: size } = plan;
  return [
    ['where the plan has it', plan.stats_offset!, undefined],
    ['right behind the entries', used, undefined],
    ['at the very end', size - 16, undefined],
    ['8 bytes into the entries', used - 8, 'ERANGE'],
    ['at 0', 0, 'ERANGE'],
    ['8 bytes past the end', size - 8, 'ERANGE'],
    ['behind the end', size, 'ERANGE'],
    ['not a multiple of 8', used + 4, 'EINVAL'],
    ['not a multiple of 8, in the entries', used - 4, 'EINVAL'],
    ['wrapping around', 2n ** 64n - 8n, 'ERANGE'],
    ['unaligned and wrapping around', 2n ** 64n - 1n, 'EINVAL'],
  ];
}

function arithmetic(memory: (typeof MEMORY)[number], placement: 'tight' | 'own-page'): () => void {
  return () => {
    for (const entries of ENTRIES) {
      const plan = planned(entries, placement);
      for (const [where, offset, errno] of offsetsOf(plan)) {
        using bench = new Bench();
        const region = memory === 'user' ? bench.memory(plan.region_size) : undefined;
        let made: RegisteredIfq | undefined;
        const got = outcome(() => {
          made = registerIfq(bench.fd, bench.structs(entries, plan.region_size, offset, region));
        });
        const what = `${entries} entries, statistics ${where} (${offset})`;
        assert.equal(got, errno, what);
        if (!made) continue;
        assert.equal(made.reg.rq_entries, plan.rq_entries, what);
        assert.equal(made.reg.offsets.rqes, plan.rqes, what);
      }
    }
  };
}

/** A region of user memory, filled with ones: what the kernel zeroed is what has changed. */
function zeroed(bench: Bench, stats_offset: number, register: (region: Mapping) => void): [number, number][] {
  const region = bench.memory(2 * PAGE, 0xff);
  register(region);
  const bytes = region.read(0, 2 * PAGE);
  const spans: [number, number][] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0xff) continue;
    assert.equal(bytes[at], 0, `byte ${at} beside the statistics at ${stats_offset}`);
    const last = spans.at(-1);
    if (last && last[1] === at) last[1]++;
    else spans.push([at, at + 1]);
  }
  return spans;
}

/** One receive, by hand, into an area of 64 pages; the statistics are read where `where` finds them. */
async function receiveByHand(bench: Bench, made: RegisteredIfq, area: Mapping, stats: () => Uint8Array) {
  const rings = byHand(bench);
  const wire = await connection();
  const fd = descriptorOf(wire.accepted);
  const bytes = payload(100_003);
  rings.submit(
    encode('io_uring_sqe', {
      opcode: uapi.IORING_OP_RECV_ZC,
      ioprio: uapi.IORING_RECV_MULTISHOT,
      fd,
      zcrx_ifq_idx: made.reg.zcrx_id,
      user_data: 5n,
    }),
  );
  const sent = send(wire.client, bytes);
  const parts: Uint8Array[] = [];
  const events: { res: number; flags: number }[] = [];
  let length = 0;
  await until('everything arrived', () => {
    for (const { user_data, res, flags, off } of rings.completions()) {
      if (user_data === 77n) {
        events.push({ res, flags });
        continue;
      }
      assert.equal(user_data, 5n);
      assert.ok(res > 0, `the receive ended with ${res}`);
      assert.equal(flags & uapi.IORING_CQE_F_MORE, uapi.IORING_CQE_F_MORE);
      parts.push(area.read(Number(off & ~uapi.IORING_ZCRX_AREA_MASK), res));
      length += res;
    }
    return length >= bytes.length;
  });
  await sent;
  same(Buffer.concat(parts), bytes);
  await until('the event arrived', () => {
    for (const { user_data, res, flags } of rings.completions())
      if (user_data === 77n) events.push({ res, flags });
    return events.length > 0;
  });
  assert.deepEqual(events, [{ res: uapi.ZCRX_EVENT_COPY, flags: 0 }]);
  assert.equal(decode('zcrx_stats', stats()).fields.copy_bytes, BigInt(bytes.length));
  wire.close();
}

export default {
  ...Object.fromEntries(
    MEMORY.flatMap((memory) =>
      (['tight', 'own-page'] as const).map((placement) => [
        `the kernel counts as the plan does: region of ${memory} memory, ${placement}`,
        arithmetic(memory, placement),
      ]),
    ),
  ),

  'a region of a page less than planned is refused, in both memories'() {
    for (const memory of MEMORY) {
      for (const entries of ENTRIES) {
        using bench = new Bench();
        const size = planned(entries, 'none').region_size - PAGE;
        const region = memory === 'user' ? bench.memory(size + PAGE) : undefined;
        const { event_desc: _, ...structs } = bench.structs(entries, size, 0, region);
        assert.equal(
          outcome(() => registerIfq(bench.fd, structs)),
          'EINVAL',
          `${memory} memory, ${entries} entries`,
        );
      }
    }
  },

  'a region exactly as planned without statistics is accepted'() {
    for (const entries of ENTRIES) {
      using bench = new Bench();
      const plan = planned(entries, 'none');
      const { event_desc: _, ...structs } = bench.structs(
        entries,
        plan.region_size,
        0,
        bench.memory(plan.region_size),
      );
      assert.equal(registerIfq(bench.fd, structs).reg.offsets.rqes, plan.rqes);
    }
  },

  'the kernel tells where head, tail and entries lie'(t) {
    using bench = new Bench();
    const plan = planned(8, 'own-page');
    const { reg } = registerIfq(bench.fd, bench.structs(8, plan.region_size, plan.stats_offset!));
    const { head, tail, rqes } = reg.offsets;
    const expected = t.series === '7.2' ? { head: 0, tail: 4, rqes: 64 } : { head: 0, tail: 64, rqes: 128 };
    assert.deepEqual({ head, tail, rqes }, expected);
  },

  'registering zeroes the header and the statistics, and no byte more'() {
    const header = probe().zcrx!.rq_hdr_size;
    const plan = planned(8, 'tight');
    for (const offset of [plan.stats_offset!, PAGE, 2 * PAGE - 16]) {
      using bench = new Bench();
      const spans = zeroed(bench, offset, (region) => {
        registerIfq(bench.fd, bench.structs(8, 2 * PAGE, offset, region));
      });
      assert.deepEqual(spans, [
        [0, header],
        [offset, offset + 16],
      ]);
    }
  },

  'a registration that fails behind the statistics has zeroed them all the same'() {
    const header = probe().zcrx!.rq_hdr_size;
    using bench = new Bench();
    const spans = zeroed(bench, PAGE, (region) => {
      const structs = bench.structs(8, 2 * PAGE, PAGE, region);
      assert.throws(() => registerIfq(bench.fd, { ...structs, area: { ...structs.area, len: 1n } }), {
        errno: 'EINVAL',
      });
    });
    assert.deepEqual(spans, [
      [0, header],
      [PAGE, PAGE + 16],
    ]);
  },

  'memory of the kernel is mapped by the instance’s number, and is zero'() {
    using bench = new Bench();
    for (let id = 0; id < 3; id++) {
      const plan = planned(8, 'own-page');
      const made = registerIfq(bench.fd, bench.structs(8, plan.region_size, plan.stats_offset!));
      assert.equal(made.reg.zcrx_id, id);
      const offset = MAPPED_AT + (BigInt(id) << BigInt(uapi.IORING_OFF_ZCRX_SHIFT));
      assert.equal(made.region.mmap_offset, offset);
      const mapping = bench.keep(Mapping.ofRing(bench.fd, offset, plan.region_size));
      assert.equal(mapping.length, plan.region_size);
      assert.ok(mapping.read(0, mapping.length).every((byte) => byte === 0));
    }
  },

  'mapping what is not there, or another length than there is, fails and leaves nothing mapped'() {
    using bench = new Bench();
    const map = (offset: bigint, length: number) => outcome(() => Mapping.ofRing(bench.fd, offset, length));
    assert.equal(map(MAPPED_AT, PAGE), 'EINVAL');
    const plan = planned(8, 'own-page');
    registerIfq(bench.fd, bench.structs(8, plan.region_size, plan.stats_offset!));
    const before = mappings();
    assert.equal(map(MAPPED_AT, plan.region_size - PAGE), 'EFAULT');
    assert.equal(map(MAPPED_AT, plan.region_size + PAGE), 'EFAULT');
    assert.equal(map(BigInt(uapi.IORING_OFF_SQ_RING), 64 * PAGE), 'EFAULT');
    assert.equal(map(MAPPED_AT + 0x10000n, plan.region_size), 'EINVAL');
    assert.equal(mappings(), before);
  },

  'a mapping for reading is not written'() {
    using bench = new Bench();
    const plan = planned(8, 'own-page');
    registerIfq(bench.fd, bench.structs(8, plan.region_size, plan.stats_offset!));
    const mapping = bench.keep(Mapping.ofRing(bench.fd, MAPPED_AT, plan.region_size, { writable: false }));
    assert.ok(mapping.read(0, mapping.length).every((byte) => byte === 0));
    assert.throws(() => mapping.write(0, new Uint8Array(1)), { code: 'bad-option', message: /reading only/ });
  },

  'a mapping is read and written in its bounds alone'() {
    const mapping = Mapping.anonymous(PAGE);
    mapping.write(PAGE - 3, new Uint8Array([1, 2, 3]));
    assert.deepEqual([...mapping.read(PAGE - 4, 4)], [0, 1, 2, 3]);
    for (const [offset, length] of [
      [PAGE, 1],
      [-1, 2],
      [0.5, 1],
      [PAGE - 1, 2],
      [Number.NaN, 1],
    ] as const) {
      assert.throws(
        () => mapping.read(offset, length),
        { code: 'out-of-bounds' },
        `read ${offset}+${length}`,
      );
      assert.throws(() => mapping.write(offset, new Uint8Array(length)), { code: 'out-of-bounds' });
    }
    assert.throws(() => mapping.read(0, PAGE + 1), { code: 'bad-option' });
    mapping.close();
    mapping.close();
    assert.throws(() => mapping.read(0, 1), { code: 'closed' });
    assert.throws(() => mapping.write(0, new Uint8Array(1)), { code: 'closed' });
  },

  'planned with the header of another kernel it is refused where it does not fit, and the check says why'(t) {
    const rqHeaderSize = t.series === '7.2' ? 128 : 8;
    const plan = planRegion({ entries: 8, placement: 'tight', rqHeaderSize, pageSize: PAGE });
    using bench = new Bench();
    const structs = bench.structs(8, plan.region_size, plan.stats_offset!);
    const rqes = planned(8, 'tight').rqes;
    const area_ptr = addressOf(new Uint8Array(1));
    const findings = validateRegistration(
      {
        reg: encode('io_uring_zcrx_ifq_reg', { ...structs.reg, area_ptr, region_ptr: area_ptr }),
        region: encode('io_uring_region_desc', structs.region),
        area: encode('io_uring_zcrx_area_reg', structs.area),
        event_desc: encode('zcrx_event_desc', structs.event_desc!),
      },
      { rqes, pageSize: PAGE },
    );
    if (t.series === '7.2') {
      // A plan for a larger header leaves a gap, which harms nobody: the kernel's offsets show it.
      assert.deepEqual(findings, []);
      assert.notEqual(registerIfq(bench.fd, structs).reg.offsets.rqes, plan.rqes);
      return;
    }
    assert.throws(() => registerIfq(bench.fd, structs), { errno: 'ERANGE' });
    assert.equal(findings.length, 1);
    assert.equal(findings[0]?.field, 'stats_offset');
    assert.match(findings[0]?.message ?? '', /stats_offset/);
  },

  'registrations that the kernel refuses leave nothing behind'() {
    using bench = new Bench();
    const plan = planned(8, 'own-page');
    const size = plan.region_size;
    const stats = plan.stats_offset!;
    const good = () => bench.structs(8, size, stats);
    const refused: [string, IfqRegistration, string][] = [
      ['unknown type', { ...good(), event_desc: { type_mask: 4 } }, 'EINVAL'],
      ['unknown flag', { ...good(), event_desc: { flags: 2 } }, 'EINVAL'],
      ['offset without flag', { ...good(), event_desc: { type_mask: 3, stats_offset: stats } }, 'EINVAL'],
      ['entries 0', { ...good(), reg: { ...good().reg, rq_entries: 0 } }, 'EINVAL'],
      ['entries 32769', { ...good(), reg: { ...good().reg, rq_entries: 32769 } }, 'EINVAL'],
      ['no NODEV, no device', { ...good(), reg: { rq_entries: 8, if_idx: 9999 } }, 'ENODEV'],
      ['an empty area', { ...good(), area: { ...good().area, len: 0n } }, 'EFAULT'],
      ['an area that is not there', { ...good(), area: { addr: BigInt(PAGE), len: BigInt(PAGE) } }, 'EFAULT'],
      ['descriptor not readable', { ...good(), reg: { ...good().reg, event_desc: 8n } }, 'EFAULT'],
      ['id on entry', { ...good(), reg: { ...good().reg, zcrx_id: 1 } }, 'EINVAL'],
    ];
    for (const [what, structs, errno] of refused) {
      assert.equal(
        outcome(() => registerIfq(bench.fd, structs)),
        errno,
        what,
      );
    }
    // Had one of them left its number taken, this would not be the first.
    assert.equal(registerIfq(bench.fd, good()).reg.zcrx_id, 0);
  },

  'a ring without what zero-copy receive needs is refused'() {
    const rows: [string, number, string | undefined][] = [
      ['CQE32 and DEFER_TASKRUN', RING, undefined],
      ['CQE_MIXED', (RING & ~uapi.IORING_SETUP_CQE32) | uapi.IORING_SETUP_CQE_MIXED, undefined],
      ['CQEs of 16 bytes', RING & ~uapi.IORING_SETUP_CQE32, 'EINVAL'],
      ['no DEFER_TASKRUN', RING & ~uapi.IORING_SETUP_DEFER_TASKRUN, 'EINVAL'],
    ];
    for (const [what, flags, errno] of rows) {
      using bench = new Bench(flags);
      const plan = planned(8, 'own-page');
      const structs = bench.structs(8, plan.region_size, plan.stats_offset!);
      assert.equal(
        outcome(() => registerIfq(bench.fd, structs)),
        errno,
        what,
      );
    }
  },

  'control: what the kernel refuses, and in which words'() {
    using bench = new Bench();
    const plan = planned(8, 'own-page');
    const { reg } = registerIfq(bench.fd, bench.structs(8, plan.region_size, plan.stats_offset!));
    const { zcrx_id } = reg;
    assert.equal(ctrl(bench.fd, { zcrx_id, zc_flush: {} }).bytes.length, 72);
    const rows: [string, () => unknown, string][] = [
      ['an instance that is not there', () => ctrl(bench.fd, { zcrx_id: 9, zc_flush: {} }), 'ENXIO'],
      [
        'an unknown operation',
        () => io_uring_register(bench.fd, 36, ctrlBytes(zcrx_id, 99), 0),
        'EOPNOTSUPP',
      ],
      [
        'a type that has not fired',
        () => ctrl(bench.fd, { zcrx_id, zc_arm_event: { event_type: 1 } }),
        'EINVAL',
      ],
      [
        'a type that is not there',
        () => ctrl(bench.fd, { zcrx_id, zc_arm_event: { event_type: 2 } }),
        'EINVAL',
      ],
      ['arguments counted', () => io_uring_register(bench.fd, 36, ctrlBytes(zcrx_id, 0), 1), 'EINVAL'],
      ['no argument', () => io_uring_register(bench.fd, 36, null, 0), 'EFAULT'],
      ['no ring', () => io_uring_register(-1, 36, ctrlBytes(zcrx_id, 0), 0), 'EINVAL'],
    ];
    for (const [what, run, errno] of rows) assert.equal(outcome(run), errno, what);
  },

  'an export is a descriptor of its own, and is imported by another ring'() {
    using exporter = new Bench();
    using importer = new Bench();
    const plan = planned(8, 'own-page');
    const { reg } = registerIfq(exporter.fd, exporter.structs(8, plan.region_size, plan.stats_offset!));
    const { fields } = ctrl(exporter.fd, { zcrx_id: reg.zcrx_id, op: uapi.ZCRX_CTRL_EXPORT });
    const shared = fields.zc_export!.zcrx_fd;
    const bytes = encode('io_uring_zcrx_ifq_reg', { if_idx: shared, flags: uapi.ZCRX_REG_IMPORT });
    io_uring_register(importer.fd, uapi.IORING_REGISTER_ZCRX_IFQ, bytes, 1);
    const imported = decode('io_uring_zcrx_ifq_reg', bytes).fields;
    assert.equal(imported.offsets.rqes, reg.offsets.rqes);
    closeSync(shared);
  },

  'traffic by hand, refill region of user memory': async () => {
    using bench = new Bench(RING, 64);
    const plan = planned(64, 'own-page');
    const region = bench.memory(plan.region_size);
    const area = bench.memory(64 * PAGE);
    const structs = bench.structs(64, plan.region_size, plan.stats_offset!, region);
    const made = registerIfq(bench.fd, { ...structs, area: { addr: area.address, len: area.length } });
    await receiveByHand(bench, made, area, () => region.read(plan.stats_offset!, 16));
  },

  'traffic by hand, refill region of the kernel': async () => {
    using bench = new Bench(RING, 64);
    const plan = planned(64, 'tight');
    const area = bench.memory(64 * PAGE);
    const structs = bench.structs(64, plan.region_size, plan.stats_offset!);
    const made = registerIfq(bench.fd, { ...structs, area: { addr: area.address, len: area.length } });
    const region = bench.keep(Mapping.ofRing(bench.fd, made.region.mmap_offset, plan.region_size));
    await receiveByHand(bench, made, area, () => region.read(plan.stats_offset!, 16));
  },

  'numbers that a system call cannot take are refused before it'() {
    using bench = new Bench();
    const calls: [string, () => unknown][] = [
      ['setup', () => setup(0, {})],
      ['setup', () => setup(2 ** 32, {})],
      ['setup', () => setup(1.5, {})],
      ['register', () => io_uring_register(2 ** 31, 36, null, 0)],
      ['register', () => io_uring_register(bench.fd, -1, null, 0)],
      ['register', () => io_uring_register(bench.fd, 36, null, 2 ** 32)],
      ['register', () => io_uring_register(bench.fd, 36, 2n ** 64n, 0)],
      ['register', () => io_uring_register(bench.fd, 36, new Uint8Array(71), 0)],
      ['register', () => io_uring_register(bench.fd, 32, new Uint8Array(95), 1)],
      ['eventfd', () => registerEventfd(bench.fd, -1)],
      ['query', () => query(1, -1)],
      ['query', () => query(1, Number.NaN)],
      ['enter', () => io_uring_enter(2 ** 32 + bench.fd, 0, 0, 0)],
      ['enter', () => io_uring_enter(bench.fd, -1, 0, 0)],
      ['enter', () => io_uring_enter(bench.fd, 0, 2 ** 32, 0)],
      ['enter', () => io_uring_enter(bench.fd, 0, 0, Number.NaN)],
      ['mapping', () => Mapping.anonymous(0)],
      ['mapping', () => Mapping.anonymous(2 ** 41)],
      ['mapping', () => Mapping.ofRing(-1, 0n, PAGE)],
      ['mapping', () => Mapping.ofRing(bench.fd, 2n ** 64n, PAGE)],
      ['mapping', () => Mapping.ofRing(bench.fd, -1n, PAGE)],
    ];
    for (const [what, run] of calls) {
      assert.throws(run, { name: 'BridgeError', code: 'bad-option' }, `${what}: ${run}`);
    }
  },
} satisfies Scenarios;

function ctrlBytes(zcrx_id: number, op: number): Uint8Array {
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, zcrx_id, true);
  view.setUint32(4, op, true);
  return bytes;
}
