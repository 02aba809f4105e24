import type { EventType } from '../events.js';
import type { Opened } from '../open.js';

/** Why an importer could not re-arm an event; undefined if it is no importer. */
export function whyNotRearmedAtImporter(
  { role, shared, settings }: Opened,
  type: EventType,
): string | undefined {
  if (role !== 'importer') return undefined;
  if (!settings.events.includes(type)) return `the creator opened the instance without the event '${type}'`;
  if (!shared?.hasCreator) {
    return 'the creator of the instance is gone, and its ring with it, to which all events went: there will be none any more';
  }
  return `'${type}' has not fired since it was last armed, by whichever party; when it fires the creator is told, and nobody else`;
}
