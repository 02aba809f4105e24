import { fstatSync } from 'node:fs';
import { BridgeError, isSyscallError } from '../errors.js';
import { libc } from '../libc.js';
import type { RegionAccess } from './access.js';
import { AddressSpace } from './address-space.js';
import { type AttachedHost, AttachedInstance } from './instance.js';
import { type KernelLayout, kernelLayout } from './kernel.js';
import { planFor, type RegionExtent, type StatsPlace } from './locate.js';
import { MappedRegion } from './mapped.js';
import {
  type AddressedRegion,
  type AttachOptions,
  type CheckedOptions,
  checkAttachOptions,
} from './options.js';
import { ProcessHandle } from './pidfd.js';
import { identityOf, inodeOf, type ProcessIdentity, type RingMapping, ringMappings } from './proc.js';
import { explained, mayNot, noSuchProcess } from './refusal.js';
import { regionSizeOf } from './region-size.js';
import { RemoteRegion, readableSize } from './remote.js';
import { findRings, type RingFile } from './rings.js';

/** A ring's refill regions lie at these offsets (IORING_MAP_OFF_ZCRX_REGION, IORING_OFF_ZCRX_SHIFT of io_uring/memmap.h). */
const REGIONS_FROM = 0x3000_0000n;
const REGIONS_END = 0x3800_0000n;
const REGION_SHIFT = 16n;
const REGION_STEP = 1n << REGION_SHIFT;

const offsetOf = (zcrx_id: number): bigint => REGIONS_FROM + BigInt(zcrx_id) * REGION_STEP;

/** The kernel gives the lowest free number; those whose regions lie in the process's own memory show nothing. */
const IDS_AHEAD = 8;

/** What came and went since it was last asked. */
export interface Changes {
  readonly appeared: readonly AttachedInstance[];
  readonly gone: readonly AttachedInstance[];
}

/** Why an instance is gone that nobody took away. */
const DETACHED = 'detached';
const ENDED = 'the process has ended';

const keyOf = (inode: bigint, zcrx_id: number): string => `${inode}:${zcrx_id}`;

/** undefined for other memory of a ring. */
function idOf({ offset }: RingMapping): number | undefined {
  if (offset < REGIONS_FROM || offset >= REGIONS_END) return undefined;
  const behind = offset - REGIONS_FROM;
  return behind % REGION_STEP === 0n ? Number(behind >> REGION_SHIFT) : undefined;
}

/**
 * Another process, whose instances of zero-copy receive are looked at from outside. It is not stopped, not written to and
 * not told; docs/watching.md says what attaching needs, and what it holds.
 *
 * ```ts
 * using attached = AttachedProcess.attach(4711, { entries: 1024 });
 * for (const instance of attached.instances) console.log(instance.fd, instance.snapshot());
 * ```
 */
export class AttachedProcess implements AttachedHost, Disposable {
  readonly pid: number;
  /** In clock ticks since boot: with the number it tells the process from any other, ever. */
  readonly startTime: bigint;
  private readonly options: CheckedOptions;
  private readonly kernel: KernelLayout;
  private readonly handle: ProcessHandle;
  private readonly known = new Map<string, AttachedInstance>();
  /** Of instances that were detached one by one: they are not attached to again. */
  private readonly declined = new Set<string>();
  /** A ring may have moved to another descriptor. */
  private readonly descriptors = new Map<bigint, number>();
  private appeared: AttachedInstance[] = [];
  private departed: AttachedInstance[] = [];
  private readonly timer: NodeJS.Timeout | undefined;
  private checked = 0n;
  private name: string;
  private why: string | undefined;

  private constructor(handle: ProcessHandle, identity: ProcessIdentity, options: CheckedOptions) {
    this.pid = handle.pid;
    this.startTime = identity.startTime;
    this.name = identity.command;
    this.handle = handle;
    this.options = options;
    this.kernel = kernelLayout();
    if (options.checkMs > 0) this.timer = setInterval(() => this.check(), options.checkMs).unref();
  }

  /**
   * Attaches to all instances of a process whose regions the kernel allocated, and to those whose address is given. A
   * process without any is watched too: `rescan` finds what it opens later.
   * @throws BridgeError `no-such-process`, also for one that has ended and was not waited for; `bad-option`;
   *   `unsupported-platform`, `koffi-missing`
   * @throws SyscallError `EPERM`, `EACCES` with the remedy
   */
  static attach(pid: number, options: AttachOptions = {}): AttachedProcess {
    const checked = checkAttachOptions(pid, options, libc().pageSize);
    const handle = new ProcessHandle(pid);
    let attached: AttachedProcess | undefined;
    try {
      const identity = identityOf(pid);
      // Asked last: what was read above is then this very process's.
      if (identity === undefined || handle.ended) {
        throw noSuchProcess(pid, 'it has ended, and only its parent has not asked for its status yet');
      }
      attached = new AttachedProcess(handle, identity, checked);
      attached.search();
      checked.regions.forEach((region, i) => void attached?.attachRegion(region, i));
      return attached;
    } catch (error) {
      attached?.detach();
      handle.close();
      throw error;
    }
  }

