// What a verdict costs, beside the system call that it speaks of, measured in the same run on the same machine. The call
// is a registration that this kernel refuses or takes, as the case may be; with --lab all of it runs in a Linux 7.3 in
// QEMU, where everything is slower by the same measure and the registration is a real one.

import { closeSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

if (argv.includes('--lab')) {
  const { runInKernel } = await import('../../dist/src/lab/index.js');
  const data = readFileSync(fileURLToPath(import.meta.url));
  const run = await runInKernel({
    kernel: '7.3',
    argv: ['node', '/node_modules/zcrx/bench.mjs'],
    extra: [{ data, to: '/node_modules/zcrx/bench.mjs' }],
    progress: (text) => console.error(text),
    onStdout: (chunk) => process.stdout.write(chunk),
  });
  process.exit(run.status ?? 1);
}

const { encode, planRegion, ZCRX_REG_NODEV } = await import('zcrx');
const { RegistrationCheck, VerdictModel, layOutBundle } = await import('zcrx/verdict');
const uapi = await import('zcrx');

const ROUNDS = 7;
const ROUND_NS = 30e6;

function round(count, run) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) run(i);
  return Number(process.hrtime.bigint() - start);
}

/** Nanoseconds a call, the best of several rounds of some milliseconds: what disturbs only adds. */
function measure(run) {
  let count = 16;
  while (round(count, run) < ROUND_NS) count *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => round(count, run) / count));
}

const plan = planRegion({ entries: 128, placement: 'tight' });
const bundle = {
  kernel: '7.3',
  reg: { rq_entries: 128, flags: ZCRX_REG_NODEV },
  area: { addr: '0x10000000', len: 65536 },
  region: { user_addr: '0x20000000', size: plan.region_size, flags: 1 },
  event_desc: { user_data: 1, type_mask: 3, flags: 1, stats_offset: plan.stats_offset },
};
const structs = {
  reg: encode('io_uring_zcrx_ifq_reg', bundle.reg),
  area: encode('io_uring_zcrx_area_reg', bundle.area),
  region: encode('io_uring_region_desc', bundle.region),
  event_desc: encode('zcrx_event_desc', bundle.event_desc),
};

const check = new RegistrationCheck({ kernel: '7.3' });
if (check.judge(structs).name !== 'ok') throw new Error(check.findings()[0].message);
const verdict = measure(() => check.judge(structs));

const { call } = layOutBundle(bundle);
const model = new VerdictModel();
const line = JSON.stringify(call);
const asJson = measure(() => JSON.stringify(model.judge(JSON.parse(line))));

const { Mapping, io_uring_register, addressOf, registerIfq, setup } = await import('zcrx/bridge');

/** The cheapest real call there is: a question that the kernel answers. */
function query() {
  const answer = new Uint8Array(64);
  const fields = {
    query_op: uapi.IO_URING_QUERY_OPCODES,
    size: answer.length,
    query_data: addressOf(answer),
  };
  const hdr = encode('io_uring_query_hdr', fields);
  return measure(() => {
    io_uring_register(-1, uapi.IORING_REGISTER_QUERY, hdr, 0);
  });
}

/** A registration, with ring and memory ready; undefined where this kernel refuses it. */
function registration() {
  const flags = uapi.IORING_SETUP_CQE32 | uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN;
  const area = Mapping.anonymous(65536);
  const region = Mapping.anonymous(plan.region_size);
  const real = {
    ...bundle,
    area: { addr: area.address, len: 65536 },
    region: { ...bundle.region, user_addr: region.address },
  };
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 50; i++) {
    const { fd } = setup(8, { flags });
    const start = process.hrtime.bigint();
    try {
      registerIfq(fd, real);
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}

const us = (ns) => `${(ns / 1000).toFixed(2)} µs`;
console.log(`verdict on a registration bundle     ${us(verdict)}`);
console.log(`the same as JSON, in and out         ${us(asJson)}   (${Math.round(1e9 / asJson)} a second)`);
const show = (what, ns) =>
  console.log(`${what.padEnd(37)}${us(ns)}   (call : verdict ${(ns / verdict).toFixed(1)} : 1)`);
try {
  show('a query, the cheapest real call', query());
  const taken = registration();
  if (taken) show('the registration itself', taken);
  else
    console.log(
      `the registration itself              refused by Linux ${release()}; --lab has one that takes it`,
    );
} catch (error) {
  console.log(`real calls                           not measured: ${error.message}`);
}
