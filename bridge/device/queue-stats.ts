// What the kernel knows of a receive queue from outside of whoever receives from it: the driver's counters, and whether an
// instance is bound. Reading needs no privilege.

import { wholeNumber } from '../check.js';
import { BridgeError, isSyscallError, type SyscallError } from '../errors.js';
import type { Places } from './facts.js';
import { findInterface, whatThereIs } from './find.js';
import { FAMILY_LOOKUP, GenericNetlink, type Question } from './generic-netlink.js';
import { deviceName } from './name.js';
import {
  countersOf,
  NETDEV_FAMILY_NAME,
  providerOf,
  type QueueCounters,
  type QueueProvider,
  queueQuestion,
  statsQuestion,
} from './netdev.js';
import type { Attributes } from './netlink.js';

/** The largest number is none (-1). */
const LAST_QUEUE = 2 ** 32 - 2;
const LAST_IFINDEX = 2 ** 31 - 1;

/** The kernel's answer, or why it has none; what is neither is thrown. */
type Told = { readonly answers: readonly Attributes[] } | { readonly missing: string };

function ifindexOf(device: unknown, places: Places): number {
  if (typeof device === 'number') return wholeNumber('ifindex', device, 1, LAST_IFINDEX);
  return findInterface(deviceName(device), places).ifindex;
}

/**
 * Reads what the kernel tells of one receive queue, as often as wanted over one socket: some 100 µs a reading.
 *
 * ```ts
 * const queue = new QueueStats('eth0', 7);
 * queue.read().rx_alloc_fail; // 12n; undefined if the driver does not count it
 * queue.provider().bound; // true while an instance of zero-copy receive is bound to it
 * queue.close();
 * ```
 */
export class QueueStats {
  /** Stays with its interface: one that comes later under the same name has another. */
  readonly ifindex: number;
  readonly queue: number;
  private readonly places: Places;
  private netlink: GenericNetlink | undefined;
  private isClosed = false;

  /**
   * @param device name of an interface in this network namespace, or its number
   * @param queue number of the receive queue, from 0
   * @throws BridgeError `bad-option`, `device-not-ready` where there is no interface of this name
   */
  constructor(device: string | number, queue: number, places: Places = {}) {
    this.ifindex = ifindexOf(device, places);
    this.queue = wholeNumber('queue', queue, 0, LAST_QUEUE);
    this.places = places;
  }

  /**
   * What the driver counted on the queue.
   * @throws SyscallError `ENODEV` once the interface is gone, and what else the kernel may have against sockets
   * @throws BridgeError `closed`
   */
  read(): QueueCounters {
    const { ifindex, queue } = this;
    const told = this.ask(
      statsQuestion(ifindex),
      'the driver counts nothing by queue, or the kernel is older than Linux 6.10',
    );
    if ('missing' in told) return told;
    return countersOf(told.answers, ifindex, queue) ?? { missing: this.notAmong(told.answers) };
  }

  /**
   * Whether an instance of zero-copy receive is bound to the queue.
   * @throws as {@link QueueStats.read}, and SyscallError `EINVAL` where the interface has no such queue
   */
  provider(): QueueProvider {
    const { ifindex, queue } = this;
    const told = this.ask(
      queueQuestion(ifindex, queue),
      'this kernel tells nothing of queues: it is older than Linux 6.8',
    );
    if ('missing' in told) return told;
    return providerOf(told.answers) ?? { missing: this.whileDown };
  }

  /** Closes the socket. More than once does no harm. */
  close(): void {
    this.isClosed = true;
    this.netlink?.close();
  }

  private get whileDown(): string {
    return `interface ${this.ifindex} is down: the kernel tells nothing of its queues then`;
  }

  /** A driver tells of the queues in use only, and while the link is up. */
  private notAmong(answers: readonly Attributes[]): string {
    return answers.length === 0
      ? `interface ${this.ifindex} tells nothing of its queues: it is down, or its driver counts nothing by queue`
      : `interface ${this.ifindex} tells of other queues, not of queue ${this.queue}`;
  }

  private ask(question: Question, unsupported: string): Told {
    if (this.isClosed) throw new BridgeError('closed', `the reader of queue ${this.queue} is closed`);
    try {
      return { answers: this.socket().ask(question) };
    } catch (error) {
      if (!isSyscallError(error)) throw error;
      if (error.call === FAMILY_LOOKUP && error.errno === 'ENOENT') return { missing: unsupported };
      if (error.call !== question.name) throw error;
      return this.answered(error, unsupported);
    }
  }

  /** What the kernel means by an error of its answer. */
  private answered(error: SyscallError, unsupported: string): { readonly missing: string } {
    switch (error.errno) {
      case 'EOPNOTSUPP':
        return { missing: unsupported };
      case 'ENOENT':
        return { missing: this.whileDown };
      case 'ENODEV':
        throw error.because(`there is no interface ${this.ifindex}; ${whatThereIs(this.places)}`);
      case 'EINVAL':
        throw error.because(`interface ${this.ifindex} has no receive queue ${this.queue} in use`);
      default:
        throw error;
    }
  }

  /** A new one if the last had to be closed in the middle of an answer. */
  private socket(): GenericNetlink {
    if (!this.netlink || this.netlink.closed) this.netlink = new GenericNetlink(NETDEV_FAMILY_NAME);
    return this.netlink;
  }
}

function once<Result>(device: string | number, queue: number, read: (stats: QueueStats) => Result): Result {
  const stats = new QueueStats(device, queue);
  try {
    return read(stats);
  } finally {
    stats.close();
  }
}

/** One reading of {@link QueueStats.read}. */
export const queueStats = (device: string | number, queue: number): QueueCounters =>
  once(device, queue, (stats) => stats.read());

/**
 * Whether an instance of zero-copy receive is bound to a queue, once read; {@link QueueStats.provider} says more.
 * @returns undefined where the kernel does not tell, as of an interface that is down
 */
export const queueHasProvider = (device: string | number, queue: number): boolean | undefined =>
  once(device, queue, (stats) => stats.provider().bound);
