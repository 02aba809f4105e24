/** What figures mean, and what they do not tell. All text from a file is made harmless for a terminal here. */
import { oneLine } from '../quote.js';
import { bytesText, dateText, durationText, percentText, timesText } from '../units.js';
import type { FileReport, Identity, InstanceReport, Report } from './report.js';

/** What an instance is called: `zcrx 0 of nginx (pid 1234), ring 7`. */
export function nameOf(identity: Identity): string {
  const { number, zcrx_id, pid, command, fd, if_idx, if_rxq } = identity;
  const what = zcrx_id === undefined ? `instance ${number}` : `zcrx ${zcrx_id}`;
  if (pid !== undefined) {
    const ring = fd === undefined ? '' : `, ring ${fd}`;
    return `${what} of ${oneLine(command ?? '') || 'a process'} (pid ${pid})${ring}`;
  }
  if (if_idx === undefined) return what;
  return if_idx === 0 ? `${what} without a device` : `${what} on queue ${if_rxq} of interface ${if_idx}`;
}

const HOW: Readonly<Record<Identity['how'], string>> = {
  own: "the recorder's own instance",
  mapped: 'of another process, whose refill region was mapped',
  remote: 'of another process, read from its memory',
  unknown: 'the recording does not say what it is',
};

/** What is known of an instance besides its name: `the recorder's own instance, refill ring of 4096 entries`. */
export function describe(identity: Identity): string {
  const { how, rq_entries, rx_buf_len, area_size, note } = identity;
  const parts = [
    HOW[how],
    ...(rq_entries ? [`refill ring of ${rq_entries} entries`] : []),
    ...(rx_buf_len ? [`buffers of ${bytesText(rx_buf_len)}`] : []),
    ...(area_size ? [`area of ${bytesText(area_size)}`] : []),
    ...(note ? [oneLine(note)] : []),
  ];
  return parts.join(', ');
}

/** Share of copied bytes in received ones, 0 to 1; undefined where one of them is not known or nothing was received. */
export function copiedShare({ counters }: InstanceReport): number | undefined {
  const { received_bytes, copy_bytes } = counters;
  if (!received_bytes || !copy_bytes || received_bytes.increase === 0n) return undefined;
  // What was copied may be received a moment later.
  return Math.min(1, Number(copy_bytes.increase) / Number(received_bytes.increase));
}

function eventsNotKnown({ identity, eventsKnown }: InstanceReport): string[] {
  if (eventsKnown) return [];
  if (identity.how === 'own')
    return ['Events are unknown: none were asked for at registration, or the recording does not hold them.'];
  return [
    'Events are unknown: the kernel notifies only the process that created the instance, and has no counter for alloc_fail.',
  ];
}

const HEADS = 'alone does not prove zero copy: the linear head of a packet is copied without being counted.';

function copiesNotKnown({ counters, states }: InstanceReport): string[] {
  const { copy_count, received_bytes } = counters;
  if (!copy_count) return ['Copies are unknown: the statistics were not there to be read.'];
  const zero =
    copy_count.increase === 0n
      ? [`No copies were counted. That ${HEADS}`]
      : states.figures.has('zero-copy')
        ? [`For a time no copies were counted. That ${HEADS}`]
        : [];
  const share = received_bytes
    ? []
    : ['How much was received is unknown, so the share of copies in it is too.'];
  return [...zero, ...share];
}

function resetsText({ counters }: InstanceReport): string[] {
  const resets = Math.max(0, ...Object.values(counters).map((counter) => counter.resets));
  if (resets === 0) return [];
  return [`A counter was set back ${timesText(resets)}: what it had counted just before is missing.`];
}

/** What is not known about an instance, and what its figures do not prove: whole sentences. */
export function notKnown(instance: InstanceReport): string[] {
  if (instance.samples === 0) return ['There is no sample of it: nothing is known but its events.'];
  const inferred = instance.states.changes.some((change) => change.inferred);
  return [
    ...eventsNotKnown(instance),
    ...copiesNotKnown(instance),
    ...(instance.gauges.free_entries || instance.identity.how === 'own'
      ? []
      : ['How full the refill ring was is unknown.']),
    ...(inferred
      ? ['States marked as inferred were concluded from how the counters moved; nobody told them.']
      : []),
    ...resetsText(instance),
  ];
}

function fileProblems({ name, complete, damage, skipped }: FileReport): string[] {
  const path = oneLine(name);
  const problems: string[] = [];
  if (damage) {
    problems.push(
      `${path} is damaged at byte ${damage.offset}: ${oneLine(damage.reason)}. What follows in it is not in this report.`,
    );
  } else if (!complete) {
    problems.push(
      `${path} has no end: its recorder was killed, its disk was full, or it is still at work. It was read as far as it goes.`,
    );
  }
  if (skipped > 0) problems.push(`${path} has ${skipped} frames of newer kinds, which were passed over.`);
  return problems;
}

/** What is to be known about the recording as a whole: damage, missing ends, clocks. */
export function problemsOf(report: Report): string[] {
  const { files, omitted, remarks } = report;
  return [
    ...files.flatMap(fileProblems),
    ...remarks.map((remark) => `${oneLine(remark)}.`),
    ...(omitted > 0 ? [`There are ${omitted} more instances than this report has room for.`] : []),
  ];
}

/** Why there are no sums over instances; undefined where there is only one. */
export function whyNoSums({ instances }: Report): string | undefined {
  if (instances.length < 2) return undefined;
  return 'Copies of several instances are not added up: importers of an instance share its statistics.';
}

/** One sentence on what the recording is of: when, where, how long. */
export function originText(report: Report): string {
  const [start] = report.origins;
  const where = start ? ` on Linux ${oneLine(start.kernel)} (${oneLine(start.architecture)})` : '';
  return `recorded ${dateText(report.wallClock)}${where}, ${durationText(report.to)}`;
}

/** Notes of the recorder, each once. */
export function notesOf({ origins }: Report): string[] {
  return [...new Set(origins.map(({ note }) => oneLine(note)))].filter((note) => note !== '');
}

/** Why the last file ended, in the recorder's words. */
export function endText({ reason }: Report): string | undefined {
  return reason === undefined ? undefined : `the recorder ended: ${oneLine(reason) || 'it gave no reason'}`;
}

/** What events are called for people. */
export function eventText(type: string, text: string | undefined): string {
  return text === undefined ? oneLine(type) : `${oneLine(type)} (${oneLine(text)})`;
}

/** `copying 4.75 s (95 %), once, the longest 4.75 s from 0.520 s`. */
export function shareOf(part: number, whole: number): string {
  return whole > 0 ? percentText(Math.min(1, part / whole)) : '–';
}
