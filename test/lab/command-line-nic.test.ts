import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NIC, runInKernel } from '../../src/lab/index.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

function zcrx(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stderr, stdout };
}

type Line = { readonly type: string; readonly [key: string]: unknown };
const linesOf = (stdout: string): Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);

/** What no recording has, since the kernel does not write it. */
const LIVE_ONLY = ['act', 'step', 'act_end', 'stalled', 'recovered'];

describe.each(['7.3', '7.2'])('zcrx run --nic in Linux %s', (series) => {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-nic-'));
  const recording = join(folder, 'tour.zcrx');
  let live: Line[] = [];
  let acts: Line[] = [];
  let summary: Line;

  beforeAll(() => {
    const options = ['--backend', 'lab', '--nic', '--kernel', series, '--json', '--record', recording];
    const { status, stdout, stderr } = zcrx('run', ...options);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(`booting ${series}.`),
    });
    live = linesOf(stdout);
    acts = ofType(live, 'act_end');
    summary = live.at(-1) as Line;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What was told in an act, in order. */
  const during = (act: number): Line[] => {
    const from = live.findIndex((line) => line.type === 'act' && line.act === act);
    const to = live.findIndex((line) => line.type === 'act_end' && line.act === act);
    return live.slice(from, to);
  };

  test('three acts, on the queue of the card', () => {
    expect(live[0]).toMatchObject({ type: 'backend', backend: 'lab', revision: 'event' });
    expect(live[1]).toMatchObject({ type: 'registered', if_rxq: NIC.queue, type_mask: 3 });
    expect(live[1]?.if_idx).toBeGreaterThan(0);
    expect(ofType(live, 'act').map(({ name }) => name)).toEqual(['zero-copy', 'copying', 'out-of-buffers']);
    expect(acts.map(({ act }) => act)).toEqual([1, 2, 3]);
  });

  test('zero-copy: the counters stand at 0, and the card filled the buffers', () => {
    const [act] = acts;
    expect(act).toMatchObject({ copy_count: '0', copy_bytes: '0', stalls: 0 });
    expect(act?.notifications).toEqual({ copy: 0, alloc_fail: 0 });
    expect(Number(act?.received_bytes)).toBeGreaterThan(1 << 20);
    expect(Number(act?.filled_bytes)).toBeGreaterThanOrEqual(Number(act?.received_bytes));
  });

  test('copying: told once, counted to the byte, over when the rule is back', () => {
    const act = acts[1] as Line;
    const restored = act.restored as { received_bytes: string; copy_bytes: string };
    expect(act.notifications).toEqual({ copy: 1, alloc_fail: 0 });
    expect(Number(act.copy_bytes)).toBeGreaterThan(0);
    expect(restored.copy_bytes).toBe('0');
    expect(Number(restored.received_bytes)).toBeGreaterThan(0);
    expect(BigInt(act.copy_bytes as string) + BigInt(restored.received_bytes)).toBe(
      BigInt(act.received_bytes as string),
    );
    const told = during(2).filter(
      ({ type }) => type === 'step' || type === 'notification' || type === 'rearmed',
    );
    expect(told.map(({ type, step, notification }) => step ?? `${type} ${notification}`)).toEqual([
      'steering-removed',
      'notification copy',
      'steering-restored',
      'rearmed copy',
    ]);
  });

  test('out of buffers and back: alloc_fail, a standstill, and nothing lost', () => {
    const act = acts[2] as Line;
    const spare = series === '7.2' ? 0 : 1;
    expect(act).toMatchObject({ copy_bytes: '0', areas_added: spare });
    // on a busy host the consumer may be late once more
    expect(act.stalls).toBeGreaterThanOrEqual(1 + spare);
    const { copy, alloc_fail } = act.notifications as { copy: number; alloc_fail: number };
    expect(copy).toBe(0);
    expect(alloc_fail).toBeGreaterThanOrEqual(1 + spare);
    const stalled = ofType(during(3), 'stalled');
    expect(stalled[spare]).toMatchObject({ reasons: ['alloc-fail'] });
    expect(stalled[spare]?.held).toBe(stalled[spare]?.buffers);
    const recovered = ofType(during(3), 'recovered');
    expect(recovered).toHaveLength(stalled.length);
    expect(recovered[spare]).toMatchObject({ end: 'resumed' });
    expect(Number(recovered[spare]?.ms)).toBeGreaterThanOrEqual(800);
  });

  test('the summary adds it up', () => {
    const sum = (field: string) => acts.reduce((total, act) => total + Number(act[field]), 0);
    expect(summary).toMatchObject({ type: 'summary', intact: true, acts: acts.map(withoutType) });
    expect(Number(summary.received_bytes)).toBe(sum('received_bytes'));
    expect(Number(summary.copy_bytes)).toBe(sum('copy_bytes'));
    expect(summary.stalls).toBe(sum('stalls'));
    expect(Number(summary.stalled_ms)).toBeCloseTo(sum('stalled_ms'), 1);
  });

  test('a recording of it replays what the kernel wrote, and claims no more', () => {
    const { status, stdout } = zcrx('run', '--backend', 'replay', '--recording', recording, '--json');
    expect(status).toBe(0);
    const replayed = linesOf(stdout);
    const written = live.slice(1, -1).filter(({ type }) => !LIVE_ONLY.includes(type));
    expect(replayed.slice(1, -1)).toEqual(written);
    const { intact, stalls, stalled_ms, longest_stall_ms, held_back, acts: _, ...known } = summary;
    expect(replayed.at(-1)).toEqual(known);
  });
});

