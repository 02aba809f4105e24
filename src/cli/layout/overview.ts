import { layouts, nameIn } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { otherNames } from '../structs.js';
import { type Cell, table } from '../table.js';
import type { Paint } from '../terminal.js';

/** A table of all structs that a revision has. */
export function overview(revision: AbiRevision, isGiven: boolean, paint: Paint): string {
  const structs = layouts.structs.filter((struct) => struct.names[revision].length > 0);
  const heading: Cell[] = ['name', 'size', 'align', 'since', 'what it is'].map((text) => ({
    text,
    style: 'bold',
  }));
  const rows = structs.map((struct): Cell[] => [
    { text: nameIn(struct, revision), style: 'cyan' },
    String(struct.size),
    String(struct.align),
    struct.since,
    struct.doc,
  ]);
  const renamed = structs.flatMap((struct) => {
    const others = otherNames(struct, revision);
    return others.length > 0 ? [`  ${nameIn(struct, revision)}: ${others.join(', ')}`] : [];
  });
  return [
    `Structs of revision ${revision}${isGiven ? '' : ' (--revision shows others)'}; sizes in bytes`,
    '',
    ...table([heading, ...rows], paint, [1, 2]),
    '',
    'Names in other revisions:',
    ...renamed,
    '',
  ].join('\n');
}
