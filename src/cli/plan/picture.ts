import { innerBorders, partsOf } from '../../plan/parts.js';
import type { Plan } from '../../plan/planned.js';

/** Signs between the walls of the picture. */
const WIDTH = 44;

/**
 * The region drawn in characters, one line a part, offsets at the left. Lines of `=` are borders between pages, lines of
 * `-` lie inside a page.
 */
export function picture(plan: Plan): string[] {
  const { pageSize } = plan;
  const size = plan.region.region_size;
  const digits = size.toString(16).length;
  const border = (at: number) => {
    const page = at % pageSize === 0 && at < size ? ` page ${at / pageSize}` : '';
    const line = (at % pageSize === 0 ? '=' : '-').repeat(WIDTH);
    return `0x${at.toString(16).padStart(digits, '0')} +${line}+${page}`;
  };
  const row = (text: string) => `${' '.repeat(digits + 2)} | ${text.padEnd(WIDTH - 1)}|`;
  const lines = partsOf(plan).flatMap((part) => [
    border(part.from),
    row(`${part.what}, ${part.to - part.from} bytes`),
    ...innerBorders(part, pageSize).flatMap(({ at, between }) => [
      border(at),
      row(between > 0 ? `... over ${between} more page borders` : '...'),
    ]),
  ]);
  return [...lines, border(size)];
}
