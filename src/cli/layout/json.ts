import { layouts, type SetDescription, type StructDescription, setByName } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { withNested } from './nested.js';
import { setsOf } from './sets.js';

/** The description of the structs of a name: they themselves, those nested in them, and the sets that they use. */
export interface LayoutDocument {
  readonly name: string;
  readonly revision: AbiRevision;
  readonly structs: readonly StructDescription[];
  readonly sets: readonly SetDescription[];
}

export function layoutDocument(
  name: string,
  structs: readonly StructDescription[],
  revision: AbiRevision,
): LayoutDocument {
  const nested = withNested(structs, revision).filter((struct) => !structs.includes(struct));
  return { name, revision, structs: [...structs, ...nested], sets: setsOf(structs).map(setByName) };
}

/** Everything, as `zcrx/layout.json` has it. */
export const wholeDescription = (): unknown => layouts;
