import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { AttachedInstance } from 'zcrx/bridge';

/** Where the tests put the program that is made of test/lab/c/receiver.c. */
const PROGRAM = '/receiver';
const PATIENCE_MS = 60_000;

/** Where something of it lies, by its own account. */
export interface Place {
  readonly zcrx_id: number;
  readonly address: bigint;
  readonly region_size: number;
  readonly stats_offset: number;
  readonly rq_entries: number;
}

export interface Places {
  readonly pid: number;
  readonly fd: number;
  readonly inode: bigint;
  /** Another ring that has the first instance, or -1. */
  readonly importer: number;
  readonly instances: readonly Place[];
}

/** What it sees of an instance. */
export interface Reading {
  readonly head: number;
  readonly tail: number;
  readonly copy_count: bigint;
  readonly copy_bytes: bigint;
  readonly sent: bigint;
  readonly received: bigint;
  /** Bytes that were not as they were sent. */
  readonly wrong: bigint;
  readonly completions: bigint;
}

const big = (key: string, value: unknown): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) && key !== '' ? BigInt(value) : value;

/** A process that receives and knows nothing of us; see test/lab/c/receiver.c. */
export class Receiver implements AsyncDisposable {
  readonly process: ChildProcess;
  places!: Places;
  private readonly lines: AsyncIterableIterator<string>;
  private stderr = '';

  private constructor(args: readonly string[]) {
    this.process = spawn(PROGRAM, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.process.stderr?.on('data', (data: Buffer) => {
      this.stderr += data;
    });
    // Killed, it no longer takes what is written to it.
    this.process.stdin?.on('error', () => {});
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  static async start(...args: string[]): Promise<Receiver> {
    const receiver = new Receiver(args);
    receiver.places = (await receiver.line()) as Places;
    return receiver;
  }

  get pid(): number {
    return this.process.pid as number;
  }

  private async line(): Promise<unknown> {
    const late = wait(PATIENCE_MS, undefined, { ref: false });
    const line = await Promise.race([this.lines.next(), late]);
    if (line === undefined || line.done) throw new Error(`the receiver says nothing: ${this.stderr}`);
    return JSON.parse(line.value, big);
  }

  private say(command: string): void {
    this.process.stdin?.write(`${command}\n`);
  }

  /** Its readings, one an instance; of `pause`, when all has come that was sent. */
  async ask(command: 'read' | 'pause' | 'go' | 'close'): Promise<readonly Reading[]> {
    this.say(command);
    return ((await this.line()) as { instances: Reading[] }).instances;
  }

  /** Opens rings and connections anew. */
  async open(): Promise<void> {
    this.say('open');
    this.places = (await this.line()) as Places;
  }

  /** Lets it go on until more has come. */
  async goOn(ms = 100): Promise<void> {
    await this.ask('go');
    await wait(ms);
  }

  async end(how: 'exit' | 'SIGKILL'): Promise<void> {
    const ended = once(this.process, 'exit');
    if (how === 'exit') this.say('exit');
    else this.process.kill(how);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.end('SIGKILL');
    assert.equal(this.stderr, '');
  }
}

/** Asserts that all streams came whole: every byte right, every buffer given back. */
export function unharmed(readings: readonly Reading[]): void {
  assert.ok(readings.length > 0);
  for (const { sent, received, wrong, completions, tail } of readings) {
    assert.ok(sent > 0n);
    assert.deepEqual({ received, wrong, tail }, { received: sent, wrong: 0n, tail: Number(completions) });
  }
}

/** What we see of an instance, as the receiver tells it. */
export function seen(instance: AttachedInstance) {
  const { counters, refill } = instance.snapshot();
  assert.ok(counters && refill, `${instance.gone ?? instance.unlocated}`);
  return { ...refill, ...counters };
}

type Numbers = ReturnType<typeof seen>;

/** The numbers of a reading that can be seen from outside. */
export const visible = ({ head, tail, copy_count, copy_bytes }: Reading): Numbers => ({
  head,
  tail,
  copy_count,
  copy_bytes,
});

/** Asserts that each of our numbers lies between two readings. */
export function between(before: Numbers, ours: Numbers, after: Numbers): void {
  for (const name of ['head', 'tail', 'copy_count', 'copy_bytes'] as const) {
    const [low, number, high] = [before[name], ours[name], after[name]];
    assert.ok(low <= number && number <= high, `${name}: ${low} <= ${number} <= ${high}`);
  }
}
