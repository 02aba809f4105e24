import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const SHIPPED = fileURLToPath(new URL('../../src/recordings/linux-7.3.zcrx', import.meta.url));

let command: ChildProcess | undefined;
afterEach(() => {
  command?.kill('SIGKILL');
});

/** Starts a watch of the recording, and says where its metrics are. */
async function served(...args: string[]): Promise<{ url: string; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN, 'watch', '--replay', SHIPPED, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  command = child;
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      const found = /metrics are served at (\S+)\n/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`it ended: ${said}`)));
  });
  return { url, ended };
}

describe('zcrx watch --prometheus', () => {
  test('serves on 127.0.0.1 what it watches, in both forms, until it ends', { timeout: 60_000 }, async () => {
    const { url, ended } = await served('--prometheus', '0', '--interval', '20');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    let copies = 0;
    let last = '';
    const openMetrics = { headers: { accept: 'application/openmetrics-text' } };
    for (let open = false; ; open = !open) {
      const response = await fetch(url, open ? openMetrics : {}).catch(() => undefined);
      if (!response) break;
      const text = await response.text().catch(() => undefined);
      if (text === undefined) break;
      last = text;
      expect(text.endsWith('# EOF\n')).toBe(open);
      const now = Number(
        /^zcrx_copy_fallback_total\{process="zcrx",ring="0",zcrx_id="0"\} (\d+)$/m.exec(text)?.[1] ?? 0,
      );
      expect(now).toBeGreaterThanOrEqual(copies);
      copies = now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(copies).toBeGreaterThan(500);
    expect(copies).toBeLessThanOrEqual(708);
    expect(last).toMatch(/^zcrx_instance_state\{.*state="copying"\} 1$/m);
    expect(await ended).toBe(0);
  });

  test('a port that is taken is one line, and nothing is watched', { timeout: 60_000 }, async () => {
    const { url } = await served('--prometheus', '0', '--seconds', '30');
    const { port } = new URL(url);
    const other = spawn(process.execPath, [MAIN, 'watch', '--replay', SHIPPED, '--prometheus', port]);
    let err = '';
    other.stderr.on('data', (data: Buffer) => {
      err += data;
    });
    const status = await new Promise((resolve) => other.once('close', resolve));
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/^zcrx: metrics cannot be served at .*take another port.*\n$/),
    ]);
  });
});
