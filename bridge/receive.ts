import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { IORING_CQE_F_MORE } from '../src/generated/constants.js';
import type { Chunk } from './chunk.js';
import { BridgeError, errnoName, SyscallError } from './errors.js';
import type { Completion } from './rings.js';

/** Why a receive paused: the area has no free buffer, or the completion ring was full. The socket's data waits. */
export type InterruptionReason = 'area-exhausted' | 'completions-full';

/** The errno by which the kernel tells each reason. */
export const INTERRUPTIONS: Readonly<Record<InterruptionReason, number>> = {
  'area-exhausted': constants.errno.ENOMEM,
  'completions-full': constants.errno.ENOSPC,
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
  submit(receive: Receive): void;
  cancel(receive: Receive): void;
  /** Tells that the receive paused; the instance submits it again when there is room. */
  interrupted(receive: Receive, reason: InterruptionReason): void;
  ended(receive: Receive): void;
}

/** Resumptions in a row that may fail without any data before the area counts as too small. */
const PATIENCE = 64;

/**
 * Receives from one socket until its end: iterate over it once. Advancing releases the chunk before, if it was not
 * released already.
 */
export class Receive implements AsyncIterableIterator<Chunk> {
  /** `user_data` of the request. */
  readonly id: bigint;
  readonly fd: number;
  private readonly host: ReceiveHost;
  private readonly ready: Chunk[] = [];
  private waiting:
    | { resolve: (result: IteratorResult<Chunk>) => void; reject: (error: Error) => void }
    | undefined;
  private last: Chunk | undefined;
  private end: 'running' | 'ended' | Error = 'running';
  private active = true;
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
    else if (completion.res > 0) this.resume();
    else if (completion.res === 0) this.finish('ended');
    else this.failed(-completion.res);
  }

  /** The request ended with an errno: some only mean that there is no room now. */
  private failed(errno: number): void {
    const reason = reasonFor(errno);
    if (reason !== undefined && ++this.fruitless <= PATIENCE) {
      this.host.interrupted(this, reason);
      return;
    }
    const explanation = reason
      ? `no data came in ${PATIENCE} attempts: the area or the completion ring is too small`
      : EXPLANATIONS[errnoName(errno)];
    this.finish(new SyscallError('receive (IORING_OP_RECV_ZC)', errno, explanation));
  }

  /** Submits the request again. */
  resume(): void {
    if (this.active || this.end !== 'running') return;
    this.active = true;
    this.host.submit(this);
  }

  private deliver(chunk: Chunk): void {
    this.fruitless = 0;
    this.received += chunk.length;
    if (this.end !== 'running') {
      chunk.release();
      return;
    }
    const { waiting } = this;
    if (!waiting) {
      this.ready.push(chunk);
      return;
    }
    this.waiting = undefined;
    this.last = chunk;
    waiting.resolve({ done: false, value: chunk });
  }

  /** Ends the receive; what came before it is still delivered. */
  finish(end: 'ended' | Error): void {
    if (this.end !== 'running') return;
    this.end = end;
    this.socket?.off('close', this.socketClosed);
    if (!this.active) this.host.ended(this);
    const { waiting } = this;
    this.waiting = undefined;
    if (!waiting) return;
    if (end === 'ended') waiting.resolve({ done: true, value: undefined });
    else waiting.reject(end);
  }

  next(): Promise<IteratorResult<Chunk>> {
    if (this.waiting)
      return Promise.reject(
        new BridgeError('bad-option', 'next() was called before the last call was answered'),
      );
    this.releaseLast();
    const chunk = this.ready.shift();
    if (chunk) {
      this.last = chunk;
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.end === 'ended') return Promise.resolve({ done: true, value: undefined });
    if (this.end !== 'running') return Promise.reject(this.end);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
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
    if (this.last && !this.last.released) this.last.release();
    this.last = undefined;
  }
}
