import { EventEmitter, on } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import * as uapi from '../src/generated/constants.js';
import type { AbiRevision } from '../src/layout/revision.js';
import type { RegionPlan } from '../src/plan.js';
import { Arming } from './arming.js';
import { Buffers } from './buffers.js';
import { BridgeError } from './errors.js';
import { type EventType, eventOf } from './events.js';
import { type Opened, open } from './open.js';
import type { OpenOptions } from './options.js';
import type { Probe } from './probe.js';
import { type InterruptionReason, Receive, type ReceiveHost } from './receive.js';
import { statsSizeOf } from './register.js';
import type { RegisteredIfq } from './ring.js';
import type { Completion } from './rings.js';
import { receivable } from './socket.js';
import { rings } from './verdict/known-rings.js';

/** An event that the kernel reported. */
export interface Notification {
  /** `unknown` for a type that is newer than we are: see `res`. */
  readonly type: EventType | 'unknown';
  /** The type as the kernel writes it. */
  readonly res: number;
  readonly user_data: bigint;
  /** Milliseconds, as `performance.now()`. */
  readonly time: number;
}

/** The statistics of an instance at one moment. */
export interface Stats {
  /** Fragments that were copied. Zero does not prove zero copy: a packet's linear head is copied uncounted. */
  readonly copy_count: bigint;
  /** Bytes of these fragments. */
  readonly copy_bytes: bigint;
  /** Bytes that came in over all receives of this instance, however they came. */
  readonly received_bytes: bigint;
  /** Whether the two counters belong together: true, as this instance is the only one that writes them. */
  readonly consistent: boolean;
}

/** A receive that paused, or went on after a pause. */
export interface Interruption {
  readonly reason: InterruptionReason;
  readonly fd: number;
  /** `user_data` of the receive. */
  readonly id: bigint;
}

interface InstanceEvents {
  notification: [Notification];
  /** An event type was re-armed, by `rearm` or by itself. */
  rearmed: [EventType];
  /** A receive paused for want of room; it goes on by itself. */
  interrupted: [Interruption];
  resumed: [Interruption];
  /** Completions found the ring full; the kernel kept them and delivers them late. */
  overflow: [];
  close: [];
}

const instances = new Set<ZcrxInstance>();
const closeAll = () => {
  for (const instance of instances) instance.close();
};

/** Rounds of entering the kernel in one turn of the event loop, so that others get theirs. */
const ROUNDS = 16;

/**
 * A live instance of zero-copy receive, without a network device: its ring, refill ring, statistics and (by default) its
 * area lie in one WebAssembly memory that the kernel writes into.
 *
 * It belongs to the thread that opened it, never blocks its event loop, and does not keep the process alive, except while
 * a receive runs or after `ref()`.
 *
 * ```ts
 * const zcrx = ZcrxInstance.open({ rearm: true });
 * zcrx.on('notification', ({ type }) => console.log(type, zcrx.stats()));
 * createServer({ pauseOnConnect: true }, async (socket) => {
 *   for await (const chunk of zcrx.receive(socket)) hash.update(chunk.data);
 * }).listen(7000);
 * ```
 */
export class ZcrxInstance extends EventEmitter<InstanceEvents> {
  /** The instance's number at its ring. */
  readonly id: number;
  /** What the kernel and this process can do. */
  readonly probe: Probe;
  readonly revision: AbiRevision;
  /** The refill region. */
  readonly plan: RegionPlan;
  /** The structs of the registration as the kernel completed them. */
  readonly registration: RegisteredIfq;
  private readonly opened: Opened;
  private readonly arming: Arming;
  private readonly buffers: Buffers;
  private readonly receives = new Map<bigint, Receive>();
  private readonly paused = new Map<Receive, InterruptionReason>();
  private lastId = 0n;
  private receivedBytes = 0n;
  private keepsAlive = false;
  private isClosed = false;
  private resuming = false;

  /**
   * Opens an instance.
   * @throws BridgeError `bad-option`, `unsupported-kernel`, `unsupported-platform`, `koffi-missing`
   * @throws SyscallError with the cause as far as it can be told, as missing privilege
   */
  static open(options: OpenOptions = {}): ZcrxInstance {
    return new ZcrxInstance(options);
  }

