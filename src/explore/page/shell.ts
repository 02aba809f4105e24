// Tabs, the colour scheme, and the fragment: what all views have in common.

import { debounced, element } from './dom.js';
import { fragmentProblem, LONGEST, readFragment, writeFragment } from './fragment.js';
import type { View } from './view.js';

const SCHEMES = ['auto', 'light', 'dark'] as const;

const byId = (id: string) => document.getElementById(id) as HTMLElement;

/** The tab bar and the panels stand in the page before any script runs; here they come to life. */
export class Shell {
  private readonly views: readonly View[];
  private readonly tabs: readonly HTMLButtonElement[];
  private readonly problem = element('p', { class: 'problem', role: 'alert' });
  private chosen = 0;
  /** What the address says of the page as it is, whether or not it stands there. */
  private fragment = '';

  constructor(views: readonly View[]) {
    this.views = views;
    this.tabs = views.map(({ id }) => byId(`tab-${id}`) as HTMLButtonElement);
    const follow = debounced(() => this.follow('replace'));
    const changed = (isStep = false) => (isStep ? this.follow('push') : follow());
    for (const view of views) view.mount(byId(`panel-${view.id}`), changed);
    for (const [i, tab] of this.tabs.entries()) {
      tab.addEventListener('click', () => this.choose(i));
      tab.addEventListener('keydown', (event) => this.key(event, i));
    }
    addEventListener('hashchange', () => this.open());
    addScheme(byId('scheme'));
    byId('scheme').after(this.problem);
    this.open();
  }

  /** Shows what the address says. */
  private open(): void {
    const said = readFragment(location.hash);
    const found = said ? this.views.findIndex(({ id }) => id === said.view) : 0;
    this.problem.textContent = fragmentProblem(location.hash) ?? '';
    this.show(Math.max(0, found));
    if (said) this.views[found]?.load(said.values);
    this.fragment = this.write();
  }

  /** A tab that a person chose: a step to come back from. */
  private choose(index: number): void {
    this.show(index);
    this.follow('push');
  }

  private show(index: number): void {
    this.chosen = index;
    for (const [i, tab] of this.tabs.entries()) {
      tab.setAttribute('aria-selected', String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      byId(`panel-${this.views[i]?.id}`).hidden = i !== index;
    }
  }

  private key(event: KeyboardEvent, from: number): void {
    const last = this.tabs.length - 1;
    const to = {
      ArrowRight: from === last ? 0 : from + 1,
      ArrowLeft: from === 0 ? last : from - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(to);
    this.tabs[to]?.focus();
  }

  /** The fragment of what is shown; of what is too much for one, the view alone. */
  private write(): string {
    const view = this.views[this.chosen] as View;
    const fragment = writeFragment(view.id, view.save());
    return fragment.length > LONGEST ? writeFragment(view.id, new URLSearchParams()) : fragment;
  }

  private follow(how: 'push' | 'replace'): void {
    const before = this.fragment;
    this.fragment = this.write();
    this.problem.textContent = '';
    if (how === 'replace' || this.fragment === location.hash) {
      history.replaceState(null, '', this.fragment);
      return;
    }
    // An address without a fragment could not be gone back to.
    if (location.hash !== before) history.replaceState(null, '', before);
    history.pushState(null, '', this.fragment);
  }
}

/** A button that goes through the colour schemes. */
function addScheme(place: HTMLElement): void {
  let at = 0;
  const button = element('button', { type: 'button' });
  const show = () => {
    const scheme = SCHEMES[at] as string;
    button.textContent = `Colours: ${scheme}`;
    if (scheme === 'auto') delete document.documentElement.dataset.scheme;
    else document.documentElement.dataset.scheme = scheme;
  };
  button.addEventListener('click', () => {
    at = (at + 1) % SCHEMES.length;
    show();
  });
  show();
  place.append(button);
}
