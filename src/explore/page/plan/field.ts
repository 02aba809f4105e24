// A number that is chosen with a slider or typed beside it.

import { element, uniqueId } from '../dom.js';
import { nearestStop, numberIn } from './choice.js';

export interface NumberField {
  readonly root: HTMLElement;
  /** Shows a number; what a person is typing that means it stays as it is typed. */
  show(value: number): void;
  /** Says what is wrong with what was typed, or that nothing is. */
  complain(problem: string): void;
}

interface FieldOptions {
  readonly label: string;
  readonly unit: string;
  readonly stops: readonly number[];
  /** Is told what a person chose; NaN for text that is no number, which it comes with. */
  choose(value: number, text: string): void;
}

/** The arrow keys change a typed number by one, as they do in number fields of browsers. */
const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1 };

export function numberField({ label, unit, stops, choose }: FieldOptions): NumberField {
  const id = uniqueId('number');
  const problem = element('p', { class: 'problem', id: uniqueId('problem') });
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: stops.length - 1,
    step: 1,
    'aria-label': `${label}, slider`,
    oninput: () => {
      const value = stops[Number(slider.value)] as number;
      typed.value = String(value);
      choose(value, typed.value);
    },
  });
  const typed = element('input', {
    id,
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    size: 9,
    'aria-describedby': problem.id,
    oninput: () => choose(numberIn(typed.value), typed.value),
    onkeydown: (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const value = numberIn(typed.value);
      if (Number.isNaN(value)) return;
      typed.value = String(value + step);
      choose(value + step, typed.value);
    },
  });
  const root = element(
    'div',
    { class: 'number' },
    element('label', { for: id }, label),
    element('div', { class: 'pair' }, slider, typed, element('span', { class: 'dim' }, unit)),
    problem,
  );
  return {
    root,
    show(value) {
      if (numberIn(typed.value) !== value) typed.value = String(value);
      slider.value = String(nearestStop(stops, value));
      slider.setAttribute('aria-valuetext', `${value} ${unit}`);
    },
    complain(text) {
      problem.textContent = text;
      if (text) typed.setAttribute('aria-invalid', 'true');
      else typed.removeAttribute('aria-invalid');
    },
  };
}
