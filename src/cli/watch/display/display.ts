import type { Source } from '../source.js';
import type { Listener } from '../watcher.js';

/** Where a watch is seen. */
export interface Display extends Listener {
  close(): void;
}

/** What is watched, in words; of a recording that it is one. */
export const headingOf = ({ title, recorded }: Source): string =>
  recorded === undefined ? title : `NOT LIVE, ${title}, ${recorded}`;
