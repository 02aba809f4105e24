import { EventEmitter, on } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import * as uapi from '../src/generated/constants.js';
import type { zcrx_ctrl } from '../src/generated/structs.js';
import type { Fields } from '../src/layout/encode.js';
import type { AbiRevision } from '../src/layout/revision.js';
import type { RegionPlan } from '../src/plan.js';
import { type Area, linearArea, mappedArea } from './area.js';
import { Chunk } from './chunk.js';
import { adopt } from './descriptor.js';
import { explainRearm, explainRefusal } from './diagnose.js';
import { BridgeError, isSyscallError } from './errors.js';
import { type EventType, eventNumber, eventOf } from './events.js';
import { LinearMemory } from './linear.js';
import { type OpenOptions, type Settings, settingsOf } from './options.js';
import { type Probe, probe } from './probe.js';
import { type InterruptionReason, Receive, type ReceiveHost } from './receive.js';
import { checkKernel, planFor, registerExplained, revisionOf, structsFor } from './register.js';
import { ctrl, type RegisteredIfq, registerEventfd, setup } from './ring.js';
import { type Completion, Rings, SETUP_FLAGS } from './rings.js';
import { receivable } from './socket.js';
import { Waker } from './wait.js';

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

const open = new Set<ZcrxInstance>();
const closeAll = () => {
  for (const instance of open) instance.close();
};

