// The region as a picture, and the same as a table: what is pointed at in one is lit in both.

import type { Plan } from '../../../plan/planned.js';
import { drawing, element } from '../dom.js';
import { type Block, type PagePart, pictureOf } from './geometry.js';

/** Left of the blocks: their offsets. Right of them: numbers of pages. In pixels. */
const LEFT = 62;
const RIGHT = 74;
/** Above and below, so that no text is cut. */
const MARGIN = 8;
const KINDS: Readonly<Record<PagePart['kind'], string>> = {
  header: 'the header',
  entries: 'the entries',
  added: 'the entries added',
  statistics: 'the statistics',
  unused: 'what is unused',
};

/** A narrower picture would not have room for its names. */
const NARROWEST = 280;

/** A block's name, shorter where it would not fit; about 7 pixels a letter. */
function nameIn({ title, from, to }: PagePart, width: number): string {
  const long = `${title}, ${to - from} bytes`;
  return long.length * 7 < width - 16 ? long : title;
}

export class RegionPicture {
  readonly root = element('div', { class: 'picture' });
  private readonly svg = drawing('svg', {
    role: 'group',
    'aria-label': 'The region, from its first byte down',
  });
  private readonly over = drawing('g', { class: 'over', 'aria-hidden': 'true' });
  private parts: readonly SVGElement[] = [];
  private readonly caption = element('p', { class: 'dim' });
  private readonly about = element('p', { class: 'about' });
  private readonly table = element('tbody');
  private plan: Plan | undefined;
  private width = 0;
  private lit: number | undefined;

  constructor() {
    const head = ['part', 'from', 'to', 'bytes', 'what it is'];
    this.root.append(
      this.svg,
      this.about,
      this.caption,
      element(
        'div',
        { class: 'scroll', role: 'region', 'aria-label': 'The parts of the region', tabindex: 0 },
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, ...head.map((each) => element('th', { scope: 'col' }, each))),
          ),
          this.table,
        ),
      ),
    );
    new ResizeObserver(() => this.resize()).observe(this.root);
  }

  show(plan: Plan): void {
    this.plan = plan;
    this.lit = undefined;
    this.parts = pictureOf(plan).blocks.map((block, i) => this.block(block, i));
    this.svg.replaceChildren(...this.parts, this.over);
    this.draw();
    this.fillTable();
    this.light(undefined);
  }

  private resize(): void {
    const { clientWidth } = this.root;
    if (clientWidth === 0 || clientWidth === this.width) return;
    this.draw();
  }

  /** Draws what depends on the width. The parts stay, since one of them may have the focus. */
  private draw(): void {
    if (!this.plan) return;
    this.width = this.root.clientWidth;
    const width = Math.max(NARROWEST, this.width);
    const { blocks, borders, step, height } = pictureOf(this.plan);
    this.svg.setAttribute('width', String(width));
    this.svg.setAttribute('height', String(height + 2 * MARGIN));
    for (const { lastElementChild: rect } of this.parts)
      rect?.setAttribute('width', String(width - LEFT - RIGHT));
    // Names stand over the borders, and are the parts' own to those who hear them.
    this.over.replaceChildren(
      ...borders.map(({ top, page }) => this.border(MARGIN + top, `page ${page}`, width)),
      ...blocks.map((block) => this.name(block, width)),
      this.offset(MARGIN + height, this.plan.region.region_size),
    );
    const kinds = blocks.filter(({ isEnlarged }) => isEnlarged).map(({ part }) => KINDS[part.kind]);
    const enlarged = [...new Set(kinds)];
    this.caption.textContent = [
      enlarged.length > 0
        ? `To scale, but for parts that are too small to read, which are drawn larger: ${enlarged.join(', ')}.`
        : 'To scale.',
      step > 1 ? `Of the borders between pages every ${step}th is drawn.` : '',
    ].join(' ');
  }

  private block({ part, top, height }: Block, index: number): SVGElement {
    return drawing(
      'g',
      {
        class: `part ${part.kind}`,
        role: 'img',
        tabindex: 0,
        'aria-label': this.words(part),
        onmouseenter: () => this.light(index),
        onmouseleave: () => this.light(undefined),
        onfocus: () => this.light(index),
        onblur: () => this.light(undefined),
      },
      drawing('rect', { x: LEFT, y: MARGIN + top, height }),
    );
  }

  private name({ part, top, height }: Block, width: number): SVGElement {
    const y = MARGIN + top + height / 2 + 4;
    return drawing(
      'g',
      { class: `name ${part.kind}` },
      drawing('text', { x: LEFT + 8, y }, nameIn(part, width - LEFT - RIGHT)),
      this.offset(MARGIN + top, part.from),
    );
  }

  private border(y: number, text: string, width: number): SVGElement {
    const right = width - RIGHT;
    return drawing(
      'g',
      { class: 'page' },
      drawing('line', { x1: LEFT - 4, x2: right + 6, y1: y, y2: y }),
      drawing('text', { x: right + 10, y: y + 4 }, text),
    );
  }

  private offset(y: number, at: number): SVGElement {
    const place = { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' };
    return drawing('text', { ...place, class: 'offset' }, String(at));
  }

  private words({ title, from, to, about }: PagePart): string {
    return `${title}: from ${from} to ${to}, ${to - from} bytes. ${about}`;
  }

  private fillTable(): void {
    const { blocks } = pictureOf(this.plan as Plan);
    this.table.replaceChildren(
      ...blocks.map(({ part }, i) =>
        element(
          'tr',
          { onmouseenter: () => this.light(i), onmouseleave: () => this.light(undefined) },
          element('th', { scope: 'row' }, element('span', { class: `swatch ${part.kind}` }), part.title),
          ...[part.from, part.to, part.to - part.from].map((each) =>
            element('td', { class: 'figure' }, String(each)),
          ),
          element('td', {}, part.about),
        ),
      ),
    );
  }

  /** Shows which part is meant, in the picture and in the table, and what it is. */
  private light(index: number | undefined): void {
    const set = (at: number | undefined, isLit: boolean) => {
      if (at === undefined) return;
      this.parts[at]?.classList.toggle('lit', isLit);
      this.table.children[at]?.classList.toggle('lit', isLit);
    };
    set(this.lit, false);
    set(index, true);
    this.lit = index;
    const part = index === undefined ? undefined : pictureOf(this.plan as Plan).blocks[index]?.part;
    this.about.textContent = part
      ? this.words(part)
      : 'Point at a part, or go to it with Tab, for what it is.';
  }
}
