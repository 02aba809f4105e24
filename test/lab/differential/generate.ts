import type { Arena } from './arena.js';
import {
  CTRL_ADD_AREA,
  CTRL_ARM,
  CTRL_EXPORT,
  CTRL_FLUSH,
  ctrlBundle,
  flushBundle,
  importBundle,
  queryBundle,
  type RefillRing,
  registerBundle,
  roundedEntries,
  type Surroundings,
} from './bundles.js';
import { isCostly } from './costly.js';
import { type Draft, type RegisterStep, render, type Sequence, SLOTS, type Step } from './draft.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import { canReceive, R_DISABLED, RECEIVING, RESTRICTED, setupFlags } from './setup-flags.js';
import { since, type Target } from './target.js';

/** A step before its changes are made, for those that have any. */
export type Plan = PlannedDraft | Exclude<Step, RegisterStep>;

export interface PlannedDraft extends Draft {
  readonly slot: number;
  readonly probe?: boolean;
}

/** A sequence as it was thought up; `sequenceOf` makes of it what is executed. */
export interface Outline {
  readonly rings: readonly number[];
  readonly plans: readonly Plan[];
}

export function isDraft(plan: Plan): plan is PlannedDraft {
  return 'structs' in plan;
}

export function sequenceOf(outline: Outline, arena: Arena): Sequence {
  const steps = outline.plans.map((plan): Step => {
    if (!isDraft(plan)) return plan;
    const step = render(plan, arena, plan.slot);
    return plan.probe ? { ...step, probe: true } : step;
  });
  return { rings: outline.rings, steps };
}

/** What the generator believes about a ring. It may be wrong where a changed call succeeds. */
interface RingBelief {
  readonly flags: number;
  open: boolean;
  /** Instances by id. */
  readonly instances: InstanceBelief[];
}

interface InstanceBelief {
  readonly creator: RingBelief;
  /** Buffers that a receive can still fill. */
  buffers: number;
  /** undefined: the kernel allocated it. */
  readonly refill: RefillRing | undefined;
}

/** Thinks up the sequence of this number for the seed. */
export function generate(target: Target, arena: Arena, seed: number, number: number): Outline {
  if (number === MANY_AREAS && since(target, '7.3'))
    return manyAreas({ random: new Random(seed, number), target, arena });
  return new Generator({ random: new Random(seed, number), target, arena }).outline();
}

/** The one sequence that is the same in all runs: an instance gets all the areas that it may have, and more. */
const MANY_AREAS = 7;
const MOST_AREAS = 1024;

function manyAreas(around: Surroundings): Outline {
  const register = registerBundle(around, 0, { nodev: true });
  const plans: Plan[] = [{ ...register, slot: 0 }];
  for (let i = 1; i < MOST_AREAS + 50; i++) {
    plans.push({ ...ctrlBundle(around, 0, 0, CTRL_ADD_AREA), slot: 0, probe: i < MOST_AREAS });
  }
  return { rings: [RECEIVING], plans };
}

/** Of sequences, those in which nearly all calls succeed, so that much happens to the instances. */
const CALM = 0.25;

class Generator {
  readonly #around: Surroundings;
  readonly #random: Random;
  readonly #calm: boolean;
  readonly #rings: RingBelief[] = [];
  /** By slot. */
  readonly #exports = new Map<number, InstanceBelief>();
  readonly #plans: Plan[] = [];

  constructor(around: Surroundings) {
    this.#around = around;
    this.#random = around.random;
    this.#calm = around.random.chance(CALM);
  }

