import { EventEmitter, on } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import * as uapi from '../src/generated/constants.js';
import type { AbiRevision } from '../src/layout/revision.js';
import type { RegionPlan } from '../src/plan.js';
import { Arming } from './arming.js';
import { Buffers } from './buffers.js';
import { BridgeError, isSyscallError } from './errors.js';
import { type EventType, eventOf } from './events.js';
import { addArea } from './growth.js';
import type { UnreleasedChunk } from './guard.js';
import { type Opened, open, type Role } from './open.js';
import { FIRST_FOREIGN_USER_DATA, type OpenOptions } from './options.js';
import type { Probe } from './probe.js';
import { Receive, type ReceiveHost } from './receive.js';
import { Recovery } from './recovery.js';
import type { RegisteredIfq } from './ring.js';
import type { Completion } from './rings.js';
import { SharedBuffers } from './share/buffers.js';
import { importShared } from './share/import.js';
import type { ImportOptions } from './share/options.js';
import { type Share, share } from './share/share.js';
import type { Ticket } from './share/ticket.js';
import { ReturnWatch } from './share/watch.js';
import { receivable } from './socket.js';
import type { StallSummary } from './stalls.js';
import type { StatsBlock } from './statistics.js';
import type { InstanceEvents, Notification, Stats } from './told.js';
import { rings } from './verdict/known-rings.js';
import { whyNotAgain } from './why-not-again.js';

const instances = new Set<ZcrxInstance>();
const closeAll = () => {
  for (const instance of instances) instance.close();
};

const FIRST_FOREIGN = Number(FIRST_FOREIGN_USER_DATA);

/** Rounds of entering the kernel in one turn of the event loop, so that others get theirs. */
const ROUNDS = 16;

