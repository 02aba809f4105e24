// The structs of a call as maps of their bytes, with what is wrong marked in them.

import { type Leaf, pathText } from '../../../layout/leaves.js';
import type { JsonFinding } from '../../../verdict/call.js';
import { element, prose } from '../dom.js';
import { ByteMap, type Mark } from '../map/index.js';
import { placeOf } from './place.js';
import type { ShownStruct } from './structs.js';

/** So many structs are drawn: a query may have hundreds. */
export const MOST_MAPS = 12;

interface Drawn {
  readonly section: HTMLElement;
  readonly title: HTMLElement;
  readonly map: ByteMap;
  readonly about: HTMLElement;
  shown: ShownStruct;
  marks: ReadonlyMap<number, Mark>;
  /** What is pointed at. */
  chosen: Leaf | undefined;
}

/** `u32, 4 bytes at 16, since Linux 7.2` */
function placeText({ field, offset, element: at }: Leaf): string {
  const { type, width, since } = field;
  const count = at === undefined ? '' : ` (${at} of ${field.count})`;
  return `${type}${count}, ${width} bytes at ${offset}${since ? `, since Linux ${since}` : ''}`;
}

/** The findings by the struct and the offset that they are about. */
function marksOf(
  findings: readonly JsonFinding[],
  structs: readonly ShownStruct[],
): Map<string, Map<number, Mark>> {
  const marks = new Map<string, Map<number, Mark>>();
  for (const { field, message } of findings) {
    const place = placeOf(field, structs);
    if (place?.kind !== 'struct' || place.offset === undefined) continue;
    const { key } = place.struct;
    const inStruct = marks.get(key) ?? new Map<number, Mark>();
    marks.set(key, inStruct);
    const former = inStruct.get(place.offset)?.text;
    const text = former && former !== message ? `${former}; ${message}` : message;
    inStruct.set(place.offset, { kind: 'error', text });
  }
  return marks;
}

export class Maps {
  readonly root = element('div', { class: 'structs' });
  private readonly more = element('p', { class: 'dim' });
  private readonly drawn = new Map<string, Drawn>();
  private readonly edit: (shown: ShownStruct, bytes: Uint8Array) => void;

  constructor(edit: (shown: ShownStruct, bytes: Uint8Array) => void) {
    this.edit = edit;
    this.root.append(this.more);
  }

  /** Shows the structs; those that are there already keep their elements, and with them the focus. */
  show(structs: readonly ShownStruct[], findings: readonly JsonFinding[]): void {
    const visible = structs.slice(0, MOST_MAPS);
    const marks = marksOf(findings, structs);
    const keys = new Set(visible.map(({ key }) => key));
    for (const [key, { section }] of this.drawn) {
      if (keys.has(key)) continue;
      section.remove();
      this.drawn.delete(key);
    }
    for (const [i, shown] of visible.entries()) {
      const drawn = this.sectionFor(shown);
      const { section, title, map } = drawn;
      if (this.root.children[i] !== section) this.root.insertBefore(section, this.root.children[i] ?? null);
      title.replaceChildren(
        element('code', {}, shown.key),
        ` ${shown.chosen.name}, ${shown.bytes.length} bytes`,
      );
      drawn.marks = marks.get(shown.key) ?? new Map();
      map.show(shown.chosen, shown.bytes, drawn.marks);
      this.tell(drawn, drawn.chosen);
    }
    const hidden = structs.length - visible.length;
    this.more.textContent = hidden > 0 ? `and ${hidden} more structs, which are not drawn` : '';
  }

  /** Leads to a struct, and to a field of it. @returns whether it is drawn */
  focus({ key }: ShownStruct, offset: number | undefined): boolean {
    const found = this.drawn.get(key);
    if (!found) return false;
    for (const { map } of this.drawn.values()) if (map !== found.map) map.highlight(undefined);
    if (offset === undefined) {
      found.section.focus();
      found.map.highlight(undefined);
    } else {
      found.map.focus(offset);
    }
    // With what is said of the field below the map.
    found.section.scrollIntoView({ block: 'nearest' });
    return true;
  }

  private sectionFor(shown: ShownStruct): Drawn {
    const former = this.drawn.get(shown.key);
    if (former) {
      former.shown = shown;
      return former;
    }
    const title = element('h3');
    const place = element('div');
    const about = element('p', { class: 'about dim' });
    const section = element('section', { tabindex: -1, 'aria-label': shown.key }, title, place, about);
    const map = new ByteMap(place, `Bytes of ${shown.key}`, {
      edit: (bytes) => this.edit(drawn.shown, bytes),
      choose: (leaf) => this.tell(drawn, leaf),
    });
    const drawn: Drawn = { section, title, about, map, shown, marks: new Map(), chosen: undefined };
    this.drawn.set(shown.key, drawn);
    return drawn;
  }

  /** What a field is, and what is wrong with it. */
  private tell(drawn: Drawn, leaf: Leaf | undefined): void {
    drawn.chosen = leaf;
    const problem = leaf && drawn.marks.get(leaf.offset)?.text;
    drawn.about.replaceChildren(
      ...(leaf
        ? [element('code', {}, pathText(leaf)), ` ${placeText(leaf)}. `, ...prose(leaf.field.doc)]
        : []),
      ...(problem ? [element('span', { class: 'problem' }, problem)] : []),
    );
  }
}
