import { decodeLeaves, namesOf } from '../../../layout/decode.js';
import { fieldNameIn } from '../../../layout/description.js';
import { type Leaf, pathText, selectorOf, UNKNOWN_ARM } from '../../../layout/leaves.js';
import { asJson, assign, fieldsAt } from '../../../verdict/assign.js';
import { type Bundle, givenName } from '../../../verdict/bundle.js';
import { type ShownStruct, structsOf } from './structs.js';

type Fields = Record<string, unknown>;

/** Whether a field is given by names, and not as a number. */
function isGivenByName(fields: Fields, struct: string, { path }: Leaf): boolean {
  const [name = ''] = path;
  const given = path.length === 1 ? fields[givenName(struct, name, fields) ?? name] : nested(fields, path);
  return Array.isArray(given) || (typeof given === 'string' && /[a-z_]{2}/i.test(given));
}

const nested = (fields: Fields, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Fields | undefined)?.[name], fields);

/** Takes what a bundle gives of the arms of a union away. */
function dropArms(fields: Fields, { struct }: ShownStruct['chosen']): void {
  for (const { arm, names } of struct.fields) {
    if (arm === undefined) continue;
    for (const name of Object.values(names).flat()) delete fields[name];
  }
  delete fields[UNKNOWN_ARM];
}

type Values = ReadonlyMap<string, bigint>;

const valuesOf = ({ chosen }: ShownStruct, bytes: Uint8Array): Values =>
  new Map(decodeLeaves(chosen, bytes).map(({ leaf, value }) => [pathText(leaf), value]));

/** Sets the numbers that `was` has otherwise; what it does not have is zero. */
function setFields(bundle: Bundle, shown: ShownStruct, bytes: Uint8Array, was: Values): void {
  const { chosen, part, index, key } = shown;
  const fields = fieldsAt(bundle, part, index) as Fields;
  const unknown: bigint[] = [];
  for (const each of decodeLeaves(chosen, bytes)) {
    const { leaf, value } = each;
    if (leaf.path[0] === UNKNOWN_ARM) unknown.push(value);
    else if (value !== (was.get(pathText(leaf)) ?? 0n)) {
      const isNamed = isGivenByName(fields, chosen.struct.id, leaf);
      const names = [(isNamed && namesOf(each, chosen.revision)) || []].flat().join('|');
      assign(bundle, `${key}.${pathText(leaf)}`, names || value);
    }
  }
  if (unknown.some((value) => value !== 0n))
    fields[UNKNOWN_ARM] = unknown.map((value) => asJson(UNKNOWN_ARM, value));
  else delete fields[UNKNOWN_ARM];
}

/** The numbers that the selector of a union does not decide about. */
const besides = (values: Values): Values => new Map([...values].filter(([path]) => !path.includes('.')));

/**
 * The bundle whose struct has other bytes: the fields that they change are set, and nothing else. Pointers that were laid
 * out stay so until they are changed.
 */
export function editStruct(bundle: Bundle, shown: ShownStruct, bytes: Uint8Array): Bundle {
  const edited = structuredClone(bundle);
  const fields = fieldsAt(edited, shown.part, shown.index);
  if (!fields) return edited;
  const before = valuesOf(shown, shown.bytes);
  const selector = selectorOf(shown.chosen.struct);
  const selected = selector && fieldNameIn(selector, shown.chosen.revision);
  const isOther = selected !== undefined && before.get(selected) !== valuesOf(shown, bytes).get(selected);
  // With another arm the bytes of the union have other names.
  if (isOther) dropArms(fields, shown.chosen);
  setFields(edited, shown, bytes, isOther ? besides(before) : before);
  // An address that was laid out because of a flag goes when the flag does: the bytes are to stay as they are.
  const now = structsOf(edited).structs.find(({ key }) => key === shown.key);
  if (now) setFields(edited, shown, bytes, valuesOf(shown, now.bytes));
  return edited;
}
