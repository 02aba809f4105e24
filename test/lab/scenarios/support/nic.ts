import { readFileSync, writeFileSync } from 'node:fs';
import { type Connection, connected } from './traffic.js';

// The simulated network device (test/lab/nic). Its wire is a mirror that swaps the two addresses: who connects to the
// peer's address reaches a listener of his own.

export const NIC = { device: 'zcrx0', queue: 1 } as const;
export const ADDRESS = '10.9.0.1';
const PEER = '10.9.0.2';
/** What is sent to this port is steered to the queue. */
export const PORT = 7000;

const PARAMETERS = '/sys/module/zcrx_nic/parameters';

export const parameter = (name: string): number =>
  Number(readFileSync(`${PARAMETERS}/${name}`, 'latin1').trim());

export function setParameter(name: 'port' | 'copy_one_in' | 'linear' | 'data_split', value: number): void {
  writeFileSync(`${PARAMETERS}/${name}`, String(value));
}

/** Sends traffic to the queue, or elsewhere, so that it arrives in ordinary pages. */
export const steer = (on: boolean): void => setParameter('port', on ? PORT : 0);

const COUNTERS = ['filled_buffers', 'filled_bytes', 'page_segments', 'page_bytes', 'no_buffer'] as const;
export type Counters = Record<(typeof COUNTERS)[number], number>;

/** What the device has delivered so far, by its own account. */
export const counters = (): Counters =>
  Object.fromEntries(COUNTERS.map((name) => [name, parameter(name)])) as Counters;

/** What it has delivered since. */
export function since(before: Counters): Counters {
  const now = counters();
  return Object.fromEntries(COUNTERS.map((name) => [name, now[name] - before[name]])) as Counters;
}

/** Segments that TCP sent a second time: what was delivered twice is counted twice by the device. */
export function retransmitted(): number {
  const [names, values] = readFileSync('/proc/net/snmp', 'latin1')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf('RetransSegs') ?? -1]);
}

/**
 * Runs while TCP sends nothing again for reasons of time alone: a busy host makes an emulated machine so slow that it takes
 * segments for lost that were only late, and the device would count them twice.
 */
export async function unhurried<Result>(run: () => Promise<Result>): Promise<Result> {
  const wanted = { tcp_early_retrans: '0', tcp_recovery: '0', tcp_rto_min_us: '20000000' };
  const before = new Map<string, string>();
  for (const [name, value] of Object.entries(wanted)) {
    const path = `/proc/sys/net/ipv4/${name}`;
    before.set(path, readFileSync(path, 'latin1'));
    writeFileSync(path, value);
  }
  try {
    return await run();
  } finally {
    for (const [path, value] of before) writeFileSync(path, value);
  }
}

/** Both ends of a connection through the device. Node does not read the accepted end. */
export const wired = (port = PORT): Promise<Connection> => connected({ host: ADDRESS, port }, PEER);
