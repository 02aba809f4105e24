// Elements, made without HTML: text that comes from anywhere stays text.

export type Child = Node | string | undefined;

type Listener = (event: never) => void;

/** Attributes by name; `true` for one without value, `undefined` or `false` for none; `onclick` and the like are listeners. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | Listener>>;

function fill(made: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
}

/** `element('button', { type: 'button', onclick: go }, 'Go')` */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

/** The same of SVG. */
export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(made, attributes, children);
  return made;
}

let made = 0;

/** An id that no other element has, for labels and descriptions. */
export const uniqueId = (name: string): string => `${name}-${++made}`;

/** A control with its label before it: beside each other, so that the label is no more than its words. */
export function labelled(words: string, control: HTMLElement): HTMLElement {
  control.id ||= uniqueId('control');
  return element('span', { class: 'labelled' }, element('label', { for: control.id }, words), control);
}

/** Runs `action` when it has not been asked for during so many milliseconds. */
export function debounced(action: () => void, delay = 120): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
}

/** A text of the description: what stands between backticks is code. */
export function prose(text: string): Node[] {
  return text
    .split('`')
    .map((part, i) => (i % 2 === 1 ? element('code', {}, part) : document.createTextNode(part)));
}

/** A kernel's name, which a narrow place breaks where its words end. */
export const breakable = (name: string): Node[] =>
  name
    .split(/(?<=[_.])(?=[^_.])/)
    .flatMap((part, i) => [...(i > 0 ? [element('wbr')] : []), document.createTextNode(part)]);
