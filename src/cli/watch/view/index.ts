/** The live view: a picture that is drawn again and again on a terminal, and plain lines elsewhere. */
export { type Abilities, abilitiesFor, canDraw, type WindowSize } from './abilities.js';
export { type Heading, rowsToLines, type Size } from './picture.js';
export { PlainLines, type PlainOptions } from './plain-lines.js';
export { keyOf, type Row } from './row.js';
export { LiveScreen, type ScreenOptions } from './screen.js';
export { FIRST_VIEW, type Key, pressed, type ViewState } from './view-state.js';
