import { assign } from './assign.js';
import type { Bundle } from './bundle.js';
import type { JsonFinding } from './call.js';
import { type Checked, checkBundle } from './check.js';
import type { VerdictModel } from './model.js';

/** A change that a fix made. */
export interface Applied {
  /** As `region.size`. */
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** The rule that it satisfies. */
  readonly rule: string;
}

/** A bundle with the fixes that are known applied. */
export interface Fixed {
  readonly bundle: Bundle;
  readonly applied: readonly Applied[];
  /** What the kernel says to it now. */
  readonly checked: Checked;
}

/** More rounds than there are fields. */
const ROUNDS = 200;

function apply(bundle: Bundle, finding: JsonFinding, applied: Applied[]): boolean {
  const { fix, rule, value, field } = finding;
  if (!fix) return false;
  const was = fix.field === field ? value : '';
  // The same change twice would not help the second time either.
  if (applied.some((each) => each.field === fix.field && each.to === fix.value && each.rule === rule))
    return false;
  if (!assign(bundle, fix.field, BigInt(fix.value))) return false;
  applied.push({ field: fix.field, from: was, to: fix.value, rule });
  return true;
}

/**
 * Applies the fixes that are known, one after another, until the kernel would take the call or none is left.
 * @throws LayoutError as checkBundle
 */
export function fixBundle(given: unknown, model?: VerdictModel): Fixed {
  let checked = checkBundle(given, model);
  const bundle = structuredClone(given) as Bundle;
  const applied: Applied[] = [];
  for (let round = 0; round < ROUNDS && checked.verdict.findings.length > 0; round++) {
    if (!checked.verdict.findings.some((finding) => apply(bundle, finding, applied))) break;
    checked = checkBundle(bundle, model);
  }
  return { bundle, applied, checked };
}

/**
 * A bundle with the fix of one finding applied.
 * @returns undefined where there is none, or the bundle has no place for it
 */
export function fixOne(given: Bundle, { fix }: JsonFinding): Bundle | undefined {
  const bundle = structuredClone(given);
  return fix && assign(bundle, fix.field, BigInt(fix.value)) ? bundle : undefined;
}
