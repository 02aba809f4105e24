import { type CallStruct, STRUCT_OF } from '../layout/call-structs.js';
import { type FieldDescription, structById } from '../layout/description.js';
import { type Bundle, givenName } from './bundle.js';
import { isAddress } from './words.js';

type Container = Record<string, unknown>;

/** A path taken apart. */
export interface Steps {
  /** Key of the bundle. */
  readonly part: string;
  /** Of a list of questions the one that is meant. */
  readonly index: number | undefined;
  /** What follows: names of nested structs and fields, numbers of elements. */
  readonly rest: readonly string[];
}

/** Takes a path apart, as `nr_args`, `ctrl.zc_flush.__resv[5]` or `query[2].size`. */
export function stepsOf(path: string): Steps {
  const [part = '', ...rest] = path.split(/[.[\]]+/).filter(Boolean);
  const isNumbered = part === 'query' && /^\d+$/.test(rest[0] ?? '');
  return { part, index: isNumbered ? Number(rest[0]) : undefined, rest: isNumbered ? rest.slice(1) : rest };
}

/** As JSON has it best: addresses in hex, other numbers as such if they are exact. */
export function asJson(path: string, value: bigint): number | string {
  if (isAddress(path) && value !== 0n) return `0x${value.toString(16)}`;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

/** The fields of a struct as the bundle gives them. */
export function fieldsAt(bundle: Bundle, part: CallStruct, index?: number): Container | undefined {
  const given =
    part === 'event_desc' ? (bundle.event_desc ?? bundle.notif_desc) : bundle[part as keyof Bundle];
  return (Array.isArray(given) ? given[index ?? 0] : given) as Container | undefined;
}

const fieldNamed = (layout: string, name: string): FieldDescription | undefined =>
  structById(layout).fields.find(
    (field) => field.name === name || Object.values(field.names).flat().includes(name),
  );

/** Sets a field of a struct, under the name that it is given by; `steps` leads through nested structs to it. */
function setField(fields: Container, layout: string, steps: readonly string[], value: number | string): void {
  const [step = '', next, ...rest] = steps;
  const name = givenName(layout, step, fields) ?? step;
  if (next === undefined) {
    fields[name] = value;
    return;
  }
  const field = fieldNamed(layout, step);
  if (field?.struct) {
    fields[name] ??= {};
    setField(fields[name] as Container, field.struct, [next, ...rest], value);
  } else {
    const elements = (fields[name] ?? Array(field?.count ?? 0).fill(0)) as unknown[];
    fields[name] = elements.with(Number(next), value);
  }
}

/**
 * Sets what a path names in a bundle that was understood; fields that it does not give yet are added.
 * @param value a number, or text as `encode` takes it
 * @returns false, and nothing is changed, if the path leads into a struct that the bundle does not have
 */
export function assign(bundle: Bundle, path: string, value: bigint | string): boolean {
  const { part, index, rest } = stepsOf(path);
  const json = typeof value === 'string' ? value : asJson(path, value);
  if (!Object.hasOwn(STRUCT_OF, part)) {
    (bundle as Container)[part] = json;
    return true;
  }
  const fields = fieldsAt(bundle, part as CallStruct, index);
  if (fields) setField(fields, STRUCT_OF[part as CallStruct], rest, json);
  return fields !== undefined;
}
