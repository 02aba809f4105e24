import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GenericNetlink } from '../../bridge/device/generic-netlink.js';
import { countersOf, providerOf } from '../../bridge/device/netdev.js';
import { type Attributes, decodeAnswers, unsigned } from '../../bridge/device/netlink.js';
import { QueueStats, queueHasProvider, queueStats } from '../../bridge/device/queue-stats.js';
import { ACKNOWLEDGED, BOUND_QUEUE, FREE_QUEUE, TWO_QUEUES, VIRTIO } from './netlink-samples.js';

function answersOf(hex: string, family: number, sequence: number): Attributes[] {
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
  return decodeAnswers(bytes, { family, sequence }).flatMap((answer) =>
    answer.kind === 'data' ? [answer.attributes] : [],
  );
}

const cardQueues = answersOf(TWO_QUEUES, 21, 2);

test('a queue’s counters are its own', () => {
  expect(countersOf(cardQueues, 2, 0)).toEqual({ rx_packets: 12n, rx_bytes: 800n, rx_alloc_fail: 0n });
  expect(countersOf(cardQueues, 2, 1)).toEqual({ rx_packets: 66n, rx_bytes: 261_516n, rx_alloc_fail: 68n });
  expect(countersOf(cardQueues, 2, 2)).toBeUndefined();
  expect(countersOf(cardQueues, 3, 1), 'another interface’s').toBeUndefined();
  expect(countersOf([], 2, 1)).toBeUndefined();
});

test('what a driver does not count is absent, not zero; a transmit queue of the number is no receive queue', () => {
  const virtio = answersOf(VIRTIO, 20, 7);
  expect(countersOf(virtio, 4, 0)).toStrictEqual({
    rx_packets: 146_143n,
    rx_bytes: 6_250_288_124n,
    rx_alloc_fail: undefined,
    rx_hw_drops: undefined,
    rx_hw_drop_overruns: undefined,
  });
  expect(countersOf(virtio.slice(1), 4, 0)).toBeUndefined();
});

test('an instance that is bound is seen, with the length of its buffers where the kernel tells', () => {
  expect(providerOf(answersOf(FREE_QUEUE + ACKNOWLEDGED, 21, 2))).toEqual({ bound: false });
  expect(providerOf(answersOf(BOUND_QUEUE + ACKNOWLEDGED, 21, 2))).toEqual({ bound: true, rx_buf_len: 4096 });
  // Before Linux 7.2 the attribute is empty.
  const untold = `38${BOUND_QUEUE.slice(2, -24)}04000680`;
  expect(providerOf(answersOf(untold, 21, 2))).toEqual({ bound: true });
  expect(providerOf([])).toBeUndefined();
});

const MISUSES: [string, unknown, unknown, RegExp][] = [
  ['no interface’s number', 0, 0, /^ifindex is 0, expected a whole number from 1 to 2147483647$/],
  ['half a number', 1.5, 0, /^ifindex is 1.5, expected/],
  ['a number too large', 2 ** 31, 0, /^ifindex is 2147483648, expected/],
  ['no name', 'a/b', 0, /^device is "a\/b", expected the name of a network interface/],
  ['nothing', undefined, 0, /^device is undefined, expected/],
  ['a name that there is not', 'nowhere0', 0, /^there is no device nowhere0; there are: lo/],
  ['a negative queue', 'lo', -1, /^queue is -1, expected a whole number from 0 to 4294967294$/],
  ['the queue that means none', 1, 2 ** 32 - 1, /^queue is 4294967295, expected/],
  ['a queue as text', 'lo', '0', /^queue is 0, expected a whole number/],
];

test.for(MISUSES)(
  'refused with the field, the value and what was expected: %s',
  ([, device, queue, words]) => {
    expect(() => new QueueStats(device as string, queue as number)).toThrow(words);
  },
);

// Against this machine's own kernel.

const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('of lo no counters are known, and no instance is bound to it; an interface that is not there is an error', () => {
  const before = descriptors();
  expect(queueStats('lo', 0)).toEqual({
    missing: expect.stringMatching(/^the driver counts nothing by queue/),
  });
  expect(queueHasProvider('lo', 0)).toBe(false);
  expect(() => queueStats(2 ** 31 - 1, 0)).toThrow(
    /ENODEV: there is no interface 2147483647; there are: .*\blo\b/,
  );
  expect(() => queueHasProvider('lo', 7)).toThrow(/EINVAL: interface 1 has no receive queue 7 in use/);
  expect(descriptors()).toBe(before);
});

test('a reader holds one descriptor from the first reading to its close', () => {
  const before = descriptors();
  const stats = new QueueStats('lo', 0);
  expect(descriptors()).toBe(before);
  for (let i = 0; i < 100; i++) stats.read();
  expect(descriptors()).toBe(before + 1);
  stats.close();
  stats.close();
  expect(descriptors()).toBe(before);
  expect(() => stats.read()).toThrow(/the reader of queue 0 is closed/);
});

test('an answer that takes several datagrams comes whole: all that the kernel takes of questions about ethtool', () => {
  const CTRL_CMD_GETFAMILY = 3;
  const CTRL_CMD_GETPOLICY = 10;
  const CTRL_ATTR_FAMILY_ID = 1;
  const attributes = [[2, 'ethtool']] as const;
  const netlink = new GenericNetlink('nlctrl');
  try {
    const [ethtool] = netlink.ask({ name: 'the family', command: CTRL_CMD_GETFAMILY, attributes });
    const id = unsigned(ethtool!, CTRL_ATTR_FAMILY_ID);
    const ask = () =>
      netlink.ask({ name: 'its policies', command: CTRL_CMD_GETPOLICY, attributes, dump: true });
    const policies = ask();
    expect(new Set(policies.map((each) => unsigned(each, CTRL_ATTR_FAMILY_ID)))).toEqual(new Set([id]));
    const length = policies
      .flatMap((each) => [...each.values()])
      .reduce((sum, value) => sum + value.length, 0);
    // The kernel begins a dump with a page at most.
    expect(length).toBeGreaterThan(4096);
    expect(ask()).toEqual(policies);
  } finally {
    netlink.close();
  }
});

test('the kernel’s own words are in the error, the socket stays of use, and a family that is not there is told', () => {
  const before = descriptors();
  expect(() => new GenericNetlink('nosuchfamily')).toThrow(/CTRL_CMD_GETFAMILY failed with ENOENT/);
  expect(descriptors()).toBe(before);
  const netlink = new GenericNetlink('netdev');
  try {
    const NETDEV_CMD_QUEUE_GET = 10;
    const unknown = { name: 'a question', command: NETDEV_CMD_QUEUE_GET, attributes: [[77, 1]] as const };
    expect(() => netlink.ask(unknown)).toThrow(
      /^a question failed with EINVAL: the kernel says: Unknown attribute type$/,
    );
    expect(() => netlink.ask({ name: 'a command', command: 200, attributes: [] })).toThrow(/EOPNOTSUPP/);
    expect(netlink.closed).toBe(false);
  } finally {
    netlink.close();
  }
  expect(() => netlink.ask({ name: 'late', command: 1, attributes: [] })).toThrow(
    /the socket for netdev is closed/,
  );
});
