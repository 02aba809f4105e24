// What each event says to people.

import { oneLine } from '../../quote.js';
import { bytesText } from '../../units.js';
import type { Paint } from '../terminal.js';
import type { AdviceTopic, RunEvent, RunSummary } from './events.js';
import { actEndText, actsTable, actText, stepText } from './tour-words.js';
import { clock, duration } from './units.js';

type Event<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const MEANINGS: { readonly [notification: string]: string } = {
  copy: 'data was copied instead of delivered in place',
  alloc_fail: 'the page pool found no free buffer',
};

const REASONS: { readonly [reason: string]: string } = {
  'alloc-fail': 'the device found no free buffer',
  'area-exhausted': 'the area has no free buffer',
  'completions-full': 'the completion ring is full',
};

const reasonsText = (reasons: readonly string[]) =>
  reasons.map((reason) => REASONS[reason] ?? reason).join(', ');

function backendText(event: Event<'backend'>, paint: Paint): string {
  const what = `backend ${event.backend}, Linux ${event.kernel}, interface revision ${event.revision}`;
  if (event.backend !== 'replay') return paint('bold', what);
  return paint('yellow', `REPLAY of a run recorded ${event.recorded}; nothing of this happens now\n${what}`);
}

function registeredText(event: Event<'registered'>): string {
  const { zcrx_id, if_idx, if_rxq, rq_entries, area_size, region_size, rqes, stats_offset } = event;
  const where = if_idx === 0 ? '' : ` on queue ${if_rxq} of interface ${if_idx}`;
  return [
    `instance ${zcrx_id} registered${where}: ${rq_entries} refill entries, area of ${bytesText(area_size)}`,
    `  refill region of ${region_size} bytes: entries from ${rqes}, statistics at ${stats_offset}`,
  ].join('\n');
}

function actionText({ action, buffers, error }: Event<'recovered'>['actions'][number]): string {
  if (error !== undefined) return `another area was refused (${oneLine(error)})`;
  switch (action) {
    case 'flush':
      return `${buffers} released buffers were flushed to the kernel`;
    case 'add-area':
      return `the kernel got another area of ${buffers} buffers`;
    case 'rearm':
      return 'alloc_fail was re-armed';
    case 'resubmit':
      return 'the receive was submitted again';
    default:
      return action;
  }
}

function recoveredText({ time_ms, ms, actions, end }: Event<'recovered'>, paint: Paint): string {
  if (end === 'over')
    return `${clock(time_ms)}  it stood still for ${duration(ms)}, and there is nothing left to receive`;
  const texts = actions.map(actionText);
  const hasRoom = actions.some(({ buffers = 0 }) => buffers > 0);
  const all = hasRoom ? texts : ['buffers were given back', ...texts];
  return `${clock(time_ms)}  ${paint('green', `receiving goes on after ${duration(ms)}`)}: ${[...new Set(all)].join(', ')}`;
}

const ADVICE: Readonly<Record<AdviceTopic, (copied: number) => string>> = {
  steering: () =>
    'for the operator, once, as root: bring the traffic of the port to the queue, and all other to others',
  'no-connection': () =>
    'nobody has connected yet: does a firewall keep the port closed, or does the other machine send elsewhere?',
  local: () => 'this comes from this machine itself: over loopback, not through the device, so it is copied',
  'no-data': () =>
    'connected, but no data comes: does the other machine send? If so, it is dropped on the way; see ethtool -S',
  copied: (copied) =>
    `${copied} % of what came last was copied: it arrives on other queues, or its headers are not split off. Look whether the rule is there (ethtool -n) and which queue counts (ethtool -S); the rules once more`,
  'partly-copied': (copied) =>
    `${copied} % of what came last was copied: some of it arrives on other queues, or the queue had no free buffer. Look which queues count (ethtool -S); the rules once more`,
  fine: (copied) => `as it should be: ${copied} % of what came last was copied`,
};

/** For these the rules are worth being repeated. */
const WITH_RULES: readonly AdviceTopic[] = ['steering', 'copied', 'partly-copied'];

function adviceText({ time_ms, topic, copied_percent = 0, commands }: Event<'advice'>, paint: Paint): string {
  const text = ADVICE[topic](copied_percent);
  const line = topic === 'steering' ? text : `${clock(time_ms)}  ${paint('yellow', text)}`;
  if (!WITH_RULES.includes(topic)) return line;
  return [`${line}:`, ...commands.map((command) => `  ${command}`)].join('\n');
}

