import type { Chosen } from '../../../layout/choose.js';
import { toHex } from '../../../layout/hex.js';
import type { Leaf } from '../../../layout/leaves.js';
import { quote } from '../../../quote.js';
import { debounced, element, labelled, uniqueId } from '../dom.js';
import type { FragmentValues } from '../fragment.js';
import { ByteMap } from '../map/index.js';
import { errorText } from '../problems.js';
import type { View } from '../view.js';
import { copyButtons } from './copy.js';
import { Details } from './details.js';
import { DifferenceList } from './difference-list.js';
import { withNumber } from './edit.js';
import { FieldList } from './fields.js';
import { FindingList, findingsOf, marksOf } from './finding-list.js';
import { hexText, joined } from './hex-text.js';
import { type Entry, MOST_TEXT, readEntries } from './input.js';
import { CHOICES, findChoice, keyOf, REVISION_TEXT, REVISIONS } from './structs.js';
import { TEMPLATES, type Template } from './templates.js';

/** What the list of templates has besides them. */
const ZEROS = 'zeros';

const START = TEMPLATES[0] as Template;

/** Bytes of which the address holds all; of more it holds the struct that is shown. */
const MOST_SHARED = 24 * 1024;

/** Bytes of a struct, from any text, as a map and as fields that can both be changed. */
export class BytesView implements View {
  readonly id = 'bytes';
  readonly title = 'Bytes';

  /** What the text is read as. While it cannot be, other structs are still shown. */
  private wanted = findChoice(START.struct, START.revision) as Chosen;
  private entries: Entry[] = [];
  private at = 0;
  private leaf: Leaf | undefined;
  private changed: (isStep?: boolean) => void = () => {};
  /** The text is a person's: what is chosen next is looked for in it. */
  private isTyped = false;
  /** The text that was read last. */
  private seen = '';

  private readonly problem = element('p', { class: 'problem', id: uniqueId('problem'), role: 'alert' });
  private readonly notes = element('p', { class: 'dim' });
  private readonly text = element('textarea', {
    rows: 8,
    // Dumps keep their lines; and a browser breaks one line of many thousand signs only slowly.
    wrap: 'off',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': this.problem.id,
  });
  private readonly struct = element('select', {});
  private readonly template = element('select', {});
  private readonly mixed = element('input', { type: 'checkbox' });
  private readonly mixedLabel = element('label', {}, this.mixed, 'completions of a mixed ring');
  private readonly request = element('input', { type: 'checkbox', checked: true });
  private readonly entry = element('select', {});
  private readonly entryLabel = labelled('Entry', this.entry);
  private readonly revisions = REVISIONS.map((revision) => ({
    revision,
    radio: element('input', { type: 'radio', name: 'revision', value: revision }),
  }));
  private map!: ByteMap;
  private fields!: FieldList;
  private details!: Details;
  private findings!: FindingList;
  private differences!: DifferenceList;

  mount(panel: HTMLElement, changed: (isStep?: boolean) => void): void {
    this.changed = changed;
    this.fillChoices();
    const left = element('section', { class: 'bytes-input', 'aria-label': 'Input' });
    const middle = element('section', { class: 'bytes-map', 'aria-label': 'Map' });
    const right = element('section', { class: 'bytes-fields', 'aria-label': 'Fields' });
    panel.append(element('div', { class: 'bytes' }, left, middle, right));
    this.buildInput(left);
    this.buildMap(middle);
    this.buildFields(right);
    this.use(START);
  }

  save(): URLSearchParams {
    const { struct, revision } = this.current.chosen;
    const isAll = this.isShared;
    return new URLSearchParams({
      struct: struct.id,
      revision,
      hex: toHex(isAll ? this.allBytes : this.current.bytes),
      ...(isAll && this.at > 0 && { entry: String(this.at) }),
      ...(isAll && this.mixed.checked && { mixed: '1' }),
    } satisfies FragmentValues<'bytes'>);
  }

  load(from: URLSearchParams): void {
    const text = from.get('hex') ?? '';
    if (text === '' && !from.has('struct')) return;
    const revision = from.get('revision') ?? 'event';
    const id = from.get('struct') ?? this.wanted.struct.id;
    const known = REVISIONS.find((each) => each === revision);
    const wanted = known && findChoice(id, known);
    if (!wanted) {
      this.say(
        `the address names ${quote(id.slice(0, 60))} in revision ${quote(revision.slice(0, 20))}, which there is not`,
      );
      return;
    }
    this.mixed.checked = from.get('mixed') === '1';
    this.isTyped = text !== '';
    if (text === '') {
      this.take(wanted, zeroed(wanted), 0);
      this.writeText();
    } else if (this.read(wanted, text, Number(from.get('entry')) || 0)) this.writeText();
    else this.text.value = text.slice(0, MOST_TEXT);
  }

