import { isPublic, type Layout, type LayoutField, type LayoutStruct, type Revision } from './layout.js';
import { entrySince, isIn } from './release.js';

/** One statement about the binary interface each: `zcrx_ctrl.op offset` is `4`. */
export type Facts = Record<string, string>;

/** A struct under one of its C names, with the fields that the kernel series has. */
export interface NamedStruct {
  /** Tells apart what C calls by one name: the 16 and the 32 bytes of `io_uring_cqe`. */
  readonly label: string;
  readonly name: string;
  readonly struct: LayoutStruct;
  readonly fields: readonly NamedField[];
}

export interface NamedField {
  readonly name: string;
  readonly field: LayoutField;
  /** The C name of a nested struct. */
  readonly structName: string | undefined;
}

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** Which kernel's interface is meant: the names of a revision, as far as a series has them. */
export interface Dialect {
  readonly revision: Revision;
  readonly series: string;
}

/** The structs that headers of this dialect define. */
export function structsOf(layout: Layout, { revision, series }: Dialect): NamedStruct[] {
  return layout.structs
    .filter((struct) => isIn(series, struct.since))
    .flatMap((struct) =>
      struct.names[revision].map((name) => ({
        label: name === struct.id ? name : `${name} (${struct.id})`,
        name,
        struct,
        fields: struct.fields
          .filter((field) => isIn(series, field.since))
          .map((field) => ({
            name: field.names[revision][0]!,
            field,
            structName: layout.structs.find(({ id }) => id === field.struct)?.names[revision][0],
          })),
      })),
    );
}

/** The enumerators and macros that headers of this dialect define. */
export function valuesOf(layout: Layout, { revision, series }: Dialect): NamedValue[] {
  const entries = layout.sets
    .filter(isPublic)
    .flatMap((set) =>
      set.revisions[revision].entries.filter((entry) => isIn(series, entrySince(entry, set.since))),
    );
  const constants = layout.constants.filter(isPublic).filter((constant) => isIn(series, constant.since));
  return [...entries, ...constants].map(({ name, value }) => ({ name, value }));
}

/** Everything that layout.json says of this dialect. */
export function layoutFacts(layout: Layout, dialect: Dialect): Facts {
  const facts: Facts = {};
  for (const { label, struct, fields } of structsOf(layout, dialect)) {
    facts[`${label} size`] = String(struct.size);
    facts[`${label} align`] = String(struct.align);
    for (const { name, field, structName } of fields) {
      facts[`${label}.${name} offset`] = String(field.offset);
      facts[`${label}.${name} bytes`] = String(field.width * field.count);
      facts[`${label}.${name} count`] = String(field.count);
      facts[`${label}.${name} type`] = structName ?? field.type;
    }
  }
  for (const { name, value } of valuesOf(layout, dialect)) facts[name] = value;
  return facts;
}
