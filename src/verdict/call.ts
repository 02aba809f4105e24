import type { call_kind } from '../generated/interface.js';

// A call and its verdict as JSON has them: addresses and 64-bit numbers as text, bytes as hex.

export type CallKind = keyof typeof call_kind;

/** An address or a 64-bit number: `"0x10000000"`, `"4096"`, or a number up to 2^53. */
export type Wide = string | number | bigint;

/** What may be done with memory: read and write, read, nothing. What is not given is not mapped. */
export type Rights = 'rw' | 'ro' | 'none';

/** An instance as a ring knows it. */
export interface Instance {
  id: number;
  /** Bit `1 << type` for each event that was asked for. */
  event_mask: number;
  /** Bit `1 << type` for each event that has fired and was not armed again. */
  fired_mask: number;
  /** It has no device. */
  nodev: boolean;
  imported: boolean;
  areas: number;
  rq_entries: number;
  /** The ring that has it. Absent: ring 0. */
  ring?: number;
  /** Which instances of several rings are the same one. Absent: its id. */
  box?: number;
}

/** A network interface. What is absent it has not. */
export interface Device {
  if_idx: number;
  name?: string;
  /** It exists, and nothing else is known of it: what depends on it is not proved. */
  unknown?: boolean;
  /** There is a device behind it that can do DMA. */
  dma?: boolean;
  /** Its driver uses the device's own lock. */
  ops_lock?: boolean;
  /** Its driver can restart single queues. */
  queue_ops?: boolean;
  /** Receive queues. */
  queues?: number;
  tcp_data_split?: boolean;
  hds_thresh?: number;
  /** An XDP program is attached. */
  xdp?: boolean;
  /** Its driver takes buffers larger than a page. */
  rx_page_size?: boolean;
  /** Queues that have a memory provider. */
  taken?: number[];
  /** Queues that AF_XDP uses. */
  af_xdp?: number[];
  /** Queues that are leased to a virtual device. */
  leased?: number[];
}

/** A call of io_uring_register, and all that decides what becomes of it. */
export interface Call {
  /** `close`: the ring is closed. `event`: the kernel posted the event `type` of the instance `id`. */
  call: CallKind;
  /** The kernel's release or series. Default: the newest known. */
  kernel?: string;
  /** Which of several rings makes the call. Default 0. */
  ring?: number;
  /** Default 1 for a registration, else 0. */
  nr_args?: number;
  /** IORING_SETUP_*. Default: what zero-copy receive needs. */
  setup_flags?: number;
  /** CAP_NET_ADMIN in the initial user namespace. Default true. */
  capable?: boolean;
  /** Bytes. Default 4096. */
  page_size?: number;
  /** Start, length in bytes, rights. */
  memory?: readonly (readonly [Wide, Wide, Rights])[];
  /** Hex by address; memory that is mapped but not given here is zero. */
  bytes?: Readonly<Record<string, string>>;
  /** Address of the argument. Default 0. */
  arg?: Wide;
  /** -1 for a query without a ring; another descriptor is looked up in `files`. Default: the ring's own. */
  fd?: number;
  /** The lowest free descriptor, which an export gets. */
  next_fd?: number;
  /** What descriptors are: `zcrx:0` (what the export of instance 0 gave), `io_uring`, `dmabuf` or `file`. */
  files?: Readonly<Record<string, string>>;
  devices?: readonly Device[];
  instances?: readonly Instance[];
  /** The caller is not the task that the ring belongs to. */
  other_task?: boolean;
  /** The ring's restrictions forbid the operation. */
  restricted?: boolean;
  /** Of an `event`. */
  id?: number;
  type?: number;
}

/** What is wrong in a call, as JSON. */
export interface JsonFinding {
  rule: string;
  errno: string;
  field: string;
  value: string;
  message: string;
  /** First kernel series with the rule; the oldest that is known may not have been the first. */
  since: string;
  /** First kernel series without it. */
  until?: string;
  /** What would pass this check. */
  fix?: { field: string; value: string };
  /** The kernel answers this one question with the errno; the query as a whole goes on. */
  entry?: number;
}

/** What the kernel says. */
export interface Verdict {
  /** null: success, or what is not known, see `rule`. */
  errno: string | null;
  /** The rule that decided: `ok`, `unproved`, or one that is broken. */
  rule: string;
  /** What the rule is about. */
  field: string | null;
  /** All that is broken, in the kernel's order. */
  findings: JsonFinding[];
  /** What the kernel writes into the caller's memory, hex by address; also before a refusal. */
  writes: Record<string, string>;
  /** The instances afterwards. */
  instances: Instance[];
}
