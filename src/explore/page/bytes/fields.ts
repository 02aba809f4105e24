import type { Chosen } from '../../../layout/choose.js';
import { type DecodedLeaf, decodeChosen, decodeLeaves } from '../../../layout/decode.js';
import { setByName } from '../../../layout/description.js';
import type { Leaf } from '../../../layout/leaves.js';
import { holdsBits, namesFor, valueOfName } from '../../../layout/sets.js';
import { breakable, element, uniqueId } from '../dom.js';
import { isUnknownArm } from '../map/cells.js';
import { type FieldRow, fieldRows } from './field-rows.js';

interface Events {
  /** A field was reached by pointer or keyboard. */
  choose(leaf: Leaf): void;
  /** A person gave another value. @throws Error that is shown beside it */
  edit(leaf: Leaf, input: unknown): void;
}

/** The control of one number, and how it is brought up to date. */
interface Editor {
  readonly nodes: readonly Node[];
  update(value: bigint, meaning: string): void;
}

const shown = (value: bigint, { field }: Leaf) =>
  field.use === 'flags' || field.use === 'mask' ? `0x${value.toString(16)}` : value.toString();

/** The list of a struct's numbers, each to be changed. It is built anew only where other fields are there. */
export class FieldList {
  private readonly body = element('tbody');
  private readonly on: Events;
  private editors: Editor[] = [];
  private rows: HTMLTableRowElement[] = [];
  private offsets: number[] = [];
  private shape = '';

  constructor(root: HTMLElement, on: Events) {
    this.on = on;
    const heads = ['offset', 'type', 'name', 'value', 'meaning'].map((text) =>
      element('th', { scope: 'col' }, text),
    );
    const head = element('thead', {}, element('tr', {}, ...heads));
    root.append(element('div', { class: 'scroll' }, element('table', { class: 'fields' }, head, this.body)));
  }

  show(chosen: Chosen, bytes: Uint8Array): void {
    const rows = fieldRows(decodeChosen(chosen, bytes), decodeLeaves(chosen, bytes));
    const shape = `${chosen.struct.id} ${chosen.revision} ${rows.map(({ name, type }) => `${name}:${type}`)}`;
    if (shape !== this.shape) this.build(chosen, rows);
    this.shape = shape;
    for (const [i, row] of rows.entries())
      this.editors[i]?.update((row.leaves[0] as DecodedLeaf).value, row.meaning);
  }

  highlight(offset: number | undefined): void {
    for (const [i, row] of this.rows.entries()) row.classList.toggle('chosen', this.offsets[i] === offset);
  }

  /** Puts the focus on the value of the field at an offset. */
  focus(offset: number): void {
    const at = this.offsets.findLastIndex((each) => each <= offset);
    this.rows[at]?.querySelector<HTMLElement>('input, select')?.focus();
  }

  private build(chosen: Chosen, rows: readonly FieldRow[]): void {
    const focused = this.rows.findIndex((row) => row.contains(document.activeElement));
    const kept = focused < 0 ? undefined : this.offsets[focused];
    this.offsets = rows.map(({ offset }) => offset);
    this.editors = rows.map((row) => this.editorOf(chosen, row));
    this.rows = rows.map((row, i) => this.rowOf(row, this.editors[i] as Editor));
    this.body.replaceChildren(...this.rows);
    if (kept !== undefined) this.focus(kept);
  }

  private rowOf(row: FieldRow, editor: Editor): HTMLTableRowElement {
    const { leaf } = row.leaves[0] as DecodedLeaf;
    const choose = () => this.on.choose(leaf);
    return element(
      'tr',
      { onpointerenter: choose, onfocusin: choose, class: leaf.field.reserved ? 'dim' : undefined },
      element('td', { class: 'number' }, String(row.offset)),
      element('td', { class: 'mono' }, row.type),
      element('th', { scope: 'row', class: `mono depth-${row.depth}` }, ...breakable(row.name)),
      ...editor.nodes,
    );
  }

