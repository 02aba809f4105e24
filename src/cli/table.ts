import type { Paint, Style } from './terminal.js';

/** A cell: text, or text with a style. */
export type Cell = string | { readonly text: string; readonly style: Style };

const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell.text);

/**
 * Lines of aligned cells, two spaces apart. Columns named in `right` are aligned to the right; the last column is never
 * filled up. Widths are counted in the text, before styles.
 */
export function table(
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  right: readonly number[] = [],
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => textOf(row[i] ?? '').length)),
  );
  return rows.map((row) => {
    const used = row.findLastIndex((cell) => textOf(cell) !== '');
    const cells = row.slice(0, used + 1).map((cell, i) => {
      const text = textOf(cell);
      const width = widths[i] as number;
      const filled = right.includes(i) ? text.padStart(width) : i === used ? text : text.padEnd(width);
      return typeof cell === 'string' ? filled : filled.replace(text, () => paint(cell.style, text));
    });
    return cells.join('  ');
  });
}
