import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { explainDeviceRefusal } from '../../bridge/device/explain.js';
import type { Device } from '../../bridge/device/facts.js';
import { SyscallError } from '../../bridge/errors.js';
import type { CallVerdict } from '../../bridge/verdict/types.js';
import { layOutBundle } from '../../src/verdict/bundle.js';
import { VerdictModel } from '../../src/verdict/index.js';
import { typedFindings } from '../../src/verdict/typed.js';
import { machine } from './device-samples.js';
import { registration } from './verdict-rows.js';

type Errno = keyof typeof constants.errno;

const LEARNED = Object.fromEntries(
  ['driver', 'queues', 'mtu', 'up', 'dma', 'tcpDataSplit', 'hdsThresh', 'xdp'].map((fact) => [fact, 'here']),
) as Device['learned'];
/** A card about which all is known that can be. */
const CARD: Device = {
  name: 'eth0',
  ifindex: 2,
  driver: 'bnxt_en',
  queues: 4,
  mtu: 1500,
  up: true,
  dma: 'yes',
  tcpDataSplit: 'on',
  hdsThresh: 0,
  xdp: 'none',
  learned: LEARNED,
};
/** One about which nothing is. */
const DARK: Device = {
  ...CARD,
  driver: 'unknown',
  queues: 'unknown',
  dma: 'unknown',
  tcpDataSplit: 'unknown',
  hdsThresh: 'unknown',
  xdp: 'unknown',
  learned: { ...LEARNED, tcpDataSplit: 'ethtool is not installed' },
};

/** A registration with queue 1 of interface 2, refused, as the bridge explains it without knowing the device. */
function refused(errno: Errno, reg: object = {}): SyscallError {
  const bundle = registration({ reg: { if_idx: 2, if_rxq: 1, flags: 0, ...reg } });
  const { call } = layOutBundle({ ...bundle, devices: [{ if_idx: 2, unknown: true }] });
  const { rule, field, findings, errno: expected } = new VerdictModel().judge(call);
  const verdict: CallVerdict = {
    errno: expected,
    rule,
    field,
    findings: typedFindings(findings),
    fixes: [],
    contradicted: false,
    unknown: [],
    call,
  };
  return new SyscallError('register', constants.errno[errno], 'nothing was proved', verdict);
}

test.for<[Errno, Partial<Device>, string, RegExp]>([
  [
    'ERANGE',
    { queues: 1 },
    'device-queue-range',
    /1, and the device has queue 0 only.*ethtool -L eth0 combined 2/,
  ],
  ['EINVAL', { tcpDataSplit: 'off' }, 'device-data-split', /\(ethtool -G eth0 tcp-data-split on\)$/],
  ['EINVAL', { hdsThresh: 64 }, 'device-hds-thresh', /64, expected 0 \(ethtool -G eth0 hds-thresh 0\)$/],
  ['EEXIST', { xdp: 'native' }, 'device-xdp', /\(ip link set dev eth0 xdp off\)$/],
  ['EOPNOTSUPP', { dma: 'no' }, 'device-no-dma', /^DMA: no/],
])('%s where %j is known has one cause: %s', ([errno, known, rule, words]) => {
  const error = explainDeviceRefusal(refused(errno), { ...CARD, ...known }, 1, undefined, machine({}));
  expect(error.explanation).toMatch(words);
  expect(error.message).toContain(error.explanation);
  expect(error).toMatchObject({ errno, verdict: { rule, errno, contradicted: false, unknown: [] } });
  expect(error.field).toBe(error.verdict?.field);
});

test('where one cause alone is left it is that one: a queue has one provider', () => {
  const error = explainDeviceRefusal(refused('EEXIST'), CARD, 1);
  expect(error.explanation).toMatch(/provider already, and a queue has one only.*another queue: 0, 2, 3\)$/);
  expect(error).toMatchObject({
    field: 'reg.if_rxq',
    verdict: { rule: 'device-queue-taken', errno: 'EEXIST' },
  });
  expect(error.verdict?.findings.map(({ rule }) => rule)).toEqual(['device-queue-taken']);
});

