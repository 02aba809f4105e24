import { fieldsIn, type StructDescription, structById } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';

/** Structs with all that a revision nests in them, each once, and before the first that contains it. */
export function withNested(
  structs: readonly StructDescription[],
  revision: AbiRevision,
): StructDescription[] {
  const found = new Set<StructDescription>();
  const add = (struct: StructDescription) => {
    for (const field of fieldsIn(struct, revision)) if (field.struct) add(structById(field.struct));
    found.add(struct);
  };
  structs.forEach(add);
  return [...found];
}
