const BLOCKS = '▁▂▃▄▅▆▇█';
/** The same in ASCII, from next to nothing to the most. */
const MARKS = '_.:-=+*#';

/**
 * The last values of a history, the newest at the right. The lowest mark is zero and only that, the highest is the
 * greatest value shown; a gap stays blank.
 */
export function sparkline(history: readonly number[], width: number, unicode: boolean): string {
  const marks = unicode ? BLOCKS : MARKS;
  const shown = width < 1 ? [] : history.slice(-width);
  const greatest = Math.max(0, ...shown.filter(Number.isFinite));
  const most = marks.length - 1;
  const line = shown.map((value) => {
    if (!Number.isFinite(value) || value < 0) return ' ';
    return marks[value === 0 ? 0 : Math.max(1, Math.round((value / greatest) * most))];
  });
  return line.join('').padStart(width);
}
