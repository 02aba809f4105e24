import { processesNamed, QueueStats } from '../../../bridge/index.js';
import { oneLine } from '../../quote.js';
import type { ProcessRequest } from './request.js';
import { seldom } from './seldom.js';
import type { Changes, Departure, Source, Subject } from './source.js';
import { type KnownQueue, WatchedProcess } from './watched-process.js';

/** Milliseconds between two looks for processes of a name: it reads all of /proc. */
const NAMES_EVERY = 1000;

/** Instances of processes: of those given by number, and of all that have a name, now and later. */
export class ProcessSource implements Source {
  readonly title: string;
  readonly recorded = undefined;
  private readonly request: ProcessRequest;
  private readonly processes = new Map<string, WatchedProcess>();
  private readonly stats: QueueStats | undefined;
  private readonly queue: KnownQueue;
  /** Processes of a name that cannot be attached to, by number and start: they are told once. */
  private readonly refused = new Set<string>();
  private notes: string[] = [];
  private namesAt = Number.NEGATIVE_INFINITY;

  /** @throws BridgeError, SyscallError where a process that was given by number cannot be attached to */
  constructor(request: ProcessRequest) {
    const { pids, names, device } = request;
    this.request = request;
    this.stats = device && new QueueStats(device.name, device.queue);
    try {
      this.queue = this.lookAtQueue();
      for (const pid of pids) this.attach(pid);
      this.findNames();
    } catch (error) {
      this.close();
      throw error;
    }
    const all = [...this.processes.values()].map(({ label }) => label);
    const named = names.map((name) => `processes named ${oneLine(name)}`);
    this.title = (names.length > 0 ? [...all.slice(0, pids.length), ...named] : all).join(', ');
    if (all.length === 0) this.notes.push(`no process named ${names.map(oneLine).join(' or ')} yet: waiting`);
  }

  /** All processes that were given by number have ended; for a name, another may come. */
  get over(): boolean {
    return this.request.names.length === 0 && this.processes.size === 0;
  }

  look(): Changes {
    this.findNames();
    const appeared: Subject[] = [];
    const gone: Departure[] = [];
    for (const [key, process] of this.processes) {
      const changes = process.look(this.notes);
      appeared.push(...changes.appeared);
      gone.push(...changes.gone);
      const { ended } = process.attached;
      if (ended === undefined) continue;
      this.processes.delete(key);
      const { names } = this.request;
      const follow = names.length > 0 ? '' : '; to follow a service through restarts, give --name';
      this.notes.push(`${process.label}: ${ended}${follow}`);
    }
    const notes = this.notes;
    this.notes = [];
    return { appeared, gone, notes };
  }

  close(): void {
    for (const { attached } of this.processes.values()) attached.detach();
    this.processes.clear();
    this.stats?.close();
  }

  private attach(pid: number): void {
    const process = new WatchedProcess(pid, this.request, this.queue);
    this.processes.set(`${pid}:${process.attached.startTime}`, process);
  }

  private findNames(): void {
    const { names } = this.request;
    const now = performance.now();
    if (names.length === 0 || now - this.namesAt < NAMES_EVERY) return;
    this.namesAt = now;
    for (const { pid, startTime, command } of names.flatMap((name) => processesNamed(name))) {
      const key = `${pid}:${startTime}`;
      if (this.processes.has(key) || this.refused.has(key)) continue;
      try {
        this.attach(pid);
        this.notes.push(`process ${pid} (${oneLine(command)}): attached`);
      } catch (error) {
        this.refused.add(key);
        this.notes.push(`process ${pid} (${oneLine(command)}): ${(error as Error).message}`);
      }
    }
  }

  /** Says what is missing of the device's own account. @throws BridgeError, SyscallError for a queue that is not there */
  private lookAtQueue(): KnownQueue {
    const { device } = this.request;
    const { stats } = this;
    if (!device || !stats) return { rx_buf_len: undefined, rx_alloc_fail: () => undefined };
    const name = `${device.name}, queue ${device.queue}`;
    const { bound, rx_buf_len } = stats.provider();
    if (bound === false) this.notes.push(`${name}: no instance of zero-copy receive is bound to it now`);
    const { missing, rx_alloc_fail } = stats.read();
    if (rx_alloc_fail === undefined)
      this.notes.push(
        `${name}: buffers that the driver could not get are not known: ${missing ?? 'it does not count them'}`,
      );
    return { rx_buf_len, rx_alloc_fail: seldom(() => stats.read().rx_alloc_fail) };
  }
}
