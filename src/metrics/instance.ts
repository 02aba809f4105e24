import type { Health } from '../health/index.js';

/** What tells an instance from the others of a machine. There is no process id in it: that would be a new series each start. */
export interface InstanceLabels {
  /** Name of the process, as it calls itself: may be anything. */
  readonly process: string;
  /** The ring: its file descriptor in the process. */
  readonly ring: string;
  /** The kernel's number of the instance on its ring. */
  readonly zcrx_id: string;
}

/** What metrics want to know of an instance: what a HealthMonitor says of it. */
export type MeteredHealth = Pick<
  Health,
  'state' | 'inferred' | 'counters' | 'received_bytes' | 'resets' | 'free_entries' | 'events' | 'stalls'
>;

/** An instance to be told of in metrics, for as long as it is there. */
export interface MeteredInstance {
  readonly labels: InstanceLabels;
  /** As it is now. It is asked for once a scrape, or less often. */
  readonly health: MeteredHealth;
  /**
   * Tells processes of one name apart, as the process id and its start time do: it is never a label. Of two processes
   * called `nginx` one is told of as `nginx`, the other as `nginx#2`, for as long as they live.
   */
  readonly process_key?: string | undefined;
  /**
   * Its counters are those of several rings: it was imported, or is shared with others. Then what they say of copies is
   * not a part of what was received here. Default false.
   */
  readonly shared?: boolean | undefined;
}
