import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as a user gets it: packed, and installed from the tarball into a folder that holds nothing else. */
describe('the packed tarball', () => {
  let folder: string;

  const run = (
    program: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ) =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      ...options,
    });
  const node = (code: string) => run(process.execPath, ['--input-type=module', '-e', code]).trim();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zcrx-package-'));
    run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
    const [tarball] = readdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', `./${tarball}`]);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what is built and nothing else', () => {
    const installed = join(folder, 'node_modules/zcrx');
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  });

  test('publint finds nothing', async () => {
    const { messages } = await publint({
      pkgDir: join(folder, 'node_modules/zcrx'),
      strict: true,
      pack: false,
    });
    expect(messages).toEqual([]);
  });

  test('the library works, and loads no native code', () => {
    const code = `
      import { decode, encode, planRegion } from 'zcrx';
      const bytes = encode('zcrx_notification_desc', { type_mask: 'ZCRX_NOTIF_COPY' });
      const { getReport } = process.report;
      const native = process.report.getReport().sharedObjects.filter((path) => path.includes('koffi'));
      console.log(decode('zcrx_notification_desc', bytes).names.type_mask, planRegion({ entries: 100 }).rq_entries, native.length);`;
    expect(node(code)).toBe("[ 'ZCRX_NOTIF_COPY' ] 128 0");
  });

  test('verdicts are an entry of their own, without native code', () => {
    const code = `
      import { VerdictModel } from 'zcrx/verdict';
      const model = new VerdictModel();
      const { errno, rule, findings } = model.judge({ call: 'zcrx_ctrl', kernel: '7.3', nr_args: 1 });
      const native = process.report.getReport().sharedObjects.filter((path) => path.includes('koffi'));
      console.log(errno, rule, findings[0].message, native.length);`;
    expect(node(code)).toBe(
      'EINVAL ctrl-nr-args nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL 0',
    );
  });

  test('health and metrics are entries of their own, with rules and dashboard, without native code', () => {
    const code = `
      import { existsSync } from 'node:fs';
      import { HealthMonitor } from 'zcrx/health';
      import { Metrics } from 'zcrx/metrics';
      const monitor = new HealthMonitor({ events: false });
      monitor.push({ time: 0n, counters: { copy_count: 7n, copy_bytes: 4096n } });
      const labels = { process: 'ingest', ring: '7', zcrx_id: '0' };
      const metrics = new Metrics({ instances: () => [{ labels, health: monitor.health() }] });
      const [line] = (await metrics.text()).match(/^zcrx_copy_fallback_bytes_total.*$/m);
      const files = ['zcrx/metrics/alerts.yml', 'zcrx/metrics/dashboard.json'].map((name) => new URL(import.meta.resolve(name)));
      const native = process.report.getReport().sharedObjects.filter((path) => path.includes('koffi'));
      console.log(line, files.every((file) => existsSync(file)), native.length);`;
    expect(node(code)).toBe(
      'zcrx_copy_fallback_bytes_total{process="ingest",ring="7",zcrx_id="0"} 4096 true 0',
    );
  });

  test('the bridge loads and asks the kernel', () => {
    const code = `import { probe } from 'zcrx/bridge'; console.log(probe().kernel);`;
    expect(node(code)).toBe(run('uname', ['-r']).trim());
  });

  test('module and description are there for other hosts', () => {
    const code = `
      import { readFileSync } from 'node:fs';
      const file = (name) => readFileSync(new URL(import.meta.resolve(name)));
      const module = new WebAssembly.Module(file('zcrx/zcrx.wasm'));
      const section = Buffer.from(WebAssembly.Module.customSections(module, 'zcrx.layout')[0]);
      console.log(WebAssembly.Module.imports(module).length, section.equals(file('zcrx/layout.json')));`;
    expect(node(code)).toBe('0 true');
  });

  test('the types are found', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { decode, type AbiRevision } from 'zcrx';
       import { ZcrxInstance } from 'zcrx/bridge';
       import { type Verdict, VerdictModel } from 'zcrx/verdict';
       export const verdict: Verdict = new VerdictModel().judge({ call: 'query', kernel: '7.3' });
       // @ts-expect-error: no such call
       new VerdictModel().judge({ call: 'open' });
       export const revision: AbiRevision = 'event';
       export const count: bigint = decode('zcrx_stats', new Uint8Array(16)).fields.copy_count;
       export const open = (): ZcrxInstance => ZcrxInstance.open({ rearm: true });
       // @ts-expect-error: no such field
       decode('zcrx_stats', new Uint8Array(16)).fields.copies;`,
    );
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
      '--types',
      'node',
    ];
    run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, 'use.ts']);
  });

  test('the command line works', () => {
    const version = run('npx', ['zcrx', '--version']).trim();
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    const decoded = JSON.parse(
      run('npx', ['zcrx', 'decode', 'zcrx_stats', '--json', '0200000000000000 0010000000000000']),
    );
    expect(decoded.fields).toEqual({ copy_count: '2', copy_bytes: '4096' });
    const lines = '{"call":"query","kernel":"7.2","nr_args":1}\n{"call":"close"}\n';
    const { status, stdout } = spawnSync('npx', ['zcrx', 'check', '--ndjson'], {
      cwd: folder,
      encoding: 'utf8',
      input: lines,
    });
    const verdicts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rule);
    expect([status, verdicts]).toEqual([0, ['query-nr-args', 'ok']]);
  });

  test('the shipped recording replays, labelled as one', () => {
    const { stdout, status } = spawnSync('npx', ['zcrx', 'run', '--backend', 'replay', '--json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(lines[0]).toMatchObject({ type: 'backend', backend: 'replay', revision: 'event' });
    const summary = lines.at(-1);
    expect(summary).toMatchObject({ type: 'summary' });
    expect(lines.findLast((line) => line.type === 'stats').copy_bytes).toBe(summary.received_bytes);
  }, 60_000);

  test('the report finds the plots that it puts into its page', () => {
    const recording = 'node_modules/zcrx/dist/recordings/linux-7.3.zcrx';
    const { stdout, status } = spawnSync('npx', ['zcrx', 'report', recording, '--output', '-'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const uPlot = readFileSync(join(folder, 'node_modules/uplot/dist/uPlot.iife.min.js'), 'utf8');
    expect(stdout).toContain(uPlot);
    expect(stdout).toContain('zcrx 0 without a device');
  }, 60_000);

  test('the explorer is a file of the package, and the command has it', () => {
    const file = node(`console.log(new URL(import.meta.resolve('zcrx/explore.html')).pathname);`);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<title>zcrx explorer</title>');
    expect(run('npx', ['zcrx', 'explore', '--output', '-'])).toBe(page);
  });
});
