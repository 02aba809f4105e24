import { parseListenAddress } from '../../address.js';
import { UsageError } from '../errors.js';
import { type RecordOptions, recordOf } from '../recording.js';
import type { AreaKind, RunRequest } from './events.js';

/** The options of `zcrx run` as they were read; undefined where one was not given and has no default of its own. */
export interface RunOptions extends RecordOptions {
  readonly backend: RunRequest['backend'];
  readonly nic?: boolean;
  readonly tour?: boolean;
  readonly device?: string;
  readonly queue?: number;
  readonly listen?: string;
  readonly rxBufLen?: number;
  readonly areaKind: AreaKind;
  readonly recover?: boolean;
  readonly seconds?: number;
  readonly rate?: number;
  readonly area?: number;
  readonly interval: number;
  readonly rearmInterval?: number;
  readonly recording?: string;
  readonly kernel: string;
  readonly prepare?: boolean;
  readonly json?: boolean;
}

const SECONDS = 5;
const RATE = 4 * 2 ** 20;
const AREA = 16 * 2 ** 20;
/** Few enough buffers to run out while one watches, and enough for what is copied before that. */
const TOUR_AREA = 6 * 2 ** 20;
const REARM_MS = 500;

const wrong = (message: string): never => {
  throw new UsageError(message);
};

/** `[ADDR:]PORT`, an IPv6 address in brackets. @throws UsageError */
export function parseListen(text: string): NonNullable<RunRequest['listen']> {
  const listen = parseListenAddress(text);
  if (listen !== undefined && listen.port >= 1) return listen;
  return wrong(
    `--listen is ${text}, expected a port or an address and a port, as 7000, 192.0.2.1:7000 or [2001:db8::1]:7000`,
  );
}

/** What only makes sense with a device. */
function checkWithoutDevice({ queue, listen, rxBufLen }: RunOptions): void {
  if (queue !== undefined) wrong(`--queue ${queue} is a queue of a device: name it too, with --device NAME`);
  if (listen !== undefined)
    wrong('--listen is for traffic to a device: name it, with --device NAME --queue N');
  if (rxBufLen !== undefined)
    wrong('--rx-buf-len is for buffers of a device: name it, with --device NAME --queue N');
}

function checkDevice(options: RunOptions, name: string): void {
  const { backend, queue, listen, rate, tour } = options;
  if (backend === 'lab') wrong(`--device ${name} is of this machine, not of the lab: there, give --nic`);
  if (backend === 'replay') wrong(`--device ${name} cannot be replayed: leave --backend out`);
  if (queue === undefined)
    wrong(
      `--device ${name} needs --queue N, the receive queue to be taken over; zcrx probe --device ${name} shows how many there are`,
    );
  if (tour) return;
  if (rate !== undefined)
    wrong('--rate is for traffic that zcrx sends itself; that to a device comes from other machines');
  if (listen === undefined)
    wrong(
      `--device ${name} needs --listen [ADDR:]PORT, where other machines send to: 7000 is that port of the address of ${name}, 0.0.0.0:7000 of all addresses`,
    );
}

function checkNic({ backend, device, recording, rearmInterval, seconds = SECONDS }: RunOptions): void {
  if (backend === 'kernel' || backend === 'replay')
    wrong(`--nic is a device of the lab, not of --backend ${backend}: leave --backend out`);
  if (device !== undefined)
    wrong(`--nic is a device of the lab and --device ${device} one of this machine: give one of them`);
  if (recording !== undefined) wrong('--recording is for --backend replay, not for --nic');
  if (rearmInterval !== undefined)
    wrong('--rearm-interval does not apply to --nic: its tour re-arms each event when it has been shown');
  if (seconds < 1) wrong(`--seconds is ${seconds}, expected 1 or more with --nic: its tour has three acts`);
}

/** What is asked for, with every default filled in. @throws UsageError for options that do not go together */
export function requestOf(options: RunOptions): RunRequest {
  const { device, queue, listen, tour: inside } = options;
  if (options.nic) checkNic(options);
  if (device === undefined) checkWithoutDevice(options);
  else checkDevice(options, device);
  if (inside && device === undefined) wrong('--tour needs --device and --queue: from outside, give --nic');
  const tour = options.nic === true || inside === true;
  const isReceiver = device !== undefined && !tour;
  return {
    backend: options.nic ? 'lab' : device === undefined ? options.backend : 'kernel',
    seconds: options.seconds ?? (isReceiver ? 0 : SECONDS),
    replaySeconds: options.seconds ?? 0,
    rate: options.rate ?? RATE,
    areaSize: options.area ?? (tour ? TOUR_AREA : AREA),
    areaKind: options.areaKind,
    rxBufLen: options.rxBufLen,
    recover: options.recover === true,
    intervalMs: options.interval,
    rearmMs: options.rearmInterval ?? REARM_MS,
    device: device === undefined || queue === undefined ? undefined : { name: device, queue },
    listen: listen === undefined ? undefined : parseListen(listen),
    tour,
    record: recordOf(options),
    recording: options.recording,
    series: options.kernel,
    prepare: options.prepare === true,
    json: options.json === true,
  };
}
