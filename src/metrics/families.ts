import { HEALTH_STATES } from '../health/state.js';
import type { MeteredHealth } from './instance.js';

/** A value of an instance, and the label that tells it from the others of its family. Undefined: unknown, no series. */
export type Sample = readonly [value: bigint | number | undefined, label?: string];

/** A metric that each instance has. */
export interface Family {
  readonly name: `zcrx_${string}`;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Name of a label beside those of the instance. */
  readonly label?: 'state' | 'type';
  readonly samples: (health: MeteredHealth, shared: boolean) => readonly Sample[];
}

const seconds = (nanoseconds: bigint) => Number(nanoseconds) / 1e9;

/** Standstills are told by the instance's own program, which sees its events too, unless it has imported the instance. */
const toldStalls = ({ events, stalls }: MeteredHealth) =>
  events !== undefined || stalls.count > 0 ? stalls : undefined;

/** What is told of each instance. docs/metrics.md has the same in more words. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'zcrx_copy_fallback_total',
    type: 'counter',
    help: 'Copies that the kernel counted since the instance was registered: data that did not arrive in place.',
    samples: ({ counters }) => [[counters?.copy_count]],
  },
  {
    name: 'zcrx_copy_fallback_bytes_total',
    type: 'counter',
    help: 'Bytes in these copies.',
    samples: ({ counters }) => [[counters?.copy_bytes]],
  },
  {
    name: 'zcrx_received_bytes_total',
    type: 'counter',
    help: 'Bytes received over the instance, by the account of its own program; absent where nobody tells.',
    samples: ({ received_bytes }) => [[received_bytes]],
  },
  {
    name: 'zcrx_events_total',
    type: 'counter',
    help: 'Notifications of the kernel; absent where they cannot be seen, which is in other processes.',
    label: 'type',
    samples: ({ events }) => [
      [events?.copy.count, 'copy'],
      [events?.alloc_fail.count, 'alloc_fail'],
    ],
  },
  {
    name: 'zcrx_stalls_total',
    type: 'counter',
    help: 'Times that receiving stood still; absent where its own program does not tell.',
    samples: (health) => [[toldStalls(health)?.count]],
  },
  {
    name: 'zcrx_stall_seconds_total',
    type: 'counter',
    help: 'Seconds that receiving stood still; absent where its own program does not tell.',
    samples: (health) => {
      const told = toldStalls(health);
      return [[told && seconds(told.total)]];
    },
  },
  {
    name: 'zcrx_instance_state',
    type: 'gauge',
    help: 'The state of the instance: 1 for the one that it is in, 0 for the others.',
    label: 'state',
    samples: ({ state }) => HEALTH_STATES.map((each) => [each === state ? 1 : 0, each]),
  },
  {
    name: 'zcrx_instance_state_inferred',
    type: 'gauge',
    help: '1 where the state is concluded from signs, 0 where the kernel or the program told it.',
    samples: ({ inferred }) => [[inferred ? 1 : 0]],
  },
  {
    name: 'zcrx_refill_free_entries',
    type: 'gauge',
    help: 'Buffers in the refill ring that the kernel has not taken yet; absent where the ring cannot be seen.',
    samples: ({ free_entries }) => [[free_entries]],
  },
  {
    name: 'zcrx_resets_total',
    type: 'counter',
    help: 'Times that the counters of the instance began anew at zero.',
    samples: ({ resets }) => [[resets]],
  },
  {
    name: 'zcrx_statistics_shared',
    type: 'gauge',
    help: '1 where the copies are counted for several rings together: not to be added up, nor compared with what was received.',
    samples: (_health, shared) => [[shared ? 1 : 0]],
  },
];
