import type { Counters, Snapshot } from '../../src/health/snapshot.js';
import { BridgeError, isBridgeError } from '../errors.js';
import { type RegionAccess, RegionLost } from './access.js';
import { type Candidate, countersNow, type Seen, weighCandidates } from './candidates.js';
import type { KernelLayout } from './kernel.js';
import { locate, type RegionExtent, type StatsPlace } from './locate.js';
import type { RingFile } from './rings.js';

/** What an instance needs of the process that it belongs to. */
export interface AttachedHost {
  /** Looks whether the ring is still there, unless that was done lately. */
  glance(now: bigint): void;
  /** It is gone, and has told so itself. */
  left(instance: AttachedInstance): void;
}

/** How an instance of another process is reached. */
export interface Reached {
  readonly ring: RingFile;
  readonly zcrx_id: number;
  readonly access: RegionAccess;
  readonly extent: RegionExtent;
  /** In the process's own memory, where the user said. */
  readonly address: bigint | undefined;
}

/**
 * An instance of zero-copy receive in another process: its refill ring's head and tail, and its statistics where their
 * place is known. Made by {@link AttachedProcess}.
 */
export class AttachedInstance {
  readonly pid: number;
  /** The ring's, in the process; -1 where the process has it by registration alone. */
  readonly fd: number;
  /** The ring's inode: another ring has another one, whatever its descriptor's number. */
  readonly inode: bigint;
  /** The instance's number at its ring; a mere label where its region was given by address. */
  readonly zcrx_id: number;
  /** `mapped` keeps the ring from being freed until {@link detach}; `remote` holds nothing. */
  readonly how: 'mapped' | 'remote';
  /** Where the region lies in the process's own memory, where that was given. */
  readonly address: bigint | undefined;
  /** Bytes of the refill region. */
  readonly region_size: number;
  /** Whether it ends there: of a region given by address nobody knows, unless its size was given. */
  readonly region_size_is_exact: boolean;
  /**
   * The number of the page frame where the region begins: instances with the same one are one and the same, imported by
   * several rings, and their statistics are not to be summed. undefined where this process may not know (CAP_SYS_ADMIN).
   */
  readonly frame: bigint | undefined;
  private readonly host: AttachedHost;
  private readonly access: RegionAccess;
  private readonly kernel: KernelLayout;
  private place: { stats_offset?: number; rq_entries?: number; unlocated?: string } = {};
  /** What was at the places where the statistics may lie, when they were not known at first. */
  private earlier: Map<number, Counters> = new Map();
  private why: string | undefined;
  private latest: Snapshot | undefined;

  /** @internal */
  constructor(host: AttachedHost, reached: Reached, kernel: KernelLayout, place: StatsPlace) {
    const { ring, zcrx_id, access, extent, address } = reached;
    this.host = host;
    this.access = access;
    this.kernel = kernel;
    this.pid = ring.pid;
    this.fd = ring.fd;
    this.inode = ring.inode;
    this.zcrx_id = zcrx_id;
    this.how = access.how;
    this.address = address;
    this.region_size = extent.size;
    this.region_size_is_exact = extent.exact;
    this.frame = access.frame();
    this.settle(place);
  }

  /** What was said of all instances need not fit this one. */
  private settle(place: StatsPlace): void {
    try {
      this.locate(place);
    } catch (error) {
      if (!isBridgeError(error)) throw error;
      this.place = { unlocated: error.message };
      this.rememberCounters();
    }
  }

  /** Where the statistics lie in the region; undefined while that is not known. */
  get stats_offset(): number | undefined {
    return this.place.stats_offset;
  }

  /** Entries of the refill ring, a power of two; undefined while that is not known. */
  get rq_entries(): number | undefined {
    return this.place.rq_entries;
  }

  /** Why the statistics are not read; undefined if they are. */
  get unlocated(): string | undefined {
    return this.place.unlocated;
  }

  /** Why there is nothing to see any more; undefined while there is. */
  get gone(): string | undefined {
    return this.why;
  }

  /** The last snapshot that showed something. */
  get last(): Snapshot | undefined {
    return this.latest;
  }

  /**
   * Says where the statistics lie.
   * @throws BridgeError `bad-option` naming the field, where they cannot lie there; nothing is changed then
   */
  locate(place: StatsPlace): void {
    const { region_size: size, region_size_is_exact: exact } = this;
    this.place = locate(place, { size, exact }, this.kernel);
    if (this.place.unlocated !== undefined && this.why === undefined) this.rememberCounters();
  }

  private rememberCounters(): void {
    const bytes = this.looking(() => this.access.bytes());
    if (bytes) this.earlier = countersNow(this.seenIn(bytes), this.kernel);
  }

  /** What can be seen now, in some microseconds; nothing but the time once it is {@link gone}. Never throws. */
  snapshot(): Snapshot {
    const time = process.hrtime.bigint();
    if (this.why === undefined) this.host.glance(time);
    if (this.why !== undefined) return { time };
    const look = this.looking(() => this.access.look(this.stats_offset));
    if (look === undefined) return { time };
    this.latest = { time, ...look };
    return this.latest;
  }

  /**
   * A copy of the region.
   * @throws BridgeError `closed` once it is gone
   */
  bytes(): Uint8Array<ArrayBuffer> {
    this.host.glance(process.hrtime.bigint());
    const bytes = this.why === undefined ? this.looking(() => this.access.bytes()) : undefined;
    if (bytes === undefined) throw new BridgeError('closed', `the instance is gone: ${this.why}`);
    return bytes;
  }

  /**
   * The layouts that the planner makes and this region has room for, with what speaks for and against each, the likeliest
   * first. None is chosen. Where the statistics were not known at first, later calls know more: they compare.
   * @throws BridgeError `closed` once it is gone
   */
  candidates(): Candidate[] {
    return weighCandidates(this.seenIn(this.bytes()), this.earlier, this.kernel);
  }

  private seenIn(bytes: Uint8Array<ArrayBuffer>): Seen {
    const { region_size: size, region_size_is_exact: exact, address } = this;
    return { bytes, size, exact, zeroed: address === undefined };
  }

  /** undefined where the region turned out to be lost. */
  private looking<Result>(look: () => Result): Result | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof RegionLost)) throw error;
      this.leave(error.message);
      this.host.left(this);
      return undefined;
    }
  }

  /** Takes a last look, if it can, and lets go. @internal */
  leave(why: string): void {
    if (this.why !== undefined) return;
    this.why = why;
    if (this.how === 'mapped') {
      // What the process did last is still there.
      this.latest = { time: process.hrtime.bigint(), ...this.access.look(this.stats_offset) };
    }
    this.access.close();
  }

  /** Lets go of the ring, at once. */
  detach(): void {
    if (this.why !== undefined) return;
    this.leave('detached');
    this.host.left(this);
  }
}
