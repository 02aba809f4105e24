import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tryCommand } from '../../src/lab/command.js';
import { findPrometheus } from '../prepare.mjs';

/** What `promtool` says, with its exit status. */
export async function promtool(...args: string[]): Promise<{ status: number | null; said: string }> {
  const { status, stdout, stderr } = await tryCommand(findPrometheus('promtool') as string, args);
  return { status, said: `${stdout}${stderr}` };
}

/** A value of an instant query, with the time in seconds at which it was scraped or computed. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** A real Prometheus server on this machine, with its configuration and data in a folder that goes with it. */
export class PrometheusServer {
  readonly url: string;
  readonly config: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #log = '';

  /** @param rules the text of a file of rules */
  static async start(targets: readonly string[], rules: string): Promise<PrometheusServer> {
    const server = new PrometheusServer(await freePort(), targets, rules);
    await until(
      async () => (await fetch(`${server.url}/-/ready`).catch(() => undefined))?.ok === true,
      () => server.#log,
    );
    return server;
  }

  private constructor(port: number, targets: readonly string[], rules: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'zcrx-prometheus-'));
    this.config = join(this.#folder, 'prometheus.yml');
    writeFileSync(join(this.#folder, 'rules.yml'), rules);
    // JSON is YAML too
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'zcrx', static_configs: [{ targets }] }],
    };
    writeFileSync(this.config, JSON.stringify(config));
    this.#child = spawn(
      findPrometheus('prometheus') as string,
      [
        `--config.file=${this.config}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#log += chunk;
      });
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  async #get<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }

  async query(expression: string): Promise<readonly Sample[]> {
    return (await this.#get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result;
  }

  /** The value of an expression that has one, as a number. */
  async value(expression: string): Promise<number> {
    const samples = await this.query(expression);
    if (samples.length !== 1) throw new Error(`${expression} has ${samples.length} values`);
    return Number(samples[0]?.value[1]);
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.#get<{ alerts: Alert[] }>('alerts')).alerts;
  }

  async targets(): Promise<readonly { health: string; lastError: string }[]> {
    return (await this.#get<{ activeTargets: { health: string; lastError: string }[] }>('targets'))
      .activeTargets;
  }

  async metadata(): Promise<readonly { metric: string; type: string; help: string }[]> {
    return this.#get('targets/metadata');
  }

  /** Waits for a scrape that began after this moment. */
  async scraped(): Promise<void> {
    const now = Date.now() / 1000;
    await until(async () => {
      const [sample] = await this.query('timestamp(zcrx_build_info)');
      return Number(sample?.value[1] ?? 0) > now;
    });
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until something is so. @throws Error after a minute, with what `why` tells */
export async function until(isSo: () => Promise<boolean>, why = () => ''): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) if (await isSo()) return;
  throw new Error(`it did not become so in a minute. ${why()}`);
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
