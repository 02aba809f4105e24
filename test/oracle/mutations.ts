import { isPublic, type Layout, type LayoutField, type LayoutStruct } from './layout.js';

/** A copy of the layouts with one thing wrong. */
export interface Mutant {
  readonly what: string;
  readonly layout: Layout;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Every number and type of the layouts changed, one in each copy. */
export function* alteredLayouts(layout: Layout): Generator<Mutant> {
  for (const [s, { id, fields }] of layout.structs.entries()) {
    const changed = (what: string, change: (struct: Mutable<LayoutStruct>) => void) =>
      altered(layout, `${id} ${what}`, (copy) => change(copy.structs[s]!));
    yield changed('size', (struct) => {
      struct.size += 8;
    });
    yield changed('align', (struct) => {
      struct.align *= 2;
    });
    for (const f of fields.keys()) yield* alteredFields(layout, s, f);
  }
  for (const [s, set] of layout.sets.filter(isPublic).entries()) {
    for (const revision of layout.revisions) {
      for (const [e, { name }] of set.revisions[revision].entries.entries()) {
        yield altered(layout, `${name} in ${revision}`, (copy) => {
          oneMore(copy.sets.filter(isPublic)[s]!.revisions[revision].entries[e]!);
        });
      }
    }
  }
  for (const [c, { name }] of layout.constants.entries()) {
    yield altered(layout, name, (copy) => oneMore(copy.constants[c]!));
  }
}

function* alteredFields(layout: Layout, s: number, f: number): Generator<Mutant> {
  const { id, fields } = layout.structs[s]!;
  const { name, struct } = fields[f]!;
  const changed = (what: string, change: (field: Mutable<LayoutField>) => void) =>
    altered(layout, `${id}.${name} ${what}`, (copy) => change(copy.structs[s]!.fields[f]!));
  yield changed('offset', (field) => {
    field.offset += 4;
  });
  yield changed('width', (field) => {
    field.width *= 2;
  });
  yield changed('count', (field) => {
    field.count += 1;
  });
  if (struct !== undefined) return;
  yield changed('type', (field) => {
    field.type = (field.type.startsWith('u') ? 'i' : 'u') + field.type.slice(1);
  });
}

function oneMore(item: Mutable<{ value: string }>): void {
  item.value = String(BigInt(item.value) + 1n);
}

/** Every struct, field, set and named value left out, one in each copy. */
export function* reducedLayouts(layout: Layout): Generator<Mutant> {
  for (const [s, { id, fields }] of layout.structs.entries()) {
    yield altered(layout, `struct ${id}`, (copy) => leaveOut(copy.structs, s));
    for (const [f, { name }] of fields.entries()) {
      yield altered(layout, `${id}.${name}`, (copy) => leaveOut(copy.structs[s]!.fields, f));
    }
  }
  for (const [s, set] of layout.sets.entries()) {
    if (!isPublic(set)) continue;
    yield altered(layout, `set ${set.name}`, (copy) => leaveOut(copy.sets, s));
    for (const [e, { name }] of set.revisions.event.entries.entries()) {
      yield altered(layout, name, (copy) => leaveOut(copy.sets[s]!.revisions.event.entries, e));
    }
  }
}

function leaveOut(list: readonly unknown[], index: number): void {
  (list as unknown[]).splice(index, 1);
}

function altered(layout: Layout, what: string, change: (copy: Layout) => void): Mutant {
  const copy = structuredClone(layout);
  change(copy);
  return { what, layout: copy };
}
