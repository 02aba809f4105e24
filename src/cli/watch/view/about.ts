// What is said of one instance below the table.

import { labelOf } from './columns.js';
import { bytesText, countText, preciseSpanText, spanText } from './figures.js';
import { type Row, stateWord } from './row.js';
import { sentence, wrap } from './text.js';

const HOW: { readonly [how in Row['how']]: string } = {
  own: 'an instance of this process',
  mapped: 'read in a read-only mapping of its region',
  remote: "read in the other process's memory",
};

/** In which state it is, and why. */
function reasonText(row: Row, unicode: boolean): string {
  // The table shortens long names; here there is room for them.
  const label = labelOf(row, Number.POSITIVE_INFINITY, unicode);
  if (row.gone !== undefined) return `${label} is gone: ${sentence(row.gone, unicode)}`;
  const { health } = row;
  const age = spanText(health.time - health.since);
  return `${label} ${stateWord(row)} for ${age}: ${sentence(health.words, unicode)}`;
}

function countersText({ health }: Row): string {
  const { copy_count, copy_bytes, counters, received_bytes, resets } = health;
  const copied =
    copy_count === undefined || copy_bytes === undefined
      ? 'copies unknown'
      : `${bytesText(copy_bytes)} copied in ${copy_count} copies`;
  const received =
    received_bytes === undefined ? 'received bytes unknown' : `${bytesText(received_bytes)} received`;
  const reset = resets === 0 ? '' : `; counters begun anew: ${resets}`;
  const all = counters ? `; since it was registered ${bytesText(counters.copy_bytes)} copied` : '';
  return `since watching began: ${copied}, ${received}${reset}${all}`;
}

function refillText({ health: { buffers_per_second, free_entries } }: Row): string {
  const free = free_entries === undefined ? 'unknown' : `${free_entries} wait for the kernel`;
  return `refill ring: entries ${free}; buffers/s ${countText(buffers_per_second)}`;
}

function eventsText({ health: { events, time } }: Row): string {
  if (!events) return 'events: unknown, the kernel tells them only to the ring that has the instance';
  const each = (['copy', 'alloc_fail'] as const).map((type) => {
    const { count, last } = events[type];
    return `${count} ${type}${last === undefined ? '' : ` (the last ${spanText(time - last)} ago)`}`;
  });
  return `events: ${each.join(', ')}`;
}

function stallsText({ health: { stalls } }: Row): string {
  if (stalls.count === 0 && stalls.current === undefined) return 'stalls: none seen';
  const now =
    stalls.current === undefined ? '' : `, standing still now for ${preciseSpanText(stalls.current)}`;
  const total = `in all ${preciseSpanText(stalls.total)}, the longest ${preciseSpanText(stalls.longest)}`;
  return `stalls: ${stalls.count}, ${total}${now}`;
}

/** The reason of an instance's state as lines. */
export const reasonLines = (row: Row, width: number, unicode: boolean): string[] =>
  wrap(reasonText(row, unicode), width);

/** All that is known of it. */
export function detailLines(row: Row, width: number, unicode: boolean): string[] {
  const shared = row.statistics === undefined ? '' : '; its statistics may be shared with other instances';
  const texts = [
    countersText(row),
    refillText(row),
    eventsText(row),
    stallsText(row),
    `how: ${HOW[row.how]}${shared}`,
  ];
  return [...reasonLines(row, width, unicode), ...texts.flatMap((text) => wrap(text, width))];
}