const withoutType = ({ type: _, time_ms: __, ...figures }: Line) => figures;

/** Sends `seconds` of about 2 MiB/s to a port behind the card's mirror, once somebody listens there. */
const SENDER = `
import { connect } from 'node:net';
const [port, seconds] = process.argv.slice(2).map(Number);
const piece = Buffer.alloc(1 << 17, 7);
const open = () => new Promise((resolve) => {
  const socket = connect(port, '${NIC.peer}', () => resolve(socket));
  socket.once('error', () => setTimeout(() => open().then(resolve), 100));
});
const socket = await open();
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  socket.write(piece);
  await new Promise((resolve) => setTimeout(resolve, 62));
}
socket.end();
await new Promise((resolve) => socket.once('close', resolve));
console.log(JSON.stringify({ type: 'sent', bytes: socket.bytesWritten }));
`;

const RUN = `zcrx run --device ${NIC.interface} --queue ${NIC.queue}`;
const SCRIPT = `
say() { echo "=== $1"; }
say steered
${RUN} --listen 7000 --json >/run/steered & pid=$!
node /lab/sender.mjs 7000 2
kill -INT $pid; wait $pid; echo "{\\"type\\":\\"exit\\",\\"status\\":$?}"
cat /run/steered

say copied
${RUN} --listen ${NIC.address}:7001 --area-kind shared --json >/run/copied & pid=$!
node /lab/sender.mjs 7001 14 & sender=$!
until grep -q '"copied"' /run/copied || ! kill -0 $sender; do usleep 100000; done
echo 7001 >${NIC.parameters}/port
wait $sender
kill -INT $pid; wait $pid; echo "{\\"type\\":\\"exit\\",\\"status\\":$?}"
cat /run/copied

say text
echo 7002 >${NIC.parameters}/port
${RUN} --listen 7002 --seconds 4 2>&1 & pid=$!
node /lab/sender.mjs 7002 1 >/dev/null
wait $pid; echo "status $?"

say unfit
zcrx run --device lo --queue 3 --listen 7000 2>&1; echo "status $?"

say split
echo 0 >${NIC.parameters}/data_split
${RUN} --listen 7000 2>&1; echo "status $?"
echo 1 >${NIC.parameters}/data_split

say taken
zcrx run --device lo --queue 0 --listen 7000 --json 2>&1; echo "status $?"

say absent
zcrx run --device nope --queue 0 --listen 7000 2>&1; echo "status $?"

say probe
zcrx probe --device ${NIC.interface} --json
`;