  private constructor(options: OpenOptions) {
    super();
    this.opened = open(options, () => this.drain());
    const { probe, revision, plan, registration } = this.opened;
    this.id = registration.reg.zcrx_id;
    this.probe = probe;
    this.revision = revision;
    this.plan = plan;
    this.registration = registration;
    this.arming = new Arming(this.opened, (type) => this.tell('rearmed', type));
    this.buffers = new Buffers(this.opened, () => {
      if (this.paused.size > 0) this.resumeSoon();
    });
    if (instances.size === 0) process.on('exit', closeAll);
    instances.add(this);
  }

  get closed(): boolean {
    return this.isClosed;
  }

  private alive(): void {
    if (this.isClosed) throw new BridgeError('closed', 'the instance is closed');
  }

  /** Keeps the process alive as long as the instance is open. */
  ref(): void {
    this.keepsAlive = true;
    this.updateRef();
  }

  /** Undoes {@link ref}; a running receive still keeps the process alive. */
  unref(): void {
    this.keepsAlive = false;
    this.updateRef();
  }

  private updateRef(): void {
    if (this.isClosed) return;
    const { waker } = this.opened;
    if (this.keepsAlive || this.receives.size > 0) waker.ref();
    else waker.unref();
  }

  /**
   * The statistics now. Each counter is read in one load.
   * @throws BridgeError `closed`, or `bad-option` if the instance was opened without statistics
   */
  stats(): Stats {
    const at = this.statsAt();
    const { exports } = this.opened.memory;
    return {
      copy_count: exports.load_counter(at),
      copy_bytes: exports.load_counter(at + 8),
      received_bytes: this.receivedBytes,
      consistent: true,
    };
  }

  /** The statistics block as the kernel has it, copied; it may be longer than the counters that we know. */
  statsBytes(): Uint8Array<ArrayBuffer> {
    return this.opened.memory.bytes(this.statsAt(), statsSizeOf(this.plan) as number).slice();
  }

  private statsAt(): number {
    this.alive();
    if (this.plan.stats_offset === undefined)
      throw new BridgeError('bad-option', 'the instance was opened with stats: false');
    return this.opened.memory.region + this.plan.stats_offset;
  }

  /** Bytes received so far; works after `close` too. */
  get received_bytes(): bigint {
    return this.receivedBytes;
  }

  /**
   * Lets an event type that has fired fire again.
   * @throws SyscallError `EINVAL` with the reason, if it has not fired since it was armed
   */
  rearm(type: EventType): void {
    this.alive();
    this.arming.rearm(type);
  }

  /** Notifications as they come, until the signal aborts or the instance is closed. */
  async *notifications(options: { signal?: AbortSignal } = {}): AsyncGenerator<Notification> {
    const ended = new AbortController();
    const end = () => ended.abort();
    this.once('close', end);
    options.signal?.addEventListener('abort', end, { once: true });
    try {
      if (options.signal?.aborted || this.isClosed) return;
      for await (const [notification] of on(this, 'notification', { signal: ended.signal }))
        yield notification as Notification;
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    } finally {
      this.off('close', end);
      options.signal?.removeEventListener('abort', end);
    }
  }

  /**
   * Receives from a TCP socket to its end. The socket must not be read by Node: create its server with
   * `pauseOnConnect: true`. When the area has no free buffer the socket's data waits until chunks are released.
   * Closing the socket ends the receive.
   * @throws BridgeError `closed`, `bad-socket`
   */
  receive(socket: Socket | number): Receive {
    this.alive();
    const fd = receivable(socket);
    for (const other of this.receives.values()) {
      if (other.fd === fd && other.open)
        throw new BridgeError('bad-socket', 'the socket is received from already');
    }
    const receive = new Receive(
      ++this.lastId,
      fd,
      this.host,
      typeof socket === 'number' ? undefined : socket,
    );
    this.receives.set(receive.id, receive);
    this.host.submit(receive);
    this.updateRef();
    return receive;
  }