  /** The name of its program, at most 15 bytes; as it was at the last {@link rescan}. */
  get command(): string {
    return this.name;
  }

  /** Those that are there, by descriptor and number. */
  get instances(): readonly AttachedInstance[] {
    return [...this.known.values()].sort((a, b) => a.fd - b.fd || a.zcrx_id - b.zcrx_id);
  }

  /** The rings that it has open, with and without instances. @throws SyscallError */
  get rings(): readonly RingFile[] {
    return this.why === undefined ? findRings(this.pid) : [];
  }

  /** Why there will be no more instances of it; undefined while there may be. */
  get ended(): string | undefined {
    return this.why;
  }

  /**
   * Looks whether the process, and each ring that is watched, is still there, and lets go of what is not: about 7 µs a
   * ring. Done every `checkMs` by itself. Never throws.
   */
  check(): void {
    if (this.why !== undefined) return;
    this.checked = process.hrtime.bigint();
    if (this.handle.ended) {
      this.end(ENDED);
      return;
    }
    const inodes = new Set([...this.known.values()].map(({ inode }) => inode));
    for (const inode of inodes) {
      const fd = this.descriptors.get(inode);
      if (fd === undefined) {
        // What the process has by registration alone can be asked about only by reading it.
        for (const instance of this.instances) if (instance.inode === inode) instance.snapshot();
        continue;
      }
      const lost = this.whyLost(inode, fd);
      if (lost === undefined) continue;
      if (this.handle.ended) {
        this.end(ENDED);
        return;
      }
      for (const instance of [...this.known.values()])
        if (instance.inode === inode) this.lose(instance, lost);
      this.descriptors.delete(inode);
    }
  }

  private whyLost(inode: bigint, fd: number): string | undefined {
    try {
      const found = inodeOf(this.pid, fd);
      if (found === inode) return undefined;
      const moved = findRings(this.pid).find((ring) => ring.inode === inode);
      if (moved) {
        this.descriptors.set(inode, moved.fd);
        return undefined;
      }
      // It closes its rings a moment before it has ended.
      if (identityOf(this.pid)?.ending) return ENDED;
      return found === undefined
        ? 'the process has closed the ring'
        : `the process has closed the ring, and its descriptor ${fd} is something else now`;
    } catch {
      return mayNot('see the descriptors of', this.pid);
    }
  }

  /** @internal */
  glance(now: bigint): void {
    const { checkMs } = this.options;
    if (checkMs > 0 && now - this.checked > BigInt(checkMs) * 1_000_000n) this.check();
  }

  private lose(instance: AttachedInstance, why: string): void {
    instance.leave(why);
    this.forget(instance);
  }

  private forget(instance: AttachedInstance): void {
    for (const [key, each] of this.known) if (each === instance) this.known.delete(key);
    this.departed.push(instance);
  }

  /** @internal */
  left(instance: AttachedInstance): void {
    if (instance.gone === DETACHED) this.declined.add(keyOf(instance.inode, instance.zcrx_id));
    this.forget(instance);
  }

  /**
   * Looks for instances that are new, and tells what came and went since it was last called; the first time, all that there
   * are have appeared. Costs some 0.1 to 1 ms: once a second is often.
   * @throws SyscallError, as `EPERM` where the process has changed its user; what was found before is told next time
   */
  rescan(): Changes {
    this.check();
    if (this.why === undefined) this.search();
    const changes = { appeared: this.appeared, gone: this.departed };
    this.appeared = [];
    this.departed = [];
    return changes;
  }

  private search(): void {
    const { read, fds } = this.options;
    this.name = identityOf(this.pid)?.command ?? this.name;
    const all = findRings(this.pid);
    const rings = all.filter(({ fd }) => fds?.has(fd) ?? true);
    const mappings = ringMappings(this.pid);
    for (const ring of rings) {
      if (read === 'mapped') this.mapRegions(ring, mappings);
      else this.readRegions(ring, mappings);
    }
    // A ring without a descriptor can be read all the same.
    const named = new Set(all.map(({ inode }) => inode));
    const unnamed = new Set(mappings.map(({ inode }) => inode).filter((inode) => !named.has(inode)));
    if (fds === undefined) {
      for (const inode of unnamed) this.readRegions({ pid: this.pid, fd: -1, inode }, mappings);
    }
  }

  private isNew(ring: RingFile, zcrx_id: number): boolean {
    const key = keyOf(ring.inode, zcrx_id);
    return !this.known.has(key) && !this.declined.has(key);
  }

  private highestId({ inode }: RingFile): number {
    return Math.max(
      -1,
      ...[...this.known.values()].map((each) => (each.inode === inode ? each.zcrx_id : -1)),
    );
  }

  private mapRegions(ring: RingFile, mappings: readonly RingMapping[]): void {
    this.handle.withDescriptor(ring.fd, (own) => {
      // It may have been closed and another opened since it was found.
      if (fstatSync(own, { bigint: true }).ino !== ring.inode) return;
      for (let id = 0; id <= this.highestId(ring) + IDS_AHEAD; id++) {
        if (!this.isNew(ring, id)) continue;
        const offset = offsetOf(id);
        const mapped = mappings.find((each) => each.inode === ring.inode && each.offset === offset);
        const size = regionSizeOf(own, offset, mapped && Number(mapped.end - mapped.start));
        if (size === undefined) continue;
        this.add(ring, id, new MappedRegion(own, offset, size, this.kernel), { size, exact: true });
      }
    });
  }

