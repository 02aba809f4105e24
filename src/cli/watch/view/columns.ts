import type { Style } from '../../terminal.js';
import { buffersText, bytesText, countText, shareText, spanText, UNKNOWN, wholeText } from './figures.js';
import type { Sort } from './order.js';
import { type Row, type ShownState, stateOf, stateWord } from './row.js';
import { sparkline } from './sparkline.js';
import { cutEnd, cutName, printable } from './text.js';

/** One column of the table. */
export interface Column {
  readonly head: string;
  /** What rows are sorted by to have it in order, where that can be. */
  readonly sort?: Sort;
  /** Characters. */
  readonly width: number;
  readonly right?: boolean;
  readonly text: (row: Row, width: number, unicode: boolean) => string;
  readonly style?: (row: Row) => Style | undefined;
}

const STYLES: { readonly [state in ShownState]: Style } = {
  stalled: 'red',
  starving: 'red',
  copying: 'yellow',
  unknown: 'dim',
  'zero-copy': 'green',
  gone: 'dim',
};

export const stateStyle = (row: Row): Style => STYLES[stateOf(row)];

/** Process, ring and instance: `nginx(4242):7/0`. */
export const labelOf = (row: Row, width: number, unicode: boolean): string =>
  cutName(printable(row.name, unicode), `(${row.pid}):${row.ring}/${row.zcrx_id}`, width, unicode);

/** Bytes where the program tells them, otherwise buffers that the refill ring passed on. */
const receivedText = ({ health: { received_bytes_per_second, buffers_per_second } }: Row): string =>
  received_bytes_per_second === undefined
    ? buffersText(buffers_per_second)
    : bytesText(received_bytes_per_second);

const live =
  (text: (row: Row) => string): Column['text'] =>
  (row) =>
    row.gone === undefined ? text(row) : UNKNOWN;

const INSTANCE: Column = { head: 'INSTANCE', sort: 'instance', width: 16, text: labelOf };
const STATE: Column = { head: 'STATE', sort: 'state', width: 10, text: stateWord, style: stateStyle };
const SINCE: Column = {
  head: 'SINCE',
  sort: 'since',
  width: 6,
  right: true,
  text: live(({ health }) => spanText(health.time - health.since)),
};
const RECEIVED: Column = {
  head: 'RECV/s',
  sort: 'received',
  width: 8,
  right: true,
  text: live(receivedText),
};
const COPIED: Column = {
  head: 'COPIED/s',
  sort: 'copied',
  width: 8,
  right: true,
  text: live(({ health }) => bytesText(health.copied_bytes_per_second)),
};
const COPIES: Column = {
  head: 'COPY/s',
  sort: 'copies',
  width: 6,
  right: true,
  text: live(({ health }) => countText(health.copies_per_second)),
};
const SHARE: Column = {
  head: 'SHARE',
  sort: 'share',
  width: 5,
  right: true,
  text: live(({ health }) => shareText(health.copied_share)),
};
const FREE: Column = {
  head: 'FREE',
  width: 6,
  right: true,
  text: live(({ health }) => wholeText(health.free_entries)),
};
const STALLS: Column = {
  head: 'STALLS',
  width: 6,
  right: true,
  text: ({ health }) => wholeText(health.stalls.count),
};
const READ: Column = { head: 'READ', width: 6, text: ({ how }) => how };
const HISTORY: Column = {
  head: 'HISTORY',
  width: 6,
  right: true,
  text: ({ history }, width, unicode) => sparkline(history, width, unicode),
};

/** From left to right. */
const PLACES = [INSTANCE, STATE, SINCE, RECEIVED, COPIED, COPIES, SHARE, FREE, STALLS, READ, HISTORY];
/** Of these a narrow terminal loses the last first; without the first three there is no table. */
const NEEDED = [INSTANCE, STATE, COPIED, RECEIVED, SINCE, SHARE, COPIES, HISTORY];
const LEAST = 3;
/** Of these a wide terminal has as many as fit beside all others. */
const WELCOME = [FREE, STALLS, READ];
/** What room is left for, one after the other: a column and the width it may grow to. */
const GROWTH: readonly (readonly [Column, number])[] = [
  [INSTANCE, 20],
  [HISTORY, 9],
  [INSTANCE, 32],
  [HISTORY, 60],
];
/** Widths of these two at which a further column is worth more than wider ones. */
const GOOD = 20 - INSTANCE.width + (9 - HISTORY.width);

/** Columns of a table with what stands between them. */
const widthOf = (columns: readonly Column[]) =>
  columns.reduce((sum, { width }) => sum + width, 0) + columns.length - 1;

/** The columns that so many characters have room for, with their widths. */
export function columnsFor(width: number): Column[] {
  const chosen = [...NEEDED];
  while (chosen.length > LEAST && widthOf(chosen) > width) chosen.pop();
  for (const column of WELCOME) {
    if (chosen.length < NEEDED.length || widthOf([...chosen, column]) + GOOD > width) break;
    chosen.push(column);
  }
  const widths = new Map(chosen.map((column) => [column, column.width]));
  let room = Math.max(0, width - widthOf(chosen));
  for (const [column, most] of GROWTH) {
    const has = widths.get(column);
    if (has === undefined) continue;
    const more = Math.min(room, most - has);
    widths.set(column, has + more);
    room -= more;
  }
  return PLACES.filter((column) => widths.has(column)).map((column) => ({
    ...column,
    width: widths.get(column) as number,
  }));
}

const filled = (text: string, { width, right }: Column, unicode: boolean) => {
  const cut = cutEnd(text, width, unicode);
  return right ? cut.padStart(width) : cut.padEnd(width);
};

/** The cells of a row: text of the column's width, and its style. */
export const cellsOf = (row: Row, columns: readonly Column[], unicode: boolean) =>
  columns.map((column) => ({
    text: filled(column.text(row, column.width, unicode), column, unicode),
    style: column.style?.(row),
  }));

/** The heads, alike. */
export const headsOf = (columns: readonly Column[], sort: Sort, unicode: boolean) =>
  columns.map((column) => ({
    text: filled(column.head, column, unicode),
    style: column.sort === sort ? ('bold' as const) : ('dim' as const),
  }));
