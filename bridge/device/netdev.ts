// The kernel's generic netlink family `netdev`: what it is asked about receive queues, and what its answers mean. Pure. The
// numbers are those of linux/netdev.h (Linux 7.3; they never change), the meanings those of the kernel's netdev.yaml.

import type { Question } from './generic-netlink.js';
import { type Attributes, attributesOf, unsigned } from './netlink.js';

export const NETDEV_FAMILY_NAME = 'netdev';

const NETDEV_CMD_QUEUE_GET = 10;
const NETDEV_CMD_QSTATS_GET = 12;
const NETDEV_QUEUE_TYPE_RX = 0;
const NETDEV_QSTATS_SCOPE_QUEUE = 1;

const NETDEV_A_QUEUE_ID = 1;
const NETDEV_A_QUEUE_IFINDEX = 2;
const NETDEV_A_QUEUE_TYPE = 3;
const NETDEV_A_QUEUE_IO_URING = 6;
const NETDEV_A_IO_URING_PROVIDER_INFO_RX_BUF_LEN = 1;

const NETDEV_A_QSTATS_IFINDEX = 1;
const NETDEV_A_QSTATS_QUEUE_TYPE = 2;
const NETDEV_A_QSTATS_QUEUE_ID = 3;
const NETDEV_A_QSTATS_SCOPE = 4;
const NETDEV_A_QSTATS_RX_PACKETS = 8;
const NETDEV_A_QSTATS_RX_BYTES = 9;
const NETDEV_A_QSTATS_RX_ALLOC_FAIL = 12;
const NETDEV_A_QSTATS_RX_HW_DROPS = 13;
const NETDEV_A_QSTATS_RX_HW_DROP_OVERRUNS = 14;

/**
 * What a driver counted on one receive queue, since some time of its own choice: only differences mean something. What is
 * absent the driver does not count: unknown, not zero. 0 to 2^64 - 1.
 */
export interface QueueCounters {
  /** Packets that were given to the network stack. */
  readonly rx_packets?: bigint | undefined;
  /** Bytes in them; of most drivers with headers. */
  readonly rx_bytes?: bigint | undefined;
  /** Times that there was no memory for a packet or a buffer; whether the packet was dropped is up to the driver. */
  readonly rx_alloc_fail?: bigint | undefined;
  /** Packets that came to the device and never left it, for want of buffers, for their form, or for other reasons. */
  readonly rx_hw_drops?: bigint | undefined;
  /** Those of them that found no room: neither a descriptor nor space within the device. */
  readonly rx_hw_drop_overruns?: bigint | undefined;
  /** Why nothing at all is known, if so. */
  readonly missing?: string;
}

/** Whose memory a receive queue has. */
export interface QueueProvider {
  /** Whether an instance of zero-copy receive is bound to it; absent where the kernel does not tell. */
  readonly bound?: boolean;
  /** Bytes of one of its buffers; told from Linux 7.2 on. */
  readonly rx_buf_len?: number;
  /** Why it is not known, if so. */
  readonly missing?: string;
}

/** For the counters of all queues of one interface: there is no question for one queue alone. */
export const statsQuestion = (ifindex: number): Question => ({
  name: 'NETDEV_CMD_QSTATS_GET',
  command: NETDEV_CMD_QSTATS_GET,
  attributes: [
    [NETDEV_A_QSTATS_IFINDEX, ifindex],
    [NETDEV_A_QSTATS_SCOPE, NETDEV_QSTATS_SCOPE_QUEUE],
  ],
  dump: true,
});

const isReceiveQueue = (answer: Attributes, ifindex: number): boolean =>
  unsigned(answer, NETDEV_A_QSTATS_IFINDEX) === BigInt(ifindex) &&
  unsigned(answer, NETDEV_A_QSTATS_QUEUE_TYPE) === BigInt(NETDEV_QUEUE_TYPE_RX);

/** The counters of one receive queue among the answers; undefined where it is not among them. */
export function countersOf(
  answers: readonly Attributes[],
  ifindex: number,
  queue: number,
): QueueCounters | undefined {
  const found = answers.find(
    (answer) =>
      isReceiveQueue(answer, ifindex) && unsigned(answer, NETDEV_A_QSTATS_QUEUE_ID) === BigInt(queue),
  );
  return (
    found && {
      rx_packets: unsigned(found, NETDEV_A_QSTATS_RX_PACKETS),
      rx_bytes: unsigned(found, NETDEV_A_QSTATS_RX_BYTES),
      rx_alloc_fail: unsigned(found, NETDEV_A_QSTATS_RX_ALLOC_FAIL),
      rx_hw_drops: unsigned(found, NETDEV_A_QSTATS_RX_HW_DROPS),
      rx_hw_drop_overruns: unsigned(found, NETDEV_A_QSTATS_RX_HW_DROP_OVERRUNS),
    }
  );
}

export const queueQuestion = (ifindex: number, queue: number): Question => ({
  name: 'NETDEV_CMD_QUEUE_GET',
  command: NETDEV_CMD_QUEUE_GET,
  attributes: [
    [NETDEV_A_QUEUE_ID, queue],
    [NETDEV_A_QUEUE_TYPE, NETDEV_QUEUE_TYPE_RX],
    [NETDEV_A_QUEUE_IFINDEX, ifindex],
  ],
});

export function providerOf([answer]: readonly Attributes[]): QueueProvider | undefined {
  if (!answer) return undefined;
  const nest = answer.get(NETDEV_A_QUEUE_IO_URING);
  if (!nest) return { bound: false };
  const length = unsigned(attributesOf(nest), NETDEV_A_IO_URING_PROVIDER_INFO_RX_BUF_LEN);
  return length === undefined ? { bound: true } : { bound: true, rx_buf_len: Number(length) };
}