/**
 * A live instance of zero-copy receive, on a queue of a network device or without one (then all data is copied): its ring,
 * refill ring, statistics and (by default) its area lie in one WebAssembly memory that the kernel writes into.
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
  /** Whether it was opened here, or imported. */
  readonly role: Role;
  /** The refill region. */
  readonly plan: RegionPlan;
  /** The structs of the registration as the kernel completed them; at an importer, of the creator's. */
  readonly registration: RegisteredIfq;
  private readonly opened: Opened;
  private readonly arming: Arming;
  private readonly buffers: Buffers;
  private readonly recovery: Recovery;
  private readonly watch: ReturnWatch | undefined;
  private readonly receives = new Map<number, Receive>();
  private lastId = 0;
  private receivedBytes = 0n;
  private keepsAlive = false;
  private isClosed = false;

  /**
   * Opens an instance.
   * @throws BridgeError `bad-option`, `unsupported-kernel`, `unsupported-platform`, `koffi-missing`; `device-not-ready`
   *   with all that is wrong with the device and how to mend it
   * @throws SyscallError with the cause as far as it can be told, as missing privilege
   */
  static open(options: OpenOptions = {}): ZcrxInstance {
    return new ZcrxInstance((wake) => open(options, wake));
  }

  /**
   * Receives by an instance that was opened in another thread or process, or in this one, and shared there: from the same
   * queue of the same device, into the same area, with a ring of its own. Needs CAP_NET_ADMIN, as opening does.
   *
   * The descriptors are taken out of the process that the ticket names, which needs the right to trace it; or they came by
   * another way, and are given as `box` and `area`.
   *
   * The importer gets no notifications, since the kernel tells the creator's ring alone; it can re-arm events, and its
   * statistics are those of all. It can go on when the creator is gone: docs/sharing.md says what becomes of what.
   *
   * ```ts
   * const share = ZcrxInstance.open({ area: 'shared' }).share();
   * const child = fork('receiver.js', { stdio: ['inherit', 'inherit', 'inherit', 'ipc', share.box, share.area] });
   * child.send(share.ticket);
   * // in receiver.js
   * process.on('message', (ticket) => ZcrxInstance.import(ticket, { box: 4, area: 5 }).receive(socket));
   * ```
   *
   * @param ticket as {@link share} gave it; it may have been JSON in between
   * @throws BridgeError `bad-option` naming the field of the ticket, or the option, its value and what was expected;
   *   `unsupported-kernel`
   * @throws SyscallError with the cause, as `EPERM`, `ESRCH` or `EBADF` where the descriptors cannot be had
   */
  static import(ticket: Ticket, options: ImportOptions = {}): ZcrxInstance {
    return new ZcrxInstance((wake) => importShared(ticket, options, wake));
  }

  private constructor(make: (wake: () => void) => Opened) {
    super();
    this.opened = make(() => this.drain());
    const { probe, revision, plan, registration, settings, id, role, shared } = this.opened;
    this.id = id;
    this.role = role;
    this.probe = probe;
    this.revision = revision;
    this.plan = plan;
    this.registration = registration;
    this.arming = new Arming(this.opened, (type) => this.tell('rearmed', type));
    const buffersHost = {
      released: () => this.recovery.released(),
      forgotten: (chunk: UnreleasedChunk) => this.tell('unreleased', chunk),
    };
    this.buffers = shared
      ? new SharedBuffers(this.opened, shared.region, buffersHost)
      : new Buffers(this.opened, buffersHost);
    this.watch = shared && new ReturnWatch(shared.region, () => this.recovery.returnedElsewhere());
    this.recovery = new Recovery(settings.recovery, {
      lowWater: settings.highWaterMark / 2,
      shared: shared !== undefined,
      flush: () => this.buffers.flush(),
      flushed: () => this.buffers.flushed,
      addArea: () => this.growArea(),
      rearm: () => this.arming.rearmFired('alloc_fail'),
      state: () => ({
        received_bytes: this.receivedBytes,
        held: this.buffers.held,
        buffers: this.buffers.total,
      }),
      interrupted: ({ fd, id }, reason) => this.tell('interrupted', { reason, fd, id }),
      resumed: ({ fd, id }, reason) => this.tell('resumed', { reason, fd, id }),
      stalled: (stall) => this.tell('stalled', stall),
      recovered: (stall) => this.tell('recovered', stall),
    });
    if (instances.size === 0) process.on('exit', closeAll);
    instances.add(this);
  }

  private growArea(): number {
    const { payload, shared } = this.opened;
    const buffers = addArea(this.opened);
    if (shared && buffers > 0) shared.region.areas = payload.areas;
    return buffers;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Whether the ring is open with which the instance was registered. Without it no event is told any more, and no area can
   * be added; all else goes on.
   * @throws BridgeError `closed`
   */
  get has_creator(): boolean {
    this.alive();
    return this.opened.shared?.hasCreator ?? true;
  }

  /**
   * Lets others import the instance (ZCRX_CTRL_EXPORT), which has to be opened with `area: 'shared'`. An importer can share
   * on. From now on the statistics are `consistent: false`.
   * @returns a ticket and descriptors, to be closed once they are not needed any more: they keep the instance, and with it
   *   the device's queue
   * @throws BridgeError `closed`, `bad-option`; SyscallError
   */
  share(): Share {
    this.alive();
    return share(this.opened);
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
    const block = this.statsBlock();
    return {
      copy_count: block.load(0),
      copy_bytes: block.load(1),
      received_bytes: this.receivedBytes,
      consistent: block.exclusive,
    };
  }

  /** The statistics block as the kernel has it, copied; it may be longer than the counters that we know. */
  statsBytes(): Uint8Array<ArrayBuffer> {
    return this.statsBlock().bytes();
  }

  private statsBlock(): StatsBlock {
    this.alive();
    const { stats } = this.opened;
    if (!stats) throw new BridgeError('bad-option', 'the instance was opened with stats: false');
    return stats;
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

  /** Chunks that the program, or a receive in its name, holds unreleased. */
  get held(): number {
    return this.buffers.held;
  }

  /** Buffers of all areas. */
  get buffer_count(): number {
    return this.buffers.total;
  }

  /** How often and how long receiving stood still for want of room. */
  get stalls(): StallSummary {
    return this.recovery.summary;
  }

  /**
   * Gives the kernel at once what was released (ZCRX_CTRL_FLUSH_RQ).
   * @returns how many buffers it got
   * @throws BridgeError `closed`
   */
  flush(): number {
    this.alive();
    return this.recovery.flush();
  }

  /**
   * Gives the kernel another area, of those set aside by `spareAreas` (ZCRX_CTRL_ADD_AREA, Linux 7.3). Of a shared instance
   * only the creator can.
   * @returns how many buffers it got by that; 0 if no spare area is left
   * @throws BridgeError `closed`; SyscallError
   */
  addArea(): number {
    this.alive();
    return this.recovery.addArea();
  }

  /**
   * Submits all receives again that paused. Without a `recovery` policy they pause until this is called.
   * @throws BridgeError `closed`
   */
  resume(): void {
    this.alive();
    this.recovery.resume();
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
   * `pauseOnConnect: true`. When too many chunks are held, or no buffer is free, the socket's data waits until chunks are
   * released.
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
      BigInt(++this.lastId),
      fd,
      this.host,
      typeof socket === 'number' ? undefined : socket,
    );
    this.receives.set(this.lastId, receive);
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
    whyNotAgain: (errno, attempts) => whyNotAgain(this.opened, errno, attempts),
    chunkOf: (completion) => {
      this.receivedBytes += BigInt(completion.res);
      this.recovery.progress();
      return this.buffers.lend(completion);
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
      this.recovery.interrupted(receive, reason);
      if (reason === 'area-exhausted') this.watch?.start();
    },
    ended: (receive) => {
      this.receives.delete(Number(receive.id));
      if (this.receives.size === 0) this.watch?.stop();
      this.recovery.ended(receive, this.receives.size === 0);
      this.updateRef();
    },
  };

  /** Takes in everything that the kernel has for this ring. */
  private drain(): void {
    const { rings } = this.opened;
    let rounds = 0;
    do {
      if (this.isClosed) return;
      const overflowed = rings.overflowed;
      this.buffers.putBack();
      rings.enter();
      if (overflowed) this.tell('overflow');
      for (let rows = rings.harvest(); rows.length > 0; rows = rings.harvest()) {
        for (const row of rows) this.dispatch(row);
        if (this.isClosed) return;
      }
      this.relieveConsumer();
    } while (rings.kernelHolds && ++rounds < ROUNDS);
    if (rings.kernelHolds) setImmediate(() => this.drain());
  }

  /** Holds receives back while more chunks are held than is good. */
  private relieveConsumer(): void {
    if (this.buffers.held < this.opened.settings.highWaterMark) return;
    for (const receive of this.receives.values()) receive.holdBack();
  }

  private dispatch(completion: Completion): void {
    const receive = this.receives.get(completion.request);
    if (receive) receive.complete(completion);
    else if (completion.request >= FIRST_FOREIGN) this.notified(completion);
  }

  private notified({ res }: Completion): void {
    const type = eventOf(res, this.revision);
    const { userData: user_data } = this.opened.settings;
    this.tell('notification', { type: type ?? 'unknown', res, user_data, time: performance.now() });
    if (!type) return;
    this.arming.notified(type);
    if (type === 'alloc_fail') this.recovery.allocFailed();
  }

  /** Listeners run outside of the harvest: one that throws must not lose the completions behind it. */
  private tell<Name extends keyof InstanceEvents>(name: Name, ...args: InstanceEvents[Name]): void {
    process.nextTick(() =>
      (this.emit as (name: Name, ...args: InstanceEvents[Name]) => boolean).call(this, name, ...args),
    );
  }

  /**
   * Others go on with a shared instance: what this ring has is given back while it is there, also what it has received and
   * was not taken in yet.
   */
  private giveBackAll(shared: SharedBuffers): void {
    const { rings } = this.opened;
    try {
      for (const { id } of this.receives.values()) {
        rings.submit({ opcode: uapi.IORING_OP_ASYNC_CANCEL, fd: -1, addr: id, user_data: 0 });
      }
      for (let round = 0; round < ROUNDS && (this.receives.size > 0 || rings.kernelHolds); round++) {
        rings.enter();
        for (let rows = rings.harvest(); rows.length > 0; rows = rings.harvest()) {
          for (const row of rows) this.receives.get(row.request)?.complete(row);
        }
      }
      shared.surrender();
    } catch (error) {
      // Then they are lost to the others; that this one closes comes first.
      if (!isSyscallError(error)) throw error;
    }
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
    this.watch?.stop();
    if (this.buffers instanceof SharedBuffers) this.giveBackAll(this.buffers);
    this.receives.clear();
    this.recovery.close();
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
