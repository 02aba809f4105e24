import type { InterruptionReason, Receive } from './receive.js';
import { type Stall, type StallSummary, Stalls } from './stalls.js';

/** What the instance does by itself when it runs out of room. What is left out is true. */
export interface RecoveryPolicy {
  /** Give the kernel at once what the program has released (ZCRX_CTRL_FLUSH_RQ). */
  readonly flush?: boolean;
  /** If nothing was released, give the kernel a spare area (ZCRX_CTRL_ADD_AREA, Linux 7.3); see `spareAreas`. */
  readonly addArea?: boolean;
  /** Let ALLOC_FAIL fire again once data comes again, so that the next stall is told too. */
  readonly rearm?: boolean;
  /** Submit receives again that ended for want of room, once there is some. */
  readonly resubmit?: boolean;
}

/** Longest pause between two attempts when nothing can be done for room. */
const LONGEST_RETRY_MS = 100;

/** What recovery asks of the instance. */
interface RecoveryHost {
  /** Gives released buffers to the kernel. */
  flush(): void;
  /** Buffers that the kernel got that way, ever. */
  flushed(): number;
  /** Gives the kernel a spare area; returns how many buffers it got by that, 0 without a spare one. */
  addArea(): number;
  /** Re-arms ALLOC_FAIL if it has fired; returns whether it had. */
  rearm(): boolean;
  /** Where things stand. */
  state(): Pick<Stall, 'received_bytes' | 'held' | 'buffers'>;
  /** Buffers at which receives go on that were held back for the consumer. */
  readonly lowWater: number;
  /** Other parties may hold buffers too, of which nothing is known here. */
  readonly shared: boolean;
  interrupted(receive: Receive, reason: InterruptionReason): void;
  resumed(receive: Receive, reason: InterruptionReason): void;
  stalled(stall: Stall): void;
  recovered(stall: Stall): void;
}

/** Receives that pause, what gets them going again, and the account of it. */
export class Recovery {
  private readonly policy: Required<RecoveryPolicy>;
  private readonly host: RecoveryHost;
  private readonly stalls = new Stalls();
  private readonly paused = new Map<Receive, InterruptionReason>();
  /** The kernel got buffers since the stall began: data that comes now has come by them. */
  private roomMade = false;
  /** Buffers flushed up to when it was last looked: what was before an exhaustion does not help it. */
  private flushedBefore = 0;
  private areaRefused = false;
  private scheduled = false;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(policy: Required<RecoveryPolicy>, host: RecoveryHost) {
    this.policy = policy;
    this.host = host;
  }

  get summary(): StallSummary {
    return this.stalls.summary;
  }

  /** ALLOC_FAIL fired. */
  allocFailed(): void {
    this.flushedBefore = this.host.flushed();
    this.begin('alloc-fail');
    this.relieveSoon();
  }

  /** A receive paused. */
  interrupted(receive: Receive, reason: InterruptionReason): void {
    this.paused.set(receive, reason);
    this.flushedBefore = this.host.flushed();
    this.host.interrupted(receive, reason);
    if (reason !== 'slow-consumer') this.begin(reason);
    // What was done so far did not help it.
    if (reason === 'area-exhausted') this.roomMade = false;
    this.relieveSoon();
  }

  private begin(reason: Parameters<Stalls['begin']>[0]): void {
    const stall = this.stalls.begin(reason, this.host.state());
    if (!stall) return;
    this.roomMade = false;
    // Told once this turn's measures are taken, so that they are in it.
    setImmediate(() => this.host.stalled(stall()));
  }

  /** The program released a buffer. */
  released(): void {
    // A device's driver takes it from the refill ring by itself.
    if (this.stalls.lasts) this.roomMade = true;
    if (this.paused.size > 0 || this.stalls.lasts) this.relieveSoon();
  }

  /** Data came. */
  progress(): void {
    if (this.roomMade && this.stalls.lasts) this.end('resumed');
  }

