/** What the plots of a page are drawn from: JSON in the page, made by Node and read by the page's script. */

/** Times are seconds since the start of the recording. */
export interface PageData {
  /** Milliseconds since 1970 at time 0. */
  readonly wallClock: number;
  readonly to: number;
  readonly instances: readonly PageInstance[];
}

/** Amounts of a counter: one element for each bucket, null where it was not read. */
export interface PageCounter {
  /** Increase. */
  readonly sum: readonly (number | null)[];
  /** Seconds that the increase took. */
  readonly seconds: readonly number[];
  /** Least and largest rate per second between two samples. */
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** Readings of a gauge: one element for each bucket, null where it was not read. */
export interface PageGauge {
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export type PageStates = readonly (readonly [
  from: number,
  to: number,
  seconds: { readonly [state: string]: number },
])[];

export interface PageInstance {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Where each bucket begins, and where it ends. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly counters: { readonly [name: string]: PageCounter };
  readonly gauges: { readonly [name: string]: PageGauge };
  readonly eventsKnown: boolean;
  readonly events: {
    readonly [type: string]: readonly (readonly [from: number, to: number, count: number])[];
  };
  readonly states: PageStates;
}

/** Of the element that holds the data. */
export const DATA_ID = 'zcrx-data';
