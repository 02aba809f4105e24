import { bytes, count, duration, percent, several } from './figures.js';
import type { HealthReason } from './health.js';
import type { Evidence } from './judge.js';

/** The reason that holds, for people: figures, how it is known where it was not told, and what it does not prove. */
export function wordsFor(reason: HealthReason, evidence: Evidence): string {
  const { options } = evidence;
  const parts = [WORDS[reason](evidence)];
  if (ABOUT_COPIES.includes(reason) && options.shared) parts.push(SHARED);
  if (reason === 'not-copied') parts.push(NO_PROOF);
  return parts.join('; ');
}

const ABOUT_COPIES: readonly HealthReason[] = ['not-copied', 'copied', 'copied-without-device'];

const SHARED = 'the counters are of all rings that share the instance together, so do not add them up';

const NO_PROOF = 'not quite a proof, as the linear head of a packet is copied uncounted';

const unknownBytes = ({ options }: Evidence): string =>
  options.shared ? 'how much all rings received is not known' : 'how many bytes it received is not known';

const inWindow = ({ seen }: Evidence): string => `in the last ${duration(seen.window.ms)}`;

const stands = ({ seen }: Evidence): string => duration(seen.now - seen.moved);

/** How long it stood still by what was told, in the window; a state holds a while longer than what it is for. */
function stood({ seen }: Evidence, series: 'starved' | 'stalled'): string {
  const ms = seen.window.amount(series);
  const all = duration(seen.window.ms);
  return ms > 0 ? `for ${duration(ms)} of the last ${all}` : `until more than ${all} ago`;
}

function came(evidence: Evidence): string {
  const { seen, traffic } = evidence;
  const { window } = seen;
  if (traffic.countsBytes) return `${bytes(window.rate('received') ?? 0)}/s received`;
  if (seen.free_entries !== undefined)
    return `${count(window.rate('buffers') ?? 0)} buffers/s given back through the refill ring`;
  return seen.received_bytes.known ? `${bytes(window.rate('received') ?? 0)}/s received over this ring` : '';
}

/** The rates of copies, and their share as far as it is known. */
function copies(evidence: Evidence): string {
  const { seen, traffic } = evidence;
  const { window } = seen;
  if (window.amount('copies') === 0) return `data was copied, but nothing any more ${inWindow(evidence)}`;
  const rates = `${bytes(window.rate('copied') ?? 0)}/s in ${count(window.rate('copies') ?? 0)} copies/s`;
  const all = came(evidence);
  if (traffic.countsBytes && window.amount('received') > 0) {
    const share = Math.min(1, window.amount('copied') / window.amount('received'));
    return `${percent(share)} of the data was copied ${inWindow(evidence)}: ${rates}, of ${all}`;
  }
  const unknown = traffic.countsBytes || !all ? '' : `, with ${all}; ${unknownBytes(evidence)}`;
  return `data was copied ${inWindow(evidence)}: ${rates}${unknown}`;
}

function notCopied(evidence: Evidence): string {
  const { seen, traffic } = evidence;
  const { window } = seen;
  if (window.amount('copied') > 0) return copies(evidence);
  if (window.amount(traffic.countsBytes ? 'received' : 'buffers') === 0 && seen.now > seen.moved)
    return `nothing was counted as copied of what came until ${stands(evidence)} ago`;
  const what = `nothing was counted as copied ${inWindow(evidence)}, with ${came(evidence)}`;
  return traffic.countsBytes ? what : `${what}; ${unknownBytes(evidence)}`;
}

const failures = ({ seen }: Evidence): string =>
  `rx-alloc-fail of the device's queue rose by ${count(seen.failures)} since watching began`;

const ring = ({ seen }: Evidence): string => {
  if (seen.free_entries === undefined) return '';
  return seen.free_entries === 0
    ? ', the refill ring is empty'
    : `, ${several(seen.free_entries, 'entry', 'entries')} in the refill ring`;
};

const WORDS: Readonly<Record<HealthReason, (evidence: Evidence) => string>> = {
  'not-copied': notCopied,
  copied: copies,
  'copied-without-device': (evidence) =>
    `${copies(evidence)}; an instance without a device copies everything, that is how it works`,
  'alloc-fail': (evidence) =>
    `the device found no free buffer (ALLOC_FAIL): receiving stood still ${stood(evidence, 'starved')}`,
  'area-exhausted': (evidence) =>
    `the area had no free buffer: receiving stood still ${stood(evidence, 'starved')}`,
  'alloc-fail-counted': (evidence) =>
    `inferred: the device's driver could not get buffers ${stood(evidence, 'starved')}, ${failures(evidence)}${ring(evidence)}`,
  'ring-empty-data-waits': (evidence) =>
    `inferred: the refill ring is empty and nothing has moved for ${stands(evidence)}, while ${bytes(evidence.seen.waiting_bytes)} wait in the sockets of the process that need free buffers to be copied to`,
  'ring-empty': (evidence) =>
    `inferred: the refill ring is empty and nothing has moved for ${stands(evidence)}, right after ${several(evidence.seen.load, 'buffer')} went round in ${duration(evidence.thresholds.windowMs)}; a program that stopped receiving, or keeps its last buffers while no data comes, looks the same`,
  'completions-full': (evidence) =>
    `the completion ring was full: receiving stood still ${stood(evidence, 'stalled')}`,
  'slow-consumer': (evidence) =>
    `the program holds so many buffers that its receives were paused, and nothing has come in for ${stands(evidence)}`,
  'data-waits': (evidence) =>
    `inferred: ${bytes(evidence.seen.waiting_bytes)} wait in the sockets of the process and nothing has moved for ${stands(evidence)}${ring(evidence)}; sockets that are received from in another way count too`,
  'not-read-yet': () => 'nothing was read yet',
  'not-readable': ({ seen }) =>
    seen.read === undefined
      ? 'nothing can be read'
      : `nothing could be read for ${duration(seen.now - seen.read)}`,
  'no-data-yet': () => 'no data has come since watching began',
  settling: () => 'things have changed; what they are now is said once it has lasted',
  'little-data': ({ thresholds, traffic }) =>
    `too little data has come to judge; enough are ${traffic.countsBytes ? bytes(thresholds.enoughBytes) : several(thresholds.enoughBuffers, 'buffer')}`,
  idle: (evidence) => `no data for ${stands(evidence)}${ring(evidence)}`,
  'idle-or-starving': (evidence) =>
    `nothing has moved for ${stands(evidence)} and the refill ring is empty: it may be idle, or out of buffers; without rx-alloc-fail of the device it cannot be told`,
  'no-statistics': (evidence) =>
    `data comes, ${came(evidence)}, but without statistics it is not known whether it is copied`,
  'traffic-unknown': () =>
    'nothing is counted as copied, but whether data comes at all cannot be seen: neither received bytes nor the refill ring are known',
};
