import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { channels, ringSettings } from '../../bridge/device/ethtool.js';
import { devices, inspectDevice } from '../../bridge/device/inspect.js';
import { forVerdict, interfaces } from '../../bridge/device/interfaces.js';
import { linkOf } from '../../bridge/device/link.js';
import { BridgeError } from '../../bridge/errors.js';
import { interfacesWith } from '../../bridge/verdict/surroundings.js';
import { CHANNELS, IFB, machine, RINGS_6_1, RINGS_7_2, rings, XDP } from './device-samples.js';

function thrown(run: () => unknown): BridgeError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError);
    return error as BridgeError;
  }
  throw new Error('nothing was thrown');
}

test('lo is a loopback interface without DMA, up, and the number 1', () => {
  const lo = inspectDevice('lo');
  expect(lo).toMatchObject({ name: 'lo', ifindex: 1, dma: 'no', queues: 1, up: true });
  expect(lo.mtu).toBe(Number(readFileSync('/sys/class/net/lo/mtu', 'latin1')));
  expect(lo.learned.dma).toMatch(/loopback/);
  expect(lo.tcpDataSplit).toBe('unknown');
  expect(lo.learned.tcpDataSplit).toMatch(/^ethtool/);
});

test('the list has every interface of this machine that has an address', () => {
  const names = devices().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())));
  expect(interfacesWith(1)).toEqual([{ if_idx: 1, name: 'lo', dma: false }]);
  expect(interfacesWith(999_999)).toEqual([]);
});

test('what is no interface is left out, what sysfs does not show is not known', () => {
  const places = machine({ lo: { type: 772 }, ens5: { ifindex: 7 } });
  writeFileSync(join(places.sys, 'class/net/bonding_masters'), '\n');
  expect(interfaces(places)?.map(forVerdict)).toEqual([
    { if_idx: 1, name: 'lo', dma: false },
    { if_idx: 7, name: 'ens5', unknown: true },
  ]);
  expect(interfaces({ sys: '/nowhere' })).toBeUndefined();
  expect(devices({ sys: '/nowhere' })).toEqual([]);
});

test('a network card is known as far as its tools tell', () => {
  const card = { ens5: { bus: 'pci', driver: 'bnxt_en', queues: 4 } };
  const ip = IFB.replace('ifb0', 'ens5').replace('"linkinfo":{"info_kind":"ifb"},', '');
  const all = inspectDevice('ens5', machine(card, { ethtool: { '-g': rings('on', 0) }, ip }));
  expect(all).toEqual({
    name: 'ens5',
    ifindex: 1,
    driver: 'bnxt_en',
    queues: 4,
    mtu: 1500,
    up: true,
    dma: 'yes',
    tcpDataSplit: 'on',
    hdsThresh: 0,
    xdp: 'none',
    learned: expect.objectContaining({
      tcpDataSplit: 'ethtool -g',
      hdsThresh: 'ethtool -g',
      xdp: 'ip -json -details link',
    }),
  });
  const alone = inspectDevice('ens5', machine(card));
  expect(alone).toMatchObject({
    driver: 'bnxt_en',
    tcpDataSplit: 'unknown',
    hdsThresh: 'unknown',
    xdp: 'unknown',
  });
  expect(alone.learned).toMatchObject({
    tcpDataSplit: 'ethtool is not installed',
    xdp: 'ip is not installed',
  });
});

test('an old ethtool shows no threshold, and that is told', () => {
  const places = machine({ ens5: { bus: 'pci' } }, { ethtool: { '-g': RINGS_6_1 } });
  const { tcpDataSplit, hdsThresh, learned } = inspectDevice('ens5', places);
  expect([tcpDataSplit, hdsThresh]).toEqual(['unknown', 'unknown']);
  expect(learned.hdsThresh).toBe('ethtool -g shows no hds-thresh');
});

test.for([
  [{ bus: 'platform' }, IFB, 'yes'],
  [{ bus: 'virtio' }, IFB, 'unknown'],
  [{}, IFB, 'no'],
  [{}, IFB.replace('"ifb"', '"netkit"'), 'unknown'],
  [{}, undefined, 'unknown'],
  [{ type: 772 }, undefined, 'no'],
] as const)('DMA of %j with %s: %s', ([shown, ip, dma]) => {
  const places = machine({ ifb0: shown }, ip === undefined ? {} : { ip });
  expect(inspectDevice('ifb0', places).dma).toBe(dma);
});

