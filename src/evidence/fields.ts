import type { FieldDescription, StructDescription } from '../layout/description.js';
import { structById } from '../layout/description.js';
import { UNKNOWN_ARM } from '../layout/leaves.js';
import { ABI_REVISIONS } from '../layout/revision.js';
import { lookUpConstant } from '../layout/sets.js';
import type { EvidenceFields, EvidenceValue } from './evidence.js';
import { kindOf, type Member, type Value } from './notation.js';
import type { Source } from './source.js';

/** A struct that was printed in the place of its address. */
export interface Pointee {
  /** The field that holds the address. */
  readonly field: string;
  readonly value: Extract<Value, { kind: 'struct' }>;
}

/** A struct's fields as `encode` takes them, and what is to be said about them. */
export interface Converted {
  readonly fields: EvidenceFields;
  readonly pointees: readonly Pointee[];
  /** Paths of fields that were not printed: reserved ones, and others. */
  readonly absent: readonly string[];
  /** Paths among them that the tool could not or did not tell, whatever they hold. */
  readonly unknown: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Fields of headers older than all revisions, and what became of them. A list's first elements became fields of their
 * own; `length` is what the list had.
 */
const OLDER: readonly { struct: string; field: string; length?: number; becomes: readonly string[] }[] = [
  { struct: 'io_uring_zcrx_ifq_reg', field: '__resv2', becomes: ['rx_buf_len'] },
  { struct: 'io_uring_zcrx_ifq_reg', field: '__resv', length: 3, becomes: ['event_desc'] },
  { struct: 'zcrx_event_desc', field: '__resv1', becomes: ['flags'] },
  { struct: 'zcrx_event_desc', field: '__resv2', length: 10, becomes: ['stats_offset'] },
];

const namesOf = (field: FieldDescription) => ABI_REVISIONS.flatMap((revision) => field.names[revision]);
const fieldCalled = (struct: StructDescription, name: string) =>
  struct.fields.find((field) => namesOf(field).includes(name));

/** The names of the members, those of anonymous unions too. */
function memberNames(members: readonly Member[]): string[] {
  return members.flatMap(({ name, value }) => {
    if (name !== undefined) return [name];
    return value.kind === 'struct' ? memberNames(value.members) : [];
  });
}

/** How much printed members are those of a struct: of 1, the share of them that it has. 0 if most are none of its own. */
export function likeness(struct: StructDescription, members: readonly Member[]): number {
  const isOlder = (name: string) => OLDER.some((each) => each.struct === struct.id && each.field === name);
  const names = memberNames(members.filter(({ name }) => name !== undefined));
  const own = names.filter((name) => fieldCalled(struct, name) || isOlder(name));
  const telling = own.filter((name) => fieldCalled(struct, name)?.reserved === false);
  const unknown = names.length - own.length;
  if (telling.length <= unknown) return 0;
  return (telling.length - unknown) / struct.fields.filter((field) => !field.reserved).length;
}

/**
 * Turns a printed struct into fields. What was printed of a field that no revision has is noted and left out.
 * @throws EvidenceError if a field holds something that it cannot hold
 */
export function convert(
  source: Source,
  struct: StructDescription,
  value: Extract<Value, { kind: 'struct' }>,
): Converted {
  const conversion = new Conversion(source);
  const fields = conversion.struct(struct, value, '');
  return { fields, ...conversion };
}

type Fields = { [field: string]: EvidenceValue };

class Conversion {
  readonly pointees: Pointee[] = [];
  readonly absent: string[] = [];
  readonly unknown: string[] = [];
  readonly notes: string[] = [];
  // Private in JavaScript too: what is spread into the result is only what was found.
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  struct(struct: StructDescription, value: Extract<Value, { kind: 'struct' }>, path: string): Fields {
    const fields: Fields = {};
    for (const { name, value: given } of value.members) {
      if (name !== undefined) this.#member(struct, name, given, path, fields);
      else if (given.kind === 'struct') this.#union(struct, given, path, fields);
      else throw this.#source.errorAt(given.at, `a value without a name, expected a field of ${struct.id}`);
    }
    if (path === '') this.#chooseArm(struct, fields);
    this.#noteAbsent(struct, path, fields);
    if (value.abbreviated)
      this.notes.push(`${path ? path.slice(0, -1) : struct.id}: the tool left fields out ("...")`);
    return fields;
  }