describe.each(['7.3', '7.2'])('zcrx run --device in Linux %s', (series) => {
  const parts = new Map<string, string>();

  beforeAll(async () => {
    const { status, stdout, stderr } = await runInKernel({
      kernel: series,
      argv: ['sh', '-c', SCRIPT],
      extra: [{ data: SENDER, to: '/lab/sender.mjs' }],
      nic: { port: 7000 },
      cpus: 2,
      timeoutMs: 240_000,
    });
    for (const part of stdout.toString().split(/^=== /m).slice(1)) {
      const end = part.indexOf('\n');
      parts.set(part.slice(0, end), part.slice(end + 1));
    }
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });

  const part = (name: string): string => parts.get(name) ?? '';

  test('receives what others send, and ends with Ctrl-C', () => {
    const lines = linesOf(part('steered'));
    const [sent] = ofType(lines, 'sent');
    expect(ofType(lines, 'exit')).toEqual([{ type: 'exit', status: 0 }]);
    expect(ofType(lines, 'registered')[0]).toMatchObject({ if_rxq: NIC.queue });
    expect(ofType(lines, 'listening')[0]).toMatchObject({
      address: NIC.address,
      port: 7000,
      queue: NIC.queue,
    });
    expect(ofType(lines, 'connected')).toHaveLength(1);
    expect(ofType(lines, 'disconnected')[0]).toMatchObject({
      received_bytes: String(sent?.bytes),
      connections: 0,
    });
    expect(ofType(lines, 'summary')[0]).toMatchObject({
      received_bytes: String(sent?.bytes),
      copy_bytes: '0',
      stalls: 0,
      notifications: { copy: 0, alloc_fail: 0 },
    });
    expect(ofType(lines, 'summary')[0]).not.toHaveProperty('intact');
  });

  test('says first how to steer, and when all is copied, that it is, until it is not', () => {
    const lines = linesOf(part('copied'));
    const advice = ofType(lines, 'advice');
    expect(advice.map(({ topic }) => topic)).toEqual(['steering', 'copied', 'fine']);
    expect(advice[0]?.commands).toEqual([
      'ethtool -X zcrx0 equal 1',
      'ethtool -K zcrx0 ntuple on',
      'ethtool -N zcrx0 flow-type tcp4 dst-port 7001 action 1',
      'ethtool -N zcrx0 flow-type tcp6 dst-port 7001 action 1',
    ]);
    expect(advice[1]?.copied_percent).toBeGreaterThanOrEqual(90);
    expect(advice[1]?.commands).toEqual(advice[0]?.commands);
    const [summary] = ofType(lines, 'summary');
    expect(Number(summary?.copy_bytes)).toBeGreaterThan(0);
    expect(Number(summary?.copy_bytes)).toBeLessThan(Number(summary?.received_bytes));
    expect(summary?.notifications).toMatchObject({ copy: expect.toSatisfy((count) => count > 0) });
  });

  test('in words', () => {
    const text = part('text');
    expect(text).toMatch(/^instance 0 registered on queue 1 of interface \d+: /m);
    expect(text).toContain('as root: bring the traffic of the port to the queue');
    expect(text).toMatch(/^listening on 10\.9\.0\.1 port 7002, for other machines/m);
    expect(text).toMatch(/10\.9\.0\.2:\d+ connected$/m);
    expect(text).toMatch(/10\.9\.0\.2:\d+ is gone after [\d.]+ MiB$/m);
    expect(text).toMatch(/^ {2}receiving never stood still$/m);
    expect(text).toMatch(/^ {2}no copies counted; that alone does not prove zero copy$/m);
    expect(text).toMatch(/^status 0$/m);
  });

  test('a device that is not fit: all that is wrong, and what mends it', () => {
    const text = part('unfit');
    expect(text).toMatch(/^ {2}DMA +no, expected a device/m);
    expect(text).toMatch(/^ {2}queue +3, and the device has queue 0 only, expected/m);
    expect(text).toMatch(
      /^zcrx: the device is not ready for zero-copy receive: 2 things to be mended, see above$/m,
    );
    expect(text).toMatch(/^status 1$/m);
    expect(part('split')).toMatch(/^zcrx: .*tcp-data-split.*ethtool -G zcrx0 tcp-data-split on/m);
    expect(part('split')).toMatch(/^status 1$/m);
    expect(part('taken')).toMatch(/^zcrx: queue 0 of lo is not ready .*DMA: no/m);
    expect(part('absent')).toMatch(/none called nope, .*lo, zcrx0/);
    expect(part('absent')).toMatch(/^status 1$/m);
  });

  test('zcrx probe --device tells what is known of it', () => {
    const { device } = JSON.parse(part('probe'));
    expect(device).toMatchObject({
      name: NIC.interface,
      queues: 2,
      mtu: 4148,
      up: true,
      dma: 'yes',
      problems: [],
    });
    expect(device.steering[0]).toBe('ethtool -X zcrx0 equal 1');
  });
});