test('ethtool may show `on` where the kernel has not been told', () => {
  const error = explainDeviceRefusal(refused('EINVAL'), CARD, 1);
  expect(error.verdict?.rule).toBe('device-data-split');
  expect(error.verdict?.unknown).toEqual([expect.stringMatching(/driver of eth0 \(bnxt_en\)/)]);
  expect(error.explanation).toMatch(
    /without being set.*ethtool -G eth0 tcp-data-split on\); or the driver of eth0/,
  );
});

test.for<[Errno, RegExp[]]>([
  ['EOPNOTSUPP', [/^DMA/, /own lock/, /cannot restart single queues/, /dmesg/]],
  ['EINVAL', [/^tcp-data-split: unknown \(ethtool is not installed\)/, /^hds-thresh/, /dmesg/]],
  ['EEXIST', [/^XDP program/, /provider already/]],
  ['EBUSY', [/leased/, /AF_XDP/, /dmesg/]],
])('of a device that is not known %s has several causes, in the kernel’s order', ([errno, causes]) => {
  const { explanation = '', verdict, field } = explainDeviceRefusal(refused(errno), DARK, 1);
  expect(verdict).toMatchObject({ rule: 'unproved', errno: null, contradicted: false });
  expect(field).toBeUndefined();
  expect(verdict?.unknown).toHaveLength(causes.length);
  causes.forEach((cause, i) => {
    expect(verdict?.unknown[i]).toMatch(cause);
    expect(explanation).toContain(`(${i + 1}) ${verdict?.unknown[i]}`);
  });
});

test('larger buffers: a driver that cannot, and memory that is not contiguous', () => {
  const unsupported = explainDeviceRefusal(refused('EOPNOTSUPP', { rx_buf_len: 65_536 }), CARD, 1, 65_536);
  expect(unsupported.explanation).toMatch(/\(leave rx_buf_len out\)/);
  const scattered = explainDeviceRefusal(refused('ERANGE', { rx_buf_len: 65_536 }), CARD, 1, 65_536);
  expect(scattered.explanation).toMatch(
    /^rx_buf_len 65536 is larger than the physically contiguous.*huge pages/,
  );
  expect(scattered).toMatchObject({ field: 'reg.rx_buf_len', verdict: { rule: 'unproved' } });
  const plain = explainDeviceRefusal(refused('EOPNOTSUPP'), CARD, 1, 0);
  expect(plain.explanation).not.toMatch(/rx_buf_len/);
});

test('an interface that went away is told with those that are left', () => {
  const places = machine({ lo: { type: 772 } });
  const error = explainDeviceRefusal(refused('ENODEV'), CARD, 1, undefined, places);
  expect(error.explanation).toBe('there is no interface 2 (eth0) in this network namespace; there are: lo');
});

test('what a driver alone can say is laid to the driver', () => {
  const error = explainDeviceRefusal(refused('EIO'), CARD, 1);
  expect(error.explanation).toMatch(/driver of eth0 \(bnxt_en\) could not restart the queue.*dmesg/);
});

test.for<[Errno, object]>([
  ['ENOMEM', {}],
  ['EPERM', {}],
  ['EINVAL', { flags: 0x80 }],
])('%s with %j is not the device’s, and stays as it was explained', ([errno, reg]) => {
  const before = refused(errno, reg);
  expect(explainDeviceRefusal(before, DARK, 1)).toBe(before);
});

test('a kernel without a model has causes too', () => {
  const bare = new SyscallError(
    'register',
    constants.errno.EEXIST,
    'the checks of this kernel are not known',
  );
  const error = explainDeviceRefusal(bare, CARD, 1);
  expect(error.explanation).toMatch(/provider already/);
  expect(error.verdict).toBeUndefined();
});