  private buildInput(root: HTMLElement): void {
    const label = element(
      'label',
      { for: uniqueId('hex') },
      'Hex, a dump, a line of strace, or what gdb prints',
    );
    this.text.id = label.htmlFor;
    const read = debounced(() => this.readText());
    this.text.addEventListener('input', () => {
      this.isTyped = this.text.value.trim() !== '';
      read();
    });
    // Who goes on to the map has it as the text says, however fast.
    this.text.addEventListener('change', () => this.readText());
    this.struct.addEventListener('change', () => this.chooseStruct());
    this.template.addEventListener('change', () => {
      const chosen = TEMPLATES[Number(this.template.value)];
      if (this.template.value === ZEROS) this.useZeros(this.wanted);
      else if (chosen) this.use(chosen);
      this.template.value = '';
      this.changed(true);
    });
    this.mixed.addEventListener('change', () => this.readText(true));
    root.append(
      element('div', { class: 'controls' }, labelled('Struct', this.struct), this.mixedLabel),
      element('div', { class: 'controls' }, labelled('Begin with', this.template)),
      label,
      this.text,
      this.problem,
      this.notes,
      copyButtons(() => this.current),
    );
  }

  private buildMap(root: HTMLElement): void {
    const radios = this.revisions.map(({ revision, radio }) => {
      radio.addEventListener('change', () => this.chooseRevision(revision));
      return element('label', { title: REVISION_TEXT[revision] }, radio, revision);
    });
    const legend = element('legend', {}, 'Revision');
    this.entry.addEventListener('change', () => {
      this.at = Number(this.entry.value);
      this.show();
      this.changed();
    });
    root.append(
      element('div', { class: 'controls' }, element('fieldset', {}, legend, ...radios), this.entryLabel),
    );
    this.map = new ByteMap(root, 'Bytes of the struct', {
      choose: (leaf) => this.reach(leaf),
      edit: (bytes) => this.replace(bytes),
    });
    this.details = new Details(root);
  }

  private buildFields(root: HTMLElement): void {
    this.fields = new FieldList(root, {
      choose: (leaf) => this.reach(leaf),
      edit: (leaf, input) => this.replace(withNumber(this.current.chosen, this.current.bytes, leaf, input)),
    });
    this.request.addEventListener('change', () => this.show());
    root.append(
      element('h2', {}, 'Findings'),
      element('label', {}, this.request, ' as a request: what the kernel asks of what it is given'),
    );
    this.findings = new FindingList(root, (offset) => this.map.focus(offset));
    root.append(element('h2', {}, 'What changes with the revision'));
    this.differences = new DifferenceList(root, (offset) => this.map.focus(offset));
  }

  private fillChoices(): void {
    this.struct.append(
      ...CHOICES.map(({ revision, choices }) =>
        element(
          'optgroup',
          { label: `${revision}: ${REVISION_TEXT[revision]}` },
          ...choices.map(({ key, label }) => element('option', { value: key }, label)),
        ),
      ),
    );
    this.template.append(
      element('option', { value: '' }, 'an example …'),
      element('option', { value: ZEROS }, 'Zeros of the struct that is chosen'),
      ...TEMPLATES.map(({ title }, i) => element('option', { value: i }, title)),
    );
  }

  private get current(): { chosen: Chosen; bytes: Uint8Array } {
    return this.entries[this.at] as Entry;
  }

  private get allBytes(): Uint8Array {
    return joined(this.entries.map(({ bytes }) => bytes));
  }

  /** Whether the address holds all structs. */
  private get isShared(): boolean {
    return this.entries.reduce((sum, { bytes }) => sum + bytes.length, 0) <= MOST_SHARED;
  }

  private use(template: Template): void {
    const chosen = findChoice(template.struct, template.revision) as Chosen;
    this.mixed.checked = template.isMixed === true;
    this.read(chosen, hexText(template.bytes()), 0);
    this.writeText();
    this.isTyped = false;
  }

  private useZeros(chosen: Chosen): void {
    this.mixed.checked = false;
    this.take(chosen, zeroed(chosen), 0);
    this.writeText();
    this.isTyped = false;
  }

  /** Another struct: looked for in what was typed, otherwise zeros. */
  private chooseStruct(): void {
    const choice = CHOICES.flatMap(({ choices }) => choices).find(({ key }) => key === this.struct.value);
    if (!choice) return;
    if (this.isTyped) {
      this.mixed.checked = false;
      this.read(choice.chosen, this.text.value, 0);
    } else this.useZeros(choice.chosen);
    this.changed(true);
  }

