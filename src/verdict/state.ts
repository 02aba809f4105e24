import { box, box_flags, instance, kernel_call } from '../generated/interface.js';
import type { Instance } from './call.js';
import { Machine } from './machine.js';
import { orElse, readFlag, readList, readNumber, readObject, readU32, refuse } from './read.js';

/** A ring that is there, but is none of the caller's. */
const ELSEWHERE = 0xffff;
/** Largest number of a ring of the caller's. */
export const LAST_RING = ELSEWHERE - 1;

/** The state at one time. */
interface Saved {
  readonly boxes: Uint8Array;
  readonly instances: Uint8Array;
  readonly serials: readonly number[];
  readonly nextSerial: number;
  readonly exported: ReadonlyMap<number, number>;
}

/** The instances of all rings, in a machine's memory, and the numbers by which the caller knows them. */
export class State {
  /** Descriptors of exports, with the numbers of their instances. */
  readonly exported = new Map<number, number>();
  /** By place among the boxes: the instance's number. */
  private serials: number[] = [];
  /** Places of instances that only the files of the call at hand tell of. */
  private readonly madeUp = new Set<number>();
  private nextSerial = 0;
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** A new call. */
  begin(): void {
    this.madeUp.clear();
  }

  /** Forgets everything. */
  clear(): void {
    this.machine.set(kernel_call.box_count, 0);
    this.machine.set(kernel_call.instance_count, 0);
    this.serials = [];
    this.nextSerial = 0;
    this.exported.clear();
  }

  /** What there is, to come back to it. */
  save(): Saved {
    const { machine, serials, nextSerial, exported } = this;
    const rows = (at: number, count: number, size: number) => machine.bytes.slice(at, at + count * size);
    return {
      boxes: rows(machine.boxes, machine.get(kernel_call.box_count), box.SIZE),
      instances: rows(machine.instances, machine.get(kernel_call.instance_count), instance.SIZE),
      serials: [...serials],
      nextSerial,
      exported: new Map(exported),
    };
  }

  restore({ boxes, instances, serials, nextSerial, exported }: Saved): void {
    const { machine } = this;
    machine.bytes.set(boxes, machine.boxes);
    machine.bytes.set(instances, machine.instances);
    machine.set(kernel_call.box_count, boxes.length / box.SIZE);
    machine.set(kernel_call.instance_count, instances.length / instance.SIZE);
    this.serials = [...serials];
    this.nextSerial = nextSerial;
    this.exported.clear();
    for (const [fd, serial] of exported) this.exported.set(fd, serial);
  }

  /** The instances as the caller gives them. @throws LayoutError */
  load(given: readonly Instance[] | undefined): void {
    this.clear();
    if (given === undefined) return;
    const instances = readList('instances', given);
    if (instances.length > Machine.BOXES)
      refuse('instances', instances.length, `at most ${Machine.BOXES} of them`);
    for (let i = 0; i < instances.length; i++) {
      const path = `instances[${i}]`;
      this.loadOne(path, readObject(path, instances[i]) as unknown as Instance);
    }
  }

  /** The place of the instance of a number; one that is not known is made up. */
  slotOf(serial: number): number {
    const known = this.serials.indexOf(serial);
    if (known >= 0) return known;
    const slot = this.takePlace();
    this.writeBox(
      slot,
      { event_mask: 0, fired_mask: 0, nodev: true, areas: 1, rq_entries: 0 },
      ELSEWHERE + 1,
    );
    this.serials[slot] = serial;
    this.nextSerial = Math.max(this.nextSerial, serial + 1);
    this.madeUp.add(slot);
    return slot;
  }

  /** The place that the next instance is to get; undefined where all are taken. */
  freePlace(): number | undefined {
    const count = this.machine.get(kernel_call.box_count);
    if (count < Machine.BOXES) return count;
    const used = new Set(this.madeUp);
    for (const at of this.instanceRows()) used.add(this.machine.view.getUint32(at + instance.box, true));
    for (const serial of this.exported.values()) used.add(this.serials.indexOf(serial));
    for (let slot = 0; slot < count; slot++) if (!used.has(slot)) return slot;
    return undefined;
  }

  /** @throws LayoutError always: there is no room for another instance */
  refuseMore(): never {
    const count = this.machine.get(kernel_call.instance_count);
    const limit =
      count < Machine.INSTANCES
        ? `at most ${Machine.BOXES}`
        : `at most ${Machine.INSTANCES}, with those that are imported,`;
    refuse('instances', count + 1, `${limit} over all rings`);
  }

  /** @throws LayoutError */
  private takePlace(): number {
    return this.freePlace() ?? this.refuseMore();
  }

  /** Whether the last instance that was made is an instance of its own in this place, and no import. */
  isNewest(slot: number): boolean {
    const { view, instances } = this.machine;
    const last = instances + (this.machine.get(kernel_call.instance_count) - 1) * instance.SIZE;
    return (
      view.getUint32(last + instance.box, true) === slot && !view.getUint32(last + instance.imported, true)
    );
  }

