import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { IORING_CQE_F_MORE } from '../src/generated/constants.js';
import type { Chunk } from './chunk.js';
import { BridgeError, errnoName, SyscallError } from './errors.js';
import type { Completion } from './rings.js';

/**
 * Why a receive paused: the area has no free buffer, the completion ring was full, or the program held so many chunks
 * that it was stopped for its consumer's sake (`highWaterMark`). The socket's data waits.
 */
export type InterruptionReason = 'area-exhausted' | 'completions-full' | 'slow-consumer';

/** The errno by which the kernel tells each reason. */
export const INTERRUPTIONS: Readonly<Record<InterruptionReason, number>> = {
  'area-exhausted': constants.errno.ENOMEM,
  'completions-full': constants.errno.ENOSPC,
  'slow-consumer': constants.errno.ECANCELED,
};

const reasonFor = (errno: number): InterruptionReason | undefined =>
  (Object.keys(INTERRUPTIONS) as InterruptionReason[]).find((reason) => INTERRUPTIONS[reason] === errno);

const EXPLANATIONS: { readonly [errno: string]: string } = {
  ENOTSOCK: 'the descriptor is no socket',
  EPROTONOSUPPORT: 'only TCP sockets can be received from',
};

/** What a receive asks of the instance that it belongs to. */
export interface ReceiveHost {
  chunkOf(completion: Completion): Chunk;
  /** Has the kernel take the request. */
  submit(receive: Receive): void;
  cancel(receive: Receive): void;
  /** Tells that the receive paused; the instance resumes it when there is room. */
  interrupted(receive: Receive, reason: InterruptionReason): void;
  ended(receive: Receive): void;
  /** Why a receive that ended for want of room, so often before any data came, is to be given up; undefined if not. */
  whyNotAgain(errno: number, attempts: number): string | undefined;
}

/**
 * Receives from one socket until its end (a multishot request): iterate over it once, chunk by chunk or by `batches()`.
 * Advancing releases what was given before, if it was neither released already nor kept (`chunk.keep()`).
 */
export class Receive implements AsyncIterableIterator<Chunk> {
  /** `user_data` of the request. */
  readonly id: bigint;
  readonly fd: number;
  private readonly host: ReceiveHost;
  private readonly ready: Chunk[] = [];
  /** Whoever waits for data, to be called when some came or the receive ended. */
  private waiting: (() => void) | undefined;
  private last: readonly Chunk[] = [];
  private end: 'running' | 'ended' | Error = 'running';
  private active = true;
  /** Stopped for the consumer's sake, or about to be. */
  private heldBack = false;
  private fruitless = 0;
  private readonly socket: Socket | undefined;
  /** Bytes received so far. */
  received = 0;

  constructor(id: bigint, fd: number, host: ReceiveHost, socket?: Socket) {
    this.id = id;
    this.fd = fd;
    this.host = host;
    this.socket = socket;
    socket?.once('close', this.socketClosed);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** How often in a row it ended for want of room before any data came. */
  get attempts(): number {
    return this.fruitless;
  }

  /** Whether more may come. */
  get open(): boolean {
    return this.end === 'running';
  }

  // The kernel's request holds the connection open, and the descriptor's number may soon be another's.
  private readonly socketClosed = (): void => {
    if (this.active && this.open) this.host.cancel(this);
    this.finish(new BridgeError('closed', 'the socket was closed while it was received from'));
  };

  /** Takes in a completion of this request. */
  complete(completion: Completion): void {
    this.active = (completion.flags & IORING_CQE_F_MORE) !== 0;
    if (completion.res > 0) this.deliver(this.host.chunkOf(completion));
    if (this.active) return;
    if (this.end !== 'running') this.host.ended(this);
    else if (completion.res > 0 && this.heldBack) this.host.interrupted(this, 'slow-consumer');
    else if (completion.res > 0) this.resume();
    else if (completion.res === 0) this.finish('ended');
    else this.failed(-completion.res);
  }

  /** The request ended with an errno: some only mean that there is no room now. */
  private failed(errno: number): void {
    const reason = reasonFor(errno);
    if (reason === undefined || (reason === 'slow-consumer' && !this.heldBack)) {
      this.fail(errno, EXPLANATIONS[errnoName(errno)]);
      return;
    }
    const givenUp = reason === 'slow-consumer' ? undefined : this.host.whyNotAgain(errno, ++this.fruitless);
    if (givenUp === undefined) this.host.interrupted(this, reason);
    else this.fail(errno, givenUp);
  }

  private fail(errno: number, explanation: string | undefined): void {
    this.finish(new SyscallError('receive (IORING_OP_RECV_ZC)', errno, explanation));
  }

  /** Stops the request for now; the socket's data waits, and its window closes. */
  holdBack(): void {
    if (this.heldBack || !this.active || this.end !== 'running') return;
    this.heldBack = true;
    this.host.cancel(this);
  }

  /** Submits the request again. */
  resume(): void {
    if (this.active || this.end !== 'running') return;
    this.active = true;
    this.heldBack = false;
    this.host.submit(this);
  }

  private deliver(chunk: Chunk): void {
    this.fruitless = 0;
    this.received += chunk.length;
    if (this.end !== 'running') {
      chunk.release();
      return;
    }
    this.ready.push(chunk);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }

  /** Ends the receive; what came before it is still delivered. */
  finish(end: 'ended' | Error): void {
    if (this.end !== 'running') return;
    this.end = end;
    this.socket?.off('close', this.socketClosed);
    if (!this.active) this.host.ended(this);
    this.wake();
  }

  next(): Promise<IteratorResult<Chunk>> {
    return this.take(
      () => [this.ready.shift() as Chunk],
      ([chunk]) => chunk as Chunk,
    );
  }

  /**
   * The same by batches: each is all that has come, at least one chunk. Cheaper where there are many small ones.
   */
  batches(): AsyncIterableIterator<readonly Chunk[]> {
    const batches: AsyncIterableIterator<readonly Chunk[]> = {
      next: () =>
        this.take(
          () => this.ready.splice(0),
          (chunks) => chunks,
        ),
      return: async () => {
        await this.return();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => batches,
    };
    return batches;
  }

  private take<Value>(
    some: () => Chunk[],
    as: (chunks: readonly Chunk[]) => Value,
  ): Promise<IteratorResult<Value>> {
    if (this.waiting)
      return Promise.reject(
        new BridgeError('bad-option', 'next() was called before the last call was answered'),
      );
    this.releaseLast();
    if (this.ready.length > 0) {
      this.last = some();
      return Promise.resolve({ done: false, value: as(this.last) });
    }
    if (this.end === 'ended') return Promise.resolve({ done: true, value: undefined });
    if (this.end !== 'running') return Promise.reject(this.end);
    return new Promise((resolve, reject) => {
      // Not at once: more of the same harvest may follow.
      this.waiting = () => queueMicrotask(() => this.take(some, as).then(resolve, reject));
    });
  }

  /** Stops receiving and releases what was not taken. */
  return(): Promise<IteratorResult<Chunk>> {
    this.releaseLast();
    for (const chunk of this.ready.splice(0)) chunk.release();
    if (this.active && this.end === 'running') this.host.cancel(this);
    this.finish('ended');
    return Promise.resolve({ done: true, value: undefined });
  }

  private releaseLast(): void {
    for (const chunk of this.last) if (!chunk.released && !chunk.kept) chunk.release();
    this.last = [];
  }
}
