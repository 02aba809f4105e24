import { RULES } from '../generated/rules.js';

/** A check of the kernel's. */
export interface Rule {
  /** Stable. */
  readonly name: string;
  /** The number by which the module knows it. */
  readonly value: number;
  /** With which a call that breaks it is refused; null for the two outcomes that refuse nothing. */
  readonly errno: string | null;
  /** What holds for a call that passes. */
  readonly doc: string;
  /** First kernel series with the check; absent where all have it. */
  readonly since?: string;
  /** First kernel series without it. */
  readonly until?: string;
  /** What it takes to meet it, beyond a machine without special hardware: `device`. */
  readonly needs?: string;
  /** It concerns one question of a query; the query itself succeeds. */
  readonly entry?: boolean;
}

const byValue = new Map(RULES.map((rule) => [rule.value, rule]));

/** The rule that the module gave a number for. */
export function ruleOf(value: number): Rule {
  return byValue.get(value) as Rule;
}
