import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Waits for something to come true; how long does not matter, but that it does. */
export async function until(what: string, condition: () => boolean, patienceMs = 15_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`in vain for ${patienceMs} ms: ${what}`);
    await wait(5);
  }
}

/** Some turns of the event loop and then some: for what must not happen. */
export const aWhile = (ms = 200): Promise<void> => wait(ms);

export const descriptors = (): number => readdirSync('/proc/self/fd').length - 1;
export const mappings = (): number => readFileSync('/proc/self/maps', 'latin1').split('\n').length - 1;

/** A field of /proc/self/status in KiB. */
export function statusKiB(field: 'VmLck' | 'VmPin' | 'VmRSS'): number {
  const line = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(line?.[1] ?? Number.NaN);
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** True, so that it fits into conditions. */
export function collectGarbage(): true {
  gc();
  return true;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An emulated machine starts Node in two seconds, beside others on a busy host in ten and more. */
const STARTING_MS = 60_000;

export interface Child {
  readonly process: ChildProcess;
  /** Resolves once the child has printed the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts a verb of children/main.ts; `wrap` is put in front of the command line, `inherited` are its descriptors from 3. */
export function child(
  verb: string,
  args: readonly string[] = [],
  wrap: readonly string[] = [],
  inherited: readonly number[] = [],
): Child {
  const program = fileURLToPath(new URL('../children/main.js', import.meta.url));
  const [command, ...rest] = [...wrap, process.execPath, program, verb, ...args] as [string, ...string[]];
  const started = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe', ...inherited] });
  let stdout = '';
  let stderr = '';
  started.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  started.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    started.once('error', reject);
    started.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return {
    process: started,
    ended,
    async said(text) {
      await until(
        `the child says ${text}`,
        () => {
          if (started.exitCode !== null && !stdout.includes(text)) {
            throw new Error(`the child ended with ${started.exitCode}: ${stdout}\n${stderr}`);
          }
          return stdout.includes(text);
        },
        STARTING_MS,
      );
    },
  };
}

/** Runs a verb to its end. */
export const runChild = (
  verb: string,
  args: readonly string[] = [],
  wrap: readonly string[] = [],
  inherited: readonly number[] = [],
): Promise<Ended> => child(verb, args, wrap, inherited).ended;
