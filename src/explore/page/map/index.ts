import type { Chosen } from '../../../layout/choose.js';
import { type Leaf, pathText } from '../../../layout/leaves.js';
import { element } from '../dom.js';
import { type Cell, cellsOf, fieldName, isUnknownArm } from './cells.js';
import { DigitEntry } from './digits.js';

/** Something to be said at a field. */
export interface Mark {
  readonly kind: 'error' | 'note';
  readonly text: string;
}

const PER_ROW = 8;
/** Colours that follow each other and begin anew; see style/map.css. */
const HUES = 7;

const hex = (value: number, digits = 2) => value.toString(16).padStart(digits, '0');

/** Where arrow keys and the like lead from a byte, or undefined for another key. */
function target(key: string, at: number, size: number, isFar: boolean): number | undefined {
  const row = at - (at % PER_ROW);
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + PER_ROW,
    ArrowUp: at - PER_ROW,
    Home: isFar ? 0 : row,
    End: isFar ? size - 1 : Math.min(size, row + PER_ROW) - 1,
    PageDown: size - 1,
    PageUp: 0,
  }[key];
  return to === undefined || to < 0 || to >= size ? (to === undefined ? undefined : at) : to;
}

/**
 * The bytes of a struct in rows of eight, coloured by field. A grid for keyboards: arrows move, two digits of hex write a
 * byte, Escape takes a digit back.
 */
export class ByteMap {
  private readonly grid: HTMLElement;
  private readonly on: { choose?(leaf: Leaf | undefined): void; edit?(bytes: Uint8Array): void };
  private readonly digits = new DigitEntry();
  private buttons: HTMLElement[] = [];
  private cells: readonly Cell[] = [];
  private bytes = new Uint8Array();
  private shape = '';
  /** The byte that Tab leads to. */
  private current = 0;
  private highlighted: string | undefined;

  /** @param label what the grid is called: `Bytes of zcrx_stats` */
  constructor(
    root: HTMLElement,
    label: string,
    on: { choose?(leaf: Leaf | undefined): void; edit?(bytes: Uint8Array): void },
  ) {
    this.on = on;
    this.grid = element('div', { class: 'map', role: 'grid', 'aria-label': label });
    this.grid.addEventListener('keydown', (event) => this.key(event));
    this.grid.addEventListener('focusin', (event) => this.reach(event.target, true));
    this.grid.addEventListener('pointerover', (event) => this.reach(event.target, false));
    this.grid.addEventListener('focusout', () => this.dropDigit());
    root.append(this.grid);
  }

  /** Shows a struct; the byte that has the focus keeps it. `marks` go to the fields at their offsets. */
  show(chosen: Chosen, bytes: Uint8Array, marks: ReadonlyMap<number, Mark> = new Map()): void {
    this.bytes = Uint8Array.from(bytes);
    this.cells = cellsOf(chosen, bytes);
    const shape = `${chosen.struct.id} ${chosen.revision} ${this.cells.map(({ group }) => group)}`;
    if (shape !== this.shape) this.build();
    this.shape = shape;
    for (const [at, button] of this.buttons.entries()) this.paint(button, at, marks);
    this.showHighlight();
  }

  /** Marks all bytes of the field at an offset, or of none. `scroll`: brings it into sight. */
  highlight(offset: number | undefined, scroll = false): void {
    const leaf = offset === undefined ? undefined : this.cells[offset]?.leaf;
    this.highlighted = leaf && fieldName(leaf);
    this.showHighlight();
    if (scroll && offset !== undefined)
      this.buttons[offset]?.scrollIntoView({ block: 'nearest', behavior: 'auto' });
  }

  /** Puts the focus on a byte. */
  focus(offset: number): void {
    this.move(Math.max(0, Math.min(offset, this.buttons.length - 1)));
  }

  private build(): void {
    const hadFocus = this.grid.contains(document.activeElement);
    this.buttons = this.cells.map((_, at) =>
      element('span', { role: 'gridcell', tabindex: -1, 'data-at': at }),
    );
    const rows: HTMLElement[] = [];
    for (let from = 0; from < this.cells.length; from += PER_ROW) {
      const cells = this.cells.slice(from, from + PER_ROW);
      const names = cells.flatMap((cell, i) => (cell.isFirst || i === 0 ? [nameOf(cell, from + i)] : []));
      rows.push(
        element(
          'div',
          { role: 'row', class: 'map-row' },
          element('span', { role: 'rowheader', class: 'map-offset' }, `${from}`),
          ...this.buttons.slice(from, from + PER_ROW),
          element('span', { role: 'gridcell', class: 'map-names' }, ...names),
        ),
      );
    }
    this.grid.replaceChildren(...rows);
    this.current = Math.min(this.current, Math.max(0, this.buttons.length - 1));
    this.buttons[this.current]?.setAttribute('tabindex', '0');
    if (hadFocus) this.buttons[this.current]?.focus();
  }