  /** Numbers an instance that the last call has made. @returns its number */
  number(slot: number): number {
    this.serials[slot] = this.nextSerial;
    return this.nextSerial++;
  }

  /** The number of the instance that a ring knows by an id. */
  serialOf(ring: number, id: number): number | undefined {
    for (const at of this.instanceRows()) {
      const { view } = this.machine;
      if (view.getUint32(at + instance.ring, true) !== ring || view.getUint32(at + instance.id, true) !== id)
        continue;
      return this.serials[view.getUint32(at + instance.box, true)];
    }
    return undefined;
  }

  /** The instances as the caller sees them; with the rings where there are several. */
  list(withRings: boolean): Instance[] {
    const { view, boxes } = this.machine;
    const all: Instance[] = [];
    for (const at of this.instanceRows()) {
      const slot = view.getUint32(at + instance.box, true);
      const of = boxes + slot * box.SIZE;
      const made: Instance = {
        id: view.getUint32(at + instance.id, true),
        event_mask: view.getUint32(of + box.event_mask, true),
        fired_mask: view.getUint32(of + box.fired_mask, true),
        nodev: (view.getUint32(of + box.flags, true) & box_flags.nodev) !== 0,
        imported: view.getUint32(at + instance.imported, true) !== 0,
        areas: view.getUint32(of + box.areas, true),
        rq_entries: view.getUint32(of + box.rq_entries, true),
      };
      if (withRings) {
        made.ring = view.getUint32(at + instance.ring, true);
        made.box = this.serials[slot] ?? slot;
      }
      all.push(made);
    }
    return all;
  }

  private *instanceRows(): Iterable<number> {
    const count = this.machine.get(kernel_call.instance_count);
    for (let i = 0; i < count; i++) yield this.machine.instances + i * instance.SIZE;
  }

  private loadOne(path: string, given: Instance): void {
    const ring = readNumber(`${path}.ring`, orElse(given.ring, 0), 0, LAST_RING);
    const id = readU32(`${path}.id`, given.id);
    if (this.serialOf(ring, id) !== undefined) refuse(`${path}.id`, id, 'one that the ring has not yet');
    const isImported = readFlag(`${path}.imported`, orElse(given.imported, false));
    const serial = readU32(`${path}.box`, orElse(given.box, id));
    const known = this.serials.indexOf(serial);
    const slot = known >= 0 ? known : this.takePlace();
    const creator = isImported ? ELSEWHERE + 1 : ring + 1;
    const numbers = {
      event_mask: readU32(`${path}.event_mask`, orElse(given.event_mask, 0)),
      fired_mask: readU32(`${path}.fired_mask`, orElse(given.fired_mask, 0)),
      nodev: readFlag(`${path}.nodev`, orElse(given.nodev, true)),
      areas: readNumber(`${path}.areas`, orElse(given.areas, 1), 0, 1024),
      rq_entries: readU32(`${path}.rq_entries`, orElse(given.rq_entries, 0)),
    };
    if (known >= 0 && !isImported && this.creatorOf(slot) !== ELSEWHERE + 1) {
      refuse(`${path}.box`, serial, 'a number of its own, as another ring has an instance of that number');
    }
    if (known < 0 || !isImported) this.writeBox(slot, numbers, creator);
    this.serials[slot] = serial;
    this.nextSerial = Math.max(this.nextSerial, serial + 1);
    const count = this.machine.get(kernel_call.instance_count);
    const at = this.machine.instances + count * instance.SIZE;
    const { view } = this.machine;
    view.setUint32(at + instance.ring, ring, true);
    view.setUint32(at + instance.id, id, true);
    view.setUint32(at + instance.box, slot, true);
    view.setUint32(at + instance.imported, isImported ? 1 : 0, true);
    this.machine.set(kernel_call.instance_count, count + 1);
  }

  private creatorOf(slot: number): number {
    return this.machine.view.getUint32(this.machine.boxes + slot * box.SIZE + box.creator, true);
  }

  private writeBox(
    slot: number,
    of: Pick<Instance, 'event_mask' | 'fired_mask' | 'nodev' | 'areas' | 'rq_entries'>,
    creator: number,
  ): void {
    const { view, boxes } = this.machine;
    const at = boxes + slot * box.SIZE;
    this.machine.bytes.fill(0, at, at + box.SIZE);
    view.setUint32(at + box.creator, creator, true);
    view.setUint32(at + box.event_mask, of.event_mask, true);
    view.setUint32(at + box.fired_mask, of.fired_mask, true);
    view.setUint32(at + box.flags, of.nodev ? box_flags.nodev : 0, true);
    view.setUint32(at + box.areas, of.areas, true);
    view.setUint32(at + box.rq_entries, of.rq_entries, true);
    if (slot >= this.machine.get(kernel_call.box_count)) this.machine.set(kernel_call.box_count, slot + 1);
  }
}
