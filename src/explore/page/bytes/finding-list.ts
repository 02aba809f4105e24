import type { Chosen } from '../../../layout/choose.js';
import { decodeChosen } from '../../../layout/decode.js';
import type { Finding } from '../../../layout/findings.js';
import { validateChosen } from '../../../layout/validate.js';
import { element } from '../dom.js';
import type { Mark } from '../map/index.js';

/** What is wrong in a struct; as a request also what the kernel asks of what it is given. */
export function findingsOf(chosen: Chosen, bytes: Uint8Array, isRequest: boolean): readonly Finding[] {
  return isRequest ? validateChosen(chosen, bytes, true, {}) : decodeChosen(chosen, bytes).findings;
}

/** Findings as marks in the map. */
export const marksOf = (findings: readonly Finding[]): ReadonlyMap<number, Mark> =>
  new Map(findings.map(({ offset, message }) => [offset, { kind: 'error', text: message }]));

/** Findings as a list whose entries lead to their bytes. */
export class FindingList {
  private readonly list = element('ul', { class: 'findings', role: 'list' });
  private readonly choose: (offset: number) => void;
  private shown = '';

  constructor(root: HTMLElement, choose: (offset: number) => void) {
    this.choose = choose;
    root.append(element('div', { 'aria-live': 'polite' }, this.list));
  }

  show(findings: readonly Finding[]): void {
    const shown = findings.map(({ message }) => message).join('\n');
    if (shown === this.shown && this.list.childElementCount > 0) return;
    this.shown = shown;
    const items = findings.map(({ code, message, offset }) => {
      const button = element('button', { type: 'button', class: 'link' }, message);
      button.addEventListener('click', () => this.choose(offset));
      return element('li', {}, element('code', {}, code), ' ', button);
    });
    const nothing = element('li', { class: 'good' }, 'Nothing is wrong with these bytes as such.');
    this.list.replaceChildren(...(items.length > 0 ? items : [nothing]));
  }
}
