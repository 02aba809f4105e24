import { RULES, type Verdict } from '../../../src/verdict/index.js';
import { since, type Target } from './target.js';

/** How often each rule must have decided in a full run. */
export const WANTED_HITS = 20;

/** What succeeds changes the state; by the series that can do it. */
const DEEDS = {
  'query answered': '6.18',
  'instance registered': '7.1',
  'instance exported': '7.1',
  'instance imported': '7.1',
  'ring flushed': '7.1',
  'event posted': '7.2',
  'event re-armed': '7.2',
  'area added': '7.3',
} as const;

export type Deed = keyof typeof DEEDS;

/** Counts which rules decided; of a query that succeeds as a whole, also those that single questions break. */
export class Coverage {
  /** By the rule's name. */
  readonly hits = new Map<string, number>();
  readonly deeds = new Map<Deed, number>();

  count(verdict: Verdict): void {
    this.#hit(verdict.rule);
    if (verdict.errno !== null) return;
    for (const { rule } of verdict.findings) if (rule !== verdict.rule) this.#hit(rule);
  }

  did(deed: Deed): void {
    this.deeds.set(deed, (this.deeds.get(deed) ?? 0) + 1);
  }

  /** What this kernel has or can do, that needs nothing special, and that was met too seldom. */
  missing(target: Target): string[] {
    const rules = RULES.filter(
      (rule) => rule.needs === undefined && rule.name !== 'unproved' && exists(rule, target),
    ).map(({ name }) => [name, this.hits.get(name) ?? 0] as const);
    const deeds = possibleDeeds(target).map((deed) => [deed, this.deeds.get(deed) ?? 0] as const);
    return [...rules, ...deeds]
      .filter(([, count]) => count < WANTED_HITS)
      .map(([name, count]) => `${name} (${count})`);
  }

  /** As text, for people: the rules in the kernel's order, their errno and their hits. */
  table(target: Target): string {
    const rows = RULES.filter((rule) => exists(rule, target) || this.hits.has(rule.name)).map((rule) => {
      const hits = String(this.hits.get(rule.name) ?? 0).padStart(9);
      return `${hits}  ${(rule.errno ?? '').padEnd(10)}  ${rule.name}${rule.needs === undefined ? '' : `  (needs ${rule.needs})`}`;
    });
    const deeds = possibleDeeds(target).map(
      (deed) => `${String(this.deeds.get(deed) ?? 0).padStart(9)}  ${deed}`,
    );
    return ['     hits  errno       rule', ...rows, '    times  what was done', ...deeds].join('\n');
  }

  #hit(rule: string): void {
    this.hits.set(rule, (this.hits.get(rule) ?? 0) + 1);
  }
}

function possibleDeeds(target: Target): Deed[] {
  return Object.entries(DEEDS).flatMap(([deed, series]) => (since(target, series) ? [deed as Deed] : []));
}

function exists(rule: (typeof RULES)[number], target: Target): boolean {
  if (rule.since !== undefined && !since(target, rule.since)) return false;
  return rule.until === undefined || !since(target, rule.until);
}
