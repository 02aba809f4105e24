import type { Chosen } from '../../../layout/choose.js';
import type { FieldDescription } from '../../../layout/description.js';
import { setByName } from '../../../layout/description.js';
import { type Leaf, pathText } from '../../../layout/leaves.js';
import { element, prose } from '../dom.js';
import { isUnknownArm } from '../map/cells.js';
import { pathIn, sinceOf, stepsTo } from './field-path.js';
import { REVISION_TEXT, REVISIONS } from './structs.js';

const RULES: Readonly<Record<FieldDescription['rule'], string>> = {
  plain: 'read by the kernel',
  zero: 'must be zero: the kernel refuses anything else',
  ignored: 'never read by the kernel',
  written: 'written by the kernel, whatever was there',
  'zero-on-entry': 'written by the kernel, and must be zero when it is called',
};

const USES = {
  value: 'one of',
  flags: 'flags of',
  mask: 'bits 1 << n for each of',
  event: 'for an event one of',
};

/** What a field is: its words, place, type, rule, names and age. */
export class Details {
  private readonly box: HTMLElement;
  private shown = '';

  constructor(root: HTMLElement) {
    this.box = element('section', { class: 'details', 'aria-label': 'The field' });
    root.append(this.box);
    this.nothing();
  }

  /** Shows a field, or what the struct is. */
  show(chosen: Chosen, leaf: Leaf | undefined): void {
    const key = `${chosen.struct.id} ${chosen.revision} ${leaf ? pathText(leaf) : ''}`;
    if (key === this.shown) return;
    this.shown = key;
    if (leaf) this.field(chosen, leaf);
    else this.struct(chosen);
  }

  private nothing(): void {
    this.box.replaceChildren(element('p', { class: 'dim' }, 'Point at a byte or a field, or tab to it.'));
  }

  private struct({ struct, revision, name }: Chosen): void {
    this.box.replaceChildren(
      element('h2', { class: 'mono' }, `struct ${name}`),
      element('p', {}, ...prose(struct.doc)),
      facts([
        ['size', `${struct.size} bytes, aligned to ${struct.align}`],
        ['from', `${struct.from}, since ${sinceText(struct.since)}`],
        ['shown as', `revision ${revision}: ${REVISION_TEXT[revision]}`],
        ...REVISIONS.map((each): [string, string] => [
          `in ${each}`,
          struct.names[each].join(', ') || 'not there',
        ]),
      ]),
    );
  }

  private field(chosen: Chosen, leaf: Leaf): void {
    const { revision, name } = chosen;
    const { field } = leaf;
    const last = leaf.offset + field.width - 1;
    const type = `${field.signed ? 's' : 'u'}${field.width * 8}`;
    const steps = stepsTo(chosen, leaf);
    const rows: [string, string][] = [
      ['bytes', `${leaf.offset} to ${last} of struct ${name}`],
      ['type', `${type}, little endian${field.count > 1 ? `; one of ${field.count}` : ''}`],
      [
        'rule',
        isUnknownArm(leaf) ? 'no operation that is known gives these bytes a meaning' : RULES[field.rule],
      ],
      ['since', sinceText(sinceOf(steps) ?? chosen.struct.since)],
    ];
    if (!isUnknownArm(leaf))
      for (const each of REVISIONS) rows.push([`in ${each}`, pathIn(steps, each) ?? 'not there']);
    const title = element('h2', { class: 'mono' }, pathText(leaf));
    this.box.replaceChildren(
      title,
      element('p', {}, ...prose(field.doc)),
      facts(rows),
      ...names(leaf, revision),
    );
  }
}

const sinceText = (since: string) => (/^\d/.test(since) ? `Linux ${since}` : since);

const facts = (rows: readonly (readonly [string, string])[]) =>
  element('dl', {}, ...rows.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]));

/** The names that the field's values have in the revision. */
function names({ field }: Leaf, revision: Chosen['revision']): HTMLElement[] {
  if (!field.set || !field.use) return [];
  const { kind, entries } = setByName(field.set).revisions[revision];
  const items = entries.map(({ name, value, doc }) => {
    const number = kind === 'bits' ? `0x${BigInt(value).toString(16)}` : value;
    return element('li', {}, element('code', {}, `${number} ${name}`), ' ', ...prose(doc));
  });
  return [element('p', {}, `${USES[field.use]} ${field.set}:`), element('ul', {}, ...items)];
}
