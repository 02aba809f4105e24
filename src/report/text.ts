import { HEALTH_STATES, type HealthState } from '../health/index.js';
import { bytesText, countText, durationText, momentText, percentText } from '../units.js';
import { type CounterName, columnOf, type InstanceReport, type Report } from './report.js';
import { STATE_KEY, sparkline, stateLine } from './sparkline.js';
import {
  copiedShare,
  describe,
  endText,
  eventText,
  nameOf,
  notesOf,
  notKnown,
  originText,
  problemsOf,
  shareOf,
  whyNoSums,
} from './words.js';

/** Characters of a line. */
const WIDTH = 80;
const LABEL = 11;
const PLOT = WIDTH - LABEL - 2;
/** Events, and instances in full, that the text shows. */
const SHOWN_EVENTS = 8;
const SHOWN_INSTANCES = 20;

/** Text in lines of 80 characters, all but the first indented. A word that is longer stays whole. */
function wrapped(text: string, indent: string, first = indent): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isEmpty = line === first && lines.length === 0 ? line.trim() === first.trim() : line === indent;
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent || line === first ? word : ` ${word}`;
  }
  return [...lines, line];
}

const labelled = (label: string, text: string) =>
  wrapped(text, ' '.repeat(LABEL + 2), `  ${label.padEnd(LABEL)}`);

/** How each counter is told: its label, and how its amounts read. */
const ROWS: readonly { name: CounterName; label: string; amount: (value: number | bigint) => string }[] = [
  { name: 'received_bytes', label: 'received', amount: bytesText },
  { name: 'copy_bytes', label: 'copied', amount: bytesText },
  { name: 'copy_count', label: 'copies', amount: countText },
  { name: 'buffers', label: 'buffers', amount: (value) => `${countText(value)} buffers` },
  { name: 'rx_alloc_fail', label: 'alloc fail', amount: countText },
];

function counterLines(instance: InstanceReport, whole: number): string[] {
  return ROWS.flatMap(({ name, label, amount }) => {
    const counter = instance.counters[name];
    if (!counter) return [];
    const { increase, mean, peak, last } = counter;
    const share = name === 'copy_bytes' ? copiedShare(instance) : undefined;
    const parts = [
      amount(increase) + (share === undefined ? '' : `, ${percentText(share)} of what was received`),
      ...(mean === undefined || increase === 0n ? [] : [`${amount(mean)}/s`]),
      ...(peak ? [`at most ${amount(peak.rate)}/s at ${momentText(peak.time)}`] : []),
      // What was counted before the first sample, or lost by a reset.
      ...(last === increase || name === 'buffers' ? [] : [`counter at the end: ${last}`]),
    ];
    const line = sparkline(instance.buckets, columnOf(name), whole, PLOT);
    return [
      ...labelled(label, parts.join('; ')),
      ...(increase === 0n ? [] : [`${' '.repeat(LABEL + 2)}${line}`.trimEnd()]),
    ];
  });
}

function ringLines({ gauges, identity }: InstanceReport): string[] {
  const free = gauges.free_entries;
  const waiting = gauges.waiting_bytes;
  const of = identity.rq_entries ? ` of ${identity.rq_entries}` : '';
  return [
    ...(free
      ? labelled(
          'free',
          `${free.last}${of} entries at the end; fewest ${free.min} at ${momentText(free.minTime)}`,
        )
      : []),
    ...(waiting
      ? labelled('waiting', `${bytesText(waiting.last)} at the end; at most ${bytesText(waiting.max)}`)
      : []),
  ];
}

function stateLines({ states, from, to, stalls }: InstanceReport, whole: number): string[] {
  const lasted = to - from;
  const parts = HEALTH_STATES.flatMap((state: HealthState) => {
    const figures = states.figures.get(state);
    if (!figures || figures.total === 0) return [];
    const { count, total, longest, longestFrom } = figures;
    const most =
      count === 1
        ? `from ${momentText(longestFrom)}`
        : `${count}×, the longest ${durationText(longest)} from ${momentText(longestFrom)}`;
    return [`${state} ${durationText(total)} (${shareOf(total, lasted)}), ${most}`];
  });
  if (parts.length === 0) return [];
  const { last } = states;
  const stalled =
    stalls.count > 0
      ? labelled(
          'stalls',
          `${stalls.count}×, ${durationText(stalls.total)} in all, the longest ${durationText(stalls.longest)}`,
        )
      : [];
  return [
    ...parts.flatMap((part, i) => labelled(i === 0 ? 'states' : '', part)),
    `${' '.repeat(LABEL + 2)}${stateLine(states.stretches, whole, PLOT)}`.trimEnd(),
    ...stalled,
    ...(last ? labelled('at the end', `${last.state}: ${last.words}`) : []),
  ];
}

function eventLines({ events, eventsKnown }: InstanceReport): string[] {
  const { counts, first, total } = events;
  if (total === 0) return eventsKnown ? labelled('events', 'none') : [];
  const sums = [...counts].map(([type, count]) => `${eventText(type, undefined)} ${count}×`).join(', ');
  const shown = first.slice(0, SHOWN_EVENTS);
  const lines = shown.map(
    ({ time, type, text }) => `${momentText(time).padStart(12)}  ${eventText(type, text)}`,
  );
  return [
    ...labelled('events', sums),
    ...lines.flatMap((line) => wrapped(line, ' '.repeat(LABEL + 16), ' '.repeat(LABEL + 2))),
    ...(total > shown.length ? [`${' '.repeat(LABEL + 2)}and ${total - shown.length} more`] : []),
  ];
}

function instanceLines(instance: InstanceReport, whole: number): string[] {
  const { identity, gone } = instance;
  return [
    '',
    ...wrapped(nameOf(identity), '  ', ''),
    ...wrapped(describe(identity), '  '),
    ...counterLines(instance, whole),
    ...ringLines(instance),
    ...stateLines(instance, whole),
    ...eventLines(instance),
    ...(gone ? labelled('gone', `at ${momentText(gone.time)}: ${eventText(gone.reason, undefined)}`) : []),
    ...notKnown(instance).flatMap((sentence) => wrapped(sentence, '    ', '  - ')),
  ];
}

/** A report as lines of at most 80 characters, for a terminal without colour or a mail. */
export function reportText(report: Report): string {
  const whole = Math.max(1, report.to);
  const { instances } = report;
  const end = endText(report);
  const sums = whyNoSums(report);
  const hasStates = instances.some(({ states }) => states.changeCount > 0);
  const lines = [
    ...wrapped(originText(report), '  ', ''),
    ...notesOf(report).flatMap((note) => wrapped(note, '  ')),
    ...(end === undefined ? [] : wrapped(end, '  ')),
    ...problemsOf(report).flatMap((problem) => wrapped(problem, '  ', '! ')),
    ...(instances.length === 0 ? ['', 'There is no instance in it.'] : []),
    ...instances.slice(0, SHOWN_INSTANCES).flatMap((instance) => instanceLines(instance, whole)),
    ...(instances.length > SHOWN_INSTANCES
      ? ['', `and ${instances.length - SHOWN_INSTANCES} more instances; --json and --output have them all`]
      : []),
    ...(sums === undefined ? [] : ['', ...wrapped(sums, '')]),
    ...(hasStates ? ['', `states: ${STATE_KEY}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
