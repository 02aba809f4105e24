import type { Chosen } from '../../../layout/choose.js';
import { breakable, element } from '../dom.js';
import { type Difference, differences, type Reading } from './readings.js';
import { REVISIONS } from './structs.js';

/** The panel that says what other revisions make of the bytes at hand. */
export class DifferenceList {
  private readonly box: HTMLElement;
  private readonly choose: (offset: number) => void;

  constructor(root: HTMLElement, choose: (offset: number) => void) {
    this.box = element('div', { class: 'differences' });
    this.choose = choose;
    root.append(this.box);
  }

  show(chosen: Chosen, bytes: Uint8Array): void {
    const found = differences(chosen, bytes);
    const absent = REVISIONS.filter((revision) => chosen.struct.names[revision].length === 0);
    const notes = [
      ...(absent.length > 0 ? [`${absent.join(' and ')} has no such struct.`] : []),
      ...(found.length === 0
        ? ['The revisions that have it read these bytes alike, by the same names.']
        : []),
    ];
    this.box.replaceChildren(
      ...notes.map((note) => element('p', { class: 'dim' }, note)),
      ...(found.length > 0 ? [this.table(chosen, found)] : []),
    );
  }

  private table(chosen: Chosen, found: readonly Difference[]): HTMLElement {
    const revisions = REVISIONS.filter((revision) => chosen.struct.names[revision].length > 0);
    const heads = ['bytes', ...revisions, ''].map((text) => element('th', { scope: 'col' }, text));
    const rows = found.map(({ offset, value, readings, isMeaning }) => {
      const button = element('button', { type: 'button', class: 'link' }, String(offset));
      button.addEventListener('click', () => this.choose(offset));
      const cells = revisions.map((revision) => {
        const reading = readings.find((each) => each.revision === revision) as Reading;
        return element(
          'td',
          // Narrow screens have no room for a head of the table: each cell says itself whose it is.
          { 'data-revision': revision, class: revision === chosen.revision ? 'current' : undefined },
          ...readingText(reading, value),
        );
      });
      const verdict = element(
        'td',
        {},
        isMeaning ? element('strong', {}, 'means something else') : 'another name',
      );
      return element('tr', {}, element('td', {}, button), ...cells, verdict);
    });
    const head = element('thead', {}, element('tr', {}, ...heads));
    return element('div', { class: 'scroll' }, element('table', {}, head, element('tbody', {}, ...rows)));
  }
}

function readingText({ field, meaning }: Reading, value: bigint): (Node | string)[] {
  if (field === undefined) return [element('span', { class: 'dim' }, 'not there')];
  const text = element('code', {}, ...breakable(field));
  return meaning === '' ? [text] : [text, ...breakable(`: ${value} is ${meaning}`)];
}
