import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as uapi from 'zcrx';
import { encode } from 'zcrx';
import {
  addressOf,
  type CallVerdict,
  checkDevice,
  ctrl,
  devices,
  explainDeviceRefusal,
  type IfqRegistration,
  inspectDevice,
  isBridgeError,
  isSyscallError,
  type Mapping,
  probe,
  registerIfq,
  type SyscallError,
} from 'zcrx/bridge';
import { type Call, type Device as CallDevice, VerdictModel } from 'zcrx/verdict';
import { udmabufArea } from '../../../dist/bridge/areas/index.js';
import type { Context, Scenarios } from '../harness.js';
import { Bench, planned } from './support/bench.js';
import { load, MODULE, unload } from './support/card.js';
import { setParameter } from './support/nic.js';
import { PAGE } from './support/page.js';
import { until } from './support/process.js';
import { attachXdp, openXsk } from './support/xdp.js';

// What the kernel says to registrations with a queue of a network device, beside what is foretold of them.

const CARD = 'zcrx0';
const QUEUE = 1;

/** The number of the simulated card. */
function card(t: Context): number {
  if (!existsSync(`/sys/class/net/${CARD}`)) t.skip(`there is no simulated network card ${CARD}`);
  return inspectDevice(CARD).ifindex;
}

/** All that is true of the card, whether or not a program could find it out. */
const facts = (ifindex: number): CallDevice => ({
  if_idx: ifindex,
  name: CARD,
  dma: true,
  ops_lock: true,
  queue_ops: true,
  queues: 2,
  tcp_data_split: true,
  hds_thresh: 0,
  xdp: false,
  rx_page_size: takesLengths(),
});

/** Structs of a registration with the card. */
function structs(bench: Bench, ifindex: number, reg: object = {}, area: object = {}): IfqRegistration {
  const plan = planned(8, 'own-page');
  const region = bench.memory(plan.region_size);
  const made = bench.structs(8, plan.region_size, plan.stats_offset as number, region);
  return {
    ...made,
    reg: { rq_entries: 8, if_idx: ifindex, if_rxq: QUEUE, ...reg },
    area: { ...made.area, ...area },
  };
}

type Refusal = SyscallError & { verdict: CallVerdict };

function refusal(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    assert.ok(isSyscallError(error) && error.verdict, `${error}`);
    return error as Refusal;
  }
  throw new Error('it was not refused');
}

const judge = (call: Call, device: CallDevice | undefined) =>
  new VerdictModel().judge({ ...call, devices: device ? [device] : [] });

/** A device that is not fit, or a request that does not fit it. */
interface Case {
  readonly rule: string;
  readonly errno: string;
  /** What is wrong with the device: without it the same call is good. */
  readonly device?: Partial<CallDevice>;
  /** What is wrong with the request. */
  readonly reg?: object;
  readonly area?: object | ((bench: Bench) => object);
  /** Makes the device so. */
  readonly prepare?: (ifindex: number) => Disposable;
  /** Where it does not fail. */
  readonly unless?: () => boolean;
  /** What `explainDeviceRefusal` says, and which rule it finds; default: that which is foretold. */
  readonly says: RegExp;
  readonly finds?: string;
}

/** The driver has been loaded with support for buffers of any length. */
const takesLengths = (): boolean =>
  readFileSync('/sys/module/zcrx_nic/parameters/large_buffers', 'latin1').startsWith('Y');

const undo = (step: () => void): Disposable => ({ [Symbol.dispose]: step });

function withoutSplit(): Disposable {
  setParameter('data_split', 0);
  return undo(() => setParameter('data_split', 1));
}

/** A second registration of the same queue: the first is made by another ring, which is closed afterwards. */
function taken(ifindex: number): Disposable {
  const bench = new Bench();
  registerIfq(bench.fd, structs(bench, ifindex));
  return bench;
}