test('a program that fails, prints nonsense or hangs leaves facts unknown', () => {
  const places = machine({ ens5: { bus: 'pci' } }, { ethtool: {}, ip: 'BusyBox v1.35.0\n' });
  expect(inspectDevice('ens5', places).learned).toMatchObject({
    tcpDataSplit: 'ethtool -g ens5 failed (1)',
    xdp: 'this ip prints no JSON',
  });
  writeFileSync(join(places.path, 'ip'), '#!/bin/sh\nexec /bin/sleep 60\n');
  const before = performance.now();
  expect(inspectDevice('ens5', places).learned.xdp).toBe('ip gave no answer in 2000 ms');
  expect(performance.now() - before).toBeLessThan(20_000);
});

test('an XDP program is seen, and where it is', () => {
  expect(linkOf(XDP, 'lo')).toEqual({ xdp: 'generic', kind: undefined });
  expect(linkOf(XDP.replaceAll('"mode":2', '"mode":1'), 'lo')?.xdp).toBe('native');
  expect(linkOf(XDP.replaceAll('"mode":2', '"mode":9'), 'lo')?.xdp).toBe('unknown');
  expect(linkOf(IFB, 'ifb0')).toEqual({ xdp: 'none', kind: 'ifb' });
  expect(linkOf(IFB, 'ifb1')).toBeUndefined();
  for (const odd of ['', '{}', '[null]', '[1, "x"]', 'null']) expect(linkOf(odd, 'lo')).toBeUndefined();
});

test('of a setting that is listed twice the current one counts', () => {
  expect(ringSettings(RINGS_6_1)).toEqual({ tcpDataSplit: undefined, hdsThresh: undefined });
  expect(ringSettings(RINGS_7_2)).toEqual({ tcpDataSplit: undefined, hdsThresh: undefined });
  expect(ringSettings(rings('on', 256))).toEqual({ tcpDataSplit: 'on', hdsThresh: 256 });
  expect(ringSettings(rings('off', 0))).toEqual({ tcpDataSplit: 'off', hdsThresh: 0 });
  expect(channels(CHANNELS)).toEqual({ kind: 'combined', most: 1 });
  expect(
    channels(CHANNELS.replace('RX:		n/a', 'RX:		8').replaceAll('Combined:	1', 'Combined:	0')),
  ).toEqual({
    kind: 'rx',
    most: 8,
  });
  expect(channels('')).toBeUndefined();
});

test('a device that is not there is refused with those that are', () => {
  const error = thrown(() => inspectDevice('eth7', machine({ lo: { type: 772 }, ens5: {} })));
  expect(error.code).toBe('device-not-ready');
  expect(error.message).toBe('there is no device eth7; there are: lo, ens5');
  expect(error.problems).toMatchObject([{ what: 'device', rule: 'device-missing' }]);
});

test('a sysfs of another network namespace is not trusted', () => {
  const places = machine({ lo: { type: 772 }, eth0: {} });
  writeFileSync(join(places.proc, 'self/net/dev'), 'Inter-|\n face |\n    lo: 0 0\n');
  const error = thrown(() => inspectDevice('eth0', places));
  expect(error.code).toBe('device-not-ready');
  expect(error.message).toMatch(/another network namespace than this process's, which has lo/);
  writeFileSync(join(places.proc, 'self/net/dev'), 'Inter-|\n face |\n    lo: 0\n  eth0: 0\n');
  expect(inspectDevice('eth0', places).name).toBe('eth0');
});

test.for([
  'a/b',
  '..',
  '.',
  '',
  'a b',
  'a:b',
  'sixteen-bytes-xx',
  'ééééééé1é',
  'a\u001bb',
  7,
  undefined,
  null,
])('what can be no name is refused: %j', (name) => {
  const error = thrown(() => inspectDevice(name as string));
  expect(error.code).toBe('bad-option');
  expect(error.message).toMatch(/^device is .*expected the name of a network interface/);
});

test('odd names reach the program as they are, through no shell', () => {
  for (const name of ['$(id)', '-h', '*', "a'b", '`id`;#', 'né0', 'fifteen-bytes-x']) {
    const places = machine({ [name]: { bus: 'pci', queues: 2 } });
    const record = join(places.path, 'record');
    const program = `#!/bin/sh\nfor each; do echo "$each"; done >>${record}\n`;
    writeFileSync(join(places.path, 'ethtool'), program, { mode: 0o755 });
    expect(inspectDevice(name, places)).toMatchObject({ name, queues: 2 });
    expect(readFileSync(record, 'utf8').split('\n').slice(0, 2)).toEqual(['-g', name]);
  }
});