/** Rounds of entering the kernel in one turn of the event loop, so that others get theirs. */
const ROUNDS = 16;
/** Submissions that the ring holds; the kernel wants no more of them than completions. */
const SQ_ENTRIES = 64;

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
  private readonly settings: Settings;
  private readonly fd: number;
  private readonly memory: LinearMemory;
  private readonly area: Area;
  private readonly rings: Rings;
  private readonly waker: Waker;
  private readonly receives = new Map<bigint, Receive>();
  private readonly paused = new Map<Receive, InterruptionReason>();
  private readonly fired = new Set<EventType>();
  private readonly rearmedAt = new Map<EventType, number>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Buffers for which the refill ring has no room yet: offset and length in turn. */
  private readonly unreturned: number[] = [];
  /** Chunks that are not released yet. */
  private held = 0;
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
    const found = probe();
    this.probe = found;
    this.settings = settingsOf(options, found.pageSize);
    checkKernel(this.settings, found);
    this.revision = revisionOf(found);
    this.plan = planFor(this.settings, found);
    const { areaSize, linear, cqEntries } = this.settings;
    const sqEntries = Math.min(SQ_ENTRIES, cqEntries);
    this.memory = new LinearMemory({
      sqEntries,
      cqEntries,
      region: this.plan.region_size,
      area: linear ? areaSize : 0,
    });
    const undo: (() => void)[] = [() => this.memory.discard()];
    try {
      this.area = linear ? linearArea(this.memory, areaSize) : mappedArea(areaSize);
      undo.push(() => this.area.close());
      const { fd, params } = this.setUpRing(sqEntries, cqEntries);
      this.fd = fd;
      undo.push(() => closeSync(fd));
      this.rings = new Rings(fd, this.memory, params);
      const structs = structsFor(
        this.settings,
        this.plan,
        this.memory.addressOf(this.memory.region),
        this.area.address,
      );
      const pinned = this.memory.pinned + (linear ? 0 : areaSize);
      this.registration = registerExplained(fd, structs, this.plan, found, pinned);
      const { offsets, rq_entries, zcrx_id } = this.registration.reg;
      this.id = zcrx_id;
      this.rings.attachRefill(offsets, rq_entries);
      this.waker = new Waker(() => this.drain());
      undo.push(() => this.waker.close());
      registerEventfd(fd, this.waker.fd);
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
    if (open.size === 0) process.on('exit', closeAll);
    open.add(this);
  }

  private setUpRing(sqEntries: number, cqEntries: number): ReturnType<typeof setup> {
    const { memory } = this;
    try {
      const made = setup(sqEntries, {
        cq_entries: cqEntries,
        flags: SETUP_FLAGS,
        sq_off: { user_addr: memory.addressOf(memory.sqes) },
        cq_off: { user_addr: memory.addressOf(memory.cq) },
      });
      return { ...made, fd: adopt(made.fd) };
    } catch (error) {
      throw isSyscallError(error) ? explainRefusal(error, this.probe.privileges) : error;
    }
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
    if (this.keepsAlive || this.receives.size > 0) this.waker.ref();
    else this.waker.unref();
  }

  /**
   * The statistics now. Each counter is read in one load.
   * @throws BridgeError `closed`, or `bad-option` if the instance was opened without statistics
   */
  stats(): Stats {
    const at = this.statsAt();
    const { exports } = this.memory;
    return {
      copy_count: exports.load_counter(at),
      copy_bytes: exports.load_counter(at + 8),
      received_bytes: this.receivedBytes,
      consistent: true,
    };
  }

  /** The statistics block as the kernel has it, copied; it may be longer than the counters that we know. */
  statsBytes(): Uint8Array<ArrayBuffer> {
    return this.memory.bytes(this.statsAt(), this.probe.event?.stats_size ?? 16).slice();
  }

  private statsAt(): number {
    this.alive();
    if (this.plan.stats_offset === undefined)
      throw new BridgeError('bad-option', 'the instance was opened with stats: false');
    return this.memory.region + this.plan.stats_offset;
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
    const number = eventNumber(type, this.revision);
    if (number < 0)
      throw new BridgeError('bad-option', `type is ${String(type)}, expected copy or alloc_fail`);
    const arm =
      this.revision === 'v1'
        ? { zc_arm_notif: { type_mask: number } }
        : { zc_arm_event: { event_type: number } };
    try {
      ctrl(this.fd, { zcrx_id: this.id, ...arm } as Fields<zcrx_ctrl>, this.revision);
    } catch (error) {
      if (!isSyscallError(error)) throw error;
      throw explainRearm(error, type, {
        asked: this.settings.events.includes(type),
        fired: this.fired.has(type),
        rearmed: this.rearmedAt.has(type),
      });
    }
    this.fired.delete(type);
    this.rearmedAt.set(type, performance.now());
    this.tell('rearmed', type);
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
    chunkOf: ({ off, res }) => {
      this.receivedBytes += BigInt(res);
      this.held++;
      return new Chunk(
        res,
        () => this.area.read(off, res),
        () => this.giveBack(off, res),
      );
    },
    submit: (receive) =>
      this.rings.submit({
        opcode: uapi.IORING_OP_RECV_ZC,
        ioprio: uapi.IORING_RECV_MULTISHOT,
        fd: receive.fd,
        zcrx_ifq_idx: this.id,
        user_data: receive.id,
      }),
    cancel: (receive) => {
      if (!this.isClosed)
        this.rings.submit({ opcode: uapi.IORING_OP_ASYNC_CANCEL, fd: -1, addr: receive.id, user_data: 0 });
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

  private giveBack(off: number, length: number): void {
    this.held--;
    if (this.isClosed) {
      this.discard();
      return;
    }
    this.unreturned.push(off, length);
    this.returnBuffers();
    if (this.paused.size > 0) this.resumeSoon();
  }

  /** Moves buffers into the refill ring. Without a device nobody reads it until it is flushed. */
  private returnBuffers(): void {
    const token = this.registration.area.rq_area_token;
    const limit = Math.max(1, Math.min(this.plan.rq_entries, this.area.length / this.probe.pageSize) >> 1);
    if (this.rings.pendingRefills >= limit) this.flush();
    let taken = 0;
    while (taken < this.unreturned.length) {
      if (!this.rings.refill(token, this.unreturned[taken] as number, this.unreturned[taken + 1] as number))
        break;
      taken += 2;
    }
    this.unreturned.splice(0, taken);
  }

  private flush(): void {
    ctrl(this.fd, { zcrx_id: this.id, zc_flush: {} });
  }

  /** Goes on with receives that paused, once this turn's completions and releases are through. */
  private resumeSoon(): void {
    if (this.resuming) return;
    this.resuming = true;
    setImmediate(() => {
      this.resuming = false;
      if (this.isClosed) return;
      this.returnBuffers();
      const returned = this.rings.pendingRefills > 0;
      if (returned) this.flush();
      for (const [receive, reason] of [...this.paused]) {
        if (reason === 'area-exhausted' && !returned && this.held > 0) continue;
        this.paused.delete(receive);
        this.tell('resumed', { reason, fd: receive.fd, id: receive.id });
        receive.resume();
      }
    });
  }

  /** Takes in everything that the kernel has for this ring. */
  private drain(): void {
    let rounds = 0;
    do {
      if (this.isClosed) return;
      const overflowed = this.rings.overflowed;
      this.rings.enter(0);
      if (overflowed) this.tell('overflow');
      for (let rows = this.rings.harvest(); rows.length > 0; rows = this.rings.harvest()) {
        for (const row of rows) this.dispatch(row);
        if (this.isClosed) return;
      }
    } while (this.rings.kernelHolds && ++rounds < ROUNDS);
    if (this.rings.kernelHolds) setImmediate(() => this.drain());
  }

  private dispatch(completion: Completion): void {
    if (completion.user_data === this.settings.userData) this.notified(completion);
    else this.receives.get(completion.user_data)?.complete(completion);
  }

  private notified({ res, user_data }: Completion): void {
    const type = eventOf(res, this.revision);
    if (type) this.fired.add(type);
    this.tell('notification', { type: type ?? 'unknown', res, user_data, time: performance.now() });
    if (type && this.settings.rearmIntervalMs !== undefined)
      this.rearmLater(type, this.settings.rearmIntervalMs);
  }

  private rearmLater(type: EventType, interval: number): void {
    const wait = Math.max(
      0,
      (this.rearmedAt.get(type) ?? Number.NEGATIVE_INFINITY) + interval - performance.now(),
    );
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (this.fired.has(type)) this.rearmIfFired(type);
    }, wait);
    timer.unref();
    this.timers.add(timer);
  }

  private rearmIfFired(type: EventType): void {
    try {
      this.rearm(type);
    } catch (error) {
      // It was re-armed by the program between the kernel's firing and our seeing it.
      if (!isSyscallError(error) || error.errno !== 'EINVAL') throw error;
      this.fired.delete(type);
    }
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
    open.delete(this);
    if (open.size === 0) process.off('exit', closeAll);
    for (const timer of this.timers) clearTimeout(timer);
    const reason = new BridgeError('closed', 'the instance was closed while it received');
    for (const receive of [...this.receives.values()]) receive.finish(reason);
    this.receives.clear();
    this.paused.clear();
    this.waker.close();
    closeSync(this.fd);
    this.area.close();
    this.discard();
    this.tell('close');
  }

  /** The memory of a closed instance is of use only as long as a chunk lies in it. */
  private discard(): void {
    if (this.held === 0) this.memory.discard();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
