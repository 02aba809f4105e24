import { LayoutError, show } from '../errors.js';
import {
  type FieldDescription,
  findStructs,
  nameIn,
  revisionsOf,
  type StructDescription,
  setByName,
  structById,
} from './description.js';
import { hasFields, sizeOfBytes } from './input.js';
import { UNKNOWN_ARM } from './leaves.js';
import { namesIn } from './numbers.js';
import { ABI_REVISIONS, type AbiRevision, RevisionChoice } from './revision.js';
import { namesFor, revisionsWithName } from './sets.js';

/** A struct as one revision has it. */
export interface Chosen {
  readonly struct: StructDescription;
  readonly revision: AbiRevision;
  /** Its usual name there. */
  readonly name: string;
  /** Revisions that the input would fit as well. */
  readonly possible: readonly AbiRevision[];
}

function allowName(structs: readonly StructDescription[], name: string, choice: RevisionChoice): void {
  const revisions = new Set(structs.flatMap((struct) => revisionsOf(struct, name)));
  choice.allow(
    ABI_REVISIONS.filter((revision) => revisions.has(revision)),
    name,
  );
}

function pick(
  structs: readonly StructDescription[],
  name: string,
  choice: RevisionChoice,
): Chosen | undefined {
  const { revision, possible } = choice;
  const struct = structs.find((each) => revisionsOf(each, name).includes(revision));
  return struct && { struct, revision, name: nameIn(struct, revision), possible };
}

/**
 * The struct that a name means for bytes of this length.
 * @throws LayoutError `unknown-struct`, `unknown-revision`, `mixed-revisions`, `wrong-length`
 */
export function chooseBySize(name: string, size: number, given: AbiRevision | undefined): Chosen {
  const structs = findStructs(name);
  const choice = new RevisionChoice(name, given);
  allowName(structs, name, choice);
  const fitting = structs.filter(
    (struct) => struct.size === size && revisionsOf(struct, name).some((r) => choice.possible.includes(r)),
  );
  if (fitting.length > 0) {
    allowName(fitting, name, choice);
    return pick(fitting, name, choice) as Chosen;
  }
  const sizes = structs
    .filter((struct) => revisionsOf(struct, name).some((r) => choice.possible.includes(r)))
    .map((struct) => struct.size);
  const expected = `${[...new Set(sizes)].join(' or ')} bytes`;
  throw new LayoutError('wrong-length', `${name} has ${expected}, got ${size}`, {
    struct: name,
    got: size,
    expected,
  });
}

/**
 * The same for bytes as a caller gives them, and a copy of them that nobody else writes.
 * @throws LayoutError as `chooseBySize`, and `wrong-type`
 */
export function chooseForBytes(
  name: string,
  input: Uint8Array,
  given: AbiRevision | undefined,
): { chosen: Chosen; bytes: Uint8Array<ArrayBuffer> } {
  findStructs(name);
  const chosen = chooseBySize(name, sizeOfBytes(name, input), given);
  return { chosen, bytes: new Uint8Array(input) };
}

/** What a field of the struct is called, with the revisions of the name. */
function fieldsNamed(
  structs: readonly StructDescription[],
  key: string,
): { field: FieldDescription; revisions: AbiRevision[] }[] {
  return structs
    .flatMap((struct) =>
      struct.fields.map((field) => ({
        field,
        revisions: ABI_REVISIONS.filter((r) => field.names[r].includes(key) && struct.names[r].length > 0),
      })),
    )
    .filter(({ revisions }) => revisions.length > 0);
}

/** Lets every name in the input have its say about the revision. `path` leads from the struct to the input. */
function narrow(
  structs: readonly StructDescription[],
  name: string,
  path: string,
  input: object,
  choice: RevisionChoice,
): void {
  for (const [key, value] of Object.entries(input)) {
    if (key === UNKNOWN_ARM && path === '') continue;
    const found = fieldsNamed(structs, key);
    const here = path + key;
    if (found.length === 0) throw unknownField(structs, name, here, value);
    const revisions = new Set(found.flatMap((each) => each.revisions));
    choice.allow([...revisions], `${name}.${here}`);
    const field = (found[0] as { field: FieldDescription }).field;
    if (field.struct) {
      if (!hasFields(value)) throw notAnObject(name, here, value);
      narrow([structById(field.struct)], name, `${here}.`, value, choice);
    } else if (field.set) {
      const set = setByName(field.set);
      for (const text of namesIn(value)) {
        const known = revisionsWithName(set, text);
        if (known.length === 0) throw unknownName(name, here, text, namesFor(field, choice.possible));
        choice.allow(known, text);
      }
    }
  }
}

function unknownField(
  structs: readonly StructDescription[],
  struct: string,
  field: string,
  got: unknown,
): LayoutError {
  const names = structs.flatMap((each) =>
    each.fields.flatMap((known) => ABI_REVISIONS.flatMap((r) => known.names[r])),
  );
  const expected = [...new Set(names)].join(', ');
  return new LayoutError('unknown-field', `${struct} has no field ${show(field)}, expected ${expected}`, {
    struct,
    field,
    got,
    expected,
  });
}

function unknownName(struct: string, field: string, got: string, names: readonly string[]): LayoutError {
  const expected = `a number or ${names.join(', ')}`;
  return new LayoutError('unknown-name', `${struct}.${field} is ${show(got)}, expected ${expected}`, {
    struct,
    field,
    got,
    expected,
  });
}

function notAnObject(struct: string, field: string, got: unknown): LayoutError {
  const expected = 'an object with its fields';
  return new LayoutError('wrong-type', `${struct}.${field} is ${show(got)}, expected ${expected}`, {
    struct,
    field,
    got,
    expected,
  });
}

/**
 * The struct that a name means for these fields, which `ownFields` took.
 * @throws LayoutError `unknown-struct`, `unknown-revision`, `unknown-field`, `unknown-name`, `mixed-revisions`, `wrong-type`
 */
export function chooseByFields(name: string, input: object, given: AbiRevision | undefined): Chosen {
  const structs = findStructs(name);
  const choice = new RevisionChoice(name, given);
  allowName(structs, name, choice);
  narrow(structs, name, '', input, choice);
  const keys = Object.keys(input).filter((key) => key !== UNKNOWN_ARM);
  const complete = structs.filter((struct) =>
    keys.every((key) =>
      fieldsNamed([struct], key).some(({ revisions }) => revisions.includes(choice.revision)),
    ),
  );
  const chosen = pick(complete, name, choice);
  if (chosen) return chosen;
  throw new LayoutError(
    'mixed-revisions',
    `${name} with the fields ${keys.join(', ')} exists in no revision, expected fields of one revision`,
    { struct: name, got: keys, expected: 'fields of one revision' },
  );
}
