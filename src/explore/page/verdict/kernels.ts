import { isLayoutError } from '../../../errors.js';
import type { Bundle } from '../../../verdict/bundle.js';
import { type Checked, checkBundle } from '../../../verdict/check.js';
import { VerdictModel } from '../../../verdict/model.js';
import { KNOWN_SERIES } from '../../../verdict/series.js';
import { decidingFinding, headlineOf } from '../../../verdict/summary.js';

export type Series = (typeof KNOWN_SERIES)[number];

/** Newest first. */
export const SERIES: readonly Series[] = KNOWN_SERIES.toReversed();

/** What one kernel says to a call, in short. */
export interface KernelRow {
  readonly series: Series;
  readonly kind: 'succeeds' | 'refused' | 'open';
  /** `succeeds`, the errno, or `not known`. */
  readonly outcome: string;
  /** Why, in a sentence; empty for success. */
  readonly because: string;
}

// A page shows no megabytes, and must not be long about making them.
export const model = new VerdictModel({ mostBytes: 1 << 20 });

/**
 * The verdict on a bundle, within what a page can show.
 * @throws LayoutError as checkBundle; also for a query that has the kernel write more than 1 MiB
 */
export const check = (bundle: Bundle): Checked => checkBundle(bundle, model);

/** The verdict of one kernel, whichever the bundle names. */
export function rowOf(bundle: Bundle, series: Series): KernelRow {
  try {
    const checked = check({ ...bundle, kernel: series });
    const { kind, outcome, what } = headlineOf(checked);
    const because = decidingFinding(checked.verdict)?.message ?? (kind === 'open' ? what : '');
    return { series, kind, outcome, because };
  } catch (error) {
    if (!isLayoutError(error)) throw error;
    return { series, kind: 'open', outcome: 'not told', because: error.message };
  }
}
