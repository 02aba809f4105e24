import { RULES, type Verdict } from '../../../src/verdict/index.js';
import { since, type Target } from './target.js';

/** How often each rule must have decided in a full run. */
export const WANTED_HITS = 20;

/** Counts which rules decided; of a query that succeeds as a whole, also those that single questions break. */
export class Coverage {
  readonly hits = new Map<string, number>();
  calls = 0;

  count(verdict: Verdict): void {
    this.calls++;
    this.#hit(verdict.rule);
    if (verdict.errno !== null) return;
    for (const { rule } of verdict.findings) if (rule !== verdict.rule) this.#hit(rule);
  }

  add(other: Coverage): void {
    this.calls += other.calls;
    for (const [rule, hits] of other.hits) this.hits.set(rule, (this.hits.get(rule) ?? 0) + hits);
  }

  /** Rules that this kernel has, that need nothing special, and that were hit too rarely. */
  missing(target: Target): string[] {
    return RULES.filter(
      (rule) => rule.needs === undefined && rule.name !== 'unproved' && exists(rule, target),
    )
      .filter(({ name }) => (this.hits.get(name) ?? 0) < WANTED_HITS)
      .map(({ name }) => `${name} (${this.hits.get(name) ?? 0})`);
  }

  /** As text, for people: the rules in the kernel's order, their errno and their hits. */
  table(target: Target): string {
    const rows = RULES.filter((rule) => exists(rule, target) || this.hits.has(rule.name)).map((rule) => {
      const hits = String(this.hits.get(rule.name) ?? 0).padStart(9);
      return `${hits}  ${(rule.errno ?? '').padEnd(10)}  ${rule.name}${rule.needs === undefined ? '' : `  (needs ${rule.needs})`}`;
    });
    return ['     hits  errno       rule', ...rows].join('\n');
  }

  #hit(rule: string): void {
    this.hits.set(rule, (this.hits.get(rule) ?? 0) + 1);
  }
}

function exists(rule: (typeof RULES)[number], target: Target): boolean {
  if (rule.since !== undefined && !since(target, rule.since)) return false;
  return rule.until === undefined || !since(target, rule.until);
}
