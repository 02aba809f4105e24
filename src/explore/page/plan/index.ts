// A refill region as it will be: numbers that are chosen, a picture, and what kernels say to it.

import { isLayoutError, type LayoutError } from '../../../errors.js';
import { HEADERS, planDocument } from '../../../plan/planned.js';
import type { StatsPlacement } from '../../../plan.js';
import { quote } from '../../../quote.js';
import { debounced, element, uniqueId } from '../dom.js';
import { writeFragment } from '../fragment.js';
import { errorText } from '../problems.js';
import type { View } from '../view.js';
import {
  type Choice,
  DEFAULT_CHOICE,
  kernelOf,
  loadChoice,
  NUMBERS,
  type NumberName,
  numberIn,
  OPTION_OF,
  planOf,
  STOPS,
  saveChoice,
} from './choice.js';
import { planCode } from './code.js';
import { compare, kernelFor, planBundle, verdictOn } from './compare.js';
import { type NumberField, numberField } from './field.js';
import { RegionPicture } from './picture.js';
import { comparison, figures } from './tables.js';

const LABELS: Readonly<Record<NumberName, readonly [label: string, unit: string]>> = {
  entries: ['Refill entries', 'entries'],
  page: ['Page size', 'bytes'],
  header: ['Header of the refill ring', 'bytes'],
  stats: ['Statistics', 'bytes'],
  align: ['Alignment of the statistics', 'bytes'],
};

const PLACEMENTS: Readonly<Record<StatsPlacement, string>> = {
  tight: 'right behind the entries',
  'own-page': 'on a page of their own',
  none: 'none',
};

const HEADER_CHOICES = { ...HEADERS, other: undefined } as const;
type HeaderChoice = keyof typeof HEADER_CHOICES;

/** What is wrong with a number; of text that is none the text is quoted. */
function complaint(error: LayoutError, at: NumberName, text: string | undefined): string {
  if (text === undefined || !Number.isNaN(numberIn(text))) return errorText(error);
  return `${OPTION_OF[at]} is ${quote(text)}, expected ${error.expected}`;
}

export class PlanView implements View {
  readonly id = 'plan';
  readonly title = 'Plan';
  private choice = DEFAULT_CHOICE;
  private plan = planOf(DEFAULT_CHOICE);
  private readonly fields: Readonly<Record<NumberName, NumberField>>;
  private readonly link = element('p', { class: 'problem', role: 'alert' });
  private readonly rounded = element('p', { class: 'dim' });
  private readonly placements = new Map<StatsPlacement, HTMLInputElement>();
  private readonly headers = new Map<HeaderChoice, HTMLInputElement>();
  private readonly clamp: HTMLInputElement;
  private readonly verdict = element('p', { class: 'headline' });
  private readonly figures = element('div');
  private readonly comparison = element('div');
  private readonly picture = new RegionPicture();
  private readonly code = element('pre', { tabindex: 0, role: 'region', 'aria-label': 'The plan as C' });
  private readonly status = element('p', { role: 'status', class: 'dim' });
  /** For those who do not see the picture change. */
  private readonly spoken = element('p', { role: 'status', class: 'visually-hidden' });
  private changed: () => void = () => {};
  private readonly speak = debounced(() => {
    const { rq_entries, stats_offset = 'none', region_size } = this.plan.region;
    this.spoken.textContent = `${rq_entries} entries, stats_offset ${stats_offset}, region of ${region_size} bytes`;
  }, 600);

  constructor() {
    const field = (name: NumberName) => {
      const [label, unit] = LABELS[name];
      return numberField({
        label,
        unit,
        stops: STOPS[name],
        choose: (value, text) => this.change({ [name]: value }, name, text),
      });
    };
    this.fields = Object.fromEntries(NUMBERS.map((name) => [name, field(name)])) as typeof this.fields;
    this.clamp = element('input', {
      type: 'checkbox',
      onchange: () => this.change({ clamp: this.clamp.checked }, 'entries'),
    });
  }

  mount(panel: HTMLElement, changed: () => void): void {
    this.changed = changed;
    panel.classList.add('plan');
    panel.append(
      this.link,
      element(
        'section',
        { class: 'choice', 'aria-label': 'What to plan' },
        this.fields.entries.root,
        this.rounded,
        element(
          'div',
          { class: 'controls' },
          element('label', {}, this.clamp, 'IORING_SETUP_CLAMP: more than 32768 mean 32768'),
        ),
        this.headerChoice(),
        this.fields.header.root,
        this.fields.page.root,
        this.placementChoice(),
        this.fields.stats.root,
        this.fields.align.root,
      ),
      element(
        'div',
        {},
        element('section', { 'aria-label': 'The region' }, this.verdict, this.picture.root),
        element('section', { class: 'numbers', 'aria-label': 'The numbers' }, this.figures, this.comparison),
        this.takeAway(),
      ),
      this.spoken,
    );
    this.draw();
  }

  save(): URLSearchParams {
    return saveChoice(this.choice);
  }

