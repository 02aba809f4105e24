import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OpenOptions } from 'zcrx/bridge';
import type { PartyVerbs } from '../children/party.js';
import { PAGE } from './page.js';
import { until } from './process.js';

/** What a party has said to an error, as {@link Party.ask} throws it. */
export class PartyError extends Error {
  readonly code?: string;
  readonly errno?: string;
  readonly explanation?: string;
}

const PROGRAM = fileURLToPath(new URL('../children/party.js', import.meta.url));

/** A process of its own that opens or imports an instance, and receives; see children/party.ts. */
export class Party implements AsyncDisposable {
  readonly process: ChildProcess;
  private readonly answers = new Map<number, (answer: { result?: unknown; error?: object }) => void>();
  private asked = 0;
  private stderr = '';

  private constructor(inherited: readonly number[], wrap: readonly string[]) {
    const [execPath = process.execPath, ...execArgv] = [...wrap, process.execPath];
    this.process = fork(PROGRAM, {
      execPath,
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...inherited],
      serialization: 'advanced',
    });
    this.process.stderr?.on('data', (data: Buffer) => {
      this.stderr += data;
    });
    this.process.on('message', ({ id, ...answer }: { id: number }) => {
      this.answers.get(id)?.(answer);
      this.answers.delete(id);
    });
    this.process.once('exit', (status, signal) => {
      const message = `the party ended with ${signal ?? status}: ${this.stderr}`;
      for (const answer of this.answers.values()) answer({ error: { message } });
      this.answers.clear();
    });
  }

  /**
   * @param inherited descriptors for it, from number 4 on
   * @param wrap put in front of the command line
   */
  static start(inherited: readonly number[] = [], wrap: readonly string[] = []): Party {
    return new Party(inherited, wrap);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  async ask<Verb extends keyof PartyVerbs>(
    verb: Verb,
    ...args: Parameters<PartyVerbs[Verb]>
  ): Promise<Awaited<ReturnType<PartyVerbs[Verb]>>> {
    const id = this.asked++;
    const { result, error } = await new Promise<{ result?: unknown; error?: object }>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        resolve({ error: { message: `the party has ended: ${this.stderr}` } });
        return;
      }
      this.answers.set(id, resolve);
      this.process.send({ id, verb, args }, (failed) => {
        if (failed) resolve({ error: { message: `${failed.message}: ${this.stderr}` } });
      });
    });
    if (error) throw Object.assign(new PartyError(), error);
    return result as Awaited<ReturnType<PartyVerbs[Verb]>>;
  }

  /** Ends it by a signal, and waits for that. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  /** Waits until it has received so many bytes more, by itself. */
  async goesOn(bytes: number, patienceMs = 30_000): Promise<void> {
    const before = (await this.ask('progress')).bytes;
    let now = before;
    let asking = false;
    let failure: unknown;
    await until(
      `${bytes} bytes more than ${before}`,
      () => {
        if (failure) throw failure;
        if (!asking) {
          asking = true;
          this.ask('progress').then(
            (progress) => {
              now = progress.bytes;
              if (progress.error) failure = new Error(progress.error);
              asking = false;
            },
            (error: unknown) => {
              failure = error;
            },
          );
        }
        return now >= before + bytes;
      },
      patienceMs,
    );
  }

  /** Lets it end in its own way: it closes its instance when its parent lets go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    if (this.process.connected) this.process.disconnect();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

export const BUFFERS = 64;
export const AREA = BUFFERS * PAGE;
/** A small instance that can be shared. */
export const SHARED = { area: 'shared', areaSize: AREA } as const;

/** Parties to one new instance: its creator, and so many importers. */
export async function parties(
  importers: number,
  options: OpenOptions = SHARED,
): Promise<[Party, ...Party[]]> {
  const all = [Party.start(), ...Array.from({ length: importers }, () => Party.start())] as [
    Party,
    ...Party[],
  ];
  const [creator, ...others] = all;
  await creator.ask('open', options);
  const ticket = await creator.ask('share');
  const { highWaterMark, cqEntries } = options;
  for (const other of others) await other.ask('import', ticket, { highWaterMark, cqEntries });
  await creator.ask('unshare');
  return all;
}

export async function endAll(all: readonly Party[]): Promise<void> {
  for (const party of all) await party[Symbol.asyncDispose]();
}

export async function withParties(
  importers: number,
  run: (creator: Party, ...importers: Party[]) => Promise<unknown>,
  options: OpenOptions = SHARED,
): Promise<void> {
  const all = await parties(importers, options);
  try {
    await run(...(all as [Party, ...Party[]]));
  } finally {
    await endAll(all);
  }
}

/** Holds as many buffers as there are, and gives them back: with every buffer there, none was lost. */
export async function allThere(party: Party, expected = BUFFERS): Promise<void> {
  assert.equal(await party.ask('hold', 'loopback', expected + 1, 1500), expected);
  await party.ask('release', expected);
}

/** The same, of which one party may hold all. */
export const HOLDER = { ...SHARED, highWaterMark: Number.POSITIVE_INFINITY };
