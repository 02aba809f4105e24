import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

function zcrx(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stderr, stdout, lines: stdout.trim().split('\n') };
}

type Line = { readonly type: string; readonly [key: string]: unknown };
const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);

describe.each(['7.3', '7.2'])('zcrx run in Linux %s', (series) => {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-run-'));
  const recording = join(folder, 'run.zcrx');
  let live: Line[] = [];

  beforeAll(() => {
    const options = [
      '--backend',
      'lab',
      '--kernel',
      series,
      '--seconds',
      '3',
      '--json',
      '--record',
      recording,
    ];
    const { status, lines, stderr } = zcrx('run', ...options);
    expect(stderr).toContain(`booting ${series}.`);
    expect(status).toBe(0);
    live = lines.map((line) => JSON.parse(line));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says first where it runs, and what was registered', () => {
    expect(live[0]).toMatchObject({ type: 'backend', backend: 'lab', revision: 'event' });
    expect(live[0]?.kernel).toMatch(new RegExp(`^${series.replace('.', '\\.')}\\.`));
    const rqes = series === '7.2' ? 64 : 128;
    expect(live[1]).toMatchObject({ type: 'registered', zcrx_id: 0, rq_entries: 4096, rqes, type_mask: 3 });
  });

  test('a notification, its re-arming, and the next, in turn', () => {
    const told = live.filter(({ type }) => type === 'notification' || type === 'rearmed');
    expect(told.length).toBeGreaterThanOrEqual(3);
    told.forEach((line, i) => {
      expect(line).toMatchObject({ type: i % 2 === 0 ? 'notification' : 'rearmed', notification: 'copy' });
    });
    expect(told[0]).toMatchObject({ user_data: '18446744073709551615', res: 1 });
  });

  test('ends with everything counted as copied, and the payload as it was sent', () => {
    const summary = live.at(-1);
    const last = ofType(live, 'stats').at(-1);
    expect(summary).toMatchObject({ type: 'summary', intact: true });
    expect(Number(summary?.received_bytes)).toBeGreaterThan(0);
    expect(last?.copy_bytes).toBe(summary?.received_bytes);
    expect(last?.received_bytes).toBe(summary?.received_bytes);
    expect(summary?.stalls).toBe(ofType(live, 'stalled').length);
    expect(summary?.stalled_ms).toBeTypeOf('number');
  });

  test('its recording replays as it was', () => {
    const replayed = zcrx('run', '--backend', 'replay', '--recording', recording, '--json');
    expect(replayed.status).toBe(0);
    const lines: Line[] = replayed.lines.map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'backend', backend: 'replay', kernel: live[0]?.kernel });
    // what the bridge found out by itself is not in the kernel's bytes, and not known of a replay
    const { intact, stalls, stalled_ms, longest_stall_ms, held_back, ...summary } = live.at(-1) as Line;
    const written = live.slice(1, -1).filter(({ type }) => type !== 'stalled' && type !== 'recovered');
    expect(lines.slice(1)).toEqual([...written, summary]);
  });

  test('does not write over a recording', () => {
    const { status, stderr, stdout } = zcrx(
      'run',
      '--backend',
      'lab',
      '--kernel',
      series,
      '--record',
      recording,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^zcrx: cannot record to .*run\.zcrx: it exists already/);
  });
});

describe('zcrx lab', () => {
  test('runs this package in the kernel asked for', () => {
    const { status, stdout } = zcrx('lab', '--kernel', '7.2', '--', 'zcrx', 'probe', '--json');
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ revision: 'event', nodev: true, missing: [] });
    expect(found.kernel).toMatch(/^7\.2\./);
  });

  test('ends as the command did', () => {
    const { status, stdout, stderr } = zcrx('lab', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7');
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'out\n' });
    expect(stderr).toMatch(/^err$/m);
  });

  test.each([
    [['lab'], 2, /no command given/],
    [['lab', '--kernel', 'seven', '--', 'true'], 2, /expected a series such as "7\.3"/],
    [['lab', '--kernel', '99.1', '--', 'true'], 1, /99\.1/],
  ])('zcrx %j', (args, expected, message) => {
    const { status, stdout, stderr } = zcrx(...args);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
