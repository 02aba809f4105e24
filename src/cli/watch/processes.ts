import {
  type AttachedInstance,
  AttachedProcess,
  processesNamed,
  QueueStats,
  waitingBytes,
} from '../../../bridge/index.js';
import type { Snapshot } from '../../health/index.js';
import { oneLine } from '../../quote.js';
import type { ProcessRequest } from './request.js';
import type { Changes, Departure, Source, Subject } from './source.js';

/** Milliseconds between two looks for processes of a name: it reads all of /proc. */
const NAMES_EVERY = 1000;
/** Milliseconds between two looks for new rings. */
const RESCAN_EVERY = 1000;
/** Milliseconds between two looks into what costs more than memory: tables of sockets, counters of the driver. */
const COSTLY_EVERY = 1000;

/** Calls at most every so often, and gives what it last had in between. What fails counts as not known. */
function seldom<Value>(read: () => Value | undefined): () => Value | undefined {
  let value: Value | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - readAt < COSTLY_EVERY) return value;
    readAt = now;
    try {
      value = read();
    } catch {
      value = undefined;
    }
    return value;
  };
}

const labelOf = ({ pid, command }: AttachedProcess): string => `process ${pid} (${oneLine(command)})`;

/** What is known of the queue that the instances are on. */
interface KnownQueue {
  readonly rx_buf_len: number | undefined;
  rx_alloc_fail(): bigint | undefined;
}

/** One attached process, with the instances that were asked for. */
class WatchedProcess {
  readonly attached: AttachedProcess;
  private readonly request: ProcessRequest;
  private readonly subjects = new Map<AttachedInstance, Subject>();
  private readonly waiting: () => bigint | undefined;
  private readonly queue: KnownQueue;
  private scannedAt = Number.NEGATIVE_INFINITY;

  constructor(pid: number, request: ProcessRequest, queue: KnownQueue) {
    const { ring, read, address, id, statsOffsets, entries, placement } = request;
    const place = {
      stats_offset: statsOffsets.of(ring ?? -1, id ?? 0),
      entries: entries.of(ring ?? -1, id ?? 0),
      placement,
    };
    this.request = request;
    this.queue = queue;
    this.attached = AttachedProcess.attach(pid, {
      read,
      ...(ring !== undefined && { fds: [ring] }),
      ...(address !== undefined && { regions: [{ address, fd: ring, zcrx_id: id, ...place }] }),
    });
    this.waiting = seldom(() => waitingBytes(pid)?.bytes);
  }

  get label(): string {
    return labelOf(this.attached);
  }

  /** Instances that came or went; each second, and at once when one is known to be gone. */
  look(notes: string[]): { appeared: Subject[]; gone: Departure[] } {
    const { attached } = this;
    attached.check();
    const now = performance.now();
    const isQuiet = [...this.subjects.keys()].every(({ gone }) => gone === undefined);
    if (isQuiet && attached.ended === undefined && now - this.scannedAt < RESCAN_EVERY)
      return { appeared: [], gone: [] };
    this.scannedAt = now;
    let changes: { appeared: readonly AttachedInstance[]; gone: readonly AttachedInstance[] };
    try {
      changes = attached.rescan();
    } catch (error) {
      notes.push(`${this.label}: ${(error as Error).message}`);
      changes = { appeared: [], gone: [] };
    }
    const gone = changes.gone.flatMap((instance) => this.leave(instance));
    const appeared = changes.appeared.flatMap((instance) => this.enter(instance, notes));
    return { appeared, gone };
  }

  private enter(instance: AttachedInstance, notes: string[]): Subject[] {
    const { id, stats, address } = this.request;
    const isOther = id !== undefined && instance.zcrx_id !== id;
    if (isOther || (address !== undefined && instance.address === undefined)) {
      instance.detach();
      return [];
    }
    if (instance.gone !== undefined) return [];
    if (stats && address === undefined) this.locate(instance, notes);
    const subject = this.subjectOf(instance);
    this.subjects.set(instance, subject);
    return [subject];
  }

  private locate(instance: AttachedInstance, notes: string[]): void {
    const { statsOffsets, entries, placement } = this.request;
    const { fd, zcrx_id } = instance;
    const where = `${this.label}, ring ${fd}, instance ${zcrx_id}`;
    try {
      instance.locate({
        stats_offset: statsOffsets.of(fd, zcrx_id),
        entries: entries.of(fd, zcrx_id),
        placement,
      });
      if (instance.unlocated !== undefined)
        notes.push(`${where}: its statistics are not read: ${instance.unlocated}`);
    } catch (error) {
      notes.push(`${where}: its statistics are not read: ${(error as Error).message}`);
    }
  }

  private leave(instance: AttachedInstance): Departure[] {
    const subject = this.subjects.get(instance);
    this.subjects.delete(instance);
    return subject ? [{ subject, reason: instance.gone ?? 'gone' }] : [];
  }

  private subjectOf(instance: AttachedInstance): Subject {
    const { attached, request, waiting, queue } = this;
    const { sockets } = request;
    return {
      process: attached.command,
      pid: attached.pid,
      start_time: attached.startTime,
      ring: instance.fd,
      zcrx_id: instance.zcrx_id,
      how: instance.how,
      region_size: instance.region_size,
      stats_offset: instance.stats_offset,
      rq_entries: instance.rq_entries,
      rx_buf_len: queue.rx_buf_len,
      statistics: instance.frame === undefined ? undefined : String(instance.frame),
      snapshot(): Snapshot {
        const seen = instance.snapshot();
        // what it did last is still to be had
        if (instance.gone !== undefined) return instance.last ?? seen;
        const waiting_bytes = sockets ? waiting() : undefined;
        const rx_alloc_fail = queue.rx_alloc_fail();
        return {
          ...seen,
          ...(waiting_bytes !== undefined && { waiting_bytes }),
          ...(rx_alloc_fail !== undefined && { rx_alloc_fail }),
        };
      },
    };
  }
}

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
