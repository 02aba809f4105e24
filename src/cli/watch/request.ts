import { type MetricsAddress, parseMetricsAddress } from '../../metrics/listen.js';
import { UsageError } from '../errors.js';
import { type RecordOptions, type RecordRequest, recordOf } from '../recording.js';

/** The options of `zcrx watch` as they were read. */
export interface WatchOptions extends RecordOptions {
  readonly pid?: readonly number[];
  readonly name?: readonly string[];
  readonly ring?: number;
  readonly id?: number;
  readonly statsOffset?: readonly string[];
  readonly entries?: readonly string[];
  readonly stats: boolean;
  readonly placement?: 'own-page' | 'tight';
  readonly address?: bigint;
  readonly read: 'mapped' | 'remote';
  readonly device?: string;
  readonly queue?: number;
  readonly sockets: boolean;
  readonly interval: number;
  readonly seconds: number;
  readonly prometheus?: string;
  readonly replay?: string;
  readonly candidates?: boolean;
  readonly every: number;
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** A number that is meant for one instance, or for all. */
interface Targeted {
  readonly ring: number | undefined;
  readonly id: number | undefined;
  readonly value: number;
}

/** What was said of where the statistics lie, for the instances that it was said of. */
export class Placements {
  private readonly name: string;
  private readonly given: readonly Targeted[];

  /** @throws UsageError for what is not `N` or `RING/ID=N` */
  constructor(name: string, texts: readonly string[] = []) {
    this.name = name;
    this.given = texts.map((text) => this.parse(text));
  }

  get isEmpty(): boolean {
    return this.given.length === 0;
  }

  /** What holds for an instance: what was said of it alone before what was said of all. */
  of(ring: number, id: number): number | undefined {
    const own = this.given.find((one) => one.ring === ring && one.id === id);
    return (own ?? this.given.find((one) => one.ring === undefined))?.value;
  }

  private parse(text: string): Targeted {
    const [, ring, id, digits = ''] = /^(?:(\d{1,9})\/(\d{1,9})=)?(\d+|0x[\da-f]+)$/i.exec(text) ?? [];
    const value = Number(digits);
    if (digits === '' || !Number.isSafeInteger(value))
      throw new UsageError(
        `${this.name} is ${text}, expected a number, or RING/ID=NUMBER for one instance, as 4096 or 7/0=4096`,
      );
    const number = (part: string | undefined) => (part === undefined ? undefined : Number(part));
    return { ring: number(ring), id: number(id), value };
  }
}

/** Where a watch looks in processes. */
export interface ProcessRequest {
  readonly pids: readonly number[];
  readonly names: readonly string[];
  /** Only this ring, by its descriptor. */
  readonly ring: number | undefined;
  /** Only the instance with this number. */
  readonly id: number | undefined;
  /** Whether the statistics are read; without them there is the refill ring alone. */
  readonly stats: boolean;
  readonly statsOffsets: Placements;
  readonly entries: Placements;
  /** undefined: the one that the region's size fits. */
  readonly placement: 'own-page' | 'tight' | undefined;
  /** Where the region lies in the process's own memory. */
  readonly address: bigint | undefined;
  readonly read: 'mapped' | 'remote';
  readonly device: { readonly name: string; readonly queue: number } | undefined;
  readonly sockets: boolean;
}

/** What `zcrx watch` was asked for, with every default filled in. */
export interface WatchRequest {
  /** Processes, or a recording. */
  readonly what: ProcessRequest | { readonly replay: string };
  readonly intervalMs: number;
  /** 0: until it is ended. */
  readonly seconds: number;
  readonly record: RecordRequest | undefined;
  readonly prometheus: MetricsAddress | undefined;
  readonly candidates: boolean;
  /** Least milliseconds between two lines of figures of an instance. */
  readonly figuresEvery: number;
  readonly show: 'auto' | 'plain' | 'json';
}

const LONGEST_INTERVAL = 60_000;

const wrong = (message: string): never => {
  throw new UsageError(message);
};

function processesOf(options: WatchOptions): ProcessRequest {
  const { pid = [], name = [], ring, id, address, device, queue } = options;
  if (pid.length === 0 && name.length === 0)
    wrong('nothing to watch: give --pid PID or --name NAME, or --replay FILE for a recording');
  const statsOffsets = new Placements('--stats-offset', options.statsOffset);
  const entries = new Placements('--entries', options.entries);
  if (!statsOffsets.isEmpty && !entries.isEmpty)
    wrong('--stats-offset and --entries both say where the statistics lie: give one of them');
  if (address !== undefined) {
    if (pid.length !== 1 || name.length > 0)
      wrong('--address is an address in one process: give exactly one --pid, and no --name');
    if (statsOffsets.isEmpty && entries.isEmpty)
      wrong(
        '--address needs --entries N or --stats-offset BYTES: how long the region is cannot be found out',
      );
  }
  if (queue !== undefined && device === undefined)
    wrong(`--queue ${queue} is a queue of a device: name it too, with --device NAME`);
  if (device !== undefined && queue === undefined)
    wrong(`--device ${device} needs --queue N, the receive queue that the instance is on`);
  return {
    pids: [...new Set(pid)],
    names: [...new Set(name)],
    ring,
    id,
    stats: options.stats,
    statsOffsets,
    entries,
    placement: options.placement,
    address,
    read: address === undefined ? options.read : 'remote',
    device: device === undefined || queue === undefined ? undefined : { name: device, queue },
    sockets: options.sockets,
  };
}

/** Options that say how processes are looked at, by their names on the command line. */
const OF_PROCESSES = {
  pid: '--pid',
  name: '--name',
  ring: '--ring',
  id: '--id',
  statsOffset: '--stats-offset',
  entries: '--entries',
  address: '--address',
  device: '--device',
  queue: '--queue',
  record: '--record',
  candidates: '--candidates',
} as const;

function replayOf(options: WatchOptions, replay: string): { readonly replay: string } {
  for (const [option, flag] of Object.entries(OF_PROCESSES)) {
    if (options[option as keyof typeof OF_PROCESSES] !== undefined)
      wrong(`${flag} is about processes, and --replay ${replay} about a recording: give one of them`);
  }
  return { replay };
}

/** What is asked for. @throws UsageError for options that do not go together */
export function requestOf(options: WatchOptions): WatchRequest {
  const { interval, replay, prometheus } = options;
  if (interval > LONGEST_INTERVAL)
    wrong(`--interval is ${interval}, expected 1 to ${LONGEST_INTERVAL} milliseconds`);
  if (options.json && options.plain) wrong('--json and --plain are two forms of output: give one of them');
  return {
    what: replay === undefined ? processesOf(options) : replayOf(options, replay),
    intervalMs: interval,
    seconds: options.seconds,
    record: recordOf(options),
    prometheus: prometheus === undefined ? undefined : parseMetricsAddress(prometheus, '--prometheus'),
    candidates: options.candidates === true,
    figuresEvery: options.every * 1000,
    show: options.json ? 'json' : options.plain ? 'plain' : 'auto',
  };
}
