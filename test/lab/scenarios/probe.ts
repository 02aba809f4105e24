import assert from 'node:assert/strict';
import * as uapi from 'zcrx';
import { probe, query } from 'zcrx/bridge';
import type { Context, Scenarios } from '../harness.js';
import { PAGE } from './support/page.js';
import { descriptors } from './support/process.js';

/** What differs between the series that have events. */
const EXPECTED: Record<string, { rq_hdr_size: number; nr_ctrl_opcodes: number }> = {
  '7.2': { rq_hdr_size: 8, nr_ctrl_opcodes: 3 },
  '7.3': { rq_hdr_size: 128, nr_ctrl_opcodes: 4 },
};

function expected(t: Context): { rq_hdr_size: number; nr_ctrl_opcodes: number } {
  const row = EXPECTED[t.series];
  assert.ok(row, `nothing is written down for Linux ${t.series}`);
  return row;
}

export default {
  'names the revision, and misses nothing as root'(t) {
    const found = probe();
    assert.equal(found.kernel, t.release);
    assert.equal(found.arch, process.arch);
    assert.equal(found.pageSize, PAGE);
    assert.equal(found.revision, 'event');
    assert.equal(found.nodev, true);
    assert.deepEqual(found.missing, []);
  },

  'gives the header of the refill ring and the control operations as this series has them'(t) {
    const { zcrx } = probe();
    assert.ok(zcrx);
    const { rq_hdr_size, nr_ctrl_opcodes } = zcrx;
    assert.deepEqual({ rq_hdr_size, nr_ctrl_opcodes }, expected(t));
    assert.equal(zcrx.register_flags, BigInt(uapi.ZCRX_REG_IMPORT | uapi.ZCRX_REG_NODEV));
    assert.equal(zcrx.features, uapi.ZCRX_FEATURE_RX_PAGE_SIZE | uapi.ZCRX_FEATURE_EVENT);
  },

  'gives the events and the size and alignment of the statistics'() {
    assert.deepEqual(probe().event, { event_flags: 3, stats_size: 16, stats_off_alignment: 8 });
  },

  'knows which requests and registrations there are'() {
    const { opcode, scq } = probe();
    assert.ok(opcode && scq);
    assert.ok(opcode.nr_request_opcodes > uapi.IORING_OP_RECV_ZC);
    assert.ok(opcode.nr_register_opcodes > uapi.IORING_REGISTER_ZCRX_CTRL);
    assert.equal(opcode.nr_query_opcodes, uapi.IO_URING_QUERY_ZCRX_EVENT + 1);
  },

  'looks up what root may do'() {
    const { privileges } = probe();
    const { capNetAdmin, capIpcLock, userNamespace, seccomp, ioUringDisabled, ioUringRefusal } = privileges;
    assert.deepEqual(
      { capNetAdmin, capIpcLock, userNamespace, seccomp, ioUringDisabled, ioUringRefusal },
      {
        capNetAdmin: true,
        capIpcLock: true,
        userNamespace: false,
        seccomp: 0,
        ioUringDisabled: 0,
        ioUringRefusal: undefined,
      },
    );
  },

  'leaves nothing open'() {
    probe();
    const before = descriptors();
    for (let i = 0; i < 20; i++) probe();
    assert.equal(descriptors(), before);
  },

  'the thin layer: an answer is cut to the room there is, and zero behind its end'() {
    const whole = query(uapi.IO_URING_QUERY_ZCRX_EVENT, 48);
    assert.deepEqual({ result: whole?.result, size: whole?.size }, { result: 0, size: 48 });
    const short = query(uapi.IO_URING_QUERY_ZCRX_EVENT, 8);
    assert.deepEqual({ ...short }, { result: 0, size: 8, bytes: whole?.bytes.slice(0, 8) });
    const long = query(uapi.IO_URING_QUERY_ZCRX_EVENT, 96);
    assert.equal(long?.size, 48);
    assert.deepEqual(long?.bytes.slice(0, 48), whole?.bytes);
    assert.ok(long?.bytes.slice(48).every((byte) => byte === 0));
  },

  'the thin layer: a question that the kernel does not know is answered with EOPNOTSUPP'() {
    const answer = query(99, 64);
    assert.deepEqual({ result: answer?.result, size: answer?.size }, { result: -95, size: 0 });
  },

  'the thin layer: a page is the most that can be asked for'() {
    assert.equal(query(uapi.IO_URING_QUERY_ZCRX, PAGE)?.result, 0);
    assert.throws(() => query(uapi.IO_URING_QUERY_ZCRX, PAGE + 1), { name: 'SyscallError', errno: 'E2BIG' });
  },
} satisfies Scenarios;