  private paint(button: HTMLElement, at: number, marks: ReadonlyMap<number, Mark>): void {
    const { leaf, group, isFirst, isLast } = this.cells[at] as Cell;
    const mark = leaf && marks.get(leaf.offset);
    const classes = [
      'byte',
      `hue-${group % HUES}`,
      isFirst && 'first',
      isLast && 'last',
      !leaf && 'padding',
      leaf?.field.reserved && 'reserved',
      leaf && isUnknownArm(leaf) && 'unknown',
      mark && `mark-${mark.kind}`,
    ];
    button.className = classes.filter(Boolean).join(' ');
    button.textContent = this.digits.at === at ? this.digits.shown : hex(this.bytes[at] as number);
    const place = leaf
      ? `${pathText(leaf)}${leaf.field.width > 1 ? ` byte ${at - leaf.offset}` : ''}`
      : 'padding';
    const note = mark ? `; ${mark.text}` : '';
    button.setAttribute('aria-label', `${place}, offset ${at}: ${hex(this.bytes[at] as number)}${note}`);
  }

  private showHighlight(): void {
    for (const [at, button] of this.buttons.entries()) {
      const { leaf } = this.cells[at] as Cell;
      button.classList.toggle('chosen', leaf !== undefined && fieldName(leaf) === this.highlighted);
    }
  }

  /** A byte that was pointed at, or reached by keyboard, or by a tap. */
  private reach(reached: EventTarget | null, isFocus: boolean): void {
    const at = this.buttons.indexOf(reached as HTMLElement);
    if (at < 0) return;
    if (isFocus) this.setCurrent(at);
    const leaf = this.cells[at]?.leaf;
    this.highlight(at);
    this.on.choose?.(leaf);
  }

  private setCurrent(at: number): void {
    this.buttons[this.current]?.setAttribute('tabindex', '-1');
    this.current = at;
    this.buttons[at]?.setAttribute('tabindex', '0');
  }

  private move(at: number): void {
    this.setCurrent(at);
    this.buttons[at]?.focus();
  }

  private key(event: KeyboardEvent): void {
    const at = this.buttons.indexOf(event.target as HTMLElement);
    if (at < 0 || event.altKey || event.metaKey) return;
    const to = target(event.key, at, this.buttons.length, event.ctrlKey);
    if (to !== undefined) {
      event.preventDefault();
      this.move(to);
    } else if (event.key === 'Escape') {
      this.dropDigit();
    } else if (!event.ctrlKey && this.on.edit && /^[\da-f]$/i.test(event.key)) {
      event.preventDefault();
      this.type(at, event.key);
    }
  }

  private type(at: number, digit: string): void {
    const value = this.digits.type(at, digit);
    const button = this.buttons[at] as HTMLElement;
    if (value === undefined) {
      button.textContent = this.digits.shown;
      return;
    }
    const bytes = Uint8Array.from(this.bytes);
    bytes[at] = value;
    this.on.edit?.(bytes);
    if (at + 1 < this.buttons.length) this.move(at + 1);
  }

  /** A digit that stands alone is no byte: what was there is shown again. */
  private dropDigit(): void {
    const { at } = this.digits;
    this.digits.drop();
    const button = at === undefined ? undefined : this.buttons[at];
    if (button && at !== undefined) button.textContent = hex(this.bytes[at] as number);
  }
}

/** The name of a field beside the row in which its bytes begin, or go on. */
function nameOf({ leaf, group, isFirst }: Cell, at: number): HTMLElement {
  const full = leaf ? fieldName(leaf) : 'padding';
  // Of nested fields the last name: the list has them whole, and so has the title.
  const name = leaf && leaf.path.length > 1 ? `.${leaf.path.at(-1)}` : full;
  return element(
    'span',
    {
      title: full,
      class: `map-name hue-${group % HUES}${leaf?.field.reserved || !leaf ? ' reserved' : ''}`,
      'data-offset': at,
    },
    isFirst ? name : `… ${name}`,
  );
}
