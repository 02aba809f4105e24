import type { JsonFinding } from './call.js';

/** A value of a field that would pass a check. */
export interface Fix {
  /** As `event_desc.stats_offset`. */
  readonly field: string;
  readonly value: bigint;
}

/** What is wrong in a call: a {@link JsonFinding} with its numbers as numbers. */
export interface CallFinding {
  /** Stable, as `stats-overlap-ring`. */
  readonly rule: string;
  /** With which the kernel refuses a call that breaks this rule alone. */
  readonly errno: string;
  /** As `event_desc.stats_offset`, or `nr_args`. */
  readonly field: string;
  readonly value: bigint;
  /** One sentence: what it is, what would pass, and why. */
  readonly message: string;
  /** First kernel series with the rule; absent where all have it. */
  readonly since?: string;
  /** What would pass this check. */
  readonly fix?: Fix;
  /** Which question of a query: the kernel answers it with the errno, and the query goes on. */
  readonly entry?: number;
}

/** Findings as TypeScript has them, of findings as JSON has them. */
export function typedFindings(findings: readonly JsonFinding[]): CallFinding[] {
  return findings.map(({ value, fix, ...rest }) => ({
    ...rest,
    value: BigInt(value),
    ...(fix && { fix: { field: fix.field, value: BigInt(fix.value) } }),
  }));
}
