// What the person at the keys has chosen, and how a key changes it.

import { indexOfKey, SORTS, type Sort, sorted, worstOf } from './order.js';
import { keyOf, type Row } from './row.js';

export interface ViewState {
  readonly sort: Sort;
  readonly reversed: boolean;
  /** The selected instance by its key; without one, words are about the worst. */
  readonly selected?: string;
  /** How many rows were scrolled out at the top. */
  readonly top: number;
  /** All that is known of one instance is shown, not only the reason for its state. */
  readonly detail: boolean;
  /** The picture stands still. */
  readonly paused: boolean;
  readonly help: boolean;
  /** The end was asked for. */
  readonly quit: boolean;
}

export const FIRST_VIEW: ViewState = {
  sort: 'state',
  reversed: false,
  top: 0,
  detail: false,
  paused: false,
  help: false,
  quit: false,
};

/** A key as node:readline tells it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/** Rows in order, what words are about, and which of them are in the picture. */
export interface Arrangement {
  readonly rows: readonly Row[];
  /** Of the row that words are about; -1 without rows. */
  readonly subject: number;
  /** Of the first row in the picture. */
  readonly top: number;
}

/** Where everything is, in a table with room for so many rows. */
export function arrange(rows: readonly Row[], view: ViewState, room: number): Arrangement {
  const order = sorted(rows, view.sort, view.reversed);
  const selected = view.selected === undefined ? -1 : indexOfKey(order, view.selected);
  const worst = worstOf(order);
  const subject = selected >= 0 || !worst ? selected : order.indexOf(worst);
  // The worst one need not be in the picture.
  const top = scrolled(view.top, selected, order.length, room);
  return { rows: order, subject, top };
}

/** The first row of the picture: near where it was, and so that a selection stays in it. */
function scrolled(top: number, selected: number, count: number, room: number): number {
  const near = selected < 0 ? top : Math.min(selected, Math.max(top, selected - room + 1));
  return Math.max(0, Math.min(near, count - room));
}

const WAYS = new Map<string, (room: number) => number>([
  ['up', () => -1],
  ['k', () => -1],
  ['down', () => 1],
  ['j', () => 1],
  ['pageup', (room) => -room],
  ['pagedown', (room) => room],
  ['home', () => Number.NEGATIVE_INFINITY],
  ['end', () => Number.POSITIVE_INFINITY],
]);

function move(view: ViewState, rows: readonly Row[], room: number, way: number): ViewState {
  const now = arrange(rows, view, room);
  if (now.rows.length === 0) return view;
  const isSeen = now.subject >= now.top && now.subject < now.top + room;
  // From a worst one that is out of the picture nobody wants to start.
  const from = isSeen ? now.subject : now.top;
  const index = Math.max(0, Math.min(from + way, now.rows.length - 1));
  const selected = keyOf(now.rows[index] as Row);
  return { ...view, selected, top: scrolled(now.top, index, now.rows.length, room) };
}

const sortBy = (view: ViewState, sort: Sort): ViewState => ({ ...view, sort, reversed: false, top: 0 });

/**
 * The view after a key.
 * @param rows as they are in the picture
 * @param room how many rows the table has room for
 */
export function pressed(view: ViewState, key: Key, rows: readonly Row[], room: number): ViewState {
  const { name = key.sequence ?? '', ctrl = false, meta = false } = key;
  if (ctrl && (name === 'c' || name === 'd')) return { ...view, quit: true };
  if (ctrl || (meta && name !== 'escape')) return view;
  if (name === 'q') return { ...view, quit: true };
  if (view.help) return { ...view, help: false };
  const way = WAYS.get(name);
  if (way) return move(view, rows, Math.max(1, room), way(Math.max(1, room)));
  const sort = SORTS[Number(name) - 1];
  if (sort) return sortBy(view, sort);
  switch (name) {
    case 's':
      return sortBy(view, SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length] as Sort);
    case 'r':
      return { ...view, reversed: !view.reversed, top: 0 };
    case 'return':
    case 'enter':
      return { ...view, detail: !view.detail };
    case 'p':
      return { ...view, paused: !view.paused };
    case '?':
      return { ...view, help: true };
    case 'escape': {
      const { selected: _, ...rest } = view;
      return { ...rest, top: 0, detail: false };
    }
    default:
      return view;
  }
}
