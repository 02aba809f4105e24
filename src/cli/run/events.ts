/** What a run tells, one object a line with `--json`. 64-bit numbers are decimal text, times milliseconds. */
export type RunEvent =
  | {
      type: 'backend';
      backend: 'kernel' | 'lab' | 'replay';
      kernel: string;
      revision: string;
      /** Of a replay: when and how it was recorded. */
      recorded?: string;
      note?: string;
    }
  | {
      type: 'registered';
      zcrx_id: number;
      rq_entries: number;
      rqes: number;
      stats_offset: number;
      region_size: number;
      area_size: number;
      rx_buf_len: number;
      type_mask: number;
      user_data: string;
    }
  | { type: 'stats'; time_ms: number; copy_count: string; copy_bytes: string; received_bytes: string }
  | { type: 'notification'; time_ms: number; notification: string; user_data: string; res: number }
  | { type: 'rearmed'; time_ms: number; notification: string }
  | { type: 'interrupted'; time_ms: number; reason: string }
  | RunSummary;

export interface RunSummary {
  type: 'summary';
  seconds: number;
  received_bytes: string;
  copy_count: string;
  copy_bytes: string;
  notifications: { [notification: string]: number };
  rearmed: number;
  interrupted: number;
  /** Whether the payload arrived as it was sent; not known of a replay. */
  intact?: boolean;
}

export type Emit = (event: RunEvent) => void;

/** What `zcrx run` was asked for. */
export interface RunSettings {
  /** 0: until interrupted. */
  readonly seconds: number;
  /** Bytes a second to send; 0: as fast as it goes. */
  readonly rate: number;
  /** Bytes of the area. */
  readonly areaSize: number;
  /** Milliseconds between two samples of the statistics. */
  readonly intervalMs: number;
  /** Least milliseconds between two re-arms of an event. */
  readonly rearmMs: number;
  /** Where to record to. */
  readonly record: string | undefined;
  /** What to replay, default what the package ships. */
  readonly recording: string | undefined;
  /** Series of the lab's kernel. */
  readonly series: string;
}
