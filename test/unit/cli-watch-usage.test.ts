import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Placements } from '../../src/cli/watch/request.js';
import { zcrx } from './cli-terminal.js';

const SHIPPED = new URL('../../src/recordings/linux-7.3.zcrx', import.meta.url).pathname;

const bad = [
  ['', 'nothing to watch: give --pid PID or --name NAME, or --replay FILE for a recording'],
  [
    '--pid 7 --stats-offset 4096 --entries 64',
    '--stats-offset and --entries both say where the statistics lie: give one of them',
  ],
  [
    '--pid 7 --pid 8 --address 4096 --entries 64',
    '--address is an address in one process: give exactly one --pid, and no --name',
  ],
  [
    '--pid 7 --address 4096',
    '--address needs --entries N or --stats-offset BYTES: how long the region is cannot be found out',
  ],
  ['--pid 7 --queue 1', '--queue 1 is a queue of a device: name it too, with --device NAME'],
  ['--pid 7 --device eth0', '--device eth0 needs --queue N, the receive queue that the instance is on'],
  [
    '--replay run.zcrx --pid 7',
    '--pid is about processes, and --replay run.zcrx about a recording: give one of them',
  ],
  [
    '--pid 7 --entries x',
    '--entries is x, expected a number, or RING/ID=NUMBER for one instance, as 4096 or 7/0=4096',
  ],
  ['--pid 7 --interval 60001', '--interval is 60001, expected 1 to 60000 milliseconds'],
  ['--pid 7 --json --plain', '--json and --plain are two forms of output: give one of them'],
  ['--pid 7 --keep 3', '--rotate-size, --rotate-after and --keep are for recordings: give --record FILE too'],
  [
    '--pid 7 --record r.zcrx --keep 3',
    '--keep is for recordings in several files: give --rotate-size or --rotate-after too',
  ],
  [
    '--pid 7 --prometheus here',
    '--prometheus is "here", expected a port of 0 to 65535 or an address and a port, as 9464, 192.0.2.1:9464 or [::1]:9464',
  ],
] as const;

describe('zcrx watch', () => {
  test.each(bad)('%s: one line, exit status 2', async (args, message) => {
    const outcome = await zcrx(['watch', ...args.split(' ').filter(Boolean)]);
    expect(outcome).toMatchObject({ status: 2, out: '', err: `zcrx: ${message}\n` });
  });

  test('a process that is not there: one line, exit status 1', async () => {
    const { status, out, err } = await zcrx(['watch', '--pid', '4194304', '--entries', '64']);
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(/^zcrx: .*4194304.*\n$/);
  });

  test('a process without io_uring: what there is, and what could be done', async () => {
    const { status, err } = await zcrx(['watch', '--pid', String(process.ppid), '--candidates']);
    expect(status).toBe(1);
    expect(err).toMatch(/^zcrx: process \d+ \(.*\) has .*\n$/);
  });

  test('what is said of one instance goes before what is said of all', () => {
    const places = new Placements('--entries', ['64', '7/0=4096', '7/1=0x80']);
    expect([places.of(7, 0), places.of(7, 1), places.of(7, 2), places.of(8, 0)]).toEqual([4096, 128, 64, 64]);
    expect(new Placements('--entries', ['7/0=4096']).of(7, 1)).toBeUndefined();
  });
});

describe('zcrx watch --replay', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-watch-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says that it is a recording, and comes to the counts that are in it', {
    timeout: 30_000,
  }, async () => {
    const { status, out } = await zcrx(['watch', '--replay', SHIPPED, '--json', '--interval', '10']);
    expect(status).toBe(0);
    const objects = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.findLast(({ type }) => type === 'source')).toMatchObject({
      live: false,
      recorded: expect.stringContaining('Linux 7.3'),
    });
    expect(objects.filter(({ type }) => type === 'state')).toMatchObject([{ state: 'copying' }]);
    const last = objects.findLast(({ type }) => type === 'figures');
    expect(last).toMatchObject({
      counters: { copy_count: '708', copy_bytes: '15857576' },
      events: { copy: { count: 8 } },
    });
    expect(objects.at(-1)).toMatchObject({ type: 'end' });
  });

  test('as lines it says so on standard error', async () => {
    const { status, out, err } = await zcrx(['watch', '--replay', SHIPPED, '--seconds', '2']);
    expect(status).toBe(0);
    expect(err).toMatch(/NOT LIVE, replay of linux-7\.3\.zcrx, recorded .* on Linux 7\.3/);
    expect(out).toMatch(/^\S+ appeared zcrx\(0\):0\/0 unknown /);
  });

  test('what is no recording, or damaged, is told in one line', async () => {
    const path = join(folder, 'none.zcrx');
    writeFileSync(path, 'hello, this is text and not a recording');
    const { status, err } = await zcrx(['watch', '--replay', path, '--plain']);
    expect(status).toBe(2);
    expect(err.trim().split('\n').at(-1)).toMatch(/^zcrx: .*none\.zcrx/);
  });
});
