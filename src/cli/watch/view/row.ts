import type { Health } from '../../../health/index.js';

/** One instance, as the view shows it. */
export interface Row {
  /** The name of the process: any bytes at all, it is the process that chose it. */
  readonly name: string;
  readonly pid: number;
  /** The descriptor of the ring in that process. */
  readonly ring: number;
  readonly zcrx_id: number;
  readonly health: Health;
  /** Received bytes, or buffers, or copies per second; oldest first. What is not a number is a gap. */
  readonly history: readonly number[];
  /** Ours, or read through a mapping of the region, or in the memory of the other process. */
  readonly how: 'own' | 'mapped' | 'remote';
  /** Rows with the same value here show the same statistics (importers), which totals count once. */
  readonly statistics?: string;
  /** The instance is gone, and why; it is shown for as long as the row is given. */
  readonly gone?: string;
}

/** Which instance it is, or was: another ring of the process may have the same descriptor later. */
export const placeOf = (row: Row): string => `${row.pid}:${row.ring}/${row.zcrx_id}`;

/** What a row is known by from one picture to the next: one that is gone by its last moment too. */
export const keyOf = (row: Row): string =>
  row.gone === undefined ? placeOf(row) : `${placeOf(row)} until ${row.health.time}`;

/** States, the worst first; what is gone comes last. */
const SEVERITY = ['stalled', 'starving', 'copying', 'unknown', 'zero-copy', 'gone'] as const;

export type ShownState = (typeof SEVERITY)[number];

export const stateOf = (row: Row): ShownState => (row.gone === undefined ? row.health.state : 'gone');

/** 0 is the worst. */
export const severityOf = (row: Row): number => SEVERITY.indexOf(stateOf(row));

/** The word for the state; `~` before it means that it was concluded: neither the kernel nor the program told it. */
export const stateWord = (row: Row): string =>
  row.health.inferred && row.gone === undefined ? `~${stateOf(row)}` : stateOf(row);

/** How many rows are in each state, the worst first. */
export function countStates(rows: readonly Row[]): [ShownState, number][] {
  const counts = SEVERITY.map(() => 0);
  for (const row of rows) {
    const i = severityOf(row);
    counts[i] = (counts[i] ?? 0) + 1;
  }
  return SEVERITY.map((state, i): [ShownState, number] => [state, counts[i] as number]).filter(
    ([, count]) => count > 0,
  );
}
