/** One of the page's parts, behind a tab. */
export interface View {
  /** Its name in the fragment: `#view=bytes&…`. */
  readonly id: 'bytes' | 'verdict' | 'plan';
  readonly title: string;
  /**
   * Builds the view once, into its panel. `changed` is to be called after each change by the person: the fragment follows,
   * a little later; at once, and as a step that the browser goes back from, where so much is another that it is one.
   */
  mount(panel: HTMLElement, changed: (isStep?: boolean) => void): void;
  /** What the fragment keeps of it. */
  save(): URLSearchParams;
  /** Shows what a fragment says. What it cannot understand is said in the view, in one line; the rest stays. Never throws. */
  load(from: URLSearchParams): void;
}
