import { cText } from './c.js';
import type { Definitions } from './definitions.js';
import { goText } from './go.js';
import { pythonText } from './python.js';
import { rustText } from './rust.js';

/** The languages that definitions can be printed in. In each they compile, and assert their own layout. */
export const LANGUAGES = {
  c: cText,
  rust: rustText,
  go: goText,
  python: pythonText,
} as const satisfies Record<string, (definitions: Definitions) => string>;

export type Language = keyof typeof LANGUAGES;

export const LANGUAGE_NAMES = Object.keys(LANGUAGES) as Language[];

export const isLanguage = (format: string): format is Language => format in LANGUAGES;
