// Tabs, the colour scheme, and the fragment: what all views have in common.

import { debounced, element } from './dom.js';
import { readFragment, writeFragment } from './fragment.js';
import type { View } from './view.js';

const SCHEMES = ['auto', 'light', 'dark'] as const;

const byId = (id: string) => document.getElementById(id) as HTMLElement;

/** The tab bar and the panels stand in the page before any script runs; here they come to life. */
export class Shell {
  private readonly views: readonly View[];
  private readonly tabs: readonly HTMLButtonElement[];
  private chosen = 0;
  /** What this page itself has put into the address last. */
  private written = '';

  constructor(views: readonly View[]) {
    this.views = views;
    this.tabs = views.map(({ id }) => byId(`tab-${id}`) as HTMLButtonElement);
    const follow = debounced(() => this.follow('replace'));
    for (const view of views) view.mount(byId(`panel-${view.id}`), follow);
    for (const [i, tab] of this.tabs.entries()) {
      tab.addEventListener('click', () => this.choose(i));
      tab.addEventListener('keydown', (event) => this.key(event, i));
    }
    addEventListener('hashchange', () => this.open());
    addScheme(byId('scheme'));
    this.open();
  }

  /** Shows what the address says. */
  private open(): void {
    if (location.hash === this.written && this.written !== '') return;
    const said = readFragment(location.hash);
    const found = said ? this.views.findIndex(({ id }) => id === said.view) : 0;
    this.show(Math.max(0, found));
    if (said) this.views[found]?.load(said.values);
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

  private follow(how: 'push' | 'replace'): void {
    const view = this.views[this.chosen] as View;
    this.written = writeFragment(view.id, view.save());
    if (how === 'push') history.pushState(null, '', this.written);
    else history.replaceState(null, '', this.written);
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
