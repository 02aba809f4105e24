import {
  type RecordingFrame,
  type RegisteredFrame,
  type StartFrame,
  snapshotOf,
  type WatchedFrame,
} from '../capture/index.js';
import { controlOf, isEventType, noticesOf, type Registration, registrationOf } from '../capture/meaning.js';
import type { AbiRevision } from '../layout/revision.js';
import { InstanceModel, type Rows } from './instance.js';
import type { FileReport, Identity, Origin, Report } from './report.js';

/** Buckets over all instances, and the most and fewest of one. */
const BUCKETS = 65_536;
const MOST_BUCKETS = 4096;
const FEWEST_BUCKETS = 64;
/** Instances that a report has room for. */
const MOST_INSTANCES = 1024;
/** Files may be many, and each may say something else: what is kept of it is bounded. */
const MOST_ORIGINS = 20;
const MOST_REMARKS = 20;

/** What goes under a number of the recorder's. */
interface Bound {
  /** Undefined where there was no room for it. */
  readonly model: InstanceModel | undefined;
  /** By which its notifications are known from other completions. */
  readonly user_data: bigint | undefined;
}

const NOBODY: Bound = { model: undefined, user_data: undefined };

/**
 * Builds a report from the frames of a recording as they come, in memory that does not grow with them. Times are those
 * that `readCapture` gives, over all files of the recording.
 *
 * @example
 * const model = new ReportModel();
 * for await (const item of readCapture('run.zcrx')) {
 *   if (item.type === 'result') console.log(reportText(model.finish(item.files)));
 *   else if (item.type === 'break') model.break(item.reason);
 *   else model.take(item);
 * }
 */
export class ReportModel {
  private readonly rows: Rows | undefined;
  private readonly models: InstanceModel[] = [];
  private bound = new Map<number, Bound>();
  /** Instances of other processes by who they are: they go on where a file is missing. */
  private readonly watchedBy = new Map<string, InstanceModel>();
  private readonly origins: Origin[] = [];
  private readonly remarks: string[] = [];
  private wallClock: bigint | undefined;
  private revision: AbiRevision = 'event';
  private time = 0n;
  private frames = 0;
  private reason: string | undefined;
  private omitted = 0;

  /** @param rows where buckets go as they are full; then the report itself has none */
  constructor(rows?: Rows) {
    this.rows = rows;
  }

  /** The number of an instance in the report, from 0. */
  indexOf(instance: InstanceModel): number {
    return this.models.indexOf(instance);
  }

  /** How far the recording was read: frames, and nanoseconds since its start. */
  get progress(): { readonly frames: number; readonly time: number } {
    return { frames: this.frames, time: Number(this.time) };
  }

  /** The next frame. */
  take(frame: RecordingFrame): void {
    this.frames++;
    this.time = frame.time;
    const time = Number(frame.time);
    switch (frame.type) {
      case 'start':
        this.start(frame);
        break;
      case 'registered':
        this.registered(frame, time);
        break;
      case 'watched':
        this.watched(frame, time);
        break;
      case 'stats':
      case 'sample': {
        const snapshot = snapshotOf(frame);
        if (snapshot) this.boundTo(frame.instance, time).model?.sample(snapshot, time);
        break;
      }
      case 'completions': {
        const { model, user_data } = this.boundTo(frame.instance, time);
        for (const { type, text } of noticesOf(frame, user_data, this.revision)) {
          if (isEventType(type)) model?.notification(type, time, frame.time);
          else model?.event(type, time, text);
        }
        break;
      }
      case 'control': {
        const { type, text } = controlOf(frame, this.revision);
        this.boundTo(frame.instance, time).model?.event(type, time, text);
        break;
      }
      case 'state':
        this.boundTo(frame.instance, time).model?.judged(frame.state, frame.reason, time);
        break;
      case 'gone':
        this.bound.get(frame.instance)?.model?.end(time, frame.reason);
        this.bound.delete(frame.instance);
        break;
      case 'end':
        this.reason = frame.reason;
    }
  }

  /** Between what came and what comes something may be missing, or another recording begins. */
  break(reason: string): void {
    this.remark(reason);
    for (const { model } of this.bound.values()) model?.pause();
    this.bound = new Map();
    this.reason = undefined;
  }