  load(from: URLSearchParams): void {
    try {
      this.choice = loadChoice(from);
    } catch (error) {
      this.link.textContent = `The link was not understood: ${errorText(error)}`;
      return;
    }
    for (const name of NUMBERS) this.fields[name].complain('');
    this.link.textContent = '';
    this.plan = planOf(this.choice);
    this.draw();
  }

  private headerChoice(): HTMLElement {
    const name = uniqueId('header');
    const words: Readonly<Record<HeaderChoice, string>> = {
      '7.2': 'Linux 7.2 and before',
      '7.3': 'Linux 7.3',
      other: 'another',
    };
    const radios = (Object.keys(words) as HeaderChoice[]).map((choice) => {
      const radio = element('input', {
        type: 'radio',
        name,
        onchange: () => {
          // Another one is typed: the number stays until then.
          const header = HEADER_CHOICES[choice];
          if (header !== undefined) this.change({ header }, 'header');
        },
      });
      this.headers.set(choice, radio);
      return element('label', {}, radio, words[choice]);
    });
    return element('fieldset', { class: 'controls' }, element('legend', {}, 'Header as in'), ...radios);
  }

  private placementChoice(): HTMLElement {
    const name = uniqueId('placement');
    const radios = (Object.keys(PLACEMENTS) as StatsPlacement[]).map((placement) => {
      const radio = element('input', {
        type: 'radio',
        name,
        onchange: () => this.change({ placement }, 'stats'),
      });
      this.placements.set(placement, radio);
      return element('label', {}, radio, PLACEMENTS[placement]);
    });
    return element('fieldset', { class: 'controls' }, element('legend', {}, 'Statistics'), ...radios);
  }

  private takeAway(): HTMLElement {
    const copy = (what: string, text: () => string) =>
      element('button', { type: 'button', onclick: () => this.copy(what, text()) }, `Copy as ${what}`);
    return element(
      'section',
      { 'aria-label': 'The plan to take away' },
      element(
        'div',
        { class: 'controls' },
        element('button', { type: 'button', onclick: () => this.check() }, 'Check this registration'),
        copy('C', () => planCode(this.plan)),
        copy('JSON', () => JSON.stringify(planDocument(this.plan), null, 2)),
      ),
      this.status,
      this.code,
    );
  }

  /** Takes a change over if a region can be planned with it; else it is said at the field, and nothing else changes. */
  private change(changed: Partial<Choice>, at: NumberName, text?: string): void {
    const choice = { ...this.choice, ...changed };
    try {
      this.plan = planOf(choice);
    } catch (error) {
      if (!isLayoutError(error)) throw error;
      const { [at]: field } = this.fields;
      field.complain(complaint(error, at, text));
      // The box of the clamp decides about the entries that are chosen: it stays as it was with them.
      this.clamp.checked = this.choice.clamp;
      return;
    }
    this.choice = choice;
    for (const name of Object.keys(changed)) {
      if (name in this.fields) this.fields[name as NumberName].complain('');
    }
    this.link.textContent = '';
    this.draw();
    this.speak();
    this.changed();
  }

  private draw(): void {
    const { choice, plan } = this;
    for (const name of NUMBERS) this.fields[name].show(choice[name]);
    const { rq_entries } = plan.region;
    this.rounded.textContent =
      rq_entries === choice.entries
        ? `The kernel takes them as they are: ${rq_entries} is a power of two.`
        : `The kernel makes ${choice.entries} entries ${rq_entries}.`;
    const header = kernelOf(choice.header) ?? 'other';
    for (const [each, radio] of this.headers) radio.checked = each === header;
    for (const [each, radio] of this.placements) radio.checked = each === choice.placement;
    this.clamp.checked = choice.clamp;
    this.picture.show(plan);
    this.figures.replaceChildren(figures(plan));
    this.comparison.replaceChildren(...comparison(compare(choice)));
    this.code.textContent = planCode(plan);
    this.drawVerdict();
  }

  private drawVerdict(): void {
    const kernel = kernelFor(this.choice);
    const { kind, outcome, because } = verdictOn(this.choice, this.plan, kernel);
    this.verdict.className = `headline ${kind}`;
    this.verdict.replaceChildren(
      element('strong', {}, outcome),
      `  this registration on Linux ${kernel}${because ? `: ${because}` : ''}`,
    );
  }

  private check(): void {
    const { kernel, ...bundle } = planBundle(this.choice, this.plan, kernelFor(this.choice));
    const values = new URLSearchParams({ kernel: kernel as string, bundle: JSON.stringify(bundle) });
    location.hash = writeFragment('verdict', values);
  }

  private async copy(what: string, text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.status.textContent = `Copied as ${what}.`;
    } catch {
      // Not every page may: then it is there to be copied by hand.
      this.code.textContent = text;
      getSelection()?.selectAllChildren(this.code);
      this.status.textContent = `The browser does not let this page copy; the ${what} below is selected.`;
    }
  }
}
