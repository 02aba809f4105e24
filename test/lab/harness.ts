/** What a scenario file exports by default: its cases by name. They run in order, in one process. */
export type Scenarios = Readonly<Record<string, Scenario | { timeoutMs: number; run: Scenario }>>;

/**
 * One case, run inside the guest. It fails by throwing (`node:assert/strict` is at hand there); what it
 * returns goes to the host as JSON, 64-bit integers as decimal strings. A file's top level must do nothing:
 * the host loads it too, for the names.
 */
export type Scenario = (t: Context) => unknown;

export interface Context {
  /** What `uname -r` says. */
  readonly release: string;
  /** Its first two numbers, `7.3`. */
  readonly series: string;
  /** Ends the case as not applicable here; the reason is shown. */
  skip(reason: string): never;
}

/** How a case ended. */
export interface Outcome {
  readonly file: string;
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly error?: string;
  readonly skipped?: string;
  readonly data?: unknown;
}

/** Precedes each outcome on the guest's standard output, where a case may print as well. */
export const OUTCOME_MARK = '@outcome ';
export const DEFAULT_TIMEOUT_MS = 30_000;
