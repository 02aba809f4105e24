import type { AbiRevision } from '../src/layout/revision.js';

/** What an instance can report: data was copied, or the page pool found no buffer. */
export type EventType = 'copy' | 'alloc_fail';

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
