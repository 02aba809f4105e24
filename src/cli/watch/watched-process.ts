import { type AttachedInstance, AttachedProcess, waitingBytes } from '../../../bridge/index.js';
import type { Snapshot } from '../../health/index.js';
import { oneLine } from '../../quote.js';
import type { ProcessRequest } from './request.js';
import { seldom } from './seldom.js';
import type { Departure, Subject } from './source.js';

/** Milliseconds between two looks for new rings. */
const RESCAN_EVERY = 1000;

const labelOf = ({ pid, command }: AttachedProcess): string => `process ${pid} (${oneLine(command)})`;

/** What is known of the queue that the instances are on. */
export interface KnownQueue {
  readonly rx_buf_len: number | undefined;
  rx_alloc_fail(): bigint | undefined;
}

/** One attached process, with the instances that were asked for. */
export class WatchedProcess {
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
