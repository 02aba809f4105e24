import assert from 'node:assert/strict';
import * as uapi from 'zcrx';
import { ctrl, isBridgeError, isSyscallError, probe, query, registerIfq, ZcrxInstance } from 'zcrx/bridge';
import type { Context, Scenarios } from '../harness.js';
import { Bench, RING } from './support/bench.js';
import { PAGE } from './support/page.js';
import { descriptors } from './support/process.js';
import { collect, connection, payload, same } from './support/traffic.js';

const QUERY = 'IORING_REGISTER_QUERY (Linux 6.18 or later)';
const ZCRX = 'IO_URING_QUERY_ZCRX and IORING_REGISTER_ZCRX_CTRL (Linux 6.19 or later)';
const NODEV = 'instances without a device, ZCRX_REG_NODEV (Linux 7.1 or later)';
const EVENTS = 'events and statistics, ZCRX_FEATURE_EVENT (Linux 7.2 or later)';

/** What each series has not, and how it is told to one who opens an instance all the same. */
const SERIES: Record<string, { missing: string[]; message: RegExp }> = {
  '7.1': { missing: [EVENTS], message: /cannot open this instance: it has no zcrx events and statistics/ },
  '7.0': { missing: [NODEV, EVENTS], message: /ZCRX_REG_NODEV.*; it has no zcrx events and statistics/ },
  '6.19': { missing: [NODEV, EVENTS], message: /ZCRX_REG_NODEV.*; it has no zcrx events and statistics/ },
  '6.18': { missing: [ZCRX, NODEV, EVENTS], message: /ZCRX_REG_NODEV.*; it has no zcrx events/ },
  older: { missing: [QUERY, ZCRX, NODEV, EVENTS], message: /IORING_REGISTER_QUERY/ },
};

const rowOf = (t: Context) => (SERIES[t.series] ?? SERIES.older)!;
const asks = (t: Context) => t.series in SERIES;

export default {
  'the probe tells exactly what is missing'(t) {
    const found = probe();
    assert.deepEqual(found.missing, rowOf(t).missing);
    assert.equal(found.revision, undefined);
    assert.equal(found.event, undefined);
    assert.equal(found.kernel, t.release);
    assert.equal(found.nodev, t.series === '7.1');
    assert.equal(found.privileges.capNetAdmin, true);
  },

  'what the kernel does answer is there'(t) {
    const { opcode, zcrx, scq } = probe();
    assert.equal(opcode !== undefined, asks(t));
    assert.equal(zcrx !== undefined, asks(t) && t.series !== '6.18');
    assert.equal(scq !== undefined, asks(t) && t.series !== '6.18');
    if (zcrx) assert.deepEqual([zcrx.nr_ctrl_opcodes, zcrx.rq_hdr_size], [2, 8]);
  },

  'a question about events is unknown, or no question can be asked'(t) {
    const answer = query(uapi.IO_URING_QUERY_ZCRX_EVENT, 96);
    assert.deepEqual(
      answer && { result: answer.result, size: answer.size },
      asks(t) ? { result: -95, size: 0 } : undefined,
    );
  },

  'opening fails, names what is missing, and leaves nothing open'(t) {
    const before = descriptors();
    for (const options of [{}, { events: [] as const }, { stats: false }]) {
      assert.throws(
        () => ZcrxInstance.open(options),
        (error) => {
          assert.ok(isBridgeError(error), String(error));
          assert.equal(error.code, 'unsupported-kernel');
          assert.match(error.message, rowOf(t).message);
          assert.ok(error.message.includes(t.release), error.message);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
    }
    assert.equal(descriptors(), before);
  },

  'without events and statistics it opens where there are instances without a device': async (t) => {
    const open = () => ZcrxInstance.open({ events: [], stats: false, areaSize: 2 ** 20 });
    if (t.series !== '7.1') {
      assert.throws(open, { name: 'BridgeError', code: 'unsupported-kernel' });
      return;
    }
    const zcrx = open();
    const wire = await connection();
    const bytes = payload(2 ** 20 + 11);
    wire.client.end(bytes);
    same(await collect(zcrx.receive(wire.accepted)), bytes);
    assert.equal(zcrx.received_bytes, BigInt(bytes.length));
    assert.throws(() => zcrx.stats(), { code: 'bad-option' });
    assert.throws(
      () => zcrx.rearm('copy'),
      (error) => isSyscallError(error) && error.errno === 'EOPNOTSUPP',
    );
    wire.close();
    zcrx.close();
  },

  'the thin layer: what this series does not know is refused with EINVAL'(t) {
    using bench = new Bench(RING);
    const { event_desc, ...structs } = bench.structs(8, PAGE, 0);
    // The descriptor of events lies in space that must be zero here, and so does the flag for no device before 7.1.
    assert.throws(() => registerIfq(bench.fd, { ...structs, event_desc: event_desc! }), { errno: 'EINVAL' });
    if (t.series !== '7.1') {
      assert.throws(() => registerIfq(bench.fd, structs), { errno: 'EINVAL' });
      return;
    }
    const { reg } = registerIfq(bench.fd, structs);
    assert.throws(() => ctrl(bench.fd, { zcrx_id: reg.zcrx_id, zc_arm_event: { event_type: 1 } }), {
      errno: 'EOPNOTSUPP',
    });
  },
} satisfies Scenarios;
