import { type CallStruct, STRUCT_OF } from '../layout/call-structs.js';
import { structById } from '../layout/description.js';
import { type Bundle, givenName } from './bundle.js';
import type { JsonFinding } from './call.js';
import { type Checked, checkBundle } from './check.js';
import { isAddress } from './words.js';

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

type Container = Record<string, unknown>;

/** As JSON has it best: addresses in hex, other numbers as such if they are exact. */
function asJson(path: string, value: string): number | string {
  if (isAddress(path) && value !== '0') return `0x${BigInt(value).toString(16)}`;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The struct of the bundle that a path begins with, and its layout. */
function structAt(bundle: Bundle, part: string, index: number | undefined): [Container, string] | undefined {
  if (!Object.hasOwn(STRUCT_OF, part)) return undefined;
  const layout = STRUCT_OF[part as CallStruct];
  const given =
    part === 'event_desc' ? (bundle.event_desc ?? bundle.notif_desc) : bundle[part as keyof Bundle];
  const fields = Array.isArray(given) ? given[index ?? 0] : given;
  return fields === undefined ? undefined : [fields as Container, layout];
}

/** Sets a field of a struct, under the name that it is given by; `steps` leads through nested structs to it. */
function setField(fields: Container, layout: string, steps: readonly string[], value: number | string): void {
  const [step = '', next, ...rest] = steps;
  const name = givenName(layout, step, fields) ?? step;
  if (next === undefined) fields[name] = value;
  else if (Array.isArray(fields[name])) fields[name] = (fields[name] as unknown[]).with(Number(next), value);
  else setField(fields[name] as Container, nestedIn(layout, step), [next, ...rest], value);
}

const nestedIn = (layout: string, field: string) =>
  structById(layout).fields.find(({ name }) => name === field)?.struct as string;

/** Sets what a path names, as `nr_args`, `ctrl.zc_flush.__resv[5]` or `query[2].size`. */
function set(bundle: Bundle, path: string, value: string): void {
  const [part = '', ...steps] = path.split(/[.[\]]+/).filter(Boolean);
  const json = asJson(path, value);
  const index = part === 'query' && /^\d+$/.test(steps[0] ?? '') ? Number(steps.shift()) : undefined;
  const found = structAt(bundle, part, index);
  if (found) setField(...found, steps, json);
  else (bundle as Container)[part] = json;
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
  let checked = checkBundle(given);
  const bundle = structuredClone(given) as Bundle;
  const applied: Applied[] = [];
  for (let round = 0; round < ROUNDS && checked.verdict.findings.length > 0; round++) {
    if (!checked.verdict.findings.some((finding) => apply(bundle, finding, applied))) break;
    checked = checkBundle(bundle);
  }
  return { bundle, applied, checked };
}
