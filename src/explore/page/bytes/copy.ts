import { cArray } from '../../../layout/c-array.js';
import type { Chosen } from '../../../layout/choose.js';
import { decodeChosen } from '../../../layout/decode.js';
import { toHex } from '../../../layout/hex.js';
import { toJson } from '../../../layout/json.js';
import { element } from '../dom.js';

type Form = (chosen: Chosen, bytes: Uint8Array) => string;

const FORMS: readonly (readonly [name: string, make: Form])[] = [
  ['hex', (_, bytes) => toHex(bytes)],
  ['C', cArray],
  ['JSON', (chosen, bytes) => JSON.stringify(toJson(decodeChosen(chosen, bytes)), null, 2)],
];

/** Buttons that copy the struct; where the browser does not let them, the text is shown to be copied by hand. */
export function copyButtons(current: () => { chosen: Chosen; bytes: Uint8Array }): HTMLElement {
  const said = element('span', { class: 'dim', role: 'status' });
  const text = element('textarea', { readonly: true, rows: 6, hidden: true, 'aria-label': 'To be copied' });
  const buttons = FORMS.map(([name, make]) =>
    element(
      'button',
      {
        type: 'button',
        onclick: async () => {
          const { chosen, bytes } = current();
          text.value = make(chosen, bytes);
          try {
            await navigator.clipboard.writeText(text.value);
            text.hidden = true;
            said.textContent = `copied as ${name}`;
          } catch {
            text.hidden = false;
            text.select();
            said.textContent = 'to be copied from here';
          }
        },
      },
      `Copy as ${name}`,
    ),
  );
  return element('div', {}, element('div', { class: 'controls' }, ...buttons, said), text);
}
