// What decides over a call and is not known for sure in this process.

import * as uapi from '../../src/generated/constants.js';
import type { Call, Instance } from '../../src/verdict/call.js';
import { KNOWN_SERIES, NEWEST_SERIES } from '../../src/verdict/series.js';
import { EVENT_TYPES } from '../events.js';
import type { Box } from './known-rings.js';
import { AT, type Piece, u32 } from './pieces.js';

export interface Doubt {
  /** What is not known: a clause. */
  readonly words: string;
  /** What may be instead of what the call assumes. */
  readonly instead: readonly Partial<Call>[];
  /** There are more ways in which it may matter than those of `instead`. */
  readonly isOpen: boolean;
}

/** The kernels whose checks are known. */
export const KNOWN_KERNELS = `Linux ${KNOWN_SERIES[0]} to ${NEWEST_SERIES}`;

const EVENT_NAMES = EVENT_TYPES.map((type) => type.toUpperCase());
/** Bits of all event types. */
export const ALL_EVENTS = (1 << EVENT_NAMES.length) - 1;

/** What an instance is taken for of which nothing is known: one that refuses nothing. */
export const anyInstance = (id: number): Instance => ({
  id,
  event_mask: ALL_EVENTS,
  fired_mask: ALL_EVENTS,
  nodev: true,
  imported: false,
  areas: 1,
  rq_entries: 0,
});

/** Of a ring that was not set up here; `id`: the instance that a zcrx_ctrl names. */
export function foreignRing(fd: number, id: number | undefined): Doubt {
  const states =
    id === undefined ? [] : [[anyInstance((id + 1) >>> 0)], [{ ...anyInstance(id), fired_mask: 0 }]];
  return {
    words: `ring ${fd} was not set up by this thread through this library: not known are its set-up flags (zero-copy receive needs IORING_SETUP_DEFER_TASKRUN and completions of 32 bytes), its task and its instances`,
    instead: [{ other_task: true }, ...states.map((instances) => ({ instances }))],
    isOpen: true,
  };
}

/** Of an instance that was registered by others. */
export const foreignInstance = (id: number): Doubt => ({
  words: `instance ${id} was made elsewhere: what it was registered with is not known`,
  instead: [],
  isOpen: true,
});

/** Of an event type that is to be armed: whether it has fired is seen late, or not at all. */
export function unseenEvent(ctrl: Piece, instances: readonly Instance[], box: Box): Doubt[] {
  const id = u32(ctrl, AT.ctrl_id);
  const type = u32(ctrl, AT.event_type);
  const asked = box.registered?.eventMask ?? ALL_EVENTS;
  if (u32(ctrl, AT.ctrl_op) !== uapi.ZCRX_CTRL_ARM_EVENT || type >= EVENT_NAMES.length) return [];
  if (!(asked & (1 << type))) return []; // it never fires
  const elsewhere = box.isShared ? ', and others that have the instance may have armed it' : '';
  const toggled = instances.map((each) =>
    each.id === id ? { ...each, fired_mask: each.fired_mask ^ (1 << type) } : each,
  );
  return [
    {
      words: `whether ${EVENT_NAMES[type]} has fired is known from the completions that this library took in, and from nothing else${elsewhere}`,
      instead: [{ instances: toggled }],
      isOpen: false,
    },
  ];
}

export const restrictions: Doubt = {
  words: 'whether the ring has restrictions is not known',
  instead: [{ restricted: true }],
  isOpen: false,
};

/** Of a ring that was set up disabled: it belongs to the task that enables it. */
export const otherTask: Doubt = {
  words: 'which thread enabled the ring is not known',
  instead: [{ other_task: true }],
  isOpen: false,
};

export const newerKernel = (release: string): Doubt => ({
  words: `this kernel, Linux ${release}, is newer than those whose checks are known (${KNOWN_KERNELS})`,
  instead: [],
  isOpen: true,
});

/** Of memory to be pinned: most file systems allow no pinning of what they map. */
export const sharedFile = (path: string): Doubt => ({
  words: `part of the memory to be pinned is a shared mapping of ${path}`,
  instead: [],
  isOpen: true,
});
