import { badToken, errorAt, type Line, MOST_BYTES, type Token, tokensOf } from './source.js';

const OPEN: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/** Where the list of the array begins, if the input is one: at `{`, or where everything is inside `[` and `]`. */
function openingOf(lines: readonly Line[]): { line: number; at: number } | undefined {
  const brace = lines.findIndex(({ text }) => text.includes('{'));
  if (brace >= 0) return { line: brace, at: (lines[brace] as Line).text.indexOf('{') };
  const first = (lines[0] as Line).text;
  return /^\s*\[/.test(first) ? { line: 0, at: first.indexOf('[') } : undefined;
}

/** Whether the input is an array: of C, as `xxd -i` or gdb's `print/x` have it, or of JavaScript or Python. */
export function isArray(lines: readonly Line[]): boolean {
  return openingOf(lines) !== undefined;
}

/** Bytes of an array. What stands before it must be a declaration, what stands after it the end of one. */
export function parseArray(lines: readonly Line[]): Uint8Array {
  const opening = openingOf(lines) as { line: number; at: number };
  const openLine = lines[opening.line] as Line;
  const close = OPEN[openLine.text[opening.at] as string] as string;
  const before = [
    ...lines.slice(0, opening.line).map((l) => l.text),
    openLine.text.slice(0, opening.at),
  ].join(' ');
  if (before.trim() !== '' && !/[=)]\s*$/.test(before)) {
    throw errorAt(
      openLine,
      opening.at,
      'an array begins behind other input, expected it alone, or behind "="',
    );
  }
  const bytes: number[] = [];
  for (let i = opening.line; i < lines.length; i++) {
    const line = lines[i] as Line;
    const from = i === opening.line ? opening.at + 1 : 0;
    const end = line.text.indexOf(close, from);
    readItems(line, from, end < 0 ? line.text.length : end, bytes);
    if (end < 0) continue;
    checkRest(line, end + 1, lines.slice(i + 1), bytes.length);
    return Uint8Array.from(bytes);
  }
  throw errorAt(openLine, opening.at, `the array has no closing "${close}"`);
}

/** Reads the items of one line. gdb writes many equal ones as `0x0 <repeats 77 times>`. */
function readItems(line: Line, from: number, to: number, bytes: number[]): void {
  const items = tokensOf(line, /<repeats\s+\d+\s+times>|[^\s,<]+|</g, from, to);
  for (const item of items) {
    const times = /^<repeats\s+(\d+)/.exec(item.text)?.[1];
    if (times === undefined) bytes.push(itemValue(item));
    else repeatLast(item, Number(times), bytes);
  }
}

function itemValue(item: Token): number {
  const [, prefix, digits] = /^(0x)?([\da-f]+)$/i.exec(item.text) ?? [];
  const value = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
  if (prefix && value <= 0xff) return value;
  // A lone decimal digit is the same number either way.
  if (!prefix && /^\d$/.test(digits ?? '')) return value;
  if (prefix && digits)
    throw errorAt(item.line, item.at, `"${item.text.slice(0, 18)}" is no byte, expected 0x00 to 0xff`);
  if (/^\d+$/.test(item.text)) {
    throw errorAt(
      item.line,
      item.at,
      `"${item.text.slice(0, 18)}" is decimal in an array, expected bytes as 0x2a`,
    );
  }
  throw badToken(item, 'bytes as 0x2a, separated by commas');
}

function repeatLast(item: Token, times: number, bytes: number[]): void {
  const last = bytes.at(-1);
  if (last === undefined || times < 1 || bytes.length + times > MOST_BYTES) {
    throw errorAt(
      item.line,
      item.at,
      `"${item.text.slice(0, 24)}" repeats nothing, or more than ${MOST_BYTES} bytes`,
    );
  }
  for (let i = 1; i < times; i++) bytes.push(last);
}

/** Behind the array: nothing, or `;` and the length that `xxd -i` declares. */
function checkRest(line: Line, from: number, following: readonly Line[], count: number): void {
  const rest = line.text.slice(from).trim();
  if (rest !== '' && rest !== ';') {
    throw errorAt(line, from, `"${rest.slice(0, 18)}" stands behind the array, expected its end`);
  }
  for (const next of following) {
    const length = /^\s*(?:static\s+)?(?:const\s+)?unsigned int \w+_len = (\d+);\s*$/.exec(next.text)?.[1];
    if (length === undefined) throw errorAt(next, 0, 'more input stands behind the array, expected its end');
    if (Number(length) !== count)
      throw errorAt(next, 0, `the array has ${count} bytes, but its length is given as ${length}`);
  }
}