/** Pages that are surely not in a row: touched from the last to the first. */
function scattered(memory: Mapping): Mapping {
  for (let at = memory.length - PAGE; at >= 0; at -= PAGE) memory.write(at, new Uint8Array(1).fill(1));
  return memory;
}

const LARGE = 16 * PAGE;
const large = (bench: Bench) => {
  const memory = scattered(bench.memory(4 * LARGE));
  return { addr: memory.address, len: memory.length };
};

/** An open descriptor, and no DMA buffer: standard output. */
const FILE = 1;
const dmabuf = (area: object) => ({ addr: 0, flags: uapi.IORING_ZCRX_AREA_DMABUF, dmabuf_fd: FILE, ...area });

const CASES: Record<string, Case> = {
  'a queue that is not there': {
    rule: 'device-queue-range',
    errno: 'ERANGE',
    reg: { if_rxq: 2 },
    says: /^queue: 2, and the device has queues 0 to 1, expected one of these \(.*take queue 0 to 1\)$/,
  },
  'a queue far off': {
    rule: 'device-queue-range',
    errno: 'ERANGE',
    reg: { if_rxq: 2 ** 31 },
    says: /take queue 0 to 1/,
  },
  'headers that are not split from data': {
    rule: 'device-data-split',
    errno: 'EINVAL',
    device: { tcp_data_split: false },
    prepare: withoutSplit,
    says: /ethtool -G zcrx0 tcp-data-split on/,
    finds: 'unproved', // the card has no ethtool: the threshold might be it as well
  },
  'an XDP program': {
    rule: 'device-xdp',
    errno: 'EEXIST',
    device: { xdp: true },
    prepare: attachXdp,
    says: /\(1\) XDP program: .*ip link set dev zcrx0 xdp off.*\(2\) queue 1: has a memory provider already/,
    finds: 'unproved', // the lab's ip does not tell
  },
  'a queue of AF_XDP': {
    rule: 'device-queue-xsk',
    errno: 'EBUSY',
    device: { af_xdp: [QUEUE] },
    prepare: (ifindex) => openXsk(ifindex, QUEUE),
    says: /\(1\) queue 1: leased.*\(2\) queue 1: used by AF_XDP/,
    finds: 'unproved',
  },
  'a length of buffers, which the driver takes none of': {
    rule: 'device-buf-len',
    errno: 'EOPNOTSUPP',
    reg: { rx_buf_len: PAGE },
    unless: takesLengths,
    says: /rx_buf_len: .*\(leave rx_buf_len out\)/,
    finds: 'unproved',
  },
  'a DMA buffer with an address': {
    rule: 'area-dmabuf-addr',
    errno: 'EINVAL',
    area: dmabuf({ addr: PAGE }),
    says: /^area\.addr is 0x\w+, but must be 0 for a DMA buffer/,
  },
  'a DMA buffer that is not open': {
    rule: 'area-dmabuf-fd',
    errno: 'EBADF',
    area: dmabuf({ dmabuf_fd: 999 }),
    says: /^area\.dmabuf_fd is 999, a descriptor that is not open/,
  },
  'a DMA buffer that is none': {
    rule: 'area-dmabuf-kind',
    errno: 'EINVAL',
    area: dmabuf({}),
    says: /^area\.dmabuf_fd is \d+, but this descriptor is no DMA buffer/,
  },
  'user memory and a descriptor': {
    rule: 'area-fd-without-dmabuf',
    errno: 'EINVAL',
    area: { dmabuf_fd: FILE },
    says: /^area\.dmabuf_fd is \d+, but must be 0 without IORING_ZCRX_AREA_DMABUF/,
  },
  'a queue that has a provider': {
    rule: 'device-queue-taken',
    errno: 'EEXIST',
    device: { taken: [QUEUE] },
    prepare: taken,
    says: /queue 1: has a memory provider already, and a queue has one only.*another queue: 0\)/,
    finds: 'unproved',
  },
};

