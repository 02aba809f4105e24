import { bytesText } from './figures.js';
import { countStates, type Row } from './row.js';

interface Total {
  readonly sum: number;
  /** Rows that told their part, and those that could have. */
  readonly known: number;
  readonly of: number;
}

function total(rows: readonly Row[], value: (row: Row) => number | undefined): Total {
  const values = rows.map(value).filter((x) => x !== undefined);
  return { sum: values.reduce((sum, x) => sum + x, 0), known: values.length, of: rows.length };
}

/** One row of each statistics block: importers show the same counters. */
function withoutShared(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter(({ statistics }) => {
    if (statistics === undefined) return true;
    const isNew = !seen.has(statistics);
    seen.add(statistics);
    return isNew;
  });
}

const rateText = (what: string, { sum, known, of }: Total) =>
  known === 0 ? `${what} unknown` : `${what} ${known < of ? 'at least ' : ''}${bytesText(sum)}/s`;

/** How many instances are in which state. */
export function statesText(rows: readonly Row[]): string {
  if (rows.length === 0) return 'no instance';
  const states = countStates(rows).map(([state, count]) => `${count} ${state}`);
  return `${rows.length} instance${rows.length === 1 ? '' : 's'}: ${states.join(', ')}`;
}

/** What they receive and copy together; empty where there is none that could. */
export function ratesText(rows: readonly Row[]): string {
  const live = rows.filter(({ gone }) => gone === undefined);
  if (live.length === 0) return '';
  const received = total(live, ({ health }) => health.received_bytes_per_second);
  const copied = total(withoutShared(live), ({ health }) => health.copied_bytes_per_second);
  return `${rateText('received', received)}, ${rateText('copied', copied)}`;
}
