// What the kernel says to a whole call: as JSON, as bytes, and on every kernel.

import type { Bundle } from '../../../verdict/bundle.js';
import type { Checked } from '../../../verdict/check.js';
import { fixBundle, fixOne } from '../../../verdict/fix.js';
import { NEWEST_SERIES } from '../../../verdict/series.js';
import { debounced, element, uniqueId } from '../dom.js';
import { errorText } from '../problems.js';
import type { View } from '../view.js';
import { bundleText, LONGEST_TEXT, readBundleText } from './bundle-text.js';
import { Controls, type KernelChoice } from './controls.js';
import { editStruct } from './edit.js';
import { check, type KernelRow, model, rowOf, SERIES, type Series } from './kernels.js';
import { Maps } from './maps.js';
import type { Place } from './place.js';
import { type Actions, allKernels, fullResult, headlineText, summaryText } from './result.js';
import { type ShownStruct, type Structs, structsOf } from './structs.js';
import { TEMPLATES, type Template } from './templates.js';

/** The template that a person sees first: a mistake, since that is what the view is for. */
const FIRST = 'unrounded';

/** What the last text that could be understood led to. */
interface Shown {
  readonly bundle: Bundle;
  readonly structs: Structs;
  readonly checked: Checked;
}

/** Milliseconds for which the page may work without a pause. */
const SLICE = 40;
/** Milliseconds after which a change is told to those who cannot see it. */
const QUIET = 600;
/** Texts that can be gone back to. */
const MOST_STEPS = 50;

/** The series that a release belongs to, if it is a known one. */
const seriesIn = (release: string): Series | undefined =>
  SERIES.find((series) => release === series || release.startsWith(`${series}.`));

