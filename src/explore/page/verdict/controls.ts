// What decides about a call besides its structs: the kernel, the machine, the caller, the ring.

import { setByName } from '../../../layout/description.js';
import { ABI_REVISIONS } from '../../../layout/revision.js';
import type { Bundle } from '../../../verdict/bundle.js';
import type { Call } from '../../../verdict/call.js';
import { PAGE_SIZE, RING_FLAGS } from '../../../verdict/input.js';
import { element, uniqueId } from '../dom.js';
import { type KernelRow, SERIES, type Series } from './kernels.js';
import type { Control } from './place.js';

export type KernelChoice = Series | 'all';

const RING = ['SINGLE_ISSUER', 'DEFER_TASKRUN', 'CQE32', 'CQE_MIXED', 'CLAMP'] as const;
type RingFlag = (typeof RING)[number];
const bits = new Map(
  setByName('io_uring_setup_flags').revisions.event.entries.map(({ name, value }) => [name, Number(value)]),
);
const bitOf = (name: RingFlag) => bits.get(`IORING_SETUP_${name}`) as number;

const REVISIONS = {
  '': 'as the names say',
  event: 'event: Linux 7.2 and later',
  rc: 'rc: Linux 7.2-rc1 to rc4',
  v1: 'v1: the first patches',
} as const;

/** Set-up flags as a bundle has them best: names, and a number for what has no box here. */
function ringNames(flags: number): string[] {
  const named = RING.filter((name) => flags & bitOf(name));
  const rest = named.reduce((bits, name) => bits & ~bitOf(name), flags) >>> 0;
  return [...named.map((name) => `IORING_SETUP_${name}`), ...(rest ? [`0x${rest.toString(16)}`] : [])];
}

type Change = (change: (bundle: Bundle) => Bundle) => void;

/** The bundle with a key that stands only where it differs from what is assumed without it. */
function withKey(bundle: Bundle, key: keyof Bundle, value: unknown, otherwise: unknown): Bundle {
  const { [key]: _, ...rest } = bundle;
  return value === otherwise ? rest : { ...rest, [key]: value };
}

export class Controls {
  readonly kernels: HTMLElement;
  readonly others: HTMLElement;
  private readonly radios = new Map<KernelChoice, HTMLInputElement>();
  private readonly badges = new Map<Series, HTMLElement>();
  private readonly page: HTMLSelectElement;
  private readonly capable: HTMLInputElement;
  private readonly revision: HTMLSelectElement;
  private readonly ring = new Map<RingFlag, HTMLInputElement>();
  private flags = RING_FLAGS;

  constructor(chooseKernel: (kernel: KernelChoice) => void, change: Change) {
    const group = uniqueId('kernel');
    const radio = (choice: KernelChoice, text: string) => {
      const input = element('input', {
        type: 'radio',
        name: group,
        value: choice,
        onchange: () => chooseKernel(choice),
      });
      this.radios.set(choice, input);
      const badge = choice === 'all' ? undefined : element('strong', { class: 'badge' });
      if (badge) this.badges.set(choice as Series, badge);
      return element('label', {}, input, text, badge);
    };
    this.kernels = element(
      'fieldset',
      { class: 'kernels' },
      element('legend', {}, 'Kernel: Linux'),
      ...SERIES.map((series) => radio(series, series)),
      radio('all', 'all'),
    );

    this.page = element('select', {
      onchange: () => change((bundle) => withKey(bundle, 'page_size', Number(this.page.value), PAGE_SIZE)),
    });
    for (const size of [4096, 16_384, 65_536]) this.page.append(element('option', {}, String(size)));
    this.capable = element('input', {
      type: 'checkbox',
      onchange: () => change((bundle) => withKey(bundle, 'capable', this.capable.checked, true)),
    });
    this.revision = element('select', {
      onchange: () => change((bundle) => withKey(bundle, 'revision', this.revision.value, '')),
    });
    for (const [value, text] of Object.entries(REVISIONS))
      this.revision.append(element('option', { value }, text));
    const boxes = RING.map((name) => {
      const box = element('input', {
        type: 'checkbox',
        onchange: () => change((bundle) => this.withRing(bundle)),
      });
      this.ring.set(name, box);
      return element('label', {}, box, name);
    });
    this.others = element(
      'div',
      { class: 'controls' },
      element('label', {}, 'Page size', this.page),
      element('label', {}, 'Names', this.revision),
      element('label', {}, this.capable, 'CAP_NET_ADMIN'),
      element('fieldset', { class: 'ring' }, element('legend', {}, 'Ring: IORING_SETUP_'), ...boxes),
    );
  }

  /** Shows what a call was laid out with. */
  show({ page_size = PAGE_SIZE, capable = true, setup_flags = RING_FLAGS }: Call, bundle: Bundle): void {
    if (![...this.page.options].some(({ value }) => value === String(page_size)))
      this.page.append(element('option', {}, String(page_size)));
    this.page.value = String(page_size);
    this.capable.checked = capable;
    this.revision.value = ABI_REVISIONS.find((each) => each === bundle.revision) ?? '';
    this.flags = setup_flags;
    for (const [name, box] of this.ring) box.checked = (setup_flags & bitOf(name)) !== 0;
  }

  showKernel(choice: KernelChoice | undefined): void {
    for (const [each, radio] of this.radios) radio.checked = each === choice;
  }

  showRow({ series, outcome, kind }: KernelRow): void {
    const badge = this.badges.get(series) as HTMLElement;
    badge.textContent = outcome;
    badge.className = `badge ${kind}`;
  }

  focus(name: Control): void {
    const checked = [...this.radios.values()].find((radio) => radio.checked);
    const target = {
      kernel: checked ?? this.radios.get('all'),
      page_size: this.page,
      capable: this.capable,
      setup_flags: this.ring.get('DEFER_TASKRUN'),
    }[name];
    target?.focus();
  }

  private withRing(bundle: Bundle): Bundle {
    let flags = this.flags;
    for (const [name, box] of this.ring) {
      flags = (box.checked ? flags | bitOf(name) : flags & ~bitOf(name)) >>> 0;
    }
    return withKey(bundle, 'setup_flags', flags === RING_FLAGS ? undefined : ringNames(flags), undefined);
  }
}
