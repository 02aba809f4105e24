import type { Btf, BtfMember, BtfStruct } from '../../btf/index.js';
import {
  type FieldDescription,
  layouts,
  nameIn,
  type StructDescription,
  structById,
  structsNamed,
} from '../../layout/description.js';
import { ABI_REVISIONS, type AbiRevision } from '../../layout/revision.js';
import { isReservedName, isUnknownStruct, namesIn } from './names.js';
import type { Agreement, Difference, Lacking, Place, Unknown } from './report.js';

interface Comparison {
  readonly differs: readonly Difference[];
  readonly lacking: readonly Lacking[];
  readonly unknown: readonly Unknown[];
  readonly agrees: Agreement['structs'];
}

/** Of the submission's unions the layouts have only what zero-copy receive needs. */
const PARTLY_DESCRIBED: ReadonlySet<string> = new Set(['io_uring_sqe']);

/** All structs of the layouts against those of the kernel, looked for under the names of these revisions. */
export function compareStructs(btf: Btf, revisions: readonly AbiRevision[]): Comparison {
  const compared = layouts.structs.flatMap((struct) => compareStruct(btf, struct, revisions) ?? []);
  const strangers = btf.structNames().filter(isUnknownStruct);
  return {
    differs: compared.flatMap(({ differs }) => differs),
    lacking: compared.flatMap(({ lacking }) => lacking),
    unknown: [
      ...strangers.flatMap((name) =>
        btf.structs(name).map(({ size }) => ({ kind: 'struct' as const, name, size })),
      ),
      ...compared.flatMap(({ unknown }) => unknown),
    ],
    agrees: compared.flatMap(({ agrees }) => agrees),
  };
}

function compareStruct(
  btf: Btf,
  struct: StructDescription,
  revisions: readonly AbiRevision[],
): Comparison | undefined {
  // What only an earlier revision had, no kernel of another one can lack.
  const names = namesIn(struct.names, revisions);
  const [name] = names;
  if (name === undefined) return undefined;
  const found = names.flatMap((each) => btf.structs(each));
  if (found.length === 0) {
    // What was never released has words there.
    const since = /^\d/.test(struct.since) ? struct.since : null;
    const lacking = [{ kind: 'struct' as const, name, since }];
    return { differs: [], lacking, unknown: [], agrees: [] };
  }
  // Another file of the kernel may use the name for something else.
  return found
    .map((each) => new StructComparison(struct, each, revisions))
    .reduce((best, each) => (each.differs.length < best.differs.length ? each : best));
}

/** A struct of the layouts against one that the kernel has under its name. */
class StructComparison implements Comparison {
  readonly differs: Difference[] = [];
  readonly lacking: Lacking[] = [];
  readonly unknown: Unknown[] = [];
  readonly #struct: StructDescription;
  readonly #found: BtfStruct;
  readonly #revisions: readonly AbiRevision[];
  readonly #matched = new Map<FieldDescription, BtfMember>();
  /** Members of the kernel's that the layouts do not have. */
  readonly #strangers: ReadonlySet<BtfMember>;
  readonly #absent: FieldDescription[] = [];

