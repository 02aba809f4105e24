import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { checkDevice } from '../../bridge/device/check.js';
import type { DeviceUse, Places } from '../../bridge/device/facts.js';
import { shellWord } from '../../bridge/device/name.js';
import { steeringAdvice } from '../../bridge/device/steering.js';
import { isBridgeError } from '../../bridge/errors.js';
import { CHANNELS, IFB, machine, type Programs, rings, type Shown, XDP } from './device-samples.js';

const CAN = { capNetAdmin: true, capNetAdminRemedy: '' };
const CANNOT = { capNetAdmin: false, capNetAdminRemedy: 'CAP_NET_ADMIN: run as root' };
const CARD: Shown = { bus: 'pci', driver: 'bnxt_en', queues: 4 };
/** As `ip` prints of a card. */
const PLAIN = IFB.replace('ifb0', 'eth0').replace('"linkinfo":{"info_kind":"ifb"},', '');
const READY: Programs = { ethtool: { '-g': rings('on', 0), '-l': CHANNELS.replaceAll('1', '8') }, ip: PLAIN };

const eth0 = (shown: Shown = {}, programs: Programs = READY) =>
  machine({ lo: { type: 772 }, eth0: { ...CARD, ...shown } }, programs);

/** What is wrong, as the error has it. */
function problems(places: Places, use: Partial<DeviceUse> = {}, can = CAN) {
  try {
    checkDevice({ name: 'eth0', queue: 1, ...use }, can, places);
  } catch (error) {
    if (!isBridgeError(error) || error.code !== 'device-not-ready') throw error;
    // What is data is also told.
    for (const { what, remedy } of error.problems) {
      expect(error.message).toContain(what);
      expect(error.message).toContain(remedy);
    }
    return error.problems;
  }
  return [];
}

test('a device that is ready is given back with what is known of it', () => {
  const device = checkDevice({ name: 'eth0', queue: 3 }, CAN, eth0());
  expect(device).toMatchObject({ name: 'eth0', ifindex: 2, queues: 4, tcpDataSplit: 'on', xdp: 'none' });
});

test('what is not known refuses nothing', () => {
  const places = eth0({ bus: 'virtio' }, {});
  expect(checkDevice({ name: 'eth0', queue: 0 }, CAN, places)).toMatchObject({ dma: 'unknown' });
});

test.for<[string, Places | (() => Places), Partial<DeviceUse>, object]>([
  [
    'headers that are not split',
    () => eth0({}, { ...READY, ethtool: { '-g': rings('off', 0) } }),
    {},
    { what: 'tcp-data-split', have: 'off', want: 'on', remedy: 'ethtool -G eth0 tcp-data-split on' },
  ],
  [
    'a threshold',
    () => eth0({}, { ...READY, ethtool: { '-g': rings('on', 256) } }),
    {},
    { what: 'hds-thresh', have: '256', want: '0', remedy: 'ethtool -G eth0 hds-thresh 0' },
  ],
  [
    'an XDP program in the driver',
    () => eth0({}, { ...READY, ip: XDP.replace('"lo"', '"eth0"').replaceAll('"mode":2', '"mode":1') }),
    {},
    { what: 'XDP program', have: 'native', want: 'none', remedy: 'ip link set dev eth0 xdp off' },
  ],
  [
    'an XDP program in the network stack',
    () => eth0({}, { ...READY, ip: XDP.replace('"lo"', '"eth0"') }),
    {},
    { rule: 'device-xdp', remedy: 'ip link set dev eth0 xdpgeneric off' },
  ],
  [
    'a queue that is not there, and could be',
    () => eth0(),
    { queue: 4 },
    { what: 'queue', remedy: 'ethtool -L eth0 combined 5, or take queue 0 to 3' },
  ],
  [
    'a queue that is not there, and cannot be',
    () => eth0(),
    { queue: 8 },
    { rule: 'device-queue-range', remedy: 'take queue 0 to 3: the device can have 8 queues at most' },
  ],
  [
    'a queue that is not there, and nobody to ask how to get it',
    () => eth0({ queues: 1 }, {}),
    { queue: 1 },
    { have: '1, and the device has queue 0 only', remedy: 'ethtool -L eth0 combined 2, or take queue 0' },
  ],
  [
    'an interface without a device',
    () => machine({ lo: { type: 772 } }),
    { name: 'lo', queue: 0 },
    { what: 'DMA', have: 'no', rule: 'device-no-dma' },
  ],
  [
    'buffers of an odd size',
    () => eth0(),
    { rxBufLen: 6000, pageSize: 4096 },
    { what: 'rx_buf_len', have: '6000', want: 'a power of two of at least a page (4096)' },
  ],
])('%s', ([, places, use, expected]) => {
  const found = problems(typeof places === 'function' ? places() : places, use);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject(expected);
});

test('all that is wrong is one error, in the order in which the kernel looks', () => {
  const places = machine(
    { lo: { type: 772 } },
    { ethtool: { '-g': rings('off', 9).replace('eth0', 'lo') }, ip: XDP },
  );
  const use = { name: 'lo', queue: 7, rxBufLen: 100, pageSize: 4096 };
  expect(problems(places, use, CANNOT).map(({ rule }) => rule)).toEqual([
    'not-capable',
    'device-no-dma',
    'area-buf-len',
    'device-queue-range',
    'device-data-split',
    'device-hds-thresh',
    'device-xdp',
  ]);
});

test.for([-1, 1.5, 2 ** 32 - 1, Number.NaN, '1', undefined])('a queue is a number: %j', (queue) => {
  expect(() => checkDevice({ name: 'lo', queue: queue as number }, CAN)).toThrow(
    expect.objectContaining({ code: 'bad-option' }),
  );
});

test('commands are safe to paste', () => {
  for (const word of ['eth0', 'a b', "it's", '$(id)', '-x', '`id`', '*', '\\', 'é']) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word);
  }
  expect(shellWord('eth0.5@if3')).toBe('eth0.5@if3');
});

test.for<[number, number | 'unknown', string[]]>([
  [3, 4, ['ethtool -X eth0 equal 3']],
  [0, 4, ['ethtool -X eth0 start 1 equal 3']],
  [1, 4, ['ethtool -X eth0 weight 1 0 1 1']],
  [2, 'unknown', ['ethtool -X eth0 equal 2']],
  [0, 'unknown', []],
  [0, 1, []],
])('steering to queue %j of %j', ([queue, queues, others]) => {
  expect(steeringAdvice({ name: 'eth0', queues }, queue, 7000)).toEqual([
    ...others,
    'ethtool -K eth0 ntuple on',
    `ethtool -N eth0 flow-type tcp4 dst-port 7000 action ${queue}`,
    `ethtool -N eth0 flow-type tcp6 dst-port 7000 action ${queue}`,
  ]);
  expect(steeringAdvice({ name: 'eth0', queues }, queue).at(-1)).toMatch(/dst-port PORT/);
});
