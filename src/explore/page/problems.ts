import { oneLine } from '../../quote.js';

const LONGEST = 600;

/** What went wrong, on one line and not longer than people read. */
export function errorText(error: unknown): string {
  const text = oneLine(error instanceof Error ? error.message : String(error));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
