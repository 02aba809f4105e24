import type { Row } from '../view/index.js';
import type { Watched } from '../watched.js';

/** Milliseconds for which an instance that is gone is still shown. */
const SHOWN_GONE = 30_000;

function rowOf({ subject, health, history }: Watched): Row {
  const { process: name, pid, ring, zcrx_id, how, statistics } = subject;
  return { name, pid, ring, zcrx_id, how, health, history, ...(statistics !== undefined && { statistics }) };
}

/** The rows of a watch; those that are gone stay among them for a while. */
export class Rows {
  private departed: { readonly row: Row; readonly until: number }[] = [];

  depart(watched: Watched, reason: string): void {
    this.departed.push({ row: { ...rowOf(watched), gone: reason }, until: performance.now() + SHOWN_GONE });
  }

  of(all: readonly Watched[]): Row[] {
    const now = performance.now();
    this.departed = this.departed.filter(({ until }) => until > now);
    return [...all.map(rowOf), ...this.departed.map(({ row }) => row)];
  }
}
