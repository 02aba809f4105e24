// What the page shows, as the part of its address that no server ever sees.

import { quote } from '../../quote.js';
import type { View } from './view.js';

/** Characters that a fragment may have: mail and chat cut off longer ones, and reading it must take no time. */
export const LONGEST = 64 * 1024;

export const VIEW_IDS: readonly View['id'][] = ['bytes', 'verdict', 'plan'];

/**
 * What a fragment holds beside its view, by name; all of it is text, and none of it has to be there. Views and those who
 * make addresses that lead to them have the names from here.
 */
export const FRAGMENT_NAMES = {
  /** `struct` is an id of layout.json, `hex` may be any text that the view takes, `mixed` is 1 or not there. */
  bytes: ['struct', 'revision', 'hex', 'entry', 'mixed'],
  /** `kernel` is a release or `all`, `bundle` the JSON that `zcrx check` takes, without a kernel. */
  verdict: ['kernel', 'bundle'],
  plan: ['entries', 'page', 'header', 'stats', 'align', 'placement', 'clamp'],
} as const satisfies Readonly<Record<View['id'], readonly string[]>>;

export type FragmentValues<Id extends View['id']> = {
  readonly [Name in (typeof FRAGMENT_NAMES)[Id][number]]?: string;
};

/** What a fragment says, or undefined if it says nothing that can be read. */
export function readFragment(hash: string): { view: View['id']; values: URLSearchParams } | undefined {
  if (hash.length > LONGEST) return undefined;
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEW_IDS.find((id) => id === values.get('view'));
  if (!view) return undefined;
  values.delete('view');
  return { view, values };
}

/** Why a fragment says nothing that can be read, in one line; undefined where there is none, or one that can. */
export function fragmentProblem(hash: string): string | undefined {
  if (hash.length < 2 || readFragment(hash)) return undefined;
  if (hash.length > LONGEST)
    return `the address has ${hash.length} characters behind #, more than the ${LONGEST} that are read`;
  const view = new URLSearchParams(hash.slice(1)).get('view');
  const said = view === null ? 'names no view' : `names the view ${quote(view.slice(0, 40))}`;
  return `the address ${said}, expected one of ${VIEW_IDS.join(', ')}, as #view=bytes`;
}

/** The fragment of a view, with the signs that need no escape left as people can read them. */
export function writeFragment(view: View['id'], values: URLSearchParams): string {
  const text = new URLSearchParams([['view', view], ...values]).toString();
  return `#${text.replace(/%(?:2C|3A|5B|5D|7B|7D|2F)/g, decodeURIComponent)}`;
}
