import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ringSettings } from './ethtool.js';
import type { Device, DeviceFact, Places } from './facts.js';
import { findInterface } from './find.js';
import { type Interface, interfaces, readCount, readLine, sysfsOf } from './interfaces.js';
import { type Link, linkOf } from './link.js';
import { deviceName } from './name.js';
import { run } from './tools.js';

/** Buses whose devices all have a DMA mask from the start. Of others, as virtio and usb, the kernel alone knows. */
const BUSES_WITH_DMA = ['pci', 'platform'];
/** A kind of interface that has no device, and may have queues of one that has. */
const LEASING = 'netkit';
/** IFF_UP. */
const UP = 1;

/** A fact, and where it was learned or why it is unknown. */
interface Learned<Value> {
  readonly value: Value | 'unknown';
  readonly from: string;
}

const learned = <Value>(value: Value | undefined, from: string): Learned<Value> => ({
  value: value ?? 'unknown',
  from,
});

function linkTarget(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}

function countQueues(folder: string): number | undefined {
  try {
    const queues = readdirSync(join(folder, 'queues')).filter((name) => name.startsWith('rx-'));
    return queues.length || undefined; // every interface has one
  } catch {
    return undefined;
  }
}

function isUp(folder: string): boolean | undefined {
  const flags = readLine(join(folder, 'flags'));
  return flags === undefined ? undefined : (Number(flags) & UP) !== 0;
}

/** What a program said of the interface, in its own terms. */
interface Said<Answer> {
  readonly answer: Answer | undefined;
  readonly from: string;
}

function askIp(name: string, places: Places): Said<Link> {
  const printed = run('ip', ['-json', '-details', 'link', 'show', 'dev', name], places);
  if ('why' in printed) return { answer: undefined, from: printed.why };
  const answer = linkOf(printed.text, name);
  return { answer, from: answer ? 'ip -json -details link' : 'this ip prints no JSON' };
}

function askEthtool(name: string, places: Places): Said<string> {
  const printed = run('ethtool', ['-g', name], places);
  return 'why' in printed
    ? { answer: undefined, from: printed.why }
    : { answer: printed.text, from: 'ethtool -g' };
}

function dmaOf(folder: string, isLoopback: boolean, { answer, from }: Said<Link>): Learned<'yes' | 'no'> {
  // Where sysfs is shown in part, the link may lead nowhere.
  if (lstatSync(join(folder, 'device'), { throwIfNoEntry: false })) {
    const bus = linkTarget(join(folder, 'device/subsystem'));
    const isSure = bus !== undefined && BUSES_WITH_DMA.includes(bus);
    return learned(isSure ? 'yes' : undefined, `${folder}/device is of the bus ${bus ?? 'unknown'}`);
  }
  if (isLoopback) return learned('no', `${folder}/type is that of a loopback interface`);
  if (answer === undefined) return learned<'no'>(undefined, `${folder} has no device; ${from}`);
  const { kind = 'unknown' } = answer;
  return learned(
    kind === LEASING ? undefined : 'no',
    `${folder} has no device; ${from}: its kind is ${kind}`,
  );
}

/** Of an interface without a device the kind is as good. */
function driverOf(folder: string, { answer, from }: Said<Link>): Learned<string> {
  const driver = linkTarget(join(folder, 'device/driver'));
  return driver ? learned(driver, `${folder}/device/driver`) : learned(answer?.kind, from);
}

/**
 * The interfaces of this machine, without asking any program.
 * @param places for tests and unusual mounts
 */
export const devices = (places: Places = {}): readonly Interface[] => interfaces(places) ?? [];

/**
 * Looks up what matters for zero-copy receive, in sysfs and from `ethtool` and `ip` where they are installed. Waits for
 * these two (some milliseconds, 2 s each at most).
 * @throws BridgeError `bad-option` for what is no name, `device-not-ready` where there is no such device
 */
export function inspectDevice(name: string, places: Places = {}): Device {
  const { ifindex, isLoopback } = findInterface(deviceName(name), places);
  const folder = join(sysfsOf(places), name);
  const ip = askIp(name, places);
  const ethtool = askEthtool(name, places);
  const rings = ringSettings(ethtool.answer ?? '');
  const notShown = (setting: string) =>
    ethtool.answer === undefined ? ethtool.from : `${ethtool.from} shows no ${setting}`;
  const facts = {
    driver: driverOf(folder, ip),
    queues: learned(countQueues(folder), `${folder}/queues`),
    mtu: learned(readCount(join(folder, 'mtu')), `${folder}/mtu`),
    up: learned(isUp(folder), `${folder}/flags`),
    dma: dmaOf(folder, isLoopback, ip),
    tcpDataSplit: learned(rings.tcpDataSplit, rings.tcpDataSplit ? ethtool.from : notShown('tcp-data-split')),
    hdsThresh: learned(
      rings.hdsThresh,
      rings.hdsThresh === undefined ? notShown('hds-thresh') : ethtool.from,
    ),
    xdp: learned(ip.answer?.xdp, ip.from),
  };
  return {
    name,
    ifindex,
    driver: facts.driver.value,
    queues: facts.queues.value,
    mtu: facts.mtu.value,
    up: facts.up.value,
    dma: facts.dma.value,
    tcpDataSplit: facts.tcpDataSplit.value,
    hdsThresh: facts.hdsThresh.value,
    xdp: facts.xdp.value,
    learned: Object.fromEntries(Object.entries(facts).map(([fact, { from }]) => [fact, from])) as Record<
      DeviceFact,
      string
    >,
  };
}
