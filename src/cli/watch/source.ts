import type { EventType, Snapshot } from '../../health/index.js';

/** Where the figures of an instance come from: its own program, a mapping of its region, or copies of the process's memory. */
export type How = 'own' | 'mapped' | 'remote';

/** What tells instances apart, and what is known of one from the start. */
export interface Identity {
  /** Name of the process, as /proc/PID/comm has it: any bytes but NUL and newline may be in it. */
  readonly process: string;
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process. */
  readonly start_time: bigint;
  /** The descriptor of the ring in that process. */
  readonly ring: number;
  readonly zcrx_id: number;
  readonly how: How;
  /** Bytes; 0: not known. */
  readonly region_size: number;
  /** undefined: not known, so there are no counters to be had. */
  readonly stats_offset: number | undefined;
  /** Entries of the refill ring; undefined: not known. */
  readonly rq_entries: number | undefined;
  /** Bytes of a buffer; undefined: not known. */
  readonly rx_buf_len: number | undefined;
  /** The same for instances that have one block of statistics (importers); undefined: not known. */
  readonly statistics?: string | undefined;
}

/** An instance that can be looked at. */
export interface Subject extends Identity {
  /**
   * Its figures now; undefined if there is nothing new.
   * @throws Error if it cannot be read, for now or for good
   */
  snapshot(): Snapshot | undefined;
  /** Notifications since the last call; without the function they are not known. */
  readonly events?: () => readonly { readonly type: EventType; readonly time: bigint }[];
}

export interface Departure {
  readonly subject: Subject;
  /** Why it is no longer there, for people. */
  readonly reason: string;
}

/** What came and what went since one looked last. */
export interface Changes {
  readonly appeared: readonly Subject[];
  readonly gone: readonly Departure[];
  /** What else is worth a line. */
  readonly notes: readonly string[];
}

/** Where instances come from: processes, or a recording. */
export interface Source {
  /** What it is, for people: `process 4711 (nginx)`. */
  readonly title: string;
  /** Of a recording: when and how it was made. It is shown for as long as its figures are. */
  readonly recorded: string | undefined;
  /** Looks for instances that came or went. */
  look(): Changes;
  /** Nothing will come any more. */
  readonly over: boolean;
  close(): void;
}
