import { basename } from 'node:path';
import { type RecordingFrame, snapshotOf } from '../../capture/index.js';
import { isEventType, noticesOf, registrationOf } from '../../capture/meaning.js';
import type { EventType, Snapshot } from '../../health/index.js';
import type { AbiRevision } from '../../layout/revision.js';
import { dateText } from '../../units.js';
import type { Changes, Departure, Identity, Source, Subject } from './source.js';

type Frame<Type extends RecordingFrame['type']> = Extract<RecordingFrame, { type: Type }>;

/** An instance of a recording: what was last said of it, and not yet asked for. */
class Recorded {
  readonly subject: Subject;
  /** By which its notifications are known from other completions. */
  readonly user_data: bigint | undefined;
  latest: Snapshot | undefined;
  readonly events: { type: EventType; time: bigint }[] = [];

  constructor(identity: Identity, user_data?: bigint) {
    this.user_data = user_data;
    this.subject = {
      ...identity,
      snapshot: () => {
        const { latest } = this;
        this.latest = undefined;
        return latest;
      },
      ...(identity.how === 'own' && { events: () => this.events.splice(0) }),
    };
  }
}

const NOTHING_KNOWN = { pid: 0, start_time: 0n, ring: 0, region_size: 0, stats_offset: undefined };

/** The instances of a recording, as they were. Its frames are given to `take`, each when its time has come. */
export class RecordedSource implements Source {
  readonly title: string;
  recorded = 'a recording';
  over = false;
  private revision: AbiRevision = 'event';
  private readonly instances = new Map<number, Recorded>();
  private appeared: Subject[] = [];
  private gone: Departure[] = [];
  private notes: string[] = [];
  private failure: { readonly error: unknown } | undefined;

  constructor(name: string) {
    this.title = `replay of ${basename(name)}`;
  }

  take(frame: RecordingFrame): void {
    switch (frame.type) {
      case 'start':
        this.revision = frame.revision;
        this.recorded = `recorded ${dateText(frame.wallClock)} on Linux ${frame.kernelRelease}`;
        return;
      case 'registered':
        this.registered(frame);
        return;
      case 'watched':
        this.watched(frame);
        return;
      case 'completions':
        this.completions(frame);
        return;
      case 'gone':
        this.leave(frame.instance, frame.reason);
        return;
    }
    const snapshot = snapshotOf(frame);
    const recorded = 'instance' in frame ? this.instances.get(frame.instance) : undefined;
    if (snapshot && recorded) recorded.latest = snapshot;
  }

  /** Nothing more will be given. @param problem why it ended before its end, if so */
  end(problem: string | undefined): void {
    if (problem !== undefined) this.notes.push(problem);
    this.over = true;
  }

  /** It cannot be read at all. */
  fail(error: unknown): void {
    this.failure = { error };
  }

  /** @throws what {@link fail} was given */
  look(): Changes {
    if (this.failure) throw this.failure.error;
    const changes = { appeared: this.appeared, gone: this.gone, notes: this.notes };
    this.appeared = [];
    this.gone = [];
    this.notes = [];
    return changes;
  }

  close(): void {
    this.over = true;
  }

  private registered(frame: Frame<'registered'>): void {
    const found = registrationOf(frame, this.revision);
    const identity: Identity = {
      ...NOTHING_KNOWN,
      process: 'zcrx',
      zcrx_id: found?.zcrx_id ?? frame.instance,
      how: 'own',
      rq_entries: found?.rq_entries,
      rx_buf_len: found?.rx_buf_len || undefined,
    };
    this.enter(frame.instance, new Recorded(identity, found?.user_data));
  }

  private watched(frame: Frame<'watched'>): void {
    const identity: Identity = {
      process: frame.command,
      pid: frame.pid,
      start_time: frame.startTime,
      ring: frame.fd,
      zcrx_id: frame.zcrxId,
      how: frame.how,
      region_size: frame.regionSize ?? 0,
      stats_offset: frame.statsOffset,
      rq_entries: frame.rqEntries,
      rx_buf_len: frame.rxBufLen,
    };
    this.enter(frame.instance, new Recorded(identity));
  }

  private enter(instance: number, recorded: Recorded): void {
    this.leave(instance, 'registered anew');
    this.instances.set(instance, recorded);
    this.appeared.push(recorded.subject);
  }

  private leave(instance: number, reason: string): void {
    const recorded = this.instances.get(instance);
    if (!recorded) return;
    this.instances.delete(instance);
    this.gone.push({ subject: recorded.subject, reason });
  }

  private completions(frame: Frame<'completions'>): void {
    const recorded = this.instances.get(frame.instance);
    if (!recorded) return;
    for (const { type } of noticesOf(frame, recorded.user_data, this.revision)) {
      if (isEventType(type)) recorded.events.push({ type, time: frame.time });
    }
  }
}
