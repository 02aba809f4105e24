import type { Btf } from '../../btf/index.js';
import type { Report } from './report.js';
import { revisionsToCompare, spokenRevision } from './revision.js';
import { compareStructs } from './structs.js';
import { compareValues } from './values.js';

/**
 * Compares a kernel's type information with the layouts.
 * @throws BtfError where the information contradicts itself
 */
export function verify(btf: Btf): Report {
  const spoken = spokenRevision(btf);
  const revisions = revisionsToCompare(spoken);
  const structs = compareStructs(btf, revisions);
  const values = compareValues(btf, revisions);
  return {
    ...spoken,
    differs: [...structs.differs, ...values.differs],
    unknown: [...structs.unknown, ...values.unknown],
    lacking: [...structs.lacking, ...values.lacking],
    agrees: { structs: structs.agrees, values: values.agrees },
    macros: values.macros,
  };
}