  /** A receive is over. `none`: no other is left. */
  ended(receive: Receive, none: boolean): void {
    this.paused.delete(receive);
    if (none) this.end('over');
  }

  private end(how: 'resumed' | 'over'): void {
    if (!this.stalls.lasts) return;
    if (this.policy.rearm && !this.closed && this.host.rearm()) this.stalls.act('rearm');
    const stall = this.stalls.end(how);
    if (stall) this.host.recovered(stall);
  }

  /** Acts once this turn's completions and releases are through. */
  private relieveSoon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (!this.closed) this.relieve();
    });
  }

  private relieve(): void {
    const returned = this.policy.flush ? this.flush() : 0;
    const added = returned === 0 && this.policy.addArea && this.lacksBuffers ? this.tryAddArea() : 0;
    if (!this.policy.resubmit) return;
    this.resume((reason) => this.mayGoOn(reason, returned + added));
    // What others give back is looked for elsewhere.
    if (this.host.state().held === 0 && !this.host.shared) this.tryAgain();
  }

  /**
   * With nothing left to be released, buffers can only come from elsewhere: from sockets that are closed, or from the
   * device's page pool. So it is tried from time to time.
   */
  private tryAgain(): void {
    const exhausted = [...this.paused].filter(([, reason]) => reason === 'area-exhausted');
    if (this.retry || exhausted.length === 0) return;
    const attempts = Math.max(...exhausted.map(([receive]) => receive.attempts));
    this.retry = setTimeout(
      () => {
        this.retry = undefined;
        this.resume((reason) => reason === 'area-exhausted');
      },
      Math.min(LONGEST_RETRY_MS, 2 ** Math.min(attempts, 10)),
    );
    this.retry.unref();
  }

  private get lacksBuffers(): boolean {
    const reasons = this.summary.current?.reasons ?? [];
    return !this.roomMade && reasons.some((reason) => reason !== 'completions-full');
  }

  private mayGoOn(reason: InterruptionReason, buffers: number): boolean {
    if (reason === 'area-exhausted') return buffers > 0;
    return reason === 'completions-full' || this.host.state().held <= this.host.lowWater;
  }

  /** Gives the kernel what was released. */
  flush(): number {
    this.host.flush();
    const buffers = this.host.flushed() - this.flushedBefore;
    this.flushedBefore += buffers;
    if (buffers > 0) this.madeRoom('flush', buffers);
    return buffers;
  }

  /** Gives the kernel a spare area. */
  addArea(): number {
    const buffers = this.host.addArea();
    if (buffers > 0) this.madeRoom('add-area', buffers);
    return buffers;
  }

  /** What the kernel refuses nobody can catch here: it is told in the stall, and not tried again. */
  private tryAddArea(): number {
    if (this.areaRefused) return 0;
    try {
      return this.addArea();
    } catch (error) {
      this.areaRefused = true;
      this.stalls.act('add-area', { buffers: 0, error: (error as Error).message });
      return 0;
    }
  }

  private madeRoom(action: 'flush' | 'add-area', buffers: number): void {
    this.roomMade = true;
    this.stalls.act(action, { buffers });
  }

  /** Submits paused receives again. */
  resume(which: (reason: InterruptionReason) => boolean = () => true): void {
    for (const [receive, reason] of [...this.paused]) {
      if (!which(reason)) continue;
      this.paused.delete(receive);
      this.roomMade = true;
      if (reason !== 'slow-consumer') this.stalls.act('resubmit', { fd: receive.fd });
      this.host.resumed(receive, reason);
      receive.resume();
    }
  }

  /** Another party may have given buffers back. */
  returnedElsewhere(): void {
    if (this.policy.flush) this.flush();
    if (this.policy.resubmit) this.resume((reason) => reason === 'area-exhausted');
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.paused.clear();
    this.end('over');
  }
}
