import { wrap } from './text.js';

/** An entry: what is explained, and how. */
const ENTRIES: readonly (readonly [string, string])[] = [
  ['s, 1-7', 'sort by the next column, or by one of the first seven; r reverses'],
  ['up down j k', 'select an instance, also with page up and down, home, end; esc: the worst'],
  ['enter', 'all that is known of the instance, or only the reason'],
  ['p', 'stop the picture; watching goes on'],
  ['q, Ctrl-C', 'quit'],
  ['~', 'a state that was concluded: neither the kernel nor the program told it'],
  ['-', 'what is not known; it is not zero'],
  ['RECV/s', 'received bytes, or buffers (buf) that the refill ring passed on'],
  ['COPIED/s', 'bytes that the kernel copied; COPY/s how often, SHARE of what was received'],
  ['HISTORY', 'of RECV/s, each row on its own scale; the newest at the right'],
];

const INDENT = 13;

/** Help as lines; a narrow terminal has the explanation below what is explained. */
export function helpLines(width: number): string[] {
  const isNarrow = width < 60;
  const indent = isNarrow ? 2 : INDENT;
  return ENTRIES.flatMap(([what, text]) => {
    const lines = wrap(text, width - indent);
    if (isNarrow) return [what, ...lines.map((line) => `  ${line}`)];
    return lines.map((line, i) => (i === 0 ? what : '').padEnd(indent) + line);
  }).map((line) => line.slice(0, width));
}
