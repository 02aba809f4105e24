import { execFileSync } from 'node:child_process';
import { ADDRESS, NIC, PORT } from './nic.js';

// What happens to a network card: its link goes down and up, its driver is removed and loaded again.

/** Where the lab puts the driver. */
export const MODULE = '/lab/zcrx_nic.ko';

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' });

export const link = (way: 'up' | 'down'): void => run('ip', 'link', 'set', NIC.device, way);

export const setMtu = (mtu: number): void => run('ip', 'link', 'set', NIC.device, 'mtu', `${mtu}`);

/** Puts the card in, as the lab does, with what is sent to `PORT` steered to the queue. */
export function load(...parameters: string[]): void {
  run('insmod', MODULE, `port=${PORT}`, ...parameters);
  run('ip', 'address', 'add', `${ADDRESS}/24`, 'dev', NIC.device);
  link('up');
}

/** Takes the driver away, bound or not. */
export const unload = (): void => run('rmmod', 'zcrx_nic');
