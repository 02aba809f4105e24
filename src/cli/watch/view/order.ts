import { keyOf, placeOf, type Row, severityOf } from './row.js';

/** What rows can be sorted by, in the order of the columns: the keys 1 to 7. */
export const SORTS = ['instance', 'state', 'since', 'received', 'copied', 'copies', 'share'] as const;
export type Sort = (typeof SORTS)[number];

/** 1, or -1 in reverse. */
type Sign = 1 | -1;
type Compare = (a: Row, b: Row, sign: Sign) => number;

/** The greatest first. What is not known comes last, in reverse too: it is neither much nor little. */
function greatest(value: (row: Row) => number | undefined): Compare {
  return (a, b, sign) => {
    const x = value(a);
    const y = value(b);
    if (x === y) return 0;
    if (x === undefined) return 1;
    return y === undefined ? -1 : (y - x) * sign;
  };
}

const smallest = (value: (row: Row) => number): Compare => {
  const compare = greatest(value);
  return (a, b, sign) => compare(a, b, -sign as Sign);
};

const byName: Compare = (a, b, sign) => {
  if (a.name !== b.name) return a.name < b.name ? -sign : sign;
  return (a.pid - b.pid || a.ring - b.ring || a.zcrx_id - b.zcrx_id) * sign;
};

const first =
  (...compares: Compare[]): Compare =>
  (a, b, sign) => {
    for (const compare of compares) {
      const order = compare(a, b, sign);
      if (order !== 0) return order;
    }
    return 0;
  };

const copied = greatest(({ health }) => health.copied_bytes_per_second);

const COMPARES: { readonly [sort in Sort]: Compare } = {
  instance: byName,
  // The worst state; of these who copies most.
  state: first(smallest(severityOf), copied),
  since: smallest(({ health }) => Number(health.time - health.since)),
  // Bytes and buffers cannot be compared: first the ones, then the others.
  received: first(
    greatest(({ health }) => health.received_bytes_per_second),
    greatest(({ health }) => health.buffers_per_second),
  ),
  copied,
  copies: greatest(({ health }) => health.copies_per_second),
  share: greatest(({ health }) => health.copied_share),
};

function comparison(sort: Sort, reversed: boolean): (a: Row, b: Row) => number {
  const compare = COMPARES[sort];
  const sign = reversed ? -1 : 1;
  return (a, b) => compare(a, b, sign) || byName(a, b, 1);
}

/** Rows in order: names from a, states from the worst, times from the newest, figures from the greatest. */
export const sorted = (rows: readonly Row[], sort: Sort, reversed: boolean): Row[] =>
  [...rows].sort(comparison(sort, reversed));

const worse = comparison('state', false);

/** The row that needs a look before all others. */
export function worstOf(rows: readonly Row[]): Row | undefined {
  let worst = rows[0];
  for (const row of rows) if (worst && worse(row, worst) < 0) worst = row;
  return worst;
}

/** The row with a key; if it is gone, what it was. */
export function indexOfKey(rows: readonly Row[], key: string): number {
  const index = rows.findIndex((row) => keyOf(row) === key);
  return index >= 0 ? index : rows.findIndex((row) => placeOf(row) === key);
}