function run(t: Context, each: Case) {
  const { rule, errno, device, reg, area, prepare, says, finds = rule } = each;
  const ifindex = card(t);
  if (each.unless?.()) t.skip('this card is fit for it');
  using _ = prepare?.(ifindex) ?? undo(() => {});
  using bench = new Bench();
  const given = structs(bench, ifindex, reg, typeof area === 'function' ? area(bench) : area);
  const error = refusal(() => registerIfq(bench.fd, given));
  assert.equal(error.errno, errno);
  const { call } = error.verdict;
  const foretold = judge(call, { ...facts(ifindex), ...device });
  assert.deepEqual([foretold.errno, foretold.rule], [errno, rule]);
  // It hangs on this fact, and on nothing else.
  if (device) assert.equal(judge(call, facts(ifindex)).rule, 'ok');
  const { if_rxq = QUEUE, rx_buf_len } = { ...reg } as { if_rxq?: number; rx_buf_len?: number };
  const told = explainDeviceRefusal(error, inspectDevice(CARD), if_rxq, rx_buf_len);
  assert.match(told.explanation ?? '', says);
  assert.equal(told.verdict?.contradicted, false);
  const found = told.verdict?.rule === 'unproved' ? told.verdict.findings[0]?.rule : told.verdict?.rule;
  assert.equal(found ?? 'unproved', finds);
  return told.explanation;
}

/** Registers, with patience: a ring that was closed gives its queue back a little later. */
async function registerSoon(bench: Bench, given: IfqRegistration): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      registerIfq(bench.fd, given);
      return;
    } catch (error) {
      if (attempt > 200 || !isSyscallError(error) || error.errno !== 'EEXIST') throw error;
      await wait(20);
    }
  }
}

/** Loads the card's driver anew. */
async function reload(parameters: string): Promise<void> {
  // A ring that was closed holds the card a little longer.
  await until('the driver is unloaded', () => thrown(unload) === undefined);
  load(parameters);
}

function thrown(what: () => unknown): unknown {
  try {
    return what();
  } catch (error) {
    return error;
  }
}

/** Adds an area to an instance. */
function add(
  bench: Bench,
  zcrx_id: number,
  area: Parameters<typeof encode<'io_uring_zcrx_area_reg'>>[1],
): void {
  const bytes = encode('io_uring_zcrx_area_reg', area);
  ctrl(bench.fd, { zcrx_id, zc_area: { area_ptr: addressOf(bytes) } });
}

