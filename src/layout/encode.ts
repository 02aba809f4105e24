import { LayoutError, show } from '../errors.js';
import type { Structs } from '../generated/structs.js';
import { type Chosen, chooseByFields } from './choose.js';
import { fieldNameIn, fieldsIn, findStructs, structNumber } from './description.js';
import { ownFields } from './input.js';
import { type Leaf, leavesOf, pathText, selectorOf, UNKNOWN_ARM } from './leaves.js';
import { type FieldInput, NumberReader } from './numbers.js';
import { checkOptions } from './options.js';
import { type AbiRevision, revisionNumber } from './revision.js';
import { scratch } from './scratch.js';

/** A struct's fields as `encode` takes them: any may be left out (zero), numbers may be text or names. */
export type Fields<Struct> = {
  readonly [Key in keyof Struct]?: NonNullable<Struct[Key]> extends bigint | number
    ? FieldInput
    : NonNullable<Struct[Key]> extends readonly (bigint | number)[]
      ? readonly FieldInput[]
      : Fields<NonNullable<Struct[Key]>>;
};

/** Names of structs that the types know; any other text is checked when called. */
export type StructName = keyof Structs;

export interface EncodeOptions {
  /** Default: what the names used imply. */
  revision?: AbiRevision;
}

type Input = { readonly [key: string]: unknown };

/** The selecting value of the union: as given, or as the arm that is given demands. */
function selectorFor({ struct, revision, name }: Chosen, input: Input): bigint {
  const selector = selectorOf(struct);
  if (!selector) return 0n;
  const key = fieldNameIn(selector, revision);
  const leaf: Leaf = { path: [key], field: selector, element: undefined, offset: selector.offset };
  const given =
    input[key] === undefined ? undefined : new NumberReader(name, revision).read(leaf, input[key]);
  const arms = fieldsIn(struct, revision).filter(
    (field) => field.arm !== undefined && input[fieldNameIn(field, revision)] !== undefined,
  );
  const value = given ?? BigInt(arms[0]?.arm ?? 0);
  for (const arm of arms) {
    if (BigInt(arm.arm as number) === value) continue;
    const field = fieldNameIn(arm, revision);
    throw new LayoutError(
      'conflict',
      `${name}.${field} goes with ${key} ${arm.arm}, but ${key} is ${value}`,
      {
        struct: name,
        field,
        offset: arm.offset,
        got: `${key} ${value}`,
        expected: `${key} ${arm.arm}`,
      },
    );
  }
  return value;
}

function elementsOf(name: string, leaf: Leaf, given: unknown): readonly unknown[] {
  const { count } = leaf.field;
  if (Array.isArray(given) && given.length === count && !given.includes(undefined)) return given;
  const field = leaf.path.join('.');
  const expected = `an array of ${count} numbers`;
  const wrongLength = Array.isArray(given) && given.length !== count;
  const got = wrongLength ? `an array of ${given.length}` : show(given);
  throw new LayoutError(
    wrongLength ? 'wrong-length' : 'wrong-type',
    `${name}.${field} is ${got}, expected ${expected}`,
    {
      struct: name,
      field,
      offset: leaf.field.offset,
      got: given,
      expected,
    },
  );
}

function inputAt(name: string, leaf: Leaf, input: Input): unknown {
  let at: unknown = input;
  for (const key of leaf.path) at = (at as Input | undefined)?.[key];
  if (at === undefined || leaf.element === undefined) return at;
  return elementsOf(name, leaf, at)[leaf.element];
}

/** Encodes a struct whose revision is settled, from fields that `ownFields` took. */
export function encodeChosen(chosen: Chosen, input: Input): Uint8Array<ArrayBuffer> {
  const { struct, revision, name } = chosen;
  const selector = selectorFor(chosen, input);
  const leaves = leavesOf(struct, revision, selector);
  if (input[UNKNOWN_ARM] !== undefined && !leaves.some((leaf) => leaf.path[0] === UNKNOWN_ARM)) {
    throw new LayoutError(
      'unknown-field',
      `${name}.${UNKNOWN_ARM} is for values that select no known arm, expected the arm by its name`,
      {
        struct: name,
        field: UNKNOWN_ARM,
        got: input[UNKNOWN_ARM],
        expected: 'the arm by its name',
      },
    );
  }
  const reader = new NumberReader(name, revision);
  const { exports, bytes, words, structs, values } = scratch();
  const chooser = selectorOf(struct);
  leaves.forEach((leaf, i) => {
    const given = inputAt(name, leaf, input);
    const number = given === undefined ? (leaf.field === chooser ? selector : 0n) : reader.read(leaf, given);
    words[(values >> 3) + i] = BigInt.asUintN(64, number);
  });
  const taken = exports.encode(
    structNumber(struct),
    revisionNumber(revision),
    values,
    leaves.length,
    structs,
  );
  if (taken !== leaves.length)
    throw new Error(`${name}: the module took ${taken} of ${leaves.map(pathText)}`);
  return bytes.slice(structs, structs + struct.size);
}

/**
 * Encodes a struct. Fields that are left out are zero; the arm given of a union sets the field that selects it.
 *
 * ```ts
 * encode('zcrx_event_desc', { user_data: 42n, type_mask: ['ZCRX_EVENT_COPY'], flags: 'ZCRX_EVENT_DESC_FLAG_STATS', stats_offset: 2176 });
 * encode('zcrx_ctrl', { zcrx_id: 0, zc_arm_notif: { type_mask: 'ZCRX_NOTIF_COPY' } }); // revision v1, by its names
 * ```
 *
 * @param name any name that the struct has or had
 * @returns exactly the struct's bytes, little endian
 * @throws LayoutError naming the field, its value and what was expected
 */
export function encode<Name extends StructName>(
  name: Name,
  fields: Fields<Structs[Name]>,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer>;
export function encode(name: string, fields: object, options?: EncodeOptions): Uint8Array<ArrayBuffer>;
export function encode(name: string, fields: object, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const { revision } = checkOptions(options);
  findStructs(name);
  const own = ownFields(name, fields);
  return encodeChosen(chooseByFields(name, own, revision), own);
}
