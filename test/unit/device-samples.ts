// What `ethtool` and `ip` really printed, of a virtio device (two versions of ethtool), and of an interface with and
// without an XDP program; and a sysfs as the kernel shows it, in a folder of its own.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Places } from '../../bridge/device/facts.js';

/** `ethtool -g eth0`, 6.1. */
export const RINGS_6_1 = `Ring parameters for eth0:
Pre-set maximums:
RX:		256
RX Mini:	n/a
RX Jumbo:	n/a
TX:		256
Current hardware settings:
RX:		256
RX Mini:	n/a
RX Jumbo:	n/a
TX:		256
RX Buf Len:		n/a
CQE Size:		n/a
TX Push:	off
TCP data split:	n/a
`;

/** `ethtool -g eth0`, 7.2. */
export const RINGS_7_2 = `Ring parameters for eth0:
Pre-set maximums:
RX:			256
RX Mini:		n/a
RX Jumbo:		n/a
TX:			256
TX push buff len:	n/a
HDS thresh:		n/a
Current hardware settings:
RX:			256
RX Mini:		n/a
RX Jumbo:		n/a
TX:			256
RX Buf Len:		n/a
CQE Size:		n/a
TX Push:		off
RX Push:		off
TX push buff len:	n/a
TCP data split:		n/a
HDS thresh:		n/a
`;

/** The same of a device that splits: its largest threshold comes first, as bnxt_en has them. */
export const rings = (split: 'on' | 'off', thresh: number): string =>
  RINGS_7_2.replace('HDS thresh:		n/a', 'HDS thresh:		1023')
    .replace('TCP data split:		n/a', `TCP data split:		${split}`)
    .replace('HDS thresh:		n/a', `HDS thresh:		${thresh}`);

/** `ethtool -l eth0`. */
export const CHANNELS = `Channel parameters for eth0:
Pre-set maximums:
RX:		n/a
TX:		n/a
Other:		n/a
Combined:	1
Current hardware settings:
RX:		n/a
TX:		n/a
Other:		n/a
Combined:	1
`;

/** `ip -json -details link show dev ifb0`. */
export const IFB =
  '[{"ifindex":2,"ifname":"ifb0","flags":["BROADCAST","NOARP"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","linkmode":"DEFAULT","group":"default","txqlen":32,"link_type":"ether","address":"a2:1e:c8:f9:bc:68","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"allmulti":0,"min_mtu":0,"max_mtu":0,"linkinfo":{"info_kind":"ifb"},"inet6_addr_gen_mode":"eui64","num_tx_queues":1,"num_rx_queues":1,"gso_max_size":65536,"gso_max_segs":65535,"tso_max_size":524280,"tso_max_segs":65535,"gro_max_size":65536}]\n';

/** `ip -json -details link show dev lo`, with a program in the network stack. */
export const XDP =
  '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK"],"mtu":65536,"xdp":{"mode":2,"prog":{"id":97,"name":"","tag":"614b434cd8324ecc","jited":1,"load_time":23350088475325,"created_by_uid":0},"attached":[{"mode":2,"prog":{"id":97,"name":"","tag":"614b434cd8324ecc","jited":1,"load_time":23350088475325,"created_by_uid":0}}]},"qdisc":"noop","operstate":"DOWN","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","promiscuity":0,"allmulti":0,"min_mtu":0,"max_mtu":0,"inet6_addr_gen_mode":"eui64","num_tx_queues":1,"num_rx_queues":1,"gso_max_size":65536,"gso_max_segs":65535,"tso_max_size":524280,"tso_max_segs":65535,"gro_max_size":65536}]\n';

/** An interface as sysfs has it. */
export interface Shown {
  readonly ifindex?: number;
  readonly queues?: number;
  /** Bus of its device; without there is none. */
  readonly bus?: string;
  readonly driver?: string;
  readonly type?: number;
  readonly flags?: string;
}

/** What the programs print; one that is left out is not installed. */
export interface Programs {
  /** By option. */
  readonly ethtool?: { readonly '-g'?: string; readonly '-l'?: string };
  readonly ip?: string;
}

function writeInterface(net: string, name: string, index: number, shown: Shown): void {
  const { ifindex = index, queues = 1, bus, driver, type = 1, flags = '0x1003' } = shown;
  const folder = join(net, name);
  mkdirSync(join(folder, 'queues'), { recursive: true });
  for (let i = 0; i < queues; i++) mkdirSync(join(folder, 'queues', `rx-${i}`));
  mkdirSync(join(folder, 'queues/tx-0'));
  const lines = { ifindex, mtu: 1500, type, flags };
  for (const [file, value] of Object.entries(lines)) writeFileSync(join(folder, file), `${value}\n`);
  if (bus === undefined) return;
  mkdirSync(join(folder, 'device'));
  symlinkSync(`../../../../bus/${bus}`, join(folder, 'device/subsystem'));
  if (driver) symlinkSync(`../../../../bus/${bus}/drivers/${driver}`, join(folder, 'device/driver'));
}

/** A program in the place of another: it prints what that has printed. */
function writeProgram(folder: string, name: string, body: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

const printed = (text: string): string => `/bin/cat <<'END'\n${text}END`;

/** A machine with these interfaces, until the test is finished. */
export function machine(
  shown: Readonly<Record<string, Shown>>,
  { ethtool, ip }: Programs = {},
): Required<Places> {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-device-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [sys, proc, path] = ['sys', 'proc', 'bin'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(join(sys, 'class/net'), { recursive: true });
  mkdirSync(join(proc, 'self/net'), { recursive: true });
  mkdirSync(path);
  const names = Object.keys(shown);
  names.forEach((name, i) => {
    writeInterface(join(sys, 'class/net'), name, i + 1, shown[name] as Shown);
  });
  const rows = names.map((name) => `${name.padStart(6)}: 0 0 0 0\n`).join('');
  writeFileSync(join(proc, 'self/net/dev'), `Inter-|   Receive\n face |bytes\n${rows}`);
  if (ip !== undefined) writeProgram(path, 'ip', printed(ip));
  if (ethtool) {
    const cases = Object.entries(ethtool).map(([option, text]) => `${option})\n${printed(text)}\n;;`);
    writeProgram(path, 'ethtool', `case "$1" in\n${cases.join('\n')}\n*) exit 1;;\nesac`);
  }
  return { sys, proc, path };
}
