import type { RecordingFrame } from '../../capture/index.js';
import type { RecordRequest } from '../recording.js';

/** Figures of one act of the tour: what happened from its beginning to its end. */
export interface ActFigures {
  act: number;
  name: ActName;
  seconds: number;
  received_bytes: string;
  copy_count: string;
  copy_bytes: string;
  /** Buffers of the instance that the card filled, by the card's own account, and the bytes in them. */
  filled_buffers: string;
  filled_bytes: string;
  notifications: { copy: number; alloc_fail: number };
  stalls: number;
  stalled_ms: number;
  /** Of `copying`: what came once the traffic was steered to the queue again. */
  restored?: { received_bytes: string; copy_bytes: string };
  /** Of `out-of-buffers`: areas that recovery gave the kernel. */
  areas_added?: number;
}

export type ActName = 'zero-copy' | 'copying' | 'out-of-buffers';

/** What is changed in the middle of an act. */
export type TourStep = 'steering-removed' | 'steering-restored' | 'consumer-stops' | 'consumer-releases';

/** What an operator is told about the traffic of a device. `steering` comes first, the others when it is so. */
export type AdviceTopic =
  | 'steering'
  | 'no-connection'
  | 'local'
  | 'no-data'
  | 'copied'
  | 'partly-copied'
  | 'fine';

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
      /** The interface; 0 without a device. */
      if_idx: number;
      if_rxq: number;
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
  /** Receiving stands still for want of room. Not in a recording, as the kernel has no word for it. */
  | { type: 'stalled'; time_ms: number; reasons: readonly string[]; held: number; buffers: number }
  | {
      type: 'recovered';
      time_ms: number;
      /** How long it stood still. */
      ms: number;
      reasons: readonly string[];
      /** What was done about it. */
      actions: readonly { action: string; after_ms: number; buffers?: number; error?: string }[];
      end: 'resumed' | 'over';
    }
  | { type: 'listening'; time_ms: number; device: string; queue: number; address: string; port: number }
  | { type: 'connected'; time_ms: number; from: string; connections: number }
  | {
      type: 'disconnected';
      time_ms: number;
      from: string;
      received_bytes: string;
      connections: number;
      error?: string;
    }
  | {
      type: 'advice';
      time_ms: number;
      topic: AdviceTopic;
      copied_percent?: number;
      commands: readonly string[];
    }
  | { type: 'act'; time_ms: number; act: number; name: ActName }
  | { type: 'step'; time_ms: number; act: number; step: TourStep }
  | ({ type: 'act_end'; time_ms: number } & ActFigures)
  | RunSummary;

/** Of a live run, what no recording can tell. */
export interface LiveSummary {
  /** How often receiving stood still for want of room, and for how long. */
  stalls?: number;
  stalled_ms?: number;
  longest_stall_ms?: number;
  /** How often a receive paused for the sake of its consumer, who held too many buffers. */
  held_back?: number;
  /** Whether the payload arrived as it was sent, where both ends are this program. */
  intact?: boolean;
  /** Of a tour. */
  acts?: readonly ActFigures[];
}

export interface RunSummary extends LiveSummary {
  type: 'summary';
  seconds: number;
  received_bytes: string;
  copy_count: string;
  copy_bytes: string;
  notifications: { [notification: string]: number };
  rearmed: number;
  interrupted: number;
}

export type Emit = (event: RunEvent) => void;

/** Where a live run tells of itself. */
export interface Output {
  /** What the kernel wrote, to be recorded and interpreted. */
  readonly frame: (frame: RecordingFrame) => void;
  /** What it did not write. */
  readonly event: Emit;
}

/** Where payload lies, as the bridge's option `area`. */
export type AreaKind = 'linear' | 'mapped' | 'huge' | 'shared' | 'udmabuf';

/** What `zcrx run` was asked for. */
export interface RunSettings {
  /** 0: until interrupted. */
  readonly seconds: number;
  /** The same of a replay; 0: to its end. */
  readonly replaySeconds: number;
  /** Bytes a second to send; 0: as fast as it goes. */
  readonly rate: number;
  /** Bytes of the area. */
  readonly areaSize: number;
  readonly areaKind: AreaKind;
  /** Bytes of a buffer; undefined for a page. */
  readonly rxBufLen: number | undefined;
  /** Do all that can be done when room runs out. */
  readonly recover: boolean;
  /** Milliseconds between two samples of the statistics. */
  readonly intervalMs: number;
  /** Least milliseconds between two re-arms of an event. */
  readonly rearmMs: number;
  /** Receive from a queue of a network device, on `listen`. */
  readonly device: { readonly name: string; readonly queue: number } | undefined;
  /** Where to wait for traffic of other machines. Without an address: on that of the device. */
  readonly listen: { readonly address: string | undefined; readonly port: number } | undefined;
  /** The tour of the three situations: on the simulated card, in the lab or (`device`) inside of it. */
  readonly tour: boolean;
  /** Where to record to. */
  readonly record: RecordRequest | undefined;
  /** What to replay, default what the package ships. */
  readonly recording: string | undefined;
  /** Series of the lab's kernel. */
  readonly series: string;
}

/** What a run was asked for, and how it is to be shown. */
export interface RunRequest extends RunSettings {
  readonly backend: 'auto' | 'kernel' | 'lab' | 'replay';
  /** Get the lab ready where the running kernel is not enough. */
  readonly prepare: boolean;
  readonly json: boolean;
}
