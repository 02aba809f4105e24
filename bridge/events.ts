import type { zcrx_ctrl } from '../src/generated/structs.js';
import type { EventType } from '../src/health/snapshot.js';
import type { Fields } from '../src/layout/encode.js';
import type { AbiRevision } from '../src/layout/revision.js';

export type { EventType };

export const EVENT_TYPES: readonly EventType[] = ['alloc_fail', 'copy'];

/** The event's bit in `type_mask`, in every revision. */
export const eventBit = (type: EventType): number => 1 << EVENT_TYPES.indexOf(type);

/** The number for the event in `cqe->res` and when re-arming: its bit in `v1`, its index since. */
export const eventNumber = (type: EventType, revision: AbiRevision): number =>
  revision === 'v1' ? eventBit(type) : EVENT_TYPES.indexOf(type);

/** The event that `cqe->res` reports, or undefined for one that is newer than we are. */
export function eventOf(res: number, revision: AbiRevision): EventType | undefined {
  return EVENT_TYPES.find((type) => eventNumber(type, revision) === res);
}

/** What to hand the kernel, as `zcrx_ctrl`, to re-arm an event type of an instance. */
export function rearmFields(zcrx_id: number, type: EventType, revision: AbiRevision): Fields<zcrx_ctrl> {
  const number = eventNumber(type, revision);
  if (revision !== 'v1') return { zcrx_id, zc_arm_event: { event_type: number } };
  // the type of the fields knows the arm's names of the present revision only
  return { zcrx_id, zc_arm_notif: { type_mask: number } } as Fields<zcrx_ctrl>;
}