  /** All members of an anonymous union lie in the same place: those that the struct has are kept. */
  #union(
    struct: StructDescription,
    union: Extract<Value, { kind: 'struct' }>,
    path: string,
    fields: Fields,
  ): void {
    for (const { name, value } of union.members) {
      if (name === undefined && value.kind === 'struct') this.#union(struct, value, path, fields);
      else if (name !== undefined && fieldCalled(struct, name))
        this.#member(struct, name, value, path, fields);
    }
  }

  #member(struct: StructDescription, name: string, value: Value, path: string, fields: Fields): void {
    const older = OLDER.find(
      (each) =>
        each.struct === struct.id &&
        each.field === name &&
        (each.length === undefined
          ? !fieldCalled(struct, name)
          : value.kind === 'list' && value.items.length === each.length),
    );
    if (older) {
      this.#older(struct, older.becomes, value, path, name, fields);
      return;
    }
    const field = fieldCalled(struct, name);
    if (!field) {
      const isZero = value.kind === 'number' && value.value === 0n;
      if (!isZero) this.notes.push(`${path}${name} is no field that is known here of ${struct.id}: left out`);
      return;
    }
    const converted = this.#value(field, value, `${path}${name}`);
    if (converted !== undefined) fields[name] = converted;
  }

  #older(
    struct: StructDescription,
    becomes: readonly string[],
    value: Value,
    path: string,
    name: string,
    fields: Fields,
  ): void {
    const items = value.kind === 'list' ? value.items : [value];
    becomes.forEach((each, i) => {
      this.#member(struct, each, items[i] as Value, path, fields);
    });
    this.notes.push(
      `${path}${name} of an older header was read as ${[...becomes, name].slice(0, items.length).join(' and ')}`,
    );
    if (items.length > becomes.length) {
      const rest = items.slice(becomes.length);
      this.#member(
        struct,
        name,
        { kind: 'list', at: value.at, items: rest, abbreviated: false },
        path,
        fields,
      );
    }
  }

  #value(field: FieldDescription, value: Value, path: string): EvidenceValue | undefined {
    if (value.kind === 'unknown') {
      this.notes.push(`${path} could not be shown (${value.why}): taken as zero`);
      this.unknown.push(path);
      return undefined;
    }
    if (field.struct) return this.#nested(structById(field.struct), field, value, path);
    if (field.count > 1) return this.#list(field, value, path);
    if (value.kind === 'struct' && field.width === 8) {
      this.pointees.push({ field: path, value });
      return undefined;
    }
    if (value.kind === 'number') return fitted(field, value.value);
    if (value.kind === 'names') return value.text;
    throw this.#source.errorAt(value.at, `${path} is ${kindOf(value)}, expected a number`);
  }

  #nested(
    struct: StructDescription,
    field: FieldDescription,
    value: Value,
    path: string,
  ): Fields | undefined {
    // `set print union off`
    if (value.kind === 'struct' && (value.members.length > 0 || !value.abbreviated)) {
      return this.struct(struct, value, `${path}.`);
    }
    if (value.kind !== 'struct') {
      throw this.#source.errorAt(value.at, `${path} is ${kindOf(value)}, expected the struct ${struct.id}`);
    }
    this.unknown.push(path);
    this.notes.push(`${path} (${field.width} bytes) was not shown: taken as zero`);
    return undefined;
  }

  #list(field: FieldDescription, value: Value, path: string): readonly bigint[] | undefined {
    // gdb knows no length of a flexible array, and shows where it begins.
    if (value.kind === 'number') {
      this.notes.push(`${path} was printed as an address, which tells nothing of its elements: left out`);
      this.unknown.push(path);
      return undefined;
    }
    if (value.kind !== 'list') {
      throw this.#source.errorAt(
        value.at,
        `${path} is ${kindOf(value)}, expected a list of ${field.count} numbers`,
      );
    }
    const numbers = value.items.map((item) => {
      if (item.kind === 'number') return fitted(field, item.value);
      throw this.#source.errorAt(
        item.at,
        `${path} holds ${kindOf(item)}, expected a list of ${field.count} numbers`,
      );
    });
    const missing = field.count - numbers.length;
    if (missing < 0) {
      const problem = `${path} has ${numbers.length} elements, expected ${field.count}`;
      throw this.#source.errorAt(value.at, problem);
    }
    if (missing > 0) {
      this.notes.push(
        `of ${path} only ${numbers.length} of ${field.count} elements were printed: the others taken as zero`,
      );
      this.unknown.push(path);
    }
    return [...numbers, ...Array<bigint>(missing).fill(0n)];
  }

  /** gdb shows all arms of a union; the struct has only the one that its selector names. */
  #chooseArm(struct: StructDescription, fields: Fields): void {
    const arms = struct.fields.filter((field) => field.arm !== undefined);
    const given = arms.filter((arm) => namesOf(arm).some((name) => fields[name] !== undefined));
    const op = selected(struct, fields);
    if (arms.length === 0 || op === undefined) return;
    const wanted = arms.find((arm) => BigInt(arm.arm as number) === op);
    if (!wanted) {
      this.#unknownArm(given, op, fields);
      return;
    }
    // A single arm was chosen by whoever wrote it; that it is the wrong one is for `encode` to say.
    if (given.length === 1) return;
    for (const arm of given) if (arm !== wanted) for (const name of namesOf(arm)) delete fields[name];
    if (given.includes(wanted)) return;
    const [name] = wanted.names.event.length > 0 ? wanted.names.event : namesOf(wanted);
    this.unknown.push(name as string);
    this.notes.push(`${name} was not printed: taken as zero`);
  }

  /** An operation that is newer than what is known here: what goes with it is kept as words, if an arm was printed as such. */
  #unknownArm(given: readonly FieldDescription[], op: bigint, fields: Fields): void {
    let words: readonly bigint[] | undefined;
    for (const arm of given) {
      for (const name of namesOf(arm)) {
        const reserved = (fields[name] as Fields | undefined)?.__resv;
        if (Array.isArray(reserved) && reserved.length === arm.width / 8) words = reserved;
        delete fields[name];
      }
    }
    if (words) fields[UNKNOWN_ARM] = words;
    else this.unknown.push(UNKNOWN_ARM);
    const taken = words ? 'kept as numbers' : 'not printed, and taken as zero';
    this.notes.push(`the operation ${op} is not known here: what goes with it is ${taken}`);
  }

  #noteAbsent(struct: StructDescription, path: string, fields: Fields): void {
    const pointees = this.pointees.map(({ field }) => field);
    for (const field of struct.fields) {
      if (field.arm !== undefined) continue;
      const isThere = namesOf(field).some(
        (name) =>
          fields[name] !== undefined ||
          pointees.includes(`${path}${name}`) ||
          this.unknown.includes(`${path}${name}`),
      );
      const [name = field.name] = namesOf(field).reverse();
      if (!isThere) this.absent.push(`${path}${name}`);
    }
  }
}

/** The number of the field that selects the arm of a union, or undefined without one. */
function selected(struct: StructDescription, fields: Fields): bigint | undefined {
  const first = struct.fields.findIndex((field) => field.arm !== undefined);
  const selector = struct.fields.slice(0, Math.max(first, 0)).findLast((field) => field.use === 'value');
  const value = selector && fields[selector.name];
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' ? lookUpConstant(value)[0]?.value : undefined;
}

/** A number as the field holds it: tools print unsigned fields as signed ones and the other way round. */
function fitted(field: FieldDescription, value: bigint): bigint {
  const bits = field.width * 8;
  const [wrapped, low, high] = field.signed
    ? [BigInt.asIntN(bits, value), 1n << BigInt(bits - 1), 1n << BigInt(bits)]
    : [BigInt.asUintN(bits, value), -(1n << BigInt(bits - 1)), 0n];
  return value >= low && value < high ? wrapped : value;
}
