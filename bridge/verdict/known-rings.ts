// What this thread did with rings through the bridge, so that a call on one of them can be judged later. Memory only: no
// system call but fstat, and that only where a descriptor is met anew.

import { fstatSync } from 'node:fs';

/** An instance itself, whichever rings have it. */
export class Box {
  /** Tells it from the others. */
  readonly number: number;
  /** How it was registered; undefined where that happened elsewhere. */
  readonly registered: { nodev: boolean; eventMask: number; entries: number } | undefined;
  areas = 1;
  /** Bit `1 << type` for each event that was seen to fire and was not armed again since. */
  firedMask = 0;
  /** It has a descriptor, by which others may use it. */
  isShared = false;
  /** By type: how often it was armed although it was not seen to fire. The completions that tell of it are to come. */
  private readonly unseen: number[] = [];

  constructor(number: number, registered?: Box['registered']) {
    this.number = number;
    this.registered = registered;
  }

  /** A completion told that an event has fired. */
  fired(type: number): void {
    const armedSince = this.unseen[type] ?? 0;
    if (armedSince > 0) this.unseen[type] = armedSince - 1;
    else this.firedMask |= 1 << type;
  }

  /** The kernel has armed an event: it had fired. */
  armed(type: number): void {
    if (this.firedMask & (1 << type)) this.firedMask &= ~(1 << type);
    else this.unseen[type] = (this.unseen[type] ?? 0) + 1;
  }
}

export interface KnownInstance {
  readonly box: Box;
  readonly isImported: boolean;
}

export interface KnownRing {
  /** Each ring has an inode of its own: it tells a descriptor's number from the same number used again. */
  readonly inode: number;
  /** IORING_SETUP_*; undefined where the ring was not set up here. */
  readonly flags: number | undefined;
  /** By the id that the ring knows them by. */
  readonly instances: Map<number, KnownInstance>;
}

function inodeOf(fd: number): number | undefined {
  try {
    return fstatSync(fd).ino;
  } catch {
    return undefined; // not open
  }
}

/** The rings of one thread. */
export class KnownRings {
  private readonly byFd = new Map<number, KnownRing>();
  /** By inode: each exported descriptor has one of its own, whatever number it is moved to. */
  private readonly exported = new Map<number, Box>();
  private boxes = 0;

  /** A ring was set up: whatever had its number before is gone. */
  setUp(fd: number, flags: number): void {
    this.remember(fd, flags);
  }

  private remember(fd: number, flags: number | undefined): KnownRing | undefined {
    this.byFd.delete(fd);
    const inode = inodeOf(fd);
    if (inode === undefined) return undefined;
    const made = { inode, flags, instances: new Map() };
    this.byFd.set(fd, made);
    return made;
  }

  /** The ring is closed, or something was done with it that could not be seen. */
  forget(fd: number): void {
    const ring = this.find(fd);
    for (const [number, each] of this.byFd) if (number === fd || each === ring) this.byFd.delete(number);
  }

  /** The ring behind a descriptor, by whatever number it was set up. */
  find(fd: number): KnownRing | undefined {
    const inode = inodeOf(fd);
    const known = this.byFd.get(fd);
    if (known?.inode === inode) return known;
    const moved = [...this.byFd.values()].find((ring) => ring.inode === inode);
    if (moved) this.byFd.set(fd, moved);
    return moved;
  }

  /** The instance that a descriptor stands for, if it was exported here. */
  exportedAs(fd: number): Box | undefined {
    const inode = inodeOf(fd);
    return inode === undefined ? undefined : this.exported.get(inode);
  }

  registered(fd: number, id: number, as: NonNullable<Box['registered']>): void {
    const box = new Box(this.boxes++, as);
    this.ring(fd)?.instances.set(id, { box, isImported: false });
  }

  imported(fd: number, id: number, from: number): void {
    const box = this.exportedAs(from) ?? new Box(this.boxes++);
    box.isShared = true;
    this.ring(fd)?.instances.set(id, { box, isImported: true });
  }

  exportedFrom(fd: number, id: number, as: number): void {
    const box = this.boxOf(fd, id);
    const inode = inodeOf(as);
    if (inode === undefined) return;
    this.exported.delete(inode);
    if (!box) return;
    box.isShared = true;
    this.exported.set(inode, box);
  }

  /** An event type was armed. Looks nothing up, so that arming stays cheap. */
  armed(fd: number, id: number, type: number): void {
    this.boxOf(fd, id)?.armed(type);
  }

  areaAdded(fd: number, id: number): void {
    const box = this.boxOf(fd, id);
    if (box) box.areas++;
  }

  /** A completion told that an event type has fired. */
  fired(fd: number, id: number, type: number): void {
    this.boxOf(fd, id)?.fired(type);
  }

  private boxOf(fd: number, id: number): Box | undefined {
    return this.byFd.get(fd)?.instances.get(id)?.box;
  }

  private ring(fd: number): KnownRing | undefined {
    return this.find(fd) ?? this.remember(fd, undefined);
  }
}

/** The rings of this thread. */
export const rings = new KnownRings();
