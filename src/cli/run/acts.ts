import type { ActFigures, ActName } from './events.js';
import { roundMs } from './units.js';

/** The three situations, in the order in which they are shown. */
export const ACTS: readonly ActName[] = ['zero-copy', 'copying', 'out-of-buffers'];

/** Counters at one moment; an act's figures are the differences between two. */
export interface Moment {
  readonly timeMs: number;
  readonly received_bytes: bigint;
  readonly copy_count: bigint;
  readonly copy_bytes: bigint;
  readonly filled_buffers: bigint;
  readonly filled_bytes: bigint;
  readonly copy_notifications: number;
  readonly alloc_fail_notifications: number;
  readonly stalls: number;
  readonly stalled_ms: number;
}

/** What happened in an act between two moments. */
export function figuresOf(name: ActName, from: Moment, to: Moment): ActFigures {
  return {
    act: ACTS.indexOf(name) + 1,
    name,
    seconds: roundMs((to.timeMs - from.timeMs) / 1000),
    received_bytes: String(to.received_bytes - from.received_bytes),
    copy_count: String(to.copy_count - from.copy_count),
    copy_bytes: String(to.copy_bytes - from.copy_bytes),
    filled_buffers: String(to.filled_buffers - from.filled_buffers),
    filled_bytes: String(to.filled_bytes - from.filled_bytes),
    notifications: {
      copy: to.copy_notifications - from.copy_notifications,
      alloc_fail: to.alloc_fail_notifications - from.alloc_fail_notifications,
    },
    stalls: to.stalls - from.stalls,
    stalled_ms: roundMs(to.stalled_ms - from.stalled_ms),
  };
}

/** What an act was to show and did not, if so. */
function shortcoming(figures: ActFigures): string | undefined {
  const { name, received_bytes, copy_bytes, filled_bytes, notifications, restored, stalls } = figures;
  if (received_bytes === '0') return 'nothing was received';
  switch (name) {
    case 'zero-copy':
      if (copy_bytes !== '0') return `${copy_bytes} bytes were copied, expected none`;
      if (filled_bytes === '0') return 'the card filled none of the instance’s buffers';
      return notifications.copy > 0 ? 'a copy notification came, expected none' : undefined;
    case 'copying':
      if (copy_bytes === '0') return 'nothing was copied';
      if (notifications.copy !== 1) return `${notifications.copy} copy notifications came, expected one`;
      return restored?.copy_bytes === '0'
        ? undefined
        : 'copying went on after the traffic was steered to the queue again';
    case 'out-of-buffers':
      if (notifications.alloc_fail === 0) return 'no alloc_fail notification came';
      return stalls === 0 ? 'receiving never stood still' : undefined;
  }
}

/** What the tour was to show and did not, in one line; undefined if it showed all. */
export function shortcomings(acts: readonly ActFigures[]): string | undefined {
  const found = acts.flatMap((act) => {
    const what = shortcoming(act);
    return what === undefined ? [] : [`act ${act.act} (${act.name}): ${what}`];
  });
  return found.length > 0 ? found.join('; ') : undefined;
}