  /** The same bytes in another revision, if that has the struct. */
  private chooseRevision(revision: Chosen['revision']): void {
    const entries = this.entries.map((each) => {
      const chosen = findChoice(each.chosen.struct.id, revision);
      return chosen && { ...each, chosen };
    });
    const wanted = findChoice(this.wanted.struct.id, revision);
    if (!wanted || !entries.every((each) => each !== undefined)) {
      this.say(
        `revision ${revision} has no ${this.wanted.name}: shown as before, in revision ${this.wanted.revision}`,
      );
      this.showChoice();
      return;
    }
    const wrong = this.isWrong ? this.problem.textContent : '';
    this.take(wanted, entries, this.at);
    if (wrong) this.refuse(wrong);
    this.changed();
  }

  /** Reads what a person has written, if it is not what has been read already. */
  private readText(isAgain = false): void {
    if (this.text.value === this.seen && !isAgain) return;
    this.seen = this.text.value;
    this.read(this.wanted, this.seen, undefined);
    this.changed();
  }

  /**
   * Reads a text; where it is none, the last good bytes stay, and are told to be the last.
   * @param at the entry to be shown; by default the same, unless there are more or fewer now
   * @returns whether it could be read
   */
  private read(wanted: Chosen, text: string, at: number | undefined): boolean {
    try {
      const entries = readEntries(text, wanted, this.mixed.checked && wanted.name === 'io_uring_cqe');
      this.take(wanted, entries, at ?? (entries.length === this.entries.length ? this.at : 0));
      return true;
    } catch (error) {
      // What is put in next is for the struct that was asked for.
      this.wanted = wanted;
      this.refuse(`${errorText(error)} (below: the last bytes that could be read)`);
      this.showChoice();
      return false;
    }
  }

  private take(wanted: Chosen, entries: readonly Entry[], at: number): void {
    this.wanted = wanted;
    this.entries = [...entries];
    this.at = Number.isInteger(at) && at >= 0 && at < entries.length ? at : 0;
    this.leaf = undefined;
    this.say('');
    this.text.removeAttribute('aria-invalid');
    this.fillEntries();
    this.show();
  }

  /** Other bytes of the struct at hand, by the map or a field. */
  private replace(bytes: Uint8Array): void {
    const entry = this.current as Entry;
    if (this.isWrong) this.wanted = entry.chosen;
    this.entries[this.at] = { ...entry, bytes, notes: [] };
    this.isTyped = true;
    this.say('');
    this.writeText();
    this.show();
    this.changed();
  }

  /** Whether the text is not what is shown. */
  private get isWrong(): boolean {
    return this.text.hasAttribute('aria-invalid');
  }

  private refuse(problem: string): void {
    this.say(problem);
    this.text.setAttribute('aria-invalid', 'true');
  }

  private writeText(): void {
    this.text.value = hexText(this.allBytes);
    this.seen = this.text.value;
    this.text.removeAttribute('aria-invalid');
  }

  private reach(leaf: Leaf | undefined): void {
    this.leaf = leaf;
    this.map.highlight(leaf?.offset);
    this.fields.highlight(leaf?.offset);
    this.details.show(this.current.chosen, leaf);
  }

  private fillEntries(): void {
    this.entryLabel.hidden = this.entries.length < 2;
    this.entry.replaceChildren(
      ...(this.entries.length < 2
        ? []
        : this.entries.map(({ chosen, from }, i) =>
            element(
              'option',
              { value: i },
              `${i + 1} of ${this.entries.length}: ${chosen.struct.size} bytes, ${from}`,
            ),
          )),
    );
    this.entry.value = String(this.at);
  }

  private showChoice(): void {
    this.struct.value = keyOf(this.wanted);
    if (this.struct.selectedIndex < 0) this.struct.value = keyOf(sameName(this.wanted));
    for (const { revision, radio } of this.revisions) radio.checked = revision === this.wanted.revision;
    this.mixedLabel.hidden = this.wanted.name !== 'io_uring_cqe';
  }

  private show(): void {
    const { chosen, bytes } = this.current;
    const findings = findingsOf(chosen, bytes, this.request.checked);
    this.showChoice();
    const notes = [
      ...(this.entries[this.at]?.notes ?? []),
      ...(this.isShared
        ? []
        : ['so many bytes are too much for the address: it holds the struct shown alone']),
    ];
    this.notes.textContent = notes.join('; ');
    this.map.show(chosen, bytes, marksOf(findings));
    this.fields.show(chosen, bytes);
    this.details.show(chosen, this.leaf);
    this.findings.show(findings);
    this.differences.show(chosen, bytes);
  }

  private say(problem: string): void {
    this.problem.textContent = problem;
  }
}

const zeroed = (chosen: Chosen): Entry[] => [
  { chosen, bytes: new Uint8Array(chosen.struct.size), from: 'byte 0', notes: [] },
];

/** The list names a struct once where revisions call it the same: by the newest. */
const sameName = (wanted: Chosen): Chosen =>
  REVISIONS.flatMap((revision) => findChoice(wanted.struct.id, revision) ?? []).find(
    ({ name }) => name === wanted.name,
  ) ?? wanted;