  constructor(struct: StructDescription, found: BtfStruct, revisions: readonly AbiRevision[]) {
    this.#struct = struct;
    this.#found = found;
    this.#revisions = revisions;
    for (const field of struct.fields) {
      const member = found.members.find(({ name }) => namesIn(field.names, revisions).includes(name));
      if (member) this.#matched.set(field, member);
    }
    const taken = new Set(this.#matched.values());
    this.#strangers = new Set(found.members.filter((each) => !taken.has(each) && !isReservedName(each.name)));
    for (const field of struct.fields) {
      if (field.reserved) this.#compareRoom(field);
      else this.#compareField(field);
    }
    this.#compareSize();
    if (!PARTLY_DESCRIBED.has(found.name)) this.#tellUnknown();
  }

  get agrees(): Agreement['structs'] {
    if (this.differs.length > 0) return [];
    const { name, size } = this.#found;
    // The kernel's struct of a completion ends where the longer form goes on.
    return [{ name, size: this.#isOpenEnded ? this.#struct.size : size, fields: this.#matched.size }];
  }

  #compareField(field: FieldDescription): void {
    const { name: struct } = this.#found;
    const member = this.#matched.get(field);
    if (member !== undefined) {
      if (!isSamePlace(field, member)) this.#tellDifference(field, placeOfMember(member));
      return;
    }
    const there = this.#membersAt(field);
    // An arm of a union may be missing while others lie there.
    if (there.every((each) => isReservedName(each.name) || each.inUnion)) {
      this.#absent.push(field);
      this.lacking.push({
        kind: 'field',
        struct,
        name: this.#nameOf(field),
        since: field.since ?? null,
      });
    } else {
      this.#tellDifference(
        field,
        null,
        there.map(({ name }) => name),
      );
    }
  }

  /** Reserved bytes may have another name and extent, but nothing that the layouts know lies in them. */
  #compareRoom(field: FieldDescription): void {
    const end = field.offset + bytesOf(field);
    const inTheWay = this.#membersAt(field).filter(
      (each) => !isReservedName(each.name) && !this.#strangers.has(each),
    );
    if (inTheWay.length === 0 && end <= this.#found.size) return;
    const member = this.#matched.get(field);
    this.#tellDifference(
      field,
      member ? placeOfMember(member) : null,
      inTheWay.map(({ name }) => name),
    );
  }

  #compareSize(): void {
    const { name: struct, size: kernel } = this.#found;
    const ours = this.#isOpenEnded
      ? (this.#struct.fields.at(-1) as FieldDescription).offset
      : this.#struct.size;
    if (kernel === ours) return;
    // A later kernel may have appended fields, and an earlier one ends before those that it lacks.
    const explained =
      kernel > ours
        ? [...this.#strangers].some(({ offset }) => offset >= ours)
        : this.#struct.fields.every(
            (field) => field.offset + bytesOf(field) <= kernel || this.#absent.includes(field),
          );
    if (!explained) this.differs.push({ kind: 'size', struct, ours, kernel });
  }

  #tellUnknown(): void {
    const { name: struct } = this.#found;
    // A completion has two forms under one name, one of them with a field more.
    const known = new Set(
      structsNamed(struct).flatMap(({ fields }) =>
        fields.flatMap(({ names }) => namesIn(names, this.#revisions)),
      ),
    );
    for (const member of this.#strangers) {
      if (known.has(member.name)) continue;
      this.unknown.push({ kind: 'field', struct, name: member.name, kernel: placeOfMember(member) });
    }
  }

  #tellDifference(field: FieldDescription, kernel: Place | null, instead: readonly string[] = []): void {
    this.differs.push({
      kind: 'field',
      struct: this.#found.name,
      name: this.#nameOf(field),
      ours: placeOfField(field, this.#revisions[0] as AbiRevision),
      kernel,
      ...(instead.length > 0 ? { instead } : {}),
    });
  }

  #nameOf(field: FieldDescription): string {
    return namesIn(field.names, this.#revisions)[0] ?? field.name;
  }

  /** What the kernel has where a field should be. */
  #membersAt(field: FieldDescription): BtfMember[] {
    const end = field.offset + bytesOf(field);
    return this.#found.members.filter(({ offset, size }) => offset < end && offset + size > field.offset);
  }

  /** Whether the kernel's last field is an array without a length. */
  get #isOpenEnded(): boolean {
    const last = this.#struct.fields.at(-1);
    return last !== undefined && this.#matched.get(last)?.count === 0;
  }
}

const bytesOf = (field: FieldDescription) => field.width * field.count;

const IS_INTEGER = /^[iu]\d+$/;

function isSamePlace(field: FieldDescription, member: BtfMember): boolean {
  if (field.offset !== member.offset) return false;
  if (field.struct !== undefined) {
    const { names } = structById(field.struct);
    if (!ABI_REVISIONS.some((each) => names[each].some((name) => member.type === `struct ${name}`)))
      return false;
  } else if (IS_INTEGER.test(member.type)) {
    if (member.type !== field.type) return false;
    // An array without a length may go on as long as it likes.
    if (member.count === 0) return true;
    if (member.count !== field.count) return false;
  } else if (!/^(enum\b|pointer$)/.test(member.type)) {
    return false;
  }
  return member.size === bytesOf(field);
}

const typeText = (type: string, count: number) => (count === 1 ? type : `${type}[${count || ''}]`);

function placeOfField(field: FieldDescription, revision: AbiRevision): Place {
  const type =
    field.struct === undefined ? field.type : `struct ${nameIn(structById(field.struct), revision)}`;
  return { offset: field.offset, size: bytesOf(field), type: typeText(type, field.count) };
}

function placeOfMember({ offset, size, type, count }: BtfMember): Place {
  return { offset, size, type: typeText(type, count) };
}
