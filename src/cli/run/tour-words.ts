// What the tour says to people: why each act matters, and what was seen in it.

import { bytesText } from '../../units.js';
import { table } from '../table.js';
import type { Paint } from '../terminal.js';
import { ACTS } from './acts.js';
import type { ActFigures, ActName, RunEvent, TourStep } from './events.js';
import { clock, duration } from './units.js';

type Event<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const TITLES: Readonly<Record<ActName, string>> = {
  'zero-copy': 'zero-copy',
  copying: 'copying',
  'out-of-buffers': 'out of buffers, and back',
};

const EXPLANATIONS: Readonly<Record<ActName, readonly string[]>> = {
  'zero-copy': [
    'The card splits headers from data and writes the data straight into buffers of this program.',
    'This is how it should be: bytes come, the kernel’s two counters stand at 0, no notification fires.',
  ],
  copying: [
    'Now the rule is missing that steers this port to the instance’s queue, as after a reboot without',
    'ethtool -N. Everything still arrives, only the processor copies it: no error, no line in a log, a',
    'service that is slower than yesterday. At 3 a.m. one notification and two counters are all that tells.',
  ],
  'out-of-buffers': [
    'Now the program gives no buffers back, as one that waits for a slow disk. The card drops what it has',
    'no buffer for, and TCP sends it again later: from outside, a connection that hangs, and no reason to',
    'be seen. alloc_fail tells which it is; it fires once, and again when it was re-armed.',
  ],
};

const STEPS: Readonly<Record<TourStep, string>> = {
  'steering-removed': 'the rule is taken away: data goes to another queue, into ordinary pages',
  'steering-restored': 'the rule is back and copy is re-armed: from here on the counters should stand still',
  'consumer-stops': 'the program keeps every buffer that it gets',
  'consumer-releases': 'the program gives all its buffers back',
};

/** The heading of an act. */
export function actText({ act, name }: Event<'act'>, paint: Paint): string {
  const title = paint('bold', `Act ${act} of ${ACTS.length}: ${TITLES[name]}`);
  return ['', title, ...EXPLANATIONS[name].map((line) => `  ${line}`)].join('\n');
}

export const stepText = ({ time_ms, step }: Event<'step'>, paint: Paint): string =>
  `${clock(time_ms)}  ${paint('cyan', STEPS[step])}`;

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

function zeroCopy({ received_bytes, copy_bytes, filled_buffers, filled_bytes }: ActFigures): string[] {
  return [
    `${bytesText(received_bytes)} received, ${bytesText(copy_bytes)} of it counted as copied. That alone is no proof: the kernel`,
    `does not count every copy. The card does: it put ${bytesText(filled_bytes)} into ${filled_buffers} buffers of the instance.`,
  ];
}

function copying({ copy_bytes, copy_count, notifications, restored }: ActFigures): string[] {
  const lines = [
    `${bytesText(copy_bytes)} came by copy, in ${copy_count} fragments; copy fired ${times(notifications.copy)}.`,
  ];
  if (!restored) return lines;
  const { received_bytes, copy_bytes: copied } = restored;
  return [
    ...lines,
    `With the rule back ${bytesText(received_bytes)} came, ${bytesText(copied)} of it by copy.`,
  ];
}

function outOfBuffers({ notifications, stalls, stalled_ms, areas_added = 0 }: ActFigures): string[] {
  return [
    `alloc_fail fired ${times(notifications.alloc_fail)}; receiving stood still ${times(stalls)}, ${duration(stalled_ms)} in all.`,
    ...(areas_added > 0
      ? ['First another area helped; when that was used up too, only giving back did.']
      : []),
  ];
}

const ENDINGS: Readonly<Record<ActName, (figures: ActFigures) => string[]>> = {
  'zero-copy': zeroCopy,
  copying,
  'out-of-buffers': outOfBuffers,
};

/** What was seen in an act. */
export function actEndText(event: Event<'act_end'>): string {
  const [first, ...rest] = ENDINGS[event.name](event);
  return [`${clock(event.time_ms)}  ${first}`, ...rest.map((line) => `           ${line}`)].join('\n');
}

/** All acts side by side. */
export function actsTable(acts: readonly ActFigures[], paint: Paint): string[] {
  const headings = ['act', 'received', 'not counted as copied', 'by copy', 'filled by the card', 'stalls'];
  const rows = acts.map(({ act, name, received_bytes, copy_bytes, filled_bytes, stalls, stalled_ms }) => [
    `${act} ${TITLES[name]}`,
    bytesText(received_bytes),
    bytesText(BigInt(received_bytes) - BigInt(copy_bytes)),
    bytesText(copy_bytes),
    bytesText(filled_bytes),
    stalls === 0 ? 'none' : `${stalls}, ${duration(stalled_ms)}`,
  ]);
  const bold = headings.map((text) => ({ text, style: 'bold' as const }));
  return table([bold, ...rows], paint, [1, 2, 3, 4]);
}
