import { describe, expect, test } from 'vitest';
import { parseListen } from '../../src/cli/run/request.js';
import { zcrx } from './cli-terminal.js';

const bad = [
  ['--queue 1', '--queue 1 is a queue of a device: name it too, with --device NAME'],
  ['--listen 7000', '--listen is for traffic to a device: name it, with --device NAME --queue N'],
  ['--rx-buf-len 16K', '--rx-buf-len is for buffers of a device: name it, with --device NAME --queue N'],
  [
    '--device eth0',
    '--device eth0 needs --queue N, the receive queue to be taken over; zcrx probe --device eth0 shows how many there are',
  ],
  [
    '--device eth0 --queue 1',
    '--device eth0 needs --listen [ADDR:]PORT, where other machines send to: 7000 is that port of the address of eth0, 0.0.0.0:7000 of all addresses',
  ],
  [
    '--device eth0 --queue 1 --listen 7000 --backend lab',
    '--device eth0 is of this machine, not of the lab: there, give --nic',
  ],
  [
    '--device eth0 --queue 1 --listen 7000 --backend replay',
    '--device eth0 cannot be replayed: leave --backend out',
  ],
  [
    '--device eth0 --queue 1 --listen 7000 --rate 1M',
    '--rate is for traffic that zcrx sends itself; that to a device comes from other machines',
  ],
  ['--nic --backend kernel', '--nic is a device of the lab, not of --backend kernel: leave --backend out'],
  ['--nic --backend replay', '--nic is a device of the lab, not of --backend replay: leave --backend out'],
  [
    '--nic --device eth0 --queue 1',
    '--nic is a device of the lab and --device eth0 one of this machine: give one of them',
  ],
  ['--nic --queue 1', '--queue 1 is a queue of a device: name it too, with --device NAME'],
  ['--nic --seconds 0', '--seconds is 0, expected 1 or more with --nic: its tour has three acts'],
  [
    '--nic --rearm-interval 5',
    '--rearm-interval does not apply to --nic: its tour re-arms each event when it has been shown',
  ],
  ['--nic --recording run.zcrx', '--recording is for --backend replay, not for --nic'],
  ['--tour', '--tour needs --device and --queue: from outside, give --nic'],
] as const;

describe('zcrx run', () => {
  test.each(bad)('%s: one line, exit status 2', async (args, message) => {
    const outcome = await zcrx(['run', ...args.split(' ')]);
    expect(outcome).toMatchObject({ status: 2, out: '', err: `zcrx: ${message}\n` });
  });

  test.each([
    ['--device eth0 --queue one', /'--queue <n>' argument 'one' is invalid. Expected a whole number/],
    ['--area-kind heap', /Allowed choices are linear, mapped, huge, shared, udmabuf/],
    ['--rx-buf-len 16Q', /Expected bytes, as 65536, 64K or 16M/],
  ])('%s: exit status 2', async (args, message) => {
    const { status, out, err } = await zcrx(['run', ...args.split(' ')]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('what the lab runs inside of its kernel is not for people', async () => {
    const { out } = await zcrx(['run', '--help']);
    expect(out).toContain('--nic');
    expect(out).not.toContain('--tour');
  });
});

describe('--listen', () => {
  test.each([
    ['7000', undefined, 7000],
    ['192.0.2.1:7000', '192.0.2.1', 7000],
    ['0.0.0.0:1', '0.0.0.0', 1],
    ['[2001:db8::1]:65535', '2001:db8::1', 65535],
    ['[::]:7000', '::', 7000],
  ])('%s', (text, address, port) => {
    expect(parseListen(text)).toEqual({ address, port });
  });

  test.each([
    '',
    '0',
    '65536',
    '70000000',
    'x',
    ':7000',
    '1.2.3:7000',
    'host:7000',
    '::1:7000',
    '[::1]',
    '[1.2.3.4]:7',
    '7000 ',
  ])('%j is refused', (text) => {
    expect(() => parseListen(text)).toThrow(`--listen is ${text}, expected a port or an address and a port`);
  });
});

describe('zcrx probe --device', () => {
  test('tells what is known, what is wrong, and how to steer', async () => {
    const { status, out } = await zcrx(['probe', '--device', 'lo']);
    expect(status).toBe(0);
    expect(out).toMatch(/^device lo, interface 1$/m);
    expect(out).toMatch(/^ {2}receive queues +1$/m);
    expect(out).toMatch(/^to be mended before queue 0 can be used:$/m);
    expect(out).toMatch(/^ {2}DMA +no, expected a device behind the interface/m);
    expect(out).toMatch(/^ {2}ethtool -N lo flow-type tcp4 dst-port PORT action 0$/m);
  });

  test('of the queue that is asked about', async () => {
    const { out } = await zcrx(['probe', '--device', 'lo', '--queue', '3', '--json']);
    const { device, kernel } = JSON.parse(out);
    expect(kernel).toBeTypeOf('string');
    expect(device).toMatchObject({ name: 'lo', queue: 3, dma: 'no' });
    expect(device.problems.map(({ rule }: { rule: string }) => rule)).toContain('device-queue-range');
  });

  test.each([
    [['--queue', '1'], 2, /^zcrx: --queue 1 is a queue of a device: name it too, with --device NAME\n$/],
    [['--device', 'nope'], 1, /^zcrx: there is no device nope; there are: .*\blo\b.*\n$/],
    [['--device', '../x'], 2, /^zcrx: device is "\.\.\/x", expected the name of a network interface/],
  ])('%j', async (args, status, message) => {
    const outcome = await zcrx(['probe', ...args]);
    expect(outcome).toMatchObject({ status, out: '' });
    expect(outcome.err).toMatch(message);
  });
});
