import type { Device, DeviceProblem } from '../../../bridge/index.js';
import { table } from '../table.js';
import type { Paint } from '../terminal.js';

/** What is known of a device, what is wrong with it, and how to bring traffic to the queue that was asked about. */
export interface DeviceReport extends Device {
  readonly queue: number;
  /** Empty where nothing is known to be wrong. */
  readonly problems: readonly DeviceProblem[];
  /** Commands for a root shell, with PORT to be put in. */
  readonly steering: readonly string[];
}

/** The last queue, if there are others for the rest of the traffic: that is what steering is simplest for. */
const defaultQueue = ({ queues }: Device): number => (queues === 'unknown' ? 0 : queues - 1);

/**
 * Looks a device up, changing nothing.
 * @param asked which queue, default the last
 * @throws BridgeError `device-not-ready` where there is no such device, `bad-option`
 */
export async function reportOn(name: string, asked: number | undefined): Promise<DeviceReport> {
  const { checkDevice, inspectDevice, isBridgeError, probe, steeringAdvice } = await import(
    '../../../bridge/index.js'
  );
  const device = inspectDevice(name);
  const queue = asked ?? defaultQueue(device);
  const problemsOf = (): readonly DeviceProblem[] => {
    try {
      checkDevice({ name, queue }, probe().privileges);
      return [];
    } catch (error) {
      if (isBridgeError(error) && error.code === 'device-not-ready') return error.problems;
      throw error;
    }
  };
  return { ...device, queue, problems: problemsOf(), steering: steeringAdvice(device, queue) };
}

const FACTS = [
  ['driver', 'driver'],
  ['queues', 'receive queues'],
  ['mtu', 'MTU'],
  ['up', 'switched on'],
  ['dma', 'DMA'],
  ['tcpDataSplit', 'tcp-data-split'],
  ['hdsThresh', 'hds-thresh'],
  ['xdp', 'XDP program'],
] as const;

const valueText = (value: string | number | boolean): string =>
  value === true ? 'yes' : value === false ? 'no' : String(value);

/** The report for people. */
export function deviceText(report: DeviceReport, paint: Paint): string {
  const { name, ifindex, queue, problems, steering, learned } = report;
  const facts = FACTS.map(([fact, heading]) => {
    const value = report[fact];
    // What is unknown is only of use with the reason.
    return [`  ${heading}`, value === 'unknown' ? `unknown: ${learned[fact]}` : valueText(value)];
  });
  const wrong =
    problems.length === 0
      ? [
          paint('green', `nothing is known to be wrong with queue ${queue}`),
          '  what the driver itself can, the kernel tells only when it registers: zcrx run --device',
        ]
      : [
          paint('yellow', `to be mended before queue ${queue} can be used:`),
          ...table(
            problems.map(({ what, have, want, remedy }) => [
              `  ${what}`,
              `${have}, expected ${want}`,
              remedy,
            ]),
            paint,
          ),
        ];
  return [
    paint('bold', `device ${name}, interface ${ifindex}`),
    ...table(facts, paint),
    ...wrong,
    `to bring the traffic of a port to queue ${queue}, and all other to others, as root:`,
    ...steering.map((command) => `  ${command}`),
  ].join('\n');
}
