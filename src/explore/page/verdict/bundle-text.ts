import { type Json, parseExactJson } from '../../../exact-json.js';
import type { Bundle } from '../../../verdict/bundle.js';

/** Longer text is no bundle that a person wrote. In characters. */
export const LONGEST_TEXT = 65_536;

/**
 * The bundle in a text; what is in it is not looked at yet.
 * @throws SyntaxError in one line
 */
export function readBundleText(text: string): Bundle {
  if (text.length > LONGEST_TEXT)
    throw new SyntaxError(`the text has ${text.length} characters, expected at most ${LONGEST_TEXT}`);
  if (text.trim() === '') throw new SyntaxError('the text is empty, expected JSON with reg, ctrl or query');
  const document = parseExactJson(text);
  if (document === null || typeof document !== 'object' || Array.isArray(document))
    throw new SyntaxError('the JSON is no object, expected one with reg, ctrl or query');
  return document as Bundle;
}

/** Columns that text on one line may have. */
const WIDTH = 64;

function lines(value: Json, indent: string, room: number): string {
  const flat = inline(value);
  if (value === null || typeof value !== 'object' || flat.length <= room) return flat;
  const inner = `${indent}  `;
  const rows = Array.isArray(value)
    ? value.map((each) => lines(each, inner, WIDTH - inner.length))
    : Object.entries(value).map(([key, each]) => {
        const name = `${JSON.stringify(key)}: `;
        return name + lines(each, inner, WIDTH - inner.length - name.length);
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${rows.map((row) => inner + row).join(',\n')}\n${indent}${close}`;
}

function inline(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const fields = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${inline(each)}`);
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}';
}

/** A bundle as text to edit: a line each for what is short, and no line that is much longer than a phone is wide. */
export function bundleText(bundle: Bundle): string {
  // Each key of the bundle on a line of its own, however short they are together.
  return lines(bundle as Json, '', 0);
}
