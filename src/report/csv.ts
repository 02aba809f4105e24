import type { HealthState } from '../health/index.js';
import { wholeText } from '../units.js';
import type { Buckets } from './buckets.js';
import { COUNTERS, columnOf, EVENT_COLUMNS, GAUGES, type Report } from './report.js';
import type { Stretch } from './timeline.js';
import { nameOf } from './words.js';

/** What the rows of one instance have in common. */
export interface RowOwner {
  /** The number of the instance in the report, from 0. */
  readonly index: number;
  readonly name: string;
  readonly eventsKnown: boolean;
}

const COUNTER_HEADER = COUNTERS.flatMap((name) => [
  name,
  `${name}_per_second`,
  `${name}_per_second_min`,
  `${name}_per_second_max`,
]);
const GAUGE_HEADER = GAUGES.flatMap((name) => [`${name}_min`, `${name}_max`, `${name}_last`]);

/** The names of the columns, with their units. `from_s` and `to_s` are seconds since the start of the recording. */
export const CSV_HEADER = `${[
  'instance',
  'name',
  'from_s',
  'to_s',
  'samples',
  ...COUNTER_HEADER,
  ...GAUGE_HEADER,
  ...EVENT_COLUMNS,
  'state',
].join(',')}\n`;

/** As RFC 4180 has it; a name comes from a file, and no spreadsheet is to take it for a formula. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const seconds = (nanoseconds: number) => (nanoseconds / 1e9).toFixed(9);
const rate = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : '');

/** One bucket of an instance as a line. Cells of what is not known are empty. */
export function csvRow(
  { index, name, eventsKnown }: RowOwner,
  buckets: Buckets,
  at: number,
  state: HealthState | undefined,
): string {
  const counters = COUNTERS.flatMap((counter) => {
    const { sum, weight, min, max } = buckets.cell(columnOf(counter), at);
    if (weight === 0) return [sum === 0 ? '' : wholeText(sum), '', '', ''];
    return [wholeText(sum), rate(sum / (weight / 1e9)), rate(min), rate(max)];
  });
  const gauges = GAUGES.flatMap((gauge) => {
    const { weight, min, max, last } = buckets.cell(columnOf(gauge), at);
    return weight === 0 ? ['', '', ''] : [wholeText(min), wholeText(max), wholeText(last)];
  });
  const events = EVENT_COLUMNS.map((column) =>
    eventsKnown ? wholeText(buckets.cell(columnOf(column), at).sum) : '',
  );
  const cells = [
    String(index),
    quoted(name),
    seconds(buckets.fromOf(at)),
    seconds(buckets.toOf(at)),
    String(buckets.samplesOf(at)),
    ...counters,
    ...gauges,
    ...events,
    state ?? '',
  ];
  return `${cells.join(',')}\n`;
}

/** The buckets of all instances as lines, one instance after the other, behind the header. */
export function* csvLines({ instances }: Report): Generator<string, void, undefined> {
  yield CSV_HEADER;
  for (const [index, { identity, buckets, eventsKnown, states }] of instances.entries()) {
    const owner = { index, name: nameOf(identity), eventsKnown };
    const stateOf = stateAt(states.stretches);
    for (let at = 0; at < buckets.length; at++) yield csvRow(owner, buckets, at, stateOf(buckets.toOf(at)));
  }
}

/** The state that stretches of time say there was at a time. Times asked for never go back. */
function stateAt(stretches: readonly Stretch<HealthState>[]): (time: number) => HealthState | undefined {
  let next = 0;
  return (time) => {
    while (next < stretches.length && stretches[next]!.to < time) next++;
    const stretch = stretches[next];
    if (!stretch || stretch.from > time) return undefined;
    const [longest] = (Object.entries(stretch.in) as [HealthState, number][]).sort((a, b) => b[1] - a[1]);
    return longest?.[0];
  };
}
