/** The colours of the page, from its style sheet: they differ between the light and the dark scheme. */

export interface Colors {
  readonly text: string;
  readonly grid: string;
  readonly background: string;
  /** By name, as `--copy_bytes` in the style sheet. */
  readonly of: (name: string) => string;
}

export function pageColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim() || style.getPropertyValue('--text');
  return { text: of('text'), grid: of('grid'), background: of('background'), of };
}
