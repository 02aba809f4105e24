// For what a device is refused, in the order in which the kernel looks (zcrx_register_netdev and netif_mp_open_rxq), with
// what is known to be so, what may be so, and what to do about it.

import { RULES } from '../../src/generated/rules.js';
import type { Device as CallDevice } from '../../src/verdict/call.js';
import type { Device, DeviceProblem, DeviceUse, Places } from './facts.js';
import { shellWord } from './name.js';
import { moreQueues, otherQueues, xdpOff } from './remedies.js';

export interface Cause {
  /** The kernel's check, as docs/rules.md names it. */
  readonly rule: string;
  /** Whether it is so, as far as is known. */
  readonly state: 'yes' | 'no' | 'unknown';
  readonly problem: Omit<DeviceProblem, 'rule'>;
  /** What the device is in the terms of a verdict, if it is so. */
  readonly device: Partial<CallDevice>;
}

const errnos = new Map(RULES.map(({ name, errno }) => [name, errno]));
/** The errno of a rule. */
export const errnoOf = (rule: string): string | null | undefined => errnos.get(rule);

const stateOf = (known: string | number | boolean, bad: boolean): Cause['state'] =>
  known === 'unknown' ? 'unknown' : bad ? 'yes' : 'no';

function queueRange(device: Device, { queue }: DeviceUse, places: Places): Cause {
  const { queues } = device;
  const isOut = queues !== 'unknown' && queue >= queues;
  const have =
    queues === 'unknown'
      ? 'an unknown number of queues'
      : queues === 1
        ? 'queue 0 only'
        : `queues 0 to ${queues - 1}`;
  return {
    rule: 'device-queue-range',
    state: stateOf(queues, isOut),
    problem: {
      what: 'queue',
      have: `${queue}, and the device has ${have}`,
      want: 'one of these',
      // Only a queue that is not there is worth asking for how to get it.
      remedy: isOut ? moreQueues(device, queue, places) : `see /sys/class/net/${device.name}/queues`,
    },
    device: { queues: queue },
  };
}

const driverOf = ({ driver }: Device) => (driver === 'unknown' ? 'it' : driver);
const why = (value: unknown, learned: string) =>
  value === 'unknown' ? `unknown (${learned})` : String(value);

/** All that a device can be refused for, in the kernel's order. */
export function causesOf(device: Device, use: DeviceUse, places: Places = {}): readonly Cause[] {
  const { learned, dma, tcpDataSplit, hdsThresh, xdp } = device;
  const { queue, rxBufLen } = use;
  const name = shellWord(device.name);
  const otherDevice = 'take the interface of another network card';
  const open = 'unknown' as const;
  const all: (Cause | false)[] = [
    {
      rule: 'device-no-dma',
      state: stateOf(dma, dma === 'no'),
      problem: {
        what: 'DMA',
        have: dma === 'unknown' ? why(dma, learned.dma) : dma,
        want: 'a device behind the interface that can do DMA',
        remedy: 'take the interface of a network card, or open an instance without a device',
      },
      device: { dma: false },
    },
    {
      rule: 'device-not-lockable',
      state: open,
      problem: {
        what: 'driver',
        have: `${driverOf(device)} does not use the device's own lock`,
        want: 'one with a queue API, netdev_queue_mgmt_ops',
        remedy: otherDevice,
      },
      device: { ops_lock: false },
    },
    queueRange(device, use, places),
    {
      rule: 'device-queue-leased',
      state: open,
      problem: {
        what: `queue ${queue}`,
        have: 'leased to a virtual device (netkit)',
        want: 'a queue of its own',
        remedy: `${otherQueues(device, queue)}, or register with the virtual device`,
      },
      device: { leased: [queue] },
    },
    {
      rule: 'device-queue-fixed',
      state: open,
      problem: {
        what: 'driver',
        have: `${driverOf(device)} cannot restart single queues`,
        want: 'one with a queue API, netdev_queue_mgmt_ops',
        remedy: otherDevice,
      },
      device: { queue_ops: false },
    },
    {
      rule: 'device-data-split',
      // What a driver does by itself counts as `on` for ethtool, and not for the kernel.
      state: tcpDataSplit === 'off' ? 'yes' : open,
      problem: {
        what: 'tcp-data-split',
        have:
          tcpDataSplit === 'on'
            ? 'on, but perhaps by itself, without being set'
            : why(tcpDataSplit, learned.tcpDataSplit),
        want: 'on',
        remedy: `ethtool -G ${name} tcp-data-split on`,
      },
      device: { tcp_data_split: false },
    },
    {
      rule: 'device-hds-thresh',
      state: stateOf(hdsThresh, hdsThresh !== 0),
      problem: {
        what: 'hds-thresh',
        have: why(hdsThresh, learned.hdsThresh),
        want: '0',
        remedy: `ethtool -G ${name} hds-thresh 0`,
      },
      device: { hds_thresh: typeof hdsThresh === 'number' ? hdsThresh : 1 },
    },
    {
      rule: 'device-xdp',
      state: stateOf(xdp, xdp !== 'none'),
      problem: {
        what: 'XDP program',
        have: why(xdp, learned.xdp),
        want: 'none',
        remedy: xdpOff(device),
      },
      device: { xdp: true },
    },
    rxBufLen !== undefined &&
      rxBufLen > 0 && {
        rule: 'device-buf-len',
        state: open,
        problem: {
          what: 'rx_buf_len',
          have: `${rxBufLen}, and the driver takes no buffers of another length than its own`,
          want: 'none',
          remedy: 'leave rx_buf_len out',
        },
        device: { rx_page_size: false },
      },
    {
      rule: 'device-queue-taken',
      state: open,
      problem: {
        what: `queue ${queue}`,
        have: 'has a memory provider already, and a queue has one only',
        want: 'a queue without',
        remedy: `close the other zero-copy or devmem instance, or ${otherQueues(device, queue)}`,
      },
      device: { taken: [queue] },
    },
    {
      rule: 'device-queue-xsk',
      state: open,
      problem: {
        what: `queue ${queue}`,
        have: 'used by AF_XDP',
        want: 'a queue without',
        remedy: `close the AF_XDP socket of this queue, or ${otherQueues(device, queue)}`,
      },
      device: { af_xdp: [queue] },
    },
  ];
  return all.filter((cause) => cause !== false);
}

/** A device in the terms of a verdict: what is known of it, the best of what is not. */
export const bestOf = (device: Device, { queue }: DeviceUse): CallDevice => ({
  if_idx: device.ifindex,
  name: device.name,
  dma: device.dma !== 'no',
  ops_lock: true,
  queue_ops: true,
  queues: device.queues === 'unknown' ? queue + 1 : device.queues,
  tcp_data_split: device.tcpDataSplit !== 'off',
  hds_thresh: device.hdsThresh === 'unknown' ? 0 : device.hdsThresh,
  xdp: device.xdp !== 'none' && device.xdp !== 'unknown',
  rx_page_size: true,
});

export const sentenceOf = ({ what, have, want, remedy }: Omit<DeviceProblem, 'rule'>): string =>
  `${what}: ${have}, expected ${want} (${remedy})`;
