import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './process.js';

const MAIN = fileURLToPath(new URL('../../../../dist/src/cli/main.js', import.meta.url));

/** A `zcrx` that runs: what it wrote so far, line by line. */
export class Command implements AsyncDisposable {
  readonly process: ChildProcess;
  stderr = '';
  private stdout = '';
  private readonly exit: Promise<number | null>;

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (data: Buffer) => {
      this.stdout += data;
    });
    this.process.stderr?.on('data', (data: Buffer) => {
      this.stderr += data;
    });
    this.exit = new Promise((resolve) => this.process.once('close', resolve));
  }

  get text(): string {
    return this.stdout;
  }

  /** The objects that it wrote, whole lines only. */
  get objects(): Record<string, unknown>[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits until it has written such an object. */
  async told(
    what: string,
    is: (object: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    const find = () => this.objects.findLast(is);
    await until(
      `it tells ${what}; so far ${this.stdout.slice(-2000)}${this.stderr}`,
      () => find() !== undefined,
      60_000,
    );
    return find() as Record<string, unknown>;
  }

  /** Ends it as Ctrl-C does. @returns the exit status */
  async interrupt(): Promise<number | null> {
    this.process.kill('SIGINT');
    return this.exit;
  }

  ended(): Promise<number | null> {
    return this.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }
}