  /** The report; nothing may follow. @param files how reading each file ended */
  finish(files: readonly FileReport[]): Report {
    return {
      wallClock: this.wallClock ?? 0n,
      to: Number(this.time),
      origins: this.origins,
      files,
      reason: this.reason,
      instances: this.models.map((model) => model.report()),
      omitted: this.omitted,
      remarks: this.remarks,
    };
  }

  private remark(text: string): void {
    if (this.remarks.length < MOST_REMARKS) this.remarks.push(text);
  }

  private start({ toolVersion, kernelRelease, architecture, revision, wallClock, note }: StartFrame): void {
    this.revision = revision;
    this.wallClock ??= wallClock;
    if (this.origins.length < MOST_ORIGINS)
      this.origins.push({ tool: toolVersion, kernel: kernelRelease, architecture, revision, note });
  }

  private registered(frame: RegisteredFrame, time: number): void {
    const registration = registrationOf(frame, this.revision);
    const user_data = registration?.user_data;
    const model = this.add(ownIdentity(frame.instance, registration), time, user_data !== undefined);
    this.bind(frame.instance, { model, user_data });
  }

  private watched(frame: WatchedFrame, time: number): void {
    const { instance, pid, startTime, fd, zcrxId, how } = frame;
    const before = this.bound.get(instance);
    // Of our own instances the registration says more, and that it is watched does not end it.
    if (how === 'own' && before?.model?.identity.how === 'own') {
      before.model.identity = { ...before.model.identity, ...watchedIdentity(frame) };
      return;
    }
    const key = [pid, startTime, fd, zcrxId, how].join(' ');
    const known = this.watchedBy.get(key);
    const model =
      known !== undefined && !known.hasEnded ? known : this.add(watchedIdentity(frame), time, false);
    if (model) this.watchedBy.set(key, model);
    this.bind(instance, { model, user_data: undefined });
  }

  /** Numbers come from the file: where there is no room for more instances, they need not be remembered either. */
  private bind(number: number, bound: Bound): void {
    if (bound.model) this.bound.set(number, bound);
    else this.bound.delete(number);
  }

  /** What goes under a number; one that nothing was said of stands for an instance of which nothing is known. */
  private boundTo(number: number, time: number): Bound {
    const found = this.bound.get(number);
    if (found) return found;
    if (this.models.length >= MOST_INSTANCES) return NOBODY;
    const bound = { model: this.add({ number, how: 'unknown' }, time, false), user_data: undefined };
    this.bind(number, bound);
    return bound;
  }

  private add(identity: Identity, time: number, eventsKnown: boolean): InstanceModel | undefined {
    if (this.models.length >= MOST_INSTANCES) {
      this.omitted++;
      return undefined;
    }
    const limit = bucketsFor(this.models.length + 1);
    if (limit !== bucketsFor(this.models.length)) for (const model of this.models) model.limit = limit;
    const model = new InstanceModel(identity, time, eventsKnown, limit, this.rows);
    this.models.push(model);
    return model;
  }
}

/** The most buckets of one of so many instances. */
function bucketsFor(instances: number): number {
  const share = 2 ** Math.floor(Math.log2(BUCKETS / Math.max(1, instances)));
  return Math.max(FEWEST_BUCKETS, Math.min(MOST_BUCKETS, share));
}

function ownIdentity(number: number, registration: Registration | undefined): Identity {
  if (!registration) return { number, how: 'own' };
  const { user_data: _, area_size, ...known } = registration;
  return { number, how: 'own', ...known, ...(area_size !== undefined && { area_size }) };
}

function watchedIdentity(frame: WatchedFrame): Identity {
  const { instance, pid, command, fd, zcrxId, how, regionSize, statsOffset, rqEntries, rxBufLen, note } =
    frame;
  return {
    number: instance,
    how,
    zcrx_id: zcrxId,
    pid,
    command,
    fd,
    ...(regionSize !== undefined && { region_size: regionSize }),
    ...(statsOffset !== undefined && { stats_offset: statsOffset }),
    ...(rqEntries !== undefined && { rq_entries: rqEntries }),
    ...(rxBufLen !== undefined && { rx_buf_len: rxBufLen }),
    ...(note !== '' && { note }),
  };
}