/** What is said about input that was refused. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'the JSON is nested too deeply';
  return errorText(error);
}

export class VerdictView implements View {
  readonly id = 'verdict';
  readonly title = 'Verdict';
  private readonly text = element('textarea', {
    id: uniqueId('bundle'),
    rows: 17,
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
  });
  private readonly link = element('p', { class: 'problem', role: 'alert' });
  private readonly problem = element('p', { class: 'problem', id: uniqueId('problem') });
  private readonly says = element('p', { class: 'says' });
  private readonly templates: HTMLSelectElement;
  private readonly undo: HTMLButtonElement;
  private readonly result = element('section', { class: 'result', tabindex: -1 });
  private readonly old = element('p', { class: 'note', hidden: true });
  private readonly status = element('p', { class: 'visually-hidden', role: 'status' });
  private readonly controls: Controls;
  private readonly maps: Maps;
  private readonly past: string[] = [];
  /** The kernel for a bundle that names none. */
  private kernel = NEWEST_SERIES as Series;
  private isAll = false;
  private shown!: Shown;
  private rows: KernelRow[] = [];
  /** Which run of the kernels is the last one. */
  private run = 0;
  private changed: (isStep?: boolean) => void = () => {};
  private readonly announce = debounced(() => this.tell(), QUIET);

  constructor() {
    this.controls = new Controls(
      (kernel) => this.chooseKernel(kernel),
      (change) => this.attempt(() => change(this.shown.bundle)),
    );
    this.maps = new Maps((shown, bytes) => this.editBytes(shown, bytes));
    this.templates = element('select', { id: uniqueId('template'), onchange: () => this.start() });
    this.undo = element('button', { type: 'button', disabled: true, onclick: () => this.goBack() }, 'Undo');
  }

  mount(panel: HTMLElement, changed: (isStep?: boolean) => void): void {
    this.changed = changed;
    panel.classList.add('verdict');
    panel.append(this.link, this.inputPart(), this.resultPart(), this.structsPart(), this.status);
    const read = debounced(() => this.read(true));
    this.text.addEventListener('input', () => {
      this.forgetTemplate();
      read();
    });
    this.begin();
  }

  save(): URLSearchParams {
    const { kernel = this.kernel, ...bundle } = this.shown.bundle;
    return new URLSearchParams({
      kernel: this.isAll ? 'all' : kernel,
      bundle: JSON.stringify(bundle),
    });
  }

  load(from: URLSearchParams): void {
    const kernel = from.get('kernel');
    const text = from.get('bundle');
    if (kernel === null && text === null) {
      this.begin();
      return;
    }
    const series = kernel === null ? this.kernel : seriesIn(kernel);
    try {
      const bundle = text === null ? { ...this.shown.bundle } : readBundleText(text);
      // A release that is none of those in the list is the bundle's own.
      if (series && kernel !== null && bundle.kernel !== undefined) bundle.kernel = series;
      else if (!series && kernel !== null && kernel !== 'all') bundle.kernel = kernel;
      structsOf(bundle);
      check({ kernel: series ?? this.kernel, ...bundle });
      this.setText(bundle);
    } catch (error) {
      this.link.textContent = `The link was not understood: ${reasonOf(error)}`;
      return;
    }
    this.isAll = kernel === 'all';
    this.kernel = series ?? this.kernel;
    this.forgetTemplate();
    this.read(false);
  }

  private inputPart(): HTMLElement {
    const options = (isMistake: boolean) =>
      TEMPLATES.filter((each) => each.isMistake === isMistake).map(({ id, title }) =>
        element('option', { value: id }, title),
      );
    this.templates.append(
      element('option', { value: '' }, 'your own'),
      element('optgroup', { label: 'Calls that are right' }, ...options(false)),
      element('optgroup', { label: 'Mistakes' }, ...options(true)),
    );
    this.text.setAttribute('aria-describedby', this.problem.id);
    return element(
      'section',
      { class: 'input', 'aria-label': 'The call' },
      element(
        'div',
        { class: 'controls' },
        element('label', { for: this.templates.id }, 'Start from'),
        this.templates,
        this.undo,
      ),
      this.says,
      element(
        'label',
        { for: this.text.id },
        'The call as JSON, as ',
        element('code', {}, 'zcrx check'),
        ' takes it',
      ),
      this.text,
      this.problem,
      this.controls.others,
    );
  }

  private resultPart(): HTMLElement {
    return element(
      'section',
      { class: 'answer', 'aria-label': 'The verdict' },
      this.controls.kernels,
      this.old,
      this.result,
    );
  }

  private structsPart(): HTMLElement {
    return element(
      'section',
      { class: 'call-structs', 'aria-label': 'The structs in bytes' },
      element('h2', {}, 'The structs in bytes'),
      element(
        'p',
        { class: 'dim' },
        'Point at a byte, or go to it with Tab and arrows, for what it is; two digits change it, and the JSON with it. Pointers lead to each other unless the JSON says where.',
      ),
      this.maps.root,
    );
  }

  /** The bundle for the kernel that is chosen, unless it names one itself. */
  private named(bundle: Bundle): Bundle {
    return { kernel: this.kernel, ...bundle };
  }

  /** Reads the text, and shows what it leads to; what cannot be understood leaves the last verdict as it is. */
  private read(isByPerson: boolean): void {
    try {
      const bundle = readBundleText(this.text.value);
      const structs = structsOf(bundle);
      this.shown = { bundle, structs, checked: check(this.named(bundle)) };
    } catch (error) {
      this.refuse(reasonOf(error));
      return;
    }
    const { kernel } = this.shown.bundle;
    if (kernel !== undefined) this.kernel = seriesIn(kernel) ?? this.kernel;
    this.link.textContent = '';
    this.problem.textContent = '';
    this.text.removeAttribute('aria-invalid');
    this.old.hidden = true;
    this.result.classList.remove('old');
    this.draw();
    this.judgeAll();
    if (isByPerson) this.changed();
  }

  private refuse(reason: string): void {
    this.problem.textContent = reason;
    this.text.setAttribute('aria-invalid', 'true');
    this.old.textContent = 'The verdict on the last input that could be understood:';
    this.old.hidden = false;
    this.result.classList.add('old');
    this.announce();
  }

  private draw(): void {
    const { bundle, structs, checked } = this.shown;
    this.controls.show(structs.laidOut.call, bundle);
    const release = bundle.kernel ?? this.kernel;
    this.controls.showKernel(this.isAll ? 'all' : seriesIn(release));
    this.maps.show(structs.structs, checked.verdict.findings);
    this.undo.disabled = this.past.length === 0;
    this.drawResult();
    this.announce();
  }

  private drawResult(): void {
    const { structs, checked } = this.shown;
    if (this.isAll) this.result.replaceChildren(...allKernels(this.rows));
    else this.result.replaceChildren(...fullResult(checked, structs, this.actions));
  }

  private readonly actions: Actions = {
    goTo: (place) => this.goTo(place),
    fix: (finding) => this.fix(() => fixOne(this.shown.bundle, finding)),
    fixAll: () => this.fix(() => this.fixedBundle()),
  };

  private fix(make: () => Bundle | undefined): void {
    this.attempt(make);
    // The button that was pressed is gone.
    this.result.focus();
  }

  private fixedBundle(): Bundle {
    const { kernel: given } = this.shown.bundle;
    const { kernel, ...fixed } = fixBundle(this.named(this.shown.bundle), model).bundle;
    return given === undefined ? fixed : { kernel, ...fixed };
  }

  /** Asks every kernel, in slices of time: a thousand questions take a while. */
  private judgeAll(): void {
    const run = ++this.run;
    const { bundle } = this.shown;
    const rows: KernelRow[] = [];
    const go = () => {
      if (run !== this.run) return;
      const until = performance.now() + SLICE;
      while (rows.length < SERIES.length && performance.now() < until) {
        const row = rowOf(bundle, SERIES[rows.length] as Series);
        rows.push(row);
        this.controls.showRow(row);
      }
      if (rows.length < SERIES.length) {
        setTimeout(go);
        return;
      }
      this.rows = rows;
      if (this.isAll) this.drawResult();
    };
    go();
  }

  private tell(): void {
    const problem = this.problem.textContent;
    const verdict = this.isAll ? summaryText(this.rows) : headlineText(this.shown.checked);
    this.status.textContent = problem ? `Not understood: ${problem}` : verdict;
  }

  private chooseKernel(choice: KernelChoice): void {
    this.isAll = choice === 'all';
    if (choice !== 'all') this.kernel = choice;
    const { bundle } = this.shown;
    if (choice !== 'all' && bundle.kernel !== undefined) this.attempt(() => ({ ...bundle, kernel: choice }));
    else this.read(true);
  }

  /** What is shown where nothing else is said. */
  private begin(): void {
    this.setText((TEMPLATES.find(({ id }) => id === FIRST) as Template).bundle);
    this.templates.value = FIRST;
    this.sayTemplate();
    this.read(false);
  }

  private start(): void {
    const template = TEMPLATES.find(({ id }) => id === this.templates.value);
    if (!template) return;
    this.remember();
    this.setText(template.bundle);
    this.sayTemplate();
    this.read(false);
    this.changed(true);
  }

  /** What a template says is not to be said of something else. */
  private forgetTemplate(): void {
    this.templates.value = '';
    this.says.textContent = '';
  }

  private sayTemplate(): void {
    this.says.textContent = TEMPLATES.find(({ id }) => id === this.templates.value)?.says ?? '';
  }

  /** Puts another bundle in the place of the text. */
  private replace(bundle: Bundle): void {
    this.remember();
    this.forgetTemplate();
    this.setText(bundle);
    this.read(true);
  }

  /** Puts what is made of the bundle in its place, if it can be made. */
  private attempt(make: () => Bundle | undefined): void {
    try {
      const made = make();
      if (!made) return;
      structsOf(made);
      check(this.named(made));
      this.replace(made);
    } catch (error) {
      this.refuse(reasonOf(error));
      const { structs, checked } = this.shown;
      this.maps.show(structs.structs, checked.verdict.findings);
    }
  }

  private editBytes(shown: ShownStruct, bytes: Uint8Array): void {
    this.attempt(() => editStruct(this.shown.bundle, shown, bytes));
  }

  private setText(bundle: Bundle): void {
    this.text.value = bundleText(bundle);
  }

  private remember(): void {
    if (this.text.value.length > LONGEST_TEXT) return;
    this.past.push(this.text.value);
    if (this.past.length > MOST_STEPS) this.past.shift();
  }

  private goBack(): void {
    const text = this.past.pop();
    if (text === undefined) return;
    this.text.value = text;
    this.forgetTemplate();
    this.read(true);
    this.undo.disabled = this.past.length === 0;
    if (this.undo.disabled) this.text.focus();
  }

  private goTo(place: Place): void {
    if (place.kind === 'control') this.controls.focus(place.name);
    else if (place.kind === 'text') this.select(place.key);
    else this.maps.focus(place.struct, place.offset);
  }

  /** Selects a key of the text; where it does not stand there, the text as a whole is meant. */
  private select(key: string): void {
    const at = this.text.value.indexOf(`"${key}"`);
    this.text.focus();
    if (at >= 0) this.text.setSelectionRange(at, at + key.length + 2);
  }
}