  outline(): Outline {
    const random = this.#random;
    const rings = random.weighted([
      [this.#calm ? 10 : 60, 1],
      [30, 2],
      [this.#calm ? 20 : 10, 3],
    ]);
    for (let i = 0; i < rings; i++) {
      const flags = this.#calm ? RECEIVING : setupFlags(random, this.#around.target);
      this.#rings.push({ flags, open: true, instances: [] });
    }
    const steps = this.#calm ? random.between(8, 20) : random.between(3, 12);
    for (let i = 0; i < steps; i++) this.#step();
    this.#probe();
    return { rings: this.#rings.map(({ flags }) => flags), plans: this.#plans };
  }

  /** Of the next call. */
  #slot(): number {
    return this.#plans.length % SLOTS;
  }

  #step(): void {
    const random = this.#random;
    const open = this.#rings.map((_, i) => i).filter((i) => this.#rings[i]!.open);
    const ring = random.pick(open);
    const instances = this.#rings[ring]!.instances;
    const share = (calm: number, other: number): number => (this.#calm ? calm : other);
    random.weighted<() => void>([
      [instances.length < share(1, 3) ? 45 : 10, () => this.#register(ring)],
      [instances.length > 0 ? 35 : 6, () => this.#ctrl(ring)],
      [share(1, 12), () => this.#query(ring)],
      [this.#exports.size > 0 ? 25 : 5, () => this.#import(ring)],
      [instances.length > 0 ? share(30, 4) : 0, () => this.#fire(ring)],
      [open.length > 1 ? share(5, 3) : 0, () => this.#close(ring)],
      [this.#exports.size > 0 ? 2 : 0, () => this.#closeExport()],
    ])();
  }

  /** Adds a call with some changes made; true if none was. */
  #call(make: () => Draft): boolean {
    const random = this.#random;
    const mutations = random.weighted([
      [this.#calm ? 400 : 32, 0],
      [38, 1],
      [16, 2],
      [9, 3],
      [5, 4],
    ]);
    for (;;) {
      const draft = mutate(this.#around, make(), mutations);
      const step = render(draft, this.#around.arena, 0);
      if (isCostly(step, this.#around.arena)) continue;
      this.#plans.push({ ...draft, slot: this.#slot() });
      return mutations === 0;
    }
  }

  #register(index: number): void {
    const ring = this.#rings[index]!;
    const choice = this.#calm && this.#random.chance(0.8) ? { nodev: true, copyEvent: true } : {};
    const unchanged = this.#call(() => registerBundle(this.#around, index, choice));
    const draft = this.#plans.at(-1) as Draft;
    if (!unchanged || !canReceive(ring.flags) || (draft.structs.reg!.fields!.flags ?? 0n) === 0n) return;
    const pages = Number(draft.structs.area!.fields!.len!) / this.#around.arena.pageSize;
    const address = Number(draft.structs.region!.fields!.user_addr!);
    const entries = roundedEntries(Number(draft.structs.reg!.fields!.rq_entries!));
    const isSmall = address !== 0 && entries <= 256;
    ring.instances.push({
      creator: ring,
      buffers: pages,
      refill: isSmall ? { address, entries, areas: [pages] } : undefined,
    });
  }

  #ctrl(index: number): void {
    const random = this.#random;
    const { target } = this.#around;
    const ring = this.#rings[index]!;
    const op = random.weighted([
      [20, CTRL_FLUSH],
      [35, CTRL_EXPORT],
      [this.#calm ? 60 : 25, CTRL_ARM],
      [since(target, '7.3') ? 30 : 3, CTRL_ADD_AREA],
    ]);
    const id =
      ring.instances.length > 0 && random.chance(0.95)
        ? random.below(ring.instances.length)
        : random.below(4);
    const slot = this.#slot();
    const instance = ring.instances[id];
    const refill = op === CTRL_FLUSH && random.chance(0.8) ? instance?.refill : undefined;
    const unchanged = this.#call(() =>
      refill === undefined
        ? ctrlBundle(this.#around, index, id, op, random.pick([0, 1, 1]))
        : flushBundle(this.#around, index, id, refill),
    );
    if (unchanged && op === CTRL_EXPORT && instance !== undefined) this.#exports.set(slot, instance);
  }

  #query(index: number): void {
    this.#call(() => queryBundle(this.#around, index));
  }

  #import(index: number): void {
    const ring = this.#rings[index]!;
    const slots = [...this.#exports.keys()];
    const slot =
      slots.length > 0 && this.#random.chance(0.97) ? this.#random.pick(slots) : this.#random.below(20);
    const unchanged = this.#call(() => importBundle(this.#around, index, slot));
    const instance = this.#exports.get(slot);
    if (unchanged && instance !== undefined && canReceive(ring.flags)) ring.instances.push(instance);
  }

  #fire(index: number): void {
    const ring = this.#rings[index]!;
    const id = this.#random.below(ring.instances.length);
    const instance = ring.instances[id]!;
    if ((ring.flags | instance.creator.flags) & (R_DISABLED | RESTRICTED)) return;
    if (instance.buffers === 0) return;
    instance.buffers--;
    this.#plans.push({ operation: 'fire', ring: index, id });
  }

  #close(index: number): void {
    this.#rings[index]!.open = false;
    this.#plans.push({ operation: 'close', ring: index });
  }

  #closeExport(): void {
    const slot = this.#random.pick([...this.#exports.keys()]);
    this.#exports.delete(slot);
    this.#plans.push({ operation: 'close_export', slot });
  }

  /** Asks each ring about each instance: whether it is there, and which events it has fired. */
  #probe(): void {
    const thorough = this.#random.chance(0.3);
    this.#rings.forEach(({ open, instances }, ring) => {
      if (!open) return;
      const probe = (id: number, op: number, type?: number): void => {
        this.#plans.push({
          ...ctrlBundle(this.#around, ring, id, op, type),
          slot: this.#slot(),
          probe: true,
        });
      };
      for (let id = 0; id <= instances.length; id++) {
        probe(id, CTRL_FLUSH);
        if (!since(this.#around.target, '7.2') || id === instances.length) continue;
        for (const type of thorough ? [0, 1, 0, 1] : [1, 0]) probe(id, CTRL_ARM, type);
      }
    });
  }
}