  private readRegions(ring: RingFile, mappings: readonly RingMapping[]): void {
    for (const mapping of mappings) {
      const id = idOf(mapping);
      if (mapping.inode !== ring.inode || id === undefined || !this.isNew(ring, id)) continue;
      const address = mapping.start;
      const size = this.readable(address, Number(mapping.end - address));
      if (size === 0) continue; // unmapped since
      const access = this.remote(address, size, ring.inode);
      this.add(ring, id, access, { size, exact: true });
    }
  }

  private remote(address: bigint, size: number, inode?: bigint): RemoteRegion {
    return new RemoteRegion(this.handle, new AddressSpace(this.pid), { address, size, inode }, this.kernel);
  }

  /** Bytes of the process that can be read from there. @throws SyscallError with the remedy */
  private readable(address: bigint, most: number): number {
    try {
      return readableSize(this.pid, address, most, this.kernel.pageSize);
    } catch (error) {
      if (isSyscallError(error) && error.errno === 'ESRCH') return 0;
      throw explained(error, 'read the memory of', this.pid);
    }
  }

  private add(
    ring: RingFile,
    zcrx_id: number,
    access: RegionAccess,
    extent: RegionExtent,
    more: { address?: bigint; place?: StatsPlace } = {},
  ): void {
    const { address, place = this.options.place } = more;
    const reached = { ring, zcrx_id, access, extent, address };
    const instance = new AttachedInstance(this, reached, this.kernel, place);
    this.known.set(keyOf(ring.inode, zcrx_id), instance);
    if (ring.fd >= 0 && !this.descriptors.has(ring.inode)) this.descriptors.set(ring.inode, ring.fd);
    this.appeared.push(instance);
  }

  private attachRegion(region: AddressedRegion, i: number): void {
    const bad = (what: string) => new BridgeError('bad-option', `regions[${i}].${what}`);
    const ring = this.ringOf(region, bad);
    const { address } = region;
    const shown = `0x${address.toString(16)}`;
    const extent = this.extentOf(region, () =>
      bad(`address is ${shown}, where process ${this.pid} has nothing mapped`),
    );
    const there = this.readable(address, extent.size);
    if (there < extent.size) {
      throw bad(
        `address is ${shown}, from where process ${this.pid} has ${there} of ${extent.size} bytes mapped`,
      );
    }
    const zcrx_id = region.zcrx_id ?? this.freeId(ring);
    if (!this.isNew(ring, zcrx_id)) {
      throw bad(`zcrx_id is ${zcrx_id}, expected none that ring ${ring.fd} already has`);
    }
    const { stats_offset, entries, placement } = region;
    const own = { stats_offset, entries, placement };
    const isSaid = Object.values(own).some((value) => value !== undefined);
    const place = isSaid ? own : this.options.place;
    this.add(ring, zcrx_id, this.remote(address, extent.size), extent, { address, place });
  }

  private ringOf({ fd }: AddressedRegion, bad: (what: string) => BridgeError): RingFile {
    const rings = findRings(this.pid);
    const list = rings.length > 0 ? rings.map((ring) => ring.fd).join(', ') : 'none';
    const [only] = fd === undefined ? rings : rings.filter((ring) => ring.fd === fd);
    if (only && (fd !== undefined || rings.length === 1)) return only;
    throw bad(
      `fd is ${fd ?? 'missing'}, expected that of the ring that the region belongs to: the rings of process ${this.pid} are ${list}`,
    );
  }

  private extentOf(region: AddressedRegion, nothingThere: () => BridgeError): RegionExtent {
    const { address, size, entries = this.options.place.entries } = region;
    const placement = region.placement ?? this.options.place.placement;
    if (size !== undefined) return { size, exact: true };
    if (entries !== undefined && placement !== undefined) {
      return { size: planFor(entries, placement, this.kernel).region_size, exact: true };
    }
    const space = new AddressSpace(this.pid);
    try {
      const stretch = space.at(address);
      if (!stretch) throw nothingThere();
      // No region that the planner makes is larger; what follows it may be anything.
      const most = planFor(32_768, 'own-page', this.kernel).region_size;
      return { size: Math.min(Number(stretch.end - address), most), exact: false };
    } finally {
      space.close();
    }
  }

  private freeId(ring: RingFile): number {
    for (let id = 0; ; id++) if (this.isNew(ring, id)) return id;
  }

  private end(why: string): void {
    if (this.why !== undefined) return;
    this.why = why;
    clearInterval(this.timer);
    for (const instance of [...this.known.values()]) this.lose(instance, why);
    this.handle.close();
  }

  /** Lets go of everything, at once; a second time does nothing. */
  detach(): void {
    this.end(DETACHED);
  }

  [Symbol.dispose](): void {
    this.detach();
  }
}
