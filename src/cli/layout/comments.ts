import { wrap } from '../watch/view/text.js';

/** Columns of a line, with its indent. */
export const WIDTH = 100;

/** Text as lines of comments, each behind its mark; none for no text. */
export const commentLines = (text: string, mark: string, indent = ''): string[] =>
  wrap(text, WIDTH - indent.length - mark.length - 1).map((line) => `${indent}${mark} ${line}`);

/** Blocks of lines as text, so many empty lines between them. */
export const blocks = (parts: readonly (readonly string[])[], empty = 1): string =>
  `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n'.repeat(empty + 1))}\n`;