function disconnectedText({ time_ms, from, received_bytes, error }: Event<'disconnected'>): string {
  const how = error === undefined ? '' : ` (${oneLine(error)})`;
  return `${clock(time_ms)}  ${from} is gone after ${bytesText(received_bytes)}${how}`;
}

function stallText({ stalls, stalled_ms = 0, longest_stall_ms = 0, held_back = 0 }: RunSummary): string[] {
  const heldBack = held_back > 0 ? [`  receives were held back ${held_back}×, for a slow consumer`] : [];
  if (stalls === undefined) return [];
  if (stalls === 0) return ['  receiving never stood still', ...heldBack];
  return [
    `  receiving stood still ${stalls}×: ${duration(stalled_ms)} in all, ${duration(longest_stall_ms)} the longest`,
    ...heldBack,
  ];
}

/** What the counters mean. */
function verdictText({ copy_bytes, received_bytes, acts }: RunSummary, hasDevice: boolean): string[] {
  if (acts) return [];
  if (received_bytes === '0') return [];
  if (copy_bytes === '0') return ['  no copies counted; that alone does not prove zero copy'];
  if (!hasDevice)
    return ['  an instance without a device always copies: this is what a lost fast path looks like'];
  const percent = Math.min(100, (100 * Number(copy_bytes)) / Number(received_bytes));
  return [
    `  ${percent.toFixed(1)} % was copied: it did not arrive on the instance’s queue, or not in its buffers`,
  ];
}

function summaryText(event: RunSummary, hasDevice: boolean, paint: Paint): string {
  const { received_bytes, copy_bytes, copy_count, notifications, rearmed, seconds, intact, acts } = event;
  const fired = Object.entries(notifications).map(([name, count]) => `${name} ${count}×`);
  const payload = intact === undefined ? '' : intact ? ', payload intact' : paint('red', ', PAYLOAD DAMAGED');
  return [
    ...(acts ? ['', ...actsTable(acts, paint), ''] : []),
    paint('bold', `${seconds.toFixed(1)} s: ${bytesText(received_bytes)} received${payload}`),
    `  copied: ${bytesText(copy_bytes)} in ${copy_count} fragments, of ${received_bytes} bytes received`,
    `  notifications: ${fired.join(', ')}; re-armed ${rearmed}×`,
    ...stallText(event),
    ...verdictText(event, hasDevice),
  ].join('\n');
}

/**
 * What an event says to people, or undefined for what only moves the status line.
 * @param hasDevice whether the instance of this run has one
 */
export function textOf(event: RunEvent, hasDevice: boolean, paint: Paint): string | undefined {
  switch (event.type) {
    case 'backend':
      return backendText(event, paint);
    case 'registered':
      return registeredText(event);
    case 'notification':
      return `${clock(event.time_ms)}  ${paint('yellow', `notification ${event.notification}`)} (res ${event.res}): ${MEANINGS[event.notification] ?? 'newer than this program'}`;
    case 'rearmed':
      return `${clock(event.time_ms)}  ${paint('green', `re-armed ${event.notification}`)}: it can fire again`;
    case 'interrupted':
      return `${clock(event.time_ms)}  ${paint('red', event.reason)}; it goes on when there is room`;
    case 'stalled':
      return `${clock(event.time_ms)}  ${paint('red', 'receiving stands still')}: ${reasonsText(event.reasons)}, the program holds ${event.held} of ${event.buffers}`;
    case 'recovered':
      return recoveredText(event, paint);
    case 'listening':
      return `listening on ${event.address} port ${event.port}, for other machines: what this one sends itself never passes ${event.device}`;
    case 'connected':
      return `${clock(event.time_ms)}  ${event.from} connected`;
    case 'disconnected':
      return disconnectedText(event);
    case 'advice':
      return adviceText(event, paint);
    case 'act':
      return actText(event, paint);
    case 'step':
      return stepText(event, paint);
    case 'act_end':
      return actEndText(event);
    case 'stats':
      return undefined;
    case 'summary':
      return summaryText(event, hasDevice, paint);
  }
}
