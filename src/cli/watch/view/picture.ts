import type { Style } from '../../terminal.js';
import type { Abilities } from './abilities.js';
import { detailLines, reasonLines } from './about.js';
import { type Column, cellsOf, columnsFor, headsOf } from './columns.js';
import { helpLines } from './help.js';
import type { Row } from './row.js';
import { cutEnd, cutLines, printable, sentence, spread } from './text.js';
import { ratesText, statesText } from './totals.js';
import { type Arrangement, arrange, type ViewState } from './view-state.js';

/** In characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is said above and below the table. */
export interface Heading {
  /** What is watched: `pid 4242`, or the name of a recording. */
  readonly source: string;
  /** Shown in local time. */
  readonly time: Date;
  /** The last remark on something that happened. */
  readonly remark?: string;
}

/** Lines of each part of a picture. No part grows with what it says, so that nothing jumps. */
interface Parts {
  readonly title: number;
  readonly totals: number;
  readonly heads: number;
  readonly body: number;
  readonly gap: number;
  readonly about: number;
  readonly remark: number;
  readonly footer: number;
}

/** Lines of a picture from which on it has a part. */
const FROM = { title: 2, heads: 3, footer: 4, totals: 5, about: 8, remark: 9, roomy: 14 };
/** Lines for the reason of a state, where there is room or little of it; and for all that is known at most. */
const REASON = 3;
const SHORT_REASON = 2;
const DETAIL = 12;

function partsFor(rows: number, { detail }: ViewState, { remark }: Heading): Parts {
  const has = (part: keyof typeof FROM) => (rows >= FROM[part] ? 1 : 0);
  const fixed = {
    title: has('title'),
    totals: has('totals') + has('roomy'),
    heads: has('heads'),
    gap: has('roomy'),
    remark: remark === undefined ? 0 : has('remark'),
    footer: has('footer'),
  };
  const rest = rows - Object.values(fixed).reduce((sum, lines) => sum + lines, 0);
  const reason = has('roomy') ? REASON : has('about') * SHORT_REASON;
  const about = detail ? Math.max(reason, has('about') * Math.min(DETAIL, Math.floor(rest / 2))) : reason;
  return { ...fixed, about, body: Math.max(0, rest - about) };
}

/** How many instances a picture has room for. */
export const roomFor = (size: Size, view: ViewState, heading: Heading): number =>
  partsFor(size.rows, view, heading).body;

const TITLE = 'zcrx watch: ';

