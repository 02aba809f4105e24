import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { stopSignal } from '../stop.js';
import type { Terminal } from '../terminal.js';
import { displayFor } from './display/index.js';
import { MetricsListener } from './metrics.js';
import { openRecording } from './recording.js';
import type { ProcessRequest, WatchRequest } from './request.js';
import type { Source } from './source.js';
import { type Listener, Watcher } from './watcher.js';

export { requestOf } from './request.js';

/** Milliseconds between two looks for instances that came or went. */
const LOOK_EVERY = 200;
/** Milliseconds between two judgements, and pictures. */
const JUDGE_EVERY = 1000;

interface Stopping {
  readonly signal: AbortSignal;
  readonly quit: () => void;
  /** Lets the time begin after which the watch is ended. */
  readonly begin: () => void;
}

/** Watches until the signal. */
async function keepWatching(watcher: Watcher, intervalMs: number, signal: AbortSignal): Promise<void> {
  watcher.look();
  watcher.sample();
  watcher.judge();
  let failed: ((error: unknown) => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  /** What fails in a timer is to end the watch, not the process. */
  const every = (ms: number, act: () => void) =>
    setInterval(() => {
      try {
        act();
      } catch (error) {
        failed?.(error);
      }
    }, ms);
  const timers = [
    every(LOOK_EVERY, () => watcher.look()),
    every(intervalMs, () => watcher.sample()),
    every(JUDGE_EVERY, () => watcher.judge()),
  ];
  const over = async () => {
    while (!watcher.over && !signal.aborted) await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {});
  };
  try {
    await Promise.race([over(), failure]);
    watcher.look();
    watcher.sample();
    watcher.judge();
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
}

/** Things to be closed, the last one first, all of them whatever one of them says. */
class Closers {
  private readonly closers: (() => void | Promise<void>)[] = [];

  push(close: () => void | Promise<void>): void {
    this.closers.push(close);
  }

  /** @throws what the first one threw that failed */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Runs a watch on a source, shown, recorded and served as asked for. */
async function watchSource(
  source: Source,
  request: WatchRequest,
  terminal: Terminal,
  stop: Stopping,
): Promise<void> {
  const listeners: Listener[] = [];
  const closers = new Closers();
  const watcher = new Watcher(source, listeners);
  closers.push(() => watcher.close());
  try {
    // What may fail comes before the screen is taken.
    if (request.record !== undefined) {
      const recording = await openRecording(request.record, source.title);
      listeners.push(recording.listener);
      closers.push(() => recording.close());
    }
    let served: string | undefined;
    if (request.prometheus !== undefined) {
      const metrics = new MetricsListener();
      served = await metrics.serve(request.prometheus);
      listeners.push(metrics);
      closers.push(() => metrics.close());
    }
    const display = displayFor(request, source, terminal, stop.quit);
    listeners.push(display);
    closers.push(() => display.close());
    if (served !== undefined) display.noted?.(`metrics are served at ${served}`);
    stop.begin();
    await keepWatching(watcher, request.intervalMs, stop.signal);
  } catch (error) {
    await closers.close().catch(() => {}); // what came first is what is told
    throw error;
  }
  await closers.close();
}

async function watchProcesses(
  what: ProcessRequest,
  request: WatchRequest,
  terminal: Terminal,
  stop: Stopping,
): Promise<void> {
  const isUnplaced = what.stats && what.statsOffsets.isEmpty && what.entries.isEmpty;
  if (request.candidates || isUnplaced) {
    const { showCandidates } = await import('./candidates.js');
    await showCandidates(what, request.show === 'json', terminal);
    if (request.candidates) return;
    throw new UsageError(
      'where the statistics lie is recorded nowhere, and nothing is guessed: give --stats-offset or --entries as the program has them (above is what speaks for which), or --no-stats for the refill ring alone',
    );
  }
  const { ProcessSource } = await import('./processes.js');
  await watchSource(new ProcessSource(what), request, terminal, stop);
}

/** `zcrx watch`: the health of receivers, of processes or out of a recording. */
export async function watch(request: WatchRequest, terminal: Terminal): Promise<void> {
  const quit = new AbortController();
  const { signal, start, release } = stopSignal();
  const stop = {
    signal: AbortSignal.any([signal, quit.signal]),
    quit: () => quit.abort(),
    begin: () => start(request.seconds),
  };
  try {
    if ('replay' in request.what) {
      const { openReplay } = await import('./replay.js');
      await watchSource(openReplay(request.what.replay, stop.signal), request, terminal, stop);
      return;
    }
    await watchProcesses(request.what, request, terminal, stop);
  } finally {
    release();
  }
}
