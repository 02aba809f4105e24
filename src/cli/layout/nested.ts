import { type StructDescription, structById } from '../../layout/description.js';

/** Structs with all that are nested in them, each once, and before the first that contains it. */
export function withNested(structs: readonly StructDescription[]): StructDescription[] {
  const found = new Set<StructDescription>();
  const add = (struct: StructDescription) => {
    for (const field of struct.fields) if (field.struct) add(structById(field.struct));
    found.add(struct);
  };
  structs.forEach(add);
  return [...found];
}