  private editorOf(chosen: Chosen, row: FieldRow): Editor {
    const [{ leaf }] = row.leaves as [DecodedLeaf];
    if (row.leaves.length > 1) return readOnly(`all ${row.leaves.length} are 0`);
    const problem = element('p', { class: 'problem', id: uniqueId('problem') });
    const give = (input: unknown, control: HTMLElement) => {
      try {
        this.on.edit(leaf, input);
        problem.textContent = '';
        control.removeAttribute('aria-invalid');
      } catch (error) {
        problem.textContent = (error as Error).message;
        control.setAttribute('aria-invalid', 'true');
      }
    };
    const text = element('input', {
      class: 'mono value',
      'aria-label': `value of ${row.name}`,
      'aria-describedby': problem.id,
      spellcheck: 'false',
      autocomplete: 'off',
      maxlength: 200,
    });
    text.addEventListener('input', () => give(text.value, text));
    // Not given once more: browsers tell of a change, too, when a field is taken away because another struct is shown.
    let last = 0n;
    text.addEventListener('change', () => {
      if (!problem.textContent) text.value = shown(last, leaf);
    });
    const names = leaf.field.set && !isUnknownArm(leaf) && leaf.field.use !== 'event';
    const choice = names ? nameChoice(chosen, leaf, row.name, give) : undefined;
    const meaning = element('td', { class: 'meaning' });
    return {
      nodes: [element('td', {}, text, choice?.node, problem), meaning],
      update(value, words) {
        last = value;
        if (document.activeElement !== text || !problem.textContent) {
          if (document.activeElement !== text) text.value = shown(value, leaf);
          problem.textContent = '';
          text.removeAttribute('aria-invalid');
        }
        choice?.update(value);
        meaning.textContent = words;
      },
    };
  }
}

const readOnly = (text: string): Editor => ({
  nodes: [element('td', { class: 'dim' }, text), element('td', { class: 'meaning dim' }, 'reserved')],
  update() {},
});

interface NameChoice {
  readonly node: HTMLElement;
  update(value: bigint): void;
}

type Give = (input: unknown, control: HTMLElement) => void;

/** Names to choose from: boxes for bits, a list for one value. */
function nameChoice(chosen: Chosen, leaf: Leaf, name: string, give: Give): NameChoice {
  const { revision } = chosen;
  const values = namesFor(leaf.field, [revision]).map((each) => ({
    name: each,
    value: valueOfName(leaf.field, revision, each) as bigint,
  }));
  return holdsBits(leaf.field, revision)
    ? bitBoxes(leaf, name, values, give)
    : valueList(leaf, name, values, give);
}

type Named = readonly { readonly name: string; readonly value: bigint }[];

function valueList(leaf: Leaf, name: string, values: Named, give: Give): NameChoice {
  const other = element('option', { value: '' }, 'another number');
  const options = values.map((each) => element('option', { value: each.name }, each.name));
  const select = element('select', { 'aria-label': `name of ${name}` }, other, ...options);
  select.addEventListener('change', () => select.value && give(select.value, select));
  const title = leaf.field.set ? setByName(leaf.field.set).doc : '';
  select.title = title;
  return {
    node: select,
    update(value) {
      select.value = values.find((each) => each.value === value)?.name ?? '';
      other.hidden = select.value !== '';
    },
  };
}

function bitBoxes(leaf: Leaf, name: string, values: Named, give: Give): NameChoice {
  let current = 0n;
  const boxes = values
    .filter(({ value }) => value !== 0n)
    .map((each) => {
      const box = element('input', { type: 'checkbox' });
      box.addEventListener('change', () =>
        give(box.checked ? current | each.value : current & ~each.value, box),
      );
      return { ...each, box, label: element('label', {}, box, element('span', {}, ...breakable(each.name))) };
    });
  const list = element(
    'div',
    { role: 'group', 'aria-label': `bits of ${name}` },
    ...boxes.map(({ label }) => label),
  );
  const node =
    boxes.length > 6 ? element('details', {}, element('summary', {}, `${boxes.length} names`), list) : list;
  node.classList.add('bits');
  return {
    node,
    update(value) {
      current = BigInt.asUintN(leaf.field.width * 8, value);
      for (const { box, value: bit } of boxes) box.checked = (current & bit) === bit;
    },
  };
}
