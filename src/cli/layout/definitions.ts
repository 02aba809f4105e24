import {
  type ConstantDescription,
  type FieldDescription,
  fieldNameIn,
  fieldsIn,
  layouts,
  type NamedValue,
  nameIn,
  type SetDescription,
  type StructDescription,
  setByName,
  structById,
} from '../../layout/description.js';
import { selectorOf } from '../../layout/leaves.js';
import type { AbiRevision } from '../../layout/revision.js';
import { withNested } from './nested.js';
import { setsOf } from './sets.js';

/** What is to be defined in some language, in an order in which nothing is used before it is defined. */
export interface Definitions {
  readonly revision: AbiRevision;
  /** The headers that the structs come from. */
  readonly from: readonly string[];
  readonly sets: readonly DefinedSet[];
  readonly constants: readonly ConstantDescription[];
  readonly structs: readonly DefinedStruct[];
}

/** A set of names in one revision. */
export interface DefinedSet {
  readonly set: SetDescription;
  readonly kind: 'bits' | 'values';
  /** At least one. */
  readonly entries: readonly NamedValue[];
}

export interface DefinedStruct {
  /** No other struct of the definitions has it. */
  readonly name: string;
  /** The name of a shorter one, with which the kernel lets it share its name and its first members. */
  readonly longerThan?: string;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** With the size as its last sentence. */
  readonly doc: string;
  readonly members: readonly (DefinedField | DefinedUnion)[];
}

export interface DefinedField {
  readonly name: string;
  /** `u8` to `u64`, `i32`, `i64`, or undefined for a nested struct. */
  readonly scalar?: string;
  /** Name of the nested struct. */
  readonly struct?: string;
  /** Elements. */
  readonly count: number;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly doc: string;
}

/** Arms of one struct that share their bytes. */
export interface DefinedUnion {
  readonly arms: readonly DefinedField[];
  /** Name of the field whose value says which arm is valid. */
  readonly selector: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly size: number;
  readonly align: number;
}

export const isUnion = (member: DefinedField | DefinedUnion): member is DefinedUnion => 'arms' in member;

/** All fields of a struct, the arms of its union among them. */
export const fieldsOf = (struct: DefinedStruct): DefinedField[] =>
  struct.members.flatMap((member) => (isUnion(member) ? member.arms : [member]));

type NameOf = (struct: StructDescription) => string;

function definedField(field: FieldDescription, revision: AbiRevision, nameOf: NameOf): DefinedField {
  const { count, offset, doc } = field;
  const type = field.struct ? { struct: nameOf(structById(field.struct)) } : { scalar: field.type };
  return { name: fieldNameIn(field, revision), ...type, count, offset, doc };
}

function members(struct: StructDescription, revision: AbiRevision, nameOf: NameOf): DefinedStruct['members'] {
  const fields = fieldsIn(struct, revision);
  const define = (field: FieldDescription) => definedField(field, revision, nameOf);
  const arms = fields.filter((field) => field.arm !== undefined);
  const [first] = arms;
  const selector = selectorOf(struct);
  if (!first || !selector) return fields.map(define);
  const union: DefinedUnion = {
    arms: arms.map(define),
    selector: fieldNameIn(selector, revision),
    offset: first.offset,
    size: Math.max(...arms.map((arm) => arm.width * arm.count)),
    align: Math.max(...arms.map((arm) => arm.align)),
  };
  return fields.flatMap((field): DefinedStruct['members'] => {
    if (field === first) return [union];
    return field.arm === undefined ? [define(field)] : [];
  });
}

/** Sets as they are in a revision. A name that comes again with the same value is left out there. */
export function definedSets(sets: readonly SetDescription[], revision: AbiRevision): DefinedSet[] {
  const values = new Map<string, string>();
  const isNew = ({ name, value }: NamedValue) => {
    const known = values.get(name);
    if (known !== undefined && known !== value)
      throw new Error(`${name} is ${known} and ${value} in ${revision}`);
    values.set(name, value);
    return known === undefined;
  };
  return sets
    .map((set) => {
      const { kind, entries } = set.revisions[revision];
      return { set, kind, entries: entries.filter(isNew) };
    })
    .filter(({ entries }) => entries.length > 0);
}

function define(
  structs: readonly StructDescription[],
  sets: readonly SetDescription[],
  constants: readonly ConstantDescription[],
  revision: AbiRevision,
  asked?: string,
): Definitions {
  const all = withNested(structs, revision);
  const kernelName: NameOf = (struct) =>
    asked !== undefined && structs.includes(struct) ? asked : nameIn(struct, revision);
  const shorter = (struct: StructDescription) =>
    all.find((other) => other.size < struct.size && kernelName(other) === kernelName(struct));
  const nameOf: NameOf = (struct) => (shorter(struct) ? struct.id : kernelName(struct));
  return {
    revision,
    from: [...new Set(all.map(({ from }) => from))],
    sets: definedSets(sets, revision),
    constants,
    structs: all.map((struct) => {
      const other = shorter(struct);
      return {
        name: nameOf(struct),
        ...(other && { longerThan: nameOf(other) }),
        size: struct.size,
        align: struct.align,
        doc: `${struct.doc} ${struct.size} bytes.`,
        members: members(struct, revision, nameOf),
      };
    }),
  };
}

/**
 * Structs, those nested in them, and the names of their values.
 * @param asked the name that was asked for; the structs get it. Default: the usual ones of the revision.
 */
export function definitionsOf(
  structs: readonly StructDescription[],
  revision: AbiRevision,
  asked?: string,
): Definitions {
  return define(structs, setsOf(structs).map(setByName), [], revision, asked);
}

/** Everything that a revision has, but for what is this package's own. */
export function allDefinitions(revision: AbiRevision): Definitions {
  const structs = layouts.structs.filter((struct) => struct.names[revision].length > 0);
  const sets = layouts.sets.filter(({ from }) => from !== 'zcrx');
  return define(structs, sets, layouts.constants, revision);
}

/** A bit as `1 << n`; undefined for what is no single bit. */
export function bitText(value: string): string | undefined {
  const bits = BigInt(value).toString(2);
  return /^10*$/.test(bits) ? `1 << ${bits.length - 1}` : undefined;
}

/** The value of an entry: of a flag as `1 << n`, else as the number that it is. */
export const valueText = ({ kind }: DefinedSet, { value }: NamedValue): string =>
  (kind === 'bits' ? bitText(value) : undefined) ?? value;

/** A constant as people write it: from 65536 on in hexadecimal. */
export function constantText({ value }: ConstantDescription): string {
  return BigInt(value) < 65536n ? value : `0x${BigInt(value).toString(16)}`;
}
