// What the page shows, as the part of its address that no server ever sees.

import type { View } from './view.js';

/** Longer fragments are not looked at: no browser takes them in its address bar either. */
export const LONGEST = 64 * 1024;

export const VIEW_IDS: readonly View['id'][] = ['bytes', 'verdict', 'plan'];

/** What a fragment says, or undefined if it says nothing that can be read. */
export function readFragment(hash: string): { view: View['id']; values: URLSearchParams } | undefined {
  if (hash.length > LONGEST) return undefined;
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEW_IDS.find((id) => id === values.get('view'));
  if (!view) return undefined;
  values.delete('view');
  return { view, values };
}

/** The fragment of a view, with the signs that need no escape left as people can read them. */
export function writeFragment(view: View['id'], values: URLSearchParams): string {
  const text = new URLSearchParams([['view', view], ...values]).toString();
  return `#${text.replace(/%(?:2C|3A|5B|5D|7B|7D|2F)/g, decodeURIComponent)}`;
}
