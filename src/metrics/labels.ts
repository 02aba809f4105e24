import { oneLine } from '../quote.js';
import type { InstanceLabels, MeteredHealth, MeteredInstance } from './instance.js';

/** An instance as it stands in the metrics of this moment. */
export interface LabelledInstance {
  readonly labels: Readonly<Record<keyof InstanceLabels, string>>;
  readonly health: MeteredHealth;
  readonly shared: boolean;
}

/** Characters of a label at most. The kernel's own names of processes have at most 15 bytes. */
const LONGEST = 64;

/** A name of any origin as a label: one line, short, and the same text in UTF-8. */
function clean(text: string): string {
  const characters = [...oneLine(String(text)).replace(/\p{Surrogate}/gu, '\ufffd')];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : characters.join('');
}

/** A number of ours as a label. What else a caller gives here cannot be mistaken for a part of the name before it. */
const plain = (text: string) => clean(text).replace(/[^\w.-]/g, '_');

const numbered = (name: string, place: number) => (place === 1 ? name : `${name}#${place}`);

/**
 * Gives each instance labels of its own, and an instance the same ones for as long as it lives: two series of the same
 * labels would be no metrics at all. What is gone is forgotten.
 */
export class LabelBook {
  /** Of each name, the places of the processes that have it, from 1. */
  #places: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map();

  label(instances: Iterable<MeteredInstance>): readonly LabelledInstance[] {
    const read = Array.from(instances, ({ labels, process_key = '', shared = false, health }) => ({
      name: clean(labels.process),
      ring: plain(labels.ring),
      zcrx_id: plain(labels.zcrx_id),
      process_key,
      shared,
      health,
    }));
    this.#places = this.#placesOf(read);
    const taken = new Taken();
    return read.map(({ name, ring, zcrx_id, process_key, shared, health }) => {
      const place = this.#places.get(name)?.get(process_key) ?? 1;
      const process = taken.take(numbered(name, place), `,${ring},${zcrx_id}`);
      return { labels: { process, ring, zcrx_id }, shared, health };
    });
  }

  #placesOf(read: readonly { name: string; process_key: string }[]) {
    const present = new Map<string, Map<string, number>>();
    for (const { name, process_key } of read) {
      const keys = present.get(name) ?? new Map<string, number>();
      present.set(name, keys.set(process_key, this.#places.get(name)?.get(process_key) ?? 0));
    }
    for (const keys of present.values()) settle(keys);
    return present;
  }
}

/** Who came new, with the place 0, gets the lowest one that is free. */
function settle(keys: Map<string, number>): void {
  const held = new Set(keys.values());
  let place = 1;
  for (const [key, before] of keys) {
    if (before > 0) continue;
    while (held.has(place)) place++;
    keys.set(key, place++);
  }
}

/** Names that are in use: for a process that is really called `nginx#2`, and for sources that do not tell processes apart. */
class Taken {
  readonly #used = new Set<string>();
  readonly #next = new Map<string, number>();

  take(name: string, rest: string): string {
    let place = this.#next.get(name + rest) ?? 1;
    while (this.#used.has(numbered(name, place) + rest)) place++;
    this.#next.set(name + rest, place + 1);
    this.#used.add(numbered(name, place) + rest);
    return numbered(name, place);
  }
}
