import type { Bundle, BundleFields } from './bundle.js';
import { givenName } from './bundle.js';
import type { JsonFinding } from './call.js';
import { type Checked, checkBundle } from './check.js';
import { type Part, STRUCT_OF } from './field-name.js';

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

const asJson = (value: string) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

type Container = Record<string, unknown> | unknown[];

/** Walks to the object that holds the last step of a path, and makes what is missing on the way. */
function holderOf(start: Container, steps: readonly string[]): Container {
  let holder = start as Record<string, unknown>;
  for (const step of steps) {
    holder[step] ??= {};
    holder = holder[step] as Record<string, unknown>;
  }
  return holder;
}

/** The name under which a struct or field of the bundle is there already. */
function present(bundle: Bundle, step: string, part: string | undefined): string {
  if (part === undefined) return step === 'event_desc' && bundle.notif_desc ? 'notif_desc' : step;
  const fields =
    (part === 'event_desc' && bundle.notif_desc) || (bundle[part as keyof Bundle] as BundleFields);
  const struct = STRUCT_OF[part as Part];
  return struct && fields && !Array.isArray(fields) ? (givenName(struct, step, fields) ?? step) : step;
}

/** `query[2].size` and `reg.__resv[1]` as single steps. */
const stepsOf = (path: string) => path.split(/[.[\]]+/).filter(Boolean);

/** Sets the field that a path names. */
function set(bundle: Bundle, path: string, value: string): void {
  const [first = '', ...rest] = stepsOf(path);
  if (rest.length === 0) {
    (bundle as Record<string, unknown>)[first] = asJson(value);
    return;
  }
  const steps = [present(bundle, first, undefined), ...rest];
  if (first !== 'query' || rest.length === 1) steps[1] = present(bundle, rest[0] as string, first);
  const holder = holderOf(bundle as Container, steps.slice(0, -1));
  const last = steps.at(-1) as string;
  const query = (bundle.query as unknown[] | undefined) ?? [];
  if (first === 'query' && Array.isArray(query) && rest.length === 1) {
    (query[0] as Record<string, unknown>)[last] = asJson(value);
    return;
  }
  (holder as Record<string, unknown>)[last] = asJson(value);
}

function apply(bundle: Bundle, finding: JsonFinding, applied: Applied[]): boolean {
  const { fix, rule, value, field } = finding;
  if (!fix) return false;
  const was = fix.field === field ? value : '';
  // The same change twice would not help the second time either.
  if (applied.some((each) => each.field === fix.field && each.to === fix.value && each.rule === rule))
    return false;
  set(bundle, fix.field, fix.value);
  applied.push({ field: fix.field, from: was, to: fix.value, rule });
  return true;
}

/**
 * Applies the fixes that are known, one after another, until the kernel would take the call or none is left.
 * @throws LayoutError as checkBundle
 */
export function fixBundle(given: unknown): Fixed {
  const bundle = structuredClone(given) as Bundle;
  const applied: Applied[] = [];
  let checked = checkBundle(bundle);
  for (let round = 0; round < ROUNDS && checked.verdict.findings.length > 0; round++) {
    if (!checked.verdict.findings.some((finding) => apply(bundle, finding, applied))) break;
    checked = checkBundle(bundle);
  }
  return { bundle, applied, checked };
}
