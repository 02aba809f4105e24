import { type Definition, earlierDefinition, releasedDefinition } from '../../oracle/headers.js';
import { builtLayout } from '../../oracle/layout.js';

export const layout = builtLayout();

/** The interface in C, of each revision. */
export const definitions = (): Promise<Definition[]> =>
  Promise.all([earlierDefinition('v1'), earlierDefinition('rc'), releasedDefinition('7.3')]);

/** A struct's number, as the module counts them. */
export const numberOf = (id: string): number => layout.structs.findIndex((struct) => struct.id === id);

/** The number of a struct's first field. */
export const firstFieldOf = (id: string): number =>
  layout.structs.slice(0, numberOf(id)).reduce((sum, struct) => sum + struct.fields.length, 0);