const scenarios: Scenarios = {
  'the card is known as far as sysfs tells'(t) {
    const ifindex = card(t);
    const found = inspectDevice(CARD);
    assert.equal(found.ifindex, ifindex);
    assert.equal(found.queues, 2);
    assert.equal(found.dma, 'yes');
    assert.match(found.learned.dma, /bus platform/);
    assert.deepEqual([found.tcpDataSplit, found.hdsThresh, found.xdp], ['unknown', 'unknown', 'unknown']);
    assert.equal(found.learned.tcpDataSplit, 'ethtool is not installed');
    assert.deepEqual(
      devices().map(({ name }) => name),
      ['lo', CARD],
    );
    // What is not known stops nothing.
    checkDevice({ name: CARD, queue: QUEUE }, probe().privileges);
    return found;
  },

  'what is known to be wrong is told before the kernel is asked'(t) {
    card(t);
    const { privileges } = probe();
    const noQueue = thrown(() => checkDevice({ name: CARD, queue: 2 }, privileges));
    assert.ok(isBridgeError(noQueue) && noQueue.code === 'device-not-ready', `${noQueue}`);
    assert.deepEqual(
      noQueue.problems.map(({ rule }) => rule),
      ['device-queue-range'],
    );
    const lo = thrown(() => checkDevice({ name: 'lo', queue: 0 }, privileges));
    assert.ok(isBridgeError(lo) && lo.problems[0]?.rule === 'device-no-dma', `${lo}`);
    const none = thrown(() => checkDevice({ name: 'eth7', queue: 0 }, privileges));
    assert.ok(
      isBridgeError(none) && none.message === `there is no device eth7; there are: lo, ${CARD}`,
      `${none}`,
    );
  },

  ...Object.fromEntries(Object.entries(CASES).map(([name, each]) => [name, (t: Context) => run(t, each)])),

  'an interface without a device'(t) {
    card(t);
    using bench = new Bench();
    const error = refusal(() => registerIfq(bench.fd, structs(bench, 1, { if_rxq: 0 })));
    assert.deepEqual([error.errno, error.verdict.rule], ['EOPNOTSUPP', 'device-no-dma']);
    // The rules account for it without more being known.
    assert.equal(explainDeviceRefusal(error, inspectDevice('lo'), 0), error);
  },

  'an interface that is not there'(t) {
    const ifindex = card(t);
    using bench = new Bench();
    const error = refusal(() => registerIfq(bench.fd, structs(bench, 77)));
    assert.deepEqual([error.errno, error.verdict.rule], ['ENODEV', 'device-missing']);
    const gone = { ...inspectDevice(CARD), ifindex: ifindex + 60, name: 'eth7' };
    assert.match(explainDeviceRefusal(error, gone, QUEUE).explanation ?? '', /there are: lo, zcrx0$/);
  },

  'buffers larger than the pieces of the area'(t) {
    const ifindex = card(t);
    using bench = new Bench();
    const given = structs(bench, ifindex, { rx_buf_len: LARGE }, large(bench));
    const error = refusal(() => registerIfq(bench.fd, given));
    assert.equal(error.errno, 'ERANGE');
    // Nothing is known of the machine's memory: with a driver that can, this is left open.
    assert.equal(judge(error.verdict.call, { ...facts(ifindex), rx_page_size: true }).rule, 'unproved');
    const told = explainDeviceRefusal(error, inspectDevice(CARD), QUEUE, LARGE);
    assert.equal(told.field, 'reg.rx_buf_len');
    assert.match(
      told.explanation ?? '',
      /larger than the physically contiguous pieces of the area: .*huge pages/,
    );
  },

  async 'user memory and a DMA buffer in one instance'(t) {
    const ifindex = card(t);
    if (probe().zcrx!.nr_ctrl_opcodes <= uapi.ZCRX_CTRL_ADD_AREA) t.skip('this kernel adds no areas');
    using bench = new Bench();
    const given = structs(bench, ifindex);
    await registerSoon(bench, given);
    const buffer = udmabufArea(4 * PAGE);
    try {
      const { fd: dmabuf_fd, length: len } = buffer;
      const area = { flags: uapi.IORING_ZCRX_AREA_DMABUF, dmabuf_fd, len };
      const error = refusal(() => add(bench, 0, area));
      assert.equal(error.errno, 'EINVAL');
      // What an exporter says is beyond what is foretold.
      assert.deepEqual([error.verdict.rule, error.verdict.contradicted], ['unproved', false]);
    } finally {
      buffer.close();
    }
    const more = bench.memory(PAGE);
    add(bench, 0, { addr: more.address, len: PAGE });
  },

  async 'a queue that is fit is taken, and given back'(t) {
    const ifindex = card(t);
    for (let i = 0; i < 2; i++) {
      using bench = new Bench();
      await registerSoon(bench, structs(bench, ifindex));
    }
  },

  async 'a length of buffers that the driver takes'(t) {
    card(t);
    if (!existsSync(MODULE)) t.skip(`there is no ${MODULE} to load the card's driver from again`);
    await reload('large_buffers=1');
    try {
      using bench = new Bench();
      await registerSoon(bench, structs(bench, card(t), { rx_buf_len: PAGE }));
    } finally {
      await reload('large_buffers=0');
    }
  },
};

export default scenarios;
