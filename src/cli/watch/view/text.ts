// Text as it may reach a terminal. Every character that is let through takes exactly one column.

/** What of Unicode is let through: letters of the Latin, Greek and Cyrillic blocks, made of one character each. */
const isLetter = (c: string) => c >= '\u00aa' && c <= '\u052f' && /^\p{L}$/u.test(c);

/**
 * Text in which nothing can steer a terminal, and whose length is its width: printable ASCII and, where `unicode` says
 * so, single letters of European scripts. Each other character (control characters, wide and combining ones, what is no
 * character at all) becomes `?`.
 */
export function printable(text: string, unicode: boolean): string {
  if (/^[ -~]*$/.test(text)) return text;
  // One character for a letter and its accent, where there is one.
  const characters = [...text.normalize('NFC')];
  return characters.map((c) => ((c >= ' ' && c <= '~') || (unicode && isLetter(c)) ? c : '?')).join('');
}

/** A sentence from outside on one line. */
export const sentence = (text: string, unicode: boolean): string =>
  printable(text.replace(/\s+/g, ' ').trim(), unicode);

const ellipsis = (unicode: boolean) => (unicode ? '…' : '..');

/** Text that is at most so wide, with a mark where something was left out at its end. */
export function cutEnd(text: string, width: number, unicode: boolean): string {
  if (text.length <= width) return text;
  const mark = ellipsis(unicode);
  return width <= mark.length ? text.slice(0, width) : text.slice(0, width - mark.length) + mark;
}

/** A name and what follows it, of which the name is shortened first. */
export function cutName(name: string, rest: string, width: number, unicode: boolean): string {
  const room = width - rest.length;
  if (name.length <= room) return name + rest;
  const mark = ellipsis(unicode);
  if (room >= mark.length) return name.slice(0, room - mark.length) + mark + rest;
  // The end tells instances of a process apart, so it stays to the last.
  return width <= mark.length ? rest.slice(rest.length - width) : mark + rest.slice(mark.length - width);
}

/** Lines of words, each at most so wide; a longer word is broken. */
export function wrap(text: string, width: number): string[] {
  if (width < 1) return [];
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = word;
  }
  return line === '' ? lines : [...lines, line];
}

/** The first lines of some, with a mark where others were left out. */
export function cutLines(lines: readonly string[], most: number, width: number, unicode: boolean): string[] {
  if (lines.length <= most) return [...lines];
  const mark = ellipsis(unicode);
  const shown = lines.slice(0, most);
  const last = shown.pop();
  if (last === undefined) return [];
  return [...shown, last.slice(0, Math.max(0, width - mark.length)) + mark.slice(0, width)];
}

/** Text at the left and at the right end of a line; the right one is left out where both do not fit. */
export function spread(left: string, right: string, width: number, unicode: boolean): string {
  if (right !== '' && left.length + 2 + right.length <= width) {
    return left + right.padStart(width - left.length);
  }
  return cutEnd(left, width, unicode);
}