  /** The same as a Node stream of bytes. Each chunk is copied once, as a stream may hold several. */
  readable(socket: Socket | number): Readable {
    const receive = this.receive(socket);
    const copies = async function* () {
      for await (const chunk of receive) yield Buffer.from(chunk.data);
    };
    const stream = Readable.from(copies(), { objectMode: false });
    // a stream destroyed before it was ever read does not start the generator
    stream.once('close', () => void receive.return());
    return stream;
  }

  private readonly host: ReceiveHost = {
    chunkOf: (completion) => {
      this.receivedBytes += BigInt(completion.res);
      return this.buffers.chunkOf(completion);
    },
    submit: (receive) =>
      this.opened.rings.submit({
        opcode: uapi.IORING_OP_RECV_ZC,
        ioprio: uapi.IORING_RECV_MULTISHOT,
        fd: receive.fd,
        zcrx_ifq_idx: this.id,
        user_data: receive.id,
      }),
    cancel: ({ id }) => {
      if (this.isClosed) return;
      this.opened.rings.submit({ opcode: uapi.IORING_OP_ASYNC_CANCEL, fd: -1, addr: id, user_data: 0 });
    },
    interrupted: (receive, reason) => {
      this.paused.set(receive, reason);
      this.tell('interrupted', { reason, fd: receive.fd, id: receive.id });
      this.resumeSoon();
    },
    ended: (receive) => {
      this.receives.delete(receive.id);
      this.paused.delete(receive);
      this.updateRef();
    },
  };

  /** Goes on with receives that paused, once this turn's completions and releases are through. */
  private resumeSoon(): void {
    if (this.resuming) return;
    this.resuming = true;
    setImmediate(() => {
      this.resuming = false;
      if (this.isClosed) return;
      const returned = this.buffers.returnAll();
      for (const [receive, reason] of [...this.paused]) {
        if (reason === 'area-exhausted' && !returned && this.buffers.held > 0) continue;
        this.paused.delete(receive);
        this.tell('resumed', { reason, fd: receive.fd, id: receive.id });
        receive.resume();
      }
    });
  }

  /** Takes in everything that the kernel has for this ring. */
  private drain(): void {
    const { rings } = this.opened;
    let rounds = 0;
    do {
      if (this.isClosed) return;
      const overflowed = rings.overflowed;
      rings.enter();
      if (overflowed) this.tell('overflow');
      for (let rows = rings.harvest(); rows.length > 0; rows = rings.harvest()) {
        for (const row of rows) this.dispatch(row);
        if (this.isClosed) return;
      }
    } while (rings.kernelHolds && ++rounds < ROUNDS);
    if (rings.kernelHolds) setImmediate(() => this.drain());
  }

  private dispatch(completion: Completion): void {
    if (completion.user_data === this.opened.settings.userData) this.notified(completion);
    else this.receives.get(completion.user_data)?.complete(completion);
  }

  private notified({ res, user_data }: Completion): void {
    const type = eventOf(res, this.revision);
    this.tell('notification', { type: type ?? 'unknown', res, user_data, time: performance.now() });
    if (type) this.arming.notified(type);
  }

  /** Listeners run outside of the harvest: one that throws must not lose the completions behind it. */
  private tell<Name extends keyof InstanceEvents>(name: Name, ...args: InstanceEvents[Name]): void {
    process.nextTick(() =>
      (this.emit as (name: Name, ...args: InstanceEvents[Name]) => boolean).call(this, name, ...args),
    );
  }

  /** Ends all receives and gives everything back to the kernel; a second time does nothing. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    instances.delete(this);
    if (instances.size === 0) process.off('exit', closeAll);
    this.arming.close();
    const reason = new BridgeError('closed', 'the instance was closed while it received');
    for (const receive of [...this.receives.values()]) receive.finish(reason);
    this.receives.clear();
    this.paused.clear();
    this.opened.waker.close();
    rings.forget(this.opened.fd);
    closeSync(this.opened.fd);
    this.buffers.close();
    this.tell('close');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