const two = (value: number) => String(value).padStart(2, '0');
const clockText = (time: Date) => [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');

/** The keys, the most needed first: a narrow terminal has room for fewer. */
function keysText({ sort, reversed, paused, detail }: ViewState, width: number): string {
  const items = [
    'q quit',
    '? help',
    `s sort: ${sort}${reversed ? ' (reversed)' : ''}`,
    `p ${paused ? 'go on' : 'pause'}`,
    'j/k select',
    `enter ${detail ? 'reason only' : 'detail'}`,
    'r reverse',
  ];
  let text = '';
  for (const item of items) {
    const longer = text === '' ? item : `${text}  ${item}`;
    if (longer.length > width) break;
    text = longer;
  }
  return text;
}

function totalsLines(rows: readonly Row[], count: number, width: number, unicode: boolean): string[] {
  const texts = [statesText(rows), ratesText(rows)].filter((text) => text !== '');
  const lines = count > 1 ? texts : [texts.join('; ')];
  return lines.map((line) => cutEnd(line, width, unicode));
}

/** Which rows are in the picture, where there are others. */
function placeText({ rows, top }: Arrangement, room: number): string {
  if (rows.length <= room || room === 0) return '';
  return `${top + 1}-${Math.min(top + room, rows.length)} of ${rows.length}`;
}

function titleText(
  { paused }: ViewState,
  { source, time }: Heading,
  width: number,
  unicode: boolean,
): string {
  const clock = `${paused ? 'PAUSED at ' : ''}${clockText(time)}`;
  // That it stands still must be seen, so the source is shortened for it.
  const room = Math.max(TITLE.length, width - clock.length - 2);
  return spread(cutEnd(TITLE + printable(source, unicode), room, unicode), clock, width, unicode);
}

function footerText(view: ViewState, place: string, width: number, unicode: boolean): string {
  return spread(keysText(view, place === '' ? width : width - place.length - 2), place, width, unicode);
}

type Cells = readonly { readonly text: string; readonly style?: Style | undefined }[];

/** A line of cells, one apart, after a mark. Styles are put around what is already measured. */
function lineOf(mark: string, cells: Cells, width: number, { paint }: Abilities): string {
  let room = width - mark.length;
  const painted = cells.map(({ text, style }, i) => {
    const gap = i === 0 || room <= 0 ? '' : ' ';
    const cut = text.slice(0, Math.max(0, room - gap.length));
    room -= gap.length + cut.length;
    return gap + (style && cut.trim() !== '' ? paint(style, cut) : cut);
  });
  return (mark + painted.join('')).trimEnd();
}

function bodyLines(
  arrangement: Arrangement,
  columns: readonly Column[],
  room: number,
  width: number,
  abilities: Abilities,
): string[] {
  const { rows, subject, top } = arrangement;
  if (rows.length === 0) {
    const text = cutEnd(' No instance is seen yet.', width, abilities.unicode);
    return room > 2 ? ['', text] : [text];
  }
  // Only what is seen is made into text: there may be a thousand.
  return rows.slice(top, top + room).map((row: Row, i) => {
    const isSubject = top + i === subject;
    const cells = cellsOf(row, columns, abilities.unicode).map(({ text, style }, column) => ({
      text,
      style: isSubject && column === 0 ? ('bold' as const) : style,
    }));
    return lineOf(isSubject ? '>' : ' ', cells, width, abilities);
  });
}

/** Exactly so many lines. */
const filled = (lines: readonly string[], count: number): string[] =>
  Array.from({ length: count }, (_, i) => lines[i] ?? '');

function helpPicture(
  title: string,
  parts: Parts,
  { columns, rows }: Size,
  { paint, unicode }: Abilities,
): string[] {
  const room = rows - parts.title - parts.footer;
  const lines = cutLines(helpLines(columns), room, columns, unicode);
  const footer = paint('dim', cutEnd('any key: back', columns, unicode));
  return [...filled([title], parts.title), ...filled(lines, room), ...filled([footer], parts.footer)];
}

/**
 * The picture: exactly `size.rows` lines, none wider than `size.columns`. Everything that comes from outside has lost
 * what could steer a terminal.
 */
export function rowsToLines(
  rows: readonly Row[],
  view: ViewState,
  size: Size,
  abilities: Abilities,
  heading: Heading,
): string[] {
  const { columns: width, rows: height } = size;
  if (width < 1 || height < 1) return filled([], Math.max(0, height));
  const { paint, unicode } = abilities;
  const parts = partsFor(height, view, heading);
  const arrangement = arrange(rows, view, parts.body);
  const painted = (style: Style, text: string) => (text === '' ? '' : paint(style, text));

  const title = painted('bold', titleText(view, heading, width, unicode));
  if (view.help) return helpPicture(title, parts, size, abilities);

  // One column is for the mark.
  const columns = columnsFor(width - 1);
  const subject = arrangement.rows[arrangement.subject];
  const about = subject ? (view.detail ? detailLines : reasonLines)(subject, width, unicode) : [];
  const remark = sentence(heading.remark ?? '', unicode);
  return [
    ...filled([title], parts.title),
    ...filled(totalsLines(rows, parts.totals, width, unicode), parts.totals),
    ...filled([lineOf(' ', headsOf(columns, view.sort, unicode), width, abilities)], parts.heads),
    ...filled(bodyLines(arrangement, columns, parts.body, width, abilities), parts.body),
    ...filled([], parts.gap),
    ...filled(cutLines(about, parts.about, width, unicode), parts.about),
    ...filled([painted('dim', cutEnd(remark, width, unicode))], parts.remark),
    ...filled(
      [painted('dim', footerText(view, placeText(arrangement, parts.body), width, unicode))],
      parts.footer,
    ),
  ];
}
